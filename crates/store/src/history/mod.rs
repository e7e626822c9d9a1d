//! History: what charts and reports read, in `history.db`.
//!
//! Every series (a datastream's results, a zone's or a group's estimates) is a row of compressed chunks of points with rollups
//! beside them; its newest points are *open*: in memory, and saved in small segments that a restart reads back.
//! Warnings are kept as issued, one row a change.
//!
//! Here: the types. Beside it: `writer` ([`History`]), `reader` ([`HistoryReader`]), `open` (points in memory), `chunk`
//! and `segment` (bytes), `window` (aggregation), `tables` (SQL),
//! `names` (from ids to positions).
//! Not here: truth. History follows from the log (and, for what retention dropped, from its own past) and may lag
//! behind it: [`History::complete_to`] says how far it survives a crash, and events up to there are ignored when they
//! come again.
//! Invariant: a reader sees every recorded point once, whether it is saved or not.

mod chunk;
mod names;
mod open;
mod reader;
mod segment;
mod tables;
#[cfg(test)]
mod tests;
mod warnings;
mod window;
mod writer;

use city::{DatastreamIx, GroupIx, IssuedWarning, Seq, Time, WarningChange, ZoneIx};

pub use reader::HistoryReader;
pub use tables::HISTORY_FILE;
pub(crate) use tables::KIND;
pub use writer::History;

/// Widths of the rollups, seconds: each is made only where it is at least twice as coarse as the data.
pub const ROLLUP_WIDTHS_S: [u32; 3] = [60, 900, 3600];

/// A series of the site in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeriesKey {
    /// The results of a datastream, in its unit.
    Datastream(DatastreamIx),
    /// The people in a zone, on the minute, as estimated then.
    Zone(ZoneIx),
    /// The people in a group, likewise.
    Group(GroupIx),
}

/// A point of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Start of the interval it is about.
    pub time: Time,
    /// The value; absent when the source said "missing".
    pub value: Option<f64>,
    /// The 90 % interval of an estimate.
    pub interval: Option<(f64, f64)>,
}

/// A series over one window; windows without a value are left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Its start, a multiple of its width since 1970.
    pub start: Time,
    /// Values in it; missing ones do not count.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// The latest.
    pub last: f64,
}

/// A change of a warning, as issued.
#[derive(Clone, Debug, PartialEq)]
pub struct IssuedChange {
    /// The entry that made it.
    pub seq: Seq,
    /// When.
    pub at: Time,
    /// What happened.
    pub change: WarningChange,
    /// The warning after it, and what it named then.
    pub issued: IssuedWarning,
}
