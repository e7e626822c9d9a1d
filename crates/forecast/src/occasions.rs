//! What known events do to each series: learned from past events of the same kind, added to the shape of days.
//!
//! Not here: the list of events (`calendar`).
//! Invariant: intervals near an event teach its effect and not the shape of days; an event without a past has no effect.
//!
//! An effect is a curve over the time since the begin, then over the time to and from the end, in bins. A bin's value is
//! a ridge estimate on standardised residuals, with the attendance over its mean as regressor:
//! `Σ a·r / (Σ a² + trust)`.

use city::{MICROS_PER_S, Time};
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, Event, Slot, seconds};

/// How long before its begin and after its end an event is felt, seconds.
pub(crate) const BEFORE_S: i64 = 2 * 3600;
pub(crate) const AFTER_S: i64 = 3 * 3600;
/// Least width of a bin, seconds.
const BIN_S: i64 = 600;
/// Time after the begin and before the end that has bins of its own, seconds.
const INSIDE_S: i64 = 3600;
/// Events' worth of trust in no effect.
const TRUST: f32 = 2.0;
/// Longest event whose intervals are looked for, seconds.
const LONGEST_S: i64 = 14 * 86_400;

/// The effects of every kind of event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Occasions {
    bin_s: i64,
    kinds: Vec<Kind>,
}

/// The effect of a kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kind {
    name: String,
    mean_attendance: f64,
    /// By (bin, series), standardised residuals.
    effect: Vec<f32>,
}

/// An event at an interval.
struct Touch {
    kind: usize,
    bin: usize,
    share: f32,
}

/// Residuals of an interval, and when it was.
pub(crate) struct Moment<'a> {
    pub place: Slot,
    /// By series, NaN where missing.
    pub residuals: &'a [f32],
}

impl Occasions {
    /// The kinds of events of a calendar, without effects.
    pub(crate) fn new(calendar: &Calendar, series: usize) -> Self {
        let mut names: Vec<&str> = calendar.events().iter().map(|event| event.kind.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let bin_s = BIN_S.max(calendar.cadence().micros() / MICROS_PER_S);
        let length = usize::try_from((BEFORE_S + INSIDE_S) / bin_s + (INSIDE_S + AFTER_S) / bin_s + 3).unwrap_or(1);
        let mean = |name: &str| {
            let known: Vec<f64> = calendar
                .events()
                .iter()
                .filter(|event| event.kind == name)
                .filter_map(|event| event.attendance)
                .collect();
            if known.is_empty() { 0.0 } else { known.iter().sum::<f64>() / known.len() as f64 }
        };
        let kinds = names.iter().map(|name| Kind {
            name: (*name).to_owned(),
            mean_attendance: mean(name),
            effect: vec![0.0; length * series],
        });
        Self { bin_s, kinds: kinds.collect() }
    }

    /// Whether an event is felt at an interval.
    pub(crate) fn is_felt(&self, calendar: &Calendar, place: Slot) -> bool {
        !self.kinds.is_empty() && !self.touches(calendar, place).is_empty()
    }

    /// Learns the effects.
    pub(crate) fn learn<'a>(&mut self, calendar: &Calendar, series: usize, moments: impl Iterator<Item = Moment<'a>>) {
        let mut squares: Vec<Vec<f32>> = self.kinds.iter().map(|kind| vec![0.0; kind.effect.len()]).collect();
        for moment in moments {
            for touch in self.touches(calendar, moment.place) {
                let from = touch.bin * series;
                let sums = self.kinds[touch.kind].effect[from..from + series].iter_mut();
                let squares = squares[touch.kind][from..from + series].iter_mut();
                for ((sum, square), residual) in sums.zip(squares).zip(moment.residuals) {
                    if !residual.is_nan() {
                        *sum += touch.share * residual;
                        *square += touch.share * touch.share;
                    }
                }
            }
        }
        for (kind, squares) in self.kinds.iter_mut().zip(&squares) {
            for (effect, square) in kind.effect.iter_mut().zip(squares) {
                *effect /= square + TRUST;
            }
        }
    }

    /// Adds the effects of events to the roots expected on a local day, by (slot, series).
    pub(crate) fn add(&self, calendar: &Calendar, day: i64, view: &mut [f32], spread: &[f32]) {
        if self.kinds.is_empty() {
            return;
        }
        for (slot, row) in view.chunks_exact_mut(spread.len().max(1)).enumerate() {
            for touch in self.touches(calendar, Slot { day, slot }) {
                let effect = &self.kinds[touch.kind].effect[touch.bin * spread.len()..];
                for ((root, effect), spread) in row.iter_mut().zip(effect).zip(spread) {
                    *root = (*root + touch.share * effect * spread).max(0.0);
                }
            }
        }
    }

    fn touches(&self, calendar: &Calendar, place: Slot) -> Vec<Touch> {
        let at = seconds(calendar.start(calendar.tick_of(place)));
        let from = Time::from_seconds(at - LONGEST_S - AFTER_S);
        let events = calendar.events();
        let first = events.partition_point(|event| event.begin < from);
        let near = events[first..].iter().take_while(|event| seconds(event.begin) <= at + BEFORE_S);
        near.filter_map(|event| self.touch(event, at)).collect()
    }

    fn touch(&self, event: &Event, at: i64) -> Option<Touch> {
        let (begin, end) = (seconds(event.begin), seconds(event.end));
        if at < begin - BEFORE_S || at >= end + AFTER_S {
            return None;
        }
        let first_part = (BEFORE_S + INSIDE_S) / self.bin_s;
        let bin = if at < begin + INSIDE_S && at - begin < end - at {
            (at - begin + BEFORE_S) / self.bin_s
        } else if at >= end - INSIDE_S {
            first_part + 2 + (at - end + INSIDE_S) / self.bin_s
        } else {
            first_part + 1
        };
        let kind = self.kinds.iter().position(|kind| kind.name == event.kind)?;
        let mean = self.kinds[kind].mean_attendance;
        let share = event.attendance.filter(|_| mean > 0.0).map_or(1.0, |people| (people / mean) as f32);
        Some(Touch { kind, bin: usize::try_from(bin).ok()?, share })
    }
}

#[cfg(test)]
mod tests {
    use city::Span;

    use super::*;

    #[test]
    fn an_effect_is_learned_after_the_end_and_scaled_by_attendance() {
        let at = Time::from_seconds;
        let mut calendar = Calendar::new(Span::from_seconds(900), at(0), 0);
        for (day, people) in [(1, 1_000.0), (2, 1_000.0), (3, 1_000.0), (4, 2_000.0)] {
            let begin = at(day * 86_400 + 12 * 3600);
            let event = Event {
                kind: "game".to_owned(),
                begin,
                end: begin.plus(Span::from_seconds(7200)),
                attendance: Some(people),
            };
            calendar.add_event(event).unwrap();
        }
        let mut occasions = Occasions::new(&calendar, 1);
        let felt: Vec<Slot> = (1..4).map(|day| Slot { day, slot: 56 }).collect();
        occasions.learn(&calendar, 1, felt.iter().map(|place| Moment { place: *place, residuals: &[5.0] }));
        let mut view = vec![10.0; 96];
        occasions.add(&calendar, 4, &mut view, &[1.0]);
        assert!(view[56] > 14.0 && (view[40] - 10.0).abs() < 1e-6, "{} {}", view[56], view[40]);
        assert!(!occasions.is_felt(&calendar, Slot { day: 6, slot: 56 }));
    }
}
