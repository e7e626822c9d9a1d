//! What the precursors remember: what each counting line carried, how each zone's density went.
//!
//! Not here: what it means (the precursors).
//! Invariant: of fixed size for each line and zone; part of the state, hence of snapshot and hash.

use city::{Site, Time};
use serde::{Deserialize, Serialize};

/// Over how long what a line usually carries is averaged, seconds.
const USUAL_S: f64 = 600.0;

/// A line that has counted for less long has nothing usual yet, seconds.
const USUAL_FROM_S: f64 = 240.0;

/// A density that falls faster than this share of itself in a minute empties.
pub(super) const EMPTYING_SHARE_PER_MIN: f64 = 0.03;

/// Minutes of density that are remembered.
const MINUTES: usize = 6;

/// What the precursors remember.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memory {
    /// By datastream.
    pub(crate) flows: Vec<Flow>,
    /// By zone.
    pub(crate) trends: Vec<Trend>,
}

impl Memory {
    /// Of a site nothing has been heard from.
    pub(crate) fn at_start(site: &Site) -> Self {
        Self { flows: vec![Flow::default(); site.datastreams.len()], trends: vec![Trend::default(); site.zones.len()] }
    }
}

/// What a counting line carries, people per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flow {
    /// End of the last interval in it.
    pub(crate) until: Option<Time>,
    /// Now: over the last minute, or two cycles of a signal.
    pub(crate) brief: f64,
    /// What it carried in the last ten minutes; held still while its stair is locked.
    usual: f64,
    /// How much has gone into it, seconds, at most [`USUAL_S`].
    seen_s: f64,
}

/// Whether what is usual follows what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usual {
    /// It does.
    Follows,
    /// A lock is no new custom.
    HeldStill,
}

impl Flow {
    /// A count: people per second over an interval that ended at `until`.
    pub(crate) fn take(&mut self, per_s: f64, (interval_s, brief_s): (f64, f64), until: Time, usual: Usual) {
        let is_first = self.until.is_none();
        self.until = Some(until);
        let share = if is_first { 1.0 } else { (interval_s / brief_s).min(1.0) };
        self.brief += share * (per_s - self.brief);
        if usual == Usual::Follows {
            self.seen_s = (self.seen_s + interval_s).min(USUAL_S);
            self.usual += (interval_s / self.seen_s) * (per_s - self.usual);
        }
    }

    /// What it usually carries; `None` before that can be said.
    pub(crate) fn usual(&self) -> Option<f64> {
        (self.seen_s >= USUAL_FROM_S).then_some(self.usual)
    }
}

/// A zone's density of its densest part on the last full minutes, people/m², the latest last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trend {
    per_m2: [f64; MINUTES],
    known: u8,
}

/// How a density moves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Slope {
    /// Change, people/m² per minute.
    pub(crate) per_min: f64,
    /// One standard error of it.
    pub(crate) error: f64,
}

impl Slope {
    /// Whether a density of `per_m2` keeps its people or gets more: one that falls faster empties, and nobody presses there.
    pub(crate) fn stays(self, per_m2: f64) -> bool {
        self.per_min >= -EMPTYING_SHARE_PER_MIN * per_m2
    }

    /// Whether it rises beyond its own error.
    pub(crate) fn is_rising(self) -> bool {
        self.per_min > 2.0 * self.error
    }

    /// Whether it rises minute after minute: a single leap, such as a correction makes, does not.
    pub(crate) fn is_steady(self) -> bool {
        self.per_min > 4.0 * self.error
    }
}

impl Trend {
    /// A minute is full.
    pub(crate) fn push(&mut self, per_m2: f64) {
        self.per_m2.rotate_left(1);
        self.per_m2[MINUTES - 1] = per_m2;
        self.known = (self.known + 1).min(MINUTES as u8);
    }

    /// Nothing is known: it begins anew.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The straight line through the last minutes; `None` before they are full.
    pub(crate) fn slope(&self) -> Option<Slope> {
        if usize::from(self.known) < MINUTES {
            return None;
        }
        let middle = (MINUTES as f64 - 1.0) / 2.0;
        let mean = self.per_m2.iter().sum::<f64>() / MINUTES as f64;
        let (mut spread, mut product) = (0.0, 0.0);
        for (minute, value) in self.per_m2.iter().enumerate() {
            let from_middle = minute as f64 - middle;
            spread += from_middle * from_middle;
            product += from_middle * (value - mean);
        }
        let per_min = product / spread;
        let mut rest = 0.0;
        for (minute, value) in self.per_m2.iter().enumerate() {
            let off = value - mean - per_min * (minute as f64 - middle);
            rest += off * off;
        }
        Some(Slope { per_min, error: libm::sqrt(rest / (MINUTES as f64 - 2.0) / spread) })
    }

    /// The density three minutes ago; `None` before it is known.
    pub(crate) fn lately(&self) -> Option<f64> {
        (self.known >= 3).then(|| self.per_m2[MINUTES - 3])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_half_minutes_without_anyone_leave_a_quarter_of_what_passed() {
        let mut flow = Flow::default();
        for step in 0..20 {
            flow.take(2.0, (30.0, 60.0), Time::from_seconds(30 * step), Usual::Follows);
        }
        assert!((flow.brief - 2.0).abs() < 1e-9 && (flow.usual().unwrap() - 2.0).abs() < 1e-9);
        for step in 20..22 {
            flow.take(0.0, (30.0, 60.0), Time::from_seconds(30 * step), Usual::Follows);
        }
        assert!((flow.brief - 0.5).abs() < 1e-9, "{flow:?}");
        assert!(flow.usual().unwrap() > 1.7, "{flow:?}");
    }

    #[test]
    fn a_minute_that_counts_minutes_is_the_last_count() {
        let mut flow = Flow::default();
        flow.take(2.0, (60.0, 60.0), Time::from_seconds(60), Usual::Follows);
        flow.take(0.5, (60.0, 60.0), Time::from_seconds(120), Usual::Follows);
        assert!((flow.brief - 0.5).abs() < 1e-12);
        assert_eq!(flow.usual(), None);
    }

    #[test]
    fn a_straight_rise_has_its_slope_and_no_error() {
        let mut trend = Trend::default();
        for minute in 0..9 {
            assert_eq!(trend.slope().is_some(), minute >= 6);
            trend.push(1.0 + 0.1 * f64::from(minute));
        }
        let slope = trend.slope().unwrap();
        assert!((slope.per_min - 0.1).abs() < 1e-9 && slope.error < 1e-9 && slope.is_rising());
    }

    #[test]
    fn a_single_leap_is_no_steady_rise() {
        for leap in 1..6 {
            let mut trend = Trend::default();
            for minute in 0..6 {
                trend.push(if minute < leap { 2.0 } else { 3.0 });
            }
            assert!(!trend.slope().unwrap().is_steady(), "{leap}");
        }
    }

    #[test]
    fn a_jitter_about_a_level_does_not_rise() {
        let mut trend = Trend::default();
        for value in [2.0, 2.2, 1.9, 2.1, 2.0, 2.2] {
            trend.push(value);
        }
        assert!(!trend.slope().unwrap().is_rising());
    }
}
