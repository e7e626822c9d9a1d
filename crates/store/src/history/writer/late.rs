//! Points for before a series' last chunk: the chunk that covers them is written anew with its rollups.
//!
//! Not here: points out of order among the open ones.
//! Invariant: a chunk written anew keeps its flush, so that segments are judged as before.

use rusqlite::{OptionalExtension, params};

use super::super::open::{Open, Row};
use super::super::{chunk, reader};
use super::save::Plan;
use crate::StoreError;
use crate::sqlite::Database;

/// A chunk as stored.
struct Stored {
    start: i64,
    generation: u64,
    bytes: Vec<u8>,
}

/// Adds what the late points of all series change.
pub(super) fn plan(database: &Database, open: &Open, plan: &mut Plan) -> Result<(), StoreError> {
    for (place, series) in open.series.iter().enumerate().filter(|(_, series)| !series.late.is_empty()) {
        let place = place as u32;
        let mut late = series.late.values().copied().peekable();
        while let Some(first) = late.peek().copied() {
            let Some(stored) = covering(database, place, first.time)? else {
                // Its chunks are gone (retention): there is nothing left to revise.
                break;
            };
            let next = start_after(database, place, stored.start.max(first.time))?;
            let mut rows = chunk::decode(&stored.bytes, series.has_bounds)
                .map_err(|error| reader::damaged(&database.file, place, stored.start, &error))?;
            while let Some(row) = late.next_if(|row| row.time < next) {
                upsert(&mut rows, row);
            }
            plan.replaced.push((place, stored.start));
            plan.put_chunks(place, series.has_bounds, stored.generation, &rows);
        }
    }
    Ok(())
}

/// Puts a row into rows that rise in time, replacing one of the same time.
pub(in super::super) fn upsert(rows: &mut Vec<Row>, row: Row) {
    let index = rows.partition_point(|other| other.time < row.time);
    match rows.get_mut(index) {
        Some(other) if other.time == row.time => *other = row,
        _ => rows.insert(index, row),
    }
}

/// The last chunk that starts at or before `time`, else the first of all.
fn covering(database: &Database, place: u32, time: i64) -> Result<Option<Stored>, StoreError> {
    let select = |condition: &str| {
        let sql = format!(
            "SELECT start, generation, bytes FROM chunk WHERE series = ?1 AND width = 0 AND {condition} LIMIT 1"
        );
        database.query(|conn| {
            conn.prepare_cached(&sql)?
                .query_row(params![place, time], |row| {
                    Ok(Stored { start: row.get(0)?, generation: row.get::<_, i64>(1)? as u64, bytes: row.get(2)? })
                })
                .optional()
        })
    };
    match select("start <= ?2 ORDER BY start DESC")? {
        Some(stored) => Ok(Some(stored)),
        None => select("start > ?2 ORDER BY start"),
    }
}

/// Where the next chunk after `time` starts.
fn start_after(database: &Database, place: u32, time: i64) -> Result<i64, StoreError> {
    database.query(|conn| {
        conn.prepare_cached("SELECT min(start) FROM chunk WHERE series = ?1 AND width = 0 AND start > ?2")?
            .query_row(params![place, time], |row| Ok(row.get::<_, Option<i64>>(0)?.unwrap_or(i64::MAX)))
    })
}
