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
    let line: Line<'a> = json::object(line).map_err(|error| Reason::Json { message: json::message(&error) })?;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = r#"{"phenomenonTime":"2019-10-02T18:50:00+08:00","datastream":"a","result":17}"#;

    fn rows(text: &[u8]) -> Vec<String> {
        let mut rows = Vec::new();
        visit(text, |row| {
            rows.push(match row {
                Ok(Record { place, datastream, result, .. }) => format!("{place} {datastream} {result:?}"),
                Err(Problem { place, reason }) => format!("{place}: {reason}"),
            });
        });
        rows
    }

    #[test]
    fn a_bad_line_loses_itself_only() {
        let text = format!(
            "\u{feff}{GOOD}\r\n\n{{\"result\":1}}\n[1]\n{}\n{{\"phenomenonTime\":\"2019-10-02T10:50:00Z\",\"datastream\":\"b\\u0022\",\
             \"result\":null,\"more\":[1]}}\n{{\"phenomenonTime\":\"2019-10-02T10:50:00Z\",\"datastream\":\"c\"}}\n{GOOD}",
            &GOOD[..30]
        );
        assert_eq!(
            rows(text.as_bytes()),
            [
                "line 1 a Some(17.0)",
                "line 3: phenomenonTime is absent",
                "line 4: not the JSON expected: an object is expected",
                "line 5: not the JSON expected: EOF while parsing a string",
                "line 6 b\" None",
                "line 7: result is absent",
                "line 8 a Some(17.0)",
            ]
        );
        assert_eq!(rows(b"\xff\n"), ["line 1: the line is not UTF-8 text"]);
    }

    #[test]
    fn a_result_time_is_read_and_null_means_the_default() {
        let text = GOOD.replace('}', ",\"resultTime\":\"2019-10-02T18:51:00+08:00\"}");
        assert_eq!(parse(text.as_bytes()).records[0].result_time.unwrap().to_string(), "2019-10-02T10:51:00Z");
        let text = GOOD.replace('}', ",\"resultTime\":null}");
        assert_eq!(parse(text.as_bytes()).records[0].result_time, None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn a_number_has_the_same_bits_as_in_csv(value in prop::num::f64::NORMAL) {
            let text = GOOD.replace("17", &format!("{value:e}"));
            prop_assert_eq!(parse(text.as_bytes()).records[0].result, Some(value));
        }
    }
}
