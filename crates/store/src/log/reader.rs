//! What any process may read of a log, also while another one writes it.
//!
//! Not here: writing.
//! Invariant: reading never changes the log and never blocks its writer.

use std::path::Path;

use city::{Digest, OLDEST_ENTRY_SCHEMA, Seq, Time};
use rusqlite::OptionalExtension;

use super::block::StoredBlock;
use super::witness::Seen;
use super::{Base, Entries, HEAD_FILE, Head, LOG_FILE, schema};
use crate::StoreError;
use crate::codec;
use crate::sqlite::Database;

/// A reader of a log.
pub struct LogReader {
    pub(super) database: Database,
}

impl LogReader {
    /// Opens the log in `dir` for reading, without the folder's lock.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let file = dir.join(LOG_FILE);
        if !file.is_file() {
            return Err(StoreError::NoLog { dir: dir.to_owned() });
        }
        let reader = Self { database: Database::open_reader(&file, &schema::KIND)? };
        reader.check_schema()?;
        Ok(reader)
    }

    /// Refuses a log whose first block is of an entry schema that is no longer read: a log never goes back to one.
    pub(super) fn check_schema(&self) -> Result<(), StoreError> {
        let Some(block) = self.database.query(|conn| StoredBlock::at_or_after(conn, Seq(0)))? else { return Ok(()) };
        // A damaged block is named as such when it is read.
        let Ok(Some(found)) = codec::oldest_schema(&block.bytes) else { return Ok(()) };
        if found >= OLDEST_ENTRY_SCHEMA {
            return Ok(());
        }
        Err(StoreError::Older { file: self.database.file.clone(), found, oldest: OLDEST_ENTRY_SCHEMA })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        self.database.file.parent().unwrap_or(Path::new("."))
    }

    /// The end of the log.
    pub fn head(&self) -> Result<Head, StoreError> {
        match self.database.query(StoredBlock::last)? {
            Some(block) => Ok(block.head()),
            None => self.base().map(|base| Head { seq: base.chain_seq, time: base.chain_time, chain: base.chain }),
        }
    }

    /// The end of the log, after the last block's hash was recomputed.
    pub(super) fn checked_head(&self) -> Result<Head, StoreError> {
        if let Some(block) = self.database.query(StoredBlock::last)? {
            block.check_hash().map_err(|what| self.database.damaged(format!("{}: {what}", block.name())))?;
        }
        self.head()
    }

    /// Where the log begins.
    pub fn base(&self) -> Result<Base, StoreError> {
        let sql =
            "SELECT seq, engine, state_hash, chain_seq, chain_time, chain FROM checkpoint ORDER BY seq DESC LIMIT 1";
        let found = self.database.query(|conn| {
            conn.prepare_cached(sql)?
                .query_row([], |row| {
                    Ok(Base {
                        seq: Seq(row.get::<_, i64>(0)? as u64),
                        engine: Some(row.get(1)?),
                        state_hash: Some(Digest(row.get(2)?)),
                        chain_seq: Seq(row.get::<_, i64>(3)? as u64),
                        chain_time: Time::from_micros(row.get(4)?),
                        chain: Digest(row.get(5)?),
                    })
                })
                .optional()
        })?;
        Ok(found.unwrap_or_else(|| Base { chain_time: Time::MIN, ..Base::default() }))
    }

    /// Observations in the blocks the log holds.
    pub fn observations(&self) -> Result<u64, StoreError> {
        self.database.query(|conn| {
            conn.query_row("SELECT COALESCE(SUM(observations), 0) FROM block", [], |row| row.get::<_, i64>(0))
                .map(i64::unsigned_abs)
        })
    }

    /// The entries after `after`, in order; an error ends them.
    ///
    /// Entries that a checkpoint dropped cannot be had: asking for them is an error.
    pub fn entries(&self, after: Seq) -> Entries<'_> {
        Entries::new(self, after)
    }

    /// Refuses a log that ends before, or differs from, what its witness saw.
    pub(super) fn check_against(&self, seen: Seen) -> Result<(), StoreError> {
        let head = self.head()?;
        if head.seq < seen.seq {
            return Err(self.database.damaged(format!(
                "it ends at entry {}, but entry {} was acknowledged: it was cut or replaced by an older copy. Restore a \
                 backup, or remove {HEAD_FILE} to go on without the entries between",
                head.seq.0, seen.seq.0
            )));
        }
        let chain = if head.seq == seen.seq {
            Some(head.chain)
        } else {
            let block = self.database.query(|conn| StoredBlock::at_or_before(conn, seen.seq))?;
            block.filter(|block| block.header.last_seq == seen.seq).map(|block| block.hash)
        };
        match chain {
            Some(chain) if chain != seen.chain => Err(self.database.damaged(format!(
                "entry {} is not the one that was acknowledged: another log was put in its place",
                seen.seq.0
            ))),
            _ => Ok(()),
        }
    }
}
