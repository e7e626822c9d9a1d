//! Tests of the real binary, started as a process and spoken to over HTTP.
//!
//! Not here: tests of the parts, which stand with their crates.
//! Invariant: every server started here is ended here, and nothing outside a temporary folder is touched.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod change;
mod disk;
mod http;
mod kill;
mod refusals;
mod server;
mod site;
mod stopping;
