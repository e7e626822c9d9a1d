//! What the API asks of the decoder of observation bodies: the [`Intake`].
//!
//! Not here: parsing and decompression (implemented by the binary over the connectors and formats).
//! Invariant: one bad record never loses the rest; a body is refused whole only when no record can be told from it.

use city::{DatastreamId, ObservationBatch};

/// Decodes bodies against the site adopted last.
pub trait Intake: Send + Sync + 'static {
    /// The rows of a body that can be read, and what is wrong with the others and with those that no sensor can mean.
    fn decode(&self, body: Body) -> Result<Decoded, IntakeError>;
}

/// A body as it came.
#[derive(Clone, Debug)]
pub struct Body {
    /// What it is.
    pub content: ContentKind,
    /// How it is packed.
    pub encoding: Encoding,
    /// The bytes as sent, at most [`crate::limits::BODY_BYTES`].
    pub bytes: axum::body::Bytes,
    /// The datastream named by the path, for a single SensorThings observation without one.
    pub datastream: Option<DatastreamId>,
}

/// Kinds of observation bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentKind {
    /// `phenomenonTime,datastream,result[,resultTime]`.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// A single SensorThings 1.1 observation.
    SensorThings,
    /// A SensorThings 1.1 `CreateObservations` data array.
    DataArray,
}

/// Content encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As is.
    Identity,
    /// Gzip; what it unpacks to is bounded by the decoder.
    Gzip,
}

/// What a body held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// The rows that could be read, in order. Those that their datastream refuses are among them: they are logged and
    /// count against the sensor.
    pub batch: ObservationBatch,
    /// How many of them their datastream refuses.
    pub barred: usize,
    /// How many records could not be read.
    pub unread: usize,
    /// What was wrong with both; the first ones.
    pub problems: Vec<BodyProblem>,
}

/// Something wrong at a place of a body.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct BodyProblem {
    /// Row, line or JSON pointer.
    #[schema(example = "row 7")]
    pub place: String,
    /// What is wrong.
    #[schema(example = "the datastream 'gate-9/in' does not exist")]
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// Why nothing of a body could be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// It unpacks to more bytes or rows than allowed.
    #[error("{0}")]
    TooLarge(String),
    /// It is truncated, packed wrongly, or lacks the right header.
    #[error("{}: {}", .0.place, .0.message)]
    Malformed(BodyProblem),
    /// No site is adopted yet.
    #[error("no site is adopted yet")]
    NotReady,
}
