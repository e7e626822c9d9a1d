//! A site that changes: what goes on, what begins anew, what is closed.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test fails by panicking, and means the exact number")]

#[path = "town/edits.rs"]
mod edits;
mod town;

use city::CauseKind::{Density, Indicator, Silent, Surge, Word};
use city::*;
use edits::with_zones;
use engine::{City, Ledger};
use town::{Town, at, line, squares, stage, stream, street, zone};

const CAUTION: f64 = 210.0;
const CRITICAL: f64 = 410.0;

/// Adopts a changed site; the changes of warnings, each named by the site it is of.
fn adopt(town: &mut Town, seconds: i64, site: Site) -> Vec<String> {
    let old = town.city.site().unwrap().clone();
    let events = town.enter(seconds, Input::Fact(Fact::Site(Box::new(site))));
    let adopted = events.iter().position(|event| *event == Event::SiteAdopted).unwrap();
    let (before, after) = events.split_at(adopted);
    town.events.clear();
    let new = town.city.site().unwrap();
    before
        .iter()
        .filter_map(|event| line(&old, event))
        .chain(after.iter().filter_map(|event| line(new, event)))
        .collect()
}

/// The site with its zones and datastreams in reverse, so that every position means something else.
fn reversed(site: &Site) -> Site {
    let order: Vec<usize> = (0..site.zones.len()).rev().collect();
    let mut site = with_zones(site, &order);
    site.datastreams.reverse();
    site.consoles.reverse();
    site
}

fn ledger(town: &Town, zone: &str) -> Ledger {
    town.city.ledger(town.city.site().unwrap().zone_ix(&zone.into()).unwrap()).unwrap()
}

fn shown(town: &Town, zone: &str) -> ZoneState {
    town.city.zone(town.city.site().unwrap().zone_ix(&zone.into()).unwrap()).unwrap()
}

/// A street whose lines all counted once.
fn counted() -> Town {
    let mut town = Town::new(street());
    for (id, count) in [("north/in", 100.0), ("north/out", 20.0), ("steps/up", 30.0), ("steps/down", 5.0)] {
        town.observe(60, id, count);
    }
    town
}

#[test]
fn zones_and_streams_are_found_by_id_wherever_they_stand() {
    let mut town = counted();
    let (before, stair) = (shown(&town, "street"), ledger(&town, "stair"));
    assert_eq!(adopt(&mut town, 61, reversed(&street())), Vec::<String>::new());
    let after = shown(&town, "street");
    assert_eq!((after.zone, after.occupancy, after.as_of), (ZoneIx(1), before.occupancy, before.as_of));
    assert_eq!((after.in_per_min, after.knowledge), (before.in_per_min, before.knowledge));
    assert_eq!(ledger(&town, "stair"), stair);
    let events = town.observe(62, "north/in", 100.0);
    assert!(matches!(events[..], [Event::Observed(_), ..]), "{events:?}");
    let again = town.observe_interval(63, ("north/in", 0), Some(100.0));
    assert!(matches!(again[..], [Event::Duplicate(_)]), "{again:?}");
    assert_eq!(town.city.tally().taken, 5);
}

#[test]
fn a_change_and_its_undoing_leave_the_numbers_as_they_were() {
    let mut town = counted();
    let before = (ledger(&town, "street"), shown(&town, "street").occupancy, town.city.tally());
    adopt(&mut town, 61, reversed(&street()));
    adopt(&mut town, 62, street());
    assert_eq!((ledger(&town, "street"), shown(&town, "street").occupancy, town.city.tally()), before);
}

#[test]
fn a_line_that_goes_leaves_its_people_and_its_error() {
    let mut town = counted();
    let (before, people) = (shown(&town, "street").occupancy.unwrap(), ledger(&town, "street").people());
    let mut site = street();
    site.datastreams.remove(0);
    adopt(&mut town, 61, site);
    let after = shown(&town, "street").occupancy.unwrap();
    assert_eq!((ledger(&town, "street").people(), after.people), (people, people));
    assert!((after.p95 - before.p95).abs() < 0.1, "{after:?} is not as uncertain as {before:?}");
}

#[test]
fn a_stream_with_another_interval_begins_anew() {
    let mut town = counted();
    let mut site = street();
    site.datastreams[0].interval_s = 300;
    adopt(&mut town, 61, site);
    let stream = town.city.datastream(DatastreamIx(0)).unwrap();
    assert_eq!((stream.health, stream.result, stream.tally.taken), (FeedHealth::Waiting, None, 0));
    assert_eq!(ledger(&town, "street").inflow, 105.0);
    assert_eq!(shown(&town, "street").knowledge, Knowledge::Partial);
}

#[test]
fn a_count_that_waits_is_applied_before_its_stream_goes() {
    let mut town = counted();
    town.observe_interval(70, ("north/in", 120), Some(7.0));
    assert_eq!(ledger(&town, "street").inflow, 105.0);
    let mut site = street();
    site.datastreams.remove(0);
    adopt(&mut town, 71, site);
    assert_eq!(ledger(&town, "street").inflow, 112.0);
}

#[test]
fn a_count_that_waits_goes_on_waiting_in_a_stream_that_stays() {
    let mut town = counted();
    town.observe_interval(70, ("north/in", 120), Some(7.0));
    adopt(&mut town, 71, reversed(&street()));
    assert_eq!(ledger(&town, "street").inflow, 105.0);
    town.tick(129);
    assert_eq!(ledger(&town, "street").inflow, 105.0);
    town.tick(130);
    assert_eq!(ledger(&town, "street").inflow, 112.0);
}

#[test]
fn a_zone_takes_a_new_initial_number_only_while_nothing_was_heard_of_it() {
    let more = |mut site: Site| {
        site.zones[0].initial = Sourced::new(Estimate { people: 900.0, sd: 10.0 }, "counted");
        site
    };
    let mut unheard = Town::new(street());
    adopt(&mut unheard, 61, more(street()));
    assert_eq!(ledger(&unheard, "street").people(), 900.0);
    let mut heard = counted();
    adopt(&mut heard, 61, more(street()));
    assert_eq!(ledger(&heard, "street").people(), 555.0);
}

#[test]
fn a_zone_nobody_measures_any_more_is_unknown_but_its_people_are_not_forgotten() {
    let mut town = counted();
    let mut site = street();
    site.datastreams.truncate(0);
    adopt(&mut town, 61, site);
    assert_eq!((shown(&town, "street").knowledge, shown(&town, "street").occupancy), (Knowledge::Unknown, None));
    adopt(&mut town, 62, street());
    assert_eq!(ledger(&town, "street").people(), 555.0);
    assert_eq!(shown(&town, "street").knowledge, Knowledge::Unknown);
}

#[test]
fn a_zone_that_waits_for_its_other_lines_is_still_judged_in_time() {
    let mut town = counted();
    town.observe(120, "north/in", 50.0);
    adopt(&mut town, 121, reversed(&street()));
    assert_eq!(shown(&town, "street").occupancy.unwrap().people, 555.0);
    town.tick(125);
    assert_eq!(shown(&town, "street").occupancy.unwrap().people, 605.0);
}

#[test]
fn a_measure_keeps_its_state_and_one_never_touched_follows_the_site() {
    let measure = |id: &str, scheduled: bool| Measure {
        id: id.into(),
        name: Bilingual::same(id),
        kind: MeasureKind::Close,
        targets: vec![Place::Gate(GateIx(0))],
        department: DepartmentIx(0),
        setup_s: 60,
        staff: 2,
        disruption: Bilingual::same("none"),
        scheduled: scheduled.then_some(MeasureWindow { from: at(0), to: None }),
    };
    let mut site = street();
    site.measures = vec![measure("shut", false), measure("meter", false)];
    let mut town = Town::new(site);
    town.command(10, Command::SetMeasure { measure: MeasureIx(0), state: MeasureState::Ordered, why: String::new() });
    let mut site = street();
    site.measures = vec![measure("new", true), measure("meter", true), measure("shut", true)];
    adopt(&mut town, 20, site);
    let states = (0..3).map(|ix| town.city.measure(MeasureIx(ix)).unwrap());
    let states: Vec<(MeasureState, Option<Time>)> = states.map(|view| (view.state, view.since)).collect();
    let planned = (MeasureState::Planned, None);
    assert_eq!(states, [planned, planned, (MeasureState::Ordered, Some(at(10)))]);
}

#[test]
fn words_from_the_street_stay_until_their_time_or_until_their_place_is_gone() {
    let mut town = Town::new(squares(2));
    town.say(60, Place::Zone(ZoneIx(0)), Saying::NotMoving);
    town.say(60, Place::Zone(ZoneIx(1)), Saying::Pressed);
    adopt(&mut town, 61, reversed(&squares(2)));
    let said: Vec<Place> = town.city.humans().map(|record| record.observation.place).collect();
    assert_eq!(said, [Place::Zone(ZoneIx(1)), Place::Zone(ZoneIx(0))]);
    let site = town.city.site().unwrap().clone();
    let events = town.enter(62, Input::Fact(Fact::Site(Box::new(with_zones(&site, &[1])))));
    assert!(matches!(&events[0], Event::Human { record, expired: true } if record.id == HumanId(2)), "{events:?}");
    assert_eq!(town.city.humans().count(), 1);
    town.tick(959);
    assert_eq!(town.city.humans().count(), 1);
    town.tick(960);
    assert_eq!(town.city.humans().count(), 0);
}

#[test]
fn an_unsound_site_changes_nothing() {
    let mut town = counted();
    town.tick(61);
    let before = town.city.state_hash();
    let mut unsound = street();
    unsound.links[0].to = ZoneIx(2);
    let events = town.enter(61, Input::Fact(Fact::Site(Box::new(unsound))));
    assert_eq!(Town::refusal(&events), Some(RejectionReason::UnsoundSite));
    assert_eq!(town.city.state_hash(), before);
}

#[test]
fn an_id_that_is_there_twice_does_not_confuse() {
    let mut site = squares(3);
    site.zones[2].id = "z0".into();
    site.datastreams[2].id = "z0/camera".into();
    let mut town = Town::new(site);
    for ix in 0..3 {
        let row = Observation {
            datastream: DatastreamIx(ix),
            phenomenon_time: at(0),
            result_time: at(60),
            result: Some(CRITICAL),
        };
        town.enter(60, Input::Fact(Fact::Observations([row].into_iter().collect())));
    }
    adopt(&mut town, 61, squares(2));
    assert_eq!(town.city.warnings().count(), 2);
}

#[test]
fn row_42_a_warning_goes_on_in_a_changed_site() {
    let mut town = Town::new(squares(2));
    town.observe(60, "z0/camera", CRITICAL);
    town.hold((60, 120), "z1/camera", CAUTION);
    let critical = town.id("zone/z0", Density);
    town.command(130, Command::Shelve { warning: critical, why: "drill".to_owned(), until: at(170) });
    assert_eq!(adopt(&mut town, 131, reversed(&squares(2))), Vec::<String>::new());
    assert_eq!(town.warning("zone/z0", Density).unwrap().evidence.observations, [(DatastreamIx(1), at(0))]);
    assert_eq!(town.city.pending_effects().len(), 2);
    town.tick(180);
    town.check(&[
        "00:02:50 unshelved zone/z0 density critical #1 sounded 3",
        "00:03:00 raised zone/z1 density caution #2 sounded 1",
    ]);
    town.tick(240);
    town.check(&["00:04:00 escalated zone/z0 density critical #1 sounded 4"]);
    assert_eq!(town.warning("zone/z0", Density).unwrap().console, ConsoleIx(0));
    let warning = town.id("zone/z0", Density);
    town.command(250, Command::Acknowledge { warning });
    town.hold((300, 960), "z0/camera", 0.0);
    town.check(&[
        "00:04:10 acknowledged zone/z0 density critical #1 sounded 4",
        "00:16:00 returned zone/z0 density critical #1 sounded 4",
        "00:16:00 closed zone/z0 density critical #1 sounded 4",
    ]);
}

#[test]
fn row_42_new_levels_and_times_hold_at_once() {
    let mut town = Town::new(squares(1));
    town.observe(60, "z0/camera", CAUTION);
    let mut site = squares(1);
    site.zones[0].ladder.value = Ladder { caution: 0.5, warning: 1.0, critical: 2.0 };
    assert_eq!(adopt(&mut town, 70, site), ["00:01:10 raised zone/z0 density critical #1 sounded 1"]);
    town.hold((120, 180), "z0/camera", 10.0);
    let mut site = squares(1);
    site.rules.quiet_s = 30;
    let lines = adopt(&mut town, 181, site);
    assert_eq!(lines, ["00:03:01 returned zone/z0 density critical #1 sounded 2"]);
}

#[test]
fn row_42_a_longer_quiet_time_is_waited_for() {
    let mut town = Town::new(squares(1));
    town.observe(60, "z0/camera", CRITICAL);
    town.observe(120, "z0/camera", 10.0);
    let mut site = squares(1);
    site.rules.quiet_s = 900;
    site.rules.next_console_s = 10_000;
    site.rules.commander_s = 10_000;
    adopt(&mut town, 121, site);
    town.tick(2000);
    town.check(&["00:17:00 returned zone/z0 density critical #1 sounded 2"]);
}

#[test]
fn row_42_an_indicator_is_judged_by_its_new_levels() {
    let mut site = street();
    let mut town = Town::new(site.clone());
    town.observe(60, "stage", 3.0);
    site.datastreams[5].levels.as_mut().unwrap().critical = 3.0;
    site.datastreams[5].levels.as_mut().unwrap().warning = 2.5;
    site.datastreams[5].levels.as_mut().unwrap().caution = 2.0;
    assert_eq!(adopt(&mut town, 61, site), ["00:01:01 raised datastream/stage indicator critical #1 sounded 1"]);
}

#[test]
fn row_42_a_feed_is_silent_by_its_new_time() {
    let mut site = squares(1);
    site.datastreams[0].silent_after_s = 3600;
    let mut town = Town::new(site);
    town.observe(60, "z0/camera", 10.0);
    let mut site = squares(1);
    site.datastreams[0].silent_after_s = 100;
    adopt(&mut town, 600, site.clone());
    assert_eq!(town.city.datastream(DatastreamIx(0)).unwrap().health, FeedHealth::Silent);
    town.tick(720);
    town.check(&["00:12:00 raised datastream/z0/camera silent caution #1 sounded 1"]);
    site.datastreams[0].silent_after_s = 0;
    assert_eq!(
        adopt(&mut town, 721, site.clone()),
        ["00:12:01 closed datastream/z0/camera silent caution #1 sounded 1"]
    );
    site.datastreams[0].silent_after_s = 60;
    adopt(&mut town, 722, site);
    town.tick(842);
    town.check(&["00:14:02 raised datastream/z0/camera silent caution #2 sounded 1"]);
}

#[test]
fn row_43_a_warning_whose_place_is_gone_is_closed() {
    let mut town = Town::new(squares(2));
    town.observe(60, "z0/camera", CRITICAL);
    town.say(61, Place::Zone(ZoneIx(0)), Saying::Fallen);
    assert_eq!(
        adopt(&mut town, 62, with_zones(&squares(2), &[1])),
        ["00:01:02 closed zone/z0 density critical #1 sounded 1", "00:01:02 closed zone/z0 word critical #2 sounded 1"]
    );
    assert_eq!((town.city.warnings().count(), town.city.pending_effects().len()), (0, 0));
    town.tick(10_000);
    town.check(&[]);
    assert!(town.warning("zone/z0", Word).is_none());
}

#[test]
fn row_43_a_warning_that_nothing_judges_any_more_is_closed() {
    let without = [
        |site: &mut Site| site.zones[0].area_m2 = None,
        |site: &mut Site| site.datastreams.clear(),
        |site: &mut Site| site.zones[0].id = "other".into(),
    ];
    for edit in without {
        let mut town = Town::new(squares(1));
        town.observe(60, "z0/camera", CRITICAL);
        let mut site = squares(1);
        edit(&mut site);
        assert_eq!(adopt(&mut town, 61, site), ["00:01:01 closed zone/z0 density critical #1 sounded 1"]);
        town.tick(5000);
        town.check(&[]);
    }
    let mut site = street();
    let mut town = Town::new(site.clone());
    town.observe(60, "stage", 5.0);
    site.datastreams[5].levels.as_mut().unwrap().purpose = LevelUse::Colour;
    assert_eq!(adopt(&mut town, 61, site), ["00:01:01 closed datastream/stage indicator critical #1 sounded 1"]);
}

#[test]
fn row_44_a_warning_whose_console_is_gone_goes_to_the_leads_first() {
    let mut town = counted();
    town.observe(61, "stage", 5.0);
    town.observe(62, "stair/camera", 1000.0);
    assert_eq!(town.warning("datastream/stage", Indicator).unwrap().console, ConsoleIx(1));
    let mut site = street();
    site.consoles.remove(1);
    town.effects.clear();
    assert_eq!(adopt(&mut town, 70, site), ["00:01:10 escalated datastream/stage indicator critical #1 sounded 2"]);
    assert_eq!(town.warning("datastream/stage", Indicator).unwrap().console, ConsoleIx(0));
    let notified: Vec<ConsoleIx> =
        town.effects.iter().map(|Effect { kind: EffectKind::Notify { console, .. }, .. }| *console).collect();
    assert_eq!((notified, town.city.pending_effects().len()), (vec![ConsoleIx(0)], 2));
}

#[test]
fn row_44_a_critical_that_was_at_the_commanders_stays_with_the_commander() {
    let mut town = Town::new(squares(1));
    town.observe(60, "z0/camera", CRITICAL);
    town.tick(240);
    let mut site = squares(1);
    site.consoles[2].id = "chief".into();
    adopt(&mut town, 241, site);
    assert_eq!(town.warning("zone/z0", Density).unwrap().console, ConsoleIx(2));
}

#[test]
fn row_45_members_of_a_surge_whose_place_is_gone_speak_for_themselves() {
    let mut site = squares(1);
    (0..4).for_each(|ix| site.datastreams.push(stage(&format!("stage-{ix}"))));
    let mut town = Town::new(site.clone());
    (0..4).for_each(|ix| drop(town.observe(60, &format!("stage-{ix}"), 3.6)));
    town.tick(200);
    assert_eq!(town.warning("datastream/stage-0", Surge).unwrap().members.len(), 4);
    site.datastreams.remove(1);
    let lines = adopt(&mut town, 201, site);
    assert_eq!(
        lines,
        [
            "00:03:21 closed datastream/stage-0 indicator caution #1 sounded 1 in 5",
            "00:03:21 closed datastream/stage-0 surge caution #5 sounded 1",
            "00:03:21 grouped datastream/stage-1 indicator caution #2 sounded 2",
            "00:03:21 grouped datastream/stage-2 indicator caution #3 sounded 2",
            "00:03:21 grouped datastream/stage-3 indicator caution #4 sounded 1"
        ]
    );
}

#[test]
fn row_45_a_surge_goes_on_without_the_members_that_are_gone() {
    let mut town = Town::new(squares(5));
    (0..5).for_each(|ix| drop(town.observe(60, &format!("z{ix}/camera"), CAUTION)));
    town.tick(200);
    adopt(&mut town, 201, with_zones(&squares(5), &[4, 3]));
    let surge = town.warning("site", Surge).unwrap();
    assert_eq!(
        (surge.members.clone(), surge.activity),
        (vec![Place::Zone(ZoneIx(1)), Place::Zone(ZoneIx(0))], Activity::Active)
    );
    let lines = adopt(&mut town, 202, with_zones(&squares(5), &[0]));
    assert_eq!(lines.last().unwrap(), "00:03:22 closed site surge caution #5 sounded 1");
}

#[test]
fn row_46_an_indicator_in_another_unit_keeps_its_warning_until_it_speaks() {
    let mut site = street();
    let mut town = Town::new(site.clone());
    town.observe(60, "stage", 5.0);
    town.observe(120, "stage", 3.0);
    site.datastreams[5].unit = "cm".to_owned();
    adopt(&mut town, 121, site);
    town.events.clear();
    let warning = town.id("datastream/stage", Indicator);
    town.command(122, Command::Acknowledge { warning });
    town.tick(3600);
    town.check(&["00:02:02 acknowledged datastream/stage indicator critical #1 sounded 2"]);
    town.hold((3660, 4260), "stage", 3.0);
    town.check(&[
        "01:11:00 returned datastream/stage indicator critical #1 sounded 2",
        "01:11:00 closed datastream/stage indicator critical #1 sounded 2",
    ]);
}

#[test]
fn a_silence_of_many_forgets_the_feeds_that_are_gone() {
    let mut site = squares(5);
    site.datastreams.iter_mut().for_each(|stream| stream.silent_after_s = 180);
    let mut town = Town::new(site.clone());
    (0..5).for_each(|ix| drop(town.observe(60, &format!("z{ix}/camera"), 10.0)));
    town.tick(600);
    let mut site = reversed(&site);
    site.datastreams.truncate(2);
    adopt(&mut town, 601, site);
    let silence = town.warning("site", Silent).unwrap();
    assert_eq!(silence.members, [Place::Datastream(DatastreamIx(1)), Place::Datastream(DatastreamIx(0))]);
    adopt(&mut town, 602, {
        let mut site = squares(5);
        site.datastreams.truncate(1);
        site
    });
    town.tick(1202);
    assert!(town.warning("site", Silent).is_none());
}

#[test]
fn a_snapshot_of_a_changed_site_is_loaded_and_goes_on_alike() {
    let mut town = counted();
    town.observe_interval(70, ("north/in", 120), Some(7.0));
    let mut site = reversed(&street());
    site.zones.push(zone("square", ZoneKind::Moving, 100.0));
    site.datastreams.push(stream("square/camera", Role::AreaCount { zone: ZoneIx(2) }));
    adopt(&mut town, 71, site);
    let mut restored = Town { city: City::from_snapshot(&town.city.snapshot()).unwrap(), ..town.clone() };
    for town in [&mut town, &mut restored] {
        town.observe(130, "square/camera", CRITICAL);
        town.tick(500);
    }
    assert_eq!(town.city.state_hash(), restored.city.state_hash());
}
