//! The inlet: the bounded queue into the sequencer.
//!
//! Not here: what becomes of a proposal (sequencer, applier).
//! Invariant: the queue is bounded; whoever cannot wait is told "busy" instead of growing it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};

use super::proposal::Proposal;
use super::sequencer::ToLog;

/// Most proposals that wait for the sequencer.
pub const QUEUE_PROPOSALS: usize = 1_024;
/// Most observations that wait for the sequencer.
pub const QUEUE_OBSERVATIONS: usize = 2_000_000;

/// Why a proposal was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The queue is full: try again shortly.
    #[error("the queue is full")]
    Busy,
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopping,
}

/// A handle on the queue; cheap to clone.
#[derive(Clone)]
pub struct Inlet {
    queue: SyncSender<ToLog>,
    depth: Arc<Depth>,
}

/// How full the queue is.
#[derive(Debug, Default)]
pub struct Depth {
    observations: AtomicUsize,
}

impl Depth {
    /// Observations that wait.
    pub fn observations(&self) -> usize {
        self.observations.load(Ordering::Relaxed)
    }

    /// Takes note that a proposal has left the queue.
    pub fn left(&self, observations: usize) {
        self.observations.fetch_sub(observations, Ordering::Relaxed);
    }
}

impl Inlet {
    /// A handle on `queue`.
    pub fn new(queue: SyncSender<ToLog>) -> Self {
        Self { queue, depth: Arc::default() }
    }

    /// How full the queue is.
    pub fn depth(&self) -> Arc<Depth> {
        Arc::clone(&self.depth)
    }

    /// Puts a proposal in, waiting for room.
    pub fn put(&self, proposal: Proposal) -> Result<(), NotTaken> {
        let observations = proposal.observations();
        self.depth.observations.fetch_add(observations, Ordering::Relaxed);
        self.queue.send(ToLog::Proposal(Box::new(proposal))).map_err(|_| {
            self.depth.left(observations);
            NotTaken::Stopping
        })
    }

    /// Puts a proposal in if there is room.
    pub fn offer(&self, proposal: Proposal) -> Result<(), NotTaken> {
        let observations = proposal.observations();
        let before = self.depth.observations.fetch_add(observations, Ordering::Relaxed);
        let full = before > 0 && before + observations > QUEUE_OBSERVATIONS;
        let sent = if full {
            Err(NotTaken::Busy)
        } else {
            self.queue.try_send(ToLog::Proposal(Box::new(proposal))).map_err(|error| match error {
                TrySendError::Full(_) => NotTaken::Busy,
                TrySendError::Disconnected(_) => NotTaken::Stopping,
            })
        };
        sent.inspect_err(|_| self.depth.left(observations))
    }

    /// Sends the sequencer something other than a proposal.
    pub fn tell(&self, message: ToLog) -> Result<(), NotTaken> {
        self.queue.send(message).map_err(|_| NotTaken::Stopping)
    }

    /// The same, if there is room.
    pub fn try_tell(&self, message: ToLog) -> Result<(), NotTaken> {
        self.queue.try_send(message).map_err(|_| NotTaken::Busy)
    }
}
