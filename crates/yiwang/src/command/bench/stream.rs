//! From a post to the event: how old a value is when a screen gets it, at a steady load.
//!
//! Not here: connections (wire) and bodies (load).
//! Invariant: a value merged away by a later one counts when the later one arrives, so merging cannot flatter.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use city::Time;

use super::load::{BATCH, data_array, expect};
use super::quantile;
use super::server::STREAMS;
use super::wire::{Connection, Next};
use crate::node::clock::wall_now;

/// The load, observations per second.
const OBSERVATIONS_PER_S: usize = 50_000;

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub struct Streamed {
    /// The load that was reached.
    pub obs_per_s: f64,
    /// Median from the start of the post to the event.
    pub p50_ms: f64,
    /// 99th percentile of the same.
    pub p99_ms: f64,
}

/// Probes on their way: number and when it was posted.
type Flying = Mutex<VecDeque<(u64, Instant)>>;

/// Posts batches at a steady rate, each with a probe right behind it, and reads the event stream.
pub fn measure(address: SocketAddr, start: Time, lasting: Duration) -> anyhow::Result<Streamed> {
    let flying = Flying::default();
    let done = AtomicBool::new(false);
    let (sent, took, mut ages) = std::thread::scope(|scope| -> anyhow::Result<_> {
        let reader = scope.spawn(|| read(address, &flying, &done));
        let outcome = post(address, start, lasting, &flying);
        done.store(true, Ordering::Relaxed);
        let (sent, took) = outcome?;
        let ages = reader.join().map_err(|_| anyhow::anyhow!("the reader panicked"))??;
        Ok((sent, took, ages))
    })?;
    anyhow::ensure!(!ages.is_empty(), "no probe came back on the event stream");
    Ok(Streamed {
        obs_per_s: sent as f64 / took.as_secs_f64(),
        p50_ms: quantile(&mut ages, 0.5),
        p99_ms: quantile(&mut ages, 0.99),
    })
}

fn post(address: SocketAddr, start: Time, lasting: Duration, flying: &Flying) -> anyhow::Result<(u64, Duration)> {
    let mut connection = Connection::open(address)?;
    let every = Duration::from_secs_f64(BATCH as f64 / OBSERVATIONS_PER_S as f64);
    let begun = Instant::now();
    let mut batch = 0_usize;
    while begun.elapsed() < lasting {
        let first = batch * BATCH % STREAMS;
        let body = data_array(first, (batch * BATCH / STREAMS) as u64, start);
        if let Some(early) = (begun + every * batch as u32).checked_duration_since(Instant::now()) {
            // The load is steady by design: this is the pace, not a wait for something to happen.
            std::thread::park_timeout(early);
        }
        flying.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push_back((batch as u64, Instant::now()));
        expect(connection.post("/v1.1/CreateObservations", "application/json", body.as_bytes())?.status)?;
        let probe = format!(
            "{{\"phenomenonTime\":\"{}\",\"result\":{batch},\"Datastream\":{{\"@iot.id\":\"probe\"}}}}",
            wall_now()
        );
        expect(connection.post("/v1.1/Observations", "application/json", probe.as_bytes())?.status)?;
        batch += 1;
    }
    Ok(((batch * BATCH) as u64, begun.elapsed()))
}

fn read(address: SocketAddr, flying: &Flying, done: &AtomicBool) -> anyhow::Result<Vec<f64>> {
    let mut ages = Vec::new();
    Connection::open(address)?.events("/v1/events", |data| {
        if let Some(number) = probe_in(data) {
            let arrived = Instant::now();
            let mut flying = flying.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            while flying.front().is_some_and(|(probe, _)| *probe <= number) {
                if let Some((_, posted)) = flying.pop_front() {
                    ages.push(arrived.duration_since(posted).as_secs_f64() * 1e3);
                }
            }
        }
        if done.load(Ordering::Relaxed) { Next::Stop } else { Next::More }
    })?;
    Ok(ages)
}

/// The probe's number in an event's data, if the event has it.
fn probe_in(data: &str) -> Option<u64> {
    let at = data.find("\"id\":\"probe\"")?;
    let rest = &data[at..];
    let result = rest.find("\"result\":")? + "\"result\":".len();
    let number: String = rest[result..].chars().take_while(char::is_ascii_digit).collect();
    number.parse().ok()
}
