//! Rows that can be read and whose datastream can never have had such a result: said to the sender, and logged all the
//! same, so that they count against their sensor.
//!
//! Not here: the limits themselves (`city::Datastream::refuses`), records that cannot be read (formats).
//! Invariant: collecting them takes bounded memory.

use std::fmt;

use city::{DatastreamId, RejectionReason};
use formats::{KEPT_PROBLEMS, RecordPlace, quoted};

/// A row whose result its datastream refuses.
#[derive(Clone, Debug, PartialEq)]
pub struct BarredRow {
    /// Where it stands.
    pub place: RecordPlace,
    /// Whose result it claims to be.
    pub datastream: DatastreamId,
    /// The result.
    pub result: f64,
    /// What is wrong with it.
    pub reason: RejectionReason,
}

impl BarredRow {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self.reason {
            RejectionReason::Negative => "count people from 0 up, or leave the result empty if it is missing",
            RejectionReason::BelowMin | RejectionReason::AboveMax => {
                "look after the sensor and its unit, or mend min and max in site.toml"
            }
            _ => "leave the result empty if it is missing",
        }
    }
}

impl fmt::Display for BarredRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.reason {
            RejectionReason::Negative => "is negative, and it counts people",
            RejectionReason::BelowMin => "is below its smallest plausible result",
            RejectionReason::AboveMax => "is above its largest plausible result",
            _ => "is not a finite number",
        };
        let id = quoted(self.datastream.as_str());
        write!(f, "datastream '{id}': {} {why}; it is counted against the sensor", self.result)
    }
}

/// The first [`KEPT_PROBLEMS`] of them and the number of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Barred {
    first: Vec<BarredRow>,
    total: usize,
}

impl Barred {
    pub(crate) fn push(&mut self, row: BarredRow) {
        self.total += 1;
        if self.first.len() < KEPT_PROBLEMS {
            self.first.push(row);
        }
    }

    /// The first ones, in the order of the input.
    pub fn first(&self) -> &[BarredRow] {
        &self.first
    }

    /// How many there were.
    pub fn total(&self) -> usize {
        self.total
    }
}
