//! Forecasts of a level, such as a river's stage: no day has a shape, the past hours say what comes.
//!
//! Not here: counts (`forecaster`); gauges upstream.
//! Invariant: a forecast rests on levels up to its origin alone, is finite, and its quantiles rise.
//!
//! A slope relaxes from what it is to that of recession: `s(u) = −ρ + (s + ρ)·e^(−u/τ)`, so the level after `h` is
//! `y − ρh + (s + ρ)·τ(1 − e^(−h/τ))`. Many such paths (over which time the slope is taken, which τ, with ρ or
//! without), persistence and the straight line are weighted at each horizon by their errors there so far.

use serde::{Deserialize, Serialize};

/// Times over which a slope is taken, seconds.
const WINDOWS_S: [i64; 2] = [3600, 3 * 3600];
/// Times in which a slope relaxes, seconds.
const RELAX_S: [f64; 6] = [5400.0, 3.0 * 3600.0, 6.0 * 3600.0, 12.0 * 3600.0, 24.0 * 3600.0, 48.0 * 3600.0];
/// Paths: persistence, the straight line over each window, and relaxing slopes with and without recession.
const PATHS: usize = 1 + WINDOWS_S.len() * (1 + 2 * RELAX_S.len());
/// Time after which an error counts half, seconds.
const HALF_LIFE_S: f64 = 24.0 * 3600.0;
/// Power of a path's mean error in its weight, and the least error that counts, levels.
const SHARPNESS: f64 = 4.0;
const LEAST_ERROR: f64 = 1e-3;
/// Errors from which quantiles are read, and how many are kept.
const LEAST_ERRORS: usize = 24;
const MOST_ERRORS: usize = 384;
/// How fast the slope of recession is followed.
const RECESSION_STEP: f64 = 0.02;

/// A level's past and what it teaches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelForecaster {
    cadence_s: i64,
    /// Levels since the start, gaps filled by the last.
    levels: Vec<f64>,
    /// Mean slope of falling levels, a second; not negative.
    recession: f64,
    recessions: Vec<f64>,
    horizons: Vec<Horizon>,
}

/// What is kept of one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Horizon {
    ahead: usize,
    /// Discounted absolute errors of each path.
    errors: Vec<f64>,
    weight: f64,
    /// Forecasts that wait for their target, the oldest first.
    waiting: Vec<f64>,
    /// Errors of the forecasts, the oldest first.
    seen: Vec<f64>,
}

impl LevelForecaster {
    /// A forecaster up to `longest` intervals ahead.
    pub fn new(cadence_s: i64, longest: usize) -> Self {
        let horizon =
            |ahead| Horizon { ahead, errors: vec![0.0; PATHS], weight: 0.0, waiting: Vec::new(), seen: Vec::new() };
        Self {
            cadence_s: cadence_s.max(1),
            levels: Vec::new(),
            recession: 0.0,
            recessions: Vec::new(),
            horizons: (1..=longest.max(1)).map(horizon).collect(),
        }
    }

    /// Takes the level of the next interval, or that it is missing: then the last one stands in and nothing is learned.
    pub fn observe(&mut self, level: Option<f64>) {
        let known = level.filter(|level| level.is_finite());
        let Some(level) = known.or(self.levels.last().copied()) else { return };
        self.levels.push(level);
        let now = self.levels.len() - 1;
        let slope = self.slope(now, WINDOWS_S[1]);
        if slope < 0.0 && known.is_some() {
            let step = if self.recession > 0.0 { RECESSION_STEP } else { 1.0 };
            self.recession += step * (-slope - self.recession);
        }
        self.recessions.push(self.recession);
        let fading = libm::exp2(-(self.cadence_s as f64) / HALF_LIFE_S);
        for at in 0..self.horizons.len() {
            let ahead = self.horizons[at].ahead;
            if known.is_some() && now >= ahead {
                let paths = self.paths(now - ahead, ahead);
                let horizon = &mut self.horizons[at];
                for (error, path) in horizon.errors.iter_mut().zip(paths) {
                    *error = fading * *error + (path - level).abs();
                }
                horizon.weight = fading * horizon.weight + 1.0;
            }
            self.horizons[at].settle(known);
        }
        for at in 0..self.horizons.len() {
            let forecast = self.forecast(self.horizons[at].ahead);
            self.horizons[at].waiting.push(forecast);
        }
    }

    /// The level expected so many intervals ahead; the last level beyond the longest horizon or before any level.
    pub fn forecast(&self, ahead: usize) -> f64 {
        let Some(last) = self.levels.last().copied() else { return 0.0 };
        let Some(horizon) = ahead.checked_sub(1).and_then(|at| self.horizons.get(at)) else { return last };
        let paths = self.paths(self.levels.len() - 1, ahead);
        let weights = horizon.weights();
        let total: f64 = weights.iter().sum();
        paths.iter().zip(&weights).map(|(path, weight)| path * weight).sum::<f64>() / total
    }

    /// The quantiles of a forecast at some rising shares: as far from it, up and down, as errors at this horizon were so
    /// far. Errors of overlapping forecasts say little anew, so few of them widen the fan. Before there are enough, it is
    /// as wide as the paths lie apart.
    pub fn fan(&self, ahead: usize, shares: &[f64]) -> Vec<f64> {
        let centre = self.forecast(ahead);
        let errors = ahead.checked_sub(1).and_then(|at| self.horizons.get(at)).map_or(&[][..], |at| &at.seen);
        let mut sizes: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
        let mut widen = 1.0 + (ahead as f64 / errors.len().max(1) as f64).sqrt();
        if errors.len() < LEAST_ERRORS {
            let paths = self.levels.len().checked_sub(1).map(|now| self.paths(now, ahead));
            let far = paths.iter().flatten().fold(0.0_f64, |far, path| far.max((path - centre).abs()));
            sizes = (0..=10).map(|step| far * f64::from(step) / 10.0).collect();
            widen = 1.0;
        }
        sizes.sort_unstable_by(f64::total_cmp);
        let at_share = |share: &f64| {
            let place = (2.0 * share - 1.0).abs() * (sizes.len() - 1) as f64;
            sizes.get(place.round() as usize).map_or(0.0, |size| size.copysign(share - 0.5))
        };
        shares.iter().map(|share| centre + widen * at_share(share)).collect()
    }

    /// The highest level expected within so many intervals, and after how many; 0 is now.
    pub fn peak(&self, within: usize) -> (usize, f64) {
        let now = (0, self.levels.last().copied().unwrap_or(0.0));
        let ahead = (1..=within.min(self.horizons.len())).map(|ahead| (ahead, self.forecast(ahead)));
        ahead.fold(now, |best, path| if path.1 > best.1 { path } else { best })
    }

    /// The straight line through now and an hour ago, so many intervals ahead.
    pub fn straight(&self, ahead: usize) -> f64 {
        let Some(last) = self.levels.last() else { return 0.0 };
        last + self.slope(self.levels.len() - 1, WINDOWS_S[0]) * ahead as f64 * self.cadence_s as f64
    }

    /// The slope at an interval over the time before it, a second.
    fn slope(&self, at: usize, window_s: i64) -> f64 {
        let back = usize::try_from(window_s / self.cadence_s).unwrap_or(1).max(1).min(at);
        if back == 0 {
            return 0.0;
        }
        (self.levels[at] - self.levels[at - back]) / (back as i64 * self.cadence_s) as f64
    }

    /// Where each path leads from an interval.
    fn paths(&self, at: usize, ahead: usize) -> [f64; PATHS] {
        let (level, seconds) = (self.levels[at], ahead as f64 * self.cadence_s as f64);
        let mut paths = [level; PATHS];
        let mut place = 1;
        for window in WINDOWS_S {
            let slope = self.slope(at, window);
            paths[place] = level + slope * seconds;
            place += 1;
            for relax in RELAX_S {
                let reach = relax * (1.0 - libm::exp(-seconds / relax));
                for recession in [0.0, self.recessions[at]] {
                    paths[place] = level - recession * seconds + (slope + recession) * reach;
                    place += 1;
                }
            }
        }
        paths
    }
}

impl Horizon {
    /// Learns how far the forecast for this interval was off.
    fn settle(&mut self, level: Option<f64>) {
        if self.waiting.len() < self.ahead {
            return;
        }
        let forecast = self.waiting.remove(0);
        if let Some(level) = level {
            self.seen.push(level - forecast);
            if self.seen.len() > MOST_ERRORS {
                self.seen.remove(0);
            }
        }
    }

    fn weights(&self) -> Vec<f64> {
        if self.weight == 0.0 {
            return vec![1.0; PATHS];
        }
        let mean = |error: &f64| LEAST_ERROR + error / self.weight;
        self.errors.iter().map(|error| libm::pow(mean(error), -SHARPNESS)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A flood that rises for 30 hours, then falls.
    fn flood(hour: f64) -> f64 {
        4.0 + 2.0 * libm::sin(hour / 30.0 * std::f64::consts::FRAC_PI_2)
    }

    #[test]
    fn the_peak_of_a_slowing_rise_is_nearer_than_by_standing_still_or_the_straight_line() {
        let mut forecaster = LevelForecaster::new(900, 48);
        (0..=96).for_each(|step| forecaster.observe(Some(flood(f64::from(step) / 4.0))));
        let (forecast, straight) = (forecaster.forecast(24), forecaster.straight(24));
        let error = |level: f64| (level - flood(30.0)).abs();
        assert!(error(forecast) < error(straight) && error(forecast) < error(flood(24.0)), "{forecast} {straight}");
    }

    #[test]
    fn gaps_and_a_constant_level_give_finite_rising_quantiles() {
        let mut forecaster = LevelForecaster::new(900, 12);
        assert!(forecaster.forecast(3).is_finite());
        for step in 0..60 {
            forecaster.observe((step % 3 > 0).then_some(1.5));
            let fan = forecaster.fan(12, &[0.05, 0.5, 0.95]);
            assert!(fan.iter().all(|level| level.is_finite()) && fan.is_sorted(), "{fan:?}");
        }
        assert!((forecaster.forecast(12) - 1.5).abs() < 1e-9);
    }
}
