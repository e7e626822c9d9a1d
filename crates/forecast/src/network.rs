//! What all series together say about each: the leading factors of the residuals, and their effect on each series.
//!
//! Not here: a series' own residuals (`dynamics`).
//! Invariant: the factors are found by a fixed number of steps from a fixed start, so that the same data give the same.
//!
//! Reduced-rank regression (Izenman 1975) by way of principal components: people who enter at one station leave at
//! others half an hour later, which no single neighbour tells. Factors by subspace iteration (Halko, Martinsson and
//! Tropp 2011), effects by one ridge whose matrix all series share.

use serde::{Deserialize, Serialize};

use crate::linear::{Gram, dot, factor, substitute};

/// Most factors.
const MOST: usize = 20;
/// Series for each factor.
const SERIES_PER_FACTOR: usize = 4;
/// Steps of the subspace iteration.
const STEPS: usize = 12;
/// Ridge penalty on factors' effects, as a share of their mean square.
pub(crate) const PENALTY: f64 = 0.03;

/// Leading factors of the residuals.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Network {
    series: usize,
    /// By (factor, series), each row of length 1.
    loadings: Vec<f32>,
}

impl Network {
    /// The leading factors of rows of residuals (0 where missing).
    pub(crate) fn learn(series: usize, rows: &[f32]) -> Self {
        let count = (series / SERIES_PER_FACTOR).min(MOST);
        if count == 0 || rows.len() / series < 4 * count {
            return Self { series, loadings: Vec::new() };
        }
        let mut loadings: Vec<f32> = (0..count * series).map(start).collect();
        for _ in 0..STEPS {
            orthonormal(series, &mut loadings);
            let mut next = vec![0.0_f32; loadings.len()];
            for row in rows.chunks_exact(series) {
                for (from, to) in loadings.chunks_exact(series).zip(next.chunks_exact_mut(series)) {
                    let score = dot(from, row);
                    for (sum, value) in to.iter_mut().zip(row) {
                        *sum += score * value;
                    }
                }
            }
            loadings = next;
        }
        orthonormal(series, &mut loadings);
        Self { series, loadings }
    }

    /// Number of factors.
    pub(crate) fn count(&self) -> usize {
        self.loadings.len().checked_div(self.series).unwrap_or(0)
    }

    /// The factors' values in a row of residuals.
    pub(crate) fn project(&self, row: &[f32], out: &mut [f32]) {
        for (value, loading) in out.iter_mut().zip(self.loadings.chunks_exact(self.series.max(1))) {
            *value = dot(loading, row);
        }
    }
}

/// A start that is the same on every machine: the low bits of a multiplicative sequence.
fn start(at: usize) -> f32 {
    let mixed = (at as u32).wrapping_add(1).wrapping_mul(2_654_435_761);
    (mixed >> 8) as f32 / 16_777_216.0 - 0.5
}

/// Gram–Schmidt on rows.
fn orthonormal(series: usize, rows: &mut [f32]) {
    for row in 0..rows.len() / series.max(1) {
        let (done, rest) = rows.split_at_mut(row * series);
        let current = &mut rest[..series];
        for other in done.chunks_exact(series) {
            let along = dot(other, current);
            for (value, part) in current.iter_mut().zip(other) {
                *value -= along * part;
            }
        }
        let length = dot(current, current).sqrt();
        let scale = if length > 1e-12 { 1.0 / length } else { 0.0 };
        for value in current {
            *value *= scale;
        }
    }
}

/// Sums for the effects of factors on every series at one horizon.
#[derive(Clone, Debug)]
pub(crate) struct EffectSums {
    /// Of the factors with each other; its target is unused.
    shared: Gram,
    /// By (series, factor).
    with_target: Vec<f64>,
    observed: Vec<f64>,
}

impl EffectSums {
    pub(crate) fn new(factors: usize, series: usize) -> Self {
        Self { shared: Gram::new(factors), with_target: vec![0.0; factors * series], observed: vec![0.0; series] }
    }

    /// Adds an origin: its factors and the residuals at the target, NaN where missing.
    pub(crate) fn add(&mut self, factors: &[f32], targets: &[f32]) {
        if factors.is_empty() {
            return;
        }
        self.shared.add(factors, 0.0, 1.0);
        for ((sums, seen), target) in
            self.with_target.chunks_exact_mut(factors.len()).zip(&mut self.observed).zip(targets)
        {
            if !target.is_nan() {
                *seen += 1.0;
                for (sum, value) in sums.iter_mut().zip(factors) {
                    *sum += f64::from(*value) * f64::from(*target);
                }
            }
        }
    }

    pub(crate) fn add_scaled(&mut self, other: &Self, times: f64) {
        self.shared.add_scaled(&other.shared, times);
        for (sum, more) in self.with_target.iter_mut().zip(&other.with_target) {
            *sum += times * more;
        }
        for (sum, more) in self.observed.iter_mut().zip(&other.observed) {
            *sum += times * more;
        }
    }

    /// Effects by (series, factor). A series observed at part of the origins has its sums scaled up to all.
    pub(crate) fn solve(&self) -> Vec<f32> {
        let p = self.shared.p;
        let mut out = vec![0.0; self.with_target.len()];
        if p == 0 || self.shared.weight <= 0.0 {
            return out;
        }
        let mut system = self.shared.xx.clone();
        let mut at = 0;
        let largest = (0..p).map(|row| system[row * (row + 3) / 2]).fold(0.0, f64::max);
        for row in 0..p {
            system[at + row] += PENALTY * (system[at + row] + largest / 3.0);
            at += row + 1;
        }
        if !factor(&mut system, p) {
            return out;
        }
        for ((effects, sums), seen) in out.chunks_exact_mut(p).zip(self.with_target.chunks_exact(p)).zip(&self.observed)
        {
            if *seen > 0.0 {
                let mut right: Vec<f64> = sums.iter().map(|sum| sum * self.shared.weight / seen).collect();
                substitute(&system, &mut right);
                for (effect, value) in effects.iter_mut().zip(&right) {
                    *effect = if value.is_finite() { *value as f32 } else { 0.0 };
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_factor_is_found() {
        let rows: Vec<f32> = (0..64_i32).flat_map(|i| [(i % 7 - 3) as f32; 8]).collect();
        let network = Network::learn(8, &rows);
        assert_eq!(network.count(), 2);
        let mut out = [0.0; 2];
        network.project(&[1.0; 8], &mut out);
        assert!((out[0].abs() - 8.0_f32.sqrt()).abs() < 1e-3, "{out:?}");
    }
}
