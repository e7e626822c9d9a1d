//! Integer time: microseconds since 1970-01-01T00:00:00Z, and spans of them.
//!
//! Not here: a clock, a time zone (local-day boundaries arrive as facts).
//! Invariant: in text (JSON) a time is ISO 8601 UTC, in binary it is the integer; both round-trip exactly.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Microseconds in one second.
pub const MICROS_PER_S: i64 = 1_000_000;

/// A moment: microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// A length of time in microseconds, possibly negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

/// A text that is not an ISO 8601 time with an offset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not an ISO 8601 time with an offset, such as 2019-10-02T18:50:00+08:00")]
pub struct TimeError {
    /// The text as given, cut to 64 characters.
    pub text: String,
}

impl Time {
    /// The earliest moment an entry may carry: 1900-01-01T00:00:00Z.
    pub const MIN: Self = Self(-2_208_988_800 * MICROS_PER_S);
    /// The latest moment an entry may carry: 2200-01-01T00:00:00Z.
    pub const MAX: Self = Self(7_258_118_400 * MICROS_PER_S);

    /// From microseconds since the Unix epoch, clamped to [`Time::MIN`]..=[`Time::MAX`].
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// From whole seconds since the Unix epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self::from_micros(seconds.saturating_mul(MICROS_PER_S))
    }

    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The start of the bucket of `width` that holds this moment; buckets are aligned to the epoch.
    ///
    /// A `width` of zero or less returns the moment itself.
    #[must_use]
    pub const fn floor(self, width: Span) -> Self {
        if width.0 <= 0 { self } else { Self(self.0 - self.0.rem_euclid(width.0)) }
    }

    /// This moment moved by `span`, clamped to the allowed range.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self::from_micros(self.0.saturating_add(span.0))
    }

    /// This moment moved back by `span`, clamped to the allowed range.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self::from_micros(self.0.saturating_sub(span.0))
    }

    /// The span from `earlier` to this moment.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0 - earlier.0)
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_S))
    }

    /// Microseconds.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Seconds, with the fraction.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / MICROS_PER_S as f64
    }

    /// Minutes, with the fraction.
    pub fn minutes(self) -> f64 {
        self.seconds() / 60.0
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The range of `Time` lies inside jiff's, so the conversion cannot fail; the integer is the fallback.
        match Timestamp::from_microsecond(self.0) {
            Ok(stamp) => stamp.fmt(f),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl FromStr for Time {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        text.trim()
            .parse::<Timestamp>()
            .map(|stamp| Self::from_micros(stamp.as_microsecond()))
            .map_err(|_| TimeError { text: text.chars().take(64).collect() })
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
            text.parse().map_err(de::Error::custom)
        } else {
            i64::deserialize(deserializer).map(Self::from_micros)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_integer_round_trip() {
        let time: Time = "2019-10-02T18:50:00+08:00".parse().unwrap();
        assert_eq!(time.to_string(), "2019-10-02T10:50:00Z");
        assert_eq!(serde_json::from_str::<Time>(&serde_json::to_string(&time).unwrap()).unwrap(), time);
        assert_eq!(time.floor(Span::from_seconds(3600)).to_string(), "2019-10-02T10:00:00Z");
    }

    #[test]
    fn a_time_without_an_offset_is_refused() {
        assert!("2019-10-02T18:50:00".parse::<Time>().is_err());
        assert!("yesterday".parse::<Time>().is_err());
    }

    #[test]
    fn arithmetic_stays_inside_the_range() {
        assert_eq!(Time::MAX.plus(Span::from_seconds(1)), Time::MAX);
        assert_eq!(Time::from_micros(i64::MIN), Time::MIN);
    }
}
