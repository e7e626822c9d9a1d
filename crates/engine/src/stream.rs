//! The state of one datastream: its place in order, what it said lately, what is held, its health and tallies.
//!
//! Not here: what a result does to zones and warnings (occupancy, warn).
//! Invariant: `applied` never goes back, and every held observation lies after it.

use std::collections::VecDeque;

use city::{Datastream, FeedHealth, Level, Side, Span, Tally, Time};
use serde::{Deserialize, Serialize};

use crate::estimate::rate::{Flow, Rate};

/// Observations a stream remembers in order to know a repetition; older ones cannot be told apart from late ones.
pub const RECENT_MAX: usize = 64;

/// Observations of one stream that wait for a predecessor; one more and the oldest are applied at once.
///
/// Below [`RECENT_MAX`], so that a held observation is always remembered.
pub const HELD_MAX: usize = 32;

/// The longest time for which the last rate stands in for counts that did not come, seconds.
pub(crate) const UNSEEN_MAX_S: f64 = 3600.0;

/// One observation of a known stream.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reading {
    /// Start of its interval.
    pub(crate) phenomenon_time: Time,
    /// When it became available.
    pub(crate) result_time: Time,
    /// The result; absent when the source said "missing".
    pub(crate) result: Option<f64>,
}

/// An observation that waits for its predecessors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Held {
    /// What waits.
    pub(crate) reading: Reading,
    /// Until when.
    pub(crate) until: Time,
}

/// One datastream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stream {
    /// The last observation applied in order (or its revision).
    pub(crate) latest: Option<Reading>,
    /// Phenomenon time up to which observations were applied.
    pub(crate) applied: Option<Time>,
    /// The last result that was a number.
    pub(crate) number: Option<f64>,
    /// Level of that number.
    pub(crate) level: Level,
    /// Whether it speaks.
    pub(crate) health: FeedHealth,
    /// Since when it has been so.
    pub(crate) since: Option<Time>,
    /// When it was last heard.
    pub(crate) heard: Time,
    /// Counts of what came.
    pub(crate) tally: Tally,
    /// What it said lately, in the order of coming.
    #[serde(with = "crate::recent")]
    pub(crate) recent: VecDeque<Reading>,
    /// Latest phenomenon time that dropped out of `recent`.
    pub(crate) forgotten: Option<Time>,
    /// What waits, by phenomenon time.
    pub(crate) held: Vec<Held>,
    /// What is wrong with it.
    pub(crate) findings: Vec<city::Finding>,
    /// What its examination remembers.
    pub(crate) exam: crate::health::Exam,
    /// What it reads for each person, as learned.
    pub(crate) rate: Rate,
    /// For a counting line, its usual count.
    pub(crate) flow: Flow,
    /// For a counting line, people who passed it uncounted since the last measurement of the zone they entered and the
    /// one they left, as far as its usual count tells: missing results and gaps.
    pub(crate) unseen: [f64; 2],
}

impl Stream {
    /// At the start of a site.
    pub(crate) fn at_start(config: &Datastream) -> Self {
        Self { rate: Rate::at_start(config), ..Self::default() }
    }

    /// Whether `phenomenon_time`, later than all applied ones, leaves no whole interval out.
    ///
    /// Half an interval of jitter is allowed, so that a source with an uneven clock is never held.
    pub(crate) fn follows(&self, config: &Datastream, phenomenon_time: Time) -> bool {
        let Some(applied) = self.applied else { return true };
        let interval = interval(config).micros();
        interval == 0 || phenomenon_time.since(applied).micros() <= interval + interval / 2
    }

    /// Remembers an observation.
    pub(crate) fn remember(&mut self, reading: Reading) {
        if self.recent.len() >= RECENT_MAX
            && let Some(old) = self.recent.pop_front()
        {
            self.forgotten = self.forgotten.max(Some(old.phenomenon_time));
        }
        self.recent.push_back(reading);
    }

    /// The remembered observation of this phenomenon time.
    pub(crate) fn recall(&mut self, phenomenon_time: Time) -> Option<&mut Reading> {
        self.recent.iter_mut().rev().find(|reading| reading.phenomenon_time == phenomenon_time)
    }

    /// Whether an observation of this time may have come before and been forgotten.
    pub(crate) fn may_be_known(&self, phenomenon_time: Time) -> bool {
        self.forgotten.is_some_and(|forgotten| phenomenon_time <= forgotten)
    }

    /// End of the last interval applied.
    pub(crate) fn end(&self, config: &Datastream) -> Option<Time> {
        self.end_after(interval(config))
    }

    /// The same by the length of its intervals, which a table of the site has at hand.
    pub(crate) fn end_after(&self, interval: Span) -> Option<Time> {
        self.applied.map(|applied| applied.plus(interval))
    }

    /// Seconds left out between the last interval applied and one that starts at `phenomenon_time`.
    ///
    /// Gaps below half an interval are jitter; beyond [`UNSEEN_MAX_S`] the last rate says nothing any more.
    pub(crate) fn missed_s(&self, config: &Datastream, phenomenon_time: Time) -> f64 {
        let Some(end) = self.end(config) else { return 0.0 };
        let gap_s = phenomenon_time.since(end).seconds();
        if gap_s * 2.0 <= f64::from(config.interval_s) { 0.0 } else { gap_s.min(UNSEEN_MAX_S) }
    }

    /// People per second by the usual count, those it misses included.
    pub(crate) fn people_per_s(&self, config: &Datastream) -> f64 {
        if config.interval_s > 0 { self.flow.mean / f64::from(config.interval_s) / self.rate.reads } else { 0.0 }
    }

    /// What is counted per second by the last count.
    pub(crate) fn rate_per_s(&self, config: &Datastream) -> f64 {
        match self.number {
            Some(people) if config.interval_s > 0 => people / f64::from(config.interval_s),
            _ => 0.0,
        }
    }
}

/// The length of the interval a result is about.
pub(crate) fn interval(config: &Datastream) -> Span {
    Span::from_seconds(i64::from(config.interval_s))
}

/// Whether low results of a stream are the dangerous ones.
pub(crate) fn low_is_danger(config: &Datastream) -> bool {
    config.levels.as_ref().is_some_and(|levels| levels.side == Side::Below)
}
