//! A second witness of how far the log was acknowledged: 64 bytes beside the database.
//!
//! SQLite ends a damaged write-ahead log silently at the first bad frame, and an old copy of the file looks perfect.
//! The witness is written after each commit, unsynced, so it is never ahead of a healthy log: if it is, entries that
//! were acknowledged are missing.
//! Not here: what to do then (a person restores a backup, or removes the file and accepts the loss).
//! Invariant: a witness that cannot be written or read never stops the log; it only proves less.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use city::{Digest, Seq};

use super::Head;
use crate::StoreError;

/// The witness's file in a data folder.
pub const HEAD_FILE: &str = "log.head";

const MAGIC: &[u8; 8] = b"YWHEAD1\n";
const SIZE: usize = 64;

/// What the witness saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub seq: Seq,
    pub chain: Digest,
}

impl Seen {
    fn to_bytes(self) -> [u8; SIZE] {
        let mut bytes = [0; SIZE];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..16].copy_from_slice(&self.seq.0.to_le_bytes());
        bytes[16..48].copy_from_slice(&self.chain.0);
        let check = Digest::of(&bytes[..48]);
        bytes[48..].copy_from_slice(&check.0[..16]);
        bytes
    }

    fn from_bytes(bytes: [u8; SIZE]) -> Option<Self> {
        let mut seq = [0; 8];
        seq.copy_from_slice(&bytes[8..16]);
        let mut chain = [0; 32];
        chain.copy_from_slice(&bytes[16..48]);
        let seen = Self { seq: Seq(u64::from_le_bytes(seq)), chain: Digest(chain) };
        (seen.to_bytes() == bytes).then_some(seen)
    }

    /// What the witness in `dir` saw; `None` when there is none or it is torn.
    pub(crate) fn read(dir: &Path) -> Option<Self> {
        let mut bytes = [0; SIZE];
        File::open(dir.join(HEAD_FILE)).and_then(|mut file| file.read_exact(&mut bytes)).ok()?;
        Self::from_bytes(bytes)
    }
}

/// The witness file, open for writing.
pub(crate) struct Witness {
    file: File,
    seen: Option<Seen>,
}

impl Witness {
    /// Opens the witness of `dir`, making it if need be.
    pub(crate) fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(HEAD_FILE);
        let seen = Seen::read(dir);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).open(&path);
        Ok(Self { file: file.map_err(|error| StoreError::io(&path, error))?, seen })
    }

    /// What it had seen when it was opened.
    pub(crate) fn seen(&self) -> Option<Seen> {
        self.seen
    }

    /// Notes the head.
    pub(crate) fn note(&mut self, head: &Head) {
        let bytes = Seen { seq: head.seq, chain: head.chain }.to_bytes();
        let written = self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.write_all(&bytes));
        if let Err(error) = written {
            tracing::warn!(%error, "the log's witness {HEAD_FILE} could not be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_witness_proves_nothing() {
        let seen = Seen { seq: Seq(7), chain: Digest::of(b"block") };
        assert_eq!(Seen::from_bytes(seen.to_bytes()), Some(seen));
        for index in 0..SIZE {
            let mut bytes = seen.to_bytes();
            bytes[index] ^= 1;
            assert_eq!(Seen::from_bytes(bytes), None, "byte {index}");
        }
    }
}
