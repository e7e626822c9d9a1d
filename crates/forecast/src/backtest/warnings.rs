//! Scores of exceedance probabilities: warnings at the threshold of the training days, and how true the words are.
//!
//! Not here: the probabilities.
//! Invariant: a case is scored once; onsets are those cases whose last value was not above the level.

use serde::Serialize;

use crate::exceed::Contingency;

/// Bins of said probability.
const BINS: usize = 10;

/// A bin of the reliability diagram.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reliability {
    /// Lower edge of said probability.
    pub from: f64,
    /// Upper edge.
    pub to: f64,
    /// Cases.
    pub n: u64,
    /// Mean said probability.
    pub said: Option<f64>,
    /// Share that happened.
    pub happened: Option<f64>,
}

/// Cases of one horizon.
#[derive(Clone, Debug, Default)]
pub(crate) struct Warnings {
    pub all: Contingency,
    pub onsets: Contingency,
    bins: [(u64, f64, u64); BINS],
}

impl Warnings {
    pub(crate) fn add(&mut self, probability: f32, threshold: f32, happened: bool, was_above: Option<bool>) {
        let said = probability >= threshold;
        self.all.add(said, happened);
        if was_above == Some(false) {
            self.onsets.add(said, happened);
        }
        let at = ((probability * BINS as f32) as usize).min(BINS - 1);
        let bin = &mut self.bins[at];
        *bin = (bin.0 + 1, bin.1 + f64::from(probability), bin.2 + u64::from(happened));
    }

    pub(crate) fn reliability(&self) -> Vec<Reliability> {
        let bin = |(at, (n, said, happened)): (usize, &(u64, f64, u64))| Reliability {
            from: at as f64 / BINS as f64,
            to: (at + 1) as f64 / BINS as f64,
            n: *n,
            said: (*n > 0).then(|| said / *n as f64),
            happened: (*n > 0).then(|| *happened as f64 / *n as f64),
        };
        self.bins.iter().enumerate().map(bin).collect()
    }
}
