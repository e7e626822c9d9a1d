//! Files that are not what they should be: the place is named, the rest is kept, the exit status says so.
//!
//! Not here: bodies pushed over HTTP (served), parsers (formats).
//! Invariant: each case names its line or its file, and what to do.

use std::io::Write;
use std::path::Path;

use city::{ActorId, Entry, Input, OLDEST_ENTRY_SCHEMA, Seq, SourceId, Time};
use flate2::Compression;
use flate2::write::GzEncoder;
use store::{Durability, Store};

use crate::program::{Outcome, Program, scratch};

const SITE: &str = r#"
schema = 1
name = { zh-CN = "测试", en = "Test" }
timezone = "Etc/UTC"
lead = "owner"
[[department]]
id = "owner"
name = { zh-CN = "所有者", en = "Owner" }
[[datastream]]
id = "door"
name = { zh-CN = "门", en = "Door" }
department = "owner"
unit = "people"
interval_s = 60
min = 0
"#;

const HEADER: &str = "phenomenonTime,datastream,result\n";

/// Replays `bytes` as a file of this name and returns what came of it.
fn replay(name: &str, bytes: &[u8]) -> Outcome {
    let folder = scratch();
    std::fs::write(folder.path().join("site.toml"), SITE).unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    let path = |path: &Path| path.display().to_string();
    Program::debug().run(&["replay", "--site", &path(folder.path()), "--observations", &path(&file), "--json"])
}

fn rows(lines: &[&str]) -> String {
    lines.iter().fold(HEADER.to_owned(), |text, line| text + line + "\n")
}

#[test]
fn an_empty_file_says_what_its_first_line_must_be() {
    let outcome = replay("empty.csv", b"");
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.said.contains("empty.csv: there is nothing in it"), "{}", outcome.said);
    assert_eq!(outcome.said.matches("nothing in it").count(), 1, "said once: {}", outcome.said);
}

#[test]
fn a_wrong_header_names_the_columns_that_are_missing() {
    let outcome = replay("header.csv", b"when,what,how\n2019-01-01T00:00:00Z,door,1\n");
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.said.contains("no column phenomenonTime, datastream, result"), "{}", outcome.said);
}

#[test]
fn bad_rows_are_named_with_their_lines_and_the_good_ones_kept() {
    let text = rows(&[
        "2019-01-01T00:00:00Z,door,1",
        "2019-01-01T00:01:00,door,2",
        "2019-01-01T00:01:00Z,door,two",
        "2019-01-01T00:01:00Z,window,2",
        "2019-01-01T00:01:00Z,door,-2",
        "2019-01-01T00:02:00Z,door,3",
    ]);
    let outcome = replay("mixed.csv", text.as_bytes());
    assert_eq!(outcome.status, Some(1));
    let report = outcome.json();
    assert_eq!((&report["observations"], &report["rejected"]), (&2.into(), &4.into()), "{report}");
    let named: Vec<_> = report["problems"].as_array().unwrap().iter().map(|problem| problem["row"].clone()).collect();
    assert_eq!(named, [3, 4, 5, 6].map(serde_json::Value::from));
    for words in ["no UTC offset", "'two' is not a number", "'window' is not in the site", "-2"] {
        assert!(outcome.said.contains(words), "{words} in {}", outcome.said);
    }
}

#[test]
fn a_truncated_gzip_keeps_every_row_before_the_cut_and_fails() {
    let lines: Vec<_> = (0..20_000)
        .map(|minute| {
            let (hour, minute_of_hour) = (minute / 60 % 24, minute % 60);
            let (month, day) = (minute / 1440 / 28 + 1, minute / 1440 % 28 + 1);
            format!("2019-{month:02}-{day:02}T{hour:02}:{minute_of_hour:02}:00Z,door,{}", minute * 7919 % 101)
        })
        .collect();
    let text = rows(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let outcome = replay("cut.csv.gz", &packed[..packed.len() / 2]);
    assert_eq!(outcome.status, Some(1));
    let report = outcome.json();
    assert!(report["observations"].as_u64() > Some(5_000), "{report}");
    assert!(outcome.said.contains("the file is cut off"), "{}", outcome.said);
}

#[test]
fn a_site_with_a_broken_polygon_is_refused_with_file_and_line() {
    let folder = scratch();
    std::fs::write(folder.path().join("site.toml"), SITE).unwrap();
    let geojson = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","id":"square","properties":{"is":"zone","name":{"zh-CN":"广场","en":"Square"},"kind":"moving","source":"survey"},
"geometry":{"type":"Polygon","coordinates":[[[121.0,31.0],[121.001,31.001],[121.001,31.0],[121.0,31.001],[121.0,31.0]]]}}]}"#;
    std::fs::write(folder.path().join("site.geojson"), geojson).unwrap();
    let site = folder.path().display().to_string();
    let outcome = Program::debug().run(&["check", &site, "--json"]);
    assert_eq!(outcome.status, Some(1));
    let problem = &outcome.json()["problems"][0];
    assert_eq!(problem["file"], "site.geojson", "{problem}");
    assert!(problem["line"].as_u64() >= Some(2), "{problem}");
    assert!(problem["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{problem}");
}

/// A data folder as a development version left it: one entry, of the schema before the oldest that is read.
fn old_data(folder: &Path) {
    let mut store = Store::open(folder, Durability::Full).unwrap();
    let entry = Entry {
        seq: Seq(1),
        time: Time::from_seconds(1_570_000_000),
        actor: ActorId::from("local"),
        source: SourceId::from("http"),
        schema: OLDEST_ENTRY_SCHEMA - 1,
        input: Input::Tick,
    };
    store.append(&[entry], &[]).unwrap();
}

#[test]
fn a_data_folder_of_an_earlier_development_version_is_refused_with_the_way_out() {
    let folder = scratch();
    std::fs::write(folder.path().join("site.toml"), SITE).unwrap();
    std::fs::write(folder.path().join("rows.csv"), rows(&["2019-01-01T00:00:00Z,door,1"])).unwrap();
    let old = folder.path().join("old");
    old_data(&old);
    let path = |path: &Path| path.display().to_string();
    let (site, data) = (path(folder.path()), path(&old));
    let observations = path(&folder.path().join("rows.csv"));
    let commands: [&[&str]; 4] = [
        &["serve", "--site", &site, "--data", &data, "--listen", "127.0.0.1:0"],
        &["replay", "--site", &site, "--observations", &observations, "--data", &data],
        &["verify", "--data", &data],
        &["report", "--data", &data],
    ];
    for command in commands {
        let outcome = Program::debug().run(command);
        assert_eq!(outcome.status, Some(1), "{command:?}: {}", outcome.said);
        for words in ["holds entries of schema 1", "earlier development version", "new --data folder"] {
            assert!(outcome.said.contains(words), "{command:?} must say '{words}': {}", outcome.said);
        }
        assert!(!outcome.said.contains("damaged"), "{command:?}: {}", outcome.said);
    }
}
