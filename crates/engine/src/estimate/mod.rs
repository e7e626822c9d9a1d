//! The estimator: how many people are where, with an interval, from counters that miss people and cameras that misjudge.
//!
//! Not here: order and repetition of observations (observe), what a screen shows (views), warnings (warn).
//! Invariant: everything it knows is in the state; nothing it adds or takes is without an event (INV-03).

mod expect;

pub(crate) use expect::Expected;
