//! The forecasts every other one is held against: persistence, last week, the day type's mean, and the ridge floor.
//!
//! Not here: scores.
//! Invariant: each rests on values up to the origin alone; `None` where it has nothing to say.
//!
//! The floor: the profile is the mean of past days of the same day type; one ridge regression for each horizon, pooled
//! over all series, penalty 10⁴, on the series' last four residuals (counts; 0 where missing).

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, DayType, Slot};
use crate::history::History;
use crate::linear::Gram;

/// A baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// The last value.
    Persistence,
    /// The value a week before the target.
    LastWeek,
    /// The mean of past days of the same type.
    DayTypeMean,
    /// The day type's mean and a pooled ridge on the last residuals.
    Ridge,
}

impl Baseline {
    /// All, in the order of tables.
    pub const ALL: [Self; 4] = [Self::Persistence, Self::LastWeek, Self::DayTypeMean, Self::Ridge];

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Persistence => "persistence",
            Self::LastWeek => "last_week",
            Self::DayTypeMean => "day_type_mean",
            Self::Ridge => "ridge",
        }
    }
}

/// An interval ahead.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    place: Slot,
    day_type: DayType,
    horizon: usize,
}

/// Residuals the floor looks back at.
const LAGS: usize = 4;
/// The floor's penalty.
const PENALTY: f64 = 1e4;
/// Intervals after which the last value is no forecast any more.
const STALE: usize = 96;

/// State of the baselines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baselines {
    series: usize,
    slots: usize,
    horizons: Vec<usize>,
    /// By (day type, slot, series).
    sums: Vec<f32>,
    counts: Vec<u16>,
    /// The running day, by (slot, series), NaN where missing.
    today: Vec<f32>,
    day: i64,
    /// The last seven days before it, a ring by day number.
    week: Vec<f32>,
    week_days: [i64; 7],
    last: Vec<f32>,
    silent: Vec<u16>,
    /// The newest first.
    lags: [Vec<f32>; LAGS],
    /// By horizon.
    ridge: Vec<[f32; LAGS]>,
}

impl Baselines {
    /// Baselines that know nothing.
    pub fn new(series: usize, slots: usize, horizons: &[usize]) -> Self {
        Self {
            series,
            slots,
            horizons: horizons.to_vec(),
            sums: vec![0.0; 2 * slots * series],
            counts: vec![0; 2 * slots * series],
            today: vec![f32::NAN; slots * series],
            day: i64::MIN,
            week: vec![f32::NAN; 7 * slots * series],
            week_days: [i64::MIN; 7],
            last: vec![f32::NAN; series],
            silent: vec![0; series],
            lags: std::array::from_fn(|_| vec![0.0; series]),
            ridge: vec![[0.0; LAGS]; horizons.len()],
        }
    }

    /// Bytes of what grows with the number of series.
    pub(crate) fn bytes(&self) -> usize {
        let floats = self.sums.len() + self.today.len() + self.week.len() + (LAGS + 1) * self.series;
        4 * floats + 2 * (self.counts.len() + self.series)
    }

    /// Learns the floor from a history and takes the history in.
    pub fn fit(history: &History, horizons: &[usize]) -> Self {
        let calendar = history.calendar();
        let mut taken = Self::new(history.series().len(), calendar.slots(), horizons);
        for tick in history.first_tick()..history.end_tick() {
            taken.observe(calendar, tick, history.row(tick));
        }
        taken.close_day(calendar);
        let ridge = taken.learn_ridge(history);
        let mut fitted = Self::new(history.series().len(), calendar.slots(), horizons);
        fitted.ridge = ridge;
        fitted
    }

    /// One regression for each horizon on residuals about the means of the other days of the type.
    fn learn_ridge(&self, history: &History) -> Vec<[f32; LAGS]> {
        let calendar = history.calendar();
        let mut grams = vec![Gram::new(LAGS); self.horizons.len()];
        let residual = |tick: i64, s: usize| {
            let value = history.value(tick, s)?;
            let place = calendar.slot(tick);
            self.mean_without(calendar.class(place.day).day_type(), place.slot, s, value).map(|mean| value - mean)
        };
        for s in 0..self.series {
            let residuals: Vec<Option<f32>> =
                (history.first_tick()..history.end_tick()).map(|tick| residual(tick, s)).collect();
            for origin in LAGS - 1..residuals.len() {
                let lags = std::array::from_fn::<_, LAGS, _>(|lag| residuals[origin - lag]);
                if lags.iter().any(Option::is_none) {
                    continue;
                }
                let lags = lags.map(Option::unwrap_or_default);
                for (gram, ahead) in grams.iter_mut().zip(&self.horizons) {
                    if let Some(Some(target)) = residuals.get(origin + ahead) {
                        gram.add(&lags, *target, 1.0);
                    }
                }
            }
        }
        let solved = |gram: &Gram| {
            let w = gram.ridge(PENALTY);
            std::array::from_fn(|lag| w[lag] as f32)
        };
        grams.iter().map(solved).collect()
    }

    /// The mean of the other days of a type.
    fn mean_without(&self, day_type: DayType, slot: usize, s: usize, value: f32) -> Option<f32> {
        let at = (day_type.index() * self.slots + slot) * self.series + s;
        let count = self.counts[at].checked_sub(1).filter(|count| *count > 0)?;
        Some((self.sums[at] - value) / f32::from(count))
    }

    /// Takes the values of the next tick, NaN where missing.
    pub fn observe(&mut self, calendar: &Calendar, tick: i64, values: &[f32]) {
        let place = calendar.slot(tick);
        if place.day != self.day {
            self.close_day(calendar);
            self.day = place.day;
        }
        self.lags.rotate_right(1);
        let day_type = calendar.class(place.day).day_type();
        for s in 0..self.series {
            let value = values.get(s).copied().unwrap_or(f32::NAN);
            self.today[place.slot * self.series + s] = value;
            self.silent[s] = self.silent[s].saturating_add(1);
            self.lags[0][s] = 0.0;
            if !value.is_nan() {
                self.last[s] = value;
                self.silent[s] = 0;
                self.lags[0][s] = self.mean(day_type, place.slot, s).map_or(0.0, |mean| value - mean);
            }
        }
    }

    /// Moves the running day into the means and the week.
    fn close_day(&mut self, calendar: &Calendar) {
        let cells = self.slots * self.series;
        if self.day != i64::MIN {
            let from = calendar.class(self.day).day_type().index() * cells;
            for (at, value) in self.today.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
                self.sums[from + at] += value;
                self.counts[from + at] = self.counts[from + at].saturating_add(1);
            }
            let place = usize::try_from(self.day.rem_euclid(7)).unwrap_or(0);
            self.week[place * cells..(place + 1) * cells].copy_from_slice(&self.today);
            self.week_days[place] = self.day;
        }
        self.today.fill(f32::NAN);
        self.day = i64::MIN;
    }

    /// The mean of past days of a type, of the other type if there is none.
    fn mean(&self, day_type: DayType, slot: usize, s: usize) -> Option<f32> {
        let of = |day_type: usize| {
            let at = (day_type * self.slots + slot) * self.series + s;
            (self.counts[at] > 0).then(|| self.sums[at] / f32::from(self.counts[at]))
        };
        of(day_type.index()).or_else(|| of(1 - day_type.index()))
    }

    /// The interval `horizons[horizon]` after `tick`.
    pub fn target(&self, calendar: &Calendar, tick: i64, horizon: usize) -> Target {
        let place = calendar.slot(tick + self.horizons[horizon] as i64);
        Target { place, day_type: calendar.class(place.day).day_type(), horizon }
    }

    /// The four forecasts of a series for a target, in the order of [`Baseline::ALL`].
    pub fn forecast(&self, target: Target, s: usize) -> [Option<f32>; 4] {
        let Slot { day, slot } = target.place;
        let mean = self.mean(target.day_type, slot, s);
        let last = (usize::from(self.silent[s]) < STALE).then_some(self.last[s]).filter(|value| !value.is_nan());
        let weights = self.ridge[target.horizon];
        let step: f32 = weights.iter().zip(&self.lags).map(|(weight, lag)| weight * lag[s]).sum();
        [last, self.last_week(day, slot, s), mean, mean.map(|mean| (mean + step).max(0.0))]
    }

    fn last_week(&self, day: i64, slot: usize, s: usize) -> Option<f32> {
        let place = usize::try_from(day.rem_euclid(7)).unwrap_or(0);
        if self.week_days[place] != day - 7 {
            return None;
        }
        let value = self.week[(place * self.slots + slot) * self.series + s];
        (!value.is_nan()).then_some(value)
    }
}
