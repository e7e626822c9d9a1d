//! How readings travel: when each arrives, which come late, which come twice, and whose clock is a little wrong.
//!
//! Not here: broken clocks and repeating sources (`fault`).
//! Invariant: rows leave in the order of their result times, ties in the order in which they were read, and none
//! leaves before its reading's interval is over.

use std::collections::BTreeMap;

use city::{DatastreamIx, Observation, Site, Span, Time};

use super::fault::Said;
use super::phone::is_phone;
use super::settings::{Between, Delivery};
use crate::chance::{Chance, Purpose};

/// A second copy of a row comes a second to this much more after the first, seconds.
const TWICE_WITHIN_S: f64 = 60.0;

/// One sensor's way to the centre.
#[derive(Clone, Debug)]
struct Way {
    delay: Span,
    interval: Span,
    reorder: Span,
    clock: Span,
    extra_s: Between,
    chance: Chance,
}

/// What arrives beside the plain delay, of one reading.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    late: Span,
    again: Option<Span>,
}

/// The ways of all sensors, and what is on them.
#[derive(Clone, Debug)]
pub(crate) struct Ways {
    settings: Delivery,
    sensors: Vec<Way>,
    /// Rows by result time and the order of reading.
    under_way: BTreeMap<(Time, u64), Observation>,
    read: u64,
}

impl Ways {
    pub(crate) fn new(site: &Site, settings: Delivery, (phones_s, seed): (Between, u64)) -> Self {
        let way = |stream: &city::Datastream| {
            let mut chance = Chance::own(seed, Purpose::Delivery, stream.id.as_str());
            let most = Delivery::CLOCK_MOST_S;
            let clock_s = (settings.clock_sd_s * chance.normal()).round().clamp(-most, most);
            Way {
                delay: Span::from_seconds(i64::from(stream.delay_s)),
                interval: Span::from_seconds(i64::from(stream.interval_s)),
                reorder: Span::from_seconds(i64::from(stream.reorder_s)),
                clock: Span::from_seconds(clock_s as i64),
                extra_s: if is_phone(stream) { phones_s } else { Between { least: 0.0, most: 0.0 } },
                chance,
            }
        };
        Self { settings, sensors: site.datastreams.iter().map(way).collect(), under_way: BTreeMap::new(), read: 0 }
    }

    /// Sends what a sensor says of the interval that ends at `end`.
    pub(crate) fn send(&mut self, datastream: DatastreamIx, end: Time, said: Said) {
        let way = &mut self.sensors[datastream.index()];
        // Drawn whatever is said, so that a fault changes no later arrival.
        let arrival = way.arrival(&self.settings);
        let (result, skew, times) = match said {
            Said::Reading { value, skew, times } => (Some(value), skew, times),
            Said::Missing => (None, Span::ZERO, 1),
            Said::Nothing => return,
        };
        let phenomenon_time = end.minus(way.interval).plus(way.clock).plus(skew);
        let result_time = end.plus(way.delay).plus(arrival.late);
        let row = Observation { datastream, phenomenon_time, result_time, result };
        self.put(row);
        for copy in 1..times {
            self.put(Observation { result_time: result_time.plus(Span::from_seconds(copy as i64)), ..row });
        }
        if let Some(after) = arrival.again {
            self.put(Observation { result_time: result_time.plus(after), ..row });
        }
    }

    /// Sends a reading that arrives when it should.
    pub(crate) fn send_plainly(&mut self, datastream: DatastreamIx, end: Time, value: f64) {
        let way = &self.sensors[datastream.index()];
        let (phenomenon_time, result_time) = (end.minus(way.interval), end.plus(way.delay));
        self.put(Observation { datastream, phenomenon_time, result_time, result: Some(value) });
    }

    fn put(&mut self, row: Observation) {
        self.read += 1;
        self.under_way.insert((row.result_time, self.read), row);
    }

    /// What has arrived by `now`.
    pub(crate) fn arrived(&mut self, now: Time) -> Vec<Observation> {
        let later = self.under_way.split_off(&(now, u64::MAX));
        core::mem::replace(&mut self.under_way, later).into_values().collect()
    }
}

impl Way {
    fn arrival(&mut self, settings: &Delivery) -> Arrival {
        let [jitter, extra, is_late, lateness, is_twice, after] = [(); 6].map(|()| self.chance.unit());
        let mut late_s = settings.jitter_s * jitter + self.extra_s.at(extra);
        if is_late < settings.late_share {
            late_s += self.reorder.seconds() + settings.late_s.at(lateness);
        }
        let again = (is_twice < settings.twice_share).then(|| whole(1.0 + TWICE_WITHIN_S * after));
        Arrival { late: whole(late_s), again }
    }
}

/// Whole seconds.
fn whole(seconds: f64) -> Span {
    Span::from_seconds(seconds.round() as i64)
}
