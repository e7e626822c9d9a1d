//! Precursors on simulated evenings: the night of 31 December 2014 is warned of, an ordinary evening is left in peace.
//!
//! Not here: the rules of each precursor (crates/engine/tests/precursors.rs).
//! Invariant: whether a precursor was borne out is said by the simulator's truth, never by the estimate.
//!
//! `YIWANG_EVENINGS` is the number of ordinary evenings (2 unless told otherwise; `make test-long` plays 20).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "cities/program.rs"]
#[allow(dead_code, reason = "of the program only a part is used here")]
mod program;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use city::{Access, Level, Place, Site, Span, Time, ZoneIx, ZoneKind};
use program::{Program, project, scratch};
use serde_json::Value;

/// Truth this long before or after a precursor bears it out.
const NEAR: Span = Span::from_seconds(600);

/// The most precursors of an ordinary evening that nothing bears out.
const FALSE_MAX: usize = 1;

const PRECURSORS: [&str; 5] = ["held-back", "stagnation", "lock-up", "filling", "queue"];

/// A warning as `yiwang report` lists it.
struct Raised {
    at: Time,
    place: String,
    kind: String,
    level: String,
}

/// The warnings that were raised in one evening of a site.
fn raised(program: &Program, site: &str, seed: u64) -> Vec<Raised> {
    let folder = scratch();
    let data = folder.path().join("data").display().to_string();
    program.expect(&["replay", "--site", site, "--sim", "evening", "--seed", &seed.to_string(), "--data", &data]);
    let report = program.json(&["report", "--data", &data, "--json"]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let raised = |issue: &Value| Raised {
        at: text(&issue["at"]).parse().unwrap(),
        place: text(&issue["place"]),
        kind: text(&issue["kind"]),
        level: text(&issue["level"]),
    };
    report["raised"].as_array().unwrap().iter().map(raised).collect()
}

/// People of every zone and minute.
type Truth = BTreeMap<(ZoneIx, Time), f64>;

/// The truth of the same evening.
fn truth(program: &Program, (folder, site): (&str, &Site), seed: u64) -> Truth {
    let out = scratch();
    let path = out.path().join("run");
    program.expect(&["sim", "--site", folder, "--seed", &seed.to_string(), "--out", &path.display().to_string()]);
    let packed = std::fs::File::open(path.join("truth.csv.gz")).unwrap();
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let row = |line: &str| {
        let mut fields = line.split(',');
        let at = fields.next()?.parse().ok()?;
        let zone = site.zone_ix(&fields.next()?.into())?;
        Some(((zone, at), fields.next()?.parse().ok()?))
    };
    text.lines().skip(1).filter_map(row).collect()
}

/// The zones whose people bear a precursor at `place` out, each with the density of its densest part from which they do: the
/// warning level of its ladder; before a link caution where people walk.
fn witnesses(site: &Site, place: &str, kind: &str) -> Vec<(ZoneIx, f64)> {
    let at = |zone: ZoneIx, level: Level| (zone, site.zones[zone.index()].ladder.value.threshold(level));
    match site.place(place).unwrap() {
        Place::Link(link) => {
            let link = &site.links[link.index()];
            let waits = |zone: ZoneIx| match site.zones[zone.index()].kind {
                ZoneKind::Moving => at(zone, Level::Caution),
                _ => at(zone, Level::Warning),
            };
            vec![waits(link.from), waits(link.to)]
        }
        Place::Gate(gate) => vec![at(site.gates[gate.index()].zone, Level::Warning)],
        Place::Zone(road) if kind == "queue" => {
            let beside = site.links.iter().filter_map(|link| match (link.from == road, link.to == road) {
                (true, false) => Some(link.to),
                (false, true) => Some(link.from),
                _ => None,
            });
            beside
                .filter(|zone| site.zones[zone.index()].access == Access::Pedestrian)
                .map(|zone| at(zone, Level::Warning))
                .collect()
        }
        Place::Zone(zone) if kind == "lock-up" => {
            stair(site, zone).into_iter().map(|zone| at(zone, Level::Warning)).collect()
        }
        Place::Zone(zone) => vec![at(zone, Level::Warning)],
        other => panic!("no precursor is at {other:?}"),
    }
}

/// The flights and landings that hang together with one of them.
fn stair(site: &Site, first: ZoneIx) -> Vec<ZoneIx> {
    let is_steps = |zone: ZoneIx| matches!(site.zones[zone.index()].kind, ZoneKind::Stair | ZoneKind::Landing);
    let mut zones = vec![first];
    while let Some(next) = site.links.iter().find_map(|link| {
        let other = match (zones.contains(&link.from), zones.contains(&link.to)) {
            (true, false) => link.to,
            (false, true) => link.from,
            _ => return None,
        };
        is_steps(other).then_some(other)
    }) {
        zones.push(next);
    }
    zones
}

/// Whether the truth near `at` bears a precursor out.
fn is_borne_out(site: &Site, truth: &Truth, precursor: &Raised) -> bool {
    let near = (precursor.at.minus(NEAR), precursor.at.plus(NEAR));
    witnesses(site, &precursor.place, &precursor.kind).into_iter().any(|(zone, from_per_m2)| {
        let config = &site.zones[zone.index()];
        let Some(area_m2) = config.area_m2.as_ref().map(|area| area.value) else { return false };
        let minutes = truth.range((zone, near.0)..=(zone, near.1));
        let peak = minutes.map(|(_, people)| people / area_m2 * config.peak_factor).fold(0.0, f64::max);
        peak >= from_per_m2
    })
}

fn site_of(folder: &str) -> Site {
    let text = |name: &str| std::fs::read_to_string(Path::new(folder).join(name)).unwrap();
    let (toml, geojson) = (text("site.toml"), text("site.geojson"));
    let texts = formats::site::SiteTexts { toml: &toml, geojson: Some(&geojson), folder_name: "site" };
    formats::site::read(texts).site.unwrap()
}

/// The release build, without which evenings take too long; says so when it is absent.
fn release() -> Option<Program> {
    let program = Program::release();
    if program.is_none() {
        println!("skipped: set YIWANG_RELEASE to a release build to play evenings");
    }
    program
}

#[test]
fn the_night_of_31_december_2014_is_warned_of_before_the_stair_locks_and_the_lock_is_named() {
    let Some(program) = release() else { return };
    let folder = project("scenarios/bund-2014");
    let raised = raised(&program, &folder, 1);
    let time = |text: &str| text.parse::<Time>().unwrap();
    let is_growth = |warning: &&Raised| {
        let is_near = ["zone/chenyi-square", "zone/levee-3", "zone/levee-4"].contains(&warning.place.as_str())
            || warning.place.starts_with("group/");
        is_near && matches!(warning.kind.as_str(), "density" | "people" | "filling" | "held-back")
    };
    let growth = raised.iter().filter(is_growth).map(|warning| warning.at).min().unwrap();
    println!("growth warned at {growth}");
    assert!(growth <= time("2014-12-31T22:30:00+08:00"), "{growth}");

    let locks: Vec<&Raised> = raised.iter().filter(|warning| warning.kind == "lock-up").collect();
    let locked = time("2014-12-31T23:23:00+08:00");
    for lock in &locks {
        println!("{} {} {} {}", lock.at, lock.level, lock.kind, lock.place);
    }
    let named = locks.iter().find(|lock| lock.place.contains("chenyi-stair-s")).unwrap();
    let after_s = named.at.since(locked).seconds();
    assert!((0.0..=120.0).contains(&after_s), "named {after_s} s after the lock");
    assert_eq!(named.level, "critical");
    assert_eq!(locks.len(), 1, "only one stair locked");
}

#[test]
fn an_ordinary_evening_has_at_most_one_precursor_that_nothing_bears_out() {
    let Some(program) = release() else { return };
    let evenings = std::env::var("YIWANG_EVENINGS").map_or(2, |text| text.parse().unwrap());
    let folder = project("sites/bund");
    let site = site_of(&folder);
    let mut failing = Vec::new();
    for seed in 1..=evenings {
        let truth = truth(&program, (&folder, &site), seed);
        let raised = raised(&program, &folder, seed);
        let precursors: Vec<&Raised> =
            raised.iter().filter(|warning| PRECURSORS.contains(&warning.kind.as_str())).collect();
        let wrong: Vec<&&Raised> = precursors.iter().filter(|one| !is_borne_out(&site, &truth, one)).collect();
        println!("seed {seed}: {} precursors, {} not borne out", precursors.len(), wrong.len());
        for warning in &wrong {
            println!("    {} {} {}", warning.at, warning.kind, warning.place);
        }
        if wrong.len() > FALSE_MAX {
            failing.push(format!("evening {seed}: {} precursors that nothing bears out", wrong.len()));
        }
    }
    // All evenings are played before any is complained of: how many fail is what one wants to know.
    assert!(failing.is_empty(), "{failing:?}");
}
