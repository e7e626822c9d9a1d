//! The API's router against a small desk in memory: each endpoint, each refusal, and the stream over a real socket.
//!
//! Not here: the real desk, which the end-to-end tests of the binary exercise.
//! Invariant: no sleeps, no network beyond loopback.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod client;
mod commands;
mod double;
mod events;
mod ingest;
mod reads;
mod refusals;
mod stream_law;
