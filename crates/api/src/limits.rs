//! Limits on what comes in: sizes, rates, work in flight; each a named constant, each with its answer.
//!
//! Not here: the queue to the log (the desk says [`crate::Busy`]), the size a gzip unpacks to (the intake).
//! Invariant: memory for bodies is bounded by [`Limits::bytes_in_flight`], whoever sends how much.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The largest body, bytes as sent: 16 MiB.
pub const BODY_BYTES: usize = 16 << 20;
/// The largest body of a command, bytes.
pub const COMMAND_BYTES: usize = 64 << 10;
/// The most rows a batch may carry.
pub const BATCH_ROWS: usize = 100_000;
/// The most problems an answer lists; the rest are counted.
pub const PROBLEMS_LISTED: usize = 100;
/// The most points a history answer carries; also what it carries unless asked for fewer.
pub const HISTORY_POINTS: usize = 20_000;
/// The most warnings an answer carries.
pub const WARNINGS_LISTED: usize = 10_000;
/// The most readers of `/v1/events`.
pub const STREAM_READERS: usize = 256;
/// How long a client may take to send a body.
pub const BODY_TIME: Duration = Duration::from_mins(1);
/// How long a client should wait before it sends again, seconds.
pub const RETRY_AFTER_S: u32 = 1;
/// The longest `X-Source` and `Idempotency-Key`, characters.
pub const HEADER_CHARS: usize = 255;
/// The most sources whose rate is remembered.
const SOURCES: usize = 4096;
/// Bodies in flight are counted in pieces of so many bytes.
const PIECE_BYTES: usize = 1024;

/// Limits that a deployment may set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Requests a source may send, per second, over time.
    pub requests_per_s: f64,
    /// Requests a source may send at once.
    pub burst: f64,
    /// Bytes of bodies held at a time, over all sources.
    pub bytes_in_flight: usize,
}

impl Default for Limits {
    /// 50,000 requests/s with bursts of 100,000, and 256 MiB.
    fn default() -> Self {
        Self { requests_per_s: 50_000.0, burst: 100_000.0, bytes_in_flight: 256 << 20 }
    }
}

/// Keeps the limits.
pub(crate) struct Gatekeeper {
    limits: Limits,
    buckets: Mutex<HashMap<String, Bucket>>,
    pieces: Arc<Semaphore>,
}

struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl Gatekeeper {
    pub(crate) fn new(limits: Limits) -> Self {
        let pieces = (limits.bytes_in_flight / PIECE_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Self { limits, buckets: Mutex::default(), pieces: Arc::new(Semaphore::new(pieces)) }
    }

    /// Takes one request of a source; the error is how long it should wait, in whole seconds.
    pub(crate) fn admit(&self, source: &str, now: Instant) -> Result<(), u32> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(source) {
            return bucket.take(&self.limits, now);
        }
        if buckets.len() >= SOURCES {
            // A full bucket remembers nothing; if all are in use, start over rather than grow.
            buckets.retain(|_, bucket| bucket.level(&self.limits, now) < self.limits.burst);
            if buckets.len() >= SOURCES {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(source.to_owned());
        bucket.or_insert(Bucket { tokens: self.limits.burst, filled_at: now }).take(&self.limits, now)
    }

    /// Room for a body of at most `bytes`, until the permit is dropped.
    pub(crate) fn reserve(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let pieces = u32::try_from(bytes.div_ceil(PIECE_BYTES).max(1)).ok()?;
        Arc::clone(&self.pieces).try_acquire_many_owned(pieces).ok()
    }
}

impl Bucket {
    fn level(&self, limits: &Limits, now: Instant) -> f64 {
        let gained = now.saturating_duration_since(self.filled_at).as_secs_f64() * limits.requests_per_s;
        (self.tokens + gained).min(limits.burst)
    }

    fn take(&mut self, limits: &Limits, now: Instant) -> Result<(), u32> {
        self.tokens = self.level(limits, now);
        self.filled_at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let wait_s = (1.0 - self.tokens) / limits.requests_per_s.max(f64::MIN_POSITIVE);
        Err(wait_s.ceil().clamp(1.0, 3600.0) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_beyond_its_burst_waits_and_others_do_not() {
        let keeper = Gatekeeper::new(Limits { requests_per_s: 2.0, burst: 3.0, ..Limits::default() });
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(keeper.admit("a", start), Ok(()));
        }
        assert_eq!(keeper.admit("a", start), Err(1));
        assert_eq!(keeper.admit("b", start), Ok(()));
        assert_eq!(keeper.admit("a", start + Duration::from_millis(500)), Ok(()));
    }

    #[test]
    fn the_number_of_remembered_sources_is_bounded() {
        let keeper = Gatekeeper::new(Limits::default());
        let start = Instant::now();
        for source in 0..(3 * SOURCES) {
            assert_eq!(keeper.admit(&source.to_string(), start), Ok(()));
        }
        assert!(keeper.buckets.lock().unwrap().len() <= SOURCES);
    }

    #[test]
    fn bodies_in_flight_are_bounded_and_released() {
        let keeper = Gatekeeper::new(Limits { bytes_in_flight: 4096, ..Limits::default() });
        let held = keeper.reserve(4000).unwrap();
        assert!(keeper.reserve(1).is_none());
        drop(held);
        assert!(keeper.reserve(4096).is_some());
        assert!(keeper.reserve(5000).is_none());
    }
}
