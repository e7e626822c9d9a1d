//! Observations: one value of one datastream, and the batch that entries carry as columns.
//!
//! Not here: parsing (formats), compression (store), judgement (engine).
//! Invariant: all columns of a batch have the same length.

use serde::{Deserialize, Serialize};

use crate::{DatastreamIx, Time};

/// One observation in the sense of OGC SensorThings 1.1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Which datastream.
    pub datastream: DatastreamIx,
    /// Start of the interval the result is about.
    pub phenomenon_time: Time,
    /// When the result became available.
    pub result_time: Time,
    /// The result in the datastream's unit; absent means the source said "missing".
    pub result: Option<f64>,
}

/// Observations as columns, in the order they are to be applied.
#[derive(Clone, Debug, Default)]
pub struct ObservationBatch {
    datastreams: Vec<DatastreamIx>,
    phenomenon_times: Vec<Time>,
    result_times: Vec<Time>,
    results: Vec<f64>,
}

/// The bit pattern that stands for "missing" in a result column: a quiet NaN of our own.
///
/// Parsers refuse not-a-number from outside, so no observed value has it.
const MISSING: u64 = 0x7ff8_0000_0000_0001;

impl ObservationBatch {
    /// An empty batch with room for `capacity` observations.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            datastreams: Vec::with_capacity(capacity),
            phenomenon_times: Vec::with_capacity(capacity),
            result_times: Vec::with_capacity(capacity),
            results: Vec::with_capacity(capacity),
        }
    }

    /// From columns; `None` if their lengths differ.
    pub fn from_columns(
        datastreams: Vec<DatastreamIx>,
        phenomenon_times: Vec<Time>,
        result_times: Vec<Time>,
        results: Vec<f64>,
    ) -> Option<Self> {
        let rows = datastreams.len();
        (phenomenon_times.len() == rows && result_times.len() == rows && results.len() == rows).then_some(Self {
            datastreams,
            phenomenon_times,
            result_times,
            results,
        })
    }

    /// Appends one observation.
    pub fn push(&mut self, observation: Observation) {
        self.datastreams.push(observation.datastream);
        self.phenomenon_times.push(observation.phenomenon_time);
        self.result_times.push(observation.result_time);
        self.results.push(observation.result.unwrap_or(f64::from_bits(MISSING)));
    }

    /// Rows in the batch.
    pub fn len(&self) -> usize {
        self.datastreams.len()
    }

    /// True when there are no rows.
    pub fn is_empty(&self) -> bool {
        self.datastreams.is_empty()
    }

    /// The row at `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<Observation> {
        let result = *self.results.get(index)?;
        Some(Observation {
            datastream: self.datastreams[index],
            phenomenon_time: self.phenomenon_times[index],
            result_time: self.result_times[index],
            result: (result.to_bits() != MISSING).then_some(result),
        })
    }

    /// The rows in order.
    pub fn iter(&self) -> impl Iterator<Item = Observation> + '_ {
        // `get` is `Some` for every index below `len`; filtering keeps that from being a panic.
        let mut index = 0..self.len();
        std::iter::from_fn(move || index.next().and_then(|index| self.get(index)))
    }

    /// The column of datastreams.
    pub fn datastreams(&self) -> &[DatastreamIx] {
        &self.datastreams
    }

    /// The column of phenomenon times.
    pub fn phenomenon_times(&self) -> &[Time] {
        &self.phenomenon_times
    }

    /// The column of result times.
    pub fn result_times(&self) -> &[Time] {
        &self.result_times
    }

    /// The column of results; missing ones are a not-a-number of a fixed bit pattern.
    pub fn results(&self) -> &[f64] {
        &self.results
    }
}

/// Results are compared by their bits, so that missing equals missing.
impl PartialEq for ObservationBatch {
    fn eq(&self, other: &Self) -> bool {
        let bits = |result: &f64| result.to_bits();
        self.datastreams == other.datastreams
            && self.phenomenon_times == other.phenomenon_times
            && self.result_times == other.result_times
            && self.results.iter().map(bits).eq(other.results.iter().map(bits))
    }
}

impl FromIterator<Observation> for ObservationBatch {
    fn from_iter<I: IntoIterator<Item = Observation>>(rows: I) -> Self {
        let rows = rows.into_iter();
        let mut batch = Self::with_capacity(rows.size_hint().0);
        rows.for_each(|row| batch.push(row));
        batch
    }
}

/// The serde form of a batch: the four columns, with results as bits so that "missing" survives every codec.
#[derive(Serialize, Deserialize)]
struct Columns {
    datastreams: Vec<DatastreamIx>,
    phenomenon_times: Vec<Time>,
    result_times: Vec<Time>,
    result_bits: Vec<u64>,
}

impl Serialize for ObservationBatch {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Columns {
            datastreams: self.datastreams.clone(),
            phenomenon_times: self.phenomenon_times.clone(),
            result_times: self.result_times.clone(),
            result_bits: self.results.iter().map(|result| result.to_bits()).collect(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ObservationBatch {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let columns = Columns::deserialize(deserializer)?;
        let results = columns.result_bits.into_iter().map(f64::from_bits).collect();
        Self::from_columns(columns.datastreams, columns.phenomenon_times, columns.result_times, results)
            .ok_or_else(|| serde::de::Error::custom("columns of different lengths"))
    }
}
