//! Probabilities of reaching a high level, recalibrated on past days.
//!
//! Not here: the raw probabilities (`calibrate`), warnings.
//! Invariant: a larger raw probability never gives a smaller one.
//!
//! Beta calibration (Kull, Silva Filho and Flach 2017): a logistic regression on the logarithms of the raw probability
//! and of its complement. Isotonic regression was tried: with as few
//! crossings as a week or two have, its steps follow chance. Online, the curve follows what comes.

use crate::linear::solve;
use serde::{Deserialize, Serialize};

/// Newton steps.
const STEPS: usize = 12;
/// Cases' worth of trust in no change, in units of curvature.
const TRUST: f64 = 5.0;
/// Share of the learned curvature that stands against what comes.
const LEARNED_SHARE: f64 = 0.1;
/// Largest slope.
const STEEPEST: f64 = 5.0;
/// Raw probabilities are kept this far from 0 and 1.
const LEAST: f64 = 1e-6;

/// Coefficients of a curve.
const P: usize = 3;

/// A rising curve from raw to recalibrated probability, `logit p = a + b·ln raw − c·ln(1 − raw)` with `b, c ≥ 0`, with
/// the curvature of the log-likelihood it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recalibration {
    coefficients: [f64; P],
    /// Second derivatives, lower triangle by rows.
    curvature: [f64; P * (P + 1) / 2],
}

/// No change, and the trust in it.
const UNCHANGED: Recalibration =
    Recalibration { coefficients: [0.0, 1.0, 1.0], curvature: [TRUST, 0.0, TRUST, 0.0, 0.0, TRUST] };

impl Recalibration {
    /// Learns from (raw probability, whether it happened), shrunk to no change.
    pub(crate) fn learn(cases: &[(f32, bool)]) -> Self {
        let mut curve = UNCHANGED;
        for _ in 0..STEPS {
            let mut gradient: [f64; P] =
                std::array::from_fn(|at| TRUST * (UNCHANGED.coefficients[at] - curve.coefficients[at]));
            let mut curvature = UNCHANGED.curvature;
            for (raw, happened) in cases {
                curve.derive(*raw, *happened, &mut gradient, &mut curvature);
            }
            curve.curvature = curvature;
            curve.step(gradient);
        }
        curve.curvature = curve.curvature.map(|value| value * LEARNED_SHARE);
        curve
    }

    /// Follows cases of an interval: a recursive Newton step, the curvature being that of all cases so far.
    pub(crate) fn follow(&mut self, cases: &[(f32, bool)]) {
        let mut gradient = [0.0; P];
        let mut curvature = self.curvature;
        for (raw, happened) in cases {
            self.derive(*raw, *happened, &mut gradient, &mut curvature);
        }
        self.curvature = curvature;
        self.step(gradient);
    }

    /// Adds a case to the derivatives of the log-likelihood.
    fn derive(&self, raw: f32, happened: bool, gradient: &mut [f64; P], curvature: &mut [f64; P * (P + 1) / 2]) {
        let x = regressors(raw);
        let p = logistic(self.coefficients.iter().zip(&x).map(|(w, x)| w * x).sum());
        let (miss, weight) = (f64::from(u8::from(happened)) - p, p * (1.0 - p));
        let mut place = 0;
        for row in 0..P {
            gradient[row] += miss * x[row];
            for column in 0..=row {
                curvature[place] += weight * x[row] * x[column];
                place += 1;
            }
        }
    }

    fn step(&mut self, gradient: [f64; P]) {
        let step = solve(&mut self.curvature.clone(), gradient.to_vec());
        for (at, (value, step)) in self.coefficients.iter_mut().zip(step).enumerate() {
            *value += step.clamp(-0.5, 0.5);
            if at > 0 {
                *value = value.clamp(0.0, STEEPEST);
            }
        }
    }

    /// The recalibrated probability.
    pub(crate) fn at(self, raw: f32) -> f32 {
        logistic(self.coefficients.iter().zip(regressors(raw)).map(|(w, x)| w * x).sum()) as f32
    }
}

fn regressors(raw: f32) -> [f64; P] {
    let raw = f64::from(raw).clamp(LEAST, 1.0 - LEAST);
    [1.0, libm::log(raw), -libm::log(1.0 - raw)]
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// Warnings against what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contingency {
    /// Said and happened.
    pub hits: u64,
    /// Happened, not said.
    pub misses: u64,
    /// Said, did not happen.
    pub false_alarms: u64,
}

impl Contingency {
    /// Counts a case.
    pub fn add(&mut self, said: bool, happened: bool) {
        match (said, happened) {
            (true, true) => self.hits += 1,
            (false, true) => self.misses += 1,
            (true, false) => self.false_alarms += 1,
            (false, false) => {}
        }
    }

    /// Probability of detection.
    pub fn pod(&self) -> Option<f64> {
        ratio(self.hits, self.hits + self.misses)
    }

    /// False alarm ratio: false / (hits + false).
    pub fn far(&self) -> Option<f64> {
        ratio(self.false_alarms, self.hits + self.false_alarms)
    }

    /// Critical success index.
    pub fn csi(&self) -> Option<f64> {
        ratio(self.hits, self.hits + self.misses + self.false_alarms)
    }
}

fn ratio(up: u64, down: u64) -> Option<f64> {
    (down > 0).then(|| up as f64 / down as f64)
}

/// The probability from which a warning has the best critical success index on (probability, whether it happened).
pub(crate) fn best_threshold(cases: &mut [(f32, bool)]) -> f32 {
    cases.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let happened = cases.iter().filter(|(_, happened)| *happened).count() as u64;
    let (mut hits, mut said, mut best) = (0_u64, 0_u64, (0.0_f64, 0.5_f32));
    for of_equal in cases.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        said += of_equal.len() as u64;
        hits += of_equal.iter().filter(|(_, happened)| *happened).count() as u64;
        let csi = hits as f64 / (said + happened - hits).max(1) as f64;
        if csi > best.0 {
            best = (csi, of_equal[0].0);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overconfident_probability_is_brought_down() {
        let happens = |p: f64, i: usize| (i as f64 * 0.618_033_988_75).fract() < p;
        let true_share = |raw: f32| logistic(0.5 * libm::log(f64::from(raw / (1.0 - raw))) - 0.4);
        let raw = |i: usize| (i % 99 + 1) as f32 / 100.0;
        let cases: Vec<(f32, bool)> = (0..20_000).map(|i| (raw(i), happens(true_share(raw(i)), i))).collect();
        let curve = Recalibration::learn(&cases);
        assert!((f64::from(curve.at(0.5)) - logistic(-0.4)).abs() < 0.03, "{curve:?}");
        assert!(curve.at(0.9) > curve.at(0.5) && curve.at(0.9) < 0.8);
    }
}
