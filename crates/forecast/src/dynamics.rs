//! What a residual becomes: linear coefficients of each series and horizon, and the trees on what they leave.
//!
//! Not here: how they are learned (`fit`).
//! Invariant: predictions are standardised residuals, finite and bounded by [`MOST`].

use serde::{Deserialize, Serialize};

use crate::boost::Booster;
use crate::linear::dot;
use crate::stream::WIDTH;

/// Features of the trees beside those of the linear tier.
pub(crate) const MORE: usize = 6;
/// Features of the trees.
pub(crate) const TREE_WIDTH: usize = WIDTH + MORE;
/// Largest forecast residual.
const MOST: f32 = 12.0;

/// What is known of a target before it comes.
#[derive(Clone, Copy)]
pub(crate) struct Ahead {
    /// The linear tier's forecast, standardised.
    pub forecast: f32,
    /// The root expected at the target by the shape of the day, and at the origin.
    pub base: f32,
    pub base_now: f32,
    /// The target's slot as a share of the day.
    pub of_day: f32,
    /// Intervals since the series was last observed.
    pub silent: u16,
}

impl Ahead {
    /// The features of the trees beside those of the linear tier.
    pub(crate) fn features(&self) -> [f32; MORE] {
        let silent = f32::from(self.silent.min(100));
        [self.forecast, self.base, self.of_day, silent, self.base_now, self.base - self.base_now]
    }
}

/// Coefficients of all series and horizons.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Dynamics {
    pub horizons: usize,
    /// Factors now and before.
    pub factors: usize,
    /// By (series, horizon, feature).
    pub own: Vec<f32>,
    /// By (series, horizon, factor).
    pub effects: Vec<f32>,
    /// By horizon; empty without trees.
    pub boosters: Vec<Booster>,
}

impl Dynamics {
    /// The linear tier's forecast; puts the network's part into the last feature.
    pub(crate) fn linear(&self, at: (usize, usize), features: &mut [f32; WIDTH], factors: &[f32]) -> f32 {
        let place = at.0 * self.horizons + at.1;
        features[WIDTH - 1] = dot(&self.effects[place * self.factors..(place + 1) * self.factors], factors);
        dot(&self.own[place * WIDTH..(place + 1) * WIDTH], features).clamp(-MOST, MOST)
    }

    /// What the trees add; 0 without them.
    pub(crate) fn trees(&self, horizon: usize, features: &[f32; TREE_WIDTH]) -> f32 {
        self.boosters.get(horizon).map_or(0.0, |booster| booster.predict(features).clamp(-MOST, MOST))
    }
}

/// The features of the trees: those of the linear tier and those of [`Ahead::features`].
pub(crate) fn tree_features(own: &[f32; WIDTH], more: [f32; MORE]) -> [f32; TREE_WIDTH] {
    let mut all = [0.0; TREE_WIDTH];
    all[..WIDTH].copy_from_slice(own);
    all[WIDTH..].copy_from_slice(&more);
    all
}
