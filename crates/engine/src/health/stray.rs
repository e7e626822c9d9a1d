//! Readings that stray: single ones far from those before and after them, again and again.
//!
//! Not here: leaps that last (level), who the neighbours are (kin).
//! Invariant: a reading strays only from what its own stream said on both sides of it, so a crowd that comes and stays
//! never strays, and one that a neighbour shared at that time counts for nothing.
//!
//! Each of the last [`KEPT`] results is held as a square root; the middle one is compared with their median, which four of
//! nine wrong readings do not move. A sequential test (Page 1954) as of dropouts adds [`STRAY_STEP`] for one that strays
//! by [`STRAY`] of the usual distances and takes 1 for any other; [`STRAY_AT`] is reached by two among ten.

use city::{DatastreamIx, FindingKind, Role, Span, Time};
use serde::{Deserialize, Serialize};

use super::level::{Deviation, Shape, State};
use crate::turn::Turn;

/// Results kept: four before and four after the one that is judged.
const KEPT: usize = 9;

/// The one that is judged.
const MIDDLE: usize = KEPT / 2;

/// Results before anything is judged.
const WARM: u8 = 25;

/// The usual distance is averaged over so many results.
const USUAL_OVER: u8 = 64;

/// Of one distance so many usual ones are believed.
const BELIEVED: f32 = 3.0;

/// The usual distance is never taken for less, √people.
const USUAL_MIN: f32 = 0.3;

/// A reading that strays is so many usual distances from the median.
const STRAY: f32 = 4.0;

/// And so many times the people, or this part of them.
const TIMES: f32 = 1.8;

/// And it or the median is at least this, √people.
const LEVEL_MIN: f32 = 3.16;

/// A neighbour away at the same time by so many of its usual distances, and this share of the stray's, shares it.
const SHARED_MIN: f32 = 2.0;

/// See [`SHARED_MIN`].
const SHARED: f32 = 0.35;

/// What a reading that strays adds; any other takes 1.
const STRAY_STEP: u8 = 9;

/// The sum that is a finding.
const STRAY_AT: u8 = 17;

/// What one stream said last, as square roots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Stray {
    /// The last results, the newest last.
    recent: [f32; KEPT],
    /// How many of them there are.
    kept: u8,
    /// Distances seen, up to [`USUAL_OVER`].
    seen: u8,
    /// The usual distance from the median.
    usual: f32,
    /// The sum of evidence.
    sum: u8,
    /// A result has come since the last minute.
    is_new: bool,
    /// Phenomenon time of the newest.
    newest: Time,
    /// Of the first reading that strayed since the sum was nothing.
    since: Time,
}

/// A reading that strays.
#[derive(Clone, Copy, Debug)]
struct Astray {
    /// From this median.
    base: f32,
    /// By so much.
    by: f32,
    /// So many usual distances.
    distances: f32,
}

impl Stray {
    /// One result more.
    pub(super) fn take(&mut self, root: f32, at: Time) {
        self.recent.rotate_left(1);
        self.recent[KEPT - 1] = root;
        self.kept = (self.kept + 1).min(KEPT as u8);
        self.newest = at;
        if usize::from(self.kept) < KEPT {
            return;
        }
        self.is_new = true;
        self.seen = (self.seen + 1).min(USUAL_OVER);
        let distance = (self.recent[MIDDLE] - self.median()).abs();
        let believed = if self.seen == 1 { distance } else { distance.min(BELIEVED * self.usual()) };
        self.usual += (believed - self.usual) / f32::from(self.seen);
    }

    /// What came before no longer tells what will.
    pub(super) fn forget(&mut self) {
        (self.kept, self.sum, self.is_new) = (0, 0, false);
    }

    fn usual(&self) -> f32 {
        self.usual.max(USUAL_MIN)
    }

    fn median(&self) -> f32 {
        let mut sorted = self.recent;
        sorted.sort_unstable_by(f32::total_cmp);
        sorted[MIDDLE]
    }

    /// The judged reading, if it strays.
    fn astray(&self) -> Option<Astray> {
        if self.seen < WARM {
            return None;
        }
        let (base, root) = (self.median(), self.recent[MIDDLE]);
        let (by, times) = (root - base, (root * root + 1.0) / (base * base + 1.0));
        let distances = by / self.usual();
        let strays = distances.abs() > STRAY && base.max(root) >= LEVEL_MIN && (times > TIMES || times * TIMES < 1.0);
        strays.then_some(Astray { base, by, distances })
    }

    /// Whether it was away the same way at about the same time.
    fn shares(&self, astray: &Astray) -> bool {
        if usize::from(self.kept) < KEPT {
            return false;
        }
        let (base, least) = (self.median(), SHARED_MIN.max(SHARED * astray.distances.abs()));
        self.recent[MIDDLE - 1..=MIDDLE + 1].iter().any(|root| {
            let distances = (root - base) / self.usual();
            distances.abs() > least && (distances > 0.0) == (astray.by > 0.0)
        })
    }

    /// Adds the judged reading to the evidence; true when it is enough.
    fn add(&mut self, strays: bool, at: Time) -> bool {
        self.is_new = false;
        if !strays {
            self.sum = self.sum.saturating_sub(1);
            return false;
        }
        if self.sum == 0 {
            self.since = at;
        }
        self.sum = (self.sum + STRAY_STEP).min(2 * STRAY_AT);
        self.sum >= STRAY_AT
    }
}

impl Turn<'_> {
    /// The minute is full: readings that stray, with all that neighbours said at their time.
    pub(super) fn judge_strays(&mut self) {
        for ix in (0..self.state.streams.len()).map(DatastreamIx::from) {
            let exam = &self.state.streams[ix.index()].exam;
            if !exam.stray.is_new || matches!(self.site().datastreams[ix.index()].role, Role::GroupCount { .. }) {
                continue;
            }
            let rhythm = Span::from_seconds(exam.arrival.rhythm_s() * MIDDLE as i64);
            let at = exam.stray.newest.minus(rhythm);
            let astray = exam.stray.astray().filter(|astray| {
                let shares = |other: DatastreamIx| self.state.streams[other.index()].exam.stray.shares(astray);
                !self.is_controlled(ix) && !self.beside(ix).any(shares)
            });
            let exam = &mut self.state.streams[ix.index()].exam;
            if exam.stray.add(astray.is_some(), at)
                && let Some(Astray { base, by, .. }) = astray
            {
                let since = exam.stray.since;
                let deviation = Deviation { shape: Shape::Spikes, state: State::Alone, base, by, since, age: 0 };
                exam.level.strays(deviation);
                if !self.has_finding(ix, FindingKind::Jump) {
                    self.find_deviation(ix, &deviation);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stray(results: impl IntoIterator<Item = f32>) -> Stray {
        let mut stray = Stray::default();
        for (minute, result) in results.into_iter().enumerate() {
            stray.take(libm::sqrtf(result), Time::from_seconds(60 * minute as i64));
        }
        stray
    }

    fn jitter(count: usize) -> impl Iterator<Item = f32> {
        (0..count).map(|step| [40.0, 44.0, 37.0, 41.0, 46.0, 38.0][step % 6])
    }

    #[test]
    fn one_reading_of_three_times_the_people_between_others_strays() {
        let stray = stray(jitter(60).chain([125.0]).chain(jitter(MIDDLE)));
        let astray = stray.astray().unwrap();
        assert!(astray.by > 4.0 && (astray.base - 6.4).abs() < 0.3, "{astray:?}");
    }

    #[test]
    fn a_crowd_that_comes_and_stays_does_not_stray() {
        for more in 1..2 * KEPT {
            let results = jitter(60).chain((0..more).map(|step| 125.0 + step as f32));
            assert!(more == MIDDLE + 1 || stray(results).astray().is_none_or(|astray| astray.by < 0.0), "{more}");
        }
    }

    #[test]
    fn two_among_ten_are_enough_and_one_alone_is_not() {
        let mut stray = Stray::default();
        assert!(!stray.add(true, Time::from_seconds(0)));
        assert!(!stray.add(false, Time::from_seconds(60)) && stray.add(true, Time::from_seconds(120)));
        assert_eq!(stray.since, Time::from_seconds(0));
    }
}
