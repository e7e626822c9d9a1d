//! A fast way to write times: the answers with ten thousand values spend most of their time on it.
//!
//! Not here: reading times.
//! Invariant: the text is the one [`Time`] itself writes; a test compares them over its whole range.

use city::{MICROS_PER_S, Time};
use serde::Serializer;

const LONGEST: usize = "2019-10-02T10:50:00.123456Z".len();

/// Writes an optional time as ISO 8601 UTC.
#[allow(clippy::ref_option, reason = "the signature that serialising a field by function asks for")]
pub(crate) fn optional<S: Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        None => serializer.serialize_none(),
        Some(time) => {
            let mut text = [0; LONGEST];
            let length = write(*time, &mut text);
            match std::str::from_utf8(&text[..length]) {
                Ok(text) => serializer.serialize_str(text),
                Err(_) => serializer.collect_str(time),
            }
        }
    }
}

/// Writes into `text`, and returns how many bytes.
fn write(time: Time, text: &mut [u8; LONGEST]) -> usize {
    let seconds = time.micros().div_euclid(MICROS_PER_S);
    let micros = time.micros().rem_euclid(MICROS_PER_S);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let second_of_day = seconds.rem_euclid(86_400);
    text[..20].copy_from_slice(b"0000-00-00T00:00:00Z");
    digits(&mut text[0..4], year);
    digits(&mut text[5..7], month);
    digits(&mut text[8..10], day);
    digits(&mut text[11..13], second_of_day / 3600);
    digits(&mut text[14..16], second_of_day / 60 % 60);
    digits(&mut text[17..19], second_of_day % 60);
    if micros == 0 {
        return 20;
    }
    text[19] = b'.';
    digits(&mut text[20..26], micros);
    let mut end = 26;
    while text[end - 1] == b'0' {
        end -= 1;
    }
    text[end] = b'Z';
    end + 1
}

fn digits(place: &mut [u8], mut value: i64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// Year, month and day of a day counted from 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms").
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(time: Time) -> String {
        let mut text = [0; LONGEST];
        let length = write(time, &mut text);
        String::from_utf8(text[..length].to_vec()).unwrap()
    }

    #[test]
    fn the_ends_and_leap_days_are_written_as_the_time_itself_writes_them() {
        let named = ["2000-02-29T23:59:59.9Z", "2100-02-28T00:00:00.000001Z", "2020-12-31T12:00:00.12Z"];
        let named = named.map(|text| text.parse::<Time>().unwrap());
        for time in [Time::MIN, Time::MAX, Time::from_micros(-1), Time::from_micros(0)].into_iter().chain(named) {
            assert_eq!(written(time), time.to_string());
        }
    }

    proptest! {
        #[test]
        fn any_time_is_written_as_the_time_itself_writes_it(micros in Time::MIN.micros()..=Time::MAX.micros(), zeros in 0..7u32) {
            let unit = 10i64.pow(zeros);
            let time = Time::from_micros(micros / unit * unit);
            prop_assert_eq!(written(time), time.to_string());
        }
    }
}
