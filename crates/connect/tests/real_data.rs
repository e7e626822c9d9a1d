//! Real files of other cities, read whole: counts known from their descriptions.
//!
//! Not here: speed (the benchmark).
//! Invariant: absent data are said and skipped.

#![allow(clippy::unwrap_used, reason = "a case that cannot be set up fails its test")]

mod support;

use std::path::Path;

use city::Site;
use connect::Lookup;
use connect::file::{ObservationFile, Reach, Scanned, Window, scan};
use support::{datastream, real_data, site};

/// Scans a file, makes a site of what is found, and reads it with that site.
fn scanned_and_read(path: &Path) -> (Scanned, Site, ObservationFile) {
    let scanned = scan(path).unwrap();
    let streams = scanned.streams.iter().map(|stream| datastream(&stream.id, stream.modal_gap_s.unwrap_or(0), 0));
    let site = site(streams.collect());
    let file = ObservationFile::read(path, &Lookup::new(&site), Window::default()).unwrap();
    assert_eq!(file.report().reach, Reach::End);
    assert_eq!(file.report(), &scanned.report);
    assert!(file.report().problems.is_empty());
    (scanned, site, file)
}

#[test]
fn hangzhou_metro_has_160_quarter_hourly_streams_without_gaps() {
    let Some(path) = real_data("hangzhou-metro-15min/observations.csv.gz") else { return };
    let (scanned, _, file) = scanned_and_read(&path);
    assert_eq!(file.report().observations, 210_240);
    assert_eq!(file.report().missing, 0);
    assert_eq!(scanned.streams.len(), 160);
    assert!(scanned.streams.iter().all(|stream| stream.modal_gap_s == Some(900) && stream.whole_numbers));
    assert!(scanned.streams.iter().all(|stream| stream.utc_offsets_s == [28_800]));
}

#[test]
fn melbourne_has_hourly_streams_in_summer_and_winter_time() {
    let Some(path) = real_data("melbourne-pedestrian/observations.csv.gz") else { return };
    let (scanned, _, file) = scanned_and_read(&path);
    assert_eq!(file.report().observations, 882_970);
    assert!(file.report().missing > 0);
    assert!(scanned.streams.iter().all(|stream| stream.modal_gap_s == Some(3600)));
    assert!(scanned.streams.iter().all(|stream| stream.utc_offsets_s == [36_000, 39_600]));
    assert!(file.observations().result_times().is_sorted());
}

#[test]
fn dodgers_and_ouse_are_read_whole() {
    for (name, interval_s) in [("dodgers", 300), ("river-ouse-2015", 900)] {
        let Some(path) = real_data(&format!("{name}/observations.csv.gz")) else { return };
        let (scanned, _, file) = scanned_and_read(&path);
        assert!(file.report().observations > 0);
        assert!(scanned.streams.iter().all(|stream| stream.modal_gap_s == Some(interval_s)), "{name}");
    }
}
