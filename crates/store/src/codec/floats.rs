//! A column of floats: decimals as integers where they are decimals, bits where they are not.
//!
//! ```text
//! column     = (nothing, for no rows) | form …
//! 0 DECIMAL  u8 power, integer column                        value = k / 10^power
//! 1 BITS     integer column                                  the bits, turned so that their order is the floats'
//! 2 SPARSE   varint count, integer columns of their rows and bits, then DECIMAL or BITS of all rows
//! ```
//!
//! Not here: what a bit pattern means ("missing" is one of the city's).
//! Invariant: every bit pattern round-trips, not-a-numbers and −0.0 included.

use super::bytes::{Reader, put_varint};
use super::{CodecError, ints};

const DECIMAL: u8 = 0;
const BITS: u8 = 1;
const SPARSE: u8 = 2;

/// Ten to the power of each decimal power tried.
const SCALES: [f64; 5] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];
/// Integers up to this are exact in a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Appends a column.
pub(crate) fn encode(values: &[f64], out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    let limit = values.len() / 4 + 1;
    let Some((power, mut keys, exceptions)) = decimals(values, limit) else {
        out.push(BITS);
        let keys: Vec<i64> = values.iter().map(|value| ordered(value.to_bits())).collect();
        ints::encode(&keys, out);
        return;
    };
    if !exceptions.is_empty() {
        out.push(SPARSE);
        put_varint(out, exceptions.len() as u64);
        let rows: Vec<i64> = exceptions.iter().map(|row| *row as i64).collect();
        let bits: Vec<i64> = exceptions.iter().map(|row| values[*row].to_bits().cast_signed()).collect();
        ints::encode(&rows, out);
        ints::encode(&bits, out);
        fill(&mut keys, &exceptions);
    }
    out.push(DECIMAL);
    out.push(power as u8);
    ints::encode(&keys, out);
}

/// The values as integers of a common decimal power, and the rows that are not; `None` when those exceed `limit`.
fn decimals(values: &[f64], limit: usize) -> Option<(usize, Vec<i64>, Vec<usize>)> {
    let mut power = 0;
    let mut misses = 0;
    for value in values {
        match (power..SCALES.len()).find(|power| decimal(*value, *power).is_some()) {
            Some(found) => power = found,
            None => misses += 1,
        }
        if misses > limit {
            return None;
        }
    }
    let mut exceptions = Vec::new();
    let keys = values.iter().enumerate().map(|(row, value)| {
        decimal(*value, power).unwrap_or_else(|| {
            exceptions.push(row);
            0
        })
    });
    let keys = keys.collect();
    (exceptions.len() <= limit).then_some((power, keys, exceptions))
}

/// The integer k with `value` = k / 10^power, bit for bit.
fn decimal(value: f64, power: usize) -> Option<i64> {
    let scaled = (value * SCALES[power]).round_ties_even();
    // Not-a-number fails the comparison too.
    if scaled.abs() < EXACT && (scaled as i64 as f64 / SCALES[power]).to_bits() == value.to_bits() {
        Some(scaled as i64)
    } else {
        None
    }
}

/// Gives the excepted rows their neighbour's value, so that they cost nothing.
fn fill(keys: &mut [i64], exceptions: &[usize]) {
    let first_sound = (0..keys.len()).find(|row| exceptions.binary_search(row).is_err());
    let mut last = first_sound.map_or(0, |row| keys[row]);
    let mut next = exceptions.iter().peekable();
    for (row, key) in keys.iter_mut().enumerate() {
        if next.next_if_eq(&&row).is_some() {
            *key = last;
        } else {
            last = *key;
        }
    }
}

/// Bits as an integer whose order is the floats' order.
fn ordered(bits: u64) -> i64 {
    let bits = bits.cast_signed();
    bits ^ ((bits >> 63) & i64::MAX)
}

/// Reads a column of `rows` rows; the caller has bounded them.
pub(crate) fn decode(reader: &mut Reader<'_>, rows: usize) -> Result<Vec<f64>, CodecError> {
    if rows == 0 {
        return Ok(Vec::new());
    }
    match reader.byte()? {
        SPARSE => {
            let count = reader.count(rows, "exceptions")?;
            let places = ints::decode(reader, count)?;
            let bits = ints::decode(reader, count)?;
            let form = reader.byte()?;
            let mut values = decode_plain(reader, form, rows)?;
            for (place, bits) in places.into_iter().zip(bits) {
                let slot = usize::try_from(place).ok().and_then(|row| values.get_mut(row));
                *slot.ok_or(CodecError::Malformed("an exception outside its column"))? =
                    f64::from_bits(bits.cast_unsigned());
            }
            Ok(values)
        }
        form => decode_plain(reader, form, rows),
    }
}

fn decode_plain(reader: &mut Reader<'_>, form: u8, rows: usize) -> Result<Vec<f64>, CodecError> {
    match form {
        DECIMAL => {
            let power = usize::from(reader.byte()?);
            let scale = *SCALES.get(power).ok_or(CodecError::Malformed("an unknown decimal power"))?;
            Ok(ints::decode(reader, rows)?.into_iter().map(|key| key as f64 / scale).collect())
        }
        BITS => {
            let keys = ints::decode(reader, rows)?;
            Ok(keys.into_iter().map(|key| f64::from_bits(ordered(key.cast_unsigned()).cast_unsigned())).collect())
        }
        _ => Err(CodecError::Malformed("an unknown form of column")),
    }
}
