//! A run of the simulator, step by step: the world, what its sensors say of it, and how they really see.
//!
//! Not here: files (the binary), the evening's orders and sightings (`evening`).
//! Invariant: rows come in the order of their result times, and none is lost at the end; memory holds one step and
//! what is still under way.

use city::{DatastreamIx, Observation, Site, Span, Time};

use crate::demand::Demand;
use crate::indicator::{Indicators, Scene};
use crate::sensing::{Injected, Overlay, Rate, Sensors, Settings, Window};
use crate::world::{DemandRow, Moment, Spell, World, WorldError, WorldStart, spells};

/// A day, seconds.
const DAY_S: i64 = 86_400;

/// What a run is made of.
#[derive(Clone, Debug)]
pub struct PlayStart<'a> {
    /// Where.
    pub site: &'a Site,
    /// Who comes.
    pub demand: &'a Demand,
    /// Seed of the people, of the sensors' errors and of their faults.
    pub seed: u64,
    /// How many days; at least 1.
    pub days: u32,
    /// Measures in force.
    pub measures: Vec<Spell>,
    /// How sensors err and fail.
    pub sensors: Settings,
}

impl<'a> PlayStart<'a> {
    /// One day under the measures of the site's schedule and those the demand says were decided, with sensors that err
    /// and fail as they do by default.
    pub fn new(site: &'a Site, demand: &'a Demand, seed: u64) -> Self {
        Self { site, demand, seed, days: 1, measures: spells(site, demand), sensors: Settings::default() }
    }
}

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
    world: World,
    played: usize,
    run: Window,
    overlay: Option<Overlay>,
    sensors: Sensors,
    indicators: Indicators,
}

impl Play {
    /// Sets the people out.
    ///
    /// # Errors
    ///
    /// When the site cannot be walked, the demand is of another site, or the days are none or too many.
    pub fn new(start: PlayStart<'_>) -> Result<Self, WorldError> {
        let PlayStart { site, demand, seed, days, measures, sensors } = start;
        let windows = windows(demand, days);
        let run = Window {
            from: windows.first().map_or(demand.start, |day| day.from),
            to: windows.last().map_or(demand.start, |day| day.to),
        };
        let world = World::new(WorldStart { site, demand, seed, days, measures })?;
        Ok(Self {
            played: 0,
            world,
            run,
            overlay: sensors.surge.and_then(|surge| Overlay::new(site, surge)),
            sensors: Sensors::new(site, &sensors, (&windows, seed)),
            indicators: Indicators::new(site, seed),
            site: site.clone(),
        })
    }

    /// The measures it runs under.
    pub fn spells(&self) -> &[Spell] {
        self.world.spells()
    }

    /// The faults that have shown so far, in order of time.
    pub fn faults(&self) -> Vec<Injected> {
        self.sensors.faults()
    }

    /// Who has come so far, in the form of a what-if's demand.
    pub fn demand_rows(&self) -> Vec<DemandRow> {
        self.world.demand_rows()
    }

    /// How many steps it has in all.
    pub fn steps(&self) -> usize {
        self.world.moments()
    }

    /// When it starts.
    pub fn start(&self) -> Time {
        self.run.from
    }

    /// When its last step ends.
    pub fn end(&self) -> Time {
        self.run.to
    }

    pub(crate) fn run(&self) -> Window {
        self.run
    }

    fn indicate(&mut self, moment: &Moment) {
        let rain = self.sensors.rain(moment.time);
        let scene = Scene { site: &self.site, spells: self.world.spells(), moment, rain };
        for index in 0..self.site.datastreams.len() {
            let datastream = DatastreamIx::from(index);
            if self.sensors.is_due(datastream, moment)
                && let Some(value) = self.indicators.read(&scene, index)
            {
                self.sensors.indicate(datastream, moment.time, value);
            }
        }
    }
}

/// The days of a run: each of the demand's length, or one following on the other.
fn windows(demand: &Demand, days: u32) -> Vec<Window> {
    let day = |day: u32| {
        let from = demand.start.plus(Span::from_seconds(i64::from(day) * DAY_S));
        Window { from, to: from.plus(Span::from_seconds(i64::from(demand.minutes) * 60)) }
    };
    (0..days).map(day).collect()
}

impl Iterator for Play {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let mut moment = self.world.next()?;
        self.played += 1;
        if let Some(overlay) = &mut self.overlay {
            overlay.lay(&mut moment);
        }
        self.sensors.watch(&moment);
        self.indicate(&moment);
        let arrived_by = if self.played < self.steps() { moment.time } else { Time::MAX };
        let (rows, rates) = (self.sensors.arrived(arrived_by), self.sensors.rates(moment.time));
        Some(Step { moment, rows, rates })
    }
}
