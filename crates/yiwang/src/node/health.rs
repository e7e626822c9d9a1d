//! Whether the node can do its work: started, and able to write its log.
//!
//! Not here: sensor health, which is the engine's.
//! Invariant: "ready" is said only while an input could be made durable.

use std::sync::{Mutex, PoisonError};

/// The state of the log as its one writer last saw it.
#[derive(Debug, Default)]
pub struct LogHealth {
    refusal: Mutex<Option<String>>,
}

impl LogHealth {
    /// The last append failed for this reason.
    pub fn refused(&self, why: &str) {
        *self.lock() = Some(why.to_owned());
    }

    /// The last append succeeded.
    pub fn written(&self) {
        let mut refusal = self.lock();
        if refusal.is_some() {
            tracing::info!("the log can be written again");
            *refusal = None;
        }
    }

    /// Why the log refuses, if it does.
    pub fn refusal(&self) -> Option<String> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        // Writes are plain assignments, so a poisoned lock still holds a sound value.
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
