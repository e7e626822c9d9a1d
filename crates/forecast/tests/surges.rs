//! Surges as scenarios: what is raised, when, how strong, when it is over, and what stays quiet.
//!
//! Not here: real counts (yiwang's tests), scores (docs/surges.md).
//! Invariant: every series is made by a fixed rule, so a failure repeats.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, also in its helpers")]

use city::{Span, Time};
use forecast::surge::trial::{Injections, TrainingEvents, TrialPlan, trial};
use forecast::surge::{SurgeChange, SurgeWatch};
use forecast::{Calendar, Event, History, Series};

const SLOTS: i64 = 96;
const SERIES: usize = 3;

/// Numbers that look random, between -1 and 1.
fn noise(tick: i64, series: usize) -> f64 {
    let mut z = (tick as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ ((series as u64 + 1) << 40);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// An ordinary count: a hill over the day, lower at weekends.
fn ordinary(calendar: &Calendar, tick: i64, series: usize) -> f64 {
    let place = calendar.slot(tick);
    let hill = 1.0 - (place.slot as f64 / 48.0 - 1.0).powi(2);
    let level = if calendar.class(place.day).index() >= 5 { 60.0 } else { 100.0 };
    (level * hill + 20.0 + 12.0 * noise(tick, series)).round()
}

fn calendar() -> Calendar {
    Calendar::new(Span::from_seconds(900), Time::from_seconds(0), 0)
}

/// So many days of ordinary counts, changed by `change`.
fn days(calendar: &Calendar, days: i64, change: impl Fn(i64, usize, f64) -> f64) -> History {
    let series = (0..SERIES).map(|s| Series { name: format!("gate/{s}"), is_count: true, ..Series::default() });
    let mut history = History::new(calendar.clone(), series.collect(), Time::from_seconds(0));
    for tick in 0..days * SLOTS {
        for s in 0..SERIES {
            history.set(tick, s, change(tick, s, ordinary(calendar, tick, s)));
        }
    }
    history
}

/// A watch that has learned 28 days, and the first tick after them.
fn watch() -> (SurgeWatch, i64) {
    let history = days(&calendar(), 28, |_, _, value| value);
    (SurgeWatch::fit(&history, 0.1).unwrap(), 28 * SLOTS)
}

/// Lets two days pass; series 1 has `change` made to it at ticks of the first day. What was said, with its tick.
fn pass(watch: &mut SurgeWatch, first: i64, change: impl Fn(i64, f32) -> f32) -> Vec<(i64, SurgeChange)> {
    let calendar = calendar();
    let mut said = Vec::new();
    for tick in first..first + 2 * SLOTS {
        let mut values: Vec<f32> = (0..SERIES).map(|s| ordinary(&calendar, tick, s) as f32).collect();
        values[1] = change(tick - first, values[1]);
        said.extend(watch.observe(&values).into_iter().map(|change| (tick - first, change)));
    }
    said
}

#[test]
fn a_crowd_is_raised_within_three_intervals_and_over_soon_after_it_has_gone() {
    let (mut watch, first) = watch();
    let said = pass(&mut watch, first, |at, value| if (60..68).contains(&at) { value + 80.0 } else { value });
    let [(raised_at, SurgeChange::Raised(raised)), (over_at, SurgeChange::Over(over))] = &said[..] else {
        panic!("{said:?}");
    };
    assert!((60..63).contains(raised_at) && (69..78).contains(over_at), "{said:?}");
    assert_eq!((raised.series, over.series, raised.raised - first), (1, 1, *raised_at));
    assert!((58..=60).contains(&(raised.began - first)), "it began with the crowd: {raised:?}");
    assert!(raised.evidence >= 1.0 && raised.root_lift > 1.0, "{raised:?}");
}

#[test]
fn the_strength_of_a_surge_lifts_a_forecast_and_fades_ahead() {
    let (mut watch, first) = watch();
    let calendar = calendar();
    for tick in first..first + 64 {
        let mut values: Vec<f32> = (0..SERIES).map(|s| ordinary(&calendar, tick, s) as f32).collect();
        values[1] += if tick >= first + 60 { 80.0 } else { 0.0 };
        watch.observe(&values);
    }
    let surge = watch.surge(1).unwrap();
    let without = ordinary(&calendar, first + 64, 1) as f32;
    let (near, far) = (surge.lifted(without, 1), surge.lifted(without, 8));
    assert!(near > without + 40.0 && near < without + 110.0, "{near} {without}");
    assert!(far < near && far > without, "{far} {near}");
    let expected = watch.expected(1, 1).unwrap();
    assert!(expected > without + 30.0 && expected < without + 110.0, "{expected} {without}");
    assert!(watch.surge(0).is_none() && watch.expected(0, 1).is_none());
}

#[test]
fn missing_values_raise_nothing() {
    let (mut watch, first) = watch();
    let said = pass(&mut watch, first, |at, value| match at {
        40..=59 | 61 | 63 | 65 => f32::NAN,
        _ => value,
    });
    assert!(said.is_empty(), "{said:?}");
}

#[test]
fn a_series_that_falls_silent_in_a_surge_is_not_in_surge_for_ever() {
    let (mut watch, first) = watch();
    let said = pass(&mut watch, first, |at, value| match at {
        60..=63 => value + 90.0,
        64..=89 => f32::NAN,
        _ => value,
    });
    assert!(matches!(said[..], [(60..63, SurgeChange::Raised(_)), (64..80, SurgeChange::Over(_))]), "{said:?}");
}

#[test]
fn a_watch_that_was_stored_goes_on_as_it_was() {
    let (mut watch, first) = watch();
    let bytes = postcard::to_stdvec(&watch).unwrap();
    let mut restored: SurgeWatch = postcard::from_bytes(&bytes).unwrap();
    let change = |at: i64, value: f32| if (30..36).contains(&at) { value + 70.0 } else { value };
    assert_eq!(pass(&mut watch, first, change), pass(&mut restored, first, change));
    assert_eq!(watch, restored);
    assert!(SurgeWatch::bytes_per_series() <= 128, "{}", SurgeWatch::bytes_per_series());
}

#[test]
fn thresholds_keep_to_their_budget_on_days_they_were_not_set_on() {
    let history = days(&calendar(), 70, |_, _, value| value);
    let injections = Some(Injections { sizes: vec![1.0], length: 6, seed: 3 });
    let plan =
        TrialPlan { false_alarms_per_day: 0.1, train_until: None, training_events: TrainingEvents::Known, injections };
    let scores = trial(&history, &plan).unwrap();
    let rate = scores[0].false_alarms as f64 / scores[0].series_days;
    assert!(rate <= 0.15, "{rate}");
    let injected = &scores[0].injected[0];
    assert_eq!(injected.n + injected.in_alarm, 70 * SERIES);
    assert!(injected.delays.len() as f64 > 0.95 * injected.n as f64, "{} of {}", injected.delays.len(), injected.n);
}

#[test]
fn what_is_judged_teaches_nothing() {
    let until = 50 * SLOTS;
    let plan = TrialPlan {
        false_alarms_per_day: 0.1,
        train_until: Some(until),
        training_events: TrainingEvents::Known,
        injections: None,
    };
    let thresholds = |history: &History| {
        let scores = trial(history, &plan).unwrap();
        scores.into_iter().map(|score| score.thresholds).collect::<Vec<_>>()
    };
    let as_was = days(&calendar(), 70, |_, _, value| value);
    let poisoned = days(&calendar(), 70, |tick, _, value| if tick >= until { value * 7.0 + 500.0 } else { value });
    assert_eq!(thresholds(&as_was), thresholds(&poisoned));
}

#[test]
fn the_end_of_a_game_is_found_without_knowing_of_it() {
    let mut calendar = calendar();
    let game_days: Vec<i64> = (3..70).step_by(4).collect();
    for day in &game_days {
        let at = |hour: i64| Time::from_seconds(day * 86_400 + hour * 3600);
        calendar.add_event(Event { kind: "game".to_owned(), begin: at(13), end: at(16), attendance: None }).unwrap();
    }
    let is_leaving = |tick: i64| game_days.contains(&(tick / SLOTS)) && (64..70).contains(&(tick % SLOTS));
    let history = days(&calendar, 70, |tick, s, value| value + if s == 1 && is_leaving(tick) { 90.0 } else { 0.0 });
    let plan = TrialPlan {
        false_alarms_per_day: 0.1,
        train_until: None,
        training_events: TrainingEvents::Known,
        injections: None,
    };
    let score = trial(&history, &plan).unwrap().remove(0);
    let found = score.events.iter().filter(|event| event.raised.is_some()).count();
    assert_eq!((found, score.events.len()), (game_days.len(), game_days.len()));
    let late = score.events.iter().filter_map(|event| event.raised).zip(&score.events);
    assert!(late.clone().all(|(raised, event)| raised.since(event.end).minutes() <= 45.0));
}

#[test]
fn a_history_without_values_or_of_one_day_is_refused() {
    assert!(SurgeWatch::fit(&days(&calendar(), 1, |_, _, value| value), 0.1).is_err());
    assert!(SurgeWatch::fit(&days(&calendar(), 5, |_, _, _| f64::NAN), 0.1).is_err());
}
