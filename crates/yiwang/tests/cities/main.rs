//! Weeks of two real cities through the binary: the same answer bit for bit, whatever the speed, the batches, a stop
//! in between, or the compiler's optimisation.
//!
//! Beside it: files that are not what they should be, and the evening at the Bund.
//! Not here: the server (served).
//! Invariant: a test whose data is absent says so and passes; nothing of the data is copied into the project.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod bad_files;
mod evening;
mod missing;
mod program;
mod riders;
mod server;

use program::{Program, data_file, scratch};
use serde_json::Value;

/// A starter site made by `init` for a city's file.
fn starter(program: &Program, name: &str, extra: &[&str]) -> Option<(tempfile::TempDir, String, String)> {
    let observations = data_file(&format!("{name}/observations.csv.gz"))?;
    let folder = scratch();
    let site = folder.path().join(name).display().to_string();
    let mut arguments = vec!["init", &site, "--observations", &observations];
    arguments.extend_from_slice(extra);
    program.expect(&arguments);
    let check = program.json(&["check", &site, "--json"]);
    assert_eq!(check["problems"].as_array().map(Vec::len), Some(0), "{check}");
    Some((folder, site, observations))
}

fn replay(program: &Program, site: &str, observations: &str, extra: &[&str]) -> Value {
    let mut arguments = vec!["replay", "--site", site, "--observations", observations, "--json"];
    arguments.extend_from_slice(extra);
    program.json(&arguments)
}

#[test]
fn hangzhou_metro_replays_to_the_same_bits_however_it_is_run() {
    let program = Program::fastest();
    let Some((folder, site, observations)) = starter(&program, "hangzhou-metro-15min", &[]) else { return };
    let whole = replay(&program, &site, &observations, &[]);
    assert_eq!(whole["observations"], 210_240, "{whole}");
    assert_eq!(whole["rejected"], 0, "{whole}");
    assert_eq!((&whole["missing"], &whole["late"], &whole["duplicates"]), (&0.into(), &0.into(), &0.into()));

    for batch in ["160", "999"] {
        let other = replay(&program, &site, &observations, &["--batch", batch]);
        assert_eq!(other["state_hash"], whole["state_hash"], "batches of {batch}");
    }

    // Stopped in the middle of the ninth day, then continued from the snapshot of that stop.
    let data = folder.path().join("data").display().to_string();
    let part = replay(&program, &site, &observations, &["--data", &data, "--to", "2019-01-09T09:07:00+08:00"]);
    assert!(part["observations"].as_u64() < whole["observations"].as_u64(), "{part}");
    let rest = replay(&program, &site, &observations, &["--data", &data]);
    assert_eq!(rest["state_hash"], whole["state_hash"], "continued after a restart");
    let verified = program.json(&["verify", "--data", &data, "--json"]);
    assert_eq!((&verified["chain_ok"], &verified["equal"]), (&true.into(), &true.into()), "{verified}");
    assert_eq!(verified["state_hash_replay"], whole["state_hash"]);
}

#[test]
fn hangzhou_metro_replays_to_the_same_bits_at_a_pace_and_at_full_speed() {
    let program = Program::fastest();
    let Some((_folder, site, observations)) = starter(&program, "hangzhou-metro-15min", &[]) else { return };
    let until = ["--to", "2019-01-01T12:00:00+08:00"];
    let fast = replay(&program, &site, &observations, &until);
    let paced = replay(&program, &site, &observations, &[&until[..], &["--speed", "20000"]].concat());
    assert_eq!(paced["state_hash"], fast["state_hash"]);
    assert!(paced["wall_s"].as_f64() > Some(1.0), "6.5 hours at 20,000 times take more than a second: {paced}");
}

#[test]
fn debug_and_release_agree_on_a_real_day() {
    let Some(release) = Program::release() else {
        println!("skipped: set YIWANG_RELEASE to a release build to compare it with this one");
        return;
    };
    let debug = Program::debug();
    let Some((_folder, site, observations)) = starter(&release, "hangzhou-metro-15min", &[]) else { return };
    let until = ["--to", "2019-01-03T00:00:00+08:00"];
    let one = replay(&release, &site, &observations, &until);
    let other = replay(&debug, &site, &observations, &until);
    assert_eq!(one["state_hash"], other["state_hash"]);
    assert_eq!(one["observations"], other["observations"]);
}

#[test]
fn melbourne_counters_replay_with_missing_values_counted_as_missing() {
    let program = Program::fastest();
    let Some(sensors) = data_file("melbourne-pedestrian/sensors.csv") else { return };
    let Some((_folder, site, observations)) = starter(&program, "melbourne-pedestrian", &["--sensors", &sensors])
    else {
        return;
    };
    let one = replay(&program, &site, &observations, &[]);
    assert_eq!(one["observations"], 882_970, "{one}");
    assert_eq!(one["missing"], 12_393, "{one}");
    assert_eq!(one["rejected"], 0, "{one}");
    let other = replay(&program, &site, &observations, &["--batch", "54321"]);
    assert_eq!(other["state_hash"], one["state_hash"]);
}
