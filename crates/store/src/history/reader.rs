//! Reading history from any thread, while it is written.
//!
//! Not here: warnings (`warnings`), aggregation itself (`window`).
//! Invariant: open points are looked at before the database, so that a flush between the two shows a point twice at
//! most; points are told apart by their time, and a chunk speaks for all points up to its end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use city::{MICROS_PER_S, Span, Time};
use rusqlite::{Connection, params};

use super::open::{MISSING, Row};
use super::window::{Windows, floor};
use super::writer::Shared;
use super::{KIND, Point, ROLLUP_WIDTHS_S, SeriesKey, Window, chunk};
use crate::StoreError;
use crate::codec::CodecError;
use crate::sqlite::Database;

/// Connections kept for the next query.
const IDLE_CONNECTIONS: usize = 4;

/// Connections to read with.
pub(super) struct Pool {
    file: PathBuf,
    idle: Mutex<Vec<Database>>,
}

impl Pool {
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file, idle: Mutex::new(Vec::new()) }
    }

    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let database = match idle {
            Some(database) => database,
            None => Database::open_reader(&self.file, &KIND)?,
        };
        let result = work(&database);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_CONNECTIONS {
            idle.push(database);
        }
        result
    }
}

/// A reader of history: cheap to clone, for any thread.
#[derive(Clone)]
pub struct HistoryReader {
    pub(super) shared: Arc<Shared>,
}

/// What memory holds of a series in a range.
struct OpenPart {
    place: u32,
    has_bounds: bool,
    rows: Vec<Row>,
    late: BTreeMap<i64, Row>,
}

/// A chunk or rollup as stored.
struct StoredChunk {
    width_s: u32,
    start: i64,
    until: i64,
    bytes: Vec<u8>,
}

impl HistoryReader {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Site time of the latest entry recorded.
    pub fn as_of(&self) -> Time {
        self.shared.read().as_of
    }

    /// The first `limit` points with `from` ≤ time < `to`, in order; empty for a series not in the site.
    pub fn raw(&self, series: SeriesKey, from: Time, to: Time, limit: usize) -> Result<Vec<Point>, StoreError> {
        let (from, to) = (from.micros(), to.micros());
        let Some(open) = self.open_part(series, from, to) else { return Ok(Vec::new()) };
        let mut rows = Vec::new();
        let mut chunked = i64::MIN;
        self.chunks(open.place, (from, to), 0, |file, stored| {
            let points = chunk::decode(&stored.bytes, open.has_bounds)
                .map_err(|error| damaged(file, open.place, stored.start, &error))?;
            rows.extend(points.into_iter().filter(|row| (from..to).contains(&row.time)));
            chunked = stored.until;
            Ok(rows.len() < limit.saturating_add(open.late.len()))
        })?;
        rows.extend(open.rows.into_iter().filter(|row| row.time > chunked));
        for row in open.late.into_values() {
            super::writer::upsert(&mut rows, row);
        }
        rows.truncate(limit);
        Ok(rows.into_iter().map(|row| point(row, open.has_bounds)).collect())
    }

    /// The series over windows of `window`, from the one that holds `from` to the last that starts before `to`.
    ///
    /// Windows are multiples of their width since 1970. A width below 1 µs gives nothing.
    pub fn windows(&self, series: SeriesKey, from: Time, to: Time, window: Span) -> Result<Vec<Window>, StoreError> {
        let width = window.micros();
        if width <= 0 || to <= from {
            return Ok(Vec::new());
        }
        let from = floor(from.micros(), width);
        let to = floor(to.micros() - 1, width).saturating_add(width);
        let Some(open) = self.open_part(series, from, to) else { return Ok(Vec::new()) };
        let rollup =
            ROLLUP_WIDTHS_S.into_iter().rev().find(|width_s| width % (i64::from(*width_s) * MICROS_PER_S) == 0);
        let mut windows = Windows::new(width);
        let mut late = open.late;
        // Start of the chunk already taken from its rollup, and the end of all chunks.
        let (mut taken, mut chunked) = (None, i64::MIN);
        self.chunks(open.place, (from, to), rollup.unwrap_or(0), |file, stored| {
            chunked = stored.until;
            if taken == Some(stored.start) {
                return Ok(true);
            }
            let revised = late.range(stored.start..=stored.until).next().is_some();
            let named = |error| damaged(file, open.place, stored.start, &error);
            if stored.width_s > 0 {
                if !revised {
                    let buckets = chunk::decode_rollup(&stored.bytes, stored.width_s, stored.until).map_err(named)?;
                    for bucket in buckets {
                        windows.add(bucket);
                    }
                    taken = Some(stored.start);
                }
                return Ok(true);
            }
            let mut rows = chunk::decode(&stored.bytes, open.has_bounds).map_err(named)?;
            if revised {
                let inside: Vec<i64> = late.range(stored.start..=stored.until).map(|(time, _)| *time).collect();
                inside
                    .iter()
                    .filter_map(|time| late.remove(time))
                    .for_each(|row| super::writer::upsert(&mut rows, row));
            }
            for row in &rows {
                windows.add_row(row);
            }
            Ok(true)
        })?;
        let open_rows = open.rows.iter().filter(|row| row.time > chunked);
        for row in late.values().chain(open_rows) {
            windows.add_row(row);
        }
        Ok(windows.finish(from, to))
    }

    fn open_part(&self, key: SeriesKey, from: i64, to: i64) -> Option<OpenPart> {
        let open = self.shared.read();
        let place = open.place(key)?;
        let series = open.series.get(place as usize)?;
        let first = series.points.partition_point(|(time, _)| *time < from);
        let end = series.points.partition_point(|(time, _)| *time < to);
        let late = if from < to {
            series.late.range(from..to).map(|(time, row)| (*time, *row)).collect()
        } else {
            BTreeMap::new()
        };
        Some(OpenPart {
            place,
            has_bounds: series.has_bounds,
            rows: (first..end.max(first)).map(|index| series.row(index)).collect(),
            late,
        })
    }

    /// Gives the chunks that touch `range`, in order, a rollup before its points, until `take` says false.
    fn chunks(
        &self,
        place: u32,
        range: (i64, i64),
        width_s: u32,
        mut take: impl FnMut(&Path, &StoredChunk) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let sql = "SELECT width, start, until, bytes FROM chunk
                   WHERE series = ?1 AND width IN (0, ?4) AND start < ?3 AND until >= ?2
                     AND start >= coalesce((SELECT max(start) FROM chunk WHERE series = ?1 AND start <= ?2), ?2)
                   ORDER BY start, width DESC";
        self.shared.pool.with(|database| {
            let named = |error| database.named(error);
            let mut select = database.conn.prepare_cached(sql).map_err(named)?;
            let mut rows = select.query(params![place, range.0, range.1, width_s]).map_err(named)?;
            while let Some(row) = rows.next().map_err(named)? {
                let stored = || -> rusqlite::Result<StoredChunk> {
                    Ok(StoredChunk { width_s: row.get(0)?, start: row.get(1)?, until: row.get(2)?, bytes: row.get(3)? })
                };
                if !take(&database.file, &stored().map_err(named)?)? {
                    break;
                }
            }
            Ok(())
        })
    }

    pub(super) fn query<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.shared.pool.with(|database| database.query(work))
    }
}

fn point(row: Row, has_bounds: bool) -> Point {
    Point {
        time: Time::from_micros(row.time),
        value: (row.value.to_bits() != MISSING).then_some(row.value),
        interval: has_bounds.then_some((row.low, row.high)),
    }
}

/// Names a damaged chunk.
pub(super) fn damaged(file: &Path, place: u32, start: i64, error: &CodecError) -> StoreError {
    let start = Time::from_micros(start);
    StoreError::damaged(file, format!("the chunk of series {place} from {start} cannot be read: {error}"))
}
