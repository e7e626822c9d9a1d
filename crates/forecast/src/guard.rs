//! Which tier speaks for a series: weights by recent errors, and baselines where they do better.
//!
//! Not here: the forecasts.
//! Invariant: weights are not negative and sum to 1; a baseline that stands in is named.
//!
//! Exponential weights on discounted losses (Cesa-Bianchi and Lugosi 2006, ch. 2), in the form of powers of the ratio
//! of losses, so that the scale of a series does not matter.

use serde::{Deserialize, Serialize};

use crate::baseline::Baseline;

/// Tiers and baselines: boosted, linear, then [`Baseline::ALL`].
pub(crate) const EXPERTS: usize = 6;
/// Cases over which losses are averaged.
const MEMORY: f32 = 200.0;
/// Cases without which a baseline is not trusted.
const LEAST_CASES: u16 = 40;
/// A baseline stands in when its loss is below this share of the tiers'.
const BETTER: f32 = 0.97;

/// Losses of one series and horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Guard {
    losses: [f32; EXPERTS],
    cases: [u16; EXPERTS],
}

impl Guard {
    /// A guard that has seen the tiers' mean errors on past days; NaN for one that is not there.
    pub(crate) fn primed(tiers: [f32; 2], cases: u16) -> Self {
        let mut guard = Self::default();
        for (at, loss) in tiers.into_iter().enumerate().filter(|(_, loss)| !loss.is_nan()) {
            guard.losses[at] = loss;
            guard.cases[at] = cases.min(MEMORY as u16);
        }
        guard
    }

    /// Takes the absolute errors of the experts, NaN where one had nothing to say.
    pub(crate) fn follow(&mut self, errors: &[f32; EXPERTS]) {
        for ((loss, cases), error) in self.losses.iter_mut().zip(&mut self.cases).zip(errors) {
            if !error.is_nan() {
                *cases = cases.saturating_add(1);
                *loss += (error - *loss) / f32::from(*cases).min(MEMORY);
            }
        }
    }

    /// The baseline that stands in, if any.
    pub(crate) fn stand_in(&self) -> Option<Baseline> {
        let tiers = if self.cases[0] == 0 { self.losses[1] } else { self.losses[0].min(self.losses[1]) };
        let mut best: Option<(f32, Baseline)> = None;
        for (at, baseline) in Baseline::ALL.into_iter().enumerate() {
            let loss = self.losses[2 + at];
            let known = self.cases[2 + at] >= LEAST_CASES && self.cases[1] >= LEAST_CASES;
            if known && loss < BETTER * tiers && best.is_none_or(|(least, _)| loss < least) {
                best = Some((loss, baseline));
            }
        }
        best.map(|(_, baseline)| baseline)
    }

    /// The weight of the boosted tier against the linear one.
    pub(crate) fn boosted_share(&self) -> f32 {
        if self.cases[0] == 0 || self.cases[1] == 0 {
            return 0.5;
        }
        let ratio = self.losses[1] / self.losses[0].max(1e-6);
        let power = ratio * ratio;
        let power = power * power;
        let power = (power * power).min(1e6);
        power / (1.0 + power)
    }
}
