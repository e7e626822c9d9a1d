//! `yiwang sim` as a person runs it: its files, what reads them back, and what it refuses.
//!
//! Not here: how people walk and sensors err (sim's tests).
//! Invariant: every file of a run is read by the project's own readers without a problem.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, also in its helpers")]

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

const FILES: [&str; 6] =
    ["demand.csv", "faults.csv", "initial.csv", "observations.csv.gz", "rates.csv", "truth.csv.gz"];

/// A site small enough for a day to take a moment.
const SQUARE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../formats/tests/square");
const BUND: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sites/bund");

/// Runs the program; its status, standard output and standard error.
fn yiwang(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_yiwang")).args(["--log", "warn"]).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A run of the square in a new folder, with what it printed.
fn run(extra: &[&str]) -> (TempDir, Value) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let args = [&["sim", "--site", SQUARE, "--out", &out, "--json"], extra].concat();
    let (status, printed, said) = yiwang(&args);
    assert_eq!(status, 0, "{said}");
    (folder, serde_json::from_str(&printed).unwrap())
}

fn text(path: &Path) -> String {
    let mut text = String::new();
    let file = fs::File::open(path).unwrap();
    if path.extension().is_some_and(|end| end == "gz") {
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    } else {
        std::io::BufReader::new(file).read_to_string(&mut text).unwrap();
    }
    text
}

#[test]
fn a_run_writes_six_files_and_the_same_run_the_same_bytes() {
    let [(first, summary), (again, _), (other, _)] = ["7", "7", "8"].map(|seed| run(&["--seed", seed]));
    let names: BTreeSet<String> = fs::read_dir(first.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, FILES.map(str::to_owned).into());
    for name in FILES {
        let bytes = |folder: &TempDir| fs::read(folder.path().join(name)).unwrap();
        assert!(bytes(&first) == bytes(&again), "{name}");
    }
    let rows = |folder: &TempDir| text(&folder.path().join(FILES[3]));
    assert_ne!(rows(&first), rows(&other));
    assert_eq!(summary["rows"], rows(&first).lines().count() - 1);
    assert!(summary["people"].as_u64().unwrap() > 0);
    assert!(summary["peaks"][0]["people"].as_u64().unwrap() > 0);
}

#[test]
fn every_file_reads_back_without_a_problem() {
    let (folder, summary) = run(&[]);
    let file = |name: &str| folder.path().join(name).display().to_string();
    let args = ["replay", "--site", SQUARE, "--observations", &file("observations.csv.gz"), "--json"];
    let told = ["--truth", &file("truth.csv.gz"), "--faults", &file("faults.csv"), "--rates", &file("rates.csv")];
    let (status, printed, said) = yiwang(&[&args[..], &told[..]].concat());
    assert_eq!(status, 0, "{said}");
    let report: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&report["problems_total"], &report["rejected"]), (&0.into(), &0.into()), "{report}");
    assert!(report["truth"]["minutes"].as_u64().unwrap() > 0, "{report}");
    assert_eq!(summary["faults"], text(&folder.path().join("faults.csv")).lines().count() - 1);
}

#[test]
fn the_files_for_a_what_if_hold_who_was_there_and_who_came() {
    let (folder, _) = run(&[]);
    let initial = text(&folder.path().join("initial.csv"));
    assert!(initial.starts_with("zone,occupancy\n"), "{initial}");
    let truth = text(&folder.path().join("truth.csv.gz"));
    let first: Vec<String> = truth
        .lines()
        .skip(1)
        .take(initial.lines().count() - 1)
        .map(|row| row.split_once(',').unwrap().1.to_owned())
        .collect();
    assert_eq!(initial.lines().skip(1).collect::<Vec<_>>(), first);
    let demand = text(&folder.path().join("demand.csv"));
    assert!(demand.starts_with("from,to,gate,destination,people_per_min\n"));
    let people = |row: &str| row.rsplit(',').next().unwrap().parse::<f64>().unwrap();
    assert!(demand.lines().skip(1).map(people).sum::<f64>() > 0.0);
}

#[test]
fn without_faults_no_fault_is_listed() {
    let (folder, _) = run(&["--faults", "none"]);
    assert_eq!(text(&folder.path().join("faults.csv")), "datastream,kind,from,to\n");
}

#[test]
fn two_days_follow_on_each_other() {
    let [(_, one), (folder, two)] = ["1", "2"].map(|days| run(&["--days", days]));
    let rows = |summary: &Value| summary["truth_rows"].as_u64().unwrap();
    assert!(rows(&two) >= 2 * rows(&one) - 100, "{} {}", rows(&one), rows(&two));
    let truth = text(&folder.path().join("truth.csv.gz"));
    let times: Vec<&str> = truth.lines().skip(1).map(|row| row.split(',').next().unwrap()).collect();
    assert!(times.is_sorted());
}

#[test]
fn an_evening_played_again_the_next_day_has_one_start() {
    let site = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/bund-2014");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let (status, _, said) = yiwang(&["sim", "--site", site, "--days", "2", "--out", &out.display().to_string()]);
    assert_eq!(status, 0, "{said}");
    let initial = text(&out.join("initial.csv"));
    let zones: BTreeSet<&str> = initial.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
    assert_eq!(initial.lines().count(), 1 + zones.len());
}

#[test]
fn a_folder_with_other_files_is_refused_and_files_of_an_earlier_run_are_replaced() {
    let (folder, _) = run(&["--seed", "2"]);
    let out = folder.path().display().to_string();
    let again = ["sim", "--site", SQUARE, "--out", &out, "--seed", "3"];
    assert_eq!(yiwang(&again).0, 0);
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    let (status, _, said) = yiwang(&again);
    assert_eq!(status, 2);
    assert!(said.contains("--out") && said.contains("notes.txt"), "{said}");
}

#[test]
fn a_wrong_argument_is_named_with_what_could_stand_there() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run").display().to_string();
    let cases: [(&[&str], [&str; 2]); 8] = [
        (&["--measure", "shut gate/peace-hotel from=2019-10-02T18:00:00+08:00"], ["--measure", "skip-stop"]),
        (&["--measure", "close gate/peace from=2019-10-02T18:00:00+08:00"], ["gate/peace", "gate/peace-hotel"]),
        (
            &["--measure", "one-way link/stair-fuzhou-foot from=2019-10-02T18:00:00+08:00 direction=forward"],
            ["--measure", "against their direction"],
        ),
        (&["--measure", "divert gate/peace-hotel from=2019-10-02T18:00:00+08:00"], ["--measure", "to zones only"]),
        (&["--surge", "gate/nowhere from=2019-10-02T18:00:00+08:00"], ["--surge", "peace-hotel"]),
        (&["--surge", "gate/peace-hotel"], ["--surge", "from="]),
        (&["--obeyed", "1.5"], ["--obeyed", "0 to 1"]),
        (&["--days", "0"], ["--days", "1..=366"]),
    ];
    for (extra, parts) in cases {
        let (status, _, said) = yiwang(&[&["sim", "--site", BUND, "--out", &out], extra].concat());
        assert_eq!(status, 2, "{extra:?}: {said}");
        assert!(parts.iter().all(|part| said.contains(part)), "{extra:?}: {said}");
    }
    assert!(!Path::new(&out).exists(), "a refused run makes no folder");
}

#[test]
fn a_replayed_simulation_ends_before_the_moment_it_is_told_to_stop_at() {
    let report = |to: &str| {
        let (status, printed, said) = yiwang(&["replay", "--site", SQUARE, "--sim", "evening", "--json", "--to", to]);
        assert_eq!(status, 0, "{said}");
        serde_json::from_str::<Value>(&printed).unwrap()
    };
    let [noon, after] = ["2024-01-01T12:00:00Z", "2024-01-01T12:00:00.000001Z"].map(report);
    assert_eq!(noon["to"], "2024-01-01T11:59:59.999999Z");
    let minutes = |report: &Value| report["truth"]["minutes"].as_u64().unwrap();
    assert_eq!(minutes(&noon) + 3, minutes(&after), "the noon of three zones is not in it");
}

#[test]
fn a_measure_and_a_surge_change_the_truth() {
    let truth = |extra: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().display().to_string();
        let (status, _, said) = yiwang(&[&["sim", "--site", BUND, "--out", &out, "--faults", "none"], extra].concat());
        assert_eq!(status, 0, "{said}");
        text(&folder.path().join("truth.csv.gz"))
    };
    let people = |truth: &str, zone: &str| -> f64 {
        let wanted = format!("2019-10-02T11:00:00Z,{zone},");
        truth.lines().find_map(|row| row.strip_prefix(&wanted)).unwrap().parse().unwrap()
    };
    let plain = truth(&[]);
    let shut = truth(&["--measure", "close measure/ferries-cut,gate/renmin-west from=2019-10-02T17:00:00+08:00"]);
    assert_ne!(plain, shut);
    let surged = truth(&["--surge", "renmin-west from=2019-10-02T18:50:00+08:00"]);
    let times = people(&surged, "renmin") / people(&plain, "renmin");
    assert!((2.0..4.0).contains(&times), "{times}");
    let elsewhere = |row: &&str| !row.contains(",renmin,");
    assert!(surged.lines().filter(elsewhere).eq(plain.lines().filter(elsewhere)));
}
