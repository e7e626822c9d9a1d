//! Snapshots of the city's state, and the checkpoint that makes one of them the base of the log.
//!
//! Not here: what a state looks like inside (engine).
//! Invariant: a snapshot is handed out only if its bytes match the digest written with it.

use std::io::{Read, Write};

use city::{Digest, Seq, Time};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::block::StoredBlock;
use super::{Base, LogReader};
use crate::StoreError;

/// How many snapshots are kept beside the base's.
pub const KEPT_SNAPSHOTS: usize = 3;

/// The state of the city after an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The entry.
    pub seq: Seq,
    /// Site time.
    pub time: Time,
    /// Version of the engine; another version never loads it.
    pub engine: String,
    /// Digest of the site in force.
    pub site: Digest,
    /// State hash.
    pub state_hash: Digest,
    /// The state.
    pub bytes: Vec<u8>,
}

/// A snapshot compressed for the log: made by whoever made the snapshot, so that the log's writer never waits for it.
#[derive(Clone, Debug)]
pub struct PackedSnapshot {
    header: Snapshot,
    digest: Digest,
    size: usize,
    packed: Vec<u8>,
}

impl PackedSnapshot {
    /// The entry it is of.
    pub fn seq(&self) -> Seq {
        self.header.seq
    }
}

impl Snapshot {
    /// Compresses it.
    pub fn pack(mut self) -> PackedSnapshot {
        let (digest, size, packed) = (self.digest(), self.bytes.len(), packed(&self.bytes));
        self.bytes = Vec::new();
        PackedSnapshot { header: self, digest, size, packed }
    }

    /// Digest of everything in it.
    fn digest(&self) -> Digest {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"yiwang snapshot v1\n");
        hasher.update(&self.seq.0.to_le_bytes()).update(&self.time.micros().to_le_bytes());
        hasher.update(&(self.engine.len() as u64).to_le_bytes()).update(self.engine.as_bytes());
        hasher.update(&self.site.0).update(&self.state_hash.0).update(&self.bytes);
        Digest(*hasher.finalize().as_bytes())
    }

    /// From a row of [`SELECT`]; `None` when it does not match its digest.
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Option<Self>> {
        let (packed, size): (Vec<u8>, i64) = (row.get(7)?, row.get(6)?);
        // The size bounds what a damaged stream may unpack to; the digest judges it.
        let mut bytes = Vec::new();
        let unpacked = DeflateDecoder::new(packed.as_slice()).take(size.unsigned_abs() + 1).read_to_end(&mut bytes);
        let snapshot = Self {
            seq: Seq(row.get::<_, i64>(0)? as u64),
            engine: row.get(1)?,
            time: Time::from_micros(row.get(2)?),
            site: Digest(row.get(3)?),
            state_hash: Digest(row.get(4)?),
            bytes,
        };
        let digest = Digest(row.get(5)?);
        Ok((unpacked.is_ok() && snapshot.digest() == digest).then_some(snapshot))
    }
}

/// A day of site time, microseconds.
const DAY_MICROS: i64 = 86_400 * city::MICROS_PER_S;

const SELECT: &str = "SELECT seq, engine, time, site, state_hash, digest, size, bytes FROM snapshot";

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::fast());
    // Writing into memory cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Writes a snapshot and forgets the oldest beyond [`KEPT_SNAPSHOTS`], never the base's nor the first of a day (UTC).
///
/// One a day stays, because a checkpoint can only be made at a snapshot: retention by days needs one a day.
pub(super) fn insert(conn: &Connection, snapshot: &PackedSnapshot, base: Seq) -> rusqlite::Result<()> {
    let header = &snapshot.header;
    conn.prepare_cached("INSERT OR REPLACE INTO snapshot VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute(
        params![
            header.seq.0 as i64,
            header.engine,
            header.time.micros(),
            header.site.0,
            header.state_hash.0,
            snapshot.digest.0,
            snapshot.size as i64,
            snapshot.packed
        ],
    )?;
    conn.prepare_cached(
        "DELETE FROM snapshot WHERE seq <> ?1 AND rowid NOT IN
             (SELECT rowid FROM snapshot WHERE seq <> ?1 ORDER BY seq DESC, rowid DESC LIMIT ?2)
         AND seq NOT IN (SELECT MIN(seq) FROM snapshot GROUP BY time / ?3)",
    )?
    .execute(params![base.0 as i64, KEPT_SNAPSHOTS as i64, DAY_MICROS])?;
    Ok(())
}

/// Makes `base` the base: its row, without the blocks and snapshots before it.
pub(super) fn set_base(conn: &Connection, base: &Base) -> rusqlite::Result<()> {
    conn.execute(
        "INSERT OR REPLACE INTO checkpoint VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            base.seq.0 as i64,
            base.engine,
            base.state_hash.map(|hash| hash.0),
            base.chain_seq.0 as i64,
            base.chain_time.micros(),
            base.chain.0
        ],
    )?;
    conn.execute("DELETE FROM block WHERE last_seq <= ?1", [base.seq.0 as i64])?;
    conn.execute("DELETE FROM snapshot WHERE seq < ?1", [base.seq.0 as i64])?;
    Ok(())
}

impl LogReader {
    /// The newest undamaged snapshot of this engine version, at or before a sequence number if one is given.
    ///
    /// A damaged one is named in the program's log and passed over: an older one and more entries give the same state.
    pub fn latest_snapshot(&self, engine: &str, at_or_before: Option<Seq>) -> Result<Option<Snapshot>, StoreError> {
        let mut bound = at_or_before.map_or(i64::MAX, |seq| i64::try_from(seq.0).unwrap_or(i64::MAX));
        loop {
            let found = self.database.query(|conn| {
                let sql = format!("{SELECT} WHERE engine = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT 1");
                conn.prepare_cached(&sql)?
                    .query_row(params![engine, bound], |row| Ok((row.get::<_, i64>(0)?, Snapshot::from_row(row)?)))
                    .optional()
            })?;
            match found {
                None => return Ok(None),
                Some((_, Some(snapshot))) => return Ok(Some(snapshot)),
                Some((seq, None)) => {
                    let file = self.database.file.display();
                    tracing::warn!("{file}: the snapshot at entry {seq} is damaged and passed over");
                    bound = seq - 1;
                }
            }
        }
    }

    /// The newest snapshot of this engine version that was taken before a site time: where retention may cut.
    pub fn snapshot_before(&self, engine: &str, time: Time) -> Result<Option<Seq>, StoreError> {
        self.database.query(|conn| {
            conn.query_row(
                "SELECT MAX(seq) FROM snapshot WHERE engine = ?1 AND time < ?2",
                params![engine, time.micros()],
                |row| row.get::<_, Option<i64>>(0),
            )
            .map(|seq| seq.map(|seq| Seq(seq.unsigned_abs())))
        })
    }

    /// The first damaged snapshot, by its entry.
    pub(super) fn damaged_snapshot(&self) -> rusqlite::Result<Option<Seq>> {
        let conn = &self.database.conn;
        let mut select = conn.prepare(&format!("{SELECT} ORDER BY seq"))?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            if Snapshot::from_row(row)?.is_none() {
                return Ok(Some(Seq(row.get::<_, i64>(0)? as u64)));
            }
        }
        Ok(None)
    }

    /// The base that `snapshot` makes, given the present one.
    pub(super) fn base_for(&self, snapshot: &Snapshot, present: &Base) -> Result<Base, StoreError> {
        let last = self.database.query(|conn| {
            let sql = format!(
                "SELECT {} FROM block WHERE last_seq <= ?1 ORDER BY first_seq DESC LIMIT 1",
                StoredBlock::COLUMNS
            );
            conn.prepare_cached(&sql)?.query_row([snapshot.seq.0 as i64], StoredBlock::from_row).optional()
        })?;
        let (chain_seq, chain_time, chain) = match last {
            None => (present.chain_seq, present.chain_time, present.chain),
            Some(block) => {
                block.check_hash().map_err(|what| self.database.damaged(format!("{}: {what}", block.name())))?;
                (block.header.last_seq, block.header.last_time, block.hash)
            }
        };
        Ok(Base {
            seq: snapshot.seq,
            state_hash: Some(snapshot.state_hash),
            engine: Some(snapshot.engine.clone()),
            chain_seq,
            chain_time,
            chain,
        })
    }
}
