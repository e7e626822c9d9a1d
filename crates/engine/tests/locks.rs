//! Places that are locked: what silence means there.
//!
//! Not here: what a lock says about people (the estimator's own tests).
//! Invariant: a lock excuses the silence of the lines that lead into it only while it holds.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, also in its helpers")]

mod town;

use city::*;
use town::{Town, at, street};

/// The street, its north gate judged silent after 180 s, locked from 01:00 for two hours.
fn locked_street() -> Site {
    let mut site = street();
    site.datastreams.iter_mut().for_each(|stream| stream.silent_after_s = 180);
    site.zones[0].locked = Some(Lock { from: at(3600), for_s: 7200, every_s: 86_400 });
    site
}

fn health(town: &Town, id: &str) -> FeedHealth {
    town.city.datastream(town.stream(id)).unwrap().health
}

#[test]
fn a_gate_of_a_locked_street_may_be_quiet_until_it_opens() {
    let mut town = Town::new(locked_street());
    town.hold((60, 3600), "north/in", 5.0);
    town.tick(3 * 3600 + 100);
    assert_eq!(health(&town, "north/in"), FeedHealth::Speaking);
    town.tick(3 * 3600 + 200);
    assert_eq!(health(&town, "north/in"), FeedHealth::Silent, "it is open again and says nothing");
}

#[test]
fn a_gate_that_fell_silent_before_the_lock_and_a_link_to_an_open_place_are_not_excused() {
    let mut town = Town::new(locked_street());
    town.hold((60, 3000), "north/in", 5.0);
    town.hold((60, 3600), "steps/up", 5.0);
    town.tick(4000);
    assert_eq!(health(&town, "north/in"), FeedHealth::Silent);
    assert_eq!(health(&town, "steps/up"), FeedHealth::Silent, "the stair at its other end is open");
}

#[test]
fn a_camera_of_a_locked_place_still_has_to_speak() {
    let mut site = locked_street();
    site.zones[1].locked = site.zones[0].locked;
    let mut town = Town::new(site);
    town.hold((60, 3600), "stair/camera", 0.0);
    town.tick(4000);
    assert_eq!(health(&town, "stair/camera"), FeedHealth::Silent);
}
