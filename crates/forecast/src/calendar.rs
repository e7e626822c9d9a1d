//! Ticks and local days: which interval of which local day, and what kind of day it is.
//!
//! Not here: a time-zone database; offsets from UTC, holidays and events are given.
//! Invariant: every tick has exactly one local day and slot; an event ends no earlier than it begins.

use std::collections::BTreeMap;

use city::{MICROS_PER_S, Span, Time};
use serde::{Deserialize, Serialize};

/// Seconds in a day.
const DAY_S: i64 = 86_400;

/// What a day is like by the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DayType {
    /// People work.
    Work,
    /// A weekend or a public holiday.
    Off,
}

impl DayType {
    /// 0 or 1.
    pub fn index(self) -> usize {
        usize::from(self == Self::Off)
    }
}

/// The class a day's shape is learned in: a weekday (0 Monday … 6 Sunday), or 7 for a day off out of its weekday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayClass(u8);

/// Number of classes of days.
pub(crate) const CLASSES: usize = 8;

impl DayClass {
    /// A day on which people work, though it is a weekend by the calendar: it has the shape of a Monday.
    pub(crate) const EXTRA_WORK: Self = Self(0);
    /// A day off in the week.
    pub(crate) const EXTRA_OFF: Self = Self(7);

    /// Its number, below 8.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// What the day is like.
    pub fn day_type(self) -> DayType {
        if self.0 >= 5 { DayType::Off } else { DayType::Work }
    }
}

/// Something known ahead: a game, a weather warning, a planned measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its kind; each kind has an effect of its own.
    pub kind: String,
    /// When it begins.
    pub begin: Time,
    /// When it ends.
    pub end: Time,
    /// How many people are expected, if known.
    pub attendance: Option<f64>,
}

/// An event that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// It ends before it begins.
    #[error("an event of kind '{kind}' ends at {end}, before it begins at {begin}")]
    EndsBeforeItBegins {
        /// Its kind.
        kind: String,
        /// When it begins.
        begin: Time,
        /// When it ends.
        end: Time,
    },
    /// Its attendance is no number of people.
    #[error("an event of kind '{kind}' at {begin} has an attendance that is no number of people")]
    Attendance {
        /// Its kind.
        kind: String,
        /// When it begins.
        begin: Time,
    },
}

/// A tick's place in its local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Local days since 1970-01-01.
    pub day: i64,
    /// Interval of the day.
    pub slot: usize,
}

/// The clock and calendar of a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calendar {
    cadence_s: i64,
    /// Seconds by which intervals start after a multiple of the cadence.
    phase_s: i64,
    /// Since when (seconds since the epoch) which offset from UTC holds, seconds east; rising.
    offsets: Vec<(i64, i32)>,
    days: BTreeMap<i64, DayType>,
    events: Vec<Event>,
}

impl Calendar {
    /// A calendar of intervals of `cadence`, one of which starts at `start`, in a place `offset_s` east of UTC.
    pub fn new(cadence: Span, start: Time, offset_s: i32) -> Self {
        let cadence_s = (cadence.micros() / MICROS_PER_S).clamp(1, DAY_S);
        let phase_s = seconds(start).rem_euclid(cadence_s);
        Self { cadence_s, phase_s, offsets: vec![(i64::MIN, offset_s)], days: BTreeMap::new(), events: Vec::new() }
    }

    /// From `from` on this offset holds; times must rise.
    pub fn change_offset(&mut self, from: Time, offset_s: i32) {
        if self.offsets.last().is_some_and(|(_, last)| *last != offset_s) {
            self.offsets.push((seconds(from), offset_s));
        }
    }

    /// Says what the local days that `at` lies in is like, whatever its weekday.
    pub fn set_day(&mut self, at: Time, day_type: DayType) {
        self.days.insert(self.local_s(seconds(at)).div_euclid(DAY_S), day_type);
    }

    /// Adds something known ahead.
    pub fn add_event(&mut self, event: Event) -> Result<(), CalendarError> {
        let Event { kind, begin, end, attendance } = &event;
        if end < begin {
            return Err(CalendarError::EndsBeforeItBegins { kind: kind.clone(), begin: *begin, end: *end });
        }
        if attendance.is_some_and(|people| !(people.is_finite() && people >= 0.0)) {
            return Err(CalendarError::Attendance { kind: kind.clone(), begin: *begin });
        }
        let place = self.events.partition_point(|other| other.begin <= event.begin);
        self.events.insert(place, event);
        Ok(())
    }

    /// The same clock and days, with nothing known ahead.
    #[must_use]
    pub fn without_events(&self) -> Self {
        Self { events: Vec::new(), ..self.clone() }
    }

    /// Everything known ahead, by begin.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The length of an interval.
    pub fn cadence(&self) -> Span {
        Span::from_seconds(self.cadence_s)
    }

    /// Intervals of a day.
    pub fn slots(&self) -> usize {
        usize::try_from((DAY_S + self.cadence_s - 1) / self.cadence_s).unwrap_or(1)
    }

    /// The tick whose interval holds `at`.
    pub fn tick(&self, at: Time) -> i64 {
        (seconds(at) - self.phase_s).div_euclid(self.cadence_s)
    }

    /// The start of a tick's interval.
    pub fn start(&self, tick: i64) -> Time {
        Time::from_seconds(tick * self.cadence_s + self.phase_s)
    }

    /// Whether an interval starts at `at`.
    pub fn is_start(&self, at: Time) -> bool {
        self.start(self.tick(at)) == at
    }

    /// The local day and slot of a tick.
    pub fn slot(&self, tick: i64) -> Slot {
        let local = self.local_s(tick * self.cadence_s + self.phase_s);
        let slot = usize::try_from(local.rem_euclid(DAY_S) / self.cadence_s).unwrap_or(0);
        Slot { day: local.div_euclid(DAY_S), slot }
    }

    /// The tick of a slot of a local day.
    pub(crate) fn tick_of(&self, place: Slot) -> i64 {
        let local = place.day * DAY_S + place.slot as i64 * self.cadence_s;
        let guess = local - (self.local_s(local) - local);
        let utc = local - (self.local_s(guess) - guess);
        (utc - self.phase_s).div_euclid(self.cadence_s)
    }

    /// The class of a local day by the calendar.
    pub fn class(&self, day: i64) -> DayClass {
        let weekday = Self::weekday(day);
        match self.days.get(&day) {
            Some(DayType::Off) if weekday.day_type() == DayType::Work => DayClass::EXTRA_OFF,
            Some(DayType::Work) if weekday.day_type() == DayType::Off => DayClass::EXTRA_WORK,
            _ => weekday,
        }
    }

    /// The class of a local day by its weekday alone.
    pub(crate) fn weekday(day: i64) -> DayClass {
        DayClass((day + 3).rem_euclid(7) as u8)
    }

    /// Whether the calendar itself says what the day is like.
    pub fn is_said(&self, day: i64) -> bool {
        self.days.contains_key(&day)
    }

    /// The offset from UTC that holds at a tick.
    pub fn offset(&self, tick: i64) -> Span {
        let utc = tick * self.cadence_s + self.phase_s;
        Span::from_seconds(self.local_s(utc) - utc)
    }

    fn local_s(&self, utc_s: i64) -> i64 {
        let place = self.offsets.partition_point(|(from, _)| *from <= utc_s);
        let offset = place.checked_sub(1).and_then(|at| self.offsets.get(at)).map_or(0, |(_, offset)| *offset);
        utc_s + i64::from(offset)
    }
}

/// Whole seconds since 1970.
pub(crate) fn seconds(at: Time) -> i64 {
    at.micros().div_euclid(MICROS_PER_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_knows_its_local_day_and_slot_across_a_change_of_offset() {
        let start = Time::from_seconds(0);
        let mut calendar = Calendar::new(Span::from_seconds(900), start, 3600);
        assert_eq!(calendar.slot(0), Slot { day: 0, slot: 4 });
        calendar.change_offset(Time::from_seconds(86_400), 7200);
        assert_eq!(calendar.slot(95), Slot { day: 1, slot: 3 });
        assert_eq!(calendar.slot(96), Slot { day: 1, slot: 8 });
        assert_eq!(calendar.class(0), DayClass(3), "1970-01-01 was a Thursday");
    }

    #[test]
    fn an_event_that_ends_before_it_begins_is_refused() {
        let mut calendar = Calendar::new(Span::from_seconds(900), Time::from_seconds(0), 0);
        let at = Time::from_seconds;
        let event = Event { kind: "game".to_owned(), begin: at(100), end: at(50), attendance: None };
        assert!(matches!(calendar.add_event(event), Err(CalendarError::EndsBeforeItBegins { .. })));
        assert!(calendar.events().is_empty());
    }
}
