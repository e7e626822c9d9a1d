//! Arguments of a backtest as they are written: lengths of time, shares, gaps, offsets.
//!
//! Not here: what is done with them.
//! Invariant: every refusal says what would do.

use std::str::FromStr;

use city::{MICROS_PER_S, Span, Time};
use forecast::{Calendar, split_mix};
use jiff::tz::TimeZone;

use crate::command::WrongUse;

/// A length of time such as `15m`, `2h` or `90s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length(pub Span);

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not a length of time such as 15m, 2h or 90s");
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let count: i64 = text[..split].parse().map_err(|_| wrong())?;
        let unit = match &text[split..] {
            "s" => 1,
            "m" | "min" => 60,
            "h" => 3600,
            _ => return Err(wrong()),
        };
        let seconds = count.checked_mul(unit).filter(|seconds| (1..=86_400).contains(seconds)).ok_or_else(wrong)?;
        Ok(Self(Span::from_seconds(seconds)))
    }
}

/// A quantile of past values such as `P98.5`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentile(pub f64);

impl FromStr for Percentile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix(['P', 'p']).and_then(|number| number.parse::<f64>().ok());
        number
            .filter(|number| *number > 0.0 && *number < 100.0)
            .map(|number| Self(number / 100.0))
            .ok_or_else(|| format!("'{text}' is not a percentile such as P98.5"))
    }
}

/// What is left out at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapKind {
    /// Single observations.
    Points,
    /// Whole days of a series.
    Days,
}

/// Gaps made at random, such as `days:0.4:7`: what, which share, the seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaps {
    /// What is left out.
    pub kind: GapKind,
    /// Which share.
    pub share: f64,
    /// The seed.
    pub seed: u64,
}

impl FromStr for Gaps {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' does not say gaps such as points:0.4:1 or days:0.4:1 (share, seed)");
        let mut parts = text.split(':');
        let kind = match parts.next() {
            Some("points") => GapKind::Points,
            Some("days") => GapKind::Days,
            _ => return Err(wrong()),
        };
        let share: f64 = parts.next().and_then(|part| part.parse().ok()).ok_or_else(wrong)?;
        let seed: u64 = parts.next().and_then(|part| part.parse().ok()).ok_or_else(wrong)?;
        if parts.next().is_some() || !(share > 0.0 && share < 1.0) {
            return Err(wrong());
        }
        Ok(Self { kind, share, seed })
    }
}

impl Gaps {
    /// Whether the observation of a series at a local day and slot is left out.
    pub fn hides(&self, series: usize, day: i64, slot: usize) -> bool {
        let slot = if self.kind == GapKind::Days { 0 } else { slot as u64 + 1 };
        let mixed = [series as u64, day as u64, slot].iter().fold(self.seed, |state, part| split_mix(state ^ part));
        ((mixed >> 11) as f64) < self.share * (1_u64 << 53) as f64
    }
}

/// A calendar of the zone, or of the offsets that the file is written with.
pub fn calendar(
    cadence: Span,
    span: (Time, Time),
    offsets: &[(Time, i32)],
    timezone: Option<&str>,
) -> anyhow::Result<Calendar> {
    let given = timezone.map(|name| changes(name, span)).transpose()?;
    let offsets = given.as_deref().unwrap_or(offsets);
    let first = offsets.first().map_or(0, |(_, offset)| *offset);
    let mut calendar = Calendar::new(cadence, span.0, first);
    for (from, offset) in offsets.iter().skip(1) {
        calendar.change_offset(*from, *offset);
    }
    Ok(calendar)
}

/// The offsets of a zone over a span of time.
fn changes(name: &str, (from, to): (Time, Time)) -> anyhow::Result<Vec<(Time, i32)>> {
    let zone = TimeZone::get(name).map_err(|error| {
        WrongUse(format!("--timezone: no zone '{name}' on this system ({error}); such as Asia/Shanghai"))
    })?;
    let stamp = |time: Time| jiff::Timestamp::from_microsecond(time.micros());
    let (from_stamp, to_stamp) = (stamp(from)?, stamp(to)?);
    let mut out = vec![(from, zone.to_offset(from_stamp).seconds())];
    for change in zone.following(from_stamp).take_while(|change| change.timestamp() <= to_stamp) {
        let at = Time::from_micros(change.timestamp().as_second().saturating_mul(MICROS_PER_S));
        out.push((at, change.offset().seconds()));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_percentiles_and_gaps_are_read_as_written() {
        assert_eq!("15m".parse(), Ok(Length(Span::from_seconds(900))));
        assert_eq!("P98.5".parse(), Ok(Percentile(0.985)));
        assert_eq!("days:0.4:7".parse(), Ok(Gaps { kind: GapKind::Days, share: 0.4, seed: 7 }));
        for text in ["15", "m", "-5m", "90000s", "15 m"] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
        assert!("98.5".parse::<Percentile>().is_err() && "days:2:1".parse::<Gaps>().is_err());
    }

    #[test]
    fn gaps_hide_about_their_share() {
        let gaps = Gaps { kind: GapKind::Points, share: 0.4, seed: 1 };
        let hidden = (0..10_000).filter(|slot| gaps.hides(3, 5, *slot)).count();
        assert!((3_800..4_200).contains(&hidden), "{hidden}");
    }
}
