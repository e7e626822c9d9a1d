//! The rows of docs/warnings.md on many places at once: surges, and feeds that fall silent together.
//!
//! Not here: one place alone (rows), a changed site (changes).
//! Invariant: `rows` compares the numbers of these tests with the table.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod town;

use city::CauseKind::{Density, Silent, Surge};
use city::*;
use town::{Town, squares, stage};

const CAUTION: f64 = 210.0;
const WARNING: f64 = 310.0;
const CRITICAL: f64 = 410.0;

/// Four squares at caution, raised one second after the other: a surge.
fn surge() -> Town {
    let mut town = Town::new(squares(8));
    for ix in 0..4 {
        town.observe(60 + ix, &format!("z{ix}/camera"), CAUTION);
    }
    town.tick(200);
    town
}

#[test]
fn row_28_four_places_make_one_surge() {
    let mut town = surge();
    town.check(&[
        "00:03:00 raised zone/z0 density caution #1 sounded 1",
        "00:03:01 raised zone/z1 density caution #2 sounded 1",
        "00:03:02 raised zone/z2 density caution #3 sounded 1",
        "00:03:03 raised site surge caution #5 sounded 1",
        "00:03:03 grouped zone/z0 density caution #1 sounded 1 in 5",
        "00:03:03 grouped zone/z1 density caution #2 sounded 1 in 5",
        "00:03:03 grouped zone/z2 density caution #3 sounded 1 in 5",
        "00:03:03 raised zone/z3 density caution #4 sounded 0 in 5",
    ]);
    assert_eq!(town.warning("site", Surge).unwrap().members.len(), 4);
}

#[test]
fn row_29_a_later_place_joins_silently_and_after_a_pause_audibly() {
    let mut town = surge();
    town.lines();
    town.observe(210, "z4/camera", CAUTION);
    town.tick(330);
    town.check(&[
        "00:05:30 raised zone/z4 density caution #6 sounded 0 in 5",
        "00:05:30 grouped site surge caution #5 sounded 1",
    ]);
    town.observe(1000, "z5/camera", CAUTION);
    town.tick(1120);
    town.check(&[
        "00:18:40 raised zone/z5 density caution #7 sounded 0 in 5",
        "00:18:40 grouped site surge caution #5 sounded 2",
    ]);
}

#[test]
fn row_30_a_worse_member_lifts_the_surge_once() {
    let mut town = surge();
    town.lines();
    town.observe(240, "z0/camera", WARNING);
    town.observe(241, "z1/camera", WARNING);
    town.tick(400);
    town.check(&[
        "00:05:00 worsened zone/z0 density warning #1 sounded 1 in 5",
        "00:05:00 worsened site surge warning #5 sounded 2",
        "00:05:01 worsened zone/z1 density warning #2 sounded 1 in 5",
    ]);
}

/// The surge at warning since 00:05:00, by its first member.
fn surge_at_warning() -> Town {
    let mut town = surge();
    town.observe(240, "z0/camera", WARNING);
    town.tick(300);
    town.lines();
    town
}

#[test]
fn row_70_a_caution_joins_a_surge_at_warning_in_silence() {
    let mut town = surge_at_warning();
    town.observe(1000, "z4/camera", CAUTION);
    town.tick(1120);
    town.check(&[
        "00:18:40 raised zone/z4 density caution #6 sounded 0 in 5",
        "00:18:40 grouped site surge warning #5 sounded 2",
    ]);
    // The caution was no news, so a warning soon after it is.
    town.observe(1130, "z5/camera", WARNING);
    town.tick(1190);
    town.check(&[
        "00:19:50 raised zone/z5 density warning #7 sounded 0 in 5",
        "00:19:50 grouped site surge warning #5 sounded 3",
    ]);
    town.observe(1200, "z6/camera", CRITICAL);
    town.check(&["00:20:00 raised zone/z6 density critical #8 sounded 1"]);
}

#[test]
fn row_71_a_place_that_comes_and_goes_sounds_its_surge_only_after_half_an_hour() {
    let mut town = surge();
    town.observe(240, "z4/camera", CAUTION);
    town.tick(400);
    for at in [420, 480, 540, 600] {
        town.observe(at, "z4/camera", 50.0);
    }
    town.tick(1200);
    assert!(town.warning("zone/z4", Density).is_none());
    town.observe(1260, "z4/camera", CAUTION);
    town.tick(1500);
    assert_eq!(town.warning("zone/z4", Density).unwrap().soundings, 0);
    assert_eq!(town.warning("site", Surge).unwrap().soundings, 1);
    town.observe(1560, "z4/camera", 50.0);
    town.tick(2400);
    town.observe(4000, "z4/camera", CAUTION);
    town.tick(4200);
    assert_eq!(town.warning("site", Surge).unwrap().soundings, 2);
}

#[test]
fn row_31_a_critical_leaves_the_surge_and_sounds_alone() {
    let mut town = surge();
    town.lines();
    town.observe(240, "z0/camera", CRITICAL);
    town.check(&["00:04:00 worsened zone/z0 density critical #1 sounded 2"]);
    assert_eq!(town.warning("site", Surge).unwrap().members.len(), 3);
    town.observe(250, "z4/camera", CRITICAL);
    town.check(&["00:04:10 raised zone/z4 density critical #6 sounded 1"]);
}

#[test]
fn row_32_acknowledging_a_surge_acknowledges_its_members() {
    let mut town = surge();
    let warning = town.id("site", Surge);
    town.command(210, Command::Acknowledge { warning });
    assert!(town.city.warnings().all(|warning| warning.acknowledged.is_some()));
}

#[test]
fn row_33_a_surge_returns_with_its_last_member() {
    let mut town = surge();
    town.lines();
    // They leave a gap in their streams, so they wait 60 s for what is missing.
    for ix in 0..4 {
        town.observe(240 + ix, &format!("z{ix}/camera"), 50.0);
    }
    town.tick(902);
    assert_eq!(town.city.warnings().count(), 2);
    town.lines();
    town.tick(903);
    town.check(&[
        "00:15:03 returned zone/z3 density caution #4 sounded 0 in 5",
        "00:15:03 closed zone/z3 density caution #4 sounded 0 in 5",
        "00:15:03 returned site surge caution #5 sounded 1",
        "00:15:03 closed site surge caution #5 sounded 1",
    ]);
    assert_eq!(town.city.warnings().count(), 0);
}

#[test]
fn row_34_feeds_silent_together_are_one_silence() {
    let mut site = squares(6);
    site.datastreams.iter_mut().for_each(|stream| stream.silent_after_s = 180);
    let mut town = Town::new(site);
    for ix in 0..5 {
        town.observe(60 + ix, &format!("z{ix}/camera"), 10.0);
    }
    town.tick(3600);
    town.check(&["00:06:00 raised site silent caution #1 sounded 1"]);
    assert_eq!(town.warning("site", Silent).unwrap().members.len(), 5);
    for seconds in (3660..=4260).step_by(60) {
        (0..5).for_each(|ix| {
            town.observe(seconds, &format!("z{ix}/camera"), 10.0);
        });
    }
    town.check(&[
        "01:11:00 returned site silent caution #1 sounded 1",
        "01:11:00 closed site silent caution #1 sounded 1",
    ]);
}

#[test]
fn a_surge_at_another_console_does_not_take_the_lead_consoles_place() {
    let mut site = squares(3);
    for ix in 0..4 {
        site.datastreams.push(stage(&format!("stage-{ix}")));
    }
    let mut town = Town::new(site);
    for ix in 0..3 {
        town.observe(60, &format!("z{ix}/camera"), CAUTION);
    }
    for ix in 0..4 {
        town.observe(60, &format!("stage-{ix}"), 3.6);
    }
    town.tick(200);
    assert!(town.warning("site", Surge).is_none());
    assert_eq!(town.warning("datastream/stage-0", Surge).unwrap().console, ConsoleIx(1));
}
