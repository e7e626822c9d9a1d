//! The evening as a source: observations in the order in which they become available, and measures as they are seen.
//!
//! Not here: pacing (the binary).
//! Invariant: times never decrease; a batch spans no more than [`BATCH_SPAN`], in the order of result times.

use std::collections::VecDeque;

use city::{ActorId, Fact, Input, Observation, ObservationBatch, Site, Span, Time};

use crate::demand::Demand;
use crate::measures::doings;
use crate::play::{Play, PlayStart, Step};
use crate::sensing::Rate;
use crate::world::{Moment, WorldError};

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

/// Plays a demand's evening at its site, with sensors that err and fail as [`Settings`](crate::Settings) says by default.
///
/// # Errors
///
/// When the site cannot be walked or the demand is of another site.
pub fn evening(site: &Site, demand: &Demand, seed: u64) -> Result<Evening, WorldError> {
    Evening::new(PlayStart::new(site, demand, seed))
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
    /// Sets the people out.
    ///
    /// # Errors
    ///
    /// As [`Play::new`].
    pub fn new(start: PlayStart<'_>) -> Result<Self, WorldError> {
        let play = Play::new(start)?;
        let doings = doings(play.spells(), play.run()).into();
        Ok(Self { play, doings, ready: VecDeque::new() })
    }

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
