//! How far forecasts miss: quantiles of standardised errors, learned on past days and followed online.
//!
//! Not here: the forecasts themselves.
//! Invariant: quantiles never cross; a scale is positive and finite.
//!
//! An error's scale is a product: by the forecast's level (pooled), by the series, by how long the series has been
//! silent. Quantiles of the scaled errors are pooled; each series has an offset to each. Online, both follow the
//! quantile-tracking step of conformal PID control (Angelopoulos, Candès and Tibshirani 2023, eq. 4): after an error
//! `e`, `q ← q + η·(α − 1{e ≤ q})`, applied when the target is observed, `horizon` intervals after the forecast.

use serde::{Deserialize, Serialize};

use crate::fit::Case;

/// Upper edges of the level bins, roots.
const LEVEL_EDGES: [f32; 11] = [0.9, 1.5, 2.2, 3.2, 4.5, 6.5, 9.0, 12.0, 16.0, 22.0, 30.0];
const LEVELS: usize = LEVEL_EDGES.len() + 1;
/// Upper edges of the silence bins, intervals.
const SILENCE_EDGES: [u16; 4] = [0, 1, 3, 8];
const SILENCES: usize = SILENCE_EDGES.len() + 1;
/// Scale by silence before anything is known.
const SILENCE_PRIOR: [f32; SILENCES] = [1.0, 1.05, 1.15, 1.3, 1.5];
/// Cases' worth of trust in what is common.
const TRUST: f64 = 60.0;
/// Cases' worth of trust in the pooled quantiles, for a series' own.
const OWN_TRUST: f32 = 600.0;
/// Steps of the trackers, in scaled errors.
const OWN_STEP: f32 = 0.015;
const POOLED_STEP: f32 = 0.02;
/// Largest offset.
const MOST_OFFSET: f32 = 4.0;
/// Below so many cases in all, quantiles are widened.
const FEW_CASES: f32 = 100.0;

/// Calibration of one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calibration {
    levels: Vec<f32>,
    by_level: [f32; LEVELS],
    by_silence: [f32; SILENCES],
    by_series: Vec<f32>,
    pooled: Vec<f32>,
    /// By (series, level).
    own: Vec<f32>,
}

impl Calibration {
    /// Learns from cases.
    pub(crate) fn learn(cases: &[Case], series: usize, levels: &[f32]) -> Self {
        let mut out = Self {
            levels: levels.to_vec(),
            by_level: [1.0; LEVELS],
            by_silence: SILENCE_PRIOR,
            by_series: vec![1.0; series],
            pooled: Vec::new(),
            own: vec![0.0; series * levels.len()],
        };
        out.learn_scales(cases);
        let mut errors: Vec<(u32, f32)> = (cases.iter())
            .map(|case| {
                (case.series, (case.root - case.boosted) / out.scale(case.series as usize, case.boosted, case.silent))
            })
            .collect();
        let mut all: Vec<f32> = errors.iter().map(|(_, error)| *error).collect();
        all.sort_unstable_by(f32::total_cmp);
        let widening = 1.0 + 10.0 / (all.len() as f32 + 10.0) * f32::from(u8::from((all.len() as f32) < FEW_CASES));
        let normal = |level: f32| widening * normal_quantile(level);
        out.pooled = levels
            .iter()
            .map(|level| if all.len() < 20 { normal(*level) } else { widening * empirical(&all, *level) })
            .collect();
        errors.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for of_series in errors.chunk_by(|a, b| a.0 == b.0) {
            let s = of_series[0].0 as usize;
            let sorted: Vec<f32> = of_series.iter().map(|(_, error)| *error).collect();
            let share = sorted.len() as f32 / (sorted.len() as f32 + OWN_TRUST);
            for (at, level) in levels.iter().enumerate() {
                let offset = empirical(&sorted, *level) - out.pooled[at];
                out.own[s * levels.len() + at] = (share * offset).clamp(-MOST_OFFSET, MOST_OFFSET);
            }
        }
        out
    }

    /// Scales by level, silence and series, in this order, each on what those before leave.
    fn learn_scales(&mut self, cases: &[Case]) {
        let square = |case: &Case| f64::from(case.root - case.boosted).powi(2);
        let all = (cases.iter().map(square).sum::<f64>() + 1.0) / (cases.len() as f64 + 1.0);
        let mut sums = [(0.0_f64, 0.0_f64); LEVELS];
        for case in cases {
            let sum = &mut sums[level_bin(case.boosted)];
            *sum = (sum.0 + square(case), sum.1 + 1.0);
        }
        self.by_level = sums.map(|(sum, count)| ((sum + TRUST * all) / (count + TRUST)).sqrt() as f32);
        let mut of_series = vec![(0.0_f64, 0.0_f64); self.by_series.len()];
        for case in cases.iter().filter(|case| case.silent == 0) {
            let scaled = square(case) / f64::from(self.by_level[level_bin(case.boosted)]).powi(2);
            let sum = &mut of_series[case.series as usize];
            *sum = (sum.0 + scaled, sum.1 + 1.0);
        }
        self.by_series = of_series.iter().map(|(sum, count)| ((sum + TRUST) / (count + TRUST)).sqrt() as f32).collect();
        let mut silences = [(0.0_f64, 0.0_f64); SILENCES];
        for case in cases {
            let scale = self.by_level[level_bin(case.boosted)] * self.by_series[case.series as usize];
            let sum = &mut silences[silence_bin(case.silent)];
            *sum = (sum.0 + square(case) / f64::from(scale).powi(2), sum.1 + 1.0);
        }
        for ((factor, prior), (sum, count)) in self.by_silence.iter_mut().zip(SILENCE_PRIOR).zip(silences) {
            let prior = f64::from(prior).powi(2);
            *factor = ((sum + TRUST * prior) / (count + TRUST)).sqrt() as f32;
        }
    }

    /// The scale of a forecast's error, roots.
    pub(crate) fn scale(&self, s: usize, root: f32, silent: u16) -> f32 {
        self.by_level[level_bin(root)] * self.by_series[s] * self.by_silence[silence_bin(silent)]
    }

    /// The quantiles of a series' scaled errors, rising.
    pub(crate) fn quantiles(&self, s: usize, out: &mut [f32]) {
        let own = &self.own[s * self.levels.len()..(s + 1) * self.levels.len()];
        let mut before = f32::NEG_INFINITY;
        for ((value, pooled), own) in out.iter_mut().zip(&self.pooled).zip(own) {
            before = before.max(pooled + own);
            *value = before;
        }
    }

    /// Follows the scaled errors of an interval: (series, error).
    pub(crate) fn follow(&mut self, errors: &[(usize, f32)]) {
        if errors.is_empty() {
            return;
        }
        let count = self.levels.len();
        let mut above = vec![0.0_f32; count];
        for (s, error) in errors {
            let own = &mut self.own[s * count..(s + 1) * count];
            for (((offset, pooled), level), above) in own.iter_mut().zip(&self.pooled).zip(&self.levels).zip(&mut above)
            {
                let step = level - f32::from(u8::from(*error <= pooled + *offset));
                *offset = (*offset + OWN_STEP * step).clamp(-MOST_OFFSET, MOST_OFFSET);
                *above += step;
            }
        }
        let share = POOLED_STEP / errors.len() as f32;
        for (pooled, above) in self.pooled.iter_mut().zip(&above) {
            *pooled += share * above;
        }
    }

    /// Numbers held for the series.
    pub(crate) fn numbers(&self) -> usize {
        self.own.len() + self.by_series.len()
    }

    /// The probability that the scaled error is at most `error`, by lines between the quantiles and exponential tails.
    pub(crate) fn probability(&self, s: usize, error: f32) -> f32 {
        let mut quantiles = [0.0; MOST_LEVELS];
        let quantiles = &mut quantiles[..self.levels.len()];
        self.quantiles(s, quantiles);
        let place = quantiles.partition_point(|quantile| *quantile < error);
        let last = quantiles.len() - 1;
        if place == 0 {
            let slope = tail(quantiles[0], quantiles[1.min(last)], self.levels[0], self.levels[1.min(last)]);
            return self.levels[0] * libm::expf((error - quantiles[0]) * slope);
        }
        if place > last {
            let (near, far) = (1.0 - self.levels[last], 1.0 - self.levels[last.saturating_sub(1)]);
            let slope = tail(-quantiles[last], -quantiles[last.saturating_sub(1)], near, far);
            return 1.0 - near * libm::expf((quantiles[last] - error) * slope);
        }
        let (low, high) = (quantiles[place - 1], quantiles[place]);
        let share = if high > low { (error - low) / (high - low) } else { 0.5 };
        self.levels[place - 1] + share * (self.levels[place] - self.levels[place - 1])
    }
}

/// Most quantile levels.
pub(crate) const MOST_LEVELS: usize = 32;

/// The rate of an exponential tail through two quantiles.
fn tail(near: f32, far: f32, near_level: f32, far_level: f32) -> f32 {
    let (width, ratio) = ((far - near).max(1e-3), far_level / near_level.max(1e-6));
    (libm::logf(ratio.max(1.01)) / width).clamp(0.1, 50.0)
}

fn level_bin(root: f32) -> usize {
    LEVEL_EDGES.iter().take_while(|edge| root > **edge).count()
}

fn silence_bin(silent: u16) -> usize {
    SILENCE_EDGES.iter().take_while(|edge| silent > **edge).count()
}

/// The quantile of sorted values, between order statistics.
pub(crate) fn empirical(sorted: &[f32], level: f32) -> f32 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = (level * sorted.len() as f32 - 0.5).clamp(0.0, last as f32);
    let low = place as usize;
    let share = place - low as f32;
    sorted[low] + share * (sorted[(low + 1).min(last)] - sorted[low])
}

/// The normal quantile (Abramowitz and Stegun 26.2.23, error below 4.5·10⁻⁴).
fn normal_quantile(level: f32) -> f32 {
    let (tail, sign) = if level < 0.5 { (level, -1.0) } else { (1.0 - level, 1.0) };
    let t = (-2.0 * libm::logf(tail.max(1e-6))).sqrt();
    sign * (t
        - (2.515_517 + t * (0.802_853 + t * 0.010_328)) / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_quantiles_are_right() {
        for (level, value) in [(0.5, 0.0), (0.95, 1.644_85), (0.01, -2.326_35)] {
            assert!((normal_quantile(level) - value).abs() < 1e-3, "{level}");
        }
    }
}
