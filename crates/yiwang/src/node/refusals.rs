//! The first observations the engine refused since the start, for whoever has to mend the source.
//!
//! Not here: the count of all (the engine's tally).
//! Invariant: bounded, whatever a broken source sends.

use std::sync::{Mutex, PoisonError};

use city::{Observation, RejectionReason};

/// How many are kept.
const KEPT: usize = 20;

/// The first refusals.
#[derive(Debug, Default)]
pub struct Refusals {
    first: Mutex<Vec<(Observation, RejectionReason)>>,
}

impl Refusals {
    /// Keeps a refusal if there is room.
    pub fn note(&self, observation: Observation, reason: RejectionReason) {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if first.len() < KEPT {
            first.push((observation, reason));
        }
    }

    /// What is kept.
    pub fn first(&self) -> Vec<(Observation, RejectionReason)> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
