//! The domain types every other crate speaks: ids, units, time, the site, inputs, log entries, events, effects.
//!
//! Not here: any behaviour of the engine, any I/O, clock, thread or randomness, any wire format.
//! Invariant: every type is plain data, ordered and serialisable, so that the log, the snapshot and the
//! state hash depend on nothing but the values.

mod datastream;
mod event;
mod finding;
mod human;
mod ids;
mod input;
mod level;
mod measure;
mod observation;
mod place;
mod site;
mod state;
mod text;
mod time;
mod warning;

pub use datastream::*;
pub use event::*;
pub use finding::*;
pub use human::*;
pub use ids::*;
pub use input::*;
pub use level::*;
pub use measure::*;
pub use observation::*;
pub use place::*;
pub use site::*;
pub use state::*;
pub use text::*;
pub use time::*;
pub use warning::*;
