//! Zones and groups: people, uncertainty, density, levels, officers, measures.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test fails by panicking, and means the exact number")]

mod town;

use city::*;
use town::{Town, at, empty_site, squares, stream, street, zone};

const STREET: ZoneIx = ZoneIx(0);
const STAIR: ZoneIx = ZoneIx(1);

/// All four lines of the street count in the same minute.
fn minute(town: &mut Town, seconds: i64, counts: [f64; 4]) {
    for (id, count) in ["north/in", "north/out", "steps/up", "steps/down"].into_iter().zip(counts) {
        town.observe(seconds, id, count);
    }
}

fn people(town: &Town, zone: ZoneIx) -> f64 {
    town.city.zone(zone).unwrap().occupancy.unwrap().people
}

fn corrections(events: &[Event]) -> Vec<(u32, f64, CorrectionCause)> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Corrected(correction) => Some((correction.zone.0, correction.people, correction.by)),
            _ => None,
        })
        .collect()
}

#[test]
fn people_are_initial_plus_flows() {
    let mut town = Town::new(street());
    minute(&mut town, 60, [100.0, 20.0, 30.0, 5.0]);
    assert_eq!((people(&town, STREET), people(&town, STAIR)), (555.0, 25.0));
    let street = town.city.zone(STREET).unwrap();
    assert_eq!((street.in_per_min, street.out_per_min), (105.0, 50.0));
    assert_eq!((street.density_per_m2, street.level_of_service), (Some(0.555), Some(LevelOfService::C)));
    assert_eq!((street.as_of, street.knowledge), (Some(at(60)), Knowledge::Known));
}

#[test]
fn a_stair_is_not_judged_by_half_of_its_counts() {
    let mut town = Town::new(street());
    minute(&mut town, 60, [0.0, 0.0, 10.0, 0.0]);
    town.observe(120, "steps/up", 400.0);
    assert_eq!(people(&town, STAIR), 10.0);
    town.observe(122, "steps/down", 400.0);
    assert_eq!(people(&town, STAIR), 10.0);
    town.check(&[]);
    town.observe(180, "steps/up", 400.0);
    town.tick(184);
    town.check(&[]);
    town.tick(185);
    town.check(&["00:03:05 raised zone/stair density critical #1 sounded 1"]);
}

#[test]
fn nobody_is_below_zero_and_the_correction_is_an_event() {
    let mut town = Town::new(street());
    minute(&mut town, 60, [0.0, 0.0, 0.0, 8.0]);
    assert_eq!(corrections(&town.events), [(1, 8.0, CorrectionCause::Floor)]);
    assert_eq!(people(&town, STAIR), 0.0);
    assert_eq!(town.city.ledger(STAIR).unwrap().corrections, 8.0);
}

#[test]
fn the_interval_grows_with_what_was_counted_and_shrinks_with_an_area_count() {
    let mut site = street();
    (2..4).for_each(|ix| site.datastreams[ix].reads_per_person.sd = 0.05);
    site.datastreams[4].error_share = 0.01;
    let mut town = Town::new(site);
    let width = |town: &Town| town.city.zone(STAIR).unwrap().occupancy.map(|people| people.p95 - people.p05).unwrap();
    minute(&mut town, 60, [0.0, 0.0, 1000.0, 1000.0]);
    let first = width(&town);
    // 5 % each way, of which 15 % in variance is the direction's own: 27 people, and the counts' own noise of 35 each way.
    assert!((1.645 * 27.0..2.0 * 1.645 * 80.0).contains(&first), "{first}");
    minute(&mut town, 120, [0.0, 0.0, 1000.0, 1000.0]);
    assert!(width(&town) > 1.3 * first, "{} after {first}", width(&town));
    town.observe(120, "stair/camera", 40.0);
    assert!(width(&town) < 15.0, "{}", width(&town));
    let (_, _, by) = corrections(&town.events)[0];
    assert_eq!(by, CorrectionCause::AreaCount { datastream: DatastreamIx(4), phenomenon_time: at(60) });
    assert!((people(&town, STAIR) - 40.0).abs() < 2.0, "{}", people(&town, STAIR));
}

#[test]
fn a_zone_seen_only_by_a_camera_follows_it() {
    let mut town = Town::new(squares(1));
    for (seconds, count) in [(60, 10.0), (120, 150.0), (180, 90.0)] {
        town.observe(seconds, "z0/camera", count);
        let shown = town.city.zone(ZoneIx(0)).unwrap().occupancy.unwrap();
        assert!((shown.people / count - 1.0).abs() < 0.03 && shown.p05 < count && count < shown.p95, "{shown:?}");
    }
}

#[test]
fn a_zone_nothing_measures_is_unknown_without_a_number() {
    let mut site = squares(1);
    site.zones.push(zone("dark", ZoneKind::Moving, 100.0));
    site.groups.push(Group {
        id: "both".into(),
        name: Bilingual::same("both"),
        members: vec![ZoneIx(0), ZoneIx(1)],
        people: None,
    });
    let mut town = Town::new(site);
    assert_eq!(town.city.zone(ZoneIx(0)).unwrap().occupancy, None);
    town.observe(60, "z0/camera", 350.0);
    let dark = town.city.zone(ZoneIx(1)).unwrap();
    assert_eq!((dark.knowledge, dark.occupancy, dark.density_per_m2), (Knowledge::Unknown, None, None));
    let both = town.city.group(GroupIx(0)).unwrap();
    assert_eq!((both.knowledge, both.unknown_members, both.level), (Knowledge::Unknown, 1, Level::Warning));
    assert_eq!(both.occupancy.unwrap().people, 350.0);
}

#[test]
fn a_silent_feed_makes_its_zone_partly_known_and_less_certain() {
    let mut site = street();
    site.datastreams[0].silent_after_s = 180;
    let mut town = Town::new(site);
    minute(&mut town, 60, [100.0, 100.0, 0.0, 0.0]);
    let before = town.city.zone(STREET).unwrap().occupancy.unwrap();
    town.tick(600);
    let after = town.city.zone(STREET).unwrap();
    assert_eq!(after.knowledge, Knowledge::Partial);
    assert!(after.occupancy.unwrap().p95 > before.p95 + 500.0, "{after:?}");
    assert_eq!(after.occupancy.unwrap().people, before.people);
}

#[test]
fn the_peak_factor_decides_the_level() {
    let mut site = squares(1);
    site.zones[0].peak_factor = 2.5;
    let mut town = Town::new(site);
    town.observe(60, "z0/camera", 90.0);
    let zone = town.city.zone(ZoneIx(0)).unwrap();
    assert_eq!((zone.density_per_m2, zone.peak_density_per_m2, zone.level), (Some(0.9), Some(2.25), Level::Caution));
}

#[test]
fn a_network_has_people_but_no_density() {
    let mut site = empty_site();
    let mut network = zone("metro", ZoneKind::Network, 1.0);
    network.area_m2 = None;
    site.zones.push(network);
    site.gates.push(Gate {
        id: "s00".into(),
        name: Bilingual::same("s00"),
        zone: ZoneIx(0),
        kind: GateKind::Metro,
        position: None,
    });
    site.datastreams.push(stream("s00/entries", Role::GateCount { gate: GateIx(0), flow: GateFlow::In }));
    let mut town = Town::new(site);
    town.observe(60, "s00/entries", 100_000.0);
    let zone = town.city.zone(ZoneIx(0)).unwrap();
    assert_eq!((zone.occupancy.unwrap().people, zone.density_per_m2), (100_000.0, None));
    assert_eq!((zone.level, zone.level_of_service), (Level::Normal, None));
}

#[test]
fn zones_are_sampled_on_the_minute() {
    let mut town = Town::new(squares(1));
    town.observe(90, "z0/camera", 10.0);
    let events = town.tick(245);
    let minutes: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::ZoneSample(sample) => Some((sample.at.since(at(0)).micros() / 1_000_000, sample.people)),
            _ => None,
        })
        .collect();
    assert_eq!(minutes, [(120, 10.0), (180, 10.0), (240, 10.0)]);
}

#[test]
fn a_century_without_observations_is_passed_quickly() {
    let mut town = Town::new(squares(1));
    town.observe(60, "z0/camera", 10.0);
    let events = town.enter_at(Time::MAX, Input::Tick);
    assert!(events.len() < 2_000, "{}", events.len());
}

#[test]
fn an_officers_count_stands_beside_the_estimate_and_corrects_it() {
    let mut town = Town::new(street());
    minute(&mut town, 60, [0.0; 4]);
    town.events.clear();
    town.say(70, Place::Zone(STREET), Saying::Count { people: 800.0 });
    let street = town.city.zone(STREET).unwrap();
    let officer = street.officer.unwrap();
    assert_eq!((officer.lower, officer.upper, officer.until), (800.0, 800.0, at(970)));
    assert_eq!(corrections(&town.events)[0].2, CorrectionCause::Human);
    assert!((700.0..=800.0).contains(&street.occupancy.unwrap().people), "{street:?}");
    town.tick(970);
    assert_eq!(town.city.zone(STREET).unwrap().officer, None);
}

#[test]
fn an_officers_bound_corrects_once_and_does_not_swallow_who_comes_after() {
    let mut town = Town::new(street());
    minute(&mut town, 60, [0.0; 4]);
    town.say(70, Place::Zone(STREET), Saying::Bound { lower: 0.0, upper: 300.0 });
    assert_eq!(people(&town, STREET), 300.0);
    minute(&mut town, 120, [200.0, 0.0, 0.0, 0.0]);
    assert_eq!(people(&town, STREET), 500.0);
}

#[test]
fn what_an_officer_cannot_mean_is_refused() {
    let mut town = Town::new(street());
    let count = Saying::Count { people: 10.0 };
    let cases = [
        (Place::Zone(ZoneIx(9)), count, RejectionReason::UnknownPlace),
        (Place::Gate(GateIx(0)), count, RejectionReason::UnknownPlace),
        (Place::Datastream(DatastreamIx(0)), Saying::Fallen, RejectionReason::UnknownPlace),
        (Place::Zone(STREET), Saying::Count { people: f64::NAN }, RejectionReason::BadNumber),
        (Place::Zone(STREET), Saying::Bound { lower: 9.0, upper: 3.0 }, RejectionReason::BadNumber),
    ];
    for (place, saying, reason) in cases {
        assert_eq!(Town::refusal(&town.say(60, place, saying)), Some(reason), "{place:?} {saying:?}");
    }
    assert_eq!(town.city.humans().count(), 0);
}

#[test]
fn a_road_is_closed_until_its_opening_is_seen() {
    let mut site = squares(1);
    site.zones[0].access = Access::VehicleUntilOpened;
    site.measures.push(Measure {
        id: "open".into(),
        name: Bilingual::same("open"),
        kind: MeasureKind::OpenRoad,
        targets: vec![Place::Zone(ZoneIx(0))],
        department: DepartmentIx(0),
        setup_s: 600,
        staff: 20,
        disruption: Bilingual::same("traffic"),
        scheduled: None,
    });
    let mut town = Town::new(site);
    let measure = MeasureIx(0);
    let order = |state| Command::SetMeasure { measure, state, why: "full".to_owned() };
    let seen = |state| Input::Fact(Fact::MeasureObserved { measure, state });
    let is_open = |town: &Town| town.city.zone(ZoneIx(0)).unwrap().open;
    town.command(60, order(MeasureState::Ordered));
    assert!(!is_open(&town));
    let events = town.command(61, order(MeasureState::InForce));
    assert_eq!(Town::refusal(&events), Some(RejectionReason::StateNotAllowed));
    town.enter(62, seen(MeasureState::InForce));
    assert!(is_open(&town));
    assert_eq!(town.city.measure(measure).unwrap().since, Some(at(62)));
    let events = town.enter(63, seen(MeasureState::Planned));
    assert_eq!(Town::refusal(&events), Some(RejectionReason::StateNotAllowed));
    town.command(64, order(MeasureState::Off));
    assert!(is_open(&town), "only the street ends what is in force");
    town.enter(65, seen(MeasureState::Off));
    assert!(!is_open(&town));
}

#[test]
fn a_counting_line_with_levels_of_its_own_shows_and_warns_by_them_beside_its_zones() {
    let levels = |purpose| IndicatorLevels {
        caution: 100.0,
        warning: 200.0,
        critical: 300.0,
        side: Side::Above,
        purpose,
        source: "test".to_owned(),
    };
    let level = |town: &Town, id| town.city.datastream(town.stream(id)).unwrap().level;
    let mut site = street();
    site.datastreams[0].levels = Some(levels(LevelUse::Colour));
    site.datastreams[2].levels = Some(levels(LevelUse::Warn));
    let mut town = Town::new(site);
    minute(&mut town, 60, [250.0, 0.0, 350.0, 340.0]);
    assert_eq!(level(&town, "north/in"), Level::Warning);
    assert!(town.warning("datastream/north/in", CauseKind::Indicator).is_none(), "it only colours");
    assert_eq!(level(&town, "steps/up"), Level::Critical);
    let warning = town.warning("datastream/steps/up", CauseKind::Indicator).unwrap();
    assert_eq!((warning.level, warning.value), (Level::Critical, Some(350.0)));
    assert_eq!(people(&town, STREET), 500.0 + 250.0 - 350.0 + 340.0);
    minute(&mut town, 120, [10.0, 0.0, 20.0, 20.0]);
    assert_eq!((level(&town, "north/in"), level(&town, "steps/up")), (Level::Normal, Level::Normal));
}
