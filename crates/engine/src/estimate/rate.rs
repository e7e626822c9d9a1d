//! What a datastream reads for each person there: detection rate of a line, multiplier of an area or group count.
//!
//! Not here: how it is learned (zone, area, basin).
//! Invariant: positive and finite, within [`FACTOR_MAX`] of what the site says.

use city::{Datastream, RatioState};
use serde::{Deserialize, Serialize};

use super::interval::Z_90;
use super::layout::ratio_variance;

/// The most by which a ratio is learned to differ from what the site says, as a factor up or down.
pub const FACTOR_MAX: f64 = 5.0;

/// Readings over which the usual flow of a line is followed.
const FLOW_MEMORY: f64 = 8.0;

/// A ratio as learned, in logarithms so that it stays positive and errors multiply.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rate {
    /// Logarithm of the site's mean.
    prior: f64,
    /// How far the lasting part was learned to lie from it.
    lasting: f64,
    /// The part that wanders.
    wandering: f64,
    /// Readings for each person: the exponential of all three.
    pub(crate) reads: f64,
    /// Variance of the logarithm.
    pub(crate) variance: f64,
}

impl Default for Rate {
    fn default() -> Self {
        Self { prior: 0.0, lasting: 0.0, wandering: 0.0, reads: 1.0, variance: 0.0 }
    }
}

impl Rate {
    /// What the site says.
    pub(crate) fn at_start(config: &Datastream) -> Self {
        let mean = config.reads_per_person.mean;
        let reads = if mean > 0.0 && mean.is_finite() { mean } else { 1.0 };
        Self { prior: libm::log(reads), reads, variance: ratio_variance(config), ..Self::default() }
    }

    /// The same that was learned, upon what the site says now.
    pub(crate) fn over(self, config: &Datastream) -> Self {
        let start = Self::at_start(config);
        let same = start.prior.to_bits() == self.prior.to_bits();
        if same { self } else { start }
    }

    /// Moves the lasting and the wandering part.
    pub(crate) fn learn(&mut self, lasting: f64, wandering: f64) {
        let most = libm::log(FACTOR_MAX);
        self.lasting = (self.lasting + lasting).clamp(-most, most);
        self.wandering = (self.wandering + wandering).clamp(-most, most);
        self.reads = libm::exp(self.prior + self.lasting + self.wandering);
    }

    /// How far the lasting part was learned to lie from what the site says.
    pub(crate) fn lasting(&self) -> f64 {
        self.lasting
    }

    /// The wandering part forgets itself.
    pub(crate) fn settle(&mut self, keeps: f64) {
        if self.wandering != 0.0 {
            self.wandering *= keeps;
            self.reads = libm::exp(self.prior + self.lasting + self.wandering);
        }
    }

    /// The lasting part comes back to what the site says.
    pub(crate) fn revert(&mut self, keeps: f64) {
        if self.lasting != 0.0 {
            self.lasting *= keeps;
            self.reads = libm::exp(self.prior + self.lasting + self.wandering);
        }
    }

    /// For a screen, with the family's `factor` and the variance of its logarithm in it.
    pub(crate) fn view(&self, factor: f64, shared: f64) -> RatioState {
        let value = self.reads * factor;
        let half = Z_90 * libm::sqrt(self.variance.max(0.0) + shared);
        RatioState { value, p05: value * libm::exp(-half), p95: value * libm::exp(half) }
    }
}

/// The usual count of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flow {
    /// Counts taken in.
    pub(crate) seen: u32,
    /// Mean count of an interval, fading.
    pub(crate) mean: f64,
    /// Mean square of the deviation from it, fading.
    pub(crate) variance: f64,
}

impl Flow {
    /// Takes a count in.
    pub(crate) fn take(&mut self, reads: f64) {
        self.seen = self.seen.saturating_add(1);
        let part = 1.0 / f64::from(self.seen).min(FLOW_MEMORY);
        let off = reads - self.mean;
        self.mean += part * off;
        self.variance += part * (off * off * (1.0 - part) - self.variance);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_stays_positive_and_near_what_the_site_says() {
        let mut rate = Rate::default();
        rate.learn(-100.0, 0.0);
        assert!((rate.reads - 1.0 / FACTOR_MAX).abs() < 1e-12);
        rate.learn(200.0, 0.1);
        assert!((rate.reads - FACTOR_MAX * libm::exp(0.1)).abs() < 1e-9);
        (0..1000).for_each(|_| rate.settle(0.9));
        assert!((rate.reads - FACTOR_MAX).abs() < 1e-9);
    }

    #[test]
    fn the_usual_flow_follows_the_counts() {
        let mut flow = Flow::default();
        (0..40).for_each(|ix| flow.take(if ix % 2 == 0 { 90.0 } else { 110.0 }));
        assert!((flow.mean - 100.0).abs() < 3.0, "{flow:?}");
        assert!((libm::sqrt(flow.variance) - 10.0).abs() < 1.5, "{flow:?}");
    }
}
