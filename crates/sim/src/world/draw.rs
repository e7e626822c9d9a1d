//! Counter-based draws: a number drawn for something depends on the seed, what it is and which draw it is, never on what
//! was drawn before.
//!
//! Not here: what is drawn for what.
//! Invariant: the same seed, subject and draw give the same number on every target.

/// The odd constant of Weyl sequences: 2⁶⁴ over the golden ratio.
const WEYL: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014): every bit of the result depends on every bit of `x`.
const fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The draws of one subject: a person, a zone, a gate in a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws(u64);

/// What kind of subject draws.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject {
    Person = 1,
    Arrivals,
    Day,
    Gate,
    Place,
    Zone,
}

impl Draws {
    pub(crate) const fn new(seed: u64, subject: Subject, number: u64) -> Self {
        Self(mix(mix(seed ^ (subject as u64).wrapping_mul(WEYL)).wrapping_add(number.wrapping_mul(WEYL))))
    }

    /// 64 random bits of draw `draw`.
    pub(crate) const fn bits(self, draw: u64) -> u64 {
        mix(self.0.wrapping_add(draw.wrapping_add(1).wrapping_mul(WEYL)))
    }

    /// Evenly in 0..1.
    pub(crate) fn unit(self, draw: u64) -> f64 {
        (self.bits(draw) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Roughly standard normal within ±3.5: the sum of four even draws of 16 bits (Irwin and Hall). Used where
    /// only the middle matters.
    pub(crate) fn about_normal(self, draw: u64) -> f64 {
        let bits = self.bits(draw);
        let sum: u64 = (0..4).map(|part| (bits >> (16 * part)) & 0xFFFF).sum();
        (sum as f64 / 65_535.0 - 2.0) * 1.732_050_807_568_877_2
    }

    /// Standard normal (Box and Muller 1958) of draws `draw` and `draw + 1`.
    pub(crate) fn normal(self, draw: u64) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit(draw)));
        (radius * libm::cos(core::f64::consts::TAU * self.unit(draw + 1))).clamp(-4.0, 4.0)
    }

    /// Poisson; for a mean above 30 the rounded normal of the same moments.
    pub(crate) fn poisson(self, mean: f64) -> u32 {
        if mean <= 0.0 {
            return 0;
        }
        if mean > 30.0 {
            return libm::round(mean + libm::sqrt(mean) * self.normal(0)).max(0.0) as u32;
        }
        let floor = libm::exp(-mean);
        let (mut product, mut count) = (self.unit(0), 0);
        while product > floor {
            count += 1;
            product *= self.unit(u64::from(count));
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(draw: impl Fn(Draws) -> f64) -> (f64, f64) {
        let draws: Vec<f64> = (0..40_000).map(|n| draw(Draws::new(3, Subject::Person, n))).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        (mean, draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / draws.len() as f64)
    }

    #[test]
    fn draws_have_the_moments_they_should() {
        let near = |(mean, variance): (f64, f64), m: f64, v: f64| {
            assert!((mean - m).abs() < 0.03 && (variance - v).abs() < 0.06 * v, "{mean} {variance} for {m} {v}");
        };
        near(moments(|draws| draws.unit(9)), 0.5, 1.0 / 12.0);
        near(moments(|draws| draws.normal(4)), 0.0, 1.0);
        near(moments(|draws| draws.about_normal(4)), 0.0, 1.0);
        near(moments(|draws| f64::from(draws.poisson(3.0))), 3.0, 3.0);
        near(moments(|draws| f64::from(draws.poisson(60.0))), 60.0, 60.0);
    }

    #[test]
    fn neighbours_and_seeds_do_not_go_together() {
        let series = |seed: u64, draw: u64| -> Vec<f64> {
            (0..20_000).map(|n| Draws::new(seed, Subject::Person, n).unit(draw) - 0.5).collect()
        };
        let (a, b, c) = (series(1, 0), series(2, 0), series(1, 1));
        for (left, right) in [(&a, &b), (&a, &c), (&a[1..].to_vec(), &a)] {
            let together: f64 = left.iter().zip(right).map(|(x, y)| x * y).sum::<f64>() * 12.0 / left.len() as f64;
            assert!(together.abs() < 0.03, "{together}");
        }
    }
}
