//! A run of the simulator, step by step: the world, what its sensors say of it, and how they really see.
//!
//! Not here: files (the binary), the evening's orders and sightings (`evening`).
//! Invariant: rows come in the order of their result times, and none is lost at the end; memory holds one step and
//! what is still under way.

use city::{DatastreamIx, Observation, Site, Time};

use crate::evening::EveningError;
use crate::indicator::{Indicators, Scene};
use crate::measures::Spell;
use crate::sensing::{Injected, Overlay, Rate, Sensors, Settings, Window};
use crate::timeline::{MINUTES, START, time_of};
use crate::truth::Truth;
use crate::world::Moment;

/// One step of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The world at its end.
    pub moment: Moment,
    /// The rows that arrived during it, in the order of their result times; at the last step all that are under way.
    pub rows: Vec<Observation>,
    /// The true rates of the ten minutes that end with it, if they do.
    pub rates: Vec<Rate>,
}

/// A run in order of time.
#[derive(Clone, Debug)]
pub struct Play {
    site: Site,
    spells: Vec<Spell>,
    world: core::iter::Peekable<Moments>,
    overlay: Option<Overlay>,
    sensors: Sensors,
    indicators: Indicators,
}

impl Play {
    pub(crate) fn new(site: &Site, spells: Vec<Spell>, (settings, seed): (&Settings, u64)) -> Result<Self, EveningError> {
        let run = Window { from: START, to: time_of(MINUTES) };
        let truth = Truth::play(site, &spells, seed)?;
        Ok(Self {
            world: Moments { truth, zones: site.zones.len(), next: 0 }.peekable(),
            overlay: settings.surge.and_then(|surge| Overlay::new(site, surge)),
            sensors: Sensors::new(site, settings, (run, seed)),
            indicators: Indicators::new(site, seed),
            site: site.clone(),
            spells,
        })
    }

    /// The faults that have shown so far, in order of time.
    pub fn faults(&self) -> Vec<Injected> {
        self.sensors.faults()
    }

    /// When its first step ends.
    pub fn start(&self) -> Time {
        START
    }

    /// When its last step ends.
    pub fn end(&self) -> Time {
        time_of(MINUTES)
    }

    fn indicate(&mut self, moment: &Moment) {
        let rain = self.sensors.rain(moment.time);
        let scene = Scene { site: &self.site, spells: &self.spells, moment, rain };
        for index in 0..self.site.datastreams.len() {
            let datastream = DatastreamIx::from(index);
            if self.sensors.is_due(datastream, moment.time)
                && let Some(value) = self.indicators.read(&scene, index)
            {
                self.sensors.indicate(datastream, moment.time, value);
            }
        }
    }
}

impl Iterator for Play {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let mut moment = self.world.next()?;
        if let Some(overlay) = &mut self.overlay {
            overlay.lay(&mut moment);
        }
        self.sensors.watch(&moment);
        self.indicate(&moment);
        let arrived_by = if self.world.peek().is_some() { moment.time } else { Time::MAX };
        let (rows, rates) = (self.sensors.arrived(arrived_by), self.sensors.rates(moment.time));
        Some(Step { moment, rows, rates })
    }
}

/// The old truth as moments.
#[derive(Clone, Debug)]
struct Moments {
    truth: Truth,
    zones: usize,
    next: usize,
}

impl Iterator for Moments {
    type Item = Moment;

    fn next(&mut self) -> Option<Moment> {
        let moment = self.truth.moment(self.next, self.zones)?;
        self.next += 1;
        Some(moment)
    }
}
