//! `yiwang surges` and `yiwang backtest --levels` as a person runs them: figures on real data, refusals.
//!
//! Not here: scenarios of single surges (forecast's tests), all figures (docs/surges.md).
//! Invariant: absent data are said and skipped.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, also in its helpers")]

#[path = "cities/program.rs"]
#[allow(dead_code, reason = "of the program only a part is used here")]
mod program;

use program::{Outcome, Program, data_file};
use serde_json::Value;

fn json(args: &[&str]) -> Value {
    Program::debug().json(&[args, &["--json"]].concat())
}

#[test]
fn most_games_are_found_within_the_budget_on_weeks_that_set_no_threshold() {
    let (Some(file), Some(games)) = (data_file("dodgers/observations.csv.gz"), data_file("dodgers/events.csv")) else {
        return;
    };
    let report = json(&["surges", "--observations", &file, "--events", &games]);
    let figure = |name: &str| report[name].as_f64().unwrap();
    assert!(
        figure("detected") >= 0.9 * figure("of") && figure("of") >= 70.0,
        "{} {}",
        report["detected"],
        report["of"]
    );
    assert!(figure("false_alarms_per_day") <= 0.25 && figure("median_delay_s") <= 900.0, "{report}");
    let of_static = report["compared"].as_array().unwrap().iter().find(|one| one["detector"] == "static").unwrap();
    assert!(of_static["detected"].as_f64() < report["detected"].as_f64());
}

#[test]
fn surges_added_to_metro_counts_are_found_within_half_an_alarm_a_week() {
    let Some(file) = data_file("hangzhou-metro-15min/observations.csv.gz") else { return };
    let report = json(&["surges", "--observations", &file, "--false-alarms", "0.5/week", "--inject", "0.5,1,2"]);
    assert!(report["false_alarms_per_day"].as_f64().unwrap() <= 0.5 / 7.0, "{}", report["false_alarms_per_day"]);
    let found: Vec<f64> =
        (report["injected"].as_array().unwrap().iter()).map(|of| of["pod"].as_f64().unwrap()).collect();
    assert!(found[0] >= 0.8 && found[1] >= 0.98 && found[2] >= 0.99, "{found:?}");
}

#[test]
fn the_peak_of_a_flood_is_forecast_nearer_than_by_standing_still() {
    let Some(file) = data_file("river-ouse-2015/observations.csv.gz") else { return };
    let report = json(&["backtest", "--levels", "--observations", &file, "--horizons", "2h,6h,12h"]);
    let stage = &report["levels"].as_array().unwrap()[0];
    assert_eq!(stage["datastream"], "stage_m");
    for of in stage["horizons"].as_array().unwrap() {
        assert!(of["model"]["mae"].as_f64() < of["persistence"]["mae"].as_f64(), "{of}");
    }
    let error = |lead: &Value, method: &str| {
        (lead[method]["level_then"].as_f64().unwrap() - stage["peak"]["level"].as_f64().unwrap()).abs()
    };
    let twelve = &stage["peak"]["leads"][2];
    assert!(error(twelve, "model") < error(twelve, "persistence") && error(twelve, "model") < error(twelve, "linear"));
}

#[test]
fn a_budget_that_is_none_and_a_file_too_short_are_wrong_use() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("few.csv");
    std::fs::write(&path, "phenomenonTime,datastream,result\n2019-01-01T00:00:00Z,a,1\n2019-01-01T00:15:00Z,a,2\n")
        .unwrap();
    let file = path.display().to_string();
    let Outcome { status, said, .. } = Program::debug().run(&["surges", "--observations", &file]);
    assert_eq!(status, Some(2), "{said}");
    let Outcome { status, said, .. } =
        Program::debug().run(&["surges", "--observations", &file, "--false-alarms", "often"]);
    assert!(status == Some(2) && said.contains("0.25/day"), "{said}");
}
