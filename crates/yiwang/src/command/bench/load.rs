//! The load: bodies of observations, and the connections that send them.
//!
//! Not here: the server and the figures.
//! Invariant: each counter's minutes are sent once and in order, so that nothing is late or a duplicate.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use city::{Span, Time};

use super::server::{STREAMS, stream_id};
use super::wire::Connection;

/// Observations in one data array.
pub const BATCH: usize = 1_000;
/// Connections that send batches.
const BATCH_CONNECTIONS: usize = 5;
/// Connections that send single observations.
pub const SINGLE_CONNECTIONS: usize = 64;
/// Threads that drive the single connections.
const SINGLE_THREADS: usize = 4;
/// Path of SensorThings data arrays.
const DATA_ARRAY: &str = "/v1.1/CreateObservations";
/// Content type of everything that is sent.
const JSON: &str = "application/json";

/// What a part of the load came to.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    /// Observations acknowledged.
    pub observations: u64,
    /// From the first request to the last answer.
    pub took: Duration,
}

impl Sent {
    /// Observations acknowledged per second.
    pub fn per_second(&self) -> f64 {
        self.observations as f64 / self.took.as_secs_f64()
    }
}

/// A result that looks like a counter's: small, changing, different for each.
fn count_of(stream: usize, minute: u64) -> u64 {
    let mixed = (stream as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ minute.wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    let base = 20 + (stream as u64 % 60);
    base + (mixed >> 59)
}

/// A SensorThings data array of the streams from `first` at one minute.
pub fn data_array(first: usize, minute: u64, start: Time) -> String {
    let time = start.plus(Span::from_seconds(minute as i64 * 60));
    let mut body = String::with_capacity(BATCH * 160);
    body.push('[');
    for stream in first..first + BATCH {
        let comma = if stream == first { "" } else { "," };
        let count = count_of(stream, minute);
        // Writing into a string cannot fail.
        let _ = write!(
            body,
            "{comma}{{\"Datastream\":{{\"@iot.id\":\"{}\"}},\"components\":[\"phenomenonTime\",\"result\"],\
             \"dataArray\":[[\"{time}\",{count}]]}}",
            stream_id(stream)
        );
    }
    body.push(']');
    body
}

/// Sends batches over several connections until `enough` says so of the observations sent so far.
///
/// Each connection has its own share of the streams, so their minutes stay in order.
pub fn batches(
    address: SocketAddr,
    start: Time,
    enough: impl Fn(u64, Duration) -> bool + Sync,
) -> anyhow::Result<Sent> {
    let acknowledged = AtomicU64::new(0);
    let begun = Instant::now();
    let share = STREAMS / BATCH_CONNECTIONS;
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..BATCH_CONNECTIONS)
            .map(|sender| {
                let (acknowledged, enough) = (&acknowledged, &enough);
                scope.spawn(move || -> anyhow::Result<()> {
                    let mut connection = Connection::open(address)?;
                    for minute in 0.. {
                        for first in (sender * share..(sender + 1) * share).step_by(BATCH) {
                            let body = data_array(first, minute, start);
                            expect(connection.post(DATA_ARRAY, JSON, body.as_bytes())?.status)?;
                            let so_far = acknowledged.fetch_add(BATCH as u64, Ordering::Relaxed) + BATCH as u64;
                            if enough(so_far, begun.elapsed()) {
                                return Ok(());
                            }
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        senders.into_iter().try_for_each(|sender| sender.join().map_err(|_| anyhow::anyhow!("a sender panicked"))?)
    })?;
    Ok(Sent { observations: acknowledged.into_inner(), took: begun.elapsed() })
}

/// Sends single observations over [`SINGLE_CONNECTIONS`] connections for a while, one in flight on each.
pub fn singles(address: SocketAddr, start: Time, lasting: Duration) -> anyhow::Result<Sent> {
    let acknowledged = AtomicU64::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SINGLE_THREADS)
            .map(|sender| {
                let acknowledged = &acknowledged;
                scope.spawn(move || singles_of(sender, address, start, (begun, lasting), acknowledged))
            })
            .collect();
        senders.into_iter().try_for_each(|sender| sender.join().map_err(|_| anyhow::anyhow!("a sender panicked"))?)
    })?;
    Ok(Sent { observations: acknowledged.into_inner(), took: begun.elapsed() })
}

fn singles_of(
    sender: usize,
    address: SocketAddr,
    start: Time,
    (begun, lasting): (Instant, Duration),
    acknowledged: &AtomicU64,
) -> anyhow::Result<()> {
    let share = SINGLE_CONNECTIONS / SINGLE_THREADS;
    let mut connections = (0..share).map(|_| Connection::open(address)).collect::<Result<Vec<_>, _>>()?;
    for minute in 0.. {
        if begun.elapsed() >= lasting {
            break;
        }
        let time = start.plus(Span::from_seconds(minute * 60));
        for (index, connection) in connections.iter_mut().enumerate() {
            let stream = sender * share + index;
            let body = format!(
                "{{\"phenomenonTime\":\"{time}\",\"result\":{},\"Datastream\":{{\"@iot.id\":\"{}\"}}}}",
                count_of(stream, minute as u64),
                stream_id(stream)
            );
            connection.send("/v1.1/Observations", JSON, body.as_bytes())?;
        }
        for connection in &mut connections {
            expect(connection.receive()?.status)?;
        }
        acknowledged.fetch_add(share as u64, Ordering::Relaxed);
    }
    Ok(())
}

/// Sends `minutes` of one counter as CSV.
pub fn one_series(address: SocketAddr, stream: usize, start: Time, minutes: u64) -> anyhow::Result<()> {
    let mut body = String::from("phenomenonTime,datastream,result\n");
    for minute in 0..minutes {
        let time = start.plus(Span::from_seconds(minute as i64 * 60));
        // Writing into a string cannot fail.
        let _ = writeln!(body, "{time},{},{}", stream_id(stream), count_of(stream, minute));
    }
    expect(Connection::open(address)?.post("/v1/observations", "text/csv", body.as_bytes())?.status)
}

/// An error unless the status says that the observations were acknowledged.
pub fn expect(status: u16) -> anyhow::Result<()> {
    anyhow::ensure!((200..300).contains(&status), "the server under test answered {status}");
    Ok(())
}
