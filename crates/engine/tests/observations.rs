//! Observations: order, lateness, repetition, revision, missing results, refusals, silence.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test fails by panicking, and means the exact number")]

mod town;

use city::*;
use town::{Town, at, street};

/// What observations did, as `observed 4`, with the minute their interval starts.
fn taken(events: &[Event]) -> Vec<String> {
    let minute = |row: &Observation| row.phenomenon_time.since(at(0)).micros() / 60_000_000;
    events
        .iter()
        .filter_map(|event| match event {
            Event::Observed(row) => Some(format!("observed {}", minute(row))),
            Event::Late(row) => Some(format!("late {}", minute(row))),
            Event::Revised { observation, was } => Some(format!("revised {} was {was:?}", minute(observation))),
            Event::Duplicate(row) => Some(format!("duplicate {}", minute(row))),
            Event::Rejected(rejection) => Some(format!("rejected {:?}", rejection.reason)),
            _ => None,
        })
        .collect()
}

/// Observations of one stream, each `(second it arrives, minute its interval starts, result)`, and what they did.
#[track_caller]
fn check(rows: &[(i64, i64, Option<f64>)], expected: &[&str]) -> Town {
    let mut town = Town::new(street());
    town.events.clear();
    for (seconds, minute, result) in rows {
        town.observe_interval(*seconds, ("north/in", minute * 60), *result);
    }
    assert_eq!(taken(&town.events), expected);
    town
}

fn inflow(town: &Town) -> f64 {
    town.city.ledger(ZoneIx(0)).unwrap().inflow
}

#[test]
fn an_observation_that_follows_is_applied_at_once() {
    let town = check(&[(60, 0, Some(5.0)), (120, 1, Some(6.0))], &["observed 0", "observed 1"]);
    assert_eq!(inflow(&town), 11.0);
}

#[test]
fn one_that_leaves_a_gap_waits_until_the_gap_fills() {
    let rows = [(60, 0, Some(5.0)), (180, 2, Some(7.0)), (190, 3, Some(8.0)), (200, 1, Some(6.0))];
    let town = check(&rows, &["observed 0", "observed 1", "observed 2", "observed 3"]);
    assert_eq!((inflow(&town), town.city.tally().late), (26.0, 0));
}

#[test]
fn one_that_leaves_a_gap_is_applied_when_its_time_is_over() {
    let mut town = check(&[(60, 0, Some(5.0)), (180, 2, Some(7.0)), (200, 3, Some(8.0))], &["observed 0"]);
    assert_eq!(town.city.tally().taken, 3);
    assert_eq!(taken(&town.tick(239)), [""; 0]);
    assert_eq!(taken(&town.tick(240)), ["observed 2", "observed 3"]);
}

#[test]
fn what_arrived_before_its_predecessor_is_applied_after_it() {
    let mut town = check(&[(60, 0, Some(5.0)), (300, 4, Some(9.0)), (310, 3, Some(8.0))], &["observed 0"]);
    assert_eq!(taken(&town.tick(360)), ["observed 3", "observed 4"]);
}

#[test]
fn an_uneven_clock_is_never_held() {
    let mut town = Town::new(street());
    let starts = [0, 61, 119, 182, 241];
    for from in starts {
        town.observe_interval(from + 60, ("north/in", from), Some(1.0));
    }
    assert_eq!(inflow(&town), 5.0);
}

#[test]
fn a_night_without_service_loses_and_reorders_nothing() {
    let rows = [(60, 0, Some(1.0)), (36_060, 600, Some(2.0)), (36_120, 601, Some(3.0)), (36_180, 602, Some(4.0))];
    let town = check(&rows, &["observed 0", "observed 600", "observed 601", "observed 602"]);
    assert_eq!((inflow(&town), town.city.tally().taken), (10.0, 4));
}

#[test]
fn a_momentary_reading_is_never_held() {
    let mut site = street();
    site.datastreams[5].interval_s = 0;
    let mut town = Town::new(site);
    for seconds in [10, 500, 4000] {
        town.observe_interval(seconds, ("stage", seconds), Some(1.0));
    }
    town.observe_interval(4001, ("stage", 3999), Some(2.0));
    let stage = town.city.datastream(DatastreamIx(5)).unwrap();
    assert_eq!((stage.result, stage.tally.taken, stage.tally.late), (Some(1.0), 4, 1));
}

#[test]
fn people_counted_late_are_still_there() {
    let rows = [(60, 0, Some(5.0)), (180, 2, Some(7.0)), (400, 1, Some(6.0))];
    let town = check(&rows, &["observed 0", "observed 2", "late 1"]);
    assert_eq!((inflow(&town), town.city.tally().late), (18.0, 1));
    assert_eq!(town.city.datastream(DatastreamIx(0)).unwrap().result, Some(7.0));
}

#[test]
fn the_same_again_changes_nothing() {
    let rows = [(60, 0, Some(5.0)), (60, 0, Some(5.0)), (120, 1, None), (120, 1, None)];
    let town = check(&rows, &["observed 0", "duplicate 0", "observed 1", "duplicate 1"]);
    let tally = town.city.tally();
    assert_eq!((inflow(&town), tally.taken, tally.missing, tally.duplicates), (5.0, 2, 1, 2));
}

#[test]
fn a_later_version_revises_and_its_difference_enters_the_stock() {
    let rows = [(60, 0, Some(5.0)), (120, 1, Some(9.0)), (130, 0, Some(7.0))];
    let town = check(&rows, &["observed 0", "observed 1", "revised 0 was Some(5.0)"]);
    assert_eq!((inflow(&town), town.city.tally().revised, town.city.tally().duplicates), (16.0, 1, 0));
}

#[test]
fn an_older_version_changes_nothing() {
    let mut town = check(&[(60, 0, Some(5.0)), (130, 0, Some(7.0))], &["observed 0", "revised 0 was Some(5.0)"]);
    let old =
        Observation { datastream: DatastreamIx(0), phenomenon_time: at(0), result_time: at(60), result: Some(5.0) };
    let events = town.enter(140, Input::Fact(Fact::Observations([old].into_iter().collect())));
    assert_eq!(taken(&events), ["duplicate 0"]);
    assert_eq!(inflow(&town), 7.0);
}

#[test]
fn of_two_results_of_one_moment_the_riskier_stands() {
    for results in [[5.0, 9.0, 5.0], [9.0, 5.0, 9.0]] {
        let mut town = Town::new(street());
        for result in results {
            town.observe_interval(60, ("north/in", 0), Some(result));
            town.observe_interval(60, ("north/out", 0), Some(result));
        }
        let ledger = town.city.ledger(ZoneIx(0)).unwrap();
        assert_eq!((ledger.inflow, ledger.outflow), (9.0, 5.0));
    }
}

#[test]
fn what_waits_can_be_revised_and_enters_once() {
    let mut town = check(&[(60, 0, Some(5.0)), (180, 2, Some(7.0)), (190, 2, Some(8.0))], &["observed 0"]);
    town.tick(300);
    assert_eq!((inflow(&town), town.city.tally().revised), (13.0, 1));
}

#[test]
fn a_missing_result_is_taken_and_is_not_zero() {
    let mut town = check(&[(60, 0, Some(60.0))], &["observed 0"]);
    town.tick(66);
    let before = town.city.zone(ZoneIx(0)).unwrap().occupancy.unwrap();
    town.observe_interval(120, ("north/in", 60), None);
    town.tick(126);
    let after = town.city.zone(ZoneIx(0)).unwrap().occupancy.unwrap();
    assert_eq!(town.city.datastream(DatastreamIx(0)).unwrap().result, None);
    assert_eq!((before.people, town.city.tally().missing), (after.people, 1));
    assert!(after.p95 - after.p05 > before.p95 - before.p05);
    assert_eq!(town.city.zone(ZoneIx(0)).unwrap().in_per_min, 60.0);
}

#[test]
fn what_may_be_a_repetition_beyond_memory_only_revises_history() {
    let mut town = Town::new(street());
    for minute in 1..=80 {
        town.observe(60 * (minute + 1), "north/in", 1.0);
    }
    let events = town.observe_interval(4900, ("north/in", 120), Some(1.0));
    assert_eq!((taken(&events), inflow(&town)), (vec!["late 2".to_owned()], 80.0));
    let known = Observation {
        datastream: DatastreamIx(0),
        phenomenon_time: at(60 * 70),
        result_time: at(60 * 71),
        result: Some(1.0),
    };
    let events = town.enter(4901, Input::Fact(Fact::Observations([known].into_iter().collect())));
    assert_eq!(taken(&events), ["duplicate 70"]);
}

#[test]
fn what_cannot_be_is_refused_with_its_reason_and_counted() {
    use RejectionReason::{AboveMax, BelowMin, Future, Negative, NotFinite, UnknownDatastream};
    let mut site = street();
    (site.datastreams[5].min, site.datastreams[5].max) = (Some(-1.0), Some(10.0));
    let mut town = Town::new(site);
    let cases = [
        (0, 0, -1.0, Negative),
        (0, 0, f64::INFINITY, NotFinite),
        (0, 0, f64::NAN, NotFinite),
        (0, 181, 1.0, Future),
        (0, 0, 1.1e7, AboveMax),
        (5, 0, -1.5, BelowMin),
        (5, 0, 10.5, AboveMax),
        (99, 0, 1.0, UnknownDatastream),
    ];
    for (ix, from, result, reason) in cases {
        let row = Observation {
            datastream: DatastreamIx(ix),
            phenomenon_time: at(from),
            result_time: at(60),
            result: Some(result),
        };
        let events = town.enter(60, Input::Fact(Fact::Observations([row].into_iter().collect())));
        assert_eq!(Town::refusal(&events), Some(reason), "{row:?}");
    }
    let of = |ix: u32| town.city.datastream(DatastreamIx(ix)).unwrap();
    assert_eq!((town.city.tally().rejected, of(0).tally.rejected, of(5).tally.rejected), (8, 5, 2));
    assert_eq!((of(0).health, of(0).result), (FeedHealth::Waiting, None));
}

#[test]
fn a_phenomenon_time_as_far_ahead_as_allowed_is_taken() {
    check(&[(60, 3, Some(1.0))], &["observed 3"]);
}

#[test]
fn one_entry_names_each_value_once() {
    let mut town = Town::new(street());
    let rows = (0..5).map(|minute| Observation {
        datastream: DatastreamIx(5),
        phenomenon_time: at(minute * 60),
        result_time: at(minute * 60 + 60),
        result: Some(1.0),
    });
    let events = town.enter(300, Input::Fact(Fact::Observations(rows.collect())));
    let named = |events: &[Event]| events.iter().filter(|event| matches!(event, Event::DatastreamValue(_))).count();
    assert_eq!(named(&events), 1);
    let events = town.observe(360, "stage", 1.0);
    assert_eq!(named(&events), 1);
}

#[test]
fn a_feed_falls_silent_at_its_own_time_and_speaks_again() {
    let mut site = street();
    site.datastreams[5].silent_after_s = 180;
    let mut town = Town::new(site);
    town.hold((60, 300), "stage", 1.0);
    town.events.clear();
    town.tick(10_000);
    town.observe(10_020, "stage", 1.0);
    let feeds: Vec<_> = town
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Feed { health, since, .. } => Some((*health, since.since(at(0)).micros() / 1_000_000)),
            _ => None,
        })
        .collect();
    assert_eq!(feeds, [(FeedHealth::Silent, 480), (FeedHealth::Speaking, 10_020)]);
}

#[test]
fn nothing_but_time_and_a_site_enters_an_empty_city() {
    let mut town = Town::default();
    let row = Observation { datastream: DatastreamIx(0), phenomenon_time: at(0), result_time: at(0), result: None };
    let events = town.enter(60, Input::Fact(Fact::Observations([row].into_iter().collect())));
    assert_eq!(Town::refusal(&events), Some(RejectionReason::NoSite));
    assert!(town.tick(61).is_empty());
    assert_eq!(town.city.now(), at(61));
    let mut unsound = street();
    unsound.gates[0].zone = ZoneIx(9);
    let events = town.enter(62, Input::Fact(Fact::Site(Box::new(unsound))));
    assert_eq!(Town::refusal(&events), Some(RejectionReason::UnsoundSite));
}

#[test]
fn the_same_site_again_changes_nothing_and_a_changed_one_goes_on() {
    let mut town = check(&[(60, 0, Some(5.0))], &["observed 0"]);
    town.say(61, Place::Zone(ZoneIx(0)), Saying::NotMoving);
    assert!(town.enter(62, Input::Fact(Fact::Site(Box::new(street())))).is_empty());
    assert_eq!(inflow(&town), 5.0);
    let mut other = street();
    other.name = Bilingual::same("other");
    let events = town.enter(63, Input::Fact(Fact::Site(Box::new(other))));
    assert_eq!(events, [Event::SiteAdopted]);
    assert_eq!((inflow(&town), town.city.warnings().count(), town.city.tally().taken), (5.0, 1, 1));
    town.say(64, Place::Zone(ZoneIx(1)), Saying::NotMoving);
    assert_eq!(town.city.warnings().last().unwrap().id, WarningId(2));
}

#[test]
fn an_entry_of_a_newer_schema_is_refused_but_time_goes_on() {
    let mut town = Town::new(street());
    let entry = Entry {
        seq: Seq(2),
        time: at(60),
        actor: "local".into(),
        source: "test".into(),
        schema: ENTRY_SCHEMA + 1,
        input: Input::Tick,
    };
    let outcome = engine::apply(&mut town.city, &entry);
    assert_eq!(Town::refusal(&outcome.events), Some(RejectionReason::UnknownSchema));
    assert_eq!((town.city.now(), town.city.seq()), (at(60), Seq(2)));
}

#[test]
fn what_waits_in_a_full_queue_is_applied_when_its_time_is_over() {
    let mut town = Town::new(street());
    town.observe_interval(10_000, ("north/in", 0), Some(1.0));
    let held = engine::limits::HELD_MAX as i64;
    for ix in 1..=held + 1 {
        town.observe_interval(10_000 + ix, ("north/in", ix * 240), Some(1.0));
    }
    assert_eq!(inflow(&town), 2.0);
    town.tick(10_061 + held);
    assert_eq!(inflow(&town), (held + 2) as f64);
}
