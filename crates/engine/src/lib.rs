//! The deterministic core: `apply(&mut City, &Entry) -> Outcome`, the live state of a site and its invariants.
//!
//! Not here: a clock, I/O, threads, randomness, a wire format, the store; how a site folder is read.
//! Invariant: the state is a function of the entries alone. The state hash does not depend on how observations are
//! cut into batches, how ticks are spaced or where a replay pauses (INV-01), and `apply` never fails: what is refused
//! becomes [`city::Event::Rejected`].

mod adopt;
mod apply;
mod carry;
mod estimate;
mod health;
mod human;
mod index;
pub mod invariants;
mod measures;
mod moved;
mod observe;
mod occupancy;
mod precursor;
mod recent;
mod rows;
mod snapshot;
mod state;
mod stream;
mod timers;
mod turn;
mod views;
mod warn;

pub use crate::apply::{apply, apply_into};
pub use crate::snapshot::SnapshotError;
pub use crate::state::{City, Ledger};

/// Version of the engine: an entry log is re-applied, and a snapshot loaded, only by the version that wrote it.
pub const VERSION: &str = concat!("yiwang-engine/", env!("CARGO_PKG_VERSION"), "/5");

/// Named bounds of the engine, each documented where it works.
pub mod limits {
    pub use crate::estimate::area::{OFFICER_ERROR_SHARE, PHYSICAL_PER_M2, SATURATION_PER_M2};
    pub use crate::estimate::rate::FACTOR_MAX;
    pub use crate::human::HUMAN_HOLDS_MAX_S;
    pub use crate::occupancy::{COUNT_MAX, SETTLE_S, UNKNOWN_AFTER_S};
    pub use crate::precursor::{
        FILLING_HORIZON_S, HELD_BACK_S, LOCKED_SHARE, SATURATED_SHARE, STAGNANT_OUTFLOW_PER_M_S, STAGNATION_PER_M2,
        STAGNATION_S,
    };
    pub use crate::stream::{HELD_MAX, RECENT_MAX};
    pub use crate::warn::EFFECTS_MAX;
}
