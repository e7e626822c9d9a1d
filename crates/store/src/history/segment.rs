//! The bytes of a segment: open points of many series, as saved by one flush.
//!
//! ```text
//! segment = u8 version (1), two tables: datastreams, estimates (of zones and groups)
//! table   = varint pieces, varint rows, integer columns: series and count of each piece,
//!           integer column: times of all rows, float column: values,
//!           for estimates also float columns: lower and upper bounds
//! ```
//!
//! Not here: when segments are written and thrown away.
//! Invariant: rows of a series come back in the order they were put, so that later ones replace earlier ones.

use super::open::Row;
use crate::codec::bytes::{Reader, put_varint};
use crate::codec::{CodecError, floats, ints};

const VERSION: u8 = 1;
/// The most rows that reading accepts; writing stays below by [`super::writer`]'s limit on unsaved points.
const MAX_ROWS: usize = 1 << 23;

/// A segment being put together.
#[derive(Default)]
pub(super) struct Segment {
    datastreams: Table,
    estimates: Table,
}

#[derive(Default)]
struct Table {
    series: Vec<i64>,
    counts: Vec<i64>,
    rows: Vec<Row>,
}

impl Segment {
    /// Adds rows of a series.
    pub(super) fn add(&mut self, series: u32, has_bounds: bool, rows: impl Iterator<Item = Row>) {
        let table = if has_bounds { &mut self.estimates } else { &mut self.datastreams };
        let before = table.rows.len();
        table.rows.extend(rows);
        if table.rows.len() > before {
            table.series.push(i64::from(series));
            table.counts.push((table.rows.len() - before) as i64);
        }
    }

    /// Rows in it.
    pub(super) fn len(&self) -> usize {
        self.datastreams.rows.len() + self.estimates.rows.len()
    }

    /// Its bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        for (table, has_bounds) in [(&self.datastreams, false), (&self.estimates, true)] {
            put_varint(&mut out, table.series.len() as u64);
            put_varint(&mut out, table.rows.len() as u64);
            ints::encode(&table.series, &mut out);
            ints::encode(&table.counts, &mut out);
            ints::encode(&table.rows.iter().map(|row| row.time).collect::<Vec<_>>(), &mut out);
            let mut column = |of: fn(&Row) -> f64| {
                floats::encode(&table.rows.iter().map(of).collect::<Vec<_>>(), &mut out);
            };
            column(|row| row.value);
            if has_bounds {
                column(|row| row.low);
                column(|row| row.high);
            }
        }
        out
    }
}

/// Gives every row of a segment, with its series, to `take`.
pub(super) fn decode(bytes: &[u8], mut take: impl FnMut(u32, Row)) -> Result<(), CodecError> {
    let mut reader = Reader::new(bytes);
    let version = reader.byte()?;
    if version != VERSION {
        return Err(CodecError::Newer(version));
    }
    for has_bounds in [false, true] {
        let pieces = reader.count(MAX_ROWS, "pieces")?;
        let count = reader.count(MAX_ROWS, "rows")?;
        let series = ints::decode(&mut reader, pieces)?;
        let counts = ints::decode(&mut reader, pieces)?;
        let times = ints::decode(&mut reader, count)?;
        let values = floats::decode(&mut reader, count)?;
        let bounds = if has_bounds {
            Some((floats::decode(&mut reader, count)?, floats::decode(&mut reader, count)?))
        } else {
            None
        };
        let mut next = 0;
        for (series, rows) in series.into_iter().zip(counts) {
            let series = u32::try_from(series).map_err(|_| CodecError::Malformed("a series out of range"))?;
            let rows = usize::try_from(rows).map_err(|_| CodecError::Malformed("a negative count"))?;
            let end = next + rows.min(count - next);
            for row in next..end {
                let value = values[row];
                let (low, high) = bounds.as_ref().map_or((value, value), |(low, high)| (low[row], high[row]));
                take(series, Row { time: times[row], value, low, high });
            }
            next = end;
        }
    }
    Ok(())
}
