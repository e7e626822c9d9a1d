//! What was estimated of a zone before now, so that readings found to be false can be undone.
//!
//! Not here: which readings are false (health), how the estimate goes on without them (balance).
//! Invariant: at most [`NOTES`] notes; undoing never takes people away, as a reading that raises risk is not dropped.

use city::{CorrectionCause, DatastreamIx, Role, Span, Time};
use serde::{Deserialize, Serialize};

use crate::turn::Turn;

/// Notes that are kept, and the time from one to the next, seconds: half an hour, as long as a sensor may take to be found
/// out.
const NOTES: usize = 8;
const BETWEEN_S: i64 = 240;

/// One standard deviation of what is restored, as a share of what the false readings took away: they may have been true.
const UNSURE: f64 = 0.4;

/// People as they were estimated of late, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Past {
    notes: Vec<(Time, f64)>,
}

impl Past {
    /// Notes what is estimated now, if it is time to.
    pub(crate) fn note(&mut self, now: Time, people: f64) {
        if self.notes.last().is_some_and(|(at, _)| now < at.plus(Span::from_seconds(BETWEEN_S))) {
            return;
        }
        if self.notes.len() >= NOTES {
            self.notes.remove(0);
        }
        self.notes.push((now, people));
    }

    /// What was estimated last before a moment, or first of all that is remembered.
    fn before(&self, moment: Time) -> Option<f64> {
        let last = self.notes.iter().rev().find(|(at, _)| *at < moment);
        last.or(self.notes.first()).map(|(_, people)| *people)
    }
}

impl Turn<'_> {
    /// All that an area count has said since a moment was of something else: the people that it took away come back, as
    /// unsure as they then are.
    pub(crate) fn undo(&mut self, ix: DatastreamIx, since: Time) {
        let Role::AreaCount { zone } = self.site().datastreams[ix.index()].role else { return };
        if self.home.zone_areas[zone.index()].first() != Some(&ix) {
            return;
        }
        let stock = &mut self.state.stocks[zone.index()];
        let Some(before) = stock.belief.past.before(since) else { return };
        let taken = before - stock.ledger.people();
        if taken <= 0.0 {
            return;
        }
        let size = self.home.layouts[zone.index()].size;
        stock.belief.filter.widen(size, 0, UNSURE * taken * UNSURE * taken);
        stock.belief.falls = 0;
        stock.belief.drift = 0.0;
        stock.belief.past = Past::default();
        self.correct(zone, taken, CorrectionCause::Unmeasured);
        self.settle(zone);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_past_is_what_was_estimated_before_a_moment() {
        let mut past = Past::default();
        assert!(past.before(Time::from_seconds(0)).is_none());
        for minute in 0..60 {
            past.note(Time::from_seconds(60 * minute), minute as f64);
        }
        assert_eq!(past.notes.len(), NOTES);
        assert!((past.before(Time::from_seconds(60 * 45)).unwrap() - 44.0).abs() < 1e-9);
        assert!((past.before(Time::from_seconds(0)).unwrap() - 28.0).abs() < 1e-9);
    }
}
