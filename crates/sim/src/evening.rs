//! The evening as a source: observations in the order in which they become available, and measures as they are seen.
//!
//! Not here: pacing (the binary).
//! Invariant: times never decrease; each minute's observations are one batch, sorted by result time.

use city::{ActorId, Datastream, DatastreamIx, Fact, Input, Observation, ObservationBatch, Site, Span, Time};

use crate::indicator::{Indicators, Scene};
use crate::measures::{Spell, doings, spells};
use crate::sensing::Sensors;
use crate::timeline::{MINUTES, time_of};
use crate::truth::Truth;

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

/// Plays 2 October 2019 from 16:00 to 23:00 at the Bund.
///
/// # Errors
///
/// When the site lacks what the evening needs: the two groups, and a way for people between their zones.
pub fn evening(site: &Site, seed: u64) -> Result<Evening, EveningError> {
    let spells = spells(site);
    let truth = Truth::play(site, &spells, seed)?;
    let doings = doings(site, &spells);
    let sensors = Sensors::new(site, seed);
    let indicators = Indicators::new(site, seed);
    let (site, ready) = (site.clone(), Vec::new());
    Ok(Evening { site, spells, truth, sensors, indicators, doings, ready, minute: 0 })
}

/// The evening in order of time; the same site and seed give the same facts.
#[derive(Clone, Debug)]
pub struct Evening {
    site: Site,
    spells: Vec<Spell>,
    truth: Truth,
    sensors: Sensors,
    indicators: Indicators,
    /// Orders and sightings still to come, soonest first.
    doings: Vec<Simulated>,
    /// Inputs of the current minute, latest first.
    ready: Vec<Simulated>,
    minute: usize,
}

impl Evening {
    /// What really happened, for tests and scores.
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// Everything that becomes known after the minute that ends at `minute`.
    fn observe(&mut self, minute: usize) -> Vec<Observation> {
        let mut rows = Vec::with_capacity(self.site.datastreams.len());
        let scene = Scene { site: &self.site, spells: &self.spells, truth: &self.truth, minute };
        for index in 0..self.site.datastreams.len() {
            let stream = &self.site.datastreams[index];
            let Some(minutes) = due(stream, minute) else { continue };
            let read = self.sensors.read(&self.site, index, &self.truth, [minute, minutes]);
            let Some(result) = read.or_else(|| self.indicators.read(&scene, index)) else { continue };
            rows.push(observation(stream, index, minute, result));
        }
        rows.sort_by_key(|row| row.result_time);
        rows
    }

    /// Puts the facts of the next minute in order.
    fn advance(&mut self) {
        let rows = self.observe(self.minute);
        let time = rows.iter().map(|row| row.result_time).max().unwrap_or(time_of(self.minute));
        let batch: ObservationBatch = rows.into_iter().collect();
        let done = self.doings.partition_point(|doing| doing.time <= time);
        self.ready = self.doings.drain(..done).collect();
        if !batch.is_empty() {
            self.ready.push(Simulated { time, input: Input::Fact(Fact::Observations(batch)), actor: None });
        }
        self.ready.reverse();
        self.minute += 1;
    }
}

impl Iterator for Evening {
    type Item = Simulated;

    fn next(&mut self) -> Option<Simulated> {
        while self.ready.is_empty() && self.minute <= MINUTES {
            self.advance();
        }
        self.ready.pop()
    }
}

/// Minutes that the stream's result at `minute` is about, if one is due: 0 for a momentary reading.
fn due(stream: &Datastream, minute: usize) -> Option<usize> {
    let minutes = stream.interval_s.div_ceil(60) as usize;
    match minutes {
        0 => Some(0),
        _ if minute > 0 && minute.is_multiple_of(minutes) => Some(minutes),
        _ => None,
    }
}

fn observation(stream: &Datastream, index: usize, minute: usize, result: f64) -> Observation {
    let end = time_of(minute);
    Observation {
        datastream: DatastreamIx::from(index),
        phenomenon_time: end.minus(Span::from_seconds(i64::from(stream.interval_s))),
        result_time: end.plus(Span::from_seconds(i64::from(stream.delay_s))),
        result: Some(result),
    }
}
