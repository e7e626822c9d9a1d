//! A block's row: its header, its place in the chain, and how entries are cut into blocks.
//!
//! Not here: the bytes inside (codec).
//! Invariant: hash = BLAKE3(domain ‖ prev ‖ header ‖ bytes), so that no row can be changed, moved or left out unseen.

use city::{Digest, Entry, Fact, Input, Seq, Time};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Head;
use crate::StoreError;
use crate::codec::{self, MAX_ENTRIES_PER_BLOCK, MAX_INPUT_BYTES, MAX_ROWS_PER_BLOCK};

/// Separates this hash from every other use of BLAKE3; changes with the header's layout.
const DOMAIN: &[u8] = b"yiwang log block v1\n";

/// What a block says of itself beside its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub first_seq: Seq,
    pub last_seq: Seq,
    pub first_time: Time,
    pub last_time: Time,
    pub entries: u64,
    pub observations: u64,
}

impl Header {
    /// The header's canonical bytes: six little-endian 64-bit integers in the order of the fields.
    fn canonical(&self) -> [u8; 48] {
        let fields = [
            self.first_seq.0,
            self.last_seq.0,
            self.first_time.micros().cast_unsigned(),
            self.last_time.micros().cast_unsigned(),
            self.entries,
            self.observations,
        ];
        let mut bytes = [0; 48];
        for (place, field) in bytes.chunks_exact_mut(8).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        bytes
    }

    /// The block's hash.
    pub(crate) fn hash(&self, prev: &Digest, bytes: &[u8]) -> Digest {
        let mut hasher = blake3::Hasher::new();
        hasher.update(DOMAIN).update(&prev.0).update(&self.canonical()).update(bytes);
        Digest(*hasher.finalize().as_bytes())
    }

    /// The header that these entries must have; `None` without entries.
    pub(crate) fn of(entries: &[Entry]) -> Option<Self> {
        let (first, last) = (entries.first()?, entries.last()?);
        Some(Self {
            first_seq: first.seq,
            last_seq: last.seq,
            first_time: first.time,
            last_time: last.time,
            entries: entries.len() as u64,
            observations: entries.iter().map(rows).sum::<usize>() as u64,
        })
    }
}

/// Observations in an entry.
fn rows(entry: &Entry) -> usize {
    match &entry.input {
        Input::Fact(Fact::Observations(batch)) => batch.len(),
        _ => 0,
    }
}

/// A block about to be written.
pub(crate) struct NewBlock {
    header: Header,
    prev: Digest,
    hash: Digest,
    bytes: Vec<u8>,
}

impl NewBlock {
    pub(crate) fn head(&self) -> Head {
        Head { seq: self.header.last_seq, time: self.header.last_time, chain: self.hash }
    }

    pub(crate) fn insert(&self, conn: &Connection) -> rusqlite::Result<()> {
        let mut insert = conn.prepare_cached("INSERT INTO block VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
        insert.execute(params![
            self.header.first_seq.0 as i64,
            self.header.last_seq.0 as i64,
            self.header.first_time.micros(),
            self.header.last_time.micros(),
            self.header.entries as i64,
            self.header.observations as i64,
            self.prev.0,
            self.hash.0,
            self.bytes
        ])?;
        Ok(())
    }
}

/// Cuts entries into blocks within the limits and chains them after `prev`.
pub(crate) fn cut(entries: &[Entry], mut prev: Digest) -> Result<Vec<NewBlock>, StoreError> {
    let mut blocks = Vec::with_capacity(1);
    let mut rest = entries;
    while !rest.is_empty() {
        let (block, after) = rest.split_at(block_length(rest)?);
        rest = after;
        let bytes = codec::encode(block).map_err(|error| StoreError::TooLarge {
            seq: block[0].seq,
            what: format!("{error}; an input other than observations may have {MAX_INPUT_BYTES} bytes"),
        })?;
        let Some(header) = Header::of(block) else { break };
        let hash = header.hash(&prev, &bytes);
        blocks.push(NewBlock { header, prev, hash, bytes });
        prev = hash;
    }
    Ok(blocks)
}

/// How many of the entries, at least one, fit into one block.
fn block_length(entries: &[Entry]) -> Result<usize, StoreError> {
    let mut observations = 0;
    for (count, entry) in entries.iter().enumerate() {
        let rows = rows(entry);
        if rows > MAX_ROWS_PER_BLOCK {
            let what = format!("{rows} observations, at most {MAX_ROWS_PER_BLOCK}");
            return Err(StoreError::TooLarge { seq: entry.seq, what });
        }
        observations += rows;
        if observations > MAX_ROWS_PER_BLOCK || count == MAX_ENTRIES_PER_BLOCK {
            return Ok(count);
        }
    }
    Ok(entries.len())
}

/// A block as read, not yet believed.
pub(crate) struct StoredBlock {
    pub header: Header,
    pub prev: Digest,
    pub hash: Digest,
    pub bytes: Vec<u8>,
}

impl StoredBlock {
    pub(crate) const COLUMNS: &str =
        "first_seq, last_seq, first_time, last_time, entries, observations, prev, hash, bytes";

    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let integer = |index: usize| row.get::<_, i64>(index);
        Ok(Self {
            header: Header {
                first_seq: Seq(integer(0)? as u64),
                last_seq: Seq(integer(1)? as u64),
                first_time: Time::from_micros(integer(2)?),
                last_time: Time::from_micros(integer(3)?),
                entries: integer(4)? as u64,
                observations: integer(5)? as u64,
            },
            prev: Digest(row.get(6)?),
            hash: Digest(row.get(7)?),
            bytes: row.get(8)?,
        })
    }

    /// The last block of the log.
    pub(crate) fn last(conn: &Connection) -> rusqlite::Result<Option<Self>> {
        let sql = format!("SELECT {} FROM block ORDER BY first_seq DESC LIMIT 1", Self::COLUMNS);
        conn.prepare_cached(&sql)?.query_row([], Self::from_row).optional()
    }

    /// The first block that begins at or after `seq`.
    pub(crate) fn at_or_after(conn: &Connection, seq: Seq) -> rusqlite::Result<Option<Self>> {
        let sql = format!("SELECT {} FROM block WHERE first_seq >= ?1 ORDER BY first_seq LIMIT 1", Self::COLUMNS);
        conn.prepare_cached(&sql)?.query_row([seq.0 as i64], Self::from_row).optional()
    }

    /// The last block that begins at or before `seq`.
    pub(crate) fn at_or_before(conn: &Connection, seq: Seq) -> rusqlite::Result<Option<Self>> {
        let sql = format!("SELECT {} FROM block WHERE first_seq <= ?1 ORDER BY first_seq DESC LIMIT 1", Self::COLUMNS);
        conn.prepare_cached(&sql)?.query_row([seq.0 as i64], Self::from_row).optional()
    }

    /// The end of the log if this is its last block.
    pub(crate) fn head(&self) -> Head {
        Head { seq: self.header.last_seq, time: self.header.last_time, chain: self.hash }
    }

    /// Says what is wrong with the block itself, if anything: its hash.
    pub(crate) fn check_hash(&self) -> Result<(), String> {
        if self.header.hash(&self.prev, &self.bytes) == self.hash {
            Ok(())
        } else {
            Err("its bytes or header do not match its hash".to_owned())
        }
    }

    /// The entries, after the hash, the header and the numbering were checked.
    pub(crate) fn open(&self) -> Result<Vec<Entry>, String> {
        self.check_hash()?;
        let entries = codec::decode(&self.bytes).map_err(|error| format!("its bytes cannot be read: {error}"))?;
        if Header::of(&entries) == Some(self.header) {
            Ok(entries)
        } else {
            Err("its entries do not match its header".to_owned())
        }
    }

    /// The block's name in errors.
    pub(crate) fn name(&self) -> String {
        format!("block of entries {} to {}", self.header.first_seq.0, self.header.last_seq.0)
    }
}
