//! Reading back what the last flush left: names, ends of chunks, open points.
//!
//! Not here: chunks, which are read when asked for.
//! Invariant: a segment's rows of a series count only if it is newer than the series' last chunk.

use std::io::Read as _;

use city::{MICROS_PER_S, Seq, Time};
use flate2::read::DeflateDecoder;
use rusqlite::OptionalExtension;

use super::super::open::{Open, Row};
use super::super::segment;
use super::Segments;
use crate::StoreError;
use crate::sqlite::Database;

/// The most bytes of names that reading accepts: a million series of 64 characters.
const MAX_NAME_BYTES: u64 = 64 << 20;

pub(super) struct Loaded {
    pub open: Open,
    pub complete_to: Seq,
    pub generation: u64,
    pub segments: Segments,
}

pub(super) fn load(database: &Database) -> Result<Loaded, StoreError> {
    let mark = |name: &str| {
        let sql = "SELECT value FROM mark WHERE name = ?1";
        database.query(|conn| conn.query_row(sql, [name], |row| row.get::<_, i64>(0)))
    };
    let (complete_to, generation) = (mark("complete_to")?, mark("generation")?);
    let mut open = Open::default();
    load_names(database, &mut open)?;
    load_ends(database, &mut open)?;
    let segments = load_segments(database, &mut open)?;
    open.series.iter_mut().for_each(super::super::open::OpenSeries::saved);
    let last = open.series.iter().map(|series| series.points.last().map_or(series.chunked_until, |(time, _)| *time));
    open.as_of = Time::from_micros(last.max().unwrap_or(-MICROS_PER_S));
    Ok(Loaded { open, complete_to: Seq(complete_to as u64), generation: generation as u64, segments })
}

fn load_names(database: &Database, open: &mut Open) -> Result<(), StoreError> {
    let packed = database
        .query(|conn| conn.query_row("SELECT names FROM series", [], |row| row.get::<_, Vec<u8>>(0)).optional())?;
    let Some(packed) = packed else { return Ok(()) };
    let mut names = String::new();
    DeflateDecoder::new(packed.as_slice())
        .take(MAX_NAME_BYTES)
        .read_to_string(&mut names)
        .map_err(|error| database.damaged(format!("the names of its series cannot be read: {error}")))?;
    for (place, name) in names.lines().enumerate() {
        if open.named(name.to_owned()) as usize != place {
            return Err(database.damaged(format!("series '{name}' is named twice")));
        }
    }
    Ok(())
}

fn load_ends(database: &Database, open: &mut Open) -> Result<(), StoreError> {
    database.query(|conn| {
        let sql = "SELECT until, generation FROM chunk WHERE series = ?1 AND width = 0 ORDER BY start DESC LIMIT 1";
        let mut last = conn.prepare(sql)?;
        for (place, series) in open.series.iter_mut().enumerate() {
            let found = last.query_row([place as i64], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?))).optional()?;
            if let Some((until, generation)) = found {
                series.chunked_until = until;
                series.chunked_in = generation as u64;
            }
        }
        Ok(())
    })
}

fn load_segments(database: &Database, open: &mut Open) -> Result<Segments, StoreError> {
    let mut segments = Segments::default();
    let rows = database.query(|conn| {
        let mut select = conn.prepare("SELECT generation, part, bytes FROM segment ORDER BY generation, part")?;
        select
            .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?)))?
            .collect::<rusqlite::Result<Vec<_>>>()
    })?;
    for (generation, part, bytes) in rows {
        segments.count += 1;
        let take = |place: u32, row: Row| {
            segments.points += 1;
            if let Some(series) = open.series.get_mut(place as usize)
                && generation as u64 > series.chunked_in
            {
                series.put(row);
            }
        };
        segment::decode(&bytes, take)
            .map_err(|error| database.damaged(format!("segment {part} of flush {generation}: {error}")))?;
    }
    Ok(segments)
}
