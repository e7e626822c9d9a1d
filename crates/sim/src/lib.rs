//! The simulator: a seeded evening at the Bund that plays observations of every datastream of its site.
//!
//! Not here: any code of the engine (this is an independent truth to hold it against), any clock or I/O.
//! Invariant: the same site and seed give the same rows, and people are conserved exactly: what is in a zone
//! after a minute is what was in it, plus what its gates and links brought, minus what they took.
//!
//! Facts, assumptions and formulas: docs/evening.md.

mod chance;
mod curve;
mod evening;
mod flow;
mod gates;
mod graph;
mod indicator;
mod measures;
mod play;
mod sensing;
mod targets;
mod timeline;
mod truth;
mod world;

pub use evening::{Evening, EveningError, EveningStep, Simulated, evening, evening_with};
pub use play::{Play, Step};
pub use sensing::{
    Between, Cameras, Delivery, FAULT_MIN_READING, Faults, Injected, Lines, Phones, RATE_EVERY_S, Rate, Settings, Shared,
    Surge, Wandering, direction,
};
pub use timeline::{MINUTES, PEAK_MINUTE, START, VISITS_BEFORE_START, VISITS_OF_DAY, time_of};
pub use truth::{Passage, Truth};
pub use world::Moment;
