//! Intervals of a number of people: bounds of a distribution that never reaches below nobody and may lean upward.
//!
//! Not here: where mean and variance come from.
//! Invariant: bounds are in order, none is below zero, the mean lies between the quartiles' outer bounds, and a larger
//! deviation never gives a narrower interval.

/// Half-width of the 90 % interval of a normal distribution, standard deviations.
pub(crate) const Z_90: f64 = 1.644_853_626_951_472_2;

/// Half-width of the 50 % interval of a normal distribution, standard deviations.
pub(crate) const Z_50: f64 = 0.674_489_750_196_081_7;

/// A mean with its deviation below, and above where what is not seen can only be more.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spread {
    /// People.
    pub(crate) people: f64,
    /// One standard deviation, people.
    pub(crate) sd: f64,
    /// One standard deviation of what a saturated or doubted sensor may hide, people; upward only.
    pub(crate) hidden: f64,
}

impl Spread {
    /// The bounds `z` standard deviations from the middle.
    ///
    /// The cube root of a gamma variable is nearly normal (Wilson and Hilferty 1931): with shape `k = (people/sd)²` the
    /// quantile is `people · (1 − 1/(9k) + z/(3√k))³`. Below a shape of one the cube is no longer the gamma's; there the
    /// normal's bounds are kept, cut at nobody, so that small numbers stay wide upward.
    pub(crate) fn bounds(self, z: f64) -> (f64, f64) {
        let Self { people, sd, hidden } = self;
        let up = libm::sqrt(sd * sd + hidden * hidden);
        let low = quantile(people, sd, -z).min(people);
        let high = quantile(people, up, z).max(people);
        (low, high)
    }
}

/// The quantile at `z` of a distribution over numbers that are not negative.
fn quantile(people: f64, sd: f64, z: f64) -> f64 {
    let normal = (people + z * sd).max(0.0);
    if sd <= 0.0 || people <= 0.0 {
        return normal;
    }
    let root = sd / people;
    if root >= 1.0 {
        return normal;
    }
    let cube = (1.0 - root * root / 9.0 + z * root / 3.0).max(0.0);
    people * cube * cube * cube
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_in_order_and_never_below_nobody() {
        for people in [0.0, 0.3, 5.0, 20.0, 1e3, 1e7] {
            for sd in [0.0, 0.1, 1.0, 4.9, 30.0, 1e4] {
                let spread = Spread { people, sd, hidden: 0.0 };
                let ((low, high), (inner_low, inner_high)) = (spread.bounds(Z_90), spread.bounds(Z_50));
                assert!(0.0 <= low && low <= inner_low && inner_low <= people, "{spread:?}");
                assert!(people <= inner_high && inner_high <= high, "{spread:?}");
            }
        }
    }

    #[test]
    fn a_large_number_has_the_normals_interval_and_a_small_one_leans_upward() {
        let (low, high) = Spread { people: 1000.0, sd: 50.0, hidden: 0.0 }.bounds(Z_90);
        assert!((low - 919.0).abs() < 2.0 && (high - 1084.0).abs() < 2.0, "{low} {high}");
        let (low, high) = Spread { people: 4.0, sd: 2.0, hidden: 0.0 }.bounds(Z_90);
        // Gamma with shape 4 and mean 4: 1.37 and 7.75.
        assert!((low - 1.37).abs() < 0.05 && (high - 7.75).abs() < 0.1, "{low} {high}");
    }

    #[test]
    fn what_a_sensor_may_hide_opens_the_upper_bound_only() {
        let plain = Spread { people: 400.0, sd: 20.0, hidden: 0.0 }.bounds(Z_90);
        let open = Spread { people: 400.0, sd: 20.0, hidden: 90.0 }.bounds(Z_90);
        assert!((plain.0 - open.0).abs() < 1e-9 && open.1 > 540.0, "{open:?}");
    }
}
