//! OGC SensorThings 1.1: a single Observation, and the `DataArray` of `CreateObservations`.
//!
//! Not here: the HTTP addresses and replies (api), MQTT.
//! Invariant: a broken document is refused as a whole; inside a whole one, a bad observation costs itself only.

mod data_array;
mod single;

#[cfg(test)]
mod tests;

pub use data_array::{parse as parse_data_array, visit as visit_data_array};
pub use single::parse as parse_observation;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::{self, Raw, present};
use crate::problem::Reason;

/// A document that is not JSON of the expected shape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the JSON expected, at line {line} column {column}: {message}")]
pub struct SensorThingsError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What the JSON reader says.
    pub message: String,
}

impl From<serde_json::Error> for SensorThingsError {
    fn from(error: serde_json::Error) -> Self {
        Self { line: error.line().max(1), column: error.column().max(1), message: json::message(&error) }
    }
}

/// The id in a link to a Datastream, `{"@iot.id": …}`.
fn linked(raw: &RawValue) -> Result<Cow<'_, str>, Reason> {
    #[derive(Deserialize)]
    struct Linked<'a> {
        #[serde(rename = "@iot.id", borrow, default, deserialize_with = "present")]
        id: Raw<'a>,
    }
    let expected = Reason::WrongType { field: "Datastream", expected: "an object with @iot.id" };
    json::object::<Linked<'_>>(raw.get()).map_err(|_| expected).and_then(|linked| json::id(linked.id))
}
