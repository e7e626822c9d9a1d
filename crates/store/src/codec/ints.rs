//! A column of integers, in the smallest of a few forms.
//!
//! ```text
//! column   = (nothing, for no rows) | form …
//! 0 CONSTANT    signed value
//! 1 STEPS       signed first, signed step                       value[i] = first + i·step
//! 2 PACKED      signed min, varint unit, u8 width, bits         value = min + unit·k, k in `width` bits, lowest first
//! 3 PACKED_STEP signed first, then PACKED of the differences
//! 4 PCO_32      signed min, varint unit, bytes                  k as a wrapped pco chunk of u32
//! 5 PCO_64      the same of u64
//! ```
//!
//! The count of rows is known from outside. Arithmetic wraps, so every column round-trips.
//! Not here: floats, times as such.
//! Invariant: decoding allocates for the rows asked for and nothing else, and never panics.

use std::cell::RefCell;

use pco::data_types::Number;
use pco::metadata::{DeltaEncoding, Mode};
use pco::wrapped::{FileCompressor, FileDecompressor};
use pco::{ChunkConfig, DeltaSpec, ModeSpec, PagingSpec};

use super::CodecError;
use super::bytes::{Reader, put_bytes, put_signed, put_varint};

const CONSTANT: u8 = 0;
const STEPS: u8 = 1;
const PACKED: u8 = 2;
const PACKED_STEP: u8 = 3;
const PCO_32: u8 = 4;
const PCO_64: u8 = 5;

/// From so many rows on, entropy coding beats plain bits by more than its own header.
const PCO_ROWS: usize = 96;
/// Effort of the entropy coder: enough bins for counts, at a tenth of the time of its default.
const PCO_LEVEL: usize = 4;

/// Appends a column.
pub(crate) fn encode(values: &[i64], out: &mut Vec<u8>) {
    let Some((&first, rest)) = values.split_first() else { return };
    let step = rest.first().map_or(0, |second| second.wrapping_sub(first));
    if values.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step) {
        if step == 0 {
            out.push(CONSTANT);
            put_signed(out, first);
        } else {
            out.push(STEPS);
            put_signed(out, first);
            put_signed(out, step);
        }
        return;
    }
    let plain = Packing::of(values.iter().copied());
    let steps = Packing::of(differences(values));
    let narrower = steps.width < plain.width;
    if values.len() >= PCO_ROWS {
        let bits = if narrower { steps.width } else { plain.width };
        let budget = (values.len() * bits as usize).div_ceil(8);
        if encode_pco(values, &plain, narrower || steps_repeat(values), budget, out) {
            return;
        }
    }
    if narrower {
        out.push(PACKED_STEP);
        put_signed(out, first);
        steps.encode(differences(values), out);
    } else {
        out.push(PACKED);
        plain.encode(values.iter().copied(), out);
    }
}

/// True when most differences equal the one before them: runs, which cost an entropy coder next to nothing.
fn steps_repeat(values: &[i64]) -> bool {
    let step = |from: i64, to: i64| to.wrapping_sub(from);
    let same = values.windows(3).filter(|three| step(three[0], three[1]) == step(three[1], three[2])).count();
    same * 2 > values.len()
}

fn differences(values: &[i64]) -> impl Iterator<Item = i64> + Clone + '_ {
    values.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]))
}

/// value = min + unit·k, with k in `width` bits.
#[derive(Clone, Copy)]
struct Packing {
    min: i64,
    unit: u64,
    width: u32,
}

impl Packing {
    fn of(values: impl Iterator<Item = i64> + Clone) -> Self {
        let min = values.clone().min().unwrap_or_default();
        let (mut unit, mut span) = (0, 0);
        for value in values {
            let distance = value.wrapping_sub(min).cast_unsigned();
            span = span.max(distance);
            // Once the unit is 1 it stays 1: most columns find out within a few rows.
            if unit != 1 && distance != 0 {
                unit = common_divisor(unit, distance);
            }
        }
        let unit = unit.max(1);
        Self { min, unit, width: u64::BITS - (span / unit).leading_zeros() }
    }

    fn key(&self, value: i64) -> u64 {
        let distance = value.wrapping_sub(self.min).cast_unsigned();
        if self.unit == 1 { distance } else { distance / self.unit }
    }

    fn value(&self, key: u64) -> i64 {
        self.min.wrapping_add(key.wrapping_mul(self.unit).cast_signed())
    }

    fn encode(&self, values: impl Iterator<Item = i64>, out: &mut Vec<u8>) {
        put_signed(out, self.min);
        put_varint(out, self.unit);
        out.push(self.width as u8);
        let (mut held, mut count) = (0_u128, 0);
        for value in values {
            held |= u128::from(self.key(value)) << count;
            count += self.width;
            while count >= 8 {
                out.push(held as u8);
                held >>= 8;
                count -= 8;
            }
        }
        if count > 0 {
            out.push(held as u8);
        }
    }

    /// Reads `rows` values.
    fn decode(reader: &mut Reader<'_>, rows: usize) -> Result<Vec<i64>, CodecError> {
        let (min, unit, width) = (reader.signed()?, reader.varint()?, u32::from(reader.byte()?));
        if width > u64::BITS {
            return Err(CodecError::Malformed("a width of more than 64 bits"));
        }
        let packing = Self { min, unit, width };
        let bits = reader.take((rows * width as usize).div_ceil(8))?;
        let mask = (1_u128 << width) - 1;
        let (mut held, mut count) = (0_u128, 0);
        let mut bytes = bits.iter();
        let mut values = Vec::with_capacity(rows);
        for _ in 0..rows {
            while count < width {
                held |= u128::from(*bytes.next().ok_or(CodecError::Short)?) << count;
                count += 8;
            }
            values.push(packing.value((held & mask) as u64));
            held >>= width;
            count -= width;
        }
        Ok(values)
    }
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Appends the pco form if it is smaller than `budget` bytes.
fn encode_pco(values: &[i64], packing: &Packing, by_steps: bool, budget: usize, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let narrow = packing.width <= u32::BITS;
    out.push(if narrow { PCO_32 } else { PCO_64 });
    put_signed(out, packing.min);
    put_varint(out, packing.unit);
    let written = if narrow {
        let keys: Vec<u32> = values.iter().map(|value| packing.key(*value) as u32).collect();
        put_pco(&keys, by_steps, out)
    } else {
        let keys: Vec<u64> = values.iter().map(|value| packing.key(*value)).collect();
        put_pco(&keys, by_steps, out)
    };
    if written.is_some() && out.len() - start < budget {
        return true;
    }
    out.truncate(start);
    false
}

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn put_pco<T: Number>(keys: &[T], by_steps: bool, out: &mut Vec<u8>) -> Option<()> {
    let delta = if by_steps { DeltaSpec::TryConsecutive(1) } else { DeltaSpec::NoOp };
    let config = ChunkConfig::default()
        .with_compression_level(PCO_LEVEL)
        .with_mode_spec(ModeSpec::Classic)
        .with_delta_spec(delta)
        .with_paging_spec(PagingSpec::Exact(vec![keys.len()]));
    SCRATCH.with_borrow_mut(|scratch| {
        scratch.clear();
        let file = FileCompressor::default();
        file.write_header(&mut *scratch).ok()?;
        let mut chunk = file.chunk_compressor(keys, &config).ok()?;
        chunk.write_meta(&mut *scratch).ok()?;
        chunk.write_page(0, &mut *scratch).ok()?;
        put_bytes(out, scratch);
        Some(())
    })
}

/// Reads a column of `rows` rows; the caller has bounded them.
pub(crate) fn decode(reader: &mut Reader<'_>, rows: usize) -> Result<Vec<i64>, CodecError> {
    if rows == 0 {
        return Ok(Vec::new());
    }
    match reader.byte()? {
        CONSTANT => Ok(vec![reader.signed()?; rows]),
        STEPS => {
            let (first, step) = (reader.signed()?, reader.signed()?);
            Ok((0..rows as i64).map(|row| first.wrapping_add(row.wrapping_mul(step))).collect())
        }
        PACKED => Packing::decode(reader, rows),
        PACKED_STEP => {
            let first = reader.signed()?;
            let mut values = Packing::decode(reader, rows - 1)?;
            let mut value = first;
            for step in &mut values {
                let next = value.wrapping_add(*step);
                *step = value;
                value = next;
            }
            values.push(value);
            Ok(values)
        }
        PCO_32 => decode_pco::<u32>(reader, rows),
        PCO_64 => decode_pco::<u64>(reader, rows),
        _ => Err(CodecError::Malformed("an unknown form of column")),
    }
}

fn decode_pco<T: Number + Into<u64>>(reader: &mut Reader<'_>, rows: usize) -> Result<Vec<i64>, CodecError> {
    let packing = Packing { min: reader.signed()?, unit: reader.varint()?, width: u64::BITS };
    let keys = pco_keys::<T>(reader.bytes()?, rows)?;
    Ok(keys.into_iter().map(|key| packing.value(key.into())).collect())
}

fn pco_keys<T: Number>(bytes: &[u8], rows: usize) -> Result<Vec<T>, CodecError> {
    let damaged = |_| CodecError::Malformed("a compressed column");
    let (file, bytes) = FileDecompressor::new(bytes).map_err(damaged)?;
    let (mut chunk, bytes) = file.chunk_decompressor::<T, _>(bytes).map_err(damaged)?;
    // Only the forms written here: the others may ask for memory that their size does not show.
    let meta = chunk.meta();
    let written_here = matches!(meta.mode, Mode::Classic)
        && matches!(meta.delta_encoding, DeltaEncoding::NoOp | DeltaEncoding::Consecutive { .. });
    if !written_here {
        return Err(CodecError::Malformed("a compressed column of an unknown kind"));
    }
    let mut keys = vec![T::default(); rows];
    let mut page = chunk.page_decompressor(bytes, rows).map_err(damaged)?;
    let progress = page.read(&mut keys).map_err(damaged)?;
    if progress.n_processed != rows || !progress.finished || !page.into_src().is_empty() {
        return Err(CodecError::Malformed("a compressed column of another length"));
    }
    Ok(keys)
}
