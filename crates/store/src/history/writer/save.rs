//! What one flush writes.
//!
//! Not here: points for before a series' last chunk (late).
//! Invariant: after a flush, each open point is in exactly one of: a chunk, a segment newer than the series' last chunk.

use std::io::Write as _;

use city::Seq;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use rusqlite::{Connection, params};

use super::super::open::{Open, OpenSeries, Row};
use super::super::segment::Segment;
use super::super::{IssuedChange, chunk, warnings};
use super::Segments;

/// A series' open points become chunks when there are at least so many …
const CLOSE_FROM: usize = 512;
/// … and up to so many more, different for each series, so that series of one pace do not all close in one flush.
const CLOSE_SPREAD: usize = 512;
/// The most points in a chunk.
const CHUNK_POINTS: usize = 1024;
/// The most points in a segment.
const SEGMENT_POINTS: usize = 1 << 20;
/// So many segments are written anew as one.
const MAX_SEGMENTS: usize = 512;
/// Segments are written anew when more than half of their points, and more than so many, are in chunks.
const DEAD_POINTS: usize = 1 << 18;

/// A chunk or rollup to write.
pub(super) struct ChunkRow {
    pub series: u32,
    pub width_s: u32,
    pub start: i64,
    pub until: i64,
    pub generation: u64,
    pub bytes: Vec<u8>,
}

/// Everything one flush writes.
pub(super) struct Plan {
    generation: u64,
    /// Series whose open points all go into chunks.
    pub closed: Vec<u32>,
    /// Chunks to write.
    pub chunks: Vec<ChunkRow>,
    /// Chunks to remove first, by series and start.
    pub replaced: Vec<(u32, i64)>,
    segments: Vec<Segment>,
    /// Whether the segments replace all earlier ones.
    anew: bool,
    warnings: Vec<IssuedChange>,
    /// The names of all series, if there are new ones.
    pub names: Option<Vec<u8>>,
}

/// The number of open points at which a series closes.
fn close_at(place: u32) -> usize {
    // Fibonacci hashing: neighbours land far apart.
    let spread = place.wrapping_mul(0x9e37_79b9) >> 16;
    CLOSE_FROM + spread as usize % CLOSE_SPREAD
}

impl Plan {
    pub(super) fn of(open: &Open, generation: u64, present: Segments) -> Self {
        let live: usize = open.series.iter().map(|series| series.points.len()).sum();
        let anew = present.count >= MAX_SEGMENTS || present.points > 2 * live + DEAD_POINTS;
        let mut plan = Self {
            generation,
            closed: Vec::new(),
            chunks: Vec::new(),
            replaced: Vec::new(),
            segments: vec![Segment::default()],
            anew,
            warnings: open.warnings.clone(),
            names: None,
        };
        for (place, series) in open.series.iter().enumerate() {
            let place = place as u32;
            if series.points.len() >= close_at(place) {
                plan.closed.push(place);
                let rows: Vec<Row> = series.rows().collect();
                plan.put_chunks(place, series.has_bounds, generation, &rows);
            } else if anew || series.unsaved_count() > 0 {
                plan.put_open(place, series);
            }
        }
        plan.segments.retain(|segment| segment.len() > 0);
        plan
    }

    fn put_open(&mut self, place: u32, series: &OpenSeries) {
        if self.segments.last().is_none_or(|segment| segment.len() >= SEGMENT_POINTS) {
            self.segments.push(Segment::default());
        }
        let Some(segment) = self.segments.last_mut() else { return };
        if self.anew {
            segment.add(place, series.has_bounds, series.rows());
        } else {
            segment.add(place, series.has_bounds, series.unsaved_rows());
        }
    }

    /// Cuts points into chunks of even size and adds them with their rollups.
    pub(super) fn put_chunks(&mut self, series: u32, has_bounds: bool, generation: u64, rows: &[Row]) {
        let pieces = rows.len().div_ceil(CHUNK_POINTS).max(1);
        for piece in rows.chunks(rows.len().div_ceil(pieces).max(1)) {
            let (start, until) = (piece[0].time, piece[piece.len() - 1].time);
            let points = (0, chunk::encode(piece, has_bounds));
            for (width_s, bytes) in std::iter::once(points).chain(chunk::rollups(piece)) {
                self.chunks.push(ChunkRow { series, width_s, start, until, generation, bytes });
            }
        }
    }

    /// Writes it all.
    pub(super) fn save(&self, conn: &Connection, complete_to: Seq) -> rusqlite::Result<()> {
        if let Some(names) = &self.names {
            conn.execute("INSERT OR REPLACE INTO series VALUES (0, ?1)", [names])?;
        }
        let mut remove = conn.prepare_cached("DELETE FROM chunk WHERE series = ?1 AND start = ?2")?;
        for (series, start) in &self.replaced {
            remove.execute(params![series, start])?;
        }
        let mut insert = conn.prepare_cached("INSERT INTO chunk VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        for row in &self.chunks {
            let generation = row.generation as i64;
            insert.execute(params![row.series, row.width_s, row.start, row.until, generation, row.bytes])?;
        }
        if self.anew {
            conn.execute("DELETE FROM segment", [])?;
        }
        let mut insert = conn.prepare_cached("INSERT INTO segment VALUES (?1, ?2, ?3, ?4)")?;
        for (part, segment) in self.segments.iter().enumerate() {
            let (generation, part, points) = (self.generation as i64, part as i64, segment.len() as i64);
            insert.execute(params![generation, part, points, segment.encode()])?;
        }
        warnings::save(conn, &self.warnings)?;
        let mut mark = conn.prepare_cached("UPDATE mark SET value = ?2 WHERE name = ?1")?;
        mark.execute(params!["complete_to", complete_to.0 as i64])?;
        mark.execute(params!["generation", self.generation as i64])?;
        Ok(())
    }

    /// What the segment table holds afterwards.
    pub(super) fn segments_after(&self, before: Segments) -> Segments {
        let before = if self.anew { Segments::default() } else { before };
        Segments {
            count: before.count + self.segments.len(),
            points: before.points + self.segments.iter().map(Segment::len).sum::<usize>(),
        }
    }
}

/// The names of all series, packed.
pub(super) fn names(open: &Open) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing into memory cannot fail. Ids hold no line breaks: one would only rename a series.
    for name in open.names() {
        let _ = writeln!(encoder, "{}", name.replace('\n', " "));
    }
    encoder.finish().unwrap_or_default()
}
