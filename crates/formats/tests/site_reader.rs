//! The site reader against broken folders: a sound one with one thing changed, and the problems that must follow.
//!
//! Not here: starter sites, the schemas.
//! Invariant: each case expects *all* problems of its folder, so an echo fails a test as a gap does.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, also in its helpers")]

use city::{ConsoleRole, GroupIx, Ladder, Lock, Ratio, Role, Site};
use formats::site::{MAX_GEOJSON_BYTES, MAX_PROBLEMS, MAX_TOML_BYTES, Severity, SiteReading, SiteTexts, read};
use proptest::prelude::*;

const TOML: &str = include_str!("square/site.toml");
const GEOJSON: &str = include_str!("square/site.geojson");

const BROKEN: &str = include_str!("square/broken.txt");

fn reading(toml: &str, geojson: &str) -> SiteReading {
    read(SiteTexts { toml, geojson: Some(geojson), folder_name: "square" })
}

fn problems(reading: &SiteReading) -> Vec<String> {
    reading.problems.iter().map(ToString::to_string).collect()
}

/// The sound folder with one text replaced in the file that has it.
fn changed(from: &str, to: &str) -> SiteReading {
    let (from, to) = (from.replace("\\n", "\n"), to.replace("\\n", "\n"));
    assert!(TOML.contains(&from) || GEOJSON.contains(&from), "nothing to change: {from}");
    reading(&TOML.replacen(&from, &to, 1), &GEOJSON.replacen(&from, &to, 1))
}

fn sound() -> Site {
    let reading = reading(TOML, GEOJSON);
    assert_eq!(problems(&reading), Vec::<String>::new());
    reading.site.unwrap()
}

/// Each case of `square/broken.txt` is a line `FROM => TO` and, indented, all problems it must cause.
#[test]
fn each_change_to_the_sound_folder_causes_exactly_its_problems() {
    let mut found: Vec<String> = BROKEN.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect();
    for case in BROKEN.lines().filter(|line| !line.starts_with([' ', '#']) && !line.is_empty()) {
        let (from, to) = case.split_once(" => ").unwrap();
        let reading = changed(from, to);
        let errors = reading.problems.iter().any(|problem| problem.severity == Severity::Error);
        assert_eq!(reading.site.is_some(), !errors, "{case}");
        assert!(!reading.problems.is_empty(), "no problem: {case}");
        found.extend([String::new(), case.to_owned()]);
        found.extend(problems(&reading).iter().map(|problem| format!("    {problem}")));
    }
    let found = found.join("\n") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/square/broken.txt");
        std::fs::write(path, &found).unwrap();
    } else {
        let differing = BROKEN.lines().zip(found.lines()).find(|(expected, found)| expected != found);
        assert!(BROKEN == found, "differs: {differing:?}; UPDATE=1 rewrites the expectations");
    }
}

#[test]
fn what_is_not_written_gets_its_default() {
    let site = sound();
    let zone = |id: &str| &site.zones[site.zone_ix(&id.into()).unwrap().index()];
    assert!(site.is_sound());
    assert_eq!(site.id.as_str(), "square");
    assert_eq!(zone("plaza").ladder.value, Ladder::STANDING);
    assert_eq!(zone("stair").ladder.value, Ladder::STAIR);
    assert_eq!((zone("plaza").peak_factor, zone("road").peak_factor), (1.0, 2.5));
    assert_eq!(zone("road").area_m2.as_ref().unwrap().source, "area of the outline");
    let stream = &site.datastreams[0];
    assert_eq!((stream.reorder_s, stream.future_s, stream.silent_after_s, stream.min), (60, 120, 180, Some(0.0)));
    assert_eq!(site.datastreams[2].min, None);
    assert_eq!(site.measures[0].scheduled.unwrap().from.to_string(), "2019-10-02T08:30:00Z");
}

#[test]
fn what_a_sensor_reads_for_each_person_is_as_written_or_one_with_its_error() {
    let rate = "flow = \"in\" }\\nerror_share = 0.06\\ndetection_rate = { mean = 0.88, sd = 0.06, source = \"x\" }";
    let site = changed("flow = \"in\" }", rate).site.unwrap();
    let stream = |id: &str| &site.datastreams[site.datastream_ix(&id.into()).unwrap().index()];
    assert_eq!(stream("north/in").reads_per_person, Ratio { mean: 0.88, sd: 0.06 });
    assert_eq!(stream("stair/up").reads_per_person, Ratio { mean: 1.0, sd: 0.05 });
    assert_eq!(stream("plaza/camera").reads_per_person, Ratio { mean: 1.0, sd: 0.08 });
    assert_eq!(stream("plaza/camera").family, Some("camera".into()));
    assert_eq!(stream("all/phones").role, Role::GroupCount { group: GroupIx(0) });
    assert_eq!(stream("north/in").family, None);
}

#[test]
fn locks_shares_capacities_and_posts_are_as_written_or_have_their_defaults() {
    let site = sound();
    assert_eq!((site.zones[0].unmeasured_share, site.zones[0].locked), (0.1, None));
    assert!((site.links[0].capacity_per_m_s - 0.85).abs() < 1e-12);
    assert_eq!((site.posts[0].id.as_str(), site.posts[0].zone), ("p1", site.zone_ix(&"plaza".into()).unwrap()));
    let lock = r#""unmeasured_share":0.3,"locked":{"from":"2019-01-02T01:30:00+08:00","for_s":10800,"every_s":86400,"source":"x"}"#;
    let site = changed("\"area_m2\":900", &format!("{lock},\"area_m2\":900")).site.unwrap();
    let locked = Lock { from: "2019-01-01T17:30:00Z".parse().unwrap(), for_s: 10_800, every_s: 86_400 };
    assert_eq!((site.zones[0].unmeasured_share, site.zones[0].locked), (0.3, Some(locked)));
    let site = changed("\"width_m\":5", "\"width_m\":5,\"capacity_per_m_s\":1.1").site.unwrap();
    assert!((site.links[0].capacity_per_m_s - 1.1).abs() < 1e-12);
}

/// The square without the datastreams whose text holds any of `words`.
fn without(words: &[&str]) -> SiteReading {
    let tables = TOML.split("\n\n").filter(|table| !words.iter().any(|word| table.contains(word)));
    reading(&tables.collect::<Vec<_>>().join("\n\n"), GEOJSON)
}

#[test]
fn what_no_sensor_sees_is_advised_on() {
    let found = problems(&without(&["road/camera"]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("advice: no sensor sees zone \"road\": the estimate will say so"), "{found:?}");
    let found = problems(&without(&["camera", "all/phones"]));
    assert!(found.iter().any(|problem| problem.contains("gates are counted and no area is")), "{found:?}");
    let found = problems(&without(&["camera", "all/phones", "north/in", "stair/up"]));
    assert!(found.iter().any(|problem| problem.contains("group \"all\" has no measurement at all")), "{found:?}");
    assert!(found.iter().any(|problem| problem.contains("zone \"plaza\", zone \"stair\", zone \"road\"")), "{found:?}");
    let found = problems(&without(&["north/in", "stair/up"]));
    assert!(
        found.iter().any(|problem| problem.contains("only an area count sees the zones of plaza/camera")),
        "{found:?}"
    );
}

#[test]
fn a_site_without_consoles_gets_a_duty_console_for_all_and_a_commander() {
    let start = TOML.find("[[console]]").unwrap();
    let end = TOML.find("[[group]]").unwrap();
    let reading = reading(&format!("{}{}", &TOML[..start], &TOML[end..]), GEOJSON);
    let consoles = reading.site.unwrap().consoles;
    assert_eq!(
        consoles.iter().map(|console| console.role).collect::<Vec<_>>(),
        [ConsoleRole::Duty, ConsoleRole::Commander]
    );
    assert_eq!(consoles[0].departments.len(), 2);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let toml = format!("\u{feff}{}", TOML.replace('\n', "\r\n"));
    let geojson = format!("\u{feff}{}", GEOJSON.replace('\n', "\r\n"));
    assert_eq!(reading(&toml, &geojson).site, Some(sound()));
}

#[test]
fn a_file_beyond_its_limit_is_refused_and_the_other_one_still_checked() {
    let long = format!("# {}\n", "x".repeat(MAX_TOML_BYTES));
    let found = problems(&reading(&long, "{}"));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("site.toml: the file has 8388611 bytes"), "{found:?}");
    let spaces = " ".repeat(MAX_GEOJSON_BYTES + 1);
    assert!(problems(&reading(TOML, &spaces))[0].starts_with("site.geojson: the file has"));
}

#[test]
fn problems_are_bounded_and_the_rest_counted() {
    let many: Vec<String> = (0..2 * MAX_PROBLEMS).map(|number| format!("key_{number} = 1")).collect();
    let found = problems(&reading(&format!("{}\n{TOML}", many.join("\n")), GEOJSON));
    assert_eq!(found.len(), MAX_PROBLEMS + 1);
    assert!(found.last().unwrap().contains("more problems are not listed"), "{:?}", found.last());
}

#[test]
fn a_deep_or_endless_json_is_refused_without_a_fall() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let properties = format!(r#"{{"is":"zone","name":{deep}}}"#);
    let feature =
        format!(r#"{{"type":"FeatureCollection","features":[{{"properties":{properties},"geometry":null}}]}}"#);
    assert!(reading(TOML, &feature).site.is_none());
    assert!(reading(TOML, &deep).site.is_none());
    assert!(reading(&format!("a = {deep}"), GEOJSON).site.is_none());
}

/// No text makes the reader panic, and what it lets through is sound.
fn is_total(toml: &str, geojson: &str) {
    let reading = reading(toml, geojson);
    let errors = reading.problems.iter().any(|problem| problem.severity == Severity::Error);
    assert_eq!(reading.site.is_some(), !errors);
    assert!(reading.site.is_none_or(|site| site.is_sound()));
}

/// `text` with the characters from `at` (0–1) replaced by `patch`.
fn patched(text: &str, at: f64, cut: usize, patch: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let start = ((chars.len() as f64) * at) as usize;
    let end = (start + cut).min(chars.len());
    chars[..start].iter().copied().chain(patch.chars()).chain(chars[end..].iter().copied()).collect()
}

proptest! {
    #[test]
    fn any_text_is_answered(toml in "(?s).{0,200}", geojson in "(?s).{0,200}") {
        is_total(&toml, &geojson);
    }

    #[test]
    fn any_damage_is_answered(at in 0.0..1.0_f64, cut in 0_usize..40, patch in "[\\[\\]{}\",:=0-9.e\\-a-z\n ]{0,8}") {
        is_total(&patched(TOML, at, cut, &patch), GEOJSON);
        is_total(TOML, &patched(GEOJSON, at, cut, &patch));
    }

    #[test]
    fn any_outline_is_answered(points in proptest::collection::vec((-4_i32..4, -4_i32..4), 0..12), close in any::<bool>()) {
        let mut ring: Vec<[f64; 2]> = points.iter().map(|&(x, y)| [f64::from(x) * 1e-4, f64::from(y) * 1e-4]).collect();
        if let (true, Some(first)) = (close, ring.first().copied()) {
            ring.push(first);
        }
        let plaza = "[[0,0],[0.0003,0],[0.0003,0.0003],[0,0.0003],[0,0]]";
        is_total(TOML, &GEOJSON.replace(plaza, &serde_json::to_string(&ring).unwrap()));
    }
}
