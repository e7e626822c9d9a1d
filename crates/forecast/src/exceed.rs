//! Probabilities of reaching a high level, recalibrated on past days.
//!
//! Not here: the raw probabilities (`calibrate`), warnings.
//! Invariant: a larger raw probability never gives a smaller one.
//!
//! Isotonic regression by pooling adjacent violators (Barlow et al. 1972; Zadrozny and Elkan 2002) on bins of equally
//! many cases, lines between bins.

use serde::{Deserialize, Serialize};

/// Bins of equally many cases before pooling.
const BINS: usize = 200;
/// Least cases in a bin.
const BIN_CASES: usize = 60;

/// A rising curve from raw to recalibrated probability.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Isotonic {
    points: Vec<(f32, f32)>,
}

impl Isotonic {
    /// Learns from (raw probability, whether it happened); sorts them.
    pub(crate) fn learn(cases: &mut [(f32, bool)]) -> Self {
        cases.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut blocks: Vec<(f64, f64, f64)> = Vec::new();
        for bin in bins(cases) {
            let count = bin.len() as f64;
            let raw: f64 = bin.iter().map(|(raw, _)| f64::from(*raw)).sum();
            let happened = bin.iter().filter(|(_, happened)| *happened).count() as f64;
            blocks.push((raw, happened, count));
            while let [.., before, last] = blocks[..]
                && before.1 / before.2 >= last.1 / last.2
            {
                blocks.truncate(blocks.len() - 2);
                blocks.push((before.0 + last.0, before.1 + last.1, before.2 + last.2));
            }
        }
        let points =
            blocks.iter().map(|(raw, happened, count)| ((raw / count) as f32, (happened / count) as f32)).collect();
        Self { points }
    }

    /// The recalibrated probability.
    pub(crate) fn at(&self, raw: f32) -> f32 {
        let place = self.points.partition_point(|(from, _)| *from < raw);
        match (place.checked_sub(1).and_then(|at| self.points.get(at)), self.points.get(place)) {
            (None, None) => raw,
            (None, Some((_, value))) | (Some((_, value)), None) => *value,
            (Some((from, low)), Some((to, high))) => low + (raw - from) / (to - from).max(1e-9) * (high - low),
        }
    }
}

/// Bins of cases sorted by probability: equally many at the low end, where nearly all lie, and of fewer at the top.
fn bins(cases: &[(f32, bool)]) -> Vec<&[(f32, bool)]> {
    let mut out = Vec::new();
    let mut rest = cases;
    while !rest.is_empty() {
        // Each bin takes a share of what is left, so that the rare high probabilities are told apart.
        let size = (rest.len() / 12).max(cases.len() / (BINS * 20)).max(BIN_CASES).min(rest.len());
        let size = if rest.len() - size < BIN_CASES { rest.len() } else { size };
        let (bin, after) = rest.split_at(size);
        out.push(bin);
        rest = after;
    }
    out
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
        let mut cases: Vec<(f32, bool)> =
            (0..20_000).map(|i| ((i % 100) as f32 / 100.0, (i / 100) % 200 < i % 100)).collect();
        let curve = Isotonic::learn(&mut cases);
        assert!((curve.at(0.5) - 0.25).abs() < 0.06, "{}", curve.at(0.5));
        assert!(curve.at(0.9) >= curve.at(0.5));
    }
}
