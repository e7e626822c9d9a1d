//! The binary as a process: started on a free port, killed, asked to stop, asked for a verdict.
//!
//! Not here: what is sent to it.
//! Invariant: a server that a test forgets is killed when it is dropped.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use crate::http::{Connection, Request, Response};

/// The longest a server may take to be ready, or to stop.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long a waiting test rests before it looks again: a process tells nobody when it is ready.
const REST: Duration = Duration::from_millis(5);

/// A running server.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    log: PathBuf,
}

/// Runs `yiwang` with these arguments to its end.
pub fn yiwang(arguments: &[&str]) -> Output {
    command().args(arguments).output().unwrap()
}

/// The binary, without what the tester's environment says.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yiwang"));
    for name in ["CONFIG", "SITE", "DATA_DIR", "LISTEN", "HEARTBEAT_URL", "LOG", "LOG_JSON"] {
        command.env_remove(format!("YIWANG_{name}"));
    }
    command
}

impl Server {
    /// Starts a live server and returns at once.
    pub fn spawn(site: &Path, data: &Path) -> Self {
        Self::spawn_with(site, &["--data", data.to_str().unwrap()])
    }

    /// Starts a server with these arguments; what it prints goes beside the site.
    pub fn spawn_with(site: &Path, arguments: &[&str]) -> Self {
        let address = free_address();
        let log = site.with_file_name(format!("{}.log", address.port()));
        let file = File::create(&log).unwrap();
        let child = command()
            .arg("serve")
            .args([Path::new("--site"), site])
            .args(["--listen", &address.to_string()])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Self { child, address, log }
    }

    /// Starts a live server and waits until it is ready.
    pub fn start(site: &Path, data: &Path) -> Self {
        let mut server = Self::spawn(site, data);
        server.wait_until_ready();
        server
    }

    /// Waits until it says that it is ready.
    pub fn wait_until_ready(&mut self) {
        let asked_at = Instant::now();
        while !self.is_ready() {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server ended with {status}:\n{}", self.log());
            }
            assert!(asked_at.elapsed() < PATIENCE, "not ready in time:\n{}", self.log());
            std::thread::park_timeout(REST);
        }
    }

    fn is_ready(&self) -> bool {
        let answer = Connection::open(self.address).and_then(|mut it| it.send(&Request::get("/readyz")));
        answer.is_ok_and(|answer| answer.status == 200)
    }

    pub fn connect(&self) -> Connection {
        Connection::open(self.address).unwrap()
    }

    /// One request on a connection of its own.
    pub fn ask(&self, request: &Request) -> Response {
        self.connect().send(request).unwrap()
    }

    /// The JSON at a path.
    pub fn get(&self, path: &str) -> serde_json::Value {
        let answer = self.ask(&Request::get(path));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Waits until the engine has applied an entry: observations are acknowledged when they are durable.
    pub fn wait_until_applied(&self, seq: u64) {
        let asked_at = Instant::now();
        while self.get("/v1/datastreams/latest")["seq"].as_u64().unwrap() < seq {
            assert!(asked_at.elapsed() < PATIENCE, "entry {seq} is not applied in time:\n{}", self.log());
            std::thread::park_timeout(REST);
        }
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; returns at once.
    pub fn ask_to_end(&self) {
        let signal = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &signal]).status().unwrap().success());
    }

    /// SIGTERM, then waits for the end, which must be a good one.
    pub fn end(mut self) {
        self.ask_to_end();
        let status = self.wait();
        assert_eq!(status.code(), Some(0), "{status}:\n{}", self.log());
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let asked_at = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(asked_at.elapsed() < PATIENCE, "does not end:\n{}", self.log());
            std::thread::park_timeout(REST);
        }
    }

    /// Waits until it has said this.
    pub fn wait_until_said(&self, what: &str) {
        let asked_at = Instant::now();
        while !self.log().contains(what) {
            assert!(asked_at.elapsed() < PATIENCE, "does not say '{what}' in time:\n{}", self.log());
            std::thread::park_timeout(REST);
        }
    }

    /// What it has printed so far, on both outputs.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ended already after `kill`, `terminate` and `wait`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody listens on; another process could take it before the server does, which then says so and ends.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
