//! `replay --truth`, `--faults`, `--rates` and `--plot` as a person runs them, on a hall with a door and a camera.
//!
//! Not here: how good estimates are (docs/scores.md says where that is measured).
//! Invariant: what the engine makes of the hall may change; what is counted, unknown, naive or raw is reckoned by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// What the program prints, says, and how it ends.
struct Outcome {
    status: Option<i32>,
    printed: String,
    said: String,
}

impl Outcome {
    fn json(&self) -> Value {
        serde_json::from_str(&self.printed).unwrap_or_else(|error| panic!("{error}: {}{}", self.printed, self.said))
    }
}

/// A folder with the hall's site and its files.
struct Hall(TempDir);

impl Hall {
    fn new() -> Self {
        let hall = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(hall.0.path().join("site")).unwrap();
        hall.with("site/site.toml", include_str!("hall/site.toml"))
            .with("site/site.geojson", include_str!("hall/site.geojson"))
            .with("observations.csv", &observations())
            .with("truth.csv", &truth())
    }

    fn with(self, name: &str, text: &str) -> Self {
        std::fs::write(self.path(name), text).unwrap();
        self
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn replay(&self, more: &[&str]) -> Outcome {
        let mut arguments = vec!["--log", "warn", "replay", "--site", "site", "--observations", "observations.csv"];
        arguments.extend_from_slice(more);
        run(self.0.path(), &arguments)
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_yiwang")).args(arguments).current_dir(folder).output().unwrap();
    Outcome {
        status: output.status.code(),
        printed: String::from_utf8(output.stdout).unwrap(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn minute(minute: usize) -> String {
    format!("2026-05-01T10:{minute:02}:00Z")
}

/// For 20 minutes ten come and four go each minute; the camera reads all who are there.
fn observations() -> String {
    let mut text = String::from("phenomenonTime,datastream,result\n");
    for number in 0..20 {
        let (begins, ends) = (minute(number), minute(number + 1));
        writeln!(
            text,
            "{begins},door/in,10
{begins},door/out,4
{ends},camera,{}",
            inside(number + 1)
        )
        .unwrap();
    }
    text
}

/// People in the hall at a minute.
fn inside(minute: usize) -> usize {
    100 + 6 * minute
}

/// The truth is what the camera reads, from the fifth minute to the fifteenth, and one minute long after.
fn truth() -> String {
    let mut text = String::from("phenomenonTime,zone,occupancy\n");
    for number in (5..=15).chain([59]) {
        writeln!(text, "{},hall,{}", minute(number), inside(number)).unwrap();
    }
    text
}

#[test]
fn the_json_has_the_names_that_scripts_rely_on() {
    let hall = Hall::new().with("faults.csv", "datastream,kind,from,to\n").with(
        "rates.csv",
        "phenomenonTime,datastream,direction,rate\n2026-05-01T10:00:00Z,door/in,in,1\n2026-05-01T10:10:00Z,door/in,in,1\n",
    );
    let truth = ["--truth", "truth.csv", "--faults", "faults.csv", "--rates", "rates.csv", "--json"];
    let outcome = hall.replay(&truth);
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    let report = outcome.json();
    let keys =
        ["mae", "mae_peak", "bias", "coverage_50", "coverage_90", "width_90", "missed_danger", "zones", "minutes"];
    let rows = |scores: &Value, name: &str| scores[name].as_array().unwrap().clone();
    for scores in [&report["truth"], &report["naive"], &report["raw_area"], &report["truth"]["naive"]] {
        for of in [vec![scores.clone()], rows(scores, "by_zone"), rows(scores, "by_level")].concat() {
            for key in keys {
                assert!(of.get(key).is_some(), "{key} in {of}");
            }
        }
        assert_eq!(rows(scores, "by_zone")[0]["zone"], "hall");
        let levels: Vec<_> = rows(scores, "by_level").iter().map(|row| row["level"].clone()).collect();
        assert_eq!(levels, ["normal", "caution", "warning", "critical"]);
        assert_eq!(rows(scores, "by_group")[0]["group"], "all");
    }
    assert!(report["sensor_findings"].is_array() && report["balances"].is_array());
    assert_eq!((&report["found"], &report["of"]), (&0.into(), &0.into()));
    assert!(report["false_per_sensor_day"].is_number() && report["median_delay_s"].is_null());
    assert!(report["faults"]["by_kind"].is_array());
    assert!(report["rates"]["after_first_hour"].is_object() && report["rates"]["asymmetry"].is_object());
}

#[test]
fn what_can_be_reckoned_by_hand_comes_out_so() {
    let report = Hall::new().replay(&["--truth", "truth.csv", "--json"]).json();
    // Eleven minutes have an estimate; nothing is known an hour later, and that is not right.
    assert_eq!((&report["truth"]["minutes"], &report["truth"]["unknown"]), (&11.into(), &1.into()), "{report}");
    // A count of a minute is known from the minute after its end: two minutes of the door are still to come, and the
    // site says that 90 were there at the start where 100 were. In minus out knows no end: it is wrong an hour later too.
    let naive = &report["naive"];
    assert_eq!((&naive["minutes"], &naive["unknown"]), (&12.into(), &0.into()));
    let late = 100.0 + 6.0 * 59.0 - (90.0 + 6.0 * 20.0);
    let mean = (11.0 * (10.0 + 6.0) + late) / 12.0;
    assert!((naive["mae"].as_f64().unwrap() - mean).abs() < 1e-9, "{naive}");
    assert!((naive["bias"].as_f64().unwrap() + mean).abs() < 1e-9, "{naive}");
    // The camera's last reading is of the minute before.
    let raw = &report["raw_area"]["by_zone"][0];
    let mean = (11.0 * 6.0 + (100.0 + 6.0 * 59.0 - inside(20) as f64)) / 12.0;
    assert!((raw["mae"].as_f64().unwrap() - mean).abs() < 1e-9, "{raw}");
    // From 400 people on the hall is critical: only at the last minute, which is unknown.
    assert_eq!((&report["truth"]["danger_minutes"], &report["truth"]["danger_unknown"]), (&0.into(), &1.into()));
    let levels = report["truth"]["by_level"].as_array().unwrap();
    assert_eq!((&levels[0]["minutes"], &levels[3]["unknown"]), (&11.into(), &1.into()), "{levels:?}");
}

#[test]
fn scoring_changes_nothing_of_the_state() {
    let hall =
        Hall::new().with("rates.csv", "phenomenonTime,datastream,direction,rate\n2026-05-01T10:00:00Z,camera,area,1\n");
    let plain = hall.replay(&["--json"]).json();
    let scored = hall.replay(&["--truth", "truth.csv", "--rates", "rates.csv", "--json"]).json();
    assert_eq!(plain["state_hash"], scored["state_hash"]);
    assert!(plain.get("truth").is_none() && plain.get("naive").is_none(), "{plain}");
}

#[test]
fn a_truth_of_other_zones_or_between_minutes_is_named_row_by_row_and_fails() {
    let hall = Hall::new().with(
        "bad.csv",
        "phenomenonTime,zone,occupancy\n2026-05-01T10:05:00Z,hall,130\n2026-05-01T10:05:30Z,hall,133\n\
         2026-05-01T10:06:00Z,attic,3\n2026-05-01T10:06:00Z,hall,-3\n2026-05-01T10:05:00Z,hall,131\n",
    );
    let outcome = hall.replay(&["--truth", "bad.csv", "--json"]);
    assert_eq!(outcome.status, Some(1));
    let report = outcome.json();
    assert_eq!((&report["truth"]["minutes"], &report["problems_total"]), (&1.into(), &4.into()), "{report}");
    let rows: Vec<_> = report["problems"].as_array().unwrap().iter().map(|problem| problem["row"].clone()).collect();
    assert_eq!(rows, [3, 4, 5, 6].map(Value::from));
    for words in [
        "bad.csv: line 3: phenomenonTime '2026-05-01T10:05:30Z' does not lie on a whole minute (give the people",
        "line 4: zone 'attic' is not in the site (correct the id",
        "line 5: occupancy '-3' is negative",
        "line 6: it says again what line 2 says",
    ] {
        assert!(outcome.said.contains(words), "{words} in {}", outcome.said);
    }
}

#[test]
fn a_truth_without_one_good_row_is_none_to_score_by() {
    let hall = Hall::new().with("bad.csv", "phenomenonTime,zone,occupancy\n2026-05-01T10:05:00Z,attic,130\n");
    let outcome = hall.replay(&["--truth", "bad.csv"]);
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.said.contains("bad.csv holds no row that can be used"), "{}", outcome.said);
    assert!(outcome.said.contains("zone 'attic' is not in the site"), "{}", outcome.said);
    let wrong = hall.with("header.csv", "time,zone,people\n").replay(&["--truth", "header.csv"]);
    assert!(wrong.said.contains("no column phenomenonTime, no column occupancy"), "{}", wrong.said);
}

#[test]
fn faults_and_rates_of_unknown_sensors_are_named_and_need_a_truth() {
    let hall = Hall::new()
        .with(
            "faults.csv",
            "datastream,kind,from,to\ncamera,stuck,2026-05-01T10:09:00Z,2026-05-01T10:03:00Z\n\
             camera,asleep,2026-05-01T10:03:00Z,2026-05-01T10:09:00Z\nlamp,stuck,2026-05-01T10:03:00Z,\n\
             camera,stuck,2026-05-01T10:03:00Z,2026-05-01T10:09:00Z\n",
        )
        .with("rates.csv", "phenomenonTime,datastream,direction,rate\n2026-05-01T10:00:00Z,door/in,out,1\n2026-05-01T10:00:00Z,camera,area,1\n");
    let outcome = hall.replay(&["--truth", "truth.csv", "--faults", "faults.csv", "--rates", "rates.csv", "--json"]);
    assert_eq!(outcome.status, Some(1));
    assert_eq!(outcome.json()["of"], 1, "the good row counts");
    for words in
        ["line 2: the interval", "line 3: kind 'asleep'", "line 4: datastream 'lamp'", "counts 'in', not 'out'"]
    {
        assert!(outcome.said.contains(words), "{words} in {}", outcome.said);
    }
    assert_eq!(hall.replay(&["--faults", "faults.csv"]).status, Some(2), "without a truth");
    assert_eq!(hall.replay(&["--plot", "a.svg"]).status, Some(2), "nothing to draw");
}

#[test]
fn the_picture_shows_the_group_and_the_zones_asked_for() {
    let hall = Hall::new();
    let plot = ["--truth", "truth.csv", "--plot", "hall.svg", "--plot-zone", "hall", "--plot-utc-offset-h", "8"];
    let outcome = hall.replay(&plot);
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    let picture = std::fs::read_to_string(hall.path("hall.svg")).unwrap();
    assert!(picture.starts_with("<svg ") && picture.contains(">Hall (hall)<") && picture.contains(">All<"));
    let unknown = hall.replay(&["--truth", "truth.csv", "--plot", "hall.svg", "--plot-zone", "attic"]);
    assert_eq!(unknown.status, Some(2));
    assert!(unknown.said.contains("no zone 'attic'"), "{}", unknown.said);
}

#[test]
fn only_a_whole_replay_is_scored() {
    let hall = Hall::new();
    let first = hall.replay(&["--data", "data", "--to", "2026-05-01T10:07:00Z", "--truth", "truth.csv", "--json"]);
    assert_eq!(first.status, Some(0), "{}", first.said);
    assert_eq!(first.json()["truth"]["minutes"], 2, "10:05 and 10:06");
    let rest = hall.replay(&["--data", "data", "--truth", "truth.csv"]);
    assert_eq!(rest.status, Some(2));
    assert!(rest.said.contains("scores are of a whole one"), "{}", rest.said);
}
