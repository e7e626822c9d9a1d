//! Reading files: order, windows, resuming, and every kind of broken file.
//!
//! Not here: the formats' own tests (formats), real data (`real_data`).
//! Invariant: rows = observations + outside + refused.

#![allow(clippy::unwrap_used, reason = "a case that cannot be set up fails its test")]

mod support;

use std::path::PathBuf;

use city::{Observation, Time};
use connect::Lookup;
use connect::file::{FileError, ObservationFile, Reach, ResumeToken, Window, scan};
use formats::csv::CsvError;
use support::{gzip, small_site};

const HEADER: &str = "phenomenonTime,datastream,result\n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn read_in(bytes: impl AsRef<[u8]>, window: Window) -> Result<ObservationFile, FileError> {
    let folder = Folder::new();
    let path = folder.file("observations.csv", bytes);
    let read = ObservationFile::read(&path, &Lookup::new(&small_site()), window);
    if let Ok(file) = &read {
        let report = file.report();
        assert_eq!(report.rows, report.observations + report.outside + report.problems.total());
    }
    read
}

fn read(bytes: impl AsRef<[u8]>) -> ObservationFile {
    read_in(bytes, Window::default()).unwrap()
}

fn shown(observation: Observation) -> String {
    format!("{} {} {:?}", observation.datastream.0, observation.result_time, observation.result)
}

fn rows(file: &ObservationFile) -> Vec<String> {
    file.observations().iter().map(shown).collect()
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

const THREE: &str = "phenomenonTime,datastream,result,resultTime\n\
    2020-01-01T01:00:00Z,b/in,1,\n\
    2020-01-01T01:30:00Z,a,2,\n\
    2020-01-01T01:40:00Z,a,,2020-01-01T01:31:05Z\n\
    2020-01-01T01:30:00Z,momentary,4,\n";

#[test]
fn rows_come_in_the_order_of_their_result_times_ties_in_the_order_of_the_file() {
    assert_eq!(
        rows(&read(THREE)),
        [
            "2 2020-01-01T01:30:00Z Some(4.0)",
            "0 2020-01-01T01:31:05Z Some(2.0)",
            "0 2020-01-01T01:31:05Z None",
            "1 2020-01-01T02:00:00Z Some(1.0)",
        ]
    );
    assert_eq!(read(THREE).report().missing, 1);
    assert_eq!(read(THREE).span(), Some((time("2020-01-01T01:30:00Z"), time("2020-01-01T02:00:00Z"))));
}

#[test]
fn a_window_counts_by_result_time_from_its_start_and_before_its_end() {
    let window = Window { from: Some(time("2020-01-01T01:31:05Z")), to: Some(time("2020-01-01T02:00:00Z")) };
    let file = read_in(THREE, window).unwrap();
    assert_eq!(rows(&file), ["0 2020-01-01T01:31:05Z Some(2.0)", "0 2020-01-01T01:31:05Z None"]);
    assert_eq!(file.report().outside, 2);
}

#[test]
fn batches_of_any_size_from_any_token_give_the_same_rows() {
    let file = read(THREE);
    for size in [0, 1, 3, 100, usize::MAX] {
        for after in 0..6 {
            let batches: Vec<_> = file.batches(size, ResumeToken(after)).collect();
            let given: Vec<String> = batches.iter().flat_map(|batch| batch.observations.iter()).map(shown).collect();
            assert_eq!(given, rows(&file)[(after as usize).min(4)..], "{size} {after}");
            if let Some(last) = batches.last() {
                assert_eq!(last.token, ResumeToken(4));
            }
        }
    }
}

#[test]
fn a_gzip_file_is_told_by_its_content_and_may_have_many_members() {
    let (start, end) = THREE.split_at(70);
    assert_eq!(read([gzip(start.as_bytes()), gzip(end.as_bytes())].concat()), read(THREE));
}

#[test]
fn unknown_datastreams_are_named_with_their_rows_and_the_rest_is_kept() {
    let file =
        read(format!("{HEADER}2020-01-01T00:00:00Z,nobody,1\n2020-01-01T00:00:00Z,a,many\n2020-01-01T00:00:00Z,a,3\n"));
    assert_eq!(rows(&file), ["0 2020-01-01T00:01:05Z Some(3.0)"]);
    let problems: Vec<String> = file.report().problems.first().iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "line 2: datastream 'nobody' is not in the site (correct the id, or add the datastream to site.toml)",
            "line 3: result 'many' is not a number (write a number with a decimal point and no unit, or leave it empty if missing)",
        ]
    );
}

#[test]
fn the_first_twenty_problems_are_kept_and_all_are_counted() {
    let file = read(format!("{HEADER}{}", "2020-01-01T00:00:00,a,1\n".repeat(1000)));
    assert_eq!(file.report().problems.first().len(), 20);
    assert_eq!(file.report().problems.total(), 1000);
}

#[test]
fn a_truncated_gzip_keeps_its_whole_rows_and_says_how_far_it_was_read() {
    let rows: Vec<String> =
        (0..50_000).map(|row| format!("2020-01-01T00:00:{:02}Z,a,{}\n", row % 60, row * 7919 % 1000)).collect();
    let packed = gzip(format!("{HEADER}{}", rows.concat()).as_bytes());
    let file = read(&packed[..packed.len() / 2]);
    let report = file.report();
    let Reach::Broken { line, reason } = &report.reach else { panic!("{:?}", report.reach) };
    assert_eq!(reason, "the file is cut off; get the whole file");
    assert!(report.rows > 1000 && *line == report.rows + 1, "{line} {}", report.rows);
    assert_eq!(report.problems.total(), 0);
    let whole = read(format!("{HEADER}{}", rows[..report.rows as usize].concat()));
    assert_eq!(file.observations(), whole.observations());
}

#[test]
fn a_gzip_cut_in_its_last_bytes_or_damaged_is_broken_too() {
    let packed = gzip(format!("{HEADER}2020-01-01T00:00:00Z,a,1\n").as_bytes());
    let cut = read(&packed[..packed.len() - 3]);
    assert_eq!(rows(&cut).len(), 1);
    assert!(matches!(cut.report().reach, Reach::Broken { line: 2, .. }));
    let mut damaged = packed.clone();
    let checksum = damaged.len() - 6;
    damaged[checksum] ^= 0xff;
    assert!(matches!(read(&damaged).report().reach, Reach::Broken { .. }));
    let trailing = [packed, b"garbage".to_vec()].concat();
    assert!(matches!(read(&trailing).report().reach, Reach::Broken { .. }));
}

#[test]
fn a_cut_last_row_is_not_taken_for_a_whole_one() {
    let packed = gzip(format!("{HEADER}2020-01-01T00:00:00Z,a,123").as_bytes());
    let cut = read(&packed[..packed.len() - 8]);
    assert!(rows(&cut).is_empty());
    assert!(matches!(cut.report().reach, Reach::Broken { line: 1, .. }));
}

#[test]
fn an_empty_file_a_wrong_header_and_no_file_are_errors_that_name_it() {
    let error = |bytes: &[u8]| read_in(bytes, Window::default()).unwrap_err();
    assert!(matches!(error(b""), FileError::Csv { source: CsvError::Empty, .. }));
    assert!(matches!(error(&gzip(b"")), FileError::Csv { source: CsvError::Empty, .. }));
    assert!(error(b"time,value\n1,2\n").to_string().contains("observations.csv: wrong header: no column"));
    let absent = ObservationFile::read("absent.csv".as_ref(), &Lookup::default(), Window::default()).unwrap_err();
    assert!(absent.to_string().starts_with("absent.csv: "), "{absent}");
}

#[test]
fn a_gzip_cut_before_its_first_row_is_broken_with_nothing_read() {
    let packed = gzip(HEADER.as_bytes());
    let file = read(&packed[..12]);
    assert!(matches!(file.report().reach, Reach::Broken { line: 0, .. }));
}

#[test]
fn a_scan_needs_no_site() {
    let folder = Folder::new();
    let path = folder.file("observations.csv.gz", gzip(THREE.as_bytes()));
    let scanned = scan(&path).unwrap();
    assert_eq!(scanned.streams.iter().map(|stream| stream.id.as_str()).collect::<Vec<_>>(), ["b/in", "a", "momentary"]);
    assert_eq!(scanned.report.observations, 4);
    assert_eq!(scanned.streams[1].missing, 1);
}
