//! The site on the wire.
//!
//! Not here: its geometry (`geo`).
//! Invariant: every reference to another part of the site is by id.
