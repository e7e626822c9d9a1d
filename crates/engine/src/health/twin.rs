//! Two sensors that say the same: one of them repeats what the other says.
//!
//! Not here: a sensor that repeats itself (repeat), rows that come again (arrival).
//! Invariant: equal series count by how improbable they are, so two quiet gates that both say 0, 1, 0 are no twins.
//!
//! Each stream keeps its last eight results as eight bits each. Once a minute the last seven of every stream are looked
//! up among the last seven of all, and among those one result ago. Equal series that go on until they are improbable by
//! [`TWIN_NATS`] are a finding for the one that is late, or else for the one that surprised more when it began,
//! or for both.

use city::{DatastreamIx, FigureKind, FindingKind, Span};
use serde::{Deserialize, Serialize};

use super::findings::{Found, figure};
use crate::turn::Turn;

/// Equal series this improbable are a finding, nats (one in 10¹¹).
const TWIN_NATS: f64 = 26.0;

/// Results compared.
const COMPARED: u8 = 7;

/// The bits of [`COMPARED`] results.
const LAST: u64 = (1 << 56) - 1;

/// A series with fewer different results tells nothing.
const DIFFERENT: usize = 4;

/// So many times the surprise of the other make one of two equal series the copy.
const SURPRISE: f32 = 3.0;

/// Minutes unlike that end the finding.
const UNLIKE_END: u8 = 10;

/// What one stream said last, and whom it is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Twin {
    /// Eight bits of each of the last eight results, the newest lowest.
    series: u64,
    /// Whom it is like.
    other: Option<DatastreamIx>,
    /// Minutes alike.
    alike: u8,
    /// Minutes unlike since a finding.
    unlike: u8,
    /// A result has come since the last comparison.
    is_new: bool,
}

/// Eight bits of a result (finaliser of `SplitMix64`, Steele et al. 2014).
fn bits(result: f64) -> u64 {
    let mut mixed = result.to_bits().wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed >> 56
}

impl Twin {
    /// Whether the last results differ enough to tell one series from another.
    fn varies(&self) -> bool {
        let mut bytes = (self.series & LAST).to_le_bytes();
        let bytes = &mut bytes[..usize::from(COMPARED)];
        bytes.sort_unstable();
        1 + bytes.windows(2).filter(|pair| pair[0] != pair[1]).count() >= DIFFERENT
    }
}

impl super::Exam {
    /// Another site is adopted: whom it is like is somewhere else in it, or gone.
    pub(super) fn move_twin(&mut self, moved: impl Fn(DatastreamIx) -> Option<DatastreamIx>) {
        self.series.other = self.series.other.and_then(moved);
    }
}

/// Streams by their last series, open addressing.
struct Table {
    slots: Vec<u32>,
}

/// An empty slot.
const EMPTY: u32 = u32::MAX;

impl Table {
    fn new(streams: usize) -> Self {
        Self { slots: vec![EMPTY; (2 * streams + 2).next_power_of_two()] }
    }

    fn place(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) as usize & (self.slots.len() - 1)
    }

    /// The first stream with this series; a stream that is not there yet is added.
    fn find_or(&mut self, key: u64, add: Option<u32>, series: impl Fn(u32) -> u64) -> Option<u32> {
        let mut place = self.place(key);
        loop {
            match self.slots[place] {
                EMPTY => {
                    if let Some(ix) = add {
                        self.slots[place] = ix;
                    }
                    return None;
                }
                ix if series(ix) == key => return Some(ix),
                _ => place = (place + 1) & (self.slots.len() - 1),
            }
        }
    }
}

impl Turn<'_> {
    /// One result more.
    pub(super) fn examine_series(&mut self, ix: DatastreamIx, result: f64) {
        let twin = &mut self.state.streams[ix.index()].exam.series;
        twin.series = twin.series << 8 | bits(result);
        twin.is_new = true;
    }

    /// Looks for equal series among the streams that said something new since the last minute.
    pub(super) fn compare_series(&mut self) {
        let count = self.state.streams.len();
        let mut table = Table::new(count);
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        let streams = &self.state.streams;
        let last = |ix: u32| streams[ix as usize].exam.series.series & LAST;
        let takes_part = |ix: u32| {
            let exam = &streams[ix as usize].exam;
            exam.series.is_new && exam.repeat.run < 3 && exam.level.people() > 0.5 && exam.series.series >> 56 != 0
        };
        let all = (0..count).filter_map(|ix| u32::try_from(ix).ok());
        for ix in all.clone().filter(|ix| takes_part(*ix)) {
            if let Some(other) = table.find_or(last(ix), Some(ix), last) {
                self.blame(&mut pairs, ix, other);
            }
        }
        for ix in all.clone().filter(|ix| takes_part(*ix)) {
            let before = streams[ix as usize].exam.series.series >> 8;
            if let Some(late) = table.find_or(before, None, last)
                && late != ix
            {
                pairs.push((late, ix));
            }
        }
        pairs.retain(|(copy, _)| self.state.streams[*copy as usize].exam.series.varies());
        // Each copy's pairs together, in the order they had: a large site has many.
        pairs.sort_by_key(|(copy, _)| *copy);
        for ix in all {
            self.judge_twin(DatastreamIx(ix), &pairs);
        }
    }

    /// Of two streams that say the same at once, the one that surprised more lately is the copy; both may be when
    /// neither surprised much more than the other.
    fn blame(&self, pairs: &mut Vec<(u32, u32)>, left: u32, right: u32) {
        let exam = |ix: u32| &self.state.streams[ix as usize].exam;
        let known = |ix: u32| exam(ix).series.other.is_some();
        let kick = |ix: u32| exam(ix).level.kick();
        let is_new = !known(left) && !known(right);
        if known(left) || is_new && kick(left) * SURPRISE > kick(right) {
            pairs.push((left, right));
        }
        if known(right) || is_new && kick(right) * SURPRISE > kick(left) {
            pairs.push((right, left));
        }
    }

    fn judge_twin(&mut self, ix: DatastreamIx, pairs: &[(u32, u32)]) {
        let twin = &mut self.state.streams[ix.index()].exam.series;
        if !twin.is_new {
            return;
        }
        twin.is_new = false;
        let first = pairs.get(pairs.partition_point(|(copy, _)| *copy < ix.0));
        let other = first.filter(|(copy, _)| *copy == ix.0).map(|(_, other)| DatastreamIx(*other));
        if other.is_none() && twin.other.is_none() {
            return;
        }
        let is_known = self.has_finding(ix, FindingKind::Duplicate);
        let twin = &mut self.state.streams[ix.index()].exam.series;
        match other {
            None => {
                twin.unlike = twin.unlike.saturating_add(1);
                if !is_known {
                    *twin = Twin { series: twin.series, ..Twin::default() };
                } else if twin.unlike >= UNLIKE_END {
                    *twin = Twin { series: twin.series, ..Twin::default() };
                    self.end_finding(ix, FindingKind::Duplicate);
                }
            }
            Some(other) => {
                twin.alike = if twin.other == Some(other) { twin.alike.saturating_add(1) } else { 0 };
                twin.unlike = 0;
                twin.other = Some(other);
                if !is_known {
                    self.find_twin(ix, other);
                }
            }
        }
    }

    fn find_twin(&mut self, ix: DatastreamIx, other: DatastreamIx) {
        let exam = &self.state.streams[ix.index()].exam;
        let sd = exam.level.sd_people().min(self.state.streams[other.index()].exam.level.sd_people());
        let results = f64::from(COMPARED) + f64::from(exam.series.alike);
        let nats = results * libm::log((2.5 * sd).max(1.0));
        if nats < TWIN_NATS {
            return;
        }
        let since = self.now().minus(Span::from_seconds(results as i64 * exam.arrival.rhythm_s().max(1)));
        let evidence = vec![figure(FigureKind::Count, results)];
        self.find(ix, Found { kind: FindingKind::Duplicate, since, evidence, other: Some(other) });
        self.explained(ix);
    }
}
