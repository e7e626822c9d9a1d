//! The queue of timers: what is due, when, in one fixed order.
//!
//! Not here: what a timer does when it fires (the part that set it).
//! Invariant: timers fire in (due, kind, id) order, each at its own due time, never earlier than the present.

use std::collections::BTreeSet;

use city::{Cause, DatastreamIx, GroupIx, HumanId, Time, WarningId, ZoneIx};
use serde::{Deserialize, Serialize};

/// What waits for a moment. The order of the variants is the order of firing at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Timer {
    /// Held observations of a stream have waited long enough.
    Drain(DatastreamIx),
    /// A stream may have fallen silent.
    Silent(DatastreamIx),
    /// A zone is judged with the counts that are in.
    Settle(ZoneIx),
    /// A group is judged with the zones that are in.
    SettleGroup(GroupIx),
    /// Groups and the site learn from all their sensors.
    Balance,
    /// A human observation runs out.
    Human(HumanId),
    /// A dwell or quiet period of a cause may be over.
    Watch(Cause),
    /// A shelving ends.
    Unshelve(WarningId),
    /// An unacknowledged critical goes on.
    Escalate(WarningId),
    /// The minute is full: sample the zones.
    Minute,
}

/// The queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Timers(BTreeSet<(Time, Timer)>);

impl Timers {
    /// Adds a timer; the same one at the same moment counts once.
    pub(crate) fn set(&mut self, due: Time, timer: Timer) {
        self.0.insert((due, timer));
    }

    /// Takes a timer back.
    pub(crate) fn cancel(&mut self, due: Time, timer: Timer) {
        self.0.remove(&(due, timer));
    }

    /// Every timer in the order of firing.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Time, Timer)> + '_ {
        self.0.iter().copied()
    }

    /// When the next one is due.
    pub(crate) fn next_due(&self) -> Option<Time> {
        self.0.first().map(|(due, _)| *due)
    }

    /// Takes the next timer due at or before `until`.
    pub(crate) fn pop(&mut self, until: Time) -> Option<(Time, Timer)> {
        if self.next_due()? > until {
            return None;
        }
        self.0.pop_first()
    }
}
