//! The residuals of the running day and the day before: what the next intervals are forecast from.
//!
//! Not here: coefficients (`dynamics`, `boost`), the shape of days (`profile`).
//! Invariant: features of an origin rest on residuals up to it alone; a missing residual is replaced by the series'
//! own fading level.

use serde::{Deserialize, Serialize};

use crate::history::Series;
use crate::network::Network;

/// Residuals of a series that are looked back at.
pub(crate) const LAGS: usize = 4;
/// All features of the linear tier.
pub(crate) const WIDTH: usize = 14;
/// Largest standardised residual that is let into features.
pub(crate) const CLIP: f32 = 6.0;
/// Fading of a series' level in one interval, and the intervals' worth of trust in zero.
const FADING: f32 = 0.8;
const LEVEL_TRUST: f32 = 2.0;

/// What is kept of the residuals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stream {
    series: usize,
    /// Standardised residuals, the newest first.
    lags: [Vec<f32>; LAGS],
    level_sum: Vec<f32>,
    level_weight: Vec<f32>,
    level: Vec<f32>,
    /// Intervals since a series was last observed.
    pub silent: Vec<u16>,
    /// Mean residual by group, now and before.
    network: [Vec<f32>; 2],
    /// Factors now and before.
    pub factors: Vec<f32>,
}

impl Stream {
    pub(crate) fn new(series: &[Series], factors: usize) -> Self {
        let (count, groups) = (series.len(), series.iter().map(|one| one.group + 1).max().unwrap_or(1));
        let zeros = vec![0.0; count];
        Self {
            series: count,
            lags: std::array::from_fn(|_| zeros.clone()),
            level_sum: zeros.clone(),
            level_weight: zeros.clone(),
            level: zeros,
            silent: vec![u16::MAX; count],
            network: [vec![0.0; groups], vec![0.0; groups]],
            factors: vec![0.0; 2 * factors],
        }
    }

    /// Numbers held for the series.
    pub(crate) fn numbers(&self) -> usize {
        (LAGS + 4) * self.series
    }

    /// Takes the standardised residuals of a slot, NaN where missing.
    pub(crate) fn push(&mut self, residuals: &[f32], series: &[Series], network: &Network) {
        self.lags.rotate_right(1);
        for (s, residual) in residuals.iter().enumerate() {
            self.level_sum[s] *= FADING;
            self.level_weight[s] *= FADING;
            if residual.is_nan() {
                self.silent[s] = self.silent[s].saturating_add(1);
            } else {
                let clipped = residual.clamp(-CLIP, CLIP);
                self.level_sum[s] += clipped;
                self.level_weight[s] += 1.0;
                self.silent[s] = 0;
            }
            self.level[s] = self.level_sum[s] / (self.level_weight[s] + LEVEL_TRUST);
            self.lags[0][s] = if residual.is_nan() { self.level[s] } else { residual.clamp(-CLIP, CLIP) };
        }
        self.push_network(residuals, series);
        let count = network.count();
        self.factors.rotate_right(count);
        network.project(&self.lags[0], &mut self.factors[..count]);
    }

    fn push_network(&mut self, residuals: &[f32], series: &[Series]) {
        self.network.swap(0, 1);
        let means = &mut self.network[0];
        means.fill(0.0);
        let mut counts = vec![1.0_f32; means.len()];
        for (residual, one) in residuals.iter().zip(series).filter(|(residual, _)| !residual.is_nan()) {
            means[one.group] += residual.clamp(-CLIP, CLIP);
            counts[one.group] += 1.0;
        }
        for (mean, count) in means.iter_mut().zip(&counts) {
            *mean /= count;
        }
    }

    /// The features of a series: `across` is the group of the paired series, `bend` the target's ([`bend`]). The last feature is left to [`crate::dynamics::Dynamics::linear`].
    pub(crate) fn features(&self, s: usize, one: &Series, across: Option<usize>, bend: f32) -> [f32; WIDTH] {
        let mut out = [0.0; WIDTH];
        for (value, lag) in out.iter_mut().zip(&self.lags) {
            *value = lag[s];
        }
        if let Some(other) = one.pair {
            for (value, lag) in out[LAGS..].iter_mut().zip(&self.lags[..3]) {
                *value = lag[other];
            }
        }
        out[7] = self.network[0][one.group];
        out[8] = self.network[1][one.group];
        if let Some(group) = across {
            out[9] = self.network[0][group];
            out[10] = self.network[1][group];
        }
        out[11] = self.level[s];
        out[12] = bend;
        out
    }
}

/// How much higher the neighbours of a slot are than the slot, standardised: what smoothing the shape would add.
pub(crate) fn bend(base: &[f32], (slot, s): (usize, usize), spread: &[f32]) -> f32 {
    let at = slot * spread.len() + s;
    let middle = base[at];
    let before = if slot > 0 { base[at - spread.len()] } else { middle };
    let after = base.get(at + spread.len()).copied().unwrap_or(middle);
    ((before + after) * 0.5 - middle) / spread[s]
}
