//! A record: one observation as written, before its datastream is looked up in a site.
//!
//! Not here: default result times and unknown datastreams (connect), judgement (engine).
//! Invariant: times have an offset and lie in the allowed range, a result is finite or missing.

use std::borrow::Cow;

use city::Time;

use crate::problem::{Problem, Problems, RecordPlace};

/// Longest phenomenonTime, resultTime, datastream or result, bytes: room for every float written without an exponent.
pub const MAX_FIELD_BYTES: usize = 512;

/// Longest row of a text format, bytes.
pub const MAX_ROW_BYTES: usize = 64 * 1024;

/// One observation as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Record<'a> {
    /// The datastream's id.
    pub datastream: Cow<'a, str>,
    /// Start of the interval the result is about.
    pub phenomenon_time: Time,
    /// The UTC offset the phenomenon time was written with, seconds east.
    pub offset_s: i32,
    /// When the result became available, if it is said.
    pub result_time: Option<Time>,
    /// The result; absent means missing.
    pub result: Option<f64>,
    /// Where it stands.
    pub place: RecordPlace,
}

/// What a parser hands to its visitor for each record of the input.
pub type Row<'a> = Result<Record<'a>, Problem>;

/// The records and problems of a whole input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed<'a> {
    /// The good records, in the order of the input.
    pub records: Vec<Record<'a>>,
    /// What was refused.
    pub problems: Problems,
}

impl<'a> Parsed<'a> {
    /// Takes one row; the visitor of the `parse` functions.
    pub(crate) fn take(&mut self, row: Row<'a>) {
        match row {
            Ok(record) => self.records.push(record),
            Err(problem) => self.problems.push(problem),
        }
    }
}
