//! The bytes of a log block: entries to bytes and back, pure.
//!
//! ```text
//! block    = u8 version (1)
//!            varint entries, varint first seq             (sequence numbers are consecutive)
//!            integer column: times, microseconds
//!            varint envelopes, each: text actor, text source, varint schema
//!            integer column: envelope of each entry
//!            integer column: kind of each entry           0 tick, 1 observations, 2 JSON, 3 postcard
//!            integer column: size of each entry           rows (kind 1), bytes (kinds 2, 3), 0 (tick)
//!            rows of all entries of kind 1, as shared columns:
//!              integer column: datastreams
//!              integer column: phenomenon times
//!              u8 form, integer column: result times      0 as they are, 1 minus the phenomenon times
//!              float column: results
//!            inputs of all entries of kinds 2 and 3, one after another:
//!              u8 form, bytes                             0 as they are, 1 raw DEFLATE
//! text, bytes = varint length, bytes; varint = LEB128; signed = zigzag varint
//! ```
//!
//! Observations of all entries of a block share their columns, so that a group of tiny entries stays as compact as one
//! large one. Every other input is JSON, which names its fields: a log stays readable by later programs, and by people.
//! Postcard stands in only for an input that JSON would not give back bit for bit (a number that is not finite).
//!
//! Not here: the chain and the database.
//! Invariant: decode(encode(entries)) = entries, bit for bit; decode of any bytes returns, in bounded memory.

pub(crate) mod bytes;
pub(crate) mod floats;
mod input;
pub(crate) mod ints;
#[cfg(test)]
mod tests;

use city::{
    ActorId, DatastreamIx, ENTRY_SCHEMA, Entry, Fact, Input, OLDEST_ENTRY_SCHEMA, ObservationBatch, Seq, SourceId, Time,
};

use bytes::{Reader, put_bytes, put_varint};

/// The most entries in one block.
pub const MAX_ENTRIES_PER_BLOCK: usize = 65_536;
/// The most observations in one block, and so in one entry.
pub const MAX_ROWS_PER_BLOCK: usize = 1 << 20;
/// The most bytes of inputs other than observations in one block.
pub const MAX_INPUT_BYTES: usize = 64 << 20;

const VERSION: u8 = 1;

const TICK: i64 = 0;
const OBSERVATIONS: i64 = 1;
const JSON: i64 = 2;
const POSTCARD: i64 = 3;

const DIRECT: u8 = 0;
const AFTER_PHENOMENON: u8 = 1;

/// Bytes that are not a block, or entries that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The bytes end too soon.
    #[error("the bytes end too soon")]
    Short,
    /// Something is not as it is ever written.
    #[error("{0}")]
    Malformed(&'static str),
    /// A count exceeds its limit.
    #[error("{count} {what}, at most {limit}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// So many.
        count: u64,
        /// At most so many.
        limit: usize,
    },
    /// The layout is newer than this program.
    #[error("block layout {0} is newer than this program")]
    Newer(u8),
    /// The entries are of a schema that is no longer read.
    #[error("its entries are of schema {0}; this program reads schema {OLDEST_ENTRY_SCHEMA} and later")]
    Older(u16),
    /// An input is not one this program knows.
    #[error("an input cannot be read: {0}")]
    Input(String),
}

/// The bytes of a block of entries; their sequence numbers must be consecutive (the log checks).
pub fn encode(entries: &[Entry]) -> Result<Vec<u8>, CodecError> {
    let rows = entries.iter().filter_map(batch).map(ObservationBatch::len).sum::<usize>();
    within(entries.len(), MAX_ENTRIES_PER_BLOCK, "entries")?;
    within(rows, MAX_ROWS_PER_BLOCK, "observations")?;
    let mut out = Vec::with_capacity(64 + entries.len() + rows * 2);
    out.push(VERSION);
    put_varint(&mut out, entries.len() as u64);
    put_varint(&mut out, entries.first().map_or(0, |entry| entry.seq.0));
    let times: Vec<i64> = entries.iter().map(|entry| entry.time.micros()).collect();
    ints::encode(&times, &mut out);
    put_envelopes(entries, &mut out);

    let (mut kinds, mut sizes, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        let before = inputs.len();
        let kind = match &entry.input {
            Input::Tick => TICK,
            Input::Fact(Fact::Observations(_)) => OBSERVATIONS,
            input => input::put(input, &mut inputs)?,
        };
        kinds.push(kind);
        sizes.push(batch(entry).map_or(inputs.len() - before, ObservationBatch::len) as i64);
        within(inputs.len(), MAX_INPUT_BYTES, "bytes of inputs")?;
    }
    ints::encode(&kinds, &mut out);
    ints::encode(&sizes, &mut out);
    put_rows(entries, rows, &mut out);
    input::put_all(&inputs, &mut out);
    Ok(out)
}

fn within(count: usize, limit: usize, what: &'static str) -> Result<(), CodecError> {
    if count > limit { Err(CodecError::TooMany { what, count: count as u64, limit }) } else { Ok(()) }
}

fn batch(entry: &Entry) -> Option<&ObservationBatch> {
    match &entry.input {
        Input::Fact(Fact::Observations(batch)) => Some(batch),
        _ => None,
    }
}

/// The distinct (actor, source, schema), and which each entry has.
fn put_envelopes(entries: &[Entry], out: &mut Vec<u8>) {
    let mut envelopes: Vec<&Entry> = Vec::new();
    let same = |a: &Entry, b: &Entry| a.actor == b.actor && a.source == b.source && a.schema == b.schema;
    let mut which = Vec::with_capacity(entries.len());
    let mut last = 0;
    for entry in entries {
        if envelopes.get(last).is_none_or(|envelope| !same(envelope, entry)) {
            let found = envelopes.iter().position(|envelope| same(envelope, entry));
            last = found.unwrap_or(envelopes.len());
            if found.is_none() {
                envelopes.push(entry);
            }
        }
        which.push(last as i64);
    }
    put_varint(out, envelopes.len() as u64);
    for envelope in envelopes {
        put_bytes(out, envelope.actor.as_str().as_bytes());
        put_bytes(out, envelope.source.as_str().as_bytes());
        put_varint(out, u64::from(envelope.schema));
    }
    ints::encode(&which, out);
}

/// The observations of all entries as shared columns.
fn put_rows(entries: &[Entry], rows: usize, out: &mut Vec<u8>) {
    let column = |of: fn(&ObservationBatch) -> Vec<i64>| {
        let mut column = Vec::with_capacity(rows);
        entries.iter().filter_map(batch).for_each(|batch| column.extend(of(batch)));
        column
    };
    ints::encode(&column(|batch| batch.datastreams().iter().map(|ix| i64::from(ix.0)).collect()), out);
    let phenomenon = column(|batch| batch.phenomenon_times().iter().map(|time| time.micros()).collect());
    ints::encode(&phenomenon, out);
    let mut result = column(|batch| batch.result_times().iter().map(|time| time.micros()).collect());
    // One result time for rows of many phenomenon times is best as it is; else the delay varies least.
    let regular = result.windows(3).all(|three| three[1].wrapping_sub(three[0]) == three[2].wrapping_sub(three[1]));
    out.push(if regular { DIRECT } else { AFTER_PHENOMENON });
    if !regular {
        result.iter_mut().zip(&phenomenon).for_each(|(result, phenomenon)| *result = result.wrapping_sub(*phenomenon));
    }
    ints::encode(&result, out);
    let mut results = Vec::with_capacity(rows);
    entries.iter().filter_map(batch).for_each(|batch| results.extend_from_slice(batch.results()));
    floats::encode(&results, out);
}

/// The entries of a block.
pub fn decode(bytes: &[u8]) -> Result<Vec<Entry>, CodecError> {
    let mut reader = Reader::new(bytes);
    let version = reader.byte()?;
    if version != VERSION {
        return Err(CodecError::Newer(version));
    }
    let count = reader.count(MAX_ENTRIES_PER_BLOCK, "entries")?;
    let first = reader.varint()?;
    let times = ints::decode(&mut reader, count)?;
    let envelopes = envelopes(&mut reader, count)?;
    if let Some((_, _, old)) = envelopes.iter().find(|(_, _, schema)| *schema < OLDEST_ENTRY_SCHEMA) {
        return Err(CodecError::Older(*old));
    }
    let which = ints::decode(&mut reader, count)?;
    let kinds = ints::decode(&mut reader, count)?;
    let sizes = ints::decode(&mut reader, count)?;
    let of_kind = |wanted: fn(i64) -> bool| kinds.iter().zip(&sizes).filter(move |(kind, _)| wanted(**kind));
    let rows = sum(of_kind(|kind| kind == OBSERVATIONS).map(|(_, size)| *size), MAX_ROWS_PER_BLOCK, "observations")?;
    let mut rows = Rows::read(&mut reader, rows)?;
    let length = sum(of_kind(|kind| kind != OBSERVATIONS).map(|(_, size)| *size), MAX_INPUT_BYTES, "bytes of inputs")?;
    let inputs = input::read_all(&mut reader, length)?;
    if !reader.is_at_end() {
        return Err(CodecError::Malformed("bytes after the end"));
    }

    let mut inputs = Reader::new(&inputs);
    let mut entries = Vec::with_capacity(count);
    for index in 0..count {
        let size = sizes[index] as usize;
        let input = match kinds[index] {
            OBSERVATIONS => Input::Fact(Fact::Observations(rows.take(size)?)),
            TICK if size == 0 => Input::Tick,
            kind => input::read(kind, inputs.take(size)?)?,
        };
        let envelope = usize::try_from(which[index]).ok().and_then(|which| envelopes.get(which));
        let (actor, source, schema) = envelope.ok_or(CodecError::Malformed("an unknown envelope"))?;
        entries.push(Entry {
            seq: Seq(first.checked_add(index as u64).ok_or(CodecError::Malformed("a sequence number out of range"))?),
            time: time(times[index])?,
            actor: actor.clone(),
            source: source.clone(),
            schema: *schema,
            input,
        });
    }
    Ok(entries)
}

/// The oldest entry schema in a block, without reading its inputs, which may be of a form that is no longer known.
pub fn oldest_schema(bytes: &[u8]) -> Result<Option<u16>, CodecError> {
    let mut reader = Reader::new(bytes);
    let version = reader.byte()?;
    if version != VERSION {
        return Err(CodecError::Newer(version));
    }
    let count = reader.count(MAX_ENTRIES_PER_BLOCK, "entries")?;
    reader.varint()?;
    ints::decode(&mut reader, count)?;
    Ok(envelopes(&mut reader, count)?.into_iter().map(|(_, _, schema)| schema).min())
}

fn sum(sizes: impl Iterator<Item = i64>, limit: usize, what: &'static str) -> Result<usize, CodecError> {
    let mut total = 0_usize;
    for size in sizes {
        let size = usize::try_from(size).map_err(|_| CodecError::Malformed("a negative size"))?;
        total = total.saturating_add(size);
        within(total, limit, what)?;
    }
    Ok(total)
}

/// A time that an entry may carry; anything else was never written.
fn time(micros: i64) -> Result<Time, CodecError> {
    let time = Time::from_micros(micros);
    if time.micros() == micros { Ok(time) } else { Err(CodecError::Malformed("a time out of range")) }
}

fn envelopes(reader: &mut Reader<'_>, entries: usize) -> Result<Vec<(ActorId, SourceId, u16)>, CodecError> {
    let count = reader.count(entries, "envelopes")?;
    let mut envelopes = Vec::new();
    for _ in 0..count {
        let (actor, source) = (ActorId::new(reader.text()?), SourceId::new(reader.text()?));
        let schema = reader.count(usize::from(ENTRY_SCHEMA), "as entry schema")?;
        envelopes.push((actor, source, schema as u16));
    }
    Ok(envelopes)
}

/// The shared columns of a block, given out entry by entry.
struct Rows {
    datastreams: std::vec::IntoIter<DatastreamIx>,
    phenomenon_times: std::vec::IntoIter<Time>,
    result_times: std::vec::IntoIter<Time>,
    results: std::vec::IntoIter<f64>,
}

impl Rows {
    fn read(reader: &mut Reader<'_>, rows: usize) -> Result<Self, CodecError> {
        let datastreams = ints::decode(reader, rows)?.into_iter().map(|ix| {
            u32::try_from(ix).map(DatastreamIx).map_err(|_| CodecError::Malformed("a datastream out of range"))
        });
        let datastreams = datastreams.collect::<Result<Vec<_>, _>>()?;
        let phenomenon = ints::decode(reader, rows)?;
        let form = reader.byte()?;
        let mut result = ints::decode(reader, rows)?;
        match form {
            DIRECT => {}
            AFTER_PHENOMENON => {
                let pairs = result.iter_mut().zip(&phenomenon);
                pairs.for_each(|(result, phenomenon)| *result = result.wrapping_add(*phenomenon));
            }
            _ => return Err(CodecError::Malformed("an unknown form of result times")),
        }
        let times = |micros: Vec<i64>| micros.into_iter().map(time).collect::<Result<Vec<_>, _>>();
        Ok(Self {
            datastreams: datastreams.into_iter(),
            phenomenon_times: times(phenomenon)?.into_iter(),
            result_times: times(result)?.into_iter(),
            results: floats::decode(reader, rows)?.into_iter(),
        })
    }

    fn take(&mut self, rows: usize) -> Result<ObservationBatch, CodecError> {
        let batch = ObservationBatch::from_columns(
            self.datastreams.by_ref().take(rows).collect(),
            self.phenomenon_times.by_ref().take(rows).collect(),
            self.result_times.by_ref().take(rows).collect(),
            self.results.by_ref().take(rows).collect(),
        );
        batch.filter(|batch| batch.len() == rows).ok_or(CodecError::Short)
    }
}
