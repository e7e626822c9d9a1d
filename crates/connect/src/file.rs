//! A file of observations, `.csv` or `.csv.gz` → batches in the order of result times.
//!
//! Not here: speed and clock of a replay (the binary).
//! Invariant: rows = observations + outside + refused; memory is bounded by [`MAX_FILE_ROWS`]; what follows the
//! place where a file is cut off or damaged is never guessed, what stands before it is kept.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

use city::{Observation, ObservationBatch, Time};
use flate2::bufread::MultiGzDecoder;
use formats::csv::{CsvError, CsvReader};
use formats::scan::{Scan, ScannedStream};
use formats::{Problems, Row};

use crate::Lookup;
use crate::gather::{Gatherer, in_result_order};

pub use crate::gather::Window;

/// Most observations of one file that are held at once, at 28 bytes each and as much again while they are put in
/// order: about 1.1 GB. A longer file is read in parts, by `--from` and `--to`.
pub const MAX_FILE_ROWS: usize = 20_000_000;

/// Bytes read at a time.
pub(crate) const CHUNK_BYTES: usize = 256 * 1024;

/// Why a file gives nothing.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be opened or read at all.
    #[error("{}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is not a text of observations.
    #[error("{}: {source}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CsvError,
    },
    /// More observations than can be held.
    #[error(
        "{}: more than {limit} observations; read it in parts with --from and --to, or split the file",
        path.display()
    )]
    TooManyRows {
        /// The file.
        path: PathBuf,
        /// Observations allowed.
        limit: usize,
    },
}

/// Whether a file was read to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// To its end.
    #[default]
    End,
    /// It is cut off or damaged; all whole rows up to a line were read.
    Broken {
        /// The last line that was read whole; the header is line 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows below the header, blank lines aside.
    pub rows: u64,
    /// Rows to be delivered, missing results included.
    pub observations: u64,
    /// Of those, missing results.
    pub missing: u64,
    /// Good rows outside the window.
    pub outside: u64,
    /// Rows refused: the first ones and their number.
    pub problems: Problems,
    /// How far the file could be read. A command whose file is broken ends with a non-zero status.
    pub reach: Reach,
}

/// How many rows have been delivered: where to go on after a restart. It holds for one file, site and window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResumeToken(pub u64);

/// Rows of a file, a piece of the order of delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct FileBatch {
    /// The rows.
    pub observations: ObservationBatch,
    /// What to resume after, once they are durable.
    pub token: ResumeToken,
}

/// The observations of a file, in the order of result times, ties in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObservationFile {
    observations: ObservationBatch,
    report: Report,
}

impl ObservationFile {
    /// Reads the file at `path`, packed or not: its first bytes tell.
    pub fn read(path: &Path, lookup: &Lookup, window: Window) -> Result<Self, FileError> {
        let mut gatherer = Gatherer::new(lookup, window, MAX_FILE_ROWS);
        let reach = visit(path, |row| gatherer.take(row).map_continue(drop))?;
        let report = Report {
            rows: gatherer.rows,
            observations: gatherer.batch.len() as u64,
            missing: gatherer.missing,
            outside: gatherer.outside,
            problems: gatherer.problems,
            reach,
        };
        Ok(Self { observations: in_result_order(gatherer.batch), report })
    }

    /// What was read.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// All observations, in order.
    pub fn observations(&self) -> &ObservationBatch {
        &self.observations
    }

    /// The first and the last result time.
    pub fn span(&self) -> Option<(Time, Time)> {
        let times = self.observations.result_times();
        Some((*times.first()?, *times.last()?))
    }

    /// The rows after `token`, in batches of `rows` (the last may be shorter; 0 counts as 1).
    pub fn batches(&self, rows: usize, after: ResumeToken) -> impl Iterator<Item = FileBatch> + '_ {
        let end = self.observations.len();
        let start = usize::try_from(after.0).unwrap_or(end).min(end);
        (start..end).step_by(rows.max(1)).map(move |at| self.piece(at..end.min(at.saturating_add(rows.max(1)))))
    }

    fn piece(&self, rows: Range<usize>) -> FileBatch {
        let all = &self.observations;
        let observations = ObservationBatch::from_columns(
            all.datastreams()[rows.clone()].to_vec(),
            all.phenomenon_times()[rows.clone()].to_vec(),
            all.result_times()[rows.clone()].to_vec(),
            all.results()[rows.clone()].to_vec(),
        );
        FileBatch { observations: observations.unwrap_or_default(), token: ResumeToken(rows.end as u64) }
    }
}

/// What a file of observations holds, without a site.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scanned {
    /// Its datastreams, in the order of their first rows.
    pub streams: Vec<ScannedStream>,
    /// What was read; nothing is outside.
    pub report: Report,
}

/// Looks through the file at `path`, for a site that is yet to be made.
pub fn scan(path: &Path) -> Result<Scanned, FileError> {
    let mut scan = Scan::default();
    let mut report = Report::default();
    report.reach = visit(path, |row| {
        report.rows += 1;
        match row {
            Ok(_) if report.observations == MAX_FILE_ROWS as u64 => return ControlFlow::Break(()),
            Ok(record) => {
                report.observations += 1;
                report.missing += u64::from(record.result.is_none());
                scan.record(&record);
            }
            Err(problem) => report.problems.push(problem),
        }
        ControlFlow::Continue(())
    })?;
    Ok(Scanned { streams: scan.finish(), report })
}

/// The line of each wanted observation, found by reading the file again; `None` for one that is not in it.
///
/// The engine refuses observations without knowing of lines; this names the place to whoever has to mend the file.
pub fn lines_of(path: &Path, lookup: &Lookup, wanted: &[Observation]) -> Result<Vec<Option<u64>>, FileError> {
    let mut lines = vec![None; wanted.len()];
    visit(path, |row| {
        let Ok(record) = row else { return ControlFlow::Continue(()) };
        let Some(observation) = lookup.resolve(&record) else { return ControlFlow::Continue(()) };
        // Several refused ones may be the same to the letter: each takes the next line.
        let free = wanted.iter().zip(&mut lines).find(|(wanted, line)| line.is_none() && **wanted == observation);
        if let Some((_, line)) = free {
            *line = Some(record.place.row());
        }
        ControlFlow::Continue(())
    })?;
    Ok(lines)
}

/// Hands every row of the file at `path`, packed or not, to `visitor`, which breaks off when it can hold no more: the
/// file is then one of too many rows. For what needs no site, such as a backtest.
pub fn visit(path: &Path, mut visitor: impl FnMut(Row<'_>) -> ControlFlow<()>) -> Result<Reach, FileError> {
    let opened = |source| FileError::Open { path: path.to_owned(), source };
    let misread = |source| FileError::Csv { path: path.to_owned(), source };
    let mut bytes = unpacking(path).map_err(opened)?;
    let mut reader = CsvReader::default();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut flow = ControlFlow::Continue(());
    loop {
        let hand_over = |row: Row<'_>| {
            if flow.is_continue() {
                flow = visitor(row);
            }
        };
        match bytes.read(&mut chunk) {
            Ok(0) => {
                reader.finish(hand_over).map_err(misread)?;
                return if flow.is_continue() { Ok(Reach::End) } else { Err(too_many(path)) };
            }
            Ok(length) => reader.feed(&chunk[..length], hand_over).map_err(misread)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Ok(Reach::Broken { line: reader.line(), reason: broken(&error) }),
        }
        if flow.is_break() {
            return Err(too_many(path));
        }
    }
}

fn too_many(path: &Path) -> FileError {
    FileError::TooManyRows { path: path.to_owned(), limit: MAX_FILE_ROWS }
}

pub(crate) fn broken(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the file is cut off; get the whole file".to_owned(),
        _ => format!("the file is damaged ({error}); get it again"),
    }
}

/// The bytes of a file; of a gzip file those inside, of all its members.
pub(crate) fn unpacking(path: &Path) -> io::Result<Box<dyn Read>> {
    const GZIP: [u8; 2] = [0x1f, 0x8b];
    let mut file = BufReader::with_capacity(CHUNK_BYTES, File::open(path)?);
    if file.fill_buf()?.starts_with(&GZIP) { Ok(Box::new(MultiGzDecoder::new(file))) } else { Ok(Box::new(file)) }
}
