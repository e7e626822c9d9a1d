//! The recorder: feeds the history and makes snapshots, on a thread of its own.
//!
//! Not here: what a history or a snapshot holds (store, engine).
//! Invariant: a snapshot is handed to the log only after the history is complete up to it, so that recovery from that
//! snapshot finds every point again.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use city::{Event, Seq, Site, Time};
use engine::City;
use store::{History, PackedSnapshot};

use super::inlet::Inlet;
use super::recover::snapshot_of;
use super::sequencer::ToLog;

/// Entries whose events may wait to be recorded.
const WAITING: usize = 1_024;
/// Wall time after which the history is made durable.
const FLUSH_EVERY: Duration = Duration::from_secs(30);

/// What reaches the recorder.
pub enum ToHistory {
    /// The events of one entry.
    Events {
        /// The entry.
        seq: Seq,
        /// Its site time.
        time: Time,
        /// What happened.
        events: Vec<Event>,
        /// The site it adopted, if it did.
        adopted: Option<Arc<Site>>,
    },
    /// The state to make a snapshot of, after the events before it.
    Snapshot(Box<City>),
    /// The last state; nothing more will come.
    Stop(Box<City>),
}

/// A handle on the recorder, for the applier.
pub struct ToRecorder {
    queue: SyncSender<ToHistory>,
}

impl ToRecorder {
    /// A handle and the queue that the recorder reads.
    pub fn new() -> (Self, Receiver<ToHistory>) {
        let (queue, waiting) = sync_channel(WAITING);
        (Self { queue }, waiting)
    }

    /// Sends something, waiting for room; an error when the recorder is gone.
    pub fn send(&self, message: ToHistory) -> anyhow::Result<()> {
        self.queue.send(message).map_err(|_| anyhow::anyhow!("the history thread is gone"))
    }

    /// Asks for a snapshot if there is room; the next one is due soon.
    pub fn ask_snapshot(&self, city: &City) {
        match self.queue.try_send(ToHistory::Snapshot(Box::new(city.clone()))) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(_)) => tracing::debug!("no room to ask for a snapshot now"),
        }
    }
}

/// Records until it is told to stop; returns the last snapshot, or none if the history could not be completed.
///
/// Each site it adopts is told to `adoptions`, if somebody still listens there.
pub fn run(
    mut history: History,
    inbox: &Receiver<ToHistory>,
    inlet: &Inlet,
    adoptions: &SyncSender<()>,
) -> Option<PackedSnapshot> {
    let mut flush_at = Instant::now() + FLUSH_EVERY;
    loop {
        match inbox.recv_timeout(flush_at.saturating_duration_since(Instant::now())) {
            Ok(ToHistory::Events { seq, time, events, adopted }) => {
                note(history.record_change(seq, time, &events, adopted.as_deref()));
                if adopted.is_some() {
                    // Only a start waits for this; nobody else does.
                    let _ = adoptions.try_send(());
                }
            }
            Ok(ToHistory::Snapshot(city)) => {
                if let Some(snapshot) = snapshot(&mut history, &city) {
                    // A full queue means load: the next snapshot is due soon.
                    let _ = inlet.try_tell(ToLog::Snapshot(Box::new(snapshot)));
                }
            }
            Ok(ToHistory::Stop(city)) => return snapshot(&mut history, &city),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
        if flush_at <= Instant::now() {
            note(history.flush());
            flush_at = Instant::now() + FLUSH_EVERY;
        }
    }
}

fn snapshot(history: &mut History, city: &City) -> Option<PackedSnapshot> {
    let flushed = history.flush();
    let complete = flushed.is_ok();
    note(flushed);
    complete.then(|| snapshot_of(city).pack())
}

/// The history keeps in memory what it could not write and tries again, so a failure costs a longer restart only.
fn note(result: Result<(), store::StoreError>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the history was not written; it is tried again");
    }
}
