//! Rolling forecasts over a file of observations: the file becomes a history, scores become a report.
//!
//! Not here: the command line (command/backtest), forecasts and scores (forecast).
//! Invariant: what is left out of a file is counted and said.

pub mod given;
pub mod levels;
pub mod plots;
pub mod read;
pub mod report;
