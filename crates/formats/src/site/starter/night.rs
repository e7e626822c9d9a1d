//! The hours of the night in which a network is shut, told from its counts: what `locked` of a starter site rests on.
//!
//! Not here: gathering the counts (`scan`), writing the site (`write`).
//! Invariant: a missing result is no evidence that nobody passed, and a lock never begins before the last ones out have
//! been counted.

use std::collections::BTreeMap;

use city::Time;

/// Quarters of an hour in a day.
const QUARTERS: u32 = 96;
/// A quarter of an hour, s.
const QUARTER_S: u32 = 900;
/// A day, s.
const DAY_S: u32 = 86_400;

/// A gap on fewer days is a coincidence.
pub const GAP_MIN_DAYS: usize = 3;
/// A gap on a smaller share of the days is not the rule.
pub const GAP_MIN_SHARE: f64 = 0.9;
/// A shorter gap is a lull, s.
pub const GAP_MIN_S: u32 = 2 * 3600;
/// After the last count, people may still be on their way out for so long, s; two intervals if those are longer.
pub const LAST_ONES_OUT_S: u32 = 1800;

/// The quarters of an hour, day by day, in which a datastream counted anyone or did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountedQuarters {
    /// The UTC offset of the days, seconds east.
    pub offset_s: i32,
    /// By day since 1 January 1970: bit q is set when quarter q of it had a result other than zero, or a missing one.
    pub days: BTreeMap<i64, u128>,
}

/// Hours without counts, and the lock that follows from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// The end of the last interval with a count, seconds after midnight.
    begin_s: u32,
    /// The first quarter with a count again, seconds after midnight; below `begin_s` when midnight lies between.
    end_s: u32,
    /// On how many days there were none.
    quiet_days: usize,
    /// Of how many.
    days: usize,
    /// When the lock begins for the first time, as if local time were UTC.
    lock_from: Time,
    /// How long it holds, s.
    pub(super) lock_for_s: u32,
    offset_s: i32,
}

impl Gap {
    /// The lock's first beginning, ISO 8601 with the offset of the counts.
    pub(super) fn lock_from(&self) -> String {
        let offset = self.offset_s.unsigned_abs() / 60;
        let sign = if self.offset_s < 0 { '-' } else { '+' };
        let local = self.lock_from.to_string();
        format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), offset / 60, offset % 60)
    }

    /// What the lock rests on.
    pub(super) fn source(&self) -> String {
        let clock = |second: u32| format!("{:02}:{:02}", second / 3600, second / 60 % 60);
        let (begin, end) = (clock(self.begin_s), clock(self.end_s));
        format!("assumption: no counts between {begin} and {end} on {} of {} days", self.quiet_days, self.days)
    }
}

/// The longest hours in which none of `streams` counts anyone; `interval_s` is the longest of their intervals.
pub(super) fn gap<'a>(streams: impl Iterator<Item = &'a CountedQuarters>, interval_s: u32) -> Option<Gap> {
    let mut days: BTreeMap<i64, u128> = BTreeMap::new();
    let mut offset_s = 0;
    for stream in streams {
        offset_s = stream.offset_s;
        for (day, counted) in &stream.days {
            *days.entry(*day).or_default() |= counted;
        }
    }
    let needed = GAP_MIN_DAYS.max((days.len() as f64 * GAP_MIN_SHARE).ceil() as usize);
    let quiet_days = |quarters: u128| days.values().filter(|counted| **counted & quarters == 0).count();
    let (first, length) = longest_run(|quarter| quiet_days(1 << quarter) >= needed)?;
    let quiet_days = quiet_days((0..length).fold(0, |quarters, step| quarters | 1 << ((first + step) % QUARTERS)));
    // Bits mark where intervals begin: the last of them ends later than its quarter when it is longer.
    let begin_s = first * QUARTER_S + interval_s.saturating_sub(QUARTER_S);
    let end_s = (first + length) * QUARTER_S;
    let lock_from_s = begin_s.saturating_add(LAST_ONES_OUT_S.max(interval_s.saturating_mul(2)));
    if quiet_days < needed || end_s < begin_s.saturating_add(GAP_MIN_S) || end_s < lock_from_s.saturating_add(QUARTER_S)
    {
        return None;
    }
    let first_day = *days.keys().next()?;
    Some(Gap {
        begin_s: begin_s % DAY_S,
        end_s: end_s % DAY_S,
        quiet_days,
        days: days.len(),
        lock_from: Time::from_seconds(first_day * i64::from(DAY_S) + i64::from(lock_from_s % DAY_S)),
        lock_for_s: end_s - lock_from_s,
        offset_s,
    })
}

/// The longest run of quarters around the clock for which `quiet` holds, as its first and its length; `None` if it holds
/// for none, or for all: then nothing was ever counted.
fn longest_run(quiet: impl Fn(u32) -> bool) -> Option<(u32, u32)> {
    let quiet: Vec<bool> = (0..QUARTERS).map(quiet).collect();
    let at = |quarter: u32| quiet[(quarter % QUARTERS) as usize];
    let begins = (0..QUARTERS).filter(|quarter| at(*quarter) && !at(quarter + QUARTERS - 1));
    let runs = begins.map(|first| (first, (first..first + QUARTERS).take_while(|quarter| at(*quarter)).count() as u32));
    // Of runs equally long the first counts.
    runs.rev().max_by_key(|(_, length)| *length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts from `from_s` to `to_s` after midnight, each day.
    fn counted(days: std::ops::Range<i64>, (from_s, to_s): (u32, u32)) -> CountedQuarters {
        let bits = (from_s / QUARTER_S..to_s.div_ceil(QUARTER_S)).fold(0_u128, |bits, quarter| bits | 1 << quarter);
        CountedQuarters { offset_s: 28_800, days: days.map(|day| (day, bits)).collect() }
    }

    #[test]
    fn the_night_between_two_days_is_found_and_the_lock_waits_for_the_last_ones_out() {
        let streams = [counted(0..18, (5 * 3600 + 1800, 20 * 3600)), counted(0..18, (6 * 3600, 24 * 3600 - 900))];
        let gap = gap(streams.iter(), 900).unwrap();
        assert_eq!(gap.source(), "assumption: no counts between 23:45 and 05:30 on 18 of 18 days");
        assert_eq!(gap.lock_from(), "1970-01-01T00:15:00+08:00");
        assert_eq!(gap.lock_for_s, 5 * 3600 + 900);
    }

    #[test]
    fn an_hourly_count_ends_an_hour_after_it_begins() {
        let mut stream = counted(0..10, (0, 0));
        stream.days.values_mut().for_each(|bits| (6..=23).for_each(|hour| *bits |= 1 << (4 * hour)));
        let gap = gap([stream].iter(), 3600).unwrap();
        assert_eq!(gap.source(), "assumption: no counts between 00:00 and 06:00 on 10 of 10 days");
        assert_eq!(gap.lock_from(), "1970-01-01T02:00:00+08:00");
        assert_eq!(gap.lock_for_s, 4 * 3600);
    }

    #[test]
    fn one_night_of_twenty_may_be_open_but_not_three() {
        let open = |nights: i64| {
            let mut stream = counted(0..20, (6 * 3600, 22 * 3600));
            (0..nights).for_each(|day| *stream.days.get_mut(&day).unwrap() |= 1 << 8);
            gap([stream].iter(), 900).map(|gap| gap.source())
        };
        assert_eq!(open(1).unwrap(), "assumption: no counts between 22:00 and 06:00 on 19 of 20 days");
        // What is left is the longer side of the quarter that is sometimes open.
        assert_eq!(open(3).unwrap(), "assumption: no counts between 22:00 and 02:00 on 20 of 20 days");
    }

    #[test]
    fn two_days_a_lull_or_counts_around_the_clock_are_no_gap() {
        assert_eq!(gap([counted(0..2, (6 * 3600, 22 * 3600))].iter(), 900), None);
        assert_eq!(gap([counted(0..9, (1800, 24 * 3600))].iter(), 900), None);
        assert_eq!(gap([counted(0..9, (0, 24 * 3600))].iter(), 900), None);
        assert_eq!(gap([counted(0..9, (0, 0))].iter(), 900), None);
        assert_eq!(gap([counted(0..9, (0, 0))].iter(), u32::MAX), None);
        assert_eq!(gap(std::iter::empty(), 900), None);
    }
}
