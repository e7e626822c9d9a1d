//! A file that says what really was (people, faults, rates), `.csv` or `.csv.gz`.
//!
//! Not here: what its rows must be (formats), what is scored by them (the binary).
//! Invariant: what follows the place where a file is cut off or damaged is never guessed, what stands before is kept.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use city::Site;
use formats::Problems;
use formats::reality::{MAX_ROWS, RealityReader, TableError, Taken, Told};

use crate::file::{CHUNK_BYTES, Reach, broken, unpacking};

/// Why a file gives nothing.
#[derive(Debug, thiserror::Error)]
pub enum RealityError {
    /// It cannot be opened or read at all.
    #[error("{}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is not the table it should be.
    #[error("{}: {source}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Why.
        source: TableError,
    },
    /// More rows than can be held.
    #[error("{}: more than {limit} rows; split the file", path.display())]
    TooManyRows {
        /// The file.
        path: PathBuf,
        /// Rows allowed.
        limit: usize,
    },
}

/// What a file says.
#[derive(Clone, Debug, PartialEq)]
pub struct RealityFile<R> {
    /// The good rows, in the order of the file.
    pub rows: Vec<R>,
    /// The others.
    pub problems: Problems,
    /// How far it could be read.
    pub reach: Reach,
}

/// Reads a file about `site`, packed or not: its first bytes tell.
pub fn read<T: Told>(path: &Path, site: &Site) -> Result<RealityFile<T::Row>, RealityError> {
    let opened = |source| RealityError::Open { path: path.to_owned(), source };
    let misread = |source| RealityError::Table { path: path.to_owned(), source };
    let mut bytes = unpacking(path).map_err(opened)?;
    let mut reader = RealityReader::<T>::new(site);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match bytes.read(&mut chunk) {
            Ok(0) => return held(path, reader.finish().map_err(misread)?, Reach::End),
            Ok(length) => reader.feed(&chunk[..length]).map_err(misread)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let (line, _) = reader.reached();
                return held(path, reader.broken_off(), Reach::Broken { line, reason: broken(&error) });
            }
        }
        if reader.reached().1 {
            return Err(too_many(path));
        }
    }
}

fn held<R>(path: &Path, taken: Taken<R>, reach: Reach) -> Result<RealityFile<R>, RealityError> {
    if taken.is_full {
        return Err(too_many(path));
    }
    Ok(RealityFile { rows: taken.rows, problems: taken.problems, reach })
}

fn too_many(path: &Path) -> RealityError {
    RealityError::TooManyRows { path: path.to_owned(), limit: MAX_ROWS }
}
