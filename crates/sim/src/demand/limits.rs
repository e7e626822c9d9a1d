//! The limits of a `demand.toml`: what is larger is refused, so that a hostile file costs little.
//!
//! Not here: what the keys mean (`raw`).
//! Invariant: each limit lies well above what a site needs.

/// The largest file that is read, bytes.
pub const MAX_DEMAND_BYTES: usize = 1 << 20;
/// The longest demand, minutes: one day.
pub const MAX_MINUTES: u32 = 1440;
/// The most people who may come in a minute.
pub const MAX_PEOPLE_PER_MIN: f64 = 100_000.0;
/// The most points of a series.
pub const MAX_POINTS: usize = 1440;
/// The most attractions.
pub const MAX_ATTRACTIONS: usize = 16;
/// The most purposes: a person's fits four bits.
pub const MAX_PURPOSES: usize = 16;
/// The most visits of a purpose.
pub const MAX_VISITS: usize = 32;
/// The most events and decided measures, each.
pub const MAX_EVENTS: usize = 256;
/// The most problems that are reported.
pub const MAX_PROBLEMS: usize = 50;
