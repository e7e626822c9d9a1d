//! How large a snapshot is: what a store keeps of one is deflated, and has to fit in its budget an observation.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod town;

use std::io::Write;

use city::*;
use engine::City;
use flate2::{Compression, write::DeflateEncoder};
use town::{Town, at, empty_site, stage, stream};

const STREAMS: u32 = 1_000;
const MINUTES: i64 = 60;

fn deflated(bytes: &[u8]) -> usize {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().len()
}

/// Streams that each report once a minute, a little unevenly; every second one is a stage in centimetres.
fn reported(result: impl Fn(u32, i64) -> f64) -> City {
    let mut site = empty_site();
    site.datastreams = (0..STREAMS)
        .map(|ix| match ix % 2 {
            0 => stream(&format!("s{ix}"), Role::Indicator),
            _ => stage(&format!("s{ix}")),
        })
        .collect();
    let mut town = Town::new(site);
    for minute in 1..=MINUTES {
        let rows = (0..STREAMS).map(|ix| Observation {
            datastream: DatastreamIx(ix),
            phenomenon_time: at(60 * (minute - 1)),
            result_time: at(60 * minute + i64::from(ix % 7)),
            result: Some(result(ix, minute)),
        });
        town.enter(60 * minute + 10, Input::Fact(Fact::Observations(rows.collect())));
    }
    town.city
}

#[test]
fn a_deflated_snapshot_of_an_hour_takes_less_than_1_5_bytes_an_observation() {
    let mut dice = 7_u64;
    let noise: Vec<u64> = (0..STREAMS as usize * (MINUTES as usize + 1))
        .map(|_| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            dice >> 33
        })
        .collect();
    let noise =
        |ix: u32, minute: i64, bound: u64| noise[ix as usize * (MINUTES as usize + 1) + minute as usize] % bound;
    let city = reported(|ix, minute| match ix % 2 {
        0 => noise(ix, minute, 40) as f64,
        _ => f64::from(ix) / 1000.0 + noise(ix, minute, 9) as f64 / 100.0,
    });
    let snapshot = city.snapshot();
    let size = deflated(&snapshot);
    let rows = f64::from(STREAMS) * MINUTES as f64;
    println!("{} bytes, {size} deflated: {:.2} bytes an observation", snapshot.len(), size as f64 / rows);
    assert!(size as f64 / rows < 1.5, "{size} bytes for {rows} observations");
}
