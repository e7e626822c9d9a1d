//! What can go wrong with a data folder, each error naming the file and what a person can do.
//!
//! Not here: retries and the HTTP status a full disk becomes.
//! Invariant: [`StoreError::Full`] leaves the log as it was, and the same call works once there is room.

use std::io;
use std::path::{Path, PathBuf};

use city::Seq;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process works on the folder.
    #[error(
        "{dir} is in use by another process{holder}; find it with `fuser -v {dir}/lock` and stop it, or choose another --data folder",
        dir = .dir.display()
    )]
    InUse {
        /// The folder.
        dir: PathBuf,
        /// " (process N)" when the lock file says so, else empty.
        holder: String,
    },
    /// There is no room on the disk, or the database reached its size limit.
    #[error("no room on the disk for {file}: nothing was lost, writing goes on once there is room", file = .file.display())]
    Full {
        /// The file that could not grow.
        file: PathBuf,
    },
    /// A file does not hold what was written to it.
    #[error("{file} is damaged: {what}", file = .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where in it, and how it shows.
        what: String,
    },
    /// The file was written by a newer version of the program.
    #[error(
        "{file} has schema version {found}, this program knows up to {known}: use the newer program",
        file = .file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: i64,
        /// The newest this program reads.
        known: i64,
    },
    /// The file was written by a version whose entries this program no longer reads.
    #[error(
        "{file} holds entries of schema {found}, written by an earlier development version; this program reads schema \
         {oldest} and later: open it with the program that wrote it, or name a new --data folder (nothing was changed)",
        file = .file.display()
    )]
    Older {
        /// The file.
        file: PathBuf,
        /// The schema of its oldest entries.
        found: u16,
        /// The oldest this program reads.
        oldest: u16,
    },
    /// The file is a database, but not one of this program's.
    #[error("{file} is not a Yiwang {kind}", file = .file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// What was expected.
        kind: &'static str,
    },
    /// Entries do not follow the head of the log.
    #[error("entry {got:?} does not follow the head of the log; expected {expected:?}")]
    OutOfOrder {
        /// The sequence number that would follow.
        expected: Seq,
        /// The one that came.
        got: Seq,
    },
    /// An entry's time lies before the one before it.
    #[error("entry {seq:?} lies before the time of the entry before it")]
    TimeWentBack {
        /// The entry.
        seq: Seq,
    },
    /// One entry is larger than a block may be.
    #[error("entry {seq:?} is too large for the log: {what}")]
    TooLarge {
        /// The entry.
        seq: Seq,
        /// Its size and the limit.
        what: String,
    },
    /// There is no snapshot at that sequence number.
    #[error("there is no snapshot at entry {seq:?} to make a checkpoint of")]
    NoSnapshot {
        /// The sequence number.
        seq: Seq,
    },
    /// Entries were asked for that a checkpoint dropped.
    #[error("the entries after {after:?} were dropped by retention; the log begins after the snapshot at {base:?}")]
    Dropped {
        /// What was asked for.
        after: Seq,
        /// The base.
        base: Seq,
    },
    /// A folder that must be empty is not.
    #[error("{dir} is not empty: nothing is ever overwritten, choose a new folder", dir = .dir.display())]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
    /// A folder that must hold a log does not.
    #[error("{dir} holds no log ({file} is missing)", dir = .dir.display(), file = crate::LOG_FILE)]
    NoLog {
        /// The folder.
        dir: PathBuf,
    },
    /// The operating system refused.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The database refused for a reason that is neither damage nor a full disk.
    #[error("{file}: {source}", file = .file.display())]
    Database {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// The error for an operating-system failure at `path`.
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { file: path.to_owned() },
            _ => Self::Io { path: path.to_owned(), source },
        }
    }

    /// The error for a database failure in `file`, told apart into full, damaged and other.
    pub(crate) fn database(file: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let file = file.to_owned();
        let Some(failure) = source.sqlite_error() else {
            return Self::Database { file, source };
        };
        match failure.code {
            ErrorCode::DiskFull => Self::Full { file },
            // Growing the shared index of the write-ahead log is the one full disk that is not reported as such.
            ErrorCode::SystemIoFailure if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => {
                Self::Full { file }
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                Self::Damaged { file, what: format!("SQLite says: {source}") }
            }
            ErrorCode::SystemIoFailure if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHORT_READ => {
                Self::Damaged { file, what: "it ends before its last page".to_owned() }
            }
            _ => Self::Database { file, source },
        }
    }

    /// The error for damage in `file`.
    pub(crate) fn damaged(file: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { file: file.to_owned(), what: what.into() }
    }

    /// True when the disk was full: the caller stops acknowledging and tries again later.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }
}
