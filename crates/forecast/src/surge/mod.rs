//! Surges: what no profile knows, found by evidence that adds up over a few values.
//!
//! Not here: warnings (engine), fans (`forecaster`).
//! Invariant: evidence at a tick rests on values up to it alone; a missing value raises nothing.
//!
//! docs/surges.md has the equations and what was tried.

mod adapt;
mod aftermath;
mod filter;
mod learn;
mod shape;
mod threshold;
pub mod trial;
mod watch;

pub use adapt::{Adaptation, Surged};
pub use aftermath::{Aftermath, aftermath};
pub use filter::Detector;
pub use watch::{Surge, SurgeChange, SurgeWatch};
