//! Rows 61 to 69 of docs/warnings.md: doubted readings that raise risk, and who is asked to look.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test fails by panicking, and means the exact number")]

mod town;

use city::*;
use town::{Town, at, squares, street};

/// A square in the east with a camera, and posts near and far.
fn square() -> Site {
    let mut site = squares(2);
    site.rules.group_places = 100;
    site.datastreams[0].position = Some(Position { lon: 121.49, lat: 31.24 });
    site.posts = vec![
        post("far", 1, Some(Position { lon: 121.45, lat: 31.2 })),
        post("near", 1, Some(Position { lon: 121.4905, lat: 31.2403 })),
    ];
    site
}

fn post(id: &str, zone: u32, position: Option<Position>) -> Post {
    Post { id: id.into(), name: Bilingual::same(id), zone: ZoneIx(zone), position }
}

/// Half an hour of a camera that sees about 60 people, its changes forgotten.
fn quiet(site: Site) -> Town {
    let mut town = Town::new(site);
    for minute in 1..=30 {
        town.observe(60 * minute, "z0/camera", 60.0 + (7 * minute % 11) as f64);
        town.observe(60 * minute, "z1/camera", 40.0 + (5 * minute % 7) as f64);
    }
    town.events.clear();
    town
}

/// As [`quiet`], and the camera leaps to 180.
fn leapt(site: Site) -> Town {
    let mut town = quiet(site);
    for minute in 31..=33 {
        town.observe(60 * minute, "z0/camera", 150.0 + minute as f64);
        town.observe(60 * minute, "z1/camera", 40.0 + (5 * minute % 7) as f64);
    }
    town
}

const CAMERA: &str = "datastream/z0/camera";

#[test]
fn row_61_a_leap_upwards_that_nothing_bears_out_asks_an_officer_to_look() {
    let mut town = leapt(square());
    town.check(&["00:32:00 raised datastream/z0/camera check caution #1 sounded 1"]);
    let warning = town.warning(CAMERA, CauseKind::Check).unwrap();
    assert_eq!(warning.value, Some(181.0), "the reading as it was when it was raised: {warning:?}");
    let figure = |kind| warning.evidence.figures.iter().find(|figure| figure.kind == kind).map(|figure| figure.value);
    assert!(figure(FigureKind::Expected).unwrap() < 75.0 && figure(FigureKind::Deviations).unwrap() > 6.0);
    let findings = &town.city.datastream(DatastreamIx(0)).unwrap().findings;
    assert_eq!((findings.len(), findings[0].kind, findings[0].response), (1, FindingKind::Jump, Response::Check));
}

#[test]
fn row_72_a_check_joins_an_active_surge_in_silence() {
    let mut site = squares(4);
    site.rules.group_places = 3;
    let mut town = Town::new(site);
    for minute in 1..=64 {
        let here = if minute > 60 { 180.0 } else { 60.0 };
        let there = if minute > 30 { 220.0 } else { 40.0 };
        town.observe(60 * minute, "z0/camera", here + (7 * minute % 11) as f64);
        for camera in ["z1/camera", "z2/camera", "z3/camera"] {
            town.observe(60 * minute, camera, there + (5 * minute % 7) as f64);
        }
    }
    let surge = town.id("site", CauseKind::Surge);
    let check = town.warning(CAMERA, CauseKind::Check).unwrap();
    assert_eq!((check.grouped_in, check.soundings), (Some(surge), 0));
}

#[test]
fn row_62_a_doubted_reading_that_is_no_worse_asks_nobody() {
    let mut town = quiet(square());
    for minute in 31..=60 {
        town.observe(60 * minute, "z0/camera", 64.0);
    }
    assert_eq!(town.city.datastream(DatastreamIx(0)).unwrap().findings[0].kind, FindingKind::Stuck);
    town.check(&[]);
}

#[test]
fn row_63_a_check_returns_when_its_finding_is_over_and_the_quiet_time_too() {
    let mut town = leapt(square());
    town.events.clear();
    for minute in 34..=80 {
        town.observe(60 * minute, "z0/camera", 60.0 + (7 * minute % 11) as f64);
    }
    let lines = town.lines();
    assert!(lines.last().unwrap().contains("closed datastream/z0/camera check"), "{lines:?}");
    assert!(town.city.datastream(DatastreamIx(0)).unwrap().findings.is_empty());
}

#[test]
fn row_64_an_officer_who_says_clear_answers_the_check() {
    let mut town = leapt(square());
    town.events.clear();
    town.say(34 * 60, Place::Zone(ZoneIx(0)), Saying::Clear);
    for minute in 35..=44 {
        town.observe(60 * minute, "z0/camera", 150.0 + minute as f64);
    }
    town.tick(44 * 60 + 30);
    town.check(&[
        "00:44:00 returned datastream/z0/camera check caution #1 sounded 1",
        "00:44:00 closed datastream/z0/camera check caution #1 sounded 1",
    ]);
}

#[test]
fn row_65_a_doubted_reading_judges_its_zone_all_the_same() {
    let mut town = quiet(square());
    for minute in 31..=36 {
        town.observe(60 * minute, "z0/camera", 330.0 + minute as f64);
        town.observe(60 * minute, "z1/camera", 40.0 + (5 * minute % 7) as f64);
    }
    let lines = town.lines();
    assert!(lines.iter().any(|line| line.contains("raised datastream/z0/camera check caution")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("raised zone/z0 density warning")), "{lines:?}");
}

#[test]
fn row_66_the_nearest_post_is_named_by_distance_or_else_by_links() {
    let town = leapt(square());
    assert_eq!(town.warning(CAMERA, CauseKind::Check).unwrap().evidence.post, Some(PostIx(1)));
    let mut site = square();
    site.datastreams[0].position = None;
    site.posts = vec![post("nowhere", 1, None)];
    let link = street().links.remove(0);
    site.links = vec![Link { from: ZoneIx(1), to: ZoneIx(0), ..link }];
    let town = leapt(site);
    assert_eq!(town.warning(CAMERA, CauseKind::Check).unwrap().evidence.post, Some(PostIx(0)));
    let mut site = square();
    site.posts.clear();
    assert_eq!(leapt(site).warning(CAMERA, CauseKind::Check).unwrap().evidence.post, None);
}

#[test]
fn row_67_a_check_of_a_sensor_that_is_no_more_or_tells_something_else_closes() {
    let mut town = leapt(square());
    town.events.clear();
    let mut site = square();
    site.datastreams[0].role = Role::AreaCount { zone: ZoneIx(1) };
    town.enter(34 * 60, Input::Fact(Fact::Site(Box::new(site))));
    assert!(town.warning(CAMERA, CauseKind::Check).is_none());
    let ended = |event: &Event| matches!(event, Event::Finding { change: FindingChange::Ended, .. });
    assert!(town.events.iter().any(ended));
    town.check(&["00:34:00 closed datastream/z0/camera check caution #1 sounded 1"]);
}

#[test]
fn row_68_silence_gaps_and_a_wrong_clock_ask_nobody() {
    let mut site = square();
    site.datastreams[0].silent_after_s = 200;
    site.datastreams[1].silent_after_s = 0;
    let mut town = quiet(site);
    for minute in 31..=60 {
        if minute % 3 == 0 {
            town.observe(60 * minute, "z0/camera", 60.0 + (7 * minute % 11) as f64);
        }
    }
    let kinds = |town: &Town| -> Vec<FindingKind> {
        town.city.datastream(DatastreamIx(0)).unwrap().findings.iter().map(|finding| finding.kind).collect()
    };
    assert_eq!(kinds(&town), [FindingKind::Dropout]);
    town.tick(4000);
    assert!(kinds(&town).contains(&FindingKind::Silent));
    assert!(town.lines().iter().all(|line| !line.contains("check")), "no check");
}

#[test]
fn row_69_a_leap_that_neighbours_share_is_nobodys_fault() {
    let mut town = quiet(square());
    let mut site = square();
    let link = street().links.remove(0);
    site.links = vec![Link { from: ZoneIx(1), to: ZoneIx(0), ..link }];
    town.enter(30 * 60 + 1, Input::Fact(Fact::Site(Box::new(site))));
    town.events.clear();
    for minute in 31..=34 {
        town.observe(60 * minute, "z0/camera", 150.0 + minute as f64);
        town.observe(60 * minute, "z1/camera", 150.0 + minute as f64);
    }
    assert!(town.city.datastream(DatastreamIx(0)).unwrap().findings.is_empty());
    town.check(&[]);
    assert_eq!(town.city.now(), at(34 * 60));
}
