//! Quantile forecasts of counts at 1 to 60 minutes' cadence: the shape of days, what residuals become, how wide to be.
//!
//! Not here: I/O, a clock, threads, a time-zone database; warnings and zones (foresight).
//! Invariant: a forecast rests on values up to its origin alone; the same values give the same bits; quantiles rise, are
//! finite and never negative.
//!
//! docs/forecasting.md has the equations and what was tried.

mod baseline;
mod boost;
mod calendar;
mod calibrate;
mod chance;
mod crossing;
mod dynamics;
mod exceed;
mod fit;
mod forecaster;
mod guard;
mod history;
mod linear;
mod network;
mod occasions;
mod online;
mod paths;
mod profile;
mod settings;
mod stream;
mod training;

pub mod backtest;
pub mod level;
pub mod surge;

pub use baseline::{Baseline, Baselines, Target};
pub use boost::BoostSettings;
pub use calendar::{Calendar, CalendarError, DayClass, DayType, Event, Slot};
pub use chance::split_mix;
pub use exceed::Contingency;
pub use forecaster::Forecaster;
pub use history::{History, Series};
pub use settings::{Refusal, Settings};
