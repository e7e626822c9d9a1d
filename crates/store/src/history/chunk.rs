//! The bytes of a chunk of points and of its rollups.
//!
//! ```text
//! points  = u8 version (1), varint rows, integer column: times, float column: values,
//!           for an estimate also float columns: lower and upper bounds
//! rollup  = u8 version (1), varint rows, integer columns: number of the bucket, count,
//!           float columns: sum, min, max, last
//! ```
//!
//! Not here: where chunks are stored.
//! Invariant: a rollup is of the very points of the chunk beside it, so revising a chunk revises its rollups.

use city::MICROS_PER_S;

use super::ROLLUP_WIDTHS_S;
use super::open::Row;
use super::window::Bucket;
use crate::codec::bytes::{Reader, put_varint};
use crate::codec::{CodecError, floats, ints};

const VERSION: u8 = 1;
/// The most rows that reading accepts: far above what is written.
const MAX_ROWS: usize = 1 << 20;

/// The bytes of points.
pub(super) fn encode(rows: &[Row], has_bounds: bool) -> Vec<u8> {
    let mut out = vec![VERSION];
    put_varint(&mut out, rows.len() as u64);
    ints::encode(&rows.iter().map(|row| row.time).collect::<Vec<_>>(), &mut out);
    put_floats(rows, |row| row.value, &mut out);
    if has_bounds {
        put_floats(rows, |row| row.low, &mut out);
        put_floats(rows, |row| row.high, &mut out);
    }
    out
}

fn put_floats<T>(rows: &[T], of: impl Fn(&T) -> f64, out: &mut Vec<u8>) {
    floats::encode(&rows.iter().map(of).collect::<Vec<_>>(), out);
}

fn start(bytes: &[u8]) -> Result<(Reader<'_>, usize), CodecError> {
    let mut reader = Reader::new(bytes);
    let version = reader.byte()?;
    if version != VERSION {
        return Err(CodecError::Newer(version));
    }
    let rows = reader.count(MAX_ROWS, "points")?;
    Ok((reader, rows))
}

/// Points from bytes.
pub(super) fn decode(bytes: &[u8], has_bounds: bool) -> Result<Vec<Row>, CodecError> {
    let (mut reader, rows) = start(bytes)?;
    let times = ints::decode(&mut reader, rows)?;
    let values = floats::decode(&mut reader, rows)?;
    let pairs = times.into_iter().zip(values);
    if !has_bounds {
        return Ok(pairs.map(|(time, value)| Row { time, value, low: value, high: value }).collect());
    }
    let bounds = floats::decode(&mut reader, rows)?.into_iter().zip(floats::decode(&mut reader, rows)?);
    Ok(pairs.zip(bounds).map(|((time, value), (low, high))| Row { time, value, low, high }).collect())
}

/// The rollups that help: width in seconds and bytes of each that has at most half as many rows as there are points.
pub(super) fn rollups(rows: &[Row]) -> Vec<(u32, Vec<u8>)> {
    let mut rollups = Vec::new();
    for width_s in ROLLUP_WIDTHS_S {
        let width = i64::from(width_s) * MICROS_PER_S;
        let mut buckets: Vec<Bucket> = Vec::new();
        for row in rows {
            let bucket = Bucket::of(row, width);
            match (buckets.last_mut(), bucket) {
                (_, None) => {}
                (Some(last), Some(bucket)) if last.start == bucket.start => last.merge(&bucket),
                (_, Some(bucket)) => buckets.push(bucket),
            }
            if buckets.len() * 2 > rows.len() {
                break;
            }
        }
        if buckets.len() * 2 <= rows.len() {
            rollups.push((width_s, encode_rollup(&buckets, width)));
        }
    }
    rollups
}

fn encode_rollup(buckets: &[Bucket], width: i64) -> Vec<u8> {
    let mut out = vec![VERSION];
    put_varint(&mut out, buckets.len() as u64);
    ints::encode(&buckets.iter().map(|bucket| bucket.start / width).collect::<Vec<_>>(), &mut out);
    ints::encode(&buckets.iter().map(|bucket| bucket.count as i64).collect::<Vec<_>>(), &mut out);
    put_floats(buckets, |bucket| bucket.sum, &mut out);
    put_floats(buckets, |bucket| bucket.min, &mut out);
    put_floats(buckets, |bucket| bucket.max, &mut out);
    put_floats(buckets, |bucket| bucket.last, &mut out);
    out
}

/// A rollup's buckets; `until` is the time of the chunk's last point.
pub(super) fn decode_rollup(bytes: &[u8], width_s: u32, until: i64) -> Result<Vec<Bucket>, CodecError> {
    let (mut reader, rows) = start(bytes)?;
    let starts = ints::decode(&mut reader, rows)?;
    let counts = ints::decode(&mut reader, rows)?;
    let mut column = || floats::decode(&mut reader, rows);
    let (sums, mins, maxs, lasts) = (column()?, column()?, column()?, column()?);
    let width = i64::from(width_s) * MICROS_PER_S;
    let buckets = (0..rows).map(|row| {
        let start = starts[row].wrapping_mul(width);
        Bucket {
            start,
            count: counts[row].unsigned_abs(),
            sum: sums[row],
            min: mins[row],
            max: maxs[row],
            last: lasts[row],
            last_time: until.min(start.saturating_add(width - 1)),
        }
    });
    Ok(buckets.collect())
}
