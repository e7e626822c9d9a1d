//! The invariants as functions: called by tests, by the simulator and by production metrics.
//!
//! Not here: INV-09 (the API's streams), INV-05 to INV-08 (parts that do not exist yet).
//! Invariant: a check reads only public views, and says what is wrong in words.
