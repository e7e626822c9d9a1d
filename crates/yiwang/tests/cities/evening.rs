//! The evening at the Bund through log and engine, held against the facts of 2 October 2019.
//!
//! Not here: the facts' sources (sites/bund, docs/evening.md).
//! Invariant: the numbers come out of the log's report, not out of the simulator's own truth.

use city::Time;
use serde_json::Value;

use crate::program::{Program, project, scratch};

fn minutes_from(report: &Value, peak: &str) -> f64 {
    let fact: Time = peak.parse().unwrap();
    let at: Time = report["at"].as_str().unwrap().parse().unwrap();
    at.since(fact).minutes().abs()
}

#[test]
fn the_evening_reaches_the_numbers_of_the_record_and_its_consoles_stay_quiet() {
    let program = Program::fastest();
    let folder = scratch();
    let data = folder.path().join("evening").display().to_string();
    program.expect(&["replay", "--site", &project("sites/bund"), "--sim", "evening", "--data", &data]);
    let report = program.json(&["report", "--data", &data, "--json"]);
    let peak = |place: &str| {
        report["groups"].as_array().unwrap().iter().find(|group| group["place"] == place).unwrap().clone()
    };

    let waterfront = peak("group/waterfront");
    let people = waterfront["people"].as_f64().unwrap();
    assert!((people - 72_000.0).abs() <= 0.05 * 72_000.0, "{waterfront}");
    // The core stays full for long, so the estimate's highest minute may be any of its last half-hour.
    assert!(minutes_from(&waterfront, "2019-10-02T18:50:00+08:00") <= 30.0, "{waterfront}");

    let greater = peak("group/greater");
    let people = greater["people"].as_f64().unwrap();
    assert!((people - 220_000.0).abs() <= 0.05 * 220_000.0, "{greater}");
    assert!(minutes_from(&greater, "2019-10-02T18:50:00+08:00") <= 15.0, "{greater}");

    for console in report["consoles"].as_array().unwrap() {
        let average = console["per_10_min"].as_f64().unwrap();
        assert!(average <= 1.0, "more than one sounding in ten minutes on average: {console}");
        let worst = console["worst_10_min"].as_u64().unwrap();
        assert!(worst < 10, "a flood at one console: {console}");
    }
    assert_eq!(report["criticals_delayed_by_grouping"], 0);

    let raised = report["raised"].as_array().unwrap();
    let worsened = |issue: &&Value| issue["worst"] != issue["level"] && issue["kind"] == "density";
    assert!(raised.iter().filter(worsened).count() > 0, "{report}");
    for issue in raised.iter().filter(worsened) {
        let [value, worst, threshold] =
            ["value", "worst_value", "worst_threshold"].map(|figure| issue[figure].as_f64().unwrap());
        assert!(worst > value && worst >= threshold, "what it came to: {issue}");
    }
}
