//! JSON values kept as text until their meaning is known.
//!
//! Not here: the shapes of documents.
//! Invariant: a number is read from its own digits, so that it has the same bits as in CSV, and one that no float can
//! hold is a problem of its record only.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::csv::DATASTREAM;
use crate::number::{RESULT, read_result};
use crate::problem::{Reason, quoted};
use crate::record::MAX_FIELD_BYTES;
use crate::stamp::{PHENOMENON_TIME, RESULT_TIME, Stamp, StampReader, start_of};

/// A value in its own text; `null` is a value, absence is not.
pub(crate) type Raw<'a> = Option<&'a RawValue>;

/// Deserialises into [`Raw`] so that `null` is told from absence.
pub(crate) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Raw<'de>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

enum Value<'a> {
    Null,
    Text(Cow<'a, str>),
    Number(&'a str),
    Other,
}

fn value(raw: &RawValue) -> Value<'_> {
    let text = raw.get();
    match text.as_bytes() {
        b"null" => Value::Null,
        [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => Value::Text(Cow::Borrowed(&text[1..text.len() - 1])),
        [b'"', ..] => serde_json::from_str(text).map_or(Value::Other, |text: String| Value::Text(Cow::Owned(text))),
        [b'-' | b'0'..=b'9', ..] => Value::Number(text),
        _ => Value::Other,
    }
}

/// An id: a text, or a number as its digits.
pub(crate) fn id(raw: Raw<'_>) -> Result<Cow<'_, str>, Reason> {
    let id = match raw.map(value) {
        None | Some(Value::Null) => return Err(Reason::Absent { field: DATASTREAM }),
        Some(Value::Text(text)) => text,
        Some(Value::Number(digits)) => Cow::Borrowed(digits),
        Some(Value::Other) => return Err(Reason::WrongType { field: DATASTREAM, expected: "a text or a number" }),
    };
    if id.is_empty() {
        return Err(Reason::Absent { field: DATASTREAM });
    }
    if id.len() > MAX_FIELD_BYTES {
        return Err(Reason::FieldTooLong { field: DATASTREAM, limit: MAX_FIELD_BYTES });
    }
    Ok(id)
}

/// A phenomenon time: a time, or the start of an interval.
pub(crate) fn phenomenon_time(stamps: &mut StampReader, raw: Raw<'_>) -> Result<Stamp, Reason> {
    let text = text(PHENOMENON_TIME, raw)?.ok_or(Reason::Absent { field: PHENOMENON_TIME })?;
    start_of(stamps, &text)
}

/// A result time, which may be absent or null.
pub(crate) fn result_time(stamps: &mut StampReader, raw: Raw<'_>) -> Result<Option<city::Time>, Reason> {
    let Some(text) = text(RESULT_TIME, raw)? else { return Ok(None) };
    stamps.read(RESULT_TIME, text.as_bytes()).map(|stamp| Some(stamp.time))
}

fn text<'a>(field: &'static str, raw: Raw<'a>) -> Result<Option<Cow<'a, str>>, Reason> {
    match raw.map(value) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Text(text)) if text.len() > MAX_FIELD_BYTES => {
            Err(Reason::FieldTooLong { field, limit: MAX_FIELD_BYTES })
        }
        Some(Value::Text(text)) => Ok(Some(text)),
        Some(Value::Number(_) | Value::Other) => Err(Reason::WrongType { field, expected: "a text" }),
    }
}

/// A result: a number, a number in a text, or null for missing.
pub(crate) fn result(raw: Raw<'_>) -> Result<Option<f64>, Reason> {
    match raw.map(value) {
        None => Err(Reason::Absent { field: RESULT }),
        Some(Value::Null) => Ok(None),
        Some(Value::Number(digits)) => read_result(digits.as_bytes()),
        Some(Value::Text(text)) => match read_result(text.as_bytes())? {
            None => Err(Reason::NotANumber { field: RESULT, text: quoted(&text) }),
            number => Ok(number),
        },
        Some(Value::Other) => Err(Reason::WrongType { field: RESULT, expected: "a number" }),
    }
}

/// Reads an object. Derived readers would take an array of the members' values too.
pub(crate) fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    if text.trim_ascii_start().starts_with('{') || text.trim_ascii().is_empty() {
        serde_json::from_str(text)
    } else {
        Err(serde::de::Error::custom("an object is expected"))
    }
}

/// What the JSON reader says, without its position, which the caller knows better.
pub(crate) fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    quoted(text.split(" at line ").next().unwrap_or_default())
}
