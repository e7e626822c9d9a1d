//! A single Observation.
//!
//! Not here: observations in bulk (`data_array`).
//! Invariant: of its members only the times, the result and the Datastream's id are read.

use std::borrow::Cow;

use serde::Deserialize;

use super::{Linked, SensorThingsError};
use crate::json::{self, Raw, present};
use crate::problem::{Problem, Reason, RecordPlace, quoted};
use crate::record::{Parsed, Record};
use crate::stamp::StampReader;

#[derive(Deserialize)]
struct Observation<'a> {
    #[serde(rename = "phenomenonTime", borrow, default, deserialize_with = "present")]
    phenomenon_time: Raw<'a>,
    #[serde(rename = "resultTime", borrow, default, deserialize_with = "present")]
    result_time: Raw<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Raw<'a>,
    #[serde(rename = "Datastream", borrow, default)]
    datastream: Option<Linked<'a>>,
}

/// Reads an Observation. `address` is the Datastream's id when the observation was sent to
/// `Datastreams('id')/Observations`; the document need not name it then, and may not name another.
pub fn parse<'a>(bytes: &'a [u8], address: Option<&'a str>) -> Result<Parsed<'a>, SensorThingsError> {
    let observation: Observation<'a> = serde_json::from_slice(bytes)?;
    let mut parsed = Parsed::default();
    let place = RecordPlace::Document;
    parsed.take(record(&observation, address).map_err(|reason| Problem { place, reason }));
    Ok(parsed)
}

fn record<'a>(observation: &Observation<'a>, address: Option<&'a str>) -> Result<Record<'a>, Reason> {
    let stamps = &mut StampReader::default();
    let stamp = json::phenomenon_time(stamps, observation.phenomenon_time)?;
    Ok(Record {
        datastream: datastream(observation.datastream.as_ref(), address)?,
        phenomenon_time: stamp.time,
        offset_s: stamp.offset_s,
        result_time: json::result_time(stamps, observation.result_time)?,
        result: json::result(observation.result)?,
        place: RecordPlace::Document,
    })
}

fn datastream<'a>(linked: Option<&Linked<'a>>, address: Option<&'a str>) -> Result<Cow<'a, str>, Reason> {
    match (linked, address) {
        (None, Some(address)) => Ok(Cow::Borrowed(address)),
        (linked, None) => json::id(linked.and_then(|linked| linked.id)),
        (Some(linked), Some(address)) => {
            let id = json::id(linked.id)?;
            if id == address {
                Ok(id)
            } else {
                Err(Reason::OtherDatastream { id: quoted(&id), address: quoted(address) })
            }
        }
    }
}
