//! How remembered readings are written: in columns of second-order deltas, which a snapshot's compression then empties.
//!
//! Not here: what is remembered (stream).
//! Invariant: what is written is read back bit for bit, signed zero included; damaged bytes are an error, never a panic
//! and never more than [`RECENT_MAX`] readings.
//!
//! A feed that keeps its interval and its delay has all deltas zero but the first two of each column, and runs of one
//! delta are written once. A result is the difference to the previous one, counted in the stream's last decimal place;
//! results without one (at most [`PLACES_MAX`] decimal places) are written as their bits.

use std::collections::VecDeque;

use city::Time;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::stream::{RECENT_MAX, Reading};

/// Decimal places tried before a result is written as its bits.
const PLACES_MAX: u8 = 6;

/// Powers of ten for as many places; each is exact.
const TENS: [f64; PLACES_MAX as usize + 1] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

/// Whole numbers up to this size are exact, 2⁵³.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// The result is missing.
const MISSING: u64 = 0;
/// The result's bits are the next of `bits`.
const BITS: u64 = 1;
/// From here on a zigzag difference to the previous result with decimal places.
const DIFFERENCE: u64 = 2;

/// Readings as written.
#[derive(Default, Serialize, Deserialize)]
struct Written {
    /// Decimal places in which differences of results are counted.
    places: u8,
    /// Second-order deltas of phenomenon times, µs.
    times: Vec<Run>,
    /// Second-order deltas of result time − phenomenon time, µs.
    lags: Vec<Run>,
    /// One for each reading: [`MISSING`], [`BITS`] or [`DIFFERENCE`] and more.
    results: Vec<u64>,
    /// Bits of results without few decimal places.
    bits: Vec<[u8; 8]>,
}

/// So many times the same delta.
type Run = (u8, i64);

/// Writes readings, oldest first.
pub(crate) fn serialize<S: Serializer>(recent: &VecDeque<Reading>, serializer: S) -> Result<S::Ok, S::Error> {
    let lag = |reading: &Reading| reading.result_time.since(reading.phenomenon_time).micros();
    let mut written = Written {
        places: recent.iter().filter_map(|reading| places(reading.result?)).max().unwrap_or(0),
        times: runs(recent.iter().map(|reading| reading.phenomenon_time.micros())),
        lags: runs(recent.iter().map(lag)),
        ..Written::default()
    };
    let mut previous = 0;
    for reading in recent {
        let code = match reading.result.map(|result| (result, counted(result, written.places))) {
            None => MISSING,
            Some((_, Some(count))) => {
                let difference = count - std::mem::replace(&mut previous, count);
                DIFFERENCE + zigzag(difference)
            }
            Some((result, None)) => {
                written.bits.push(result.to_bits().to_le_bytes());
                BITS
            }
        };
        written.results.push(code);
    }
    written.serialize(serializer)
}

/// Reads readings, oldest first.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<VecDeque<Reading>, D::Error> {
    read(&Written::deserialize(deserializer)?).ok_or_else(|| de::Error::custom("remembered readings are damaged"))
}

/// The readings, if they are sound.
fn read(written: &Written) -> Option<VecDeque<Reading>> {
    let count = written.results.len();
    let scale = *TENS.get(usize::from(written.places))?;
    if count > RECENT_MAX {
        return None;
    }
    let (times, lags) = (values(&written.times, count)?, values(&written.lags, count)?);
    let mut bits = written.bits.iter();
    let mut previous = 0_i64;
    let mut recent = VecDeque::with_capacity(count);
    for ((time, lag), code) in times.into_iter().zip(lags).zip(&written.results) {
        let result = match *code {
            MISSING => None,
            BITS => Some(f64::from_bits(u64::from_le_bytes(*bits.next()?))),
            code => {
                previous = previous.checked_add(unzigzag(code - DIFFERENCE))?;
                Some(previous as f64 / scale)
            }
        };
        if result.is_some_and(|result| !result.is_finite()) {
            return None;
        }
        let phenomenon_time = moment(time)?;
        recent.push_back(Reading { phenomenon_time, result_time: moment(time.checked_add(lag)?)?, result });
    }
    if bits.next().is_some() { None } else { Some(recent) }
}

/// A time in the allowed range.
fn moment(micros: i64) -> Option<Time> {
    let time = Time::from_micros(micros);
    (time.micros() == micros).then_some(time)
}

/// Second-order deltas in runs; the first value is a delta from zero.
fn runs(values: impl Iterator<Item = i64>) -> Vec<Run> {
    let (mut last, mut step) = (0_i64, 0_i64);
    let mut runs: Vec<Run> = Vec::new();
    for (place, value) in values.enumerate() {
        let new_step = value.wrapping_sub(std::mem::replace(&mut last, value));
        let delta = new_step.wrapping_sub(step);
        // The first value is no step: the second delta would only take it away again.
        step = if place == 0 { 0 } else { new_step };
        match runs.last_mut() {
            Some((count, same)) if *same == delta && *count < u8::MAX => *count += 1,
            _ => runs.push((1, delta)),
        }
    }
    runs
}

/// The `count` values of runs; `None` if there are more or fewer.
fn values(runs: &[Run], count: usize) -> Option<Vec<i64>> {
    let (mut last, mut step) = (0_i64, 0_i64);
    let mut values = Vec::with_capacity(count);
    for (times, delta) in runs {
        for _ in 0..*times {
            let new_step = step.wrapping_add(*delta);
            last = last.wrapping_add(new_step);
            step = if values.is_empty() { 0 } else { new_step };
            values.push(last);
        }
        if values.len() > count {
            return None;
        }
    }
    (values.len() == count).then_some(values)
}

/// The least decimal places that say a result exactly.
fn places(result: f64) -> Option<u8> {
    (0..=PLACES_MAX).find(|places| counted(result, *places).is_some())
}

/// A result counted in its last decimal place, if that says it exactly.
///
/// A decimal number is parsed to the float nearest to it, and so is the quotient of two exact numbers: what was written
/// with few places comes back bit for bit, and the comparison leaves out all else.
fn counted(result: f64, places: u8) -> Option<i64> {
    let scale = TENS[usize::from(places.min(PLACES_MAX))];
    let count = libm::rint(result * scale);
    if count.abs() >= EXACT_MAX {
        return None;
    }
    let count = count as i64;
    (count as f64 / scale).to_bits().eq(&result.to_bits()).then_some(count)
}

/// Small numbers of either sign as small numbers.
fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Back from [`zigzag`].
fn unzigzag(code: u64) -> i64 {
    (code >> 1) as i64 ^ -((code & 1) as i64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use city::Span;
    use proptest::prelude::*;

    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Wrapped(#[serde(with = "super")] VecDeque<Reading>);

    fn reading(time: i64, lag: i64, result: Option<f64>) -> Reading {
        let phenomenon_time = Time::from_micros(time);
        Reading { phenomenon_time, result_time: phenomenon_time.plus(Span::from_micros(lag)), result }
    }

    fn round_trip(recent: &[Reading]) -> usize {
        let bytes = postcard::to_stdvec(&Wrapped(recent.iter().copied().collect())).unwrap();
        let Wrapped(back) = postcard::from_bytes(&bytes).unwrap();
        let exact =
            |reading: &Reading| (reading.phenomenon_time, reading.result_time, reading.result.map(f64::to_bits));
        assert!(back.iter().map(exact).eq(recent.iter().map(exact)), "{back:?} is not {recent:?}");
        bytes.len()
    }

    fn results() -> impl Strategy<Value = Option<f64>> {
        let number = prop_oneof![
            (-100_000_i64..100_000).prop_map(|count| count as f64),
            (-100_000_i64..100_000, 0_usize..8).prop_map(|(count, places)| count as f64 / 10_f64.powi(places as i32)),
            any::<f64>().prop_filter("a result is finite", |result| result.is_finite()),
            Just(-0.0),
            Just(EXACT_MAX),
            Just(f64::MIN_POSITIVE),
        ];
        prop::option::weighted(0.9, number)
    }

    proptest! {
        #[test]
        fn any_readings_come_back_bit_for_bit(
            readings in prop::collection::vec((any::<i64>(), any::<i64>(), results()), 0..=RECENT_MAX),
        ) {
            let readings: Vec<Reading> = readings.into_iter().map(|(time, lag, result)| reading(time, lag, result)).collect();
            round_trip(&readings);
        }

        #[test]
        fn readings_of_a_feed_come_back_bit_for_bit(
            steps in prop::collection::vec((0_i64..3, 0_i64..9_000_000, results()), 0..=RECENT_MAX),
        ) {
            let mut time = 1_570_000_000_000_000;
            let readings: Vec<Reading> = steps.into_iter().map(|(steps, lag, result)| {
                time += steps * 60_000_000;
                reading(time, lag, result)
            }).collect();
            round_trip(&readings);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(Wrapped(recent)) = postcard::from_bytes(&bytes) {
                prop_assert!(recent.len() <= RECENT_MAX);
            }
        }

        #[test]
        fn any_columns_are_survived(
            places: u8,
            times in prop::collection::vec((any::<u8>(), any::<i64>()), 0..4),
            lags in prop::collection::vec((any::<u8>(), any::<i64>()), 0..4),
            results in prop::collection::vec(any::<u64>(), 0..80),
        ) {
            read(&Written { places: places % 9, times, lags, results, bits: vec![[0xff; 8]] });
        }
    }

    #[test]
    fn a_steady_feed_of_whole_or_decimal_numbers_takes_little_more_than_a_byte_a_reading() {
        let minute = |ix: i64| 1_570_000_000_000_000 + ix * 60_000_000;
        let whole: Vec<Reading> = (0..60).map(|ix| reading(minute(ix), 65_000_000, Some((ix % 7) as f64))).collect();
        let stage: Vec<Reading> =
            (0..60).map(|ix| reading(minute(ix), 65_000_000, Some(3.0 + (ix % 7) as f64 / 100.0))).collect();
        assert!(round_trip(&whole) < 100, "{} bytes", round_trip(&whole));
        assert!(round_trip(&stage) < 100, "{} bytes", round_trip(&stage));
    }

    #[test]
    fn more_readings_than_are_remembered_are_refused() {
        let count = RECENT_MAX + 1;
        let runs = vec![(count as u8, 0)];
        assert!(
            read(&Written { times: runs.clone(), lags: runs, results: vec![MISSING; count], ..Written::default() })
                .is_none()
        );
    }
}
