//! Places that are locked: what silence means there, who is in them, and how far their counters disagree.
//!
//! Not here: the interval of a balance (the estimator's own tests).
//! Invariant: a lock excuses the silence of the lines that lead into it only while it holds, and never hides whom they
//! count.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, also in its helpers")]

mod town;

use city::*;
use town::{Town, at, street, zone};

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

#[test]
fn the_hours_of_a_lock_are_told_from_those_around_them() {
    let lock = Lock { from: at(3600), for_s: 7200, every_s: 86_400 };
    let between = |from: i64, to: i64| lock.seconds_between(at(from), at(to)) as i64;
    assert_eq!(between(0, 3600), 0);
    assert_eq!(between(0, 4000), 400);
    assert_eq!(between(5000, 6000), 1000);
    assert_eq!(between(0, 2 * 86_400), 2 * 7200);
    assert_eq!(between(10_800, 86_400), 0);
    let once = Lock { every_s: 0, ..lock };
    assert_eq!(once.seconds_between(at(0), at(9 * 86_400)) as i64, 7200);
}

#[test]
fn nobody_is_thought_to_have_passed_a_gate_while_its_street_was_locked() {
    let width = |lock: Option<Lock>| {
        let mut site = street();
        site.zones[0].locked = lock;
        let mut town = Town::new(site);
        for id in ["north/in", "north/out"] {
            town.hold((60, 3600), id, 5.0);
        }
        for id in ["north/in", "north/out"] {
            town.observe(3 * 3600 + 60, id, 5.0);
        }
        let people = town.city.zone(ZoneIx(0)).unwrap().occupancy.unwrap();
        people.p95 - people.p05
    };
    let (open, locked) = (width(None), width(Some(Lock { from: at(3600), for_s: 7200, every_s: 0 })));
    assert!(locked < 0.5 * open, "{locked} against {open}");
}

/// A network of one gate, empty at first, locked each day from 01:00 for two hours.
fn network() -> Site {
    let mut site = street();
    site.zones.truncate(1);
    site.zones[0] = Zone { area_m2: None, ..zone("network", ZoneKind::Network, 1.0) };
    site.zones[0].locked = Some(Lock { from: at(3600), for_s: 7200, every_s: 86_400 });
    (site.links, site.groups) = (Vec::new(), Vec::new());
    site.datastreams.truncate(2);
    site
}

fn people(town: &Town) -> Occupancy {
    town.city.zone(ZoneIx(0)).unwrap().occupancy.unwrap()
}

fn balance(event: &Event) -> Option<&Balance> {
    if let Event::Balance(balance) = event { Some(&**balance) } else { None }
}

fn balances(town: &Town) -> Vec<&Balance> {
    town.events.iter().filter_map(balance).collect()
}

/// A day of a minute's counts from 03:00 (or the beginning) to 01:00.
fn day(town: &mut Town, (from, to): (i64, i64), [entries, exits]: [f64; 2]) {
    for seconds in (from..=to).step_by(60) {
        town.observe(seconds, "north/in", entries);
        town.observe(seconds, "north/out", exits);
    }
}

#[test]
fn a_network_is_empty_while_it_is_shut_and_its_day_is_balanced_from_the_first_count_on() {
    let mut town = Town::new(network());
    day(&mut town, (60, 3600), [20.0, 19.0]);
    assert!(people(&town).people > 50.0);
    town.tick(3 * 3600 - 60);
    let night = people(&town);
    assert!(night.people < 1.0 && night.p95 < 10.0, "{night:?}");
    let [first] = balances(&town)[..] else { panic!("one balance for the first span") };
    assert!((first.counted_in - 1200.0).abs() < 1e-6 && (first.counted_out - 1140.0).abs() < 1e-6, "{first:?}");
    assert!(first.p05 < 0.95 && 0.95 < first.p95, "{first:?}");

    day(&mut town, (3 * 3600 + 60, 25 * 3600), [20.0, 20.0]);
    town.tick(27 * 3600 - 60);
    assert_eq!(balances(&town).len(), 2);
    assert!(people(&town).p95 < 10.0);
}

#[test]
fn whom_a_gate_counts_in_spite_of_a_lock_is_believed_to_be_there() {
    let mut town = Town::new(network());
    day(&mut town, (60, 3600), [20.0, 20.0]);
    town.tick(5400);
    town.observe(5460, "north/in", 400.0);
    town.tick(3 * 3600 - 60);
    assert!(people(&town).people > 350.0, "{:?}", people(&town));
}

#[test]
fn a_network_that_may_hold_people_at_the_start_has_no_balance_before_its_first_lock() {
    let mut site = network();
    site.zones[0].initial = Sourced::new(Estimate { people: 500.0, sd: 100.0 }, "assumption");
    let mut town = Town::new(site);
    day(&mut town, (60, 3600), [20.0, 25.0]);
    town.tick(3 * 3600 - 60);
    assert_eq!(balances(&town), Vec::<&Balance>::new());
    assert!(people(&town).p95 < 10.0);
}
