//! The body of a request → one batch: CSV, NDJSON or SensorThings 1.1, plain or gzip.
//!
//! Not here: HTTP, rate limits, idempotency (api).
//! Invariant: work and memory are bounded by [`MAX_INFLATED_BYTES`] and [`MAX_BATCH_ROWS`] whatever the body is; a
//! body that is broken as a whole gives an error and no batch, a bad record in a whole body costs itself only.

use std::borrow::Cow;
use std::io::Read;

use city::{Observation, ObservationBatch};
use flate2::read::MultiGzDecoder;
use formats::{Problems, RecordPlace, Row, csv, ndjson, sensorthings};

use crate::gather::{Gatherer, Window, in_result_order};
use crate::{Barred, BarredRow, Lookup};

/// Most bytes a body may have once it is inflated.
pub const MAX_INFLATED_BYTES: usize = 32 * 1024 * 1024;

/// Most rows a body may have, good or bad.
pub const MAX_BATCH_ROWS: usize = 100_000;

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// `text/csv`.
    Csv,
    /// `application/x-ndjson`.
    Ndjson,
    /// A SensorThings Observation.
    Observation,
    /// A SensorThings `DataArray`, as `CreateObservations` takes it.
    DataArray,
}

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// gzip.
    Gzip,
}

/// A body as it came.
#[derive(Clone, Copy, Debug)]
pub struct PushBody<'a> {
    /// What it is.
    pub content: Content,
    /// How it is packed.
    pub encoding: Encoding,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The datastream in the address, for a single Observation.
    pub datastream: Option<&'a str>,
}

/// What a body says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// The rows that could be read, in the order of their result times; may be empty.
    pub batch: ObservationBatch,
    /// Those among them that their datastreams refuse.
    pub barred: Barred,
    /// What could not be read.
    pub problems: Problems,
}

/// Why a body is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// Nothing in it.
    #[error("the body is empty: send at least one observation")]
    Empty,
    /// More bytes than allowed once inflated.
    #[error("the body holds more than {limit} bytes: send it in parts")]
    TooManyBytes {
        /// Bytes allowed.
        limit: usize,
    },
    /// More rows than allowed.
    #[error("the body has more than {limit} rows: send it in parts")]
    TooManyRows {
        /// Rows allowed.
        limit: usize,
    },
    /// Not gzip, damaged, or cut off.
    #[error("the gzip data is damaged or cut off ({message}): pack and send it again")]
    Gzip {
        /// What the unpacker says.
        message: String,
    },
    /// CSV without a usable header.
    #[error(transparent)]
    Csv(#[from] csv::CsvError),
    /// JSON that is broken or of another shape.
    #[error(transparent)]
    SensorThings(#[from] sensorthings::SensorThingsError),
}

/// Reads a body.
pub fn decode(body: &PushBody<'_>, lookup: &Lookup) -> Result<Decoded, PushError> {
    let bytes = unpacked(body)?;
    if bytes.trim_ascii().is_empty() {
        return Err(PushError::Empty);
    }
    let mut gatherer = Gatherer::new(lookup, Window::default(), MAX_BATCH_ROWS);
    let mut barred = Barred::default();
    // What is beyond the limit is only counted; the inflated size bounds how much that can be.
    let mut take = |row: Row<'_>| {
        let place = row.as_ref().ok().map(|record| record.place);
        let taken = gatherer.take(row).continue_value().flatten();
        if let Some(row) = place.zip(taken).and_then(|(place, observation)| barred_row(place, &observation, lookup)) {
            barred.push(row);
        }
    };
    match body.content {
        Content::Csv => csv::visit(&bytes, take)?,
        Content::Ndjson => ndjson::visit(&bytes, take),
        Content::Observation => {
            let parsed = sensorthings::parse_observation(&bytes, body.datastream)?;
            parsed.records.into_iter().map(Ok).for_each(&mut take);
            parsed.problems.first().iter().cloned().map(Err).for_each(take);
        }
        Content::DataArray => sensorthings::visit_data_array(&bytes, take)?,
    }
    if gatherer.rows > MAX_BATCH_ROWS as u64 {
        return Err(PushError::TooManyRows { limit: MAX_BATCH_ROWS });
    }
    Ok(Decoded { batch: in_result_order(gatherer.batch), barred, problems: gatherer.problems })
}

fn barred_row(place: RecordPlace, observation: &Observation, lookup: &Lookup) -> Option<BarredRow> {
    let (stream, reason) = lookup.refuses(observation)?;
    Some(BarredRow { place, datastream: stream.id.clone(), result: observation.result?, reason })
}

fn unpacked<'a>(body: &PushBody<'a>) -> Result<Cow<'a, [u8]>, PushError> {
    let limit = MAX_INFLATED_BYTES;
    let bytes = match body.encoding {
        Encoding::Identity => Cow::Borrowed(body.bytes),
        Encoding::Gzip => {
            let mut bytes = Vec::new();
            MultiGzDecoder::new(body.bytes)
                .take(limit as u64 + 1)
                .read_to_end(&mut bytes)
                .map_err(|error| PushError::Gzip { message: error.to_string() })?;
            Cow::Owned(bytes)
        }
    };
    if bytes.len() > limit { Err(PushError::TooManyBytes { limit }) } else { Ok(bytes) }
}
