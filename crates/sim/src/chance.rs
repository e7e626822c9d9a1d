//! Seeded chance: one stream of random numbers for each kind of thing, so that a new sensor shifts no other's noise.
//!
//! Not here: what is drawn for what.
//! Invariant: the same seed and stream give the same draws on every target (`ChaCha8`, `libm`).

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::sensing::Between;

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Chance(ChaCha8Rng);

/// What one sensor's draws are for: each sensor has a stream of its own for each, so that what happens to one changes
/// nothing about another, and a fault nothing about what its sensor would have read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// What lasts: a device's rate, a camera's multiplier.
    Device = 0x80,
    /// Slow wandering.
    Wander,
    /// The slow wandering of a family.
    Family,
    /// Each reading.
    Count,
    /// When readings arrive.
    Delivery,
    /// Whether, when and how it fails.
    Fault,
    /// What a failing sensor says.
    Failing,
    /// What hits many sensors at once.
    Shared,
}

impl Chance {
    /// The draws of one thing, named by its id, for one purpose.
    pub(crate) fn own(seed: u64, purpose: Purpose, id: &str) -> Self {
        /// Fowler, Noll and Vo's hash, 64 bits.
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        let hash = id.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream((hash << 8) | purpose as u64);
        Self(rng)
    }

    /// Evenly between two numbers.
    pub(crate) fn between(&mut self, range: Between) -> f64 {
        range.at(self.unit())
    }

    /// How many of `people` a chance of `rate` picks: drawn one by one up to 256, from the normal limit above.
    pub(crate) fn binomial(&mut self, people: u32, rate: f64) -> u32 {
        const ONE_BY_ONE: u32 = 256;
        if people <= ONE_BY_ONE {
            return (0..people).map(|_| u32::from(self.unit() < rate)).sum();
        }
        let mean = f64::from(people) * rate;
        let picked = mean + libm::sqrt(mean * (1.0 - rate).max(0.0)) * self.normal();
        picked.round().clamp(0.0, f64::from(people)) as u32
    }

    /// Evenly in 0..1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly in -1..1.
    pub(crate) fn signed(&mut self) -> f64 {
        2.0 * self.unit() - 1.0
    }

    /// Standard normal (Box and Muller 1958), cut at four standard deviations.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(1.0 - self.unit())).sqrt();
        (radius * libm::cos(core::f64::consts::TAU * self.unit())).clamp(-4.0, 4.0)
    }

    /// Poisson with a mean of at most 50.
    pub(crate) fn poisson(&mut self, mean: f64) -> u32 {
        let floor = libm::exp(-mean.clamp(0.0, 50.0));
        let mut product = self.unit();
        let mut count = 0;
        while product > floor {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_moments_they_should() {
        let mut chance = Chance::own(7, Purpose::Count, "test");
        let draws: Vec<f64> = (0..20_000).map(|_| chance.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|draw| draw * draw).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
        let picked: Vec<f64> = (0..20_000).map(|_| f64::from(chance.binomial(1_000, 0.9))).collect();
        let mean = picked.iter().sum::<f64>() / 20_000.0;
        let variance = picked.iter().map(|picked| (picked - mean) * (picked - mean)).sum::<f64>() / 20_000.0;
        assert!((mean - 900.0).abs() < 0.5 && (variance - 90.0).abs() < 4.0, "{mean} {variance}");
        let calls = (0..20_000).map(|_| f64::from(chance.poisson(3.0))).sum::<f64>() / 20_000.0;
        assert!((calls - 3.0).abs() < 0.05, "{calls}");
    }
}
