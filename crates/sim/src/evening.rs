//! The evening as a source: observations in the order in which they become available, and measures as they are seen.
//!
//! Not here: pacing (the binary).
//! Invariant: times never decrease; a batch spans no more than [`BATCH_SPAN`], in the order of result times.

use std::collections::VecDeque;

use city::{ActorId, Fact, Input, Observation, ObservationBatch, Site, Span, Time};

use crate::measures::{doings, spells};
use crate::play::{Play, Step};
use crate::sensing::{Rate, Settings};
use crate::world::Moment;

/// The most by which a row waits for the last of its batch.
const BATCH_SPAN: Span = Span::from_seconds(10);

/// An input and when it enters.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    /// Site time of the entry: for observations the last row's result time.
    pub time: Time,
    /// Observations, orders and sightings of measures.
    pub input: Input,
    /// Who caused it, where it is not the source itself: orders are labelled `automatic`.
    pub actor: Option<ActorId>,
}

/// Why a site cannot play the evening.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EveningError {
    /// The evening's totals are those of two groups.
    #[error("the site has no group '{id}': the evening needs 'waterfront' and 'greater'")]
    NoGroup {
        /// The missing one.
        id: String,
    },
    /// The core lies inside the greater area.
    #[error("zone '{zone}' is in group 'waterfront' but not in 'greater'")]
    CoreOutside {
        /// The zone.
        zone: String,
    },
    /// People could not reach or leave some zones.
    #[error("the zones linked with '{zone}' have people but no way to the rest: add a link or a gate")]
    CutOff {
        /// The first of them.
        zone: String,
    },
    /// One-way links leave some zone no way in or out.
    #[error("{minute} minutes after 16:00 people could only go the wrong way on a one-way link")]
    WrongWay {
        /// Minutes after 16:00.
        minute: usize,
    },
}

/// Plays 2 October 2019 from 16:00 to 23:00 at the Bund, with sensors that err and fail as [`Settings`] says by default.
///
/// # Errors
///
/// When the site lacks what the evening needs: the two groups, and a way for people between their zones.
pub fn evening(site: &Site, seed: u64) -> Result<Evening, EveningError> {
    evening_with(site, seed, &Settings::default())
}

/// As [`evening`], with other sensors.
///
/// # Errors
///
/// As [`evening`].
pub fn evening_with(site: &Site, seed: u64, settings: &Settings) -> Result<Evening, EveningError> {
    let spells = spells(site);
    let doings = doings(site, &spells).into();
    Ok(Evening { play: Play::new(site, spells, (settings, seed))?, doings, ready: VecDeque::new() })
}

/// The evening in order of time; the same site, seed and settings give the same facts.
#[derive(Clone, Debug)]
pub struct Evening {
    play: Play,
    /// Orders and sightings still to come, soonest first.
    doings: VecDeque<Simulated>,
    /// Inputs of the current step, soonest first.
    ready: VecDeque<Simulated>,
}

/// One step of an evening: what was true, and what became known.
#[derive(Clone, Debug, PartialEq)]
pub struct EveningStep {
    /// The world at its end.
    pub moment: Moment,
    /// The true rates of the ten minutes that end with it, if they do.
    pub rates: Vec<Rate>,
    /// What entered during it, in order of time.
    pub inputs: Vec<Simulated>,
}

impl Evening {
    /// The next step with its truth; the iterator gives its inputs alone. Not to be mixed with it inside a step.
    pub fn step(&mut self) -> Option<EveningStep> {
        let Step { moment, rows, rates } = self.play.next()?;
        self.sort_in(rows, moment.time);
        Some(EveningStep { moment, rates, inputs: self.ready.drain(..).collect() })
    }

    /// The run behind it, as far as it has been played.
    pub fn play(&self) -> &Play {
        &self.play
    }

    /// When it begins.
    pub fn start(&self) -> Time {
        self.play.start()
    }

    /// Puts what a step brought in order.
    fn sort_in(&mut self, rows: Vec<Observation>, now: Time) {
        let mut batch = ObservationBatch::default();
        let mut until = None;
        for row in rows {
            // A batch is due at its last row, so it must not hold rows long, nor leap over an order.
            let ends = |until: Time| row.result_time > until;
            if until.is_some_and(ends) || self.doings.front().is_some_and(|doing| doing.time <= row.result_time) {
                self.put(core::mem::take(&mut batch));
                until = None;
            }
            self.put_doings(row.result_time);
            until = until.or(Some(row.result_time.plus(BATCH_SPAN)));
            batch.push(row);
        }
        self.put(batch);
        self.put_doings(now);
    }

    fn put(&mut self, batch: ObservationBatch) {
        if let Some(time) = batch.result_times().last().copied() {
            self.ready.push_back(Simulated { time, input: Input::Fact(Fact::Observations(batch)), actor: None });
        }
    }

    /// Whatever was done by `now`.
    fn put_doings(&mut self, now: Time) {
        let done = self.doings.partition_point(|doing| doing.time <= now);
        self.ready.extend(self.doings.drain(..done));
    }
}

impl Iterator for Evening {
    type Item = Simulated;

    fn next(&mut self) -> Option<Simulated> {
        while self.ready.is_empty() {
            let step = self.play.next()?;
            self.sort_in(step.rows, step.moment.time);
        }
        self.ready.pop_front()
    }
}
