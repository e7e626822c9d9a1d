//! Backup while a writer is at work, and restore into an empty folder.
//!
//! A backup holds both databases. History is copied first and the log after it, so the log always reaches at least as
//! far as the history: after a restore the shell re-applies the difference. History is copied, not rebuilt, because
//! warnings as issued and rollups outlive the entries that a checkpoint drops.
//! Not here: schedules, encryption, transport.
//! Invariant: nothing is ever overwritten, and a half-made copy never has the name of a whole one.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::lock::Lock;
use super::witness::Witness;
use super::{HEAD_FILE, Head, LOG_FILE, LogReader};
use crate::history::{HISTORY_FILE, KIND as HISTORY_KIND};
use crate::sqlite::Database;
use crate::{StoreError, log::schema::KIND as LOG_KIND};

/// Copies the data folder `from` into `to`, which must be new or empty; works from any process, also while another
/// one writes. Returns how far the copy of the log reaches.
pub fn backup(from: &Path, to: &Path) -> Result<Head, StoreError> {
    if !from.join(LOG_FILE).is_file() {
        return Err(StoreError::NoLog { dir: from.to_owned() });
    }
    make_empty(to)?;
    let history = from.join(HISTORY_FILE);
    if history.is_file() {
        copy_online(&Database::open_reader(&history, &HISTORY_KIND)?, &to.join(HISTORY_FILE))?;
    }
    copy_online(&Database::open_reader(&from.join(LOG_FILE), &LOG_KIND)?, &to.join(LOG_FILE))?;
    let reader = LogReader::open(to)?;
    let head = reader.checked_head()?;
    Witness::open(to)?.note(&head);
    sync_dir(to)?;
    Ok(head)
}

/// Copies a backup into `to`, which must be new or empty, and checks the whole chain there.
///
/// A damaged backup is named and leaves `to` empty.
pub fn restore(from: &Path, to: &Path) -> Result<Head, StoreError> {
    if !from.join(LOG_FILE).is_file() {
        return Err(StoreError::NoLog { dir: from.to_owned() });
    }
    Lock::refuse_if_held(from)?;
    make_empty(to)?;
    let restored = copy_files(from, to).and_then(|()| checked(to));
    if restored.is_err() {
        for name in FILES {
            // What cannot be removed is reported by the next attempt, which finds the folder not empty.
            let _ = fs::remove_file(to.join(name));
        }
    }
    restored
}

/// Everything a restore copies; the write-ahead logs exist when the folder is a plain copy of a data folder.
const FILES: [&str; 7] =
    [HISTORY_FILE, "history.db-wal", "history.db-shm", "log.db-wal", "log.db-shm", HEAD_FILE, LOG_FILE];

fn copy_files(from: &Path, to: &Path) -> Result<(), StoreError> {
    for name in FILES.into_iter().filter(|name| !name.ends_with("-shm")) {
        let (source, target) = (from.join(name), to.join(name));
        if source.is_file() {
            fs::copy(&source, &target).map_err(|error| StoreError::io(&target, error))?;
            File::open(&target).and_then(|file| file.sync_all()).map_err(|error| StoreError::io(&target, error))?;
        }
    }
    sync_dir(to)
}

fn checked(dir: &Path) -> Result<Head, StoreError> {
    let report = LogReader::open(dir)?.verify_chain()?;
    match report.damage {
        None => Ok(report.head),
        Some(damage) => {
            Err(StoreError::damaged(&dir.join(LOG_FILE), format!("at entry {}: {}", damage.block.0, damage.reason)))
        }
    }
}

fn make_empty(dir: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(dir).map_err(|error| StoreError::io(dir, error))?;
    let mut entries = fs::read_dir(dir).map_err(|error| StoreError::io(dir, error))?;
    if entries.next().is_some() { Err(StoreError::NotEmpty { dir: dir.to_owned() }) } else { Ok(()) }
}

/// Copies in one step: one read transaction, which a writer of a write-ahead log does not wait for.
fn copy_online(source: &Database, target: &Path) -> Result<(), StoreError> {
    let part = target.with_extension("db.part");
    let copy = || -> rusqlite::Result<StepResult> {
        let mut to = Connection::open(&part)?;
        Backup::new(&source.conn, &mut to)?.step(-1)
    };
    match copy().map_err(|error| StoreError::database(&part, error))? {
        StepResult::Done => fs::rename(&part, target).map_err(|error| StoreError::io(target, error)),
        _ => Err(StoreError::Io {
            path: source.file.clone(),
            source: std::io::Error::new(std::io::ErrorKind::ResourceBusy, "the database is locked; try again"),
        }),
    }
}

fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    File::open(dir).and_then(|file| file.sync_all()).map_err(|error| StoreError::io(dir, error))
}
