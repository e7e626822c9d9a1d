//! Probabilities of reaching a high level, recalibrated on past days.
//!
//! Not here: the raw probabilities (`calibrate`), warnings.
//! Invariant: a larger raw probability never gives a smaller one.
//!
//! Platt's logistic recalibration (1999) on the logit of the raw probability. Isotonic regression was tried: with as few
//! crossings as a week or two have, its steps follow chance. Online, the curve follows what comes.

use serde::{Deserialize, Serialize};

/// Newton steps.
const STEPS: usize = 12;
/// Cases' worth of trust in no change, in units of curvature.
const TRUST: f64 = 5.0;
/// Share of the learned curvature that stands against what comes.
const LEARNED_SHARE: f64 = 0.3;
/// Bounds of the slope.
const SLOWEST: f64 = 0.2;
const FASTEST: f64 = 5.0;
/// Raw probabilities are kept this far from 0 and 1.
const LEAST: f64 = 1e-6;

/// A rising curve from raw to recalibrated probability, `logit p = a + b·logit raw`, with the curvature of the
/// log-likelihood it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recalibration {
    a: f64,
    b: f64,
    /// Second derivatives by (a, a), (a, b), (b, b).
    curvature: [f64; 3],
}

impl Recalibration {
    /// Learns from (raw probability, whether it happened), shrunk to no change.
    pub(crate) fn learn(cases: &[(f32, bool)]) -> Self {
        let mut curve = Self { a: 0.0, b: 1.0, curvature: [TRUST, 0.0, TRUST] };
        for _ in 0..STEPS {
            let mut gradient = [-TRUST * curve.a, -TRUST * (curve.b - 1.0)];
            let mut curvature = [TRUST, 0.0, TRUST];
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
        let mut gradient = [0.0; 2];
        let mut curvature = self.curvature;
        for (raw, happened) in cases {
            self.derive(*raw, *happened, &mut gradient, &mut curvature);
        }
        self.curvature = curvature;
        self.step(gradient);
    }

    /// Adds a case to the derivatives of the log-likelihood.
    fn derive(&self, raw: f32, happened: bool, gradient: &mut [f64; 2], curvature: &mut [f64; 3]) {
        let x = logit(raw);
        let p = logistic(self.a + self.b * x);
        let (miss, weight) = (f64::from(u8::from(happened)) - p, p * (1.0 - p));
        gradient[0] += miss;
        gradient[1] += miss * x;
        curvature[0] += weight;
        curvature[1] += weight * x;
        curvature[2] += weight * x * x;
    }

    fn step(&mut self, gradient: [f64; 2]) {
        let [aa, ab, bb] = self.curvature;
        let determinant = aa * bb - ab * ab;
        if determinant > 1e-12 {
            self.a += ((bb * gradient[0] - ab * gradient[1]) / determinant).clamp(-1.0, 1.0);
            let slope = self.b + ((aa * gradient[1] - ab * gradient[0]) / determinant).clamp(-0.5, 0.5);
            self.b = slope.clamp(SLOWEST, FASTEST);
        }
    }

    /// The recalibrated probability.
    pub(crate) fn at(self, raw: f32) -> f32 {
        logistic(self.a + self.b * logit(raw)) as f32
    }
}

fn logit(p: f32) -> f64 {
    let p = f64::from(p).clamp(LEAST, 1.0 - LEAST);
    libm::log(p / (1.0 - p))
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
        let cases: Vec<(f32, bool)> = (0..20_000)
            .map(|i| {
                let raw = (i % 99 + 1) as f32 / 100.0;
                (raw, happens(logistic(0.5 * logit(raw) - 0.4), i))
            })
            .collect();
        let curve = Recalibration::learn(&cases);
        assert!((f64::from(curve.at(0.5)) - logistic(-0.4)).abs() < 0.03, "{curve:?}");
        assert!(curve.at(0.9) > curve.at(0.5) && curve.at(0.9) < 0.8);
    }
}
