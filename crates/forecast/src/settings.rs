//! What is to be forecast.
//!
//! Not here: how.
//! Invariant: settings that were checked have rising horizons within a day and rising levels between 0 and 1, one of
//! them the median.

use serde::{Deserialize, Serialize};

use crate::boost::BoostSettings;
use crate::calibrate::MOST_LEVELS;
use crate::history::History;

/// Most series of one forecaster.
pub const MOST_SERIES: usize = 100_000;

/// What is to be forecast.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Horizons in intervals, rising.
    pub horizons: Vec<usize>,
    /// Quantile levels, rising, with 0.5 among them.
    pub levels: Vec<f32>,
    /// How trees are grown; without them the linear tier is the last.
    pub boost: Option<BoostSettings>,
    /// The share of past values below the high level whose exceedance is forecast.
    pub exceed: Option<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            horizons: vec![1, 2, 3, 4],
            levels: vec![0.01, 0.05, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.95, 0.99],
            boost: Some(BoostSettings::default()),
            exceed: None,
        }
    }
}

/// Why nothing can be forecast.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No value in the time that is learned from.
    #[error("there is no value to learn from")]
    NoValues,
    /// Too few values in all.
    #[error("{values} values in all are too few to learn from; at least {least} are needed")]
    TooFewValues {
        /// How many there are.
        values: usize,
        /// How many are needed.
        least: usize,
    },
    /// Too many series.
    #[error("{series} series; at most {limit} are forecast together", limit = MOST_SERIES)]
    TooManySeries {
        /// How many there are.
        series: usize,
    },
    /// Horizons that cannot be.
    #[error("horizons must rise, from one interval to at most one day ({longest} intervals)")]
    Horizons {
        /// Intervals of a day.
        longest: usize,
    },
    /// Levels that cannot be.
    #[error("quantile levels must rise, lie between 0 and 1, hold 0.5 and be at most {limit}", limit = MOST_LEVELS)]
    Levels,
    /// A share that cannot be.
    #[error("the level whose exceedance is forecast must be a share between 0 and 1")]
    Exceed,
}

/// Fewest values that are learned from.
const LEAST_VALUES: usize = 8;

impl Settings {
    /// Checks the settings against a history.
    pub(crate) fn check(&self, history: &History) -> Result<(), Refusal> {
        let series = history.series().len();
        if series > MOST_SERIES {
            return Err(Refusal::TooManySeries { series });
        }
        let longest = history.calendar().slots();
        let rising = self.horizons.windows(2).all(|pair| pair[0] < pair[1]);
        if !rising || self.horizons.first().is_none_or(|first| *first == 0) || self.horizons.last() > Some(&longest) {
            return Err(Refusal::Horizons { longest });
        }
        let inside = self.levels.iter().all(|level| *level > 0.0 && *level < 1.0);
        let rising = self.levels.windows(2).all(|pair| pair[0] < pair[1]);
        if !inside || !rising || self.levels.len() > MOST_LEVELS || self.median().is_none() {
            return Err(Refusal::Levels);
        }
        if self.exceed.is_some_and(|share| !(share > 0.0 && share < 1.0)) {
            return Err(Refusal::Exceed);
        }
        let seen = |tick| history.row(tick).iter().filter(|value| !value.is_nan()).count();
        let values: usize = (history.first_tick()..history.end_tick()).map(seen).sum();
        match values {
            0 => Err(Refusal::NoValues),
            few if few < LEAST_VALUES => Err(Refusal::TooFewValues { values, least: LEAST_VALUES }),
            _ => Ok(()),
        }
    }

    /// The place of the median among the levels.
    pub fn median(&self) -> Option<usize> {
        self.levels.iter().position(|level| (level - 0.5).abs() < 1e-6)
    }
}
