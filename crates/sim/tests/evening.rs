//! The evening at the Bund against the facts of 2 October 2019, and as a source of inputs.
//!
//! Not here: what the engine makes of the rows, single errors of sensors (`sensing`), laws of walking (`world`).
//! Invariant: every fact of the evening in docs/evening.md has a test here; the evening is played once for all of them.

#![allow(clippy::unwrap_used, reason = "the helpers of these tests are tests too")]

use std::collections::BTreeSet;
use std::sync::OnceLock;

use city::{Access, Command, Fact, GateKind, Input, MeasureState, Place, Role, Site, Span, Time, ZoneKind};
use sim::demand::{BUND_EVENING, Demand, read};
use sim::{Evening, Moment, Simulated, evening};

/// 16:00 in Shanghai.
const START: Time = Time::from_seconds(1_570_003_200);
/// Minutes from 16:00 to 23:00.
const MINUTES: usize = 420;
/// 18:50.
const PEAK_MINUTE: usize = 170;

fn bund() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let reading = formats::site::read(formats::site::SiteTexts {
            toml: include_str!("../../../sites/bund/site.toml"),
            geojson: Some(include_str!("../../../sites/bund/site.geojson")),
            folder_name: "bund",
        });
        reading.site.unwrap()
    })
}

fn demand() -> Demand {
    let reading = read(BUND_EVENING, bund());
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.demand.unwrap()
}

/// What came of an evening.
struct Played {
    /// The moments at whole minutes, with what passed in the minute.
    minutes: Vec<Moment>,
    inputs: Vec<Simulated>,
}

fn played() -> &'static Played {
    static PLAYED: OnceLock<Played> = OnceLock::new();
    PLAYED.get_or_init(|| play(evening(bund(), &demand(), 1).unwrap()))
}

fn play(mut evening: Evening) -> Played {
    let mut played = Played { minutes: Vec::new(), inputs: Vec::new() };
    let mut passed: Option<Moment> = None;
    while let Some(step) = evening.step() {
        played.inputs.extend(step.inputs);
        let mut moment = step.moment;
        if let Some(earlier) = passed.take() {
            add(&mut moment.gates, &earlier.gates);
            add(&mut moment.links, &earlier.links);
            add(&mut moment.aside, &earlier.aside);
        }
        if moment.time.since(START).micros() % 60_000_000 == 0 {
            played.minutes.push(moment);
        } else {
            passed = Some(moment);
        }
    }
    played
}

fn add(passages: &mut [sim::Passage], earlier: &[sim::Passage]) {
    for (passage, earlier) in passages.iter_mut().zip(earlier) {
        passage.forward += earlier.forward;
        passage.backward += earlier.backward;
    }
}

fn minute(minute: usize) -> &'static Moment {
    &played().minutes[minute]
}

fn in_group(id: &str, at: usize) -> u32 {
    let group = bund().group_ix(&id.into()).unwrap();
    bund().groups[group.index()].members.iter().map(|zone| minute(at).people[zone.index()]).sum()
}

fn time_of(minute: usize) -> Time {
    START.plus(Span::from_seconds(60 * minute as i64))
}

#[test]
fn the_greater_area_and_the_core_peak_when_and_where_they_did() {
    // The core is full a little earlier and stays so: its count hardly changes around the peak.
    for (id, fact, within_min) in [("greater", 220_000.0, 4), ("waterfront", 72_000.0, 10)] {
        let (people, at) = (0..=MINUTES).map(|minute| (in_group(id, minute), minute)).max().unwrap();
        assert!(at.abs_diff(PEAK_MINUTE) <= within_min, "{id} peaks at minute {at}");
        assert!((f64::from(people) - fact).abs() <= 0.015 * fact, "{id} peaks with {people}");
    }
}

#[test]
fn people_are_conserved_in_every_zone_and_minute() {
    let site = bund();
    for at in 1..=MINUTES {
        let (before, now) = (minute(at - 1), minute(at));
        let mut people: Vec<i64> = before.people.iter().map(|people| i64::from(*people)).collect();
        for (gate, passage) in site.gates.iter().zip(&now.gates) {
            people[gate.zone.index()] += i64::from(passage.forward) - i64::from(passage.backward);
        }
        for (zone, passage) in now.aside.iter().enumerate() {
            people[zone] += i64::from(passage.forward) - i64::from(passage.backward);
        }
        for (link, passage) in site.links.iter().zip(&now.links) {
            let net = i64::from(passage.forward) - i64::from(passage.backward);
            people[link.from.index()] -= net;
            people[link.to.index()] += net;
        }
        for (zone, people) in people.into_iter().enumerate() {
            assert_eq!(people, i64::from(now.people[zone]), "{} at {at}", site.zones[zone].id);
        }
    }
}

#[test]
fn hardly_anybody_is_on_the_road_until_it_is_opened_at_18_05_nor_at_the_end() {
    let road = |at: usize| -> u32 {
        let zones = bund().zones.iter().zip(&minute(at).people);
        zones.filter(|(zone, _)| zone.access == Access::VehicleUntilOpened).map(|(_, people)| people).sum()
    };
    assert!((0..=125).all(|at| road(at) < 50), "{:?}", (0..=125).map(road).max());
    assert!(road(PEAK_MINUTE) > 4_000, "{}", road(PEAK_MINUTE));
    assert!(road(MINUTES) < 50, "{}", road(MINUTES));
}

#[test]
fn few_climb_a_stair_while_it_is_down_only() {
    let site = bund();
    let measure = site.measure_ix(&"stairs-down-only".into()).unwrap();
    let climbed = |at: usize| -> u32 {
        let links = site.measures[measure.index()].targets.iter().map(|target| match target {
            Place::Link(link) => minute(at).links[link.index()].forward,
            other => panic!("{other:?}"),
        });
        links.sum()
    };
    let (before, after): (u32, u32) = ((90..120).map(climbed).sum(), (140..170).map(climbed).sum());
    assert!(before > 1_000 && after * 5 < before, "{before} before, {after} after");
}

#[test]
fn metro_exits_fall_when_trains_skip_the_station_and_the_tunnel_stays_shut() {
    let site = bund();
    let through = |kind: GateKind, minutes: std::ops::Range<usize>| -> u32 {
        let gates: Vec<usize> = (0..site.gates.len()).filter(|gate| site.gates[*gate].kind == kind).collect();
        minutes.map(|at| gates.iter().map(|gate| minute(at).gates[*gate].forward).sum::<u32>()).sum()
    };
    assert!(through(GateKind::Metro, 10..30) > 5 * through(GateKind::Metro, 40..60));
    let tunnel = site.gate_ix(&"sightseeing-tunnel".into()).unwrap();
    assert!((0..=MINUTES).all(|at| minute(at).gates[tunnel.index()].forward == 0));
}

#[test]
fn the_same_seed_gives_the_same_inputs_and_another_seed_others() {
    let demand = demand();
    let again = |seed| evening(bund(), &demand, seed).unwrap().take(60).collect::<Vec<_>>();
    assert_eq!(again(5), again(5));
    assert_ne!(again(5), again(6));
}

#[test]
fn inputs_come_in_order_of_time_from_every_stream_of_the_site() {
    let site = bund();
    let (mut now, mut speaking) = (START, BTreeSet::new());
    for simulated in &played().inputs {
        assert!(simulated.time >= now);
        now = simulated.time;
        let Input::Fact(Fact::Observations(batch)) = &simulated.input else { continue };
        assert_eq!(batch.result_times().last(), Some(&now));
        let first = batch.result_times()[0];
        assert!(now.since(first).seconds() <= 10.0, "a batch spans {}", now.since(first).seconds());
        for row in batch.iter() {
            let stream = &site.datastreams[row.datastream.index()];
            speaking.insert(row.datastream.index());
            let Some(result) = row.result else { continue };
            assert!(stream.min.is_none_or(|min| result >= min), "{}: {result}", stream.id);
            assert!(stream.max.is_none_or(|max| result <= max), "{}: {result}", stream.id);
        }
    }
    assert_eq!(speaking.len(), site.datastreams.len());
}

#[test]
fn every_scheduled_and_every_decided_measure_is_seen_in_force() {
    let seen: Vec<(String, String)> = played()
        .inputs
        .iter()
        .filter_map(|simulated| match simulated.input {
            Input::Fact(Fact::MeasureObserved { measure, state: MeasureState::InForce }) => {
                Some((bund().measures[measure.index()].id.to_string(), simulated.time.to_string()))
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
    let mut orders: Vec<(String, Time, String)> = played()
        .inputs
        .iter()
        .filter_map(|simulated| match &simulated.input {
            Input::Command(Command::SetMeasure { measure, state: MeasureState::Ordered, .. }) => Some((
                bund().measures[measure.index()].id.to_string(),
                simulated.time,
                simulated.actor.as_ref().unwrap().to_string(),
            )),
            _ => None,
        })
        .collect();
    orders.sort();
    let at_six = |id: &str| (id.to_owned(), time_of(120), "automatic".to_owned());
    assert_eq!(orders, ["open-zhongshan-east-1", "stairs-down-only", "wiper-crossing"].map(at_six));
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
