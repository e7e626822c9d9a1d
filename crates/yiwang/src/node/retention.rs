//! Retention: now and then asks the log to drop whole blocks that are older than the configured days.
//!
//! Not here: how a log forgets without losing its proof (store, checkpoints).
//! Invariant: nothing newer than the configured days is dropped, and never without a checkpoint.

use std::time::Duration;

use city::Span;

use super::clock::wall_now;
use super::inlet::Inlet;
use super::sequencer::ToLog;

/// How often the log is asked.
pub const EVERY: Duration = Duration::from_hours(1);

/// Asks the log to drop what is older than `days`.
pub fn ask(inlet: &Inlet, days: u32) {
    let before = wall_now().minus(Span::from_seconds(i64::from(days) * 86_400));
    if inlet.try_tell(ToLog::Retain(before)).is_err() {
        tracing::debug!("no room to ask for retention now; it is asked again");
    }
}
