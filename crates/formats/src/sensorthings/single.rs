//! A single Observation.
//!
//! Not here: observations in bulk (`data_array`).
//! Invariant: of its members only the times, the result and the Datastream's id are read.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::Error as _;

use super::{SensorThingsError, linked};
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
    #[serde(rename = "Datastream", borrow, default, deserialize_with = "present")]
    datastream: Raw<'a>,
}

/// Reads an Observation. `address` is the Datastream's id when the observation was sent to
/// `Datastreams('id')/Observations`; the document need not name it then, and may not name another.
pub fn parse<'a>(bytes: &'a [u8], address: Option<&'a str>) -> Result<Parsed<'a>, SensorThingsError> {
    let text = std::str::from_utf8(bytes).map_err(|_| serde_json::Error::custom("the text is not UTF-8"))?;
    let observation: Observation<'a> = json::object(text)?;
    let mut parsed = Parsed::default();
    let place = RecordPlace::Document;
    parsed.take(record(&observation, address).map_err(|reason| Problem { place, reason }));
    Ok(parsed)
}

fn record<'a>(observation: &Observation<'a>, address: Option<&'a str>) -> Result<Record<'a>, Reason> {
    let stamps = &mut StampReader::default();
    let stamp = json::phenomenon_time(stamps, observation.phenomenon_time)?;
    Ok(Record {
        datastream: datastream(observation.datastream, address)?,
        phenomenon_time: stamp.time,
        offset_s: stamp.offset_s,
        result_time: json::result_time(stamps, observation.result_time)?,
        result: json::result(observation.result)?,
        place: RecordPlace::Document,
    })
}

fn datastream<'a>(link: Raw<'a>, address: Option<&'a str>) -> Result<Cow<'a, str>, Reason> {
    let Some(link) = link else {
        return address.map(Cow::Borrowed).ok_or(Reason::Absent { field: "Datastream" });
    };
    let id = linked(link)?;
    match address {
        Some(address) if id != address => Err(Reason::OtherDatastream { id: quoted(&id), address: quoted(address) }),
        _ => Ok(id),
    }
}
