//! The simulator: individual people on a site's network, and sensors that err and fail over them.
//!
//! Not here: any code of the engine (this is an independent truth to hold it against), any clock or I/O.
//! Invariant: the same site, demand, seed and settings give the same rows, and people are conserved exactly: what is in
//! a zone after a step is what was in it, plus what its gates, links and side doors brought, minus what they took.
//!
//! The people: docs/evening.md. The sensors and the files of a run: docs/simulation.md.

mod chance;
pub mod demand;
mod evening;
mod indicator;
mod measures;
mod play;
mod sensing;
mod world;

pub use evening::{Evening, EveningStep, Simulated, evening};
pub use play::{Play, PlayStart, Step};
pub use sensing::{
    Between, Cameras, Delivery, Faults, Injected, Lines, Phones, RATE_EVERY_S, Rate, Settings, Shared, Surge, Wandering,
};
pub use world::{
    DemandRow, InitialRow, MAX_DAYS, MAX_PLACES, Moment, Passage, Spell, World, WorldError, WorldStart, spells,
};
