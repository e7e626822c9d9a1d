//! Starter sites: what `init` writes is read back without a problem, from synthetic and from real data.
//!
//! Not here: the unit tests of single modules.
//! Invariant: every starter site passes the reader with zero problems, advice included.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, also in its helpers")]

use std::path::PathBuf;

use city::{Layout, LevelUse, Lock, Ratio, Role, Site};
use formats::site::{CountedQuarters, Sensor, SiteTexts, StarterFiles, StarterInput, StreamSummary, read, starter};
use proptest::prelude::*;

fn site(files: &StarterFiles) -> Site {
    let reading = read(SiteTexts { toml: &files.toml, geojson: Some(&files.geojson), folder_name: "starter" });
    assert_eq!(reading.problems, [], "{}", files.toml);
    let site = reading.site.unwrap();
    assert!(site.is_sound());
    site
}

fn summary(id: &str) -> StreamSummary {
    StreamSummary {
        id: id.to_owned(),
        observations: 1000,
        missing: 3,
        modal_gap_s: Some(900),
        min: Some(0.0),
        max: Some(300.0),
        whole_numbers: true,
        quantiles: Some([100.2, 200.0, 280.0]),
        ..StreamSummary::default()
    }
}

fn input(ids: &[&str]) -> StarterInput {
    StarterInput {
        name: "Test".to_owned(),
        utc_offsets_s: vec![28_800],
        streams: ids.iter().map(|id| summary(id)).collect(),
        ..StarterInput::default()
    }
}

#[test]
fn entries_and_exits_become_gates_of_one_network_and_stay_indicators_otherwise() {
    let site = site(&starter(&input(&["b/entries", "b/exits", "a/entries", "a/exits", "lone/entries", "rain"])));
    assert_eq!(site.zones.len(), 1);
    assert_eq!(site.zones[0].id.as_str(), "network");
    assert!(site.zones[0].area_m2.is_none());
    assert_eq!(site.gates.iter().map(|gate| gate.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let gate_counts = site.datastreams.iter().filter(|stream| matches!(stream.role, Role::GateCount { .. })).count();
    assert_eq!((site.datastreams.len(), gate_counts), (6, 4));
    assert!(site.datastreams.iter().all(|stream| stream.levels.as_ref().unwrap().purpose == LevelUse::Colour));
    assert_eq!(site.timezone, "Etc/GMT-8");
    assert_eq!(site.layout, Layout::Schematic);
}

#[test]
fn a_network_whose_gates_count_nobody_at_night_is_locked_then() {
    let mut given = input(&["a/entries", "a/exits", "rain"]);
    let day: u128 = (24..88).fold(0, |bits, quarter| bits | 1 << quarter);
    for stream in &mut given.streams {
        // It rains at night too: only what gates count says when the network is shut.
        let bits = if stream.id == "rain" { u128::MAX >> 32 } else { day };
        stream.counted = CountedQuarters { offset_s: -25_200, days: (17_897..17_900).map(|day| (day, bits)).collect() };
    }
    let files = starter(&given);
    assert!(files.toml.contains("no counts between 22:00 and 06:00 on 3 of 3 days"), "{}", files.toml);
    assert!(files.notes[0].starts_with("the network is locked at night (assumption: no counts"), "{:?}", files.notes);
    let site = site(&files);
    let from = "2019-01-01T22:30:00-07:00".parse().unwrap();
    assert_eq!(site.zones[0].locked, Some(Lock { from, for_s: 7 * 3600 + 1800, every_s: 86_400 }));
    assert_eq!(site.datastreams[0].reads_per_person, Ratio { mean: 1.0, sd: 0.01 });

    given.streams[0].counted.days.values_mut().for_each(|bits| *bits = u128::MAX >> 32);
    let files = starter(&given);
    assert!(files.notes[0].contains("nothing says when the network is empty"), "{:?}", files.notes);
    assert_eq!(self::site(&files).zones[0].locked, None);
}

#[test]
fn levels_are_the_streams_own_quantiles_and_nothing_limits_a_surge() {
    let site = site(&starter(&input(&["counter"])));
    let stream = &site.datastreams[0];
    let levels = stream.levels.as_ref().unwrap();
    assert_eq!((levels.caution, levels.warning, levels.critical), (101.0, 200.0, 280.0));
    assert_eq!((stream.min, stream.max, stream.interval_s, stream.unit.as_str()), (Some(0.0), None, 900, "1"));
}

#[test]
fn a_constant_or_short_series_gets_no_levels() {
    let mut given = input(&["constant", "short"]);
    given.streams[0].quantiles = Some([5.0; 3]);
    given.streams[1].observations = 199;
    assert!(site(&starter(&given)).datastreams.iter().all(|stream| stream.levels.is_none()));
}

#[test]
fn sensors_lend_their_coordinates_and_silent_ones_are_kept() {
    let mut given = input(&["x"]);
    let position = Some(city::Position { lon: 144.9, lat: -37.8 });
    given.sensors = vec![
        Sensor { id: "x".to_owned(), name: "Bourke \"St\"".to_owned(), position },
        Sensor { id: "y".to_owned(), name: String::new(), position },
    ];
    let files = starter(&given);
    let site = site(&files);
    assert_eq!(site.layout, Layout::Geographic);
    assert_eq!(site.datastreams.len(), 2);
    assert_eq!(site.datastreams[0].name.en, "Bourke \"St\"");
    assert_eq!(site.datastreams[0].position, position);
    assert_eq!(site.datastreams[1].silent_after_s, 0);
    assert!(files.notes.iter().any(|note| note.contains('y')), "{:?}", files.notes);
}

#[test]
fn a_gate_without_coordinates_among_others_is_written_beside_the_map() {
    let mut given = input(&["far/entries", "far/exits", "x"]);
    let position = Some(city::Position { lon: 1.0, lat: 2.0 });
    given.sensors = vec![Sensor { id: "x".to_owned(), name: "X".to_owned(), position }];
    let site = site(&starter(&given));
    assert_eq!(site.gates.len(), 1);
    assert_eq!(site.gates[0].position, None);
}

#[test]
fn a_time_zone_is_guessed_only_when_there_is_one_offset() {
    let zone = |offsets: &[i32]| {
        let files = starter(&StarterInput { utc_offsets_s: offsets.to_vec(), ..input(&["a"]) });
        (site(&files).timezone, files.notes.len())
    };
    assert_eq!(zone(&[28_800]), ("Etc/GMT-8".to_owned(), 0));
    assert_eq!(zone(&[-18_000]), ("Etc/GMT+5".to_owned(), 0));
    assert_eq!(zone(&[0]), ("Etc/UTC".to_owned(), 0));
    assert_eq!(zone(&[36_000, 39_600]), ("Etc/UTC".to_owned(), 1));
    assert_eq!(zone(&[19_800]), ("Etc/UTC".to_owned(), 1));
}

proptest! {
    #[test]
    fn whatever_ids_and_names_are_given_the_site_is_read_back(
        ids in proptest::collection::vec("\\PC{0,12}(/entries|/exits)?|.{0,5}", 0..12),
        name in ".{0,20}",
        quantiles in proptest::option::of([any::<f64>(), any::<f64>(), any::<f64>()]),
        lon in -200.0..200.0_f64,
    ) {
        let mut given = input(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        given.streams.iter_mut().for_each(|stream| { stream.quantiles = quantiles; stream.whole_numbers = false; });
        let position = Some(city::Position { lon, lat: 0.0 });
        given.sensors = ids.iter().take(2).map(|id| Sensor { id: id.clone(), name: name.clone(), position }).collect();
        given.name = name;
        site(&starter(&given));
    }
}

/// A folder of real data, or `None` with the reason printed.
fn data(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("YIWANG_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let folder = root.join(folder);
    if folder.join("observations.csv.gz").exists() {
        return Some(folder);
    }
    eprintln!("skipped: {} has no observations.csv.gz; set YIWANG_DATA to the data folder", folder.display());
    None
}

/// The observations summed up, with the offsets they were written in.
fn scanned(folder: &std::path::Path) -> StarterInput {
    let file = std::fs::File::open(folder.join("observations.csv.gz")).unwrap();
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(file), &mut text).unwrap();
    let mut scan = formats::scan::Scan::default();
    formats::csv::visit(&text, |row| scan.record(&row.unwrap())).unwrap();
    let streams = scan.finish();
    StarterInput {
        name: "Real".to_owned(),
        utc_offsets_s: streams.iter().flat_map(|stream| stream.utc_offsets_s.clone()).collect(),
        streams: streams.iter().map(formats::scan::ScannedStream::summary).collect(),
        ..StarterInput::default()
    }
}

#[test]
fn eighty_metro_stations_become_one_network() {
    let Some(folder) = data("hangzhou-metro-15min") else { return };
    let site = site(&starter(&scanned(&folder)));
    assert_eq!((site.zones.len(), site.gates.len(), site.datastreams.len()), (1, 80, 160));
    assert!(site.datastreams.iter().all(|stream| stream.interval_s == 900 && stream.max.is_none()));
    let from = "2019-01-01T00:15:00+08:00".parse().unwrap();
    assert_eq!(site.zones[0].locked, Some(Lock { from, for_s: 5 * 3600 + 900, every_s: 86_400 }));
    assert_eq!(site.timezone, "Etc/GMT-8");
}

#[test]
fn fifty_five_passer_by_counters_become_indicators_without_a_zone() {
    let Some(folder) = data("melbourne-pedestrian") else { return };
    let site = site(&starter(&scanned(&folder)));
    assert_eq!((site.zones.len(), site.gates.len(), site.datastreams.len()), (0, 0, 55));
    assert!(site.datastreams.iter().all(|stream| stream.role == Role::Indicator && stream.interval_s == 3600));
}
