//! The evening at the Bund against the facts of 2 October 2019 and against its own books.
//!
//! Not here: what the engine makes of the rows.
//! Invariant: every fact of the evening in docs/evening.md has a test here.

#![allow(clippy::unwrap_used, reason = "the helpers of these tests are tests too")]

use std::collections::BTreeSet;

use city::{Access, Command, Fact, GateIx, GateKind, GroupIx, Input, LinkIx, MeasureState, Role, Site, ZoneIx, ZoneKind};
use sim::{
    Evening, MINUTES, Moment, PEAK_MINUTE, Passage, Simulated, VISITS_BEFORE_START, VISITS_OF_DAY, evening, time_of,
};

fn bund() -> Site {
    let reading = formats::site::read(formats::site::SiteTexts {
        toml: include_str!("../../../sites/bund/site.toml"),
        geojson: Some(include_str!("../../../sites/bund/site.geojson")),
        folder_name: "bund",
    });
    let advice = formats::site::Severity::Advice;
    assert!(reading.problems.iter().all(|problem| problem.severity == advice), "{:#?}", reading.problems);
    reading.site.unwrap()
}

fn played(site: &Site) -> Evening {
    evening(site, 1).unwrap()
}

/// What really happened, minute by minute.
struct Truth(Vec<Moment>);

impl Truth {
    fn of(evening: &Evening) -> Self {
        Self(evening.play().clone().map(|step| step.moment).collect())
    }

    fn people(&self, zone: ZoneIx, minute: usize) -> u32 {
        self.0[minute].people[zone.index()]
    }

    fn people_in_group(&self, site: &Site, group: GroupIx, minute: usize) -> u32 {
        site.groups[group.index()].members.iter().map(|zone| self.people(*zone, minute)).sum()
    }

    fn through(&self, gate: GateIx, minute: usize) -> Passage {
        self.0[minute].gates[gate.index()]
    }

    fn along(&self, link: LinkIx, minute: usize) -> Passage {
        self.0[minute].links[link.index()]
    }

    fn arrivals(&self) -> u32 {
        self.0.iter().flat_map(|moment| &moment.gates).map(|passage| passage.forward).sum()
    }
}

fn group(site: &Site, id: &str) -> GroupIx {
    site.group_ix(&id.into()).unwrap()
}

/// The largest value of a group and its minute.
fn peak(site: &Site, id: &str) -> (u32, usize) {
    let truth = Truth::of(&played(site));
    let group = group(site, id);
    (0..=MINUTES).map(|minute| (truth.people_in_group(site, group, minute), minute)).max().unwrap()
}

fn close_to(value: u32, fact: f64, share: f64) -> bool {
    (f64::from(value) - fact).abs() <= share * fact
}

#[test]
fn the_greater_area_and_the_core_peak_when_and_where_they_did() {
    let site = bund();
    for (id, fact) in [("greater", 220_000.0), ("waterfront", 72_000.0)] {
        let (people, minute) = peak(&site, id);
        assert!(minute.abs_diff(PEAK_MINUTE) <= 5, "{id} peaks at minute {minute}");
        assert!(close_to(people, fact, 0.01), "{id} peaks with {people}");
    }
}

#[test]
fn the_day_has_550_000_visits() {
    let visits = VISITS_BEFORE_START + Truth::of(&played(&bund())).arrivals();
    assert!(close_to(visits, f64::from(VISITS_OF_DAY), 0.005), "{visits}");
}

#[test]
fn people_are_conserved_in_every_zone_and_minute() {
    let site = bund();
    let truth = Truth::of(&played(&site));
    for minute in 1..=MINUTES {
        let mut people: Vec<i64> =
            (0..site.zones.len()).map(|zone| i64::from(truth.people(ZoneIx::from(zone), minute - 1))).collect();
        for (index, gate) in site.gates.iter().enumerate() {
            let passage = truth.through(index.into(), minute);
            people[gate.zone.index()] += i64::from(passage.forward) - i64::from(passage.backward);
        }
        for (index, link) in site.links.iter().enumerate() {
            let passage = truth.along(index.into(), minute);
            let net = i64::from(passage.forward) - i64::from(passage.backward);
            people[link.from.index()] -= net;
            people[link.to.index()] += net;
        }
        for (zone, people) in people.into_iter().enumerate() {
            assert_eq!(
                people,
                i64::from(truth.people(ZoneIx::from(zone), minute)),
                "{} at {minute}",
                site.zones[zone].id
            );
        }
    }
}

#[test]
fn the_site_says_who_is_there_at_four() {
    let site = bund();
    let truth = Truth::of(&played(&site));
    for (index, zone) in site.zones.iter().enumerate() {
        let people = f64::from(truth.people(index.into(), 0));
        let initial = zone.initial.value;
        assert!((people - initial.people).abs() <= initial.sd.max(1.0), "{}: {people} for {initial:?}", zone.id);
        assert!(zone.initial.source.starts_with("assumption"));
    }
}

#[test]
fn the_road_is_empty_until_it_is_opened_at_18_05_and_after_it_is_given_back() {
    let site = bund();
    let truth = Truth::of(&played(&site));
    let road = |minute: usize| -> u32 {
        let zones = site.zones.iter().enumerate().filter(|(_, zone)| zone.access == Access::VehicleUntilOpened);
        zones.map(|(index, _)| truth.people(index.into(), minute)).sum()
    };
    assert!((0..=125).all(|minute| road(minute) == 0));
    assert!(road(PEAK_MINUTE) > 8_000, "{}", road(PEAK_MINUTE));
    assert!((375..=MINUTES).all(|minute| road(minute) == 0));
}

#[test]
fn nobody_climbs_a_stair_while_it_is_down_only() {
    let site = bund();
    let truth = Truth::of(&played(&site));
    let measure = site.measure_ix(&"stairs-down-only".into()).unwrap();
    for target in &site.measures[measure.index()].targets {
        let city::Place::Link(link) = *target else { panic!("{target:?}") };
        let climbed = |minute: usize| truth.along(link, minute).forward;
        assert!(climbed(110) > 0);
        assert!((124..365).all(|minute| climbed(minute) == 0), "{}", site.place_id(*target));
    }
}

#[test]
fn metro_exits_fall_when_trains_skip_the_station_and_the_tunnel_stays_shut() {
    let site = bund();
    let truth = Truth::of(&played(&site));
    let through = |kind: GateKind, minute: usize| -> u32 {
        let gates = site.gates.iter().enumerate().filter(|(_, gate)| gate.kind == kind);
        gates.map(|(index, _)| truth.through(index.into(), minute).forward).sum()
    };
    assert!(through(GateKind::Metro, 25) > 10 * through(GateKind::Metro, 45));
    let tunnel = site.gate_ix(&"sightseeing-tunnel".into()).unwrap();
    assert!((0..=MINUTES).all(|minute| truth.through(tunnel, minute).forward == 0));
}

/// The densest part of each zone with an area at each minute, with the zone's position.
fn peak_densities<'a>(site: &'a Site, truth: &'a Truth) -> impl Iterator<Item = (usize, usize, f64)> + 'a {
    site.zones.iter().enumerate().flat_map(move |(index, zone)| {
        let area = zone.area_m2.as_ref().unwrap().value;
        let people = move |minute| f64::from(truth.people(index.into(), minute));
        (0..=MINUTES).map(move |minute| (index, minute, people(minute) / area * zone.peak_factor))
    })
}

#[test]
fn no_zone_is_truly_critical_whatever_the_seed() {
    let site = bund();
    for seed in 1..=4 {
        for (zone, minute, density) in peak_densities(&site, &Truth::of(&evening(&site, seed).unwrap())) {
            let zone = &site.zones[zone];
            assert!(density < zone.ladder.value.critical, "seed {seed}: {} at {minute}: {density}", zone.id);
        }
    }
}

#[test]
fn the_square_and_its_stair_come_to_warning_before_18_00_and_ease_after_the_measures() {
    let site = bund();
    let truth = Truth::of(&played(&site));
    for id in ["chenyi-square", "chenyi-stair-s-lower", "chenyi-stair-s-upper", "chenyi-stair-n"] {
        let zone = site.zone_ix(&id.into()).unwrap().index();
        let most = |minutes: std::ops::Range<usize>| {
            let here = peak_densities(&site, &truth).filter(|row| row.0 == zone && minutes.contains(&row.1));
            here.map(|row| row.2).fold(0.0, f64::max)
        };
        assert!(most(90..120) >= site.zones[zone].ladder.value.warning, "{id}: {}", most(90..120));
        assert!(most(140..420) < 0.9 * most(90..120), "{id}: {} after {}", most(140..420), most(90..120));
    }
    let warned = peak_densities(&site, &truth)
        .filter(|(zone, minute, density)| *minute < 120 && *density >= site.zones[*zone].ladder.value.warning)
        .map(|row| row.0)
        .collect::<BTreeSet<_>>();
    assert!(warned.len() <= 15, "{}", warned.len());
}

#[test]
fn the_same_seed_gives_the_same_rows_and_another_seed_others() {
    let site = bund();
    let first: Vec<Simulated> = evening(&site, 5).unwrap().collect();
    let again: Vec<Simulated> = evening(&site, 5).unwrap().collect();
    let other: Vec<Simulated> = evening(&site, 6).unwrap().collect();
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[test]
fn facts_come_in_order_of_time_from_every_stream_of_the_site() {
    let site = bund();
    let mut now = time_of(0);
    let mut speaking = BTreeSet::new();
    for simulated in played(&site) {
        assert!(simulated.time >= now);
        now = simulated.time;
        if let Input::Fact(Fact::Observations(batch)) = &simulated.input {
            assert!(batch.result_times().iter().all(|time| *time <= simulated.time));
            for row in batch.iter() {
                let stream = &site.datastreams[row.datastream.index()];
                let Some(result) = row.result else { continue };
                assert!(stream.min.is_none_or(|min| result >= min), "{}: {result}", stream.id);
                assert!(stream.max.is_none_or(|max| result <= max), "{}: {result}", stream.id);
                speaking.insert(row.datastream.index());
            }
        }
    }
    assert_eq!(speaking.len(), site.datastreams.len());
}

#[test]
fn every_scheduled_and_every_decided_measure_is_seen_in_force() {
    let site = bund();
    let seen: Vec<(String, String)> = played(&site)
        .filter_map(|simulated| match simulated.input {
            Input::Fact(Fact::MeasureObserved { measure, state: MeasureState::InForce }) => {
                Some((site.measures[measure.index()].id.to_string(), simulated.time.to_string()))
            }
            _ => None,
        })
        .collect();
    let expected = [
        ("tunnel-shut", "2019-10-02T08:00:00Z"),
        ("skip-stop-nanjing-east", "2019-10-02T08:30:00Z"),
        ("exit-only-roads", "2019-10-02T09:00:00Z"),
        ("ferries-cut", "2019-10-02T09:30:00Z"),
        ("stairs-down-only", "2019-10-02T10:04:00Z"),
        ("open-zhongshan-east-1", "2019-10-02T10:05:00Z"),
        ("wiper-crossing", "2019-10-02T10:05:00Z"),
    ];
    assert_eq!(seen, expected.map(|(id, time)| (id.to_owned(), time.to_owned())));
}

#[test]
fn the_decided_measures_are_ordered_at_six_and_labelled_automatic() {
    let site = bund();
    let orders: Vec<(String, String, String)> = played(&site)
        .filter_map(|simulated| match simulated.input {
            Input::Command(Command::SetMeasure { measure, state: MeasureState::Ordered, .. }) => Some((
                site.measures[measure.index()].id.to_string(),
                simulated.time.to_string(),
                simulated.actor.unwrap().to_string(),
            )),
            _ => None,
        })
        .collect();
    let at_six = |id: &str| (id.to_owned(), "2019-10-02T10:00:00Z".to_owned(), "automatic".to_owned());
    let mut ids: Vec<_> = orders.clone();
    ids.sort();
    let mut expected = vec![at_six("open-zhongshan-east-1"), at_six("stairs-down-only"), at_six("wiper-crossing")];
    expected.sort();
    assert_eq!(ids, expected);
}

#[test]
fn the_site_keeps_the_sizes_the_design_asks_for() {
    let site = bund();
    for (index, zone) in site.zones.iter().enumerate() {
        let area = zone.area_m2.as_ref().unwrap();
        assert!(!area.source.is_empty(), "{}", zone.id);
        let small = matches!(zone.kind, ZoneKind::Stair | ZoneKind::Landing);
        let limit = if small { 100.0 } else { 5_000.0 };
        assert!(area.value <= limit, "{}: {}", zone.id, area.value);
        let counted = |role: &Role| matches!(role, Role::AreaCount { zone } if zone.index() == index);
        assert!(site.datastreams.iter().any(|stream| counted(&stream.role)), "{} has no camera", zone.id);
    }
}
