//! Scores of one method at one horizon, case by case.
//!
//! Not here: which cases (`backtest`).
//! Invariant: sums are added in the order of cases; a score without cases is absent.

use serde::Serialize;

/// The share of cases that central intervals are to hold.
pub const INTERVALS: [f32; 3] = [0.5, 0.8, 0.9];

/// Sums over cases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    n: u64,
    absolute: f64,
    square: f64,
    n_nonzero: u64,
    absolute_nonzero: f64,
    square_nonzero: f64,
    relative: f64,
    truth: f64,
    pinball: Vec<f64>,
    n_fans: u64,
    fan_truth: f64,
    inside: [u64; 3],
    width: [f64; 3],
}

/// Scores over cases.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    /// Cases.
    pub n: u64,
    /// Mean absolute error.
    pub mae: Option<f64>,
    /// Root mean square error.
    pub rmse: Option<f64>,
    /// Mean absolute error relative to the truth, over non-zero truth.
    pub mape: Option<f64>,
    /// Mean absolute error over non-zero truth.
    pub mae_nonzero: Option<f64>,
    /// Root mean square error over non-zero truth.
    pub rmse_nonzero: Option<f64>,
    /// Weighted quantile loss: twice the sum of pinball losses over the sum of truth, mean over the levels.
    pub wql: Option<f64>,
    /// Share of cases inside the central 50 % interval.
    pub coverage_50: Option<f64>,
    /// Inside the central 80 % interval.
    pub coverage_80: Option<f64>,
    /// Inside the central 90 % interval.
    pub coverage_90: Option<f64>,
    /// Mean width of the central 50 % interval.
    pub width_50: Option<f64>,
    /// Of the central 80 % interval.
    pub width_80: Option<f64>,
    /// Of the central 90 % interval.
    pub width_90: Option<f64>,
}

/// Places of the central intervals' bounds among the levels.
pub(crate) fn bounds(levels: &[f32]) -> [Option<(usize, usize)>; 3] {
    let place = |level: f32| levels.iter().position(|other| (other - level).abs() < 1e-4);
    INTERVALS.map(|share| Some((place(0.5 - share / 2.0)?, place(0.5 + share / 2.0)?)))
}

impl Tally {
    /// Adds a point forecast.
    pub(crate) fn point(&mut self, forecast: f32, truth: f32) {
        let error = f64::from(forecast) - f64::from(truth);
        self.n += 1;
        self.absolute += error.abs();
        self.square += error * error;
        self.truth += f64::from(truth);
        if truth > 0.0 {
            self.n_nonzero += 1;
            self.absolute_nonzero += error.abs();
            self.square_nonzero += error * error;
            self.relative += error.abs() / f64::from(truth);
        }
    }

    /// Adds a fan; true if its 90 % interval holds the truth.
    pub(crate) fn fan(&mut self, levels: &[f32], fan: &[f32], truth: f32) -> bool {
        self.pinball.resize(levels.len(), 0.0);
        for ((sum, level), quantile) in self.pinball.iter_mut().zip(levels).zip(fan) {
            let error = f64::from(truth) - f64::from(*quantile);
            let level = f64::from(*level);
            *sum += if error >= 0.0 { level * error } else { (level - 1.0) * error };
        }
        self.n_fans += 1;
        self.fan_truth += f64::from(truth);
        let mut held = false;
        for (at, bounds) in bounds(levels).into_iter().enumerate() {
            if let Some((low, high)) = bounds {
                held = fan[low] <= truth && truth <= fan[high];
                self.inside[at] += u64::from(held);
                self.width[at] += f64::from(fan[high] - fan[low]);
            }
        }
        held
    }

    /// Adds another's cases.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.absolute += other.absolute;
        self.square += other.square;
        self.n_nonzero += other.n_nonzero;
        self.absolute_nonzero += other.absolute_nonzero;
        self.square_nonzero += other.square_nonzero;
        self.relative += other.relative;
        self.truth += other.truth;
        self.pinball.resize(self.pinball.len().max(other.pinball.len()), 0.0);
        for (sum, more) in self.pinball.iter_mut().zip(&other.pinball) {
            *sum += more;
        }
        self.n_fans += other.n_fans;
        self.fan_truth += other.fan_truth;
        for at in 0..INTERVALS.len() {
            self.inside[at] += other.inside[at];
            self.width[at] += other.width[at];
        }
    }

    /// The scores.
    pub fn score(&self) -> Score {
        let of = |sum: f64, count: u64| (count > 0).then(|| sum / count as f64);
        let inside = |at: usize| of(self.inside[at] as f64, self.n_fans);
        let width = |at: usize| of(self.width[at], self.n_fans);
        let levels = self.pinball.len().max(1) as f64;
        Score {
            n: self.n,
            mae: of(self.absolute, self.n),
            rmse: of(self.square, self.n).map(f64::sqrt),
            mape: of(self.relative, self.n_nonzero),
            mae_nonzero: of(self.absolute_nonzero, self.n_nonzero),
            rmse_nonzero: of(self.square_nonzero, self.n_nonzero).map(f64::sqrt),
            wql: (self.fan_truth > 0.0).then(|| 2.0 * self.pinball.iter().sum::<f64>() / levels / self.fan_truth),
            coverage_50: inside(0),
            coverage_80: inside(1),
            coverage_90: inside(2),
            width_50: width(0),
            width_80: width(1),
            width_90: width(2),
        }
    }
}
