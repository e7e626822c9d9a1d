//! Observations from outside into batches of the site: a file, or the body of a request.
//!
//! Not here: what a format looks like (formats), the HTTP server (api), the log (store).
//! Invariant: the same records give the same batch, whatever the format and the transport; rows come in the order of
//! their result times, ties in the order of the input.

pub mod file;
pub mod push;
pub mod reality;

mod barred;
mod gather;
mod lookup;

pub use barred::{Barred, BarredRow};
pub use lookup::Lookup;
