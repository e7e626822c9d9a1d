//! Wire formats and site folders: text in, records and problems out.
//!
//! Not here: I/O, clocks, compression (connect), the meaning of an observation (engine).
//! Invariant: pure and total; one bad record never loses the rest.

pub mod site;
