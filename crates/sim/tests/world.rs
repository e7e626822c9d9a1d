//! The walkers against their own books: the same people under every measure, measures obeyed by their share, the
//! evening's peaks on several seeds, and the stair that locked in 2014.
//!
//! Not here: sensors and the order of inputs (`evening`).
//! Invariant: every fact of docs/evening.md that is about people has a test here or in `evening`.

#![allow(clippy::unwrap_used, reason = "the helpers of these tests are tests too")]

use city::{MeasureKind, Site, Time, ZoneKind};
use sim::demand::{self, Demand};
use sim::{Moment, Spell, World, WorldError, WorldStart, spells};

fn read(toml: &str, geojson: &str) -> Site {
    let reading = formats::site::read(formats::site::SiteTexts { toml, geojson: Some(geojson), folder_name: "site" });
    reading.site.unwrap_or_else(|| panic!("{:#?}", reading.problems))
}

fn bund() -> (Site, Demand) {
    let site = read(include_str!("../../../sites/bund/site.toml"), include_str!("../../../sites/bund/site.geojson"));
    let reading = demand::read(demand::BUND_EVENING, &site);
    let demand = reading.demand.unwrap_or_else(|| panic!("{:?}", reading.problems));
    (site, demand)
}

fn night_of_2014() -> (Site, Demand) {
    let site = read(
        include_str!("../../../scenarios/bund-2014/site.toml"),
        include_str!("../../../scenarios/bund-2014/site.geojson"),
    );
    let reading = demand::read(include_str!("../../../scenarios/bund-2014/demand.toml"), &site);
    let demand = reading.demand.unwrap_or_else(|| panic!("{:?}", reading.problems));
    (site, demand)
}

fn world(site: &Site, demand: &Demand, (seed, days): (u64, u32), measures: Vec<Spell>) -> World {
    World::new(WorldStart { site, demand, seed, days, measures }).unwrap()
}

/// A measure in force from the start, obeyed by `share`.
fn measure(site: &Site, demand: &Demand, (kind, targets): (MeasureKind, &[&str]), share: f64) -> Spell {
    Spell {
        measure: None,
        kind,
        targets: targets.iter().map(|target| site.place(target).unwrap()).collect(),
        decided: None,
        from: demand.start,
        to: None,
        obeyed_share: share,
        per_min: 5.0,
    }
}

fn link(site: &Site, id: &str) -> usize {
    site.link_ix(&id.into()).unwrap().index()
}

fn zone(site: &Site, id: &str) -> usize {
    site.zone_ix(&id.into()).unwrap().index()
}

fn in_group(site: &Site, id: &str, moment: &Moment) -> f64 {
    let members = &site.groups[site.group_ix(&id.into()).unwrap().index()].members;
    f64::from(members.iter().map(|zone| moment.people[zone.index()]).sum::<u32>())
}

#[test]
fn the_same_people_come_with_and_without_measures() {
    let (site, mut demand) = night_of_2014();
    demand.minutes = 40;
    let roster = |given: &[(MeasureKind, &[&str])]| {
        let measures = given.iter().map(|what| measure(&site, &demand, *what, 0.95)).collect();
        let mut world = world(&site, &demand, (7, 1), measures);
        world.by_ref().for_each(drop);
        world.roster()
    };
    let free = roster(&[]);
    assert_eq!(
        free,
        roster(
            &[(MeasureKind::Close, &["gate/nanjing-n-west"]), (MeasureKind::OneWay, &["link/chenyi-stair-n-foot"]),]
        )
    );
    assert_eq!(
        free,
        roster(&[(MeasureKind::Meter, &["gate/nanjing-s-west"]), (MeasureKind::Divert, &["zone/levee-1"]),])
    );
}

#[test]
fn people_are_diverted_to_zones_and_to_nothing_else() {
    let (site, demand) = night_of_2014();
    for place in ["gate/nanjing-n-west", "link/chenyi-stair-n-foot"] {
        let measures = vec![measure(&site, &demand, (MeasureKind::Divert, &["zone/levee-1", place]), 0.95)];
        let refused = World::new(WorldStart { site: &site, demand: &demand, seed: 1, days: 1, measures }).unwrap_err();
        assert_eq!(refused, WorldError::Idle { place: place.to_owned() });
    }
}

#[test]
fn a_shut_gate_and_a_closed_link_let_nobody_pass_and_people_go_round() {
    let (site, mut demand) = night_of_2014();
    demand.minutes = 30;
    let shut: &[&str] = &["gate/nanjing-n-west", "link/chenyi-stair-s-flight-1"];
    let measures = vec![measure(&site, &demand, (MeasureKind::Close, shut), 0.95)];
    let gate = site.gate_ix(&"nanjing-n-west".into()).unwrap().index();
    let stair = link(&site, "chenyi-stair-s-flight-1");
    let mut came = 0;
    for moment in world(&site, &demand, (3, 1), measures) {
        assert_eq!(moment.links[stair], sim::Passage::default());
        assert_eq!(moment.gates[gate], sim::Passage::default());
        came += moment.gates.iter().map(|passage| passage.forward).sum::<u32>();
    }
    assert!(came > 1_000, "{came}");
}

#[test]
fn a_one_way_stair_is_obeyed_by_the_stated_share() {
    let (site, mut demand) = night_of_2014();
    demand.minutes = 45;
    let foot = link(&site, "chenyi-stair-n-foot");
    let climbed = |obeyed: Option<f64>| {
        let stairs: &[&str] = &["link/chenyi-stair-n-foot", "link/chenyi-stair-n-head"];
        let one_way = |share| measure(&site, &demand, (MeasureKind::OneWay, stairs), share);
        let moments = world(&site, &demand, (5, 1), obeyed.map(one_way).into_iter().collect());
        moments.skip(20).map(|moment| moment.links[foot].forward).sum::<u32>()
    };
    let (free, none, most) = (f64::from(climbed(None)), climbed(Some(1.0)), f64::from(climbed(Some(0.8))));
    assert!(free > 100.0, "{free}");
    assert_eq!(none, 0);
    let share = most / free;
    assert!((0.05..0.4).contains(&share), "a fifth may still climb: {most} of {free}");
}

#[test]
fn the_evening_peaks_at_its_facts_with_no_zone_critical_on_three_seeds() {
    let (site, mut demand) = bund();
    demand.minutes = 200;
    for seed in [1, 8, 21] {
        let mut greater: Vec<(f64, f64)> = Vec::new();
        for moment in world(&site, &demand, (seed, 1), spells(&site, &demand)) {
            greater.push((in_group(&site, "greater", &moment), in_group(&site, "waterfront", &moment)));
            for (zone, people) in site.zones.iter().zip(&moment.people) {
                let density = f64::from(*people) / zone.area_m2.as_ref().unwrap().value * zone.peak_factor;
                assert!(density < zone.ladder.value.critical, "seed {seed}: {} {density}", zone.id);
            }
        }
        let (minute, most) = greater.iter().map(|row| row.0).enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        assert!(minute.abs_diff(170) <= 4, "seed {seed}: the area peaks at minute {minute}");
        assert!((most - 220_000.0).abs() <= 0.015 * 220_000.0, "seed {seed}: {most}");
        let core = greater[170].1;
        assert!((core - 72_000.0).abs() <= 0.02 * 72_000.0, "seed {seed}: {core} in the core");
    }
}

#[test]
fn a_stair_locks_at_23_23_in_2014_with_both_sides_full_and_the_growth_crosses_warning_before() {
    let (site, demand) = night_of_2014();
    let time = |text: &str| text.parse::<Time>().unwrap();
    let stair = link(&site, "chenyi-stair-s-flight-1");
    let sides = ["chenyi-stair-s-lower", "chenyi-stair-s-landing"].map(|id| zone(&site, id));
    let (square, levee) = (zone(&site, "chenyi-square"), zone(&site, "levee-4"));
    let crowding = |zone: usize, moment: &Moment| {
        let ground = &site.zones[zone];
        f64::from(moment.people[zone]) / ground.area_m2.as_ref().unwrap().value * ground.peak_factor
    };
    let mut before = [0_u32; 2];
    let mut warned = [None; 2];
    for moment in world(&site, &demand, (1, 1), Vec::new()) {
        assert_eq!(moment.span_s, if moment.time == demand.start { 0 } else { 30 });
        for (warned, zone) in warned.iter_mut().zip([square, levee]) {
            if warned.is_none() && crowding(zone, &moment) >= site.zones[zone].ladder.value.warning {
                *warned = Some(moment.time);
            }
        }
        let passed = moment.links[stair];
        if moment.time > time("2014-12-31T23:13:00+08:00") && moment.time <= time("2014-12-31T23:23:00+08:00") {
            before[0] += passed.forward;
            before[1] += passed.backward;
        }
        if moment.time > time("2014-12-31T23:23:30+08:00") && moment.time <= time("2014-12-31T23:35:00+08:00") {
            assert_eq!(passed, sim::Passage::default(), "nobody passes at {}", moment.time);
        }
        if moment.time == time("2014-12-31T23:27:00+08:00") {
            for zone in sides {
                assert!(crowding(zone, &moment) > 3.5, "{}: {}", site.zones[zone].id, crowding(zone, &moment));
            }
        }
    }
    assert!(before.iter().all(|flow| *flow > 250), "both flows are strong in the ten minutes before: {before:?}");
    for warned in warned {
        assert!(warned.is_some_and(|at| at < time("2014-12-31T22:20:00+08:00")), "{warned:?}");
    }
}

#[test]
fn people_stay_off_a_road_until_it_is_opened_and_no_zone_is_fuller_than_people_fit() {
    let (site, mut demand) = bund();
    demand.minutes = 60;
    for moment in world(&site, &demand, (2, 1), Vec::new()) {
        for (zone, people) in site.zones.iter().zip(&moment.people) {
            let area = zone.area_m2.as_ref().unwrap().value;
            assert!(f64::from(*people) <= 6.0 * area + 1.0, "{}: {people}", zone.id);
            if zone.access == city::Access::VehicleUntilOpened {
                assert_eq!(*people, 0, "{}", zone.id);
            }
        }
    }
}

#[test]
fn a_site_without_a_demand_has_a_usual_day_and_days_differ() {
    let (site, _) = night_of_2014();
    let mut demand = demand::usual(&site);
    demand.minutes = 120;
    let came: Vec<u32> = world(&site, &demand, (4, 2), Vec::new())
        .map(|moment| moment.gates.iter().map(|passage| passage.forward).sum::<u32>())
        .collect();
    let spans = came.len() / 2;
    let days = [came[..spans].iter().sum::<u32>(), came[spans..].iter().sum::<u32>()];
    assert!(days.iter().all(|day| *day > 100) && days[0] != days[1], "{days:?}");
    assert!(site.zones.iter().any(|zone| zone.kind == ZoneKind::Standing));
}

#[test]
fn what_a_world_cannot_be_is_said() {
    let (site, demand) = night_of_2014();
    let start = |days| WorldStart { site: &site, demand: &demand, seed: 1, days, measures: Vec::new() };
    assert_eq!(World::new(start(0)).unwrap_err(), WorldError::Days { days: 0 });
    let (bund, _) = bund();
    let foreign = WorldStart { site: &bund, ..start(1) };
    assert!(matches!(World::new(foreign), Err(WorldError::Foreign { .. })));
}

#[test]
fn the_rows_for_a_what_if_add_up_to_those_who_came() {
    let (site, mut demand) = night_of_2014();
    demand.minutes = 30;
    let mut world = world(&site, &demand, (9, 1), Vec::new());
    let first = world.next().unwrap();
    let initial = world.initial_rows();
    assert!(first.people.iter().zip(&initial).all(|(people, row)| *people == row.occupancy));
    let came: u32 = world
        .by_ref()
        .map(|moment| moment.gates.iter().chain(&moment.aside).map(|passage| passage.forward).sum::<u32>())
        .sum();
    let rows = world.demand_rows();
    let told: f64 = rows.iter().map(|row| row.people_per_min * f64::from(row.to_min - row.from_min)).sum();
    assert!((told - f64::from(came)).abs() < 1e-6, "{told} {came}");
}
