//! CSV after RFC 4180: `phenomenonTime,datastream,result[,resultTime]` in any column order, further columns ignored.
//!
//! Not here: decompression and opening files (connect).
//! Invariant: a stray quotation mark or an endless line costs its own row, never the rows after it; memory is bounded
//! by [`crate::MAX_ROW_BYTES`] and the chunk fed. A general CSV reader would let an open quotation mark swallow the
//! rest of the file, which is why rows are split here.

mod header;
mod lines;
mod split;
pub(crate) mod table;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use header::CsvError;

use crate::number::read_result;
use crate::problem::{Problem, Reason, RecordPlace};
use crate::record::{MAX_FIELD_BYTES, Parsed, Record, Row};
use crate::stamp::{PHENOMENON_TIME, RESULT_TIME, StampReader};
use header::Columns;
use lines::Lines;
use split::{Ending, Fields};

/// The name of the field in messages.
pub(crate) const DATASTREAM: &str = "datastream";

/// Reads a whole text.
pub fn parse(bytes: &[u8]) -> Result<Parsed<'_>, CsvError> {
    let mut parsed = Parsed::default();
    visit(bytes, |row| parsed.take(row))?;
    Ok(parsed)
}

/// Reads a whole text and hands each row to `visitor` in order.
pub fn visit<'a>(bytes: &'a [u8], mut visitor: impl FnMut(Row<'a>)) -> Result<(), CsvError> {
    let mut rows = Rows::default();
    rows.consume(bytes, Ending::Final, &mut visitor)?;
    rows.end()
}

/// Reads a text that comes in chunks: [`CsvReader::feed`] them, then [`CsvReader::finish`].
#[derive(Debug, Default)]
pub struct CsvReader {
    /// The beginning of a row whose end has not come yet.
    held: Vec<u8>,
    rows: Rows,
}

impl CsvReader {
    /// Takes a chunk and hands every row that is whole to `visitor`.
    pub fn feed(&mut self, chunk: &[u8], mut visitor: impl FnMut(Row<'_>)) -> Result<(), CsvError> {
        self.held.extend_from_slice(chunk);
        let used = self.rows.consume(&self.held, Ending::MoreMayCome, &mut visitor)?;
        self.held.drain(..used);
        Ok(())
    }

    /// Takes the last row, which needs no line break. Not to be called when the text was cut off: its last row may
    /// be cut too.
    pub fn finish(mut self, mut visitor: impl FnMut(Row<'_>)) -> Result<u64, CsvError> {
        self.rows.consume(&self.held, Ending::Final, &mut visitor)?;
        self.rows.end()?;
        Ok(self.rows.lines.consumed())
    }

    /// The line up to which rows have been handed out; the header is line 1.
    pub fn line(&self) -> u64 {
        self.rows.lines.consumed()
    }
}

/// Rows of a text, wherever its bytes are kept.
#[derive(Debug, Default)]
struct Rows {
    lines: Lines,
    columns: Option<Columns>,
    stamps: StampReader,
}

impl Rows {
    /// Consumes the whole rows at the start of `bytes`; returns how many bytes that were.
    fn consume<'a>(
        &mut self,
        bytes: &'a [u8],
        ending: Ending,
        visitor: &mut impl FnMut(Row<'a>),
    ) -> Result<usize, CsvError> {
        let Self { lines, columns, stamps } = self;
        lines.consume(bytes, ending, |(line, row)| {
            let place = RecordPlace::Line(line);
            match (columns.as_ref(), row) {
                (None, Ok((fields, bytes))) => *columns = Some(Columns::read(fields.texts(bytes))?),
                // Without a header nothing after it can be read.
                (None, Err(reason)) => return Err(CsvError::BadHeader { reason }),
                (Some(columns), Ok((fields, bytes))) => {
                    let record = record(columns, fields, stamps, bytes);
                    visitor(
                        record.map(|record| Record { place, ..record }).map_err(|reason| Problem { place, reason }),
                    );
                }
                (Some(_), Err(reason)) => visitor(Err(Problem { place, reason })),
            }
            Ok(())
        })
    }

    /// The end of the text: an empty one has no header.
    fn end(&self) -> Result<(), CsvError> {
        if self.columns.is_some() { Ok(()) } else { Err(CsvError::Empty) }
    }
}

fn record<'a>(
    columns: &Columns,
    fields: &Fields,
    stamps: &mut StampReader,
    bytes: &'a [u8],
) -> Result<Record<'a>, Reason> {
    if fields.len() != columns.count {
        return Err(Reason::Ragged { expected: columns.count, found: fields.len() });
    }
    let text = |column: usize, field: &'static str| {
        let text = fields.text(bytes, column);
        if text.len() > MAX_FIELD_BYTES {
            return Err(Reason::FieldTooLong { field, limit: MAX_FIELD_BYTES });
        }
        Ok(text)
    };
    let datastream = match text(columns.datastream, DATASTREAM)? {
        Cow::Borrowed(id) => std::str::from_utf8(id).map(Cow::Borrowed).ok(),
        Cow::Owned(id) => String::from_utf8(id).map(Cow::Owned).ok(),
    }
    .ok_or(Reason::NotUtf8 { field: DATASTREAM })?;
    if datastream.is_empty() {
        return Err(Reason::Absent { field: DATASTREAM });
    }
    let stamp = stamps.read(PHENOMENON_TIME, &text(columns.phenomenon_time, PHENOMENON_TIME)?)?;
    let result = read_result(&text(columns.result, crate::number::RESULT)?)?;
    let result_time = match columns.result_time {
        None => None,
        Some(column) => match text(column, RESULT_TIME)? {
            empty if empty.is_empty() => None,
            written => Some(stamps.read(RESULT_TIME, &written)?.time),
        },
    };
    Ok(Record {
        datastream,
        phenomenon_time: stamp.time,
        offset_s: stamp.offset_s,
        result_time,
        result,
        place: RecordPlace::Line(0),
    })
}
