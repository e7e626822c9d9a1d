//! Opening a SQLite file the way both databases need it: kind, schema version, durability.
//!
//! Not here: any table.
//! Invariant: a file of another kind or a newer version is refused and left untouched; migrations only go forward,
//! each in its own transaction together with its version number.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::StoreError;

/// What makes one of our databases.
pub(crate) struct Kind {
    /// What it is called in errors.
    pub name: &'static str,
    /// SQLite's `application_id`.
    pub application_id: i64,
    /// One script per schema version, the first for version 1.
    pub migrations: &'static [&'static str],
    /// Bytes of a page.
    pub page_size: u32,
}

/// How a connection treats the disk.
pub(crate) struct Upkeep {
    /// SQLite's `synchronous`: FULL, NORMAL or OFF.
    pub synchronous: &'static str,
    /// Pages in the write-ahead log before they are copied into the file.
    pub wal_pages: u32,
}

/// How long a statement waits for another connection's lock.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// A connection with the path that its errors name.
pub(crate) struct Database {
    /// The connection.
    pub conn: Connection,
    /// The file.
    pub file: PathBuf,
}

impl Database {
    /// Opens `file` for writing, making it if need be.
    pub(crate) fn open(file: &Path, kind: &Kind, upkeep: &Upkeep) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut database = Self::connect(file, flags)?;
        database.setup(kind, upkeep).map_err(|error| database.named(error))??;
        database.migrate(kind)?;
        Ok(database)
    }

    /// Opens `file` for reading; it must exist.
    pub(crate) fn open_reader(file: &Path, kind: &Kind) -> Result<Self, StoreError> {
        // A reader of a write-ahead log needs the shared index beside it, hence a writable handle that never writes.
        let database = Self::connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        database.query(|conn| conn.pragma_update(None, "query_only", true))?;
        let version = database.version(kind)?;
        if version == 0 {
            return Err(StoreError::Foreign { file: file.to_owned(), kind: kind.name });
        }
        Ok(database)
    }

    fn connect(file: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let conn = Connection::open_with_flags(file, flags).map_err(|error| StoreError::database(file, error))?;
        let database = Self { conn, file: file.to_owned() };
        database.query(|conn| {
            conn.busy_timeout(BUSY_WAIT)?;
            conn.set_prepared_statement_cache_capacity(64);
            // Damage inside a page shows as an error instead of wrong rows.
            conn.pragma_update(None, "cell_size_check", true)
        })?;
        Ok(database)
    }

    fn setup(&self, kind: &Kind, upkeep: &Upkeep) -> rusqlite::Result<Result<(), StoreError>> {
        // The page size counts only for a file that does not exist yet.
        self.conn.pragma_update(None, "page_size", kind.page_size)?;
        if let Err(error) = self.version(kind) {
            return Ok(Err(error));
        }
        self.conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        self.conn.pragma_update(None, "synchronous", upkeep.synchronous)?;
        self.conn.pragma_update(None, "wal_autocheckpoint", upkeep.wal_pages)?;
        let limit = i64::from(upkeep.wal_pages) * i64::from(kind.page_size);
        self.conn.pragma_update_and_check(None, "journal_size_limit", limit, |_| Ok(()))?;
        Ok(Ok(()))
    }

    /// The schema version, 0 for an empty file; refuses files of another kind or a newer version.
    fn version(&self, kind: &Kind) -> Result<i64, StoreError> {
        let (application, version, objects) = self.query(|conn| {
            let pragma = |name| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            let objects: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            Ok((pragma("application_id")?, pragma("user_version")?, objects))
        })?;
        let known = kind.migrations.len() as i64;
        if application != kind.application_id && (application != 0 || objects > 0) {
            return Err(StoreError::Foreign { file: self.file.clone(), kind: kind.name });
        }
        if version > known {
            return Err(StoreError::Newer { file: self.file.clone(), found: version, known });
        }
        Ok(version)
    }

    fn migrate(&mut self, kind: &Kind) -> Result<(), StoreError> {
        let version = self.version(kind)?;
        let pending = kind.migrations.iter().enumerate().skip(usize::try_from(version).unwrap_or(0));
        for (index, script) in pending {
            self.write(|transaction| {
                transaction.pragma_update(None, "application_id", kind.application_id)?;
                transaction.execute_batch(script)?;
                transaction.pragma_update(None, "user_version", index as i64 + 1)
            })?;
        }
        Ok(())
    }

    /// Runs `work` on the connection; its error names the file.
    pub(crate) fn query<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        work(&self.conn).map_err(|error| self.named(error))
    }

    /// Runs `work` in one transaction; an error rolls it back.
    pub(crate) fn write<T>(
        &mut self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let file = &self.file;
        let run = || {
            let transaction = self.conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        run().map_err(|error| StoreError::database(file, error))
    }

    /// The store's error for a database error in this file.
    pub(crate) fn named(&self, error: rusqlite::Error) -> StoreError {
        StoreError::database(&self.file, error)
    }

    /// Names damage in this file.
    pub(crate) fn damaged(&self, what: impl Into<String>) -> StoreError {
        StoreError::damaged(&self.file, what)
    }
}
