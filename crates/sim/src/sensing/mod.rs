//! Sensing: what counters, cameras and phone networks make of the world, and how their rows arrive.
//!
//! Not here: the world (`world`), indicators of other things than people (`indicator`).
//! Invariant: every sensor draws from streams of chance of its own for each purpose, so that a fault changes no row
//! of another sensor, and rows come out in the order of their result times.

mod area;
mod delivery;
mod fault;
mod line;
mod phone;
mod rates;
mod settings;
mod shared;
mod surge;
mod wander;

#[cfg(test)]
mod tests;

use city::{Datastream, DatastreamIx, Observation, Site, Time};

use crate::world::Moment;
use area::AreaCounters;
use delivery::Ways;
use fault::{FaultPlan, Said};
use line::LineCounters;
use phone::PhoneCounters;
use rates::Rates;
use shared::SharedCauses;

pub use fault::Injected;
pub use rates::{RATE_EVERY_S, Rate};
pub use settings::{Between, Cameras, Delivery, Faults, Lines, Phones, Settings, Shared, Surge, Wandering};
pub(crate) use shared::Window;
pub(crate) use surge::Overlay;

/// How often a momentary sensor reads, seconds.
const MOMENTARY_EVERY_S: u32 = 60;

/// All sensors of a site.
#[derive(Clone, Debug)]
pub(crate) struct Sensors {
    /// How often each datastream reads, seconds, its limits, and whether it counts people.
    streams: Vec<Reader>,
    lines: LineCounters,
    cameras: AreaCounters,
    phones: PhoneCounters,
    shared: SharedCauses,
    faults: FaultPlan,
    ways: Ways,
    rates: Rates,
    start: Time,
}

#[derive(Clone, Copy, Debug)]
struct Reader {
    every_s: u32,
    momentary: bool,
    least: f64,
    most: f64,
}

impl Reader {
    fn new(stream: &Datastream) -> Self {
        Self {
            every_s: if stream.interval_s == 0 { MOMENTARY_EVERY_S } else { stream.interval_s },
            momentary: stream.interval_s == 0,
            least: stream.min.unwrap_or(f64::NEG_INFINITY),
            most: stream.max.unwrap_or(f64::INFINITY),
        }
    }

    /// Whether it reads at a moment `elapsed_s` seconds after the start: one that tells of an interval not at the first
    /// moment, where there has been none.
    fn is_due(&self, moment: &Moment, elapsed_s: i64) -> bool {
        elapsed_s.rem_euclid(i64::from(self.every_s)) == 0 && (moment.span_s > 0 || self.momentary)
    }
}

impl Sensors {
    /// Sensors of a run of some days.
    pub(crate) fn new(site: &Site, settings: &Settings, (days, seed): (&[Window], u64)) -> Self {
        let start = days.first().map_or(Time::MIN, |day| day.from);
        Self {
            streams: site.datastreams.iter().map(Reader::new).collect(),
            lines: LineCounters::new(site, settings.lines, seed),
            cameras: AreaCounters::new(site, settings.cameras, seed),
            phones: PhoneCounters::new(site, settings.phones, seed),
            shared: SharedCauses::new(site, settings.shared, (days, seed)),
            faults: FaultPlan::new(site, settings.faults, (days, seed)),
            ways: Ways::new(site, settings.delivery, (settings.phones.extra_delay_s, seed)),
            rates: Rates::new(site.datastreams.len(), start),
            start,
        }
    }

    /// Whether a datastream reads at a moment.
    pub(crate) fn is_due(&self, datastream: DatastreamIx, moment: &Moment) -> bool {
        self.streams[datastream.index()].is_due(moment, self.elapsed_s(moment))
    }

    fn elapsed_s(&self, moment: &Moment) -> i64 {
        moment.time.since(self.start).micros().div_euclid(city::MICROS_PER_S)
    }

    /// Lets every sensor that counts people see the moment, and sends what those due say.
    pub(crate) fn watch(&mut self, moment: &Moment) {
        let now = moment.time;
        if moment.span_s == 0 {
            self.rates.begin(now);
        }
        let rates = &mut self.rates;
        self.lines.watch(moment, |datastream, share| rates.add(datastream, share));
        self.cameras.watch(moment);
        self.phones.watch(moment);
        let honest = self.honest(moment);
        for datastream in (0..honest.len()).map(DatastreamIx::from) {
            let Some(said) = self.faults.distort(datastream, now, &honest) else { continue };
            let said = if self.shared.cut_off(datastream, now) { Said::Nothing } else { self.within(datastream, said) };
            self.ways.send(datastream, now, said);
        }
    }

    /// What each sensor due would read if none were at fault.
    fn honest(&mut self, moment: &Moment) -> Vec<Option<f64>> {
        let elapsed_s = self.elapsed_s(moment);
        let due: Vec<bool> = self.streams.iter().map(|reader| reader.is_due(moment, elapsed_s)).collect();
        let is_due = |datastream: DatastreamIx| due[datastream.index()];
        let mut honest = vec![None; due.len()];
        self.lines.read(is_due, |datastream, value| honest[datastream.index()] = Some(value));
        let (sight, network) = (self.shared.sight(moment.time), self.shared.network(moment));
        let rates = &mut self.rates;
        let mut note = |datastream: DatastreamIx, value, share| {
            honest[datastream.index()] = Some(value);
            rates.add(datastream, share);
        };
        self.cameras.read((moment, sight), is_due, &mut note);
        self.phones.read((moment, network), is_due, &mut note);
        honest
    }

    /// A sensor says nothing outside what its datastream allows.
    fn within(&self, datastream: DatastreamIx, said: Said) -> Said {
        let reader = self.streams[datastream.index()];
        match said {
            Said::Reading { value, skew, times } => {
                Said::Reading { value: value.min(reader.most).max(reader.least), skew, times }
            }
            Said::Missing | Said::Nothing => said,
        }
    }

    /// Sends what an indicator reads.
    pub(crate) fn indicate(&mut self, datastream: DatastreamIx, now: Time, value: f64) {
        self.ways.send_plainly(datastream, now, value);
    }

    /// The rows that have arrived by `now`, in the order of their result times.
    pub(crate) fn arrived(&mut self, now: Time) -> Vec<Observation> {
        self.ways.arrived(now)
    }

    /// The true rates of the ten minutes that end at `now`, if they do.
    pub(crate) fn rates(&mut self, now: Time) -> Vec<Rate> {
        self.rates.due(now)
    }

    /// How hard it rains, 0 to 1.
    pub(crate) fn rain(&self, now: Time) -> f64 {
        self.shared.rain_extent(now)
    }

    /// The faults that have shown so far, by sensor and time.
    pub(crate) fn faults(&self) -> Vec<Injected> {
        let mut all: Vec<Injected> = self.faults.begun().chain(self.shared.silences()).collect();
        all.sort_by_key(|fault| (fault.from, fault.datastream, fault.kind));
        all
    }
}
