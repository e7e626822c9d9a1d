//! The binary's own code: command line, configuration, and the node that wires log, engine and screens.
//!
//! Not here: rules of any kind; those live in the crates below.
//! Invariant: this is the only place where the parts meet, and the only one that knows the wall clock.

pub mod backtest;
pub mod cli;
pub mod command;
pub mod config;
pub mod node;
pub mod score;
pub mod telemetry;
