//! NDJSON: one JSON object a line with `phenomenonTime`, `datastream`, `result` and optionally `resultTime`.
//!
//! Not here: decompression (connect).
//! Invariant: a line that is no such object costs itself only; blank lines count as lines and are otherwise ignored.

use serde::Deserialize;

use crate::json::{self, Raw, present};
use crate::problem::{Problem, Reason, RecordPlace};
use crate::record::{MAX_ROW_BYTES, Parsed, Record, Row};
use crate::stamp::StampReader;

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "phenomenonTime", borrow, default, deserialize_with = "present")]
    phenomenon_time: Raw<'a>,
    #[serde(rename = "resultTime", borrow, default, deserialize_with = "present")]
    result_time: Raw<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    datastream: Raw<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Raw<'a>,
}

/// Reads a whole text.
pub fn parse(bytes: &[u8]) -> Parsed<'_> {
    let mut parsed = Parsed::default();
    visit(bytes, |row| parsed.take(row));
    parsed
}

/// Reads a whole text and hands each row to `visitor` in order.
pub fn visit<'a>(bytes: &'a [u8], mut visitor: impl FnMut(Row<'a>)) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut stamps = StampReader::default();
    for (row, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let record = record(&mut stamps, line);
        let place = RecordPlace::Line(row);
        visitor(record.map(|record| Record { place, ..record }).map_err(|reason| Problem { place, reason }));
    }
}

fn record<'a>(stamps: &mut StampReader, line: &'a [u8]) -> Result<Record<'a>, Reason> {
    if line.len() > MAX_ROW_BYTES {
        return Err(Reason::RowTooLong { limit: MAX_ROW_BYTES });
    }
    let line = std::str::from_utf8(line).map_err(|_| Reason::NotUtf8 { field: "the line" })?;
    let line: Line<'a> = serde_json::from_str(line).map_err(|error| Reason::Json { message: json::message(&error) })?;
    let stamp = json::phenomenon_time(stamps, line.phenomenon_time)?;
    Ok(Record {
        datastream: json::id(line.datastream)?,
        phenomenon_time: stamp.time,
        offset_s: stamp.offset_s,
        result_time: json::result_time(stamps, line.result_time)?,
        result: json::result(line.result)?,
        place: RecordPlace::Line(0),
    })
}
