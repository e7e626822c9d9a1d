//! The estimator: how many people are where, with an interval, from counters that miss people and cameras that misjudge.
//!
//! Not here: order and repetition of observations (observe), what a screen shows (views), warnings (warn).
//! Invariant: everything it knows is in the state; nothing it adds or takes is without an event (INV-03).
//!
//! Equations, noise model, sources and limits: docs/estimation.md. A zone has a small filter of its own (`layout`, `filter`, `zone`,
//! `area`); a group and the whole site each have one of what all their sensors have in common (`basin`, `balance`).

pub(crate) mod area;
pub(crate) mod balance;
pub(crate) mod basin;
mod carry;
pub(crate) mod filter;
pub(crate) mod interval;
pub(crate) mod layout;
pub(crate) mod lock;
mod pace;
pub(crate) mod past;
pub(crate) mod rate;
pub(crate) mod zone;
