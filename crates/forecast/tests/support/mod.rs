//! A made-up town of counting lines whose days have a shape.
//!
//! Not here: real data (the binary's tests).
//! Invariant: the same arguments give the same values.

#![allow(dead_code, reason = "each test uses a part")]

use city::{Span, Time};
use forecast::{BoostSettings, Calendar, Forecaster, History, Series, Settings};

/// 2019-01-07T00:00:00Z, a Monday.
pub const MONDAY_S: i64 = 1_546_819_200;
/// Intervals of a day.
pub const SLOTS: i64 = 96;

/// A calendar of quarters of an hour.
pub fn calendar() -> Calendar {
    Calendar::new(Span::from_seconds(900), Time::from_seconds(MONDAY_S), 0)
}

/// So many series, in pairs of two directions.
pub fn series(count: usize) -> Vec<Series> {
    let one = |s: usize| Series {
        name: format!("s{}/{}", s / 2, if s.is_multiple_of(2) { "entries" } else { "exits" }),
        group: s % 2,
        pair: (s ^ 1 < count).then_some(s ^ 1),
        is_count: true,
    };
    (0..count).map(one).collect()
}

/// Pseudo-random numbers in 0–1.
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1_u64 << 31) as f64
    }
}

/// What a series has on average at an interval since Monday.
pub fn mean(s: usize, interval: i64) -> f64 {
    let (day, slot) = (interval.div_euclid(SLOTS), interval.rem_euclid(SLOTS) as f64);
    let peak = |at: f64, wide: f64| libm::exp(-((slot - at) / wide) * ((slot - at) / wide));
    let busy = if day.rem_euclid(7) < 5 { 1.0 } else { 0.4 };
    (10.0 + 15.0 * s as f64) * busy * (0.1 + peak(32.0 + s as f64, 6.0) + 0.8 * peak(70.0, 8.0))
}

/// Days of the town, with a slow common swing and counting noise.
pub fn history(count: usize, days: i64) -> History {
    let mut history = History::new(calendar(), series(count), Time::from_seconds(MONDAY_S));
    let first = history.first_tick();
    let (mut noise, mut swing) = (Noise(7), 0.0);
    for interval in 0..days * SLOTS {
        swing = 0.95 * swing + 0.06 * (noise.next() - 0.5);
        for s in 0..count {
            let expected = mean(s, interval) * (1.0 + swing);
            let rough: f64 = (0..4).map(|_| noise.next() - 0.5).sum::<f64>() * 1.7;
            let value = (expected + rough * libm::sqrt(expected)).max(0.0);
            history.set(first + interval, s, libm::round(value));
        }
    }
    history
}

/// Few, small trees, so that tests are quick.
pub fn settings() -> Settings {
    let boost = BoostSettings { trees: 10, leaves: 8, ..BoostSettings::default() };
    Settings { horizons: vec![1, 2, 4, 8], boost: Some(boost), exceed: Some(0.95), ..Settings::default() }
}

/// Every fan and path of a forecaster, checked: rising, finite, not negative.
pub fn checked_fans(forecaster: &Forecaster) -> Vec<f32> {
    let settings = forecaster.settings();
    let mut all = Vec::new();
    let mut fan = vec![0.0; settings.levels.len()];
    for s in 0..forecaster.series().len() {
        for horizon in 0..settings.horizons.len() {
            forecaster.fan(s, horizon, &mut fan);
            assert!(fan.iter().all(|value| value.is_finite() && *value >= 0.0), "{fan:?}");
            assert!(fan.is_sorted(), "{fan:?}");
            assert!(forecaster.point(s, horizon).is_finite());
            assert!(forecaster.exceedance(s, horizon).is_none_or(|p| (0.0..=1.0).contains(&p)));
            all.extend_from_slice(&fan);
        }
    }
    all
}
