//! Sensor health: what is wrong with each sensor, since when, on what evidence, and how far it is doubted meanwhile.
//!
//! Not here: what a result does to zones (estimate) and warnings (warn).
//! Invariant: a finding widens and opens checks; it never takes away a reading that raises risk (INV-10).

use city::{DatastreamIx, FeedHealth, RejectionReason};
use serde::{Deserialize, Serialize};

use crate::stream::Reading;
use crate::turn::Turn;

/// What the examination of one stream remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Exam {}

impl Turn<'_> {
    /// A result in its place in order, before it is used.
    pub(crate) fn examine(&mut self, _ix: DatastreamIx, _reading: Reading) {}

    /// A new observation as it comes, in order or not.
    pub(crate) fn examine_arrival(&mut self, _ix: DatastreamIx, _reading: Reading) {}

    /// An observation that was seen before.
    pub(crate) fn examine_repetition(&mut self, _ix: DatastreamIx, _reading: Reading) {}

    /// An observation that was refused.
    pub(crate) fn examine_refusal(&mut self, _ix: DatastreamIx, _reading: Reading, _reason: RejectionReason) {}

    /// A stream fell silent or speaks (again).
    pub(crate) fn examine_feed(&mut self, _ix: DatastreamIx, _health: FeedHealth) {}

    /// The minute is full.
    pub(crate) fn examine_minute(&mut self) {}

    /// The factor, at least 1, by which the standard deviation of a stream's readings is widened; infinite when they
    /// may not narrow an estimate at all.
    pub(crate) fn doubt(&self, _ix: DatastreamIx) -> f64 {
        1.0
    }
}
