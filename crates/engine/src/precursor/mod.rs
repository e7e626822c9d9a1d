//! Precursors of a crush: what the flows say before a big number does.
//!
//! Not here: how long evidence must hold and what becomes of a warning (warn), how many people are where (estimate).
//! Invariant: a precursor rests on flows that are counted; silence neither raises one nor lets one go.

use city::ZoneIx;

use crate::turn::Turn;

impl Turn<'_> {
    /// A zone was settled: note what its lines carried, judge what may lock.
    pub(crate) fn look_ahead(&mut self, _zone: ZoneIx) {}

    /// The minute is full: judge what takes longer than a count.
    pub(crate) fn look_ahead_minute(&mut self) {}
}
