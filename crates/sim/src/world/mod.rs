//! The world: individual people on a site's network.
//!
//! Not here: what sensors make of it (`sensing`), what the evening's departments do (`evening`).
//! Invariant: people are conserved to the person, in every zone and step.

mod moment;

pub use moment::Moment;
