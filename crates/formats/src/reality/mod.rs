//! Files that say what really was, for scoring: people in zones, faults of sensors, detection rates.
//!
//! Not here: opening and unpacking files (connect), scores (the binary).
//! Invariant: each good row names things of the site, is said once, and is possible; every other row is a problem with
//! its line, and costs itself alone.

mod faults;
mod rates;
mod truth;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use city::{DatastreamIx, Site};

pub use crate::csv::table::TableError;
pub use faults::{FaultRow, Faults};
pub use rates::{RateRow, Rates, direction};
pub use truth::{Truth, TruthRow};

use crate::csv::table::{TableReader, TableRow};
use crate::problem::{Problem, Problems, Reason, quoted};

/// Most rows of one file that are held; further ones are refused as a whole.
pub const MAX_ROWS: usize = 10_000_000;

/// A kind of file: its columns and its rows.
pub trait Told: Sized {
    /// A good row.
    type Row;
    /// The header, in the order in which it is usually written.
    const COLUMNS: &'static [&'static str];
    /// A file of this kind, about this site.
    fn about(site: &Site) -> Self;
    /// Takes a row that could be split.
    #[doc(hidden)]
    fn take(&mut self, row: TakenRow<'_>) -> Result<Self::Row, Reason>;
}

/// A row on its way into a [`Told`].
pub struct TakenRow<'a>(TableRow<'a>);

/// Reads one file of a kind, in chunks.
pub struct RealityReader<T: Told> {
    told: T,
    table: TableReader,
    taken: Taken<T::Row>,
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken<R> {
    /// The good rows, in the order of the file.
    pub rows: Vec<R>,
    /// The others.
    pub problems: Problems,
    /// More good rows came than [`MAX_ROWS`].
    pub is_full: bool,
}

impl<R> Default for Taken<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), problems: Problems::default(), is_full: false }
    }
}

impl<R> Taken<R> {
    fn put(&mut self, row: Result<R, Problem>) {
        match row {
            Err(problem) => self.problems.push(problem),
            Ok(_) if self.rows.len() == MAX_ROWS => self.is_full = true,
            Ok(row) => self.rows.push(row),
        }
    }
}

impl<T: Told> RealityReader<T> {
    /// A reader about `site`.
    pub fn new(site: &Site) -> Self {
        Self { told: T::about(site), table: TableReader::new(T::COLUMNS), taken: Taken::default() }
    }

    /// Takes a chunk.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), TableError> {
        let Self { told, table, taken } = self;
        table.feed(chunk, |row: Result<TableRow<'_>, Problem>| taken.put(judged(told, row)))
    }

    /// Takes the last row, which needs no line break. Not to be called when the text was cut off.
    pub fn finish(mut self) -> Result<Taken<T::Row>, TableError> {
        let Self { told, table, taken } = &mut self;
        table.finish(|row: Result<TableRow<'_>, Problem>| taken.put(judged(told, row)))?;
        Ok(self.taken)
    }

    /// The line up to which rows were taken, and whether more came than are held.
    pub fn reached(&self) -> (u64, bool) {
        (self.table.line(), self.taken.is_full)
    }

    /// What was taken before the text broke off.
    pub fn broken_off(self) -> Taken<T::Row> {
        self.taken
    }
}

fn judged<T: Told>(told: &mut T, row: Result<TableRow<'_>, Problem>) -> Result<T::Row, Problem> {
    let row = row?;
    let place = row.place;
    told.take(TakenRow(row)).map_err(|reason| Problem { place, reason })
}

/// The datastreams of a site by id: look-ups only.
#[derive(Debug)]
struct Datastreams(BTreeMap<String, DatastreamIx>);

impl Datastreams {
    fn of(site: &Site) -> Self {
        Self(site.datastreams.iter().enumerate().map(|(ix, stream)| (stream.id.to_string(), ix.into())).collect())
    }

    fn find(&self, id: &str) -> Result<DatastreamIx, Reason> {
        self.0.get(id).copied().ok_or_else(|| Reason::UnknownDatastream { id: quoted(id) })
    }
}
