//! The true rates: what each sensor really read for each person, ten minutes at a time.
//!
//! Not here: saturation, noise, faults and false counts, which are no rates.
//! Invariant: a line's rate is that of the people who passed, so that people · rate is what it should have counted.

use city::{DatastreamIx, Time};

/// How often a rate is noted, seconds.
pub const RATE_EVERY_S: u32 = 600;

/// People and the share of them a sensor reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    pub(crate) people: f64,
    pub(crate) rate: f64,
}

/// What a sensor really read for each person, on average over [`RATE_EVERY_S`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// The start of the ten minutes.
    pub from: Time,
    /// Which.
    pub datastream: DatastreamIx,
    /// Detection rate of a line, multiplier of an area or group count.
    pub rate: f64,
}

/// Sums of one sensor.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    people: f64,
    read: f64,
    rates: f64,
    times: f64,
}

/// Collects the rates of ten minutes.
#[derive(Clone, Debug)]
pub(crate) struct Rates {
    sums: Vec<Sum>,
    from: Time,
}

impl Rates {
    pub(crate) fn new(streams: usize, from: Time) -> Self {
        Self { sums: vec![Sum::default(); streams], from }
    }

    /// Begins anew at the start of a run or of a day that does not follow on the last.
    pub(crate) fn begin(&mut self, from: Time) {
        self.from = from;
        self.sums.fill(Sum::default());
    }

    pub(crate) fn add(&mut self, datastream: DatastreamIx, share: Share) {
        let Some(sum) = self.sums.get_mut(datastream.index()) else { return };
        sum.people += share.people;
        sum.read += share.people * share.rate;
        sum.rates += share.rate;
        sum.times += 1.0;
    }

    /// The rates of the ten minutes that end at `now`, if they do; sensors that said nothing have none.
    pub(crate) fn due(&mut self, now: Time) -> Vec<Rate> {
        if now.since(self.from).micros() < i64::from(RATE_EVERY_S) * city::MICROS_PER_S {
            return Vec::new();
        }
        let from = core::mem::replace(&mut self.from, now);
        let sums = self.sums.iter_mut().map(core::mem::take).enumerate();
        sums.filter(|(_, sum)| sum.times > 0.0)
            .map(|(index, sum)| {
                let rate = if sum.people > 0.0 { sum.read / sum.people } else { sum.rates / sum.times };
                Rate { from, datastream: DatastreamIx::from(index), rate }
            })
            .collect()
    }
}
