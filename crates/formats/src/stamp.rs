//! Times as written: ISO 8601 with an offset, fast for the usual forms, exact for all.
//!
//! Not here: printing times ([`city::Time`]).
//! Invariant: the fast path and the full reader agree wherever the fast path answers.

use city::Time;
use jiff::fmt::temporal::Pieces;

use crate::problem::{Reason, quoted};

/// The name of the field in messages.
pub const PHENOMENON_TIME: &str = "phenomenonTime";
/// The name of the field in messages.
pub const RESULT_TIME: &str = "resultTime";

/// A time and the offset it was written with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The moment.
    pub time: Time,
    /// UTC offset as written, seconds east.
    pub offset_s: i32,
}

/// Longest text the reader remembers, bytes.
const REMEMBERED: usize = 40;

/// Reads times, remembering the last one: files repeat a time for every datastream.
#[derive(Clone, Debug)]
pub struct StampReader {
    text: [u8; REMEMBERED],
    len: usize,
    stamp: Stamp,
}

impl Default for StampReader {
    fn default() -> Self {
        Self { text: [0; REMEMBERED], len: 0, stamp: Stamp::default() }
    }
}

impl StampReader {
    /// The time that `text` says; `field` is named in the reason.
    pub fn read(&mut self, field: &'static str, text: &[u8]) -> Result<Stamp, Reason> {
        if !text.is_empty() && self.text[..self.len] == *text {
            return Ok(self.stamp);
        }
        let stamp = match usual(text) {
            Some(stamp) => stamp,
            None => full(field, text)?,
        };
        if let Some(room) = self.text.get_mut(..text.len()) {
            room.copy_from_slice(text);
            self.len = text.len();
            self.stamp = stamp;
        }
        Ok(stamp)
    }
}

/// `YYYY-MM-DDTHH:MM:SS` with `Z` or `±HH:MM`, from 1901 to 2199; anything else is left to [`full`].
fn usual(text: &[u8]) -> Option<Stamp> {
    let offset_s = match text.len() {
        20 if text[19] == b'Z' => 0,
        25 if text[22] == b':' => {
            let (hours, minutes) = (two(text, 20)?, two(text, 23)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let east = hours * 3600 + minutes * 60;
            match text[19] {
                b'+' => east,
                b'-' => -east,
                _ => return None,
            }
        }
        _ => return None,
    };
    if text[4] != b'-' || text[7] != b'-' || text[10] != b'T' || text[13] != b':' || text[16] != b':' {
        return None;
    }
    let (year, month, day) = (two(text, 0)? * 100 + two(text, 2)?, two(text, 5)?, two(text, 8)?);
    let (hour, minute, second) = (two(text, 11)?, two(text, 14)?, two(text, 17)?);
    let sane = (1901..2200).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !sane {
        return None;
    }
    let of_day = i64::from(hour * 3600 + minute * 60 + second - offset_s);
    let time = Time::from_seconds(days_before(year, month, day) * 86_400 + of_day);
    // The first or last hours of the range: let the full reader judge.
    (time > Time::MIN && time < Time::MAX).then_some(Stamp { time, offset_s })
}

fn two(text: &[u8], at: usize) -> Option<i32> {
    let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then_some(i32::from(tens) * 10 + i32::from(ones))
}

const fn days_in(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted from March so that February comes last.
fn days_before(year: i32, month: i32, day: i32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (century, of_century) = (year / 100, year % 100);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    i64::from(146_097 * century / 4 + 1461 * of_century / 4 + of_year) - 719_468
}

/// Any ISO 8601 time with an offset.
fn full(field: &'static str, text: &[u8]) -> Result<Stamp, Reason> {
    let text = std::str::from_utf8(text).map_err(|_| Reason::NotUtf8 { field })?.trim();
    if text.is_empty() {
        return Err(Reason::Absent { field });
    }
    let not_a_time = || Reason::NotATime { field, text: quoted(text) };
    let pieces = Pieces::parse(text).map_err(|_| not_a_time())?;
    let Some(offset) = pieces.to_numeric_offset() else {
        return Err(Reason::NoOffset { field, text: quoted(text) });
    };
    let clock = pieces.time().ok_or_else(not_a_time)?;
    let out_of_range = || Reason::TimeOutOfRange { field, text: quoted(text) };
    let micros = offset.to_timestamp(pieces.date().to_datetime(clock)).map_err(|_| out_of_range())?.as_microsecond();
    if !(Time::MIN.micros()..Time::MAX.micros()).contains(&micros) {
        return Err(out_of_range());
    }
    Ok(Stamp { time: Time::from_micros(micros), offset_s: offset.seconds() })
}

/// The phenomenon time of a SensorThings text: a time, or the start of an interval `start/end`.
pub(crate) fn start_of(reader: &mut StampReader, text: &str) -> Result<Stamp, Reason> {
    let Some((start, end)) = text.split_once('/') else {
        return reader.read(PHENOMENON_TIME, text.as_bytes());
    };
    let end = reader.read(PHENOMENON_TIME, end.as_bytes())?;
    let start = reader.read(PHENOMENON_TIME, start.as_bytes())?;
    if end.time < start.time {
        return Err(Reason::IntervalBackwards { text: quoted(text) });
    }
    Ok(start)
}

#[cfg(test)]
mod tests {
    use city::MICROS_PER_S;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Stamp, Reason> {
        StampReader::default().read(PHENOMENON_TIME, text.as_bytes())
    }

    #[test]
    fn usual_and_unusual_forms_say_the_same_moment() {
        let stamp = read("2019-10-02T18:50:00+08:00").unwrap();
        assert_eq!(stamp.time.to_string(), "2019-10-02T10:50:00Z");
        assert_eq!(stamp.offset_s, 28_800);
        for text in
            ["2019-10-02T10:50:00Z", "2019-10-02T18:50+08:00", "2019-10-02 18:50:00.000+0800", " 2019-10-02T10:50:00z "]
        {
            assert_eq!(read(text).unwrap().time, stamp.time, "{text}");
        }
    }

    #[test]
    fn a_time_without_an_offset_is_told_from_a_text_that_is_no_time() {
        assert!(matches!(read("2019-10-02T18:50:00"), Err(Reason::NoOffset { .. })));
        assert!(matches!(read("2019-10-02"), Err(Reason::NoOffset { .. })));
        for text in ["yesterday", "2019-13-02T18:50:00Z", "2019-02-29T00:00:00Z", "2019-10-02T24:00:00Z", "02/10/2019"]
        {
            assert!(matches!(read(text), Err(Reason::NotATime { .. })), "{text}: {:?}", read(text));
        }
        assert!(matches!(read(""), Err(Reason::Absent { .. })));
    }

    #[test]
    fn years_out_of_range_are_refused_rather_than_clamped() {
        assert!(matches!(read("2500-01-01T00:00:00Z"), Err(Reason::TimeOutOfRange { .. })));
        assert!(matches!(read("0001-01-01T00:00:00Z"), Err(Reason::TimeOutOfRange { .. })));
        assert!(matches!(read("9999-12-31T23:59:59-23:59"), Err(Reason::TimeOutOfRange { .. })));
        assert!(read("1900-01-01T00:00:00Z").is_ok());
        assert!(matches!(read("2199-12-31T23:59:59-01:00"), Err(Reason::TimeOutOfRange { .. })));
    }

    #[test]
    fn an_interval_counts_from_its_start() {
        let reader = &mut StampReader::default();
        let stamp = start_of(reader, "2019-10-02T18:50:00+08:00/2019-10-02T18:51:00+08:00").unwrap();
        assert_eq!(stamp.time.to_string(), "2019-10-02T10:50:00Z");
        let backwards = start_of(reader, "2019-10-02T18:50:00+08:00/2019-10-02T18:49:00+08:00");
        assert!(matches!(backwards, Err(Reason::IntervalBackwards { .. })));
    }

    proptest! {
        #[test]
        fn the_fast_path_agrees_with_the_full_reader(
            (year, month, day) in (1895..2205_i32, 0..14_i32, 0..33_i32),
            (hour, minute, second) in (0..25_i32, 0..61_i32, 0..61_i32),
            offset in prop_oneof![
                Just("Z".to_owned()),
                ("[+-]", 0..26_u8, 0..61_u8).prop_map(|(sign, h, m)| format!("{sign}{h:02}:{m:02}")),
            ],
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}");
            if let Some(fast) = usual(text.as_bytes()) {
                prop_assert_eq!(full(PHENOMENON_TIME, text.as_bytes()), Ok(fast));
                prop_assert_eq!(text.parse::<Time>().unwrap(), fast.time);
            }
        }

        #[test]
        fn every_real_day_takes_the_fast_path(days in -25_000..80_000_i64, second in 0..86_400_i64) {
            let time = Time::from_seconds(days * 86_400 + second);
            prop_assert_eq!(usual(time.to_string().as_bytes()), Some(Stamp { time, offset_s: 0 }));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = StampReader::default().read(PHENOMENON_TIME, &bytes);
        }
    }

    #[test]
    fn micros_are_kept() {
        assert_eq!(read("1970-01-01T00:00:00.000001Z").unwrap().time.micros(), 1);
        assert_eq!(read("1970-01-01T00:00:01Z").unwrap().time.micros(), MICROS_PER_S);
    }
}
