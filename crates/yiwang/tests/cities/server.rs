//! A server over a replay that has been delivered, and what it answers.
//!
//! Not here: servers that take observations (served).
//! Invariant: a server that a test forgets is killed when it is dropped.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use city::Time;
use serde_json::Value;

/// The longest a server may take to be ready.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server over a replay that has been delivered already.
pub struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts it and waits until it is ready.
    pub fn over(site: &str, data: &str, observations: &str) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let arguments = ["serve", "--site", site, "--data", data, "--replay", observations, "--listen", &address];
        let mut command = Command::new(env!("CARGO_BIN_EXE_yiwang"));
        let child = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { child, address };
        let asked_at = Instant::now();
        while server.ask("/readyz").is_none() {
            assert!(asked_at.elapsed() < PATIENCE, "not ready in time");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        server
    }

    /// The JSON at a path; `None` when it is refused.
    pub fn ask(&self, path: &str) -> Option<Value> {
        let mut answer = ureq::get(format!("http://{}{path}", self.address)).call().ok()?;
        let text = answer.body_mut().read_to_string().unwrap();
        Some(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// All points of a series, by time.
    pub fn points(&self, series: &str, (from, to): (Time, Time)) -> BTreeMap<Time, Value> {
        let mut points = BTreeMap::new();
        let mut from = from;
        loop {
            let path = format!("/v1/history?series={series}&from={from}&to={to}&limit=20000");
            let answer = self.ask(&path).unwrap();
            for point in answer["points"].as_array().unwrap() {
                from = point["time"].as_str().unwrap().parse().unwrap();
                points.insert(from, point.clone());
            }
            if answer["more"] != true {
                return points;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
