//! What a residual becomes: linear coefficients of each series and horizon, and the trees on what they leave.
//!
//! Not here: how they are learned (`fit`).
//! Invariant: predictions are standardised residuals, finite and bounded by [`MOST`].

use serde::{Deserialize, Serialize};

use crate::boost::Booster;
use crate::linear::dot;
use crate::stream::WIDTH;

/// Features of the trees: those of the linear tier, its forecast, the expected root, the slot as a share of the day,
/// the intervals of silence.
pub(crate) const TREE_WIDTH: usize = WIDTH + 4;
/// Largest forecast residual.
const MOST: f32 = 12.0;

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

/// The features of the trees.
pub(crate) fn tree_features(own: &[f32; WIDTH], more: [f32; 4]) -> [f32; TREE_WIDTH] {
    let mut all = [0.0; TREE_WIDTH];
    all[..WIDTH].copy_from_slice(own);
    all[WIDTH..].copy_from_slice(&more);
    all
}
