//! A minimal HTTP/1.1 client for the load generator: kept-alive connections and a stream of events.
//!
//! Not here: what is sent and what is measured.
//! Invariant: it reads exactly one response per request, so a connection never gets out of step.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail};

/// How long an answer may take before the benchmark gives up.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// A kept-alive connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    head: String,
    body: Vec<u8>,
}

/// A response.
pub struct Response {
    /// Status code.
    pub status: u16,
}

impl Connection {
    /// Connects.
    pub fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).context("cannot connect to the server under test")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        Ok(Self { stream: BufReader::with_capacity(64 * 1024, stream), head: String::new(), body: Vec::new() })
    }

    /// Sends a `GET` and reads the answer.
    pub fn get(&mut self, path: &str) -> anyhow::Result<Response> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.receive()
    }

    /// Sends a `POST` and reads the answer.
    pub fn post(&mut self, path: &str, content_type: &str, body: &[u8]) -> anyhow::Result<Response> {
        self.send(path, content_type, body)?;
        self.receive()
    }

    /// Sends a `POST` without waiting; [`Connection::receive`] must follow.
    pub fn send(&mut self, path: &str, content_type: &str, body: &[u8]) -> anyhow::Result<()> {
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        Ok(self.stream.get_mut().write_all(&request)?)
    }

    /// Reads one answer.
    pub fn receive(&mut self) -> anyhow::Result<Response> {
        let (status, length) = self.read_head()?;
        self.body.resize(length.unwrap_or(0), 0);
        match length {
            Some(_) => self.stream.read_exact(&mut self.body)?,
            None => self.read_chunks()?,
        }
        Ok(Response { status })
    }

    /// Status and content length; no length means chunked.
    fn read_head(&mut self) -> anyhow::Result<(u16, Option<usize>)> {
        let mut status = None;
        let mut length = None;
        let mut chunked = false;
        loop {
            self.head.clear();
            if self.stream.read_line(&mut self.head)? == 0 {
                bail!("the server closed the connection");
            }
            let line = self.head.trim_end();
            if line.is_empty() {
                break;
            }
            if status.is_none() {
                status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
            } else if let Some((name, value)) = line.split_once(':') {
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().ok();
                }
                chunked |= name.eq_ignore_ascii_case("transfer-encoding");
            }
        }
        let status = status.context("the server answered something that is not HTTP")?;
        Ok((status, if chunked { None } else { Some(length.unwrap_or(0)) }))
    }

    fn read_chunks(&mut self) -> anyhow::Result<()> {
        loop {
            self.head.clear();
            self.stream.read_line(&mut self.head)?;
            let size = usize::from_str_radix(self.head.trim(), 16).context("a chunk without a size")?;
            let from = self.body.len();
            self.body.resize(from + size, 0);
            self.stream.read_exact(&mut self.body[from..])?;
            self.head.clear();
            self.stream.read_line(&mut self.head)?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    /// Opens an event stream and gives each `data:` line to `each` until it says stop.
    pub fn events(mut self, path: &str, mut each: impl FnMut(&str) -> Next) -> anyhow::Result<()> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (status, _) = self.read_head()?;
        anyhow::ensure!(status == 200, "the event stream answered {status}");
        let mut line = String::new();
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                bail!("the event stream ended");
            }
            if let Some(data) = line.strip_prefix("data:")
                && each(data) == Next::Stop
            {
                return Ok(());
            }
        }
    }
}

/// Whether an event reader goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Read on.
    More,
    /// Enough.
    Stop,
}
