//! A CSV table whose columns are known by name, in any order, further columns ignored; whole or in chunks.
//!
//! Not here: what the rows mean.
//! Invariant: as for observations, a bad line costs itself alone and memory is bounded.

use std::borrow::Cow;

use city::Time;

use super::lines::{Lines, Utf16};
use super::split::{Ending, Fields};
use crate::number::read_number;
use crate::problem::{Problem, Reason, RecordPlace, quoted};
use crate::record::MAX_FIELD_BYTES;
use crate::stamp::StampReader;

/// Longest header repeated in a message, characters.
const SHOWN_HEADER: usize = 200;

/// Why a text as a whole is not the table it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Nothing in it.
    #[error("there is nothing in it; its first line must be: {expected}")]
    Empty {
        /// The header it should have.
        expected: String,
    },
    /// UTF-16, which spreadsheets write as "Unicode text".
    #[error("it is UTF-16 text; save it as CSV in UTF-8")]
    Utf16,
    /// Columns are missing or occur twice.
    #[error("wrong header: {}; found: {found}. The first line must be {expected}, with commas", what.join(", "))]
    Header {
        /// What is wrong, column by column.
        what: Vec<String>,
        /// The header as found.
        found: String,
        /// The header it should have.
        expected: String,
    },
    /// The first line cannot be split into columns.
    #[error("wrong header: {reason}; the first line must be {expected}")]
    BadHeader {
        /// Why not.
        reason: Reason,
        /// The header it should have.
        expected: String,
    },
}

impl From<Utf16> for TableError {
    fn from(_: Utf16) -> Self {
        Self::Utf16
    }
}

/// A row of the table.
pub(crate) struct TableRow<'a> {
    fields: &'a Fields,
    bytes: &'a [u8],
    names: &'static [&'static str],
    places: &'a [usize],
    stamps: &'a mut StampReader,
    /// Where it stands.
    pub place: RecordPlace,
}

impl TableRow<'_> {
    fn bytes(&self, column: usize) -> Result<Cow<'_, [u8]>, Reason> {
        let (field, bytes) = (self.names[column], self.fields.text(self.bytes, self.places[column]));
        if bytes.len() > MAX_FIELD_BYTES {
            return Err(Reason::FieldTooLong { field, limit: MAX_FIELD_BYTES });
        }
        Ok(bytes)
    }

    /// The text in a column of the table's names.
    pub(crate) fn text(&self, column: usize) -> Result<String, Reason> {
        let field = self.names[column];
        let text = String::from_utf8(self.bytes(column)?.into_owned()).map_err(|_| Reason::NotUtf8 { field })?;
        let text = text.trim();
        if text.is_empty() { Err(Reason::Absent { field }) } else { Ok(text.to_owned()) }
    }

    /// The time in a column, if there is one.
    pub(crate) fn time(&mut self, column: usize) -> Result<Option<Time>, Reason> {
        // The reader of stamps is borrowed apart from the text it reads.
        let text = self.bytes(column)?.into_owned();
        if text.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.stamps.read(self.names[column], &text)?.time))
    }

    /// The number of at least 0 in a column.
    pub(crate) fn amount(&self, column: usize) -> Result<f64, Reason> {
        let field = self.names[column];
        let bytes = self.bytes(column)?;
        match read_number(field, &bytes)? {
            None => Err(Reason::Absent { field }),
            Some(value) if value < 0.0 => {
                Err(Reason::Negative { field, text: quoted(&String::from_utf8_lossy(&bytes)) })
            }
            Some(value) => Ok(value),
        }
    }
}

/// Reads a table that comes in chunks.
#[derive(Debug)]
pub(crate) struct TableReader {
    names: &'static [&'static str],
    /// Where each name stands, and how many columns there are.
    columns: Option<(Vec<usize>, usize)>,
    /// The beginning of a row whose end has not come yet.
    held: Vec<u8>,
    lines: Lines,
    stamps: StampReader,
}

impl TableReader {
    /// A reader of a table with these columns.
    pub(crate) fn new(names: &'static [&'static str]) -> Self {
        Self { names, columns: None, held: Vec::new(), lines: Lines::default(), stamps: StampReader::default() }
    }

    /// Takes a chunk and hands every row that is whole to `visitor`.
    pub(crate) fn feed(&mut self, chunk: &[u8], visitor: impl Visitor) -> Result<(), TableError> {
        self.held.extend_from_slice(chunk);
        self.consume(Ending::MoreMayCome, visitor)
    }

    /// Takes the last row, which needs no line break.
    pub(crate) fn finish(&mut self, visitor: impl Visitor) -> Result<(), TableError> {
        self.consume(Ending::Final, visitor)?;
        if self.columns.is_some() { Ok(()) } else { Err(TableError::Empty { expected: self.names.join(",") }) }
    }

    /// Lines that have been handed out.
    pub(crate) fn line(&self) -> u64 {
        self.lines.consumed()
    }

    fn consume(&mut self, ending: Ending, mut visitor: impl Visitor) -> Result<(), TableError> {
        let Self { names, columns, held, lines, stamps } = self;
        let used = lines.consume(held, ending, |(line, row)| {
            let place = RecordPlace::Line(line);
            let (fields, bytes) = match row {
                Ok(row) => row,
                Err(reason) if columns.is_some() => {
                    visitor(Err(Problem { place, reason }));
                    return Ok(());
                }
                Err(reason) => return Err(TableError::BadHeader { reason, expected: names.join(",") }),
            };
            let Some((places, count)) = columns.as_ref() else {
                *columns = Some((header(names, fields, bytes)?, fields.len()));
                return Ok(());
            };
            if fields.len() == *count {
                visitor(Ok(TableRow { fields, bytes, names, places, stamps, place }));
            } else {
                let reason = Reason::Ragged { expected: *count, found: fields.len() };
                visitor(Err(Problem { place, reason }));
            }
            Ok(())
        })?;
        held.drain(..used);
        Ok(())
    }
}

/// Whoever takes the rows of a table.
pub(crate) trait Visitor: FnMut(Result<TableRow<'_>, Problem>) {}

impl<F: FnMut(Result<TableRow<'_>, Problem>)> Visitor for F {}

/// Where each name stands in the header.
fn header(names: &[&'static str], fields: &Fields, bytes: &[u8]) -> Result<Vec<usize>, TableError> {
    let found: Vec<String> =
        fields.texts(bytes).map(|field| String::from_utf8_lossy(&field).trim().to_owned()).collect();
    let (mut places, mut what) = (Vec::with_capacity(names.len()), Vec::new());
    for name in names {
        let mut at = found.iter().enumerate().filter(|(_, column)| column == name).map(|(at, _)| at);
        match (at.next(), at.next()) {
            (Some(place), None) => places.push(place),
            (None, _) => what.push(format!("no column {name}")),
            (Some(_), Some(_)) => what.push(format!("column {name} occurs twice")),
        }
    }
    if what.is_empty() {
        return Ok(places);
    }
    let found = found.join(",").chars().take(SHOWN_HEADER).collect();
    Err(TableError::Header { what, found, expected: names.join(",") })
}
