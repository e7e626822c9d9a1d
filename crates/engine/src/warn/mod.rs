//! Warnings.
use crate::turn::Turn;
use city::*;
use serde::{Deserialize, Serialize};
/// The most effects that wait for an answer; the oldest gives way.
pub const EFFECTS_MAX: usize = 1000;
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Watch {}
impl Turn<'_> {
    pub(crate) fn step(&mut self, _: Cause) {}
    pub(crate) fn shelving_ends(&mut self, _: WarningId) {}
    pub(crate) fn escalate(&mut self, _: WarningId) {}
    pub(crate) fn command(&mut self, _: &Command, _: &ActorId) {}
    pub(crate) fn watch_feed(&mut self, _: DatastreamIx, _: FeedHealth) {}
    pub(crate) fn feed_changed(&mut self, _: DatastreamIx) {}
    pub(crate) fn judge_indicator(&mut self, _: DatastreamIx) {}
    pub(crate) fn judge_words(&mut self, _: Place) {}
    pub(crate) fn judge_zone(&mut self, _: ZoneIx) {}
    pub(crate) fn judge_group(&mut self, _: GroupIx) {}
}
