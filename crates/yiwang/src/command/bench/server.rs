//! The server under test: a process of its own, on a folder of its own, with a site made for the purpose.
//!
//! Not here: the load and the measuring.
//! Invariant: the process is ended when the value is dropped, whatever happened.

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::wire::Connection;

/// Datastreams of the site under test.
pub const STREAMS: usize = 10_000;
/// How long a start may take.
const START_WITHIN: Duration = Duration::from_mins(2);

/// A running server.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From the start of the process to "ready".
    pub ready_after: Duration,
}

/// Writes a site of [`STREAMS`] counters at one a minute, and one probe without a cadence.
pub fn write_site(folder: &Path) -> anyhow::Result<PathBuf> {
    let mut toml = String::from(
        "schema = 1\nname = { zh-CN = \"基准\", en = \"Benchmark\" }\ntimezone = \"Etc/UTC\"\nlead = \"bench\"\n\
         [[department]]\nid = \"bench\"\nname = { zh-CN = \"基准\", en = \"Benchmark\" }\n",
    );
    let mut stream = |id: &str, interval_s: u32| {
        write!(
            toml,
            "[[datastream]]\nid = \"{id}\"\nname = {{ zh-CN = \"{id}\", en = \"{id}\" }}\ndepartment = \"bench\"\n\
             unit = \"people\"\ninterval_s = {interval_s}\nsilent_after_s = 0\n"
        )
    };
    (0..STREAMS).try_for_each(|index| stream(&stream_id(index), 60))?;
    stream("probe", 0)?;
    let site = folder.join("site");
    std::fs::create_dir_all(&site)?;
    std::fs::write(site.join("site.toml"), toml)?;
    Ok(site)
}

/// The id of a counter of the site under test.
pub fn stream_id(index: usize) -> String {
    format!("c{index:05}")
}

impl Server {
    /// Starts a server on `data` and waits until it is ready.
    pub fn start(site: &Path, data: &Path) -> anyhow::Result<Self> {
        let address = free_address()?;
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let started = Instant::now();
        let child = Command::new(program)
            .arg("serve")
            .args(["--site".as_ref(), site.as_os_str(), "--data".as_ref(), data.as_os_str()])
            .args(["--listen", &address.to_string(), "--log", "warn"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start the server under test")?;
        let mut server = Self { child, address, ready_after: Duration::ZERO };
        server.wait_ready(started)?;
        server.ready_after = started.elapsed();
        Ok(server)
    }

    fn wait_ready(&mut self, started: Instant) -> anyhow::Result<()> {
        while started.elapsed() < START_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                anyhow::bail!("the server under test ended with {status}");
            }
            let ready = Connection::open(self.address).and_then(|mut connection| Ok(connection.get("/readyz")?.status));
            if ready.is_ok_and(|status| status == 200) {
                return Ok(());
            }
            // Nothing tells another process that a port has begun to listen, so it is asked again.
            std::thread::park_timeout(Duration::from_millis(5));
        }
        anyhow::bail!("the server under test was not ready within {START_WITHIN:?}")
    }

    /// Asks it to end (SIGTERM) and waits.
    pub fn stop(mut self) -> anyhow::Result<()> {
        let status = Command::new("kill").arg(self.child.id().to_string()).status().context("cannot run kill")?;
        anyhow::ensure!(status.success(), "the server under test could not be asked to end");
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "the server under test ended with {status}");
        Ok(())
    }

    /// Ends it at once (SIGKILL).
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Bytes of all files in a folder.
pub fn folder_bytes(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for file in std::fs::read_dir(folder)? {
        let meta = file?.metadata()?;
        bytes += if meta.is_dir() { 0 } else { meta.len() };
    }
    Ok(bytes)
}
