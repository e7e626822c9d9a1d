//! Histories that are short, constant, broken or silent: a sensible result with wide bands, or a clear refusal.
//!
//! Not here: files (the binary's tests).
//! Invariant: no forecast is ever NaN, infinite, negative or out of order.

#![allow(clippy::unwrap_used, reason = "a case that cannot be set up fails its test")]

mod support;

use city::{Span, Time};
use forecast::{Calendar, CalendarError, Event, Forecaster, History, Refusal, Settings};
use support::{MONDAY_S, SLOTS, calendar, checked_fans, history, mean, series, settings};

/// A history with one value made of each of its intervals.
fn made(days: i64, value: impl Fn(usize, i64) -> f64) -> History {
    let mut made = History::new(calendar(), series(4), Time::from_seconds(MONDAY_S));
    let first = made.first_tick();
    for interval in 0..days * SLOTS {
        for s in 0..4 {
            made.set(first + interval, s, value(s, interval));
        }
    }
    made
}

fn fitted(history: &History) -> Forecaster {
    Forecaster::fit(history, &settings()).unwrap()
}

/// Width of the 90 % interval at the longest horizon, and the median.
fn width_and_median(forecaster: &Forecaster, s: usize) -> (f32, f32) {
    let mut fan = vec![0.0; forecaster.settings().levels.len()];
    forecaster.fan(s, 3, &mut fan);
    (fan[9] - fan[1], fan[5])
}

#[test]
fn ten_observations_give_wide_bands_and_seven_a_refusal() {
    let mut short = History::new(calendar(), series(1), Time::from_seconds(MONDAY_S));
    let first = short.first_tick();
    for (interval, value) in [20.0, 24.0, 18.0, 22.0, 30.0, 25.0, 21.0].into_iter().enumerate() {
        short.set(first + interval as i64, 0, value);
    }
    assert_eq!(Forecaster::fit(&short, &settings()), Err(Refusal::TooFewValues { values: 7, least: 8 }));
    for (interval, value) in [(7, 26.0), (8, 19.0), (9, 23.0)] {
        short.set(first + interval, 0, value);
    }
    let forecaster = fitted(&short);
    checked_fans(&forecaster);
    let (width, median) = width_and_median(&forecaster, 0);
    assert!((10.0..40.0).contains(&median) && width > 8.0, "{median} ± {width}");
}

#[test]
fn nothing_to_learn_from_is_refused() {
    let nothing = made(2, |_, _| f64::NAN);
    assert_eq!(Forecaster::fit(&nothing, &settings()), Err(Refusal::NoValues));
    let empty = History::new(calendar(), Vec::new(), Time::from_seconds(MONDAY_S));
    assert_eq!(Forecaster::fit(&empty, &settings()), Err(Refusal::NoValues));
}

#[test]
fn a_constant_series_is_forecast_as_it_is() {
    let forecaster = fitted(&made(10, |_, _| 40.0));
    checked_fans(&forecaster);
    for s in 0..4 {
        let (width, median) = width_and_median(&forecaster, s);
        assert!((median - 40.0).abs() < 2.0 && width < 20.0, "{median} ± {width}");
    }
    checked_fans(&fitted(&made(10, |_, _| 0.0)));
}

#[test]
fn a_series_with_every_second_value_missing_is_forecast() {
    let changing = made(14, |s, interval| {
        let coarse = s == 0 && interval > 7 * SLOTS && interval % 2 == 1;
        if coarse { f64::NAN } else { mean(s, interval).round() }
    });
    checked_fans(&fitted(&changing));
}

#[test]
fn a_jump_in_level_is_followed_within_hours() {
    let forecaster = &mut fitted(&history(4, 14));
    for interval in 14 * SLOTS..14 * SLOTS + 60 {
        let values: Vec<f32> = (0..4).map(|s| (10.0 * mean(s, interval)).round() as f32).collect();
        forecaster.observe(&values);
        checked_fans(forecaster);
    }
    let truth = 10.0 * mean(3, 14 * SLOTS + 60) as f32;
    let mut fan = vec![0.0; 11];
    forecaster.fan(3, 0, &mut fan);
    assert!(fan[0] < truth && truth < fan[10], "{truth} in {fan:?}");
}

#[test]
fn a_year_of_silence_widens_and_never_breaks() {
    let forecaster = &mut fitted(&history(4, 14));
    let (before, _) = width_and_median(forecaster, 3);
    for _ in 0..365 * SLOTS {
        forecaster.observe(&[f32::NAN; 4]);
    }
    checked_fans(forecaster);
    let (after, _) = width_and_median(forecaster, 3);
    assert!(after > before, "{before} → {after}");
    let gap =
        made(
            380,
            |s, interval| {
                if (7 * SLOTS..372 * SLOTS).contains(&interval) { f64::NAN } else { mean(s, interval).round() }
            },
        );
    checked_fans(&fitted(&gap));
}

#[test]
fn a_series_that_never_spoke_has_a_fan_and_no_high_level() {
    let forecaster = fitted(&made(10, |s, interval| if s == 2 { f64::NAN } else { mean(s, interval).round() }));
    checked_fans(&forecaster);
    assert_eq!(forecaster.high_level(2), None);
    assert_eq!(forecaster.exceedance(2, 0), None);
}

#[test]
fn an_event_that_ends_before_it_begins_is_refused() {
    let at = Time::from_seconds;
    let event = Event { kind: "game".to_owned(), begin: at(MONDAY_S), end: at(MONDAY_S - 60), attendance: None };
    assert!(matches!(calendar().add_event(event), Err(CalendarError::EndsBeforeItBegins { .. })));
    let event = Event { kind: "game".to_owned(), begin: at(0), end: at(60), attendance: Some(f64::NAN) };
    assert!(matches!(calendar().add_event(event), Err(CalendarError::Attendance { .. })));
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let past = history(2, 3);
    let refused = |settings: Settings| Forecaster::fit(&past, &settings).unwrap_err();
    let horizons = |horizons: Vec<usize>| Settings { horizons, ..settings() };
    for wrong in [vec![], vec![0, 1], vec![2, 1], vec![1, 97]] {
        assert_eq!(refused(horizons(wrong)), Refusal::Horizons { longest: 96 });
    }
    for levels in [vec![0.1, 0.9], vec![0.5, 0.1], vec![0.0, 0.5]] {
        assert_eq!(refused(Settings { levels, ..settings() }), Refusal::Levels);
    }
    assert_eq!(refused(Settings { exceed: Some(1.0), ..settings() }), Refusal::Exceed);
}

#[test]
fn values_that_are_no_counts_are_missing() {
    let mut odd = history(2, 3);
    let first = odd.first_tick();
    odd.set(first, 0, f64::INFINITY);
    odd.set(first + 1, 0, -3.0);
    odd.set(first, 9, 1.0);
    assert_eq!((odd.value(first, 0), odd.value(first + 1, 0)), (None, None));
    let mut forecaster = fitted(&odd);
    forecaster.observe(&[f32::INFINITY, -1.0]);
    forecaster.observe(&[]);
    checked_fans(&forecaster);
}

#[test]
fn a_cadence_of_a_minute_is_forecast() {
    let calendar = Calendar::new(Span::from_seconds(60), Time::from_seconds(MONDAY_S), 0);
    let mut minutes = History::new(calendar, series(2), Time::from_seconds(MONDAY_S));
    let first = minutes.first_tick();
    for minute in 0..3 * 1440 {
        for s in 0..2 {
            minutes.set(first + minute, s, (mean(s, minute / 15) / 15.0).round());
        }
    }
    let settings = Settings { horizons: vec![1, 30, 120], ..settings() };
    let mut forecaster = Forecaster::fit(&minutes, &settings).unwrap();
    forecaster.observe(&[1.0, 2.0]);
    checked_fans(&forecaster);
}
