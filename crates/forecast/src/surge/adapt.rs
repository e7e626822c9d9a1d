//! How far a forecast moves towards what a surge makes expected: learned from what earlier surges did.
//!
//! Not here: the forecast, the surge (`watch`).
//! Invariant: with no surge, or none before it, a forecast stays as it is; a share lies between 0 and 1.
//!
//! At each horizon, apart for surges just raised and older ones, the share is a ridge estimate on roots: the part of the
//! way from forecast to expectation that the truth then lay at. A forecaster with lags adapts by itself; what is learned
//! here is what that leaves.

use serde::{Deserialize, Serialize};

use super::watch::Surge;
use crate::profile::{from_root, to_root};

/// A surge is young until so many intervals after it was raised.
const YOUNG: i64 = 2;
/// Roots squared of trust in no part of the way.
const TRUST: f32 = 60.0;

/// Shares of the way, by horizon.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Adaptation {
    /// By horizon, young and old: sums of products and of squares.
    sums: Vec<[(f32, f32); 2]>,
}

/// A forecast made while a surge is going on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Surged {
    is_old: bool,
    forecast: f32,
    expected: f32,
}

impl Surged {
    /// A forecast made at a tick, with what the surge makes expected of the same target.
    pub fn new(surge: &Surge, tick: i64, forecast: f32, expected: f32) -> Self {
        Self { is_old: tick - surge.raised >= YOUNG, forecast: to_root(forecast), expected: to_root(expected) }
    }
}

impl Adaptation {
    /// For so many horizons.
    pub fn new(horizons: usize) -> Self {
        Self { sums: vec![[(0.0, 0.0); 2]; horizons] }
    }

    /// Learns from what came.
    pub fn learn(&mut self, horizon: usize, surged: Surged, truth: f32) {
        let Some(sums) = self.sums.get_mut(horizon).filter(|_| truth >= 0.0) else { return };
        let way = surged.expected - surged.forecast;
        let sum = &mut sums[usize::from(surged.is_old)];
        *sum = (sum.0 + way * (to_root(truth) - surged.forecast), sum.1 + way * way);
    }

    /// The forecast, moved.
    pub fn adapted(&self, horizon: usize, surged: Surged) -> f32 {
        let sum = self.sums.get(horizon).map_or((0.0, 0.0), |sums| sums[usize::from(surged.is_old)]);
        let share = (sum.0 / (sum.1 + TRUST)).clamp(0.0, 1.0);
        from_root(surged.forecast + share * (surged.expected - surged.forecast))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_moves_as_far_as_earlier_surges_went() {
        let surge = Surge { series: 0, began: 0, raised: 1, evidence: 1.0, root_lift: 4.0, stay: 0.9 };
        let (young, old) = (Surged::new(&surge, 1, 25.0, 81.0), Surged::new(&surge, 9, 25.0, 81.0));
        let mut adaptation = Adaptation::new(1);
        assert!((adaptation.adapted(0, young) - 25.0).abs() < 1e-3);
        (0..50).for_each(|_| adaptation.learn(0, young, 81.0));
        assert!(adaptation.adapted(0, young) > 70.0 && (adaptation.adapted(0, old) - 25.0).abs() < 1e-3);
    }
}
