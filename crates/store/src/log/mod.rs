//! The ordered, durable, hash-chained log of one site.
//!
//! Here: the writer ([`Store`]). Beside it: `reader` (what any process may read), `block` (rows and the chain),
//! `entries`, `verify`, `snapshot`, `token`, `lock`, `witness`, `backup`.
//! Invariant: sequence numbers are consecutive, times never decrease, and what [`Store::append`] returned for is on
//! the disk (with [`Durability::Full`]).

mod backup;
mod block;
mod entries;
mod lock;
mod reader;
mod schema;
mod snapshot;
#[cfg(test)]
mod tests;
mod token;
mod verify;
mod witness;

use std::fs;
use std::path::Path;

use city::{Digest, Entry, Seq, SourceId, Time};

pub use backup::{backup, restore};
pub use entries::Entries;
pub use lock::LOCK_FILE;
pub use reader::LogReader;
pub use schema::LOG_FILE;
pub use snapshot::{KEPT_SNAPSHOTS, PackedSnapshot, Snapshot};
pub use token::{TOKEN_LIFE, TokenRecord};
pub use verify::{ChainReport, Damage};
pub use witness::HEAD_FILE;

use crate::StoreError;
pub use crate::codec::{MAX_ENTRIES_PER_BLOCK, MAX_ROWS_PER_BLOCK};
use crate::sqlite::{Database, Upkeep};
use block::NewBlock;
use lock::Lock;
use witness::Witness;

/// Whether an append waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Every append is synced before it returns.
    Full,
    /// For temporary stores: nothing waits for the disk; a power cut may lose everything.
    None,
}

/// The end of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The last entry; 0 in an empty log.
    pub seq: Seq,
    /// Its time; the earliest time there is in an empty log.
    pub time: Time,
    /// The hash of the last block; zeros in an empty log.
    pub chain: Digest,
}

/// Where the log begins: the zero of every replay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// The checkpoint's sequence number: replay starts from its snapshot; 0 when the log is whole.
    pub seq: Seq,
    /// State hash at `seq`; absent when the log is whole and replay starts from the empty city.
    pub state_hash: Option<Digest>,
    /// Version of the engine that made the snapshot.
    pub engine: Option<String>,
    /// The last entry of the last dropped block, at or before `seq`.
    pub chain_seq: Seq,
    /// Its time.
    pub chain_time: Time,
    /// The hash of the last dropped block; zeros when the log is whole.
    pub chain: Digest,
}

/// The log of a site, for its one writer.
///
/// Not `Sync`: one thread appends. Other readers use [`LogReader`] or the history.
pub struct Store {
    reader: LogReader,
    head: Head,
    base: Base,
    witness: Option<Witness>,
    // Last, so that the folder is free only once the database is closed.
    _lock: Lock,
}

/// Pages in the write-ahead log before they are copied into the file: few, because they count as disk used, and
/// enough that the copy's own syncs stay rare.
const WAL_PAGES: u32 = 64;

impl Store {
    /// Opens the folder, making it if need be, and takes its lock for as long as the store lives.
    ///
    /// Refuses a folder in use, a newer schema, entries too old to be read, a foreign file, and a log that ends before what was acknowledged.
    pub fn open(dir: &Path, durability: Durability) -> Result<Self, StoreError> {
        fs::create_dir_all(dir).map_err(|error| StoreError::io(dir, error))?;
        let lock = Lock::take(dir)?;
        let synchronous = match durability {
            Durability::Full => "FULL",
            Durability::None => "OFF",
        };
        let upkeep = Upkeep { synchronous, wal_pages: WAL_PAGES };
        let database = Database::open(&dir.join(LOG_FILE), &schema::KIND, &upkeep)?;
        let reader = LogReader { database };
        reader.check_schema()?;
        let base = reader.base()?;
        let head = reader.checked_head()?;
        let witness = match durability {
            Durability::Full => Some(Witness::open(dir)?),
            Durability::None => None,
        };
        let mut store = Self { reader, head, base, witness, _lock: lock };
        store.check_witness()?;
        Ok(store)
    }

    fn check_witness(&mut self) -> Result<(), StoreError> {
        let Some(witness) = &mut self.witness else { return Ok(()) };
        if let Some(seen) = witness.seen() {
            self.reader.check_against(seen)?;
        }
        witness.note(&self.head);
        Ok(())
    }

    /// The end of the log.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Where the log begins.
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// What any reader may ask: entries, snapshots, tokens, the chain.
    pub fn reader(&self) -> &LogReader {
        &self.reader
    }

    /// Appends entries and the tokens of their requests in one transaction with one sync; returns the new head.
    ///
    /// Entries become one block, or several when they exceed a block's limits. On an error the log is as it was.
    pub fn append(&mut self, entries: &[Entry], tokens: &[TokenRecord]) -> Result<Head, StoreError> {
        self.check_follows(entries)?;
        let blocks = block::cut(entries, self.head.chain)?;
        let head = blocks.last().map_or(self.head, NewBlock::head);
        let written = self.reader.database.write(|transaction| {
            for block in &blocks {
                block.insert(transaction)?;
            }
            token::insert(transaction, tokens)
        });
        if let Err(error) = written {
            // What SQLite rolled back is decided by the file, not by this process's memory of it.
            if let Ok(head) = self.reader.head() {
                self.head = head;
            }
            return Err(error);
        }
        self.head = head;
        if let Some(witness) = &mut self.witness {
            witness.note(&head);
        }
        Ok(head)
    }

    fn check_follows(&self, entries: &[Entry]) -> Result<(), StoreError> {
        let (mut seq, mut time) = (self.head.seq, self.head.time);
        for entry in entries {
            let expected = Seq(seq.0 + 1);
            if entry.seq != expected {
                return Err(StoreError::OutOfOrder { expected, got: entry.seq });
            }
            if entry.time < time && seq != Seq(0) {
                return Err(StoreError::TimeWentBack { seq: entry.seq });
            }
            (seq, time) = (entry.seq, entry.time);
        }
        Ok(())
    }

    /// The answer stored for a source's token, if it is younger than [`TOKEN_LIFE`] at `now`.
    pub fn token(&self, source: &SourceId, token: &str, now: Time) -> Result<Option<TokenRecord>, StoreError> {
        self.reader.token(source, token, now)
    }

    /// The entries after `after`, in order; an error ends them.
    pub fn entries(&self, after: Seq) -> Entries<'_> {
        self.reader.entries(after)
    }

    /// Saves a snapshot; the newest [`KEPT_SNAPSHOTS`], the base's and the first of each day are kept.
    pub fn save_snapshot(&mut self, snapshot: &PackedSnapshot) -> Result<(), StoreError> {
        let base = self.base.seq;
        self.reader.database.write(|transaction| snapshot::insert(transaction, snapshot, base))
    }

    /// The newest undamaged snapshot of this engine version, at or before a sequence number if one is given.
    pub fn latest_snapshot(&self, engine: &str, at_or_before: Option<Seq>) -> Result<Option<Snapshot>, StoreError> {
        self.reader.latest_snapshot(engine, at_or_before)
    }

    /// Makes the snapshot at `seq` the base and drops every block that ends at or before it.
    pub fn checkpoint(&mut self, seq: Seq, engine: &str) -> Result<&Base, StoreError> {
        let snapshot = self.reader.latest_snapshot(engine, Some(seq))?.filter(|snapshot| snapshot.seq == seq);
        let snapshot = snapshot.ok_or(StoreError::NoSnapshot { seq })?;
        let base = self.reader.base_for(&snapshot, &self.base)?;
        self.reader.database.write(|transaction| snapshot::set_base(transaction, &base))?;
        self.base = base;
        Ok(&self.base)
    }

    /// Walks the whole chain; damage is reported, not returned as an error.
    pub fn verify_chain(&self) -> Result<ChainReport, StoreError> {
        self.reader.verify_chain()
    }

    /// Copies the folder into `to` (new or empty) while this store stays usable; see [`backup()`].
    pub fn backup(&self, to: &Path) -> Result<Head, StoreError> {
        backup(self.reader.dir(), to)
    }
}
