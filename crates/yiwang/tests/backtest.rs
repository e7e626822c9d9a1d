//! `yiwang backtest` as a person runs it: its figures, its refusals, and real counts of a metro.
//!
//! Not here: laws of forecasts (forecast's tests), all figures (docs/forecasting.md).
//! Invariant: absent data are said and skipped.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, also in its helpers")]

#[path = "cities/program.rs"]
#[allow(dead_code, reason = "of the program only a part is used here")]
mod program;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use program::{Outcome, Program, data_file};
use serde_json::Value;
use tempfile::TempDir;

fn backtest(file: &Path, more: &[&str]) -> Outcome {
    let file = file.display().to_string();
    Program::debug().run(&[&["backtest", "--observations", file.as_str()], more].concat())
}

fn json(file: &Path, more: &[&str]) -> Value {
    let outcome = backtest(file, &[more, &["--json"]].concat());
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    outcome.json()
}

/// A folder with a file of so many days of two doors, every quarter of an hour.
fn doors(days: i64) -> (TempDir, PathBuf) {
    let mut text = "phenomenonTime,datastream,result\n".to_owned();
    for interval in 0..days * 96 {
        let (day, slot) = (interval / 96, interval % 96);
        for (door, times) in [("in", 1), ("out", 2)] {
            let value = times * (20 + 10 * (slot / 24) + (interval * 7 + times) % 5);
            let (hour, minute) = (slot / 4, slot % 4 * 15);
            writeln!(text, "2019-03-{:02}T{hour:02}:{minute:02}:00+01:00,door/{door},{value}", day + 1).unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doors.csv");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn number(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {path}"))
}

#[test]
fn every_figure_of_the_json_is_there() {
    let (folder, path) = doors(12);
    let plots = folder.path().join("plots").display().to_string();
    let from = "2019-03-10T00:00:00+01:00";
    let report = json(
        &path,
        &["--train-until", from, "--horizons", "60m,15m", "--exceed", "P90", "--min-context", "4", "--report", &plots],
    );
    assert_eq!(number(&report, "/horizons/0/horizon_s") as i64, 900);
    assert_eq!(number(&report, "/horizons/1/horizon_s") as i64, 3600);
    let methods =
        ["model", "baselines/persistence", "baselines/last_week", "baselines/day_type_mean", "baselines/ridge"];
    let figures = ["mae", "rmse", "mape", "wql", "coverage_50", "coverage_80", "coverage_90", "width_90"];
    for place in ["horizons/0", "horizons/1", "pooled"] {
        for method in methods {
            // Three days, each with the origins that have four intervals behind and an hour ahead, two doors.
            let cases = if place == "pooled" { 2 } else { 1 } * 3 * 89 * 2;
            assert_eq!(number(&report, &format!("/{place}/{method}/n")) as i64, cases, "{place} {method}");
            for figure in figures {
                assert!(number(&report, &format!("/{place}/{method}/{figure}")) >= 0.0);
            }
        }
    }
    for figure in ["threshold", "pod", "far", "csi", "reliability/0/n"] {
        assert!(number(&report, &format!("/exceed/{figure}")) >= 0.0);
    }
    assert!(number(&report, "/train_s") > 0.0 && number(&report, "/series_ticks_per_s_per_core") > 0.0);
    for name in ["forecasts.svg", "reliability.svg", "report.json"] {
        assert!(folder.path().join("plots").join(name).exists(), "{name}");
    }
}

#[test]
fn what_cannot_be_is_refused_with_what_would_do() {
    let (folder, path) = doors(6);
    let refused = |more: &[&str], says: &str| {
        let Outcome { status, said, .. } = backtest(&path, more);
        assert_eq!(status, Some(2), "{more:?}: {said}");
        assert!(said.contains(says), "{more:?}: {said}");
    };
    refused(&["--horizons", "20m"], "no multiple of the 900 s");
    refused(&["--horizons", "15 minutes"], "length of time");
    refused(&["--horizons", "15m", "--train-until", "2019-02-01T00:00:00Z"], "before the first observation");
    refused(&["--horizons", "15m", "--test-from", "2020-01-01T00:00:00Z"], "--test-from");
    refused(&["--horizons", "15m", "--min-context", "200"], "--min-context");
    refused(&["--horizons", "15m", "--exceed", "98.5"], "P98.5");
    refused(&["--horizons", "15m", "--timezone", "Nowhere/Land"], "Asia/Shanghai");
    let events = folder.path().join("events.csv");
    std::fs::write(&events, "begin,end\n2019-03-02T12:00:00+01:00,2019-03-02T10:00:00+01:00\n").unwrap();
    refused(&["--horizons", "15m", "--events", &events.display().to_string()], "1 rows cannot be used");
    let mask = folder.path().join("mask.csv");
    std::fs::write(&mask, "phenomenonTime,datastream\n2019-03-02T12:00:00+01:00,window\n").unwrap();
    refused(&["--horizons", "15m", "--mask", &mask.display().to_string()], "no series 'window'");
}

#[test]
fn few_observations_and_another_cadence_are_said() {
    let (folder, path) = doors(6);
    let text = std::fs::read_to_string(&path).unwrap();
    let short = folder.path().join("short.csv");
    std::fs::write(&short, text.lines().take(11).collect::<Vec<_>>().join("\n")).unwrap();
    let Outcome { status, said, .. } = backtest(&short, &["--horizons", "15m"]);
    assert_eq!((status, said.contains("too few to learn from")), (Some(2), true), "{said}");
    // The last day comes every half hour.
    let coarse: Vec<&str> =
        text.lines().filter(|line| !line.starts_with("2019-03-06") || line.contains(":00:00+")).collect();
    let changed = folder.path().join("changed.csv");
    std::fs::write(&changed, coarse.join("\n")).unwrap();
    let Outcome { status, said, .. } =
        backtest(&changed, &["--horizons", "15m", "--test-until", "2019-03-06T00:00:00+01:00"]);
    assert_eq!((status, said.contains("another cadence than 900 s")), (Some(0), true), "{said}");
}

#[test]
fn masked_observations_are_hidden_and_still_scored() {
    let (folder, path) = doors(10);
    let mask = folder.path().join("mask.csv");
    let rows = (0..24).fold("phenomenonTime,datastream\n".to_owned(), |text, hour| {
        text + &format!("2019-03-09T{hour:02}:00:00+01:00,door/in\n")
    });
    std::fs::write(&mask, rows).unwrap();
    let common = ["--horizons", "15m", "--train-until", "2019-03-09T00:00:00+01:00", "--without-trees"];
    let whole = json(&path, &common);
    let masked = json(&path, &[&common[..], &["--mask", &mask.display().to_string()]].concat());
    let gaps = json(&path, &[&common[..], &["--gaps", "days:0.4:1"]].concat());
    for other in [&masked, &gaps] {
        assert_eq!(whole.pointer("/pooled/model/n"), other.pointer("/pooled/model/n"));
        assert_ne!(whole.pointer("/pooled/model/mae"), other.pointer("/pooled/model/mae"));
    }
}

#[test]
fn the_metro_is_forecast_better_than_by_the_floor_and_intervals_hold() {
    let Some(path) = data_file("hangzhou-metro-15min/observations.csv.gz").map(PathBuf::from) else { return };
    let until = ["--train-until", "2019-01-15T00:00:00+08:00", "--horizons", "15m,60m", "--min-context", "4"];
    let report = json(&path, &[&until[..], &["--without-trees", "--exceed", "P98.5"]].concat());
    for (horizon, better) in [(0, 0.92), (1, 0.88)] {
        let at = |what: &str| number(&report, &format!("/horizons/{horizon}/{what}"));
        assert!(at("model/mae") < better * at("baselines/ridge/mae"), "horizon {horizon}");
        for (interval, share) in [("50", 0.5), ("80", 0.8), ("90", 0.9)] {
            assert!((at(&format!("model/coverage_{interval}")) - share).abs() < 0.02, "{interval} at {horizon}");
        }
        assert!(at("model/width_90") < at("baselines/ridge/width_90"));
    }
    assert!(number(&report, "/exceed/csi") > 0.55);
    // 66 origins a day have 4 intervals behind and 4 ahead in the day, 160 series, 4 days.
    assert_eq!(number(&report, "/horizons/0/model/n") as i64, 66 * 4 * 160);
}

#[test]
fn blocks_of_the_metro_are_forecast_better_than_by_the_floor_also_with_gaps() {
    let Some(path) = data_file("hangzhou-metro-10min/observations.csv.gz").map(PathBuf::from) else { return };
    let until = ["--train-until", "2019-01-15T00:00:00+08:00", "--step", "4", "--without-trees"];
    for gaps in [&[][..], &["--gaps", "points:0.4:1"], &["--gaps", "days:0.4:1"]] {
        let report = json(&path, &[&until[..], gaps].concat());
        for figure in ["mape", "rmse"] {
            let of = |method: &str| number(&report, &format!("/pooled/{method}/{figure}"));
            assert!(of("model") < of("baselines/ridge"), "{figure} {gaps:?}");
        }
        assert_eq!(number(&report, "/pooled/model/n") as i64, 4 * 108 * 80);
    }
}

#[test]
fn a_backtest_of_the_metro_does_not_look_ahead() {
    let Some(path) = data_file("hangzhou-metro-15min/observations.csv.gz").map(PathBuf::from) else { return };
    let folder = tempfile::tempdir().unwrap();
    let poisoned = folder.path().join("poisoned.csv");
    let mut text = String::new();
    let mut bytes = flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap());
    std::io::Read::read_to_string(&mut bytes, &mut text).unwrap();
    // Rows from noon of the 17th on say something else.
    let lines = text.lines().map(|line| match line.rsplit_once(',') {
        Some((start, _)) if start.starts_with("2019") && start >= "2019-01-17T12:00" => format!("{start},4321"),
        _ => line.to_owned(),
    });
    std::fs::write(&poisoned, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let until = ["--train-until", "2019-01-15T00:00:00+08:00", "--test-until", "2019-01-17T12:00:00+08:00"];
    let scores = [&path, &poisoned].map(|file| {
        let report = json(file, &[&until[..], &["--horizons", "15m,30m", "--without-trees"]].concat());
        (report["horizons"].clone(), report["pooled"].clone())
    });
    assert_eq!(scores[0], scores[1]);
}
