//! Laws of the forecaster: no look-ahead, the same bits again, order of quantiles, state that survives a restart.
//!
//! Not here: how good forecasts are (docs/forecasting.md).
//! Invariant: each law is tested on forecasts of every series and horizon.

#![allow(clippy::unwrap_used, reason = "a case that cannot be set up fails its test")]

mod support;

use forecast::backtest::{Backtest, Plan};
use forecast::{Forecaster, History};
use proptest::prelude::*;
use support::{Noise, SLOTS, checked_fans, history, settings};

/// Forecasts after each of some ticks.
fn rolled(forecaster: &mut Forecaster, history: &History, ticks: std::ops::Range<i64>) -> Vec<Vec<f32>> {
    ticks
        .map(|tick| {
            forecaster.observe(history.row(tick));
            checked_fans(forecaster)
        })
        .collect()
}

/// A copy whose values from a tick on are others.
fn poisoned(history: &History, from: i64) -> History {
    let mut poisoned = history.clone();
    for tick in from..history.end_tick() {
        for s in 0..history.series().len() {
            poisoned.set(tick, s, 1_000.0 + tick as f64 % 7.0);
        }
    }
    poisoned
}

#[test]
fn the_future_does_not_change_a_forecast() {
    let truth = history(4, 16);
    let (train, origin) = (truth.first_tick() + 14 * SLOTS, truth.first_tick() + 14 * SLOTS + 40);
    let other = poisoned(&truth, origin);
    let forecasts = [&truth, &other].map(|history| {
        let mut forecaster = Forecaster::fit(&history.before(train), &settings()).unwrap();
        rolled(&mut forecaster, history, train..origin)
    });
    assert_eq!(forecasts[0], forecasts[1]);
}

#[test]
fn the_future_does_not_change_a_backtest_before_it() {
    let truth = history(4, 12);
    let from = truth.first_tick() + 10 * SLOTS;
    let until = from + 50;
    let plan = Plan { train_until: from, test_from: from, test_until: until, step: None, min_context: Some(4) };
    let scored = |seen: &History| {
        let mut backtest = Backtest::new(&truth, seen, &settings(), plan).unwrap();
        while backtest.observe() {
            backtest.forecast();
            backtest.score();
        }
        let scores = backtest.scores();
        assert!(scores.origins() > 20, "{}", scores.origins());
        (scores.of(0, None, None), scores.of(4, None, None))
    };
    let (model, ridge) = scored(&truth);
    assert_eq!(scored(&poisoned(&truth, until)), (model.clone(), ridge.clone()));
    assert!(model.n == ridge.n && model.mae.unwrap() > 0.0);
}

#[test]
fn the_same_values_give_the_same_bits_and_a_restart_changes_nothing() {
    let past = history(4, 10);
    let train = past.first_tick() + 9 * SLOTS;
    let mut first = Forecaster::fit(&past.before(train), &settings()).unwrap();
    let mut second = Forecaster::fit(&past.before(train), &settings()).unwrap();
    rolled(&mut first, &past, train..train + 30);
    rolled(&mut second, &past, train..train + 30);
    // Bytes, because missing values are not equal to themselves.
    let bytes = postcard::to_allocvec(&first).unwrap();
    assert!(bytes == postcard::to_allocvec(&second).unwrap());
    let mut restarted: Forecaster = postcard::from_bytes(&bytes).unwrap();
    let later = train + 30..train + 60;
    assert_eq!(rolled(&mut first, &past, later.clone()), rolled(&mut restarted, &past, later));
}

#[test]
fn paths_have_the_margins_of_the_fan_and_errors_that_go_together() {
    let past = history(4, 14);
    let mut forecaster = Forecaster::fit(&past.before(past.first_tick() + 13 * SLOTS), &settings()).unwrap();
    rolled(&mut forecaster, &past, past.first_tick() + 13 * SLOTS..past.first_tick() + 13 * SLOTS + 34);
    let series = [3, 2];
    let paths = forecaster.paths(&series, 64, 1);
    assert_eq!(paths.len(), 64 * 2 * 4);
    assert_eq!(paths, forecaster.paths(&series, 64, 1), "the same seed gives the same paths");
    let mut own: Vec<f32> = paths.chunks(8).map(|path| path[0]).collect();
    own.sort_by(f32::total_cmp);
    let mut fan = vec![0.0; 11];
    forecaster.fan(3, 0, &mut fan);
    assert!((own[32] - fan[5]).abs() < 0.1 * fan[5] + 1.0, "{} against {}", own[32], fan[5]);
    assert!(own.iter().all(|value| *value >= fan[0] && *value <= fan[10]));
}

#[test]
fn a_baseline_stands_in_where_the_model_loses() {
    let mut forecaster = Forecaster::fit(&history(2, 14), &settings()).unwrap();
    let mut noise = Noise(3);
    let mut level = 300.0;
    for _ in 0..4 * SLOTS {
        level += 40.0 * (noise.next() - 0.5);
        forecaster.observe(&[level as f32, 2.0 * level as f32]);
    }
    assert!(forecaster.stand_in(0, 0).is_some(), "a random walk far from the learned days is for persistence");
    checked_fans(&forecaster);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_counts_give_fans_in_order(
        values in proptest::collection::vec(prop_oneof![Just(f32::NAN), 0.0..5_000.0_f32], 2 * 40),
    ) {
        let mut forecaster = FITTED.with(Clone::clone);
        for row in values.chunks(2) {
            forecaster.observe(row);
            checked_fans(&forecaster);
        }
    }
}

thread_local! {
    static FITTED: Forecaster = Forecaster::fit(&history(2, 8), &settings()).unwrap();
}
