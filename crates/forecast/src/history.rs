//! Past values of all series, tick by tick.
//!
//! Not here: reading files (the shell), learning (`fit`).
//! Invariant: rows are successive ticks; a value is finite and not negative, or missing (NaN).

use city::Time;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;

/// What is known of a series besides its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Series of one group share a network mean and the shape of a cold start: entries, exits.
    pub group: usize,
    /// The other direction of the same place.
    pub pair: Option<usize>,
    /// True when values are whole numbers: small ones are then forecast as whole numbers.
    pub is_count: bool,
}

/// Values of all series at successive ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    calendar: Calendar,
    series: Vec<Series>,
    first_tick: i64,
    values: Vec<f32>,
}

impl History {
    /// An empty history whose first row will be the interval that holds `first`.
    pub fn new(calendar: Calendar, series: Vec<Series>, first: Time) -> Self {
        let first_tick = calendar.tick(first);
        Self { calendar, series, first_tick, values: Vec::new() }
    }

    /// Sets a value; rows between are missing. A value that is negative or not finite is missing.
    pub fn set(&mut self, tick: i64, series: usize, value: f64) {
        let Ok(row) = usize::try_from(tick - self.first_tick) else { return };
        let width = self.series.len();
        if series >= width {
            return;
        }
        if self.values.len() < (row + 1) * width {
            self.values.resize((row + 1) * width, f32::NAN);
        }
        self.values[row * width + series] = if value.is_finite() && value >= 0.0 { value as f32 } else { f32::NAN };
    }

    /// The clock and calendar.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The series.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// The first tick.
    pub fn first_tick(&self) -> i64 {
        self.first_tick
    }

    /// The tick after the last.
    pub fn end_tick(&self) -> i64 {
        let width = self.series.len().max(1);
        self.first_tick + (self.values.len() / width) as i64
    }

    /// The values of a tick; empty outside the history.
    pub fn row(&self, tick: i64) -> &[f32] {
        let width = self.series.len();
        match usize::try_from(tick - self.first_tick) {
            Ok(row) if row * width < self.values.len() => &self.values[row * width..(row + 1) * width],
            _ => &[],
        }
    }

    /// The value of a series at a tick, if there is one.
    pub fn value(&self, tick: i64, series: usize) -> Option<f32> {
        self.row(tick).get(series).copied().filter(|value| !value.is_nan())
    }

    /// The same values with nothing known ahead.
    #[must_use]
    pub fn without_events(&self) -> Self {
        Self { calendar: self.calendar.without_events(), ..self.clone() }
    }

    /// The part before a tick.
    #[must_use]
    pub fn before(&self, tick: i64) -> Self {
        let width = self.series.len();
        let rows = usize::try_from(tick - self.first_tick).unwrap_or(0);
        let values = self.values[..(rows * width).min(self.values.len())].to_vec();
        Self { calendar: self.calendar.clone(), series: self.series.clone(), first_tick: self.first_tick, values }
    }
}
