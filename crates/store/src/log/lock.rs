//! The exclusive lock on a data folder.
//!
//! Not here: locks inside the databases, which SQLite keeps itself.
//! Invariant: the operating system frees the lock when the process ends, however it ends; the file itself may stay.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

use crate::StoreError;

/// The lock file in a data folder; it holds the number of the process that has it.
pub const LOCK_FILE: &str = "lock";

/// A held lock.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says who has it.
    pub(crate) fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(LOCK_FILE);
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| StoreError::io(&path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse { dir: dir.to_owned(), holder: holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::io(&path, error)),
        }
        // The number only helps people; a full disk must not keep the folder shut.
        let _ = file.set_len(0).and_then(|()| file.write_all(std::process::id().to_string().as_bytes()));
        Ok(Self { _file: file })
    }

    /// Refuses a folder that another process works on, without leaving a lock file where there was none.
    pub(crate) fn refuse_if_held(dir: &Path) -> Result<(), StoreError> {
        if dir.join(LOCK_FILE).exists() { Self::take(dir).map(drop) } else { Ok(()) }
    }
}

/// The process that holds the lock, for a message.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(20).read_to_string(&mut text) {
        Ok(_) if text.parse::<u32>().is_ok() => format!(" (process {text})"),
        _ => String::new(),
    }
}
