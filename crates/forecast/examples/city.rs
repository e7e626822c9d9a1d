//! Learning and ticks of a made-up city of counting lines: `cargo run --release -p forecast --example city -- 10000`.
//!
//! Not here: accuracy (docs/forecasting.md).
//! Invariant: the same city for the same number of series.

#![expect(clippy::unwrap_used, reason = "an example that cannot go on panics")]

use std::time::Instant;

use city::{Span, Time};
use forecast::{BoostSettings, Calendar, Forecaster, History, Series, Settings};

/// Quarters of an hour in three weeks.
const TICKS: i64 = 21 * 96;

/// Ticks that are timed.
const TIMED: u32 = 40;

fn main() {
    let count = std::env::args().nth(1).map_or(1_000, |text| text.parse().unwrap());
    let history = city(count);
    let boost = BoostSettings { trees: 40, ..BoostSettings::default() };
    let tiers = [("without trees", None), ("with trees", Some(boost))];
    let only = std::env::args().nth(2).map_or(2, |text| text.parse().unwrap());
    for (name, boost) in tiers.into_iter().take(only) {
        let settings = Settings { horizons: (1..=8).collect(), boost, ..Settings::default() };
        let started = Instant::now();
        let mut forecaster = Forecaster::fit(&history, &settings).unwrap();
        let train_s = started.elapsed().as_secs_f64();
        let row: Vec<f32> = history.row(history.end_tick() - 1).to_vec();
        let mut fan = vec![0.0; settings.levels.len()];
        let started = Instant::now();
        for _ in 0..TIMED {
            forecaster.observe(&row);
            for s in 0..count {
                for horizon in 0..8 {
                    forecaster.fan(s, horizon, &mut fan);
                }
            }
        }
        let tick_s = started.elapsed().as_secs_f64() / f64::from(TIMED);
        let (rate, bytes) = (count as f64 / tick_s, forecaster.bytes() / count);
        println!(
            "{count} series {name}: learning {train_s:.1} s, a tick {tick_s:.3} s, {rate:.0} series-ticks/s, {bytes} bytes a series"
        );
    }
}

fn city(count: usize) -> History {
    let monday = Time::from_seconds(1_546_819_200);
    let series = (0..count).map(|s| Series {
        name: format!("line{s}"),
        group: s % 2,
        pair: (s ^ 1 < count).then_some(s ^ 1),
        is_count: true,
    });
    let mut history = History::new(Calendar::new(Span::from_seconds(900), monday, 0), series.collect(), monday);
    let (first, mut noise) = (history.first_tick(), 1_u64);
    for tick in 0..TICKS {
        let slot = (tick % 96) as f64;
        for s in 0..count {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let rough = (noise >> 40) as f64 / f64::from(1 << 24) - 0.5;
            let expected = (20.0 + (s % 100) as f64) * (1.2 - libm::cos(slot / 96.0 * std::f64::consts::TAU));
            history.set(first + tick, s, libm::round((expected + 4.0 * rough * libm::sqrt(expected)).max(0.0)));
        }
    }
    history
}
