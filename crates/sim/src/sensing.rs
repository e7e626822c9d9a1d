//! What counters and cameras make of the truth.
//!
//! Not here: indicators (`indicator`), faults and liars, which come with a later estimator.
//! Invariant: a counter's lasting error stays within [`MAX_BIAS`], so that counts in and out keep the people.

use city::{GateFlow, LinkFlow, Role, Site};

use crate::chance::{Chance, Stream};
use crate::truth::Truth;

/// The largest share by which a line counter errs for good.
const MAX_BIAS: f64 = 0.005;
/// Standard deviation of a count's passing error, in square roots of the count.
const COUNT_NOISE: f64 = 0.15;
/// Standard deviation of a camera's passing error, as a share.
const AREA_NOISE: f64 = 0.02;

/// The site's counters and cameras.
#[derive(Clone, Debug)]
pub(crate) struct Sensors {
    bias: Vec<f64>,
    counts: Chance,
    areas: Chance,
}

impl Sensors {
    pub(crate) fn new(site: &Site, seed: u64) -> Self {
        let mut chance = Chance::new(seed, Stream::Bias);
        let bias = site.datastreams.iter().map(|_| MAX_BIAS * chance.signed()).collect();
        Self { bias, counts: Chance::new(seed, Stream::Counts), areas: Chance::new(seed, Stream::Areas) }
    }

    /// What datastream `index` says of the interval of `minutes` minutes that ends at `minute`; nothing for indicators.
    pub(crate) fn read(
        &mut self,
        site: &Site,
        index: usize,
        truth: &Truth,
        [minute, minutes]: [usize; 2],
    ) -> Option<f64> {
        let span = minute.saturating_sub(minutes) + 1..=minute;
        match site.datastreams[index].role {
            Role::GateCount { gate, flow } => {
                let passed = |minute: usize| match flow {
                    GateFlow::In => truth.through(gate, minute).forward,
                    GateFlow::Out => truth.through(gate, minute).backward,
                };
                Some(self.count(index, span.map(passed).sum()))
            }
            Role::LinkCount { link, flow } => {
                let passed = |minute: usize| match flow {
                    LinkFlow::Forward => truth.along(link, minute).forward,
                    LinkFlow::Backward => truth.along(link, minute).backward,
                };
                Some(self.count(index, span.map(passed).sum()))
            }
            Role::AreaCount { zone } => {
                let people = f64::from(truth.people(zone, minute));
                Some((people * (1.0 + AREA_NOISE * self.areas.normal())).round().max(0.0))
            }
            Role::GroupCount { .. } | Role::Indicator => None,
        }
    }

    fn count(&mut self, index: usize, people: u32) -> f64 {
        let people = f64::from(people);
        (people * (1.0 + self.bias[index]) + COUNT_NOISE * people.sqrt() * self.counts.normal()).round().max(0.0)
    }
}
