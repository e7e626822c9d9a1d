//! The rows of docs/warnings.md on precursors: what is raised, and what is normal and is not.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test fails by panicking, and means the exact number")]

mod town;

use city::CauseKind::{Filling, HeldBack, LockUp, Queue, Stagnation};
use city::*;
use town::{Town, at, empty_site, stream, zone};

const PRECURSORS: [CauseKind; 5] = [HeldBack, Stagnation, LockUp, Filling, Queue];

/// People a minute past each counter of the bank.
#[derive(Clone, Copy, Default)]
struct Flows {
    /// Into the square from outside, and out of it.
    square: (f64, f64),
    /// Up and down at the foot of the stair.
    foot: (f64, f64),
    /// Up and down at its head.
    head: (f64, f64),
    /// Into the levee by its end, and out of it.
    levee: (f64, f64),
}

/// A square of 500 m², a stair of 50 m² and 5 m, a levee of 1,000 m² where people stand and look. Everything is counted,
/// each zone has a camera, and all of them are right.
struct Bank {
    town: Town,
    people: [f64; 3],
    now: i64,
    step_s: i64,
}

const ZONES: [&str; 3] = ["square", "stair", "levee"];

const STREAMS: [&str; 11] = [
    "foot/up",
    "foot/down",
    "head/up",
    "head/down",
    "station/in",
    "station/out",
    "end/in",
    "end/out",
    "square/camera",
    "stair/camera",
    "levee/camera",
];

fn link(id: &str, (from, to): (u32, u32), kind: LinkKind, width_m: f64) -> Link {
    Link {
        id: id.into(),
        name: Bilingual::same(id),
        from: ZoneIx(from),
        to: ZoneIx(to),
        kind,
        width_m: Sourced::new(width_m, "test"),
        lost_width_m: 0.0,
        capacity_per_m_s: kind.capacity_per_m_s(),
        access: Access::Pedestrian,
        line: Vec::new(),
    }
}

fn gate(id: &str, zone: u32, kind: GateKind) -> Gate {
    Gate { id: id.into(), name: Bilingual::same(id), zone: ZoneIx(zone), kind, position: None }
}

fn bank_site(step_s: u32) -> Site {
    let mut site = empty_site();
    site.zones = vec![
        zone("square", ZoneKind::Moving, 500.0),
        zone("stair", ZoneKind::Stair, 50.0),
        zone("levee", ZoneKind::Standing, 1000.0),
    ];
    let stair = LinkKind::Stair { rise_m: 3.5, flights: 2 };
    site.links = vec![link("foot", (0, 1), stair, 5.0), link("head", (1, 2), stair, 5.0)];
    site.gates = vec![gate("station", 0, GateKind::Metro), gate("end", 2, GateKind::Street)];
    for (ix, id) in ["foot", "head"].into_iter().enumerate() {
        let link = LinkIx::from(ix);
        site.datastreams.push(stream(&format!("{id}/up"), Role::LinkCount { link, flow: LinkFlow::Forward }));
        site.datastreams.push(stream(&format!("{id}/down"), Role::LinkCount { link, flow: LinkFlow::Backward }));
    }
    for (ix, id) in ["station", "end"].into_iter().enumerate() {
        let gate = GateIx::from(ix);
        site.datastreams.push(stream(&format!("{id}/in"), Role::GateCount { gate, flow: GateFlow::In }));
        site.datastreams.push(stream(&format!("{id}/out"), Role::GateCount { gate, flow: GateFlow::Out }));
    }
    for (ix, id) in ZONES.into_iter().enumerate() {
        let mut camera = stream(&format!("{id}/camera"), Role::AreaCount { zone: ix.into() });
        camera.interval_s = 0;
        site.datastreams.push(camera);
    }
    for stream in &mut site.datastreams {
        stream.error_share = 0.01;
        if stream.interval_s > 0 {
            stream.interval_s = step_s;
        }
    }
    site
}

impl Bank {
    fn new(people: [f64; 3]) -> Self {
        Self::of(bank_site(60), people, 60)
    }

    fn of(mut site: Site, people: [f64; 3], step_s: i64) -> Self {
        for (zone, people) in site.zones.iter_mut().zip(people) {
            zone.initial = Sourced::new(Estimate { people, sd: 0.01 * people }, "test");
        }
        Self { town: Town::new(site), people, now: 0, step_s }
    }

    /// One count of everything at the end of a step.
    fn step(&mut self, flows: Flows) {
        let share = self.step_s as f64 / 60.0;
        let Flows { square, foot, head, levee } = flows;
        self.people[0] += share * (square.0 - square.1 - foot.0 + foot.1);
        self.people[1] += share * (foot.0 - foot.1 - head.0 + head.1);
        self.people[2] += share * (head.0 - head.1 + levee.0 - levee.1);
        let from = self.now;
        self.now += self.step_s;
        let counts = [foot.0, foot.1, head.0, head.1, square.0, square.1, levee.0, levee.1];
        let counts = counts.into_iter().map(|per_min| (from, share * per_min));
        let rows = counts.chain(self.people.iter().map(|people| (self.now, *people)));
        let observations = STREAMS.into_iter().zip(rows).filter_map(|(id, (from, result))| {
            Some(Observation {
                datastream: self.town.city.site().unwrap().datastream_ix(&id.into())?,
                phenomenon_time: at(from),
                result_time: at(self.now),
                result: Some(result),
            })
        });
        let batch = observations.collect();
        self.town.enter(self.now, Input::Fact(Fact::Observations(batch)));
    }

    /// The same every step for a number of minutes.
    fn minutes(&mut self, minutes: i64, flows: Flows) -> &mut Self {
        for _ in 0..minutes * 60 / self.step_s {
            self.step(flows);
        }
        self
    }

    /// A measure of the site is seen in force.
    fn in_force(&mut self, measure: u32) {
        let fact = Fact::MeasureObserved { measure: MeasureIx(measure), state: MeasureState::InForce };
        self.town.enter(self.now, Input::Fact(fact));
    }

    /// Changes of precursors so far, as lines; forgets them.
    fn lines(&mut self) -> Vec<String> {
        let is_precursor = |event: &Event| match event {
            Event::Warning { warning, .. } => PRECURSORS.contains(&warning.cause.kind),
            _ => false,
        };
        self.town.events.retain(is_precursor);
        self.town.lines()
    }

    fn figure(&self, place: &str, kind: CauseKind, figure: FigureKind) -> f64 {
        let warning = self.town.warning(place, kind).unwrap_or_else(|| panic!("no {kind:?} at {place}"));
        let found = warning.evidence.figures.iter().find(|one| one.kind == figure);
        found.unwrap_or_else(|| panic!("{figure:?} is not among {:?}", warning.evidence.figures)).value
    }
}

/// Up and down the stair as on any evening: 0.5 people per metre and second, both ways together.
const EASY: Flows = Flows { square: (75.0, 75.0), foot: (75.0, 75.0), head: (75.0, 75.0), levee: (75.0, 75.0) };

/// As much as the stair carries both ways, and as much goes as comes.
const FULL: Flows = Flows { square: (110.0, 110.0), foot: (110.0, 110.0), head: (110.0, 110.0), levee: (110.0, 110.0) };

/// The stair carries what it can upwards, and more people come than it can carry.
const RUSH: Flows = Flows { square: (260.0, 40.0), foot: (180.0, 40.0), head: (180.0, 40.0), levee: (0.0, 140.0) };

/// Hardly anyone passes the stair any more, and people come from both sides.
const LOCK: Flows = Flows { square: (120.0, 10.0), foot: (25.0, 3.0), head: (3.0, 25.0), levee: (90.0, 20.0) };

fn measure(kind: MeasureKind, targets: Vec<Place>) -> Measure {
    Measure {
        id: "measure".into(),
        name: Bilingual::same("measure"),
        kind,
        targets,
        department: DepartmentIx(0),
        setup_s: 0,
        staff: 0,
        disruption: Bilingual::same(""),
        scheduled: None,
    }
}

#[test]
fn row_47_demand_held_back_for_two_minutes_is_a_warning() {
    let mut bank = Bank::new([900.0, 60.0, 1000.0]);
    bank.minutes(10, RUSH);
    let lines = bank.lines();
    assert!(lines.iter().any(|line| line.starts_with("00:09:00 raised link/foot held-back warning")), "{lines:#?}");
    assert_eq!(bank.town.warning("link/foot", HeldBack).unwrap().threshold, Some(2.0));
    assert_eq!(bank.figure("link/foot", HeldBack, FigureKind::CapacityPerS), 0.85 * 5.0);
    assert!((bank.figure("link/foot", HeldBack, FigureKind::PassingPerS) - 220.0 / 60.0).abs() < 0.2);
    assert!(bank.figure("link/foot", HeldBack, FigureKind::ArrivingPerS) > 240.0 / 60.0);
    assert!(bank.figure("link/foot", HeldBack, FigureKind::WaitingPeople) > 400.0);
    assert_eq!(bank.figure("link/foot", HeldBack, FigureKind::ForS), 120.0);
}

#[test]
fn row_47_two_minutes_begin_anew_when_the_stair_catches_up() {
    let mut bank = Bank::new([700.0, 60.0, 1000.0]);
    bank.minutes(8, EASY);
    for _ in 0..6 {
        // A minute and a half of a full stair before a dense square, then the square empties.
        bank.minutes(1, Flows { square: (180.0 + 320.0, 40.0), ..RUSH });
        bank.minutes(2, Flows { square: (20.0, 40.0), ..RUSH });
    }
    assert_eq!(bank.lines(), [""; 0]);
}

#[test]
fn row_48_a_way_that_passes_half_of_the_usual_while_more_press_on_holds_back() {
    let mut bank = Bank::new([1_200.0, 60.0, 1000.0]);
    bank.minutes(10, EASY);
    let blocked = Flows { square: (100.0, 20.0), foot: (15.0, 75.0), head: (15.0, 75.0), levee: (75.0, 15.0) };
    bank.minutes(10, blocked);
    let lines = bank.lines();
    assert!(lines.iter().any(|line| line.contains("raised link/foot held-back warning")), "{lines:#?}");
}

#[test]
fn row_49_a_full_two_way_stair_with_nobody_waiting_is_normal() {
    let mut bank = Bank::new([600.0, 80.0, 2000.0]);
    bank.minutes(60, FULL);
    assert_eq!(bank.lines(), [""; 0]);
}

#[test]
fn row_49_people_who_stand_and_look_beside_a_stair_are_normal() {
    let mut bank = Bank::new([400.0, 60.0, 3_300.0]);
    bank.minutes(30, FULL);
    bank.minutes(30, EASY);
    bank.minutes(6, Flows { foot: (10.0, 8.0), head: (8.0, 10.0), square: (10.0, 10.0), levee: (10.0, 10.0) });
    bank.minutes(30, EASY);
    assert_eq!(bank.lines(), [""; 0]);
}

#[test]
fn row_49_a_stair_kept_one_way_or_closed_by_a_measure_is_guided() {
    for kind in [MeasureKind::Close, MeasureKind::OneWay] {
        let mut site = bank_site(60);
        site.measures.push(measure(kind, vec![Place::Link(LinkIx(0)), Place::Link(LinkIx(1))]));
        let mut bank = Bank::of(site, [1_450.0, 60.0, 1000.0], 60);
        bank.minutes(10, EASY);
        bank.in_force(0);
        bank.minutes(20, Flows { square: (40.0, 100.0), foot: (0.0, 60.0), head: (0.0, 60.0), levee: (60.0, 0.0) });
        assert_eq!(bank.lines(), [""; 0], "{kind:?}");
    }
}

#[test]
fn row_50_a_dense_place_that_hardly_anyone_leaves_stagnates() {
    let mut site = bank_site(60);
    site.links[1].kind = LinkKind::Level;
    site.links[1].capacity_per_m_s = 1.22;
    site.zones[1] = zone("stair", ZoneKind::Moving, 50.0);
    let mut bank = Bank::of(site, [600.0, 60.0, 1000.0], 60);
    bank.minutes(8, EASY);
    bank.minutes(10, Flows { foot: (75.0, 60.0), head: (60.0, 65.0), ..EASY });
    let lines = bank.lines();
    assert!(lines.iter().any(|line| line.contains("raised zone/stair stagnation warning")), "{lines:#?}");
    let outflow = bank.figure("zone/stair", Stagnation, FigureKind::OutflowPerMS);
    assert!((outflow - 120.0 / 60.0 / 10.0).abs() < 0.02, "{outflow}");
    let warning = bank.town.warning("zone/stair", Stagnation).unwrap();
    assert!((warning.threshold.unwrap() - 0.8 * (0.85 / 1.22 + 1.0) / 2.0).abs() < 1e-9);
}

#[test]
fn row_51_a_dense_place_to_stand_and_look_does_not_stagnate() {
    let mut site = bank_site(60);
    site.gates.pop();
    site.datastreams.retain(|stream| !stream.id.to_string().starts_with("end/"));
    let mut bank = Bank::of(site, [500.0, 60.0, 3_400.0], 60);
    let quiet = Flows { square: (20.0, 20.0), foot: (20.0, 20.0), head: (20.0, 20.0), levee: (0.0, 0.0) };
    bank.minutes(60, quiet);
    assert_eq!(bank.lines(), [""; 0]);
}

#[test]
fn row_52_flows_that_lock_on_a_stair_are_critical_within_two_minutes() {
    for step_s in [30, 60] {
        let mut bank = Bank::of(bank_site(step_s), [1_000.0, 90.0, 2_500.0], i64::from(step_s));
        bank.minutes(20, Flows { foot: (80.0, 80.0), head: (80.0, 80.0), ..EASY });
        assert_eq!(bank.lines(), [""; 0]);
        let locked_at = bank.now;
        bank.minutes(2, LOCK);
        let lines = bank.lines();
        let raised = lines.iter().filter(|line| line.contains("raised zone/stair lock-up critical"));
        assert!(raised.clone().count() == 1 && raised.clone().all(|line| line.ends_with("sounded 1")), "{lines:#?}");
        let warning = bank.town.warning("zone/stair", LockUp).unwrap();
        assert!(warning.raised_at.since(at(locked_at)).seconds() <= 120.0);
        assert!(bank.figure("zone/stair", LockUp, FigureKind::Share) <= 0.4);
        assert!(bank.figure("zone/stair", LockUp, FigureKind::DensityPerM2) >= 2.2);
    }
}

#[test]
fn row_52_one_section_inside_a_stair_that_nobody_passes_either_way_is_a_lock() {
    let mut site = bank_site(30);
    site.zones.push(zone("top", ZoneKind::Stair, 20.0));
    site.links.push(link("flight", (1, 3), LinkKind::Stair { rise_m: 1.7, flights: 1 }, 5.0));
    site.links[1].from = ZoneIx(3);
    let flight = LinkIx(2);
    site.datastreams.push(stream("flight/up", Role::LinkCount { link: flight, flow: LinkFlow::Forward }));
    site.datastreams.push(stream("flight/down", Role::LinkCount { link: flight, flow: LinkFlow::Backward }));
    site.datastreams.iter_mut().rev().take(2).for_each(|stream| stream.interval_s = 30);
    let mut bank = Bank::of(site, [1_000.0, 90.0, 2_500.0], 30);
    let flight = |bank: &mut Bank, each: f64| {
        for id in ["flight/up", "flight/down"] {
            bank.town.observe(bank.now, id, each);
        }
    };
    for _ in 0..40 {
        bank.step(EASY);
        flight(&mut bank, 37.5);
    }
    bank.lines();
    // People still leave at both ends: those who were beyond the lock already.
    let begins = Flows { foot: (75.0, 50.0), head: (50.0, 75.0), ..EASY };
    for _ in 0..3 {
        bank.step(begins);
        flight(&mut bank, 0.0);
    }
    let lines = bank.lines();
    assert!(lines.iter().any(|line| line.contains("raised zone/stair lock-up critical")), "{lines:#?}");
}

#[test]
fn row_53_a_stair_that_empties_has_not_locked() {
    let mut bank = Bank::new([600.0, 120.0, 2_500.0]);
    bank.minutes(20, EASY);
    bank.minutes(4, Flows { square: (5.0, 60.0), foot: (4.0, 20.0), head: (20.0, 4.0), levee: (5.0, 60.0) });
    bank.minutes(10, Flows::default());
    assert_eq!(bank.lines(), [""; 0]);
}

#[test]
fn row_53_a_stair_whose_one_side_stops_has_not_locked() {
    let mut bank = Bank::new([600.0, 120.0, 2_500.0]);
    bank.minutes(20, EASY);
    bank.minutes(20, Flows { square: (30.0, 103.0), foot: (2.0, 75.0), head: (2.0, 75.0), levee: (90.0, 17.0) });
    assert_eq!(bank.lines(), [""; 0]);
}

#[test]
fn row_53_a_stair_closed_by_a_measure_has_not_locked() {
    let mut site = bank_site(60);
    site.measures.push(measure(MeasureKind::Close, vec![Place::Link(LinkIx(0)), Place::Link(LinkIx(1))]));
    let mut bank = Bank::of(site, [600.0, 120.0, 2_500.0], 60);
    bank.minutes(20, EASY);
    bank.in_force(0);
    bank.minutes(20, Flows::default());
    assert_eq!(bank.lines(), [""; 0]);
}

#[test]
fn row_53_a_crowd_that_all_leaves_one_way_has_not_locked() {
    let mut bank = Bank::new([600.0, 120.0, 2_500.0]);
    bank.minutes(20, EASY);
    let leaving = Flows { square: (0.0, 190.0), foot: (2.0, 180.0), head: (2.0, 180.0), levee: (0.0, 20.0) };
    bank.minutes(13, leaving);
    bank.minutes(1, Flows { foot: (0.0, 80.0), ..Flows::default() });
    bank.minutes(5, Flows { foot: (0.0, 6.0), ..Flows::default() });
    assert_eq!(bank.lines(), [""; 0]);
}

/// The square filled by `per_min` people a minute while the stair is full and its other ways out are the station's.
fn filling(per_min: f64) -> Bank {
    let mut bank = Bank::new([900.0, 60.0, 4_000.0]);
    bank.minutes(10, EASY);
    let flows = Flows { square: (per_min, 0.0), foot: (100.0, 100.0), head: (100.0, 100.0), levee: (0.0, 0.0) };
    bank.minutes(8, flows);
    bank
}

#[test]
fn row_54_a_density_that_will_soon_be_critical_is_a_warning_before_it_is() {
    let mut bank = filling(130.0);
    let lines = bank.lines();
    assert!(lines.iter().any(|line| line.contains("raised zone/square filling warning")), "{lines:#?}");
    let density = bank.figure("zone/square", Filling, FigureKind::DensityPerM2);
    assert!((2.0..4.0).contains(&density));
    let critical_in_s = bank.figure("zone/square", Filling, FigureKind::CriticalInS);
    let rise = bank.figure("zone/square", Filling, FigureKind::RisePerM2Min);
    assert!((rise - 0.26).abs() < 0.05, "{rise}");
    assert!((100.0..=600.0).contains(&critical_in_s), "{critical_in_s}");
    let relief = bank.figure("zone/square", Filling, FigureKind::ReliefPerM2Min).min(rise / 2.0);
    let until_critical = (4.0 - density) / (rise - relief) * 60.0;
    assert!((critical_in_s - until_critical).abs() < 1.0, "{critical_in_s} {until_critical}: not until the next level");
    assert!(bank.figure("zone/square", Filling, FigureKind::ReliefPerM2Min) < rise);
}

#[test]
fn row_55_a_rise_that_the_ways_out_have_room_for_is_normal() {
    let mut bank = Bank::new([950.0, 30.0, 500.0]);
    bank.minutes(10, EASY);
    bank.minutes(8, Flows { square: (100.0, 20.0), ..EASY });
    assert_eq!(bank.lines(), [""; 0]);
}

#[test]
fn row_55_a_slow_rise_that_never_gets_there_is_normal() {
    assert_eq!(filling(8.0).lines(), [""; 0]);
}

#[test]
fn row_56_a_station_that_hardly_anyone_gets_out_of_into_a_dense_square_has_a_queue() {
    let mut bank = Bank::new([1_500.0, 60.0, 1000.0]);
    bank.minutes(15, EASY);
    bank.minutes(6, Flows { square: (4.0, 10.0), foot: (70.0, 80.0), head: (70.0, 80.0), ..EASY });
    let lines = bank.lines();
    assert!(lines.iter().any(|line| line.contains("raised gate/station queue warning")), "{lines:#?}");
}

#[test]
fn row_56_a_queue_before_a_full_stair_reaches_the_station() {
    let mut bank = Bank::new([1_400.0, 60.0, 1000.0]);
    bank.minutes(12, RUSH);
    let lines = bank.lines();
    let held = lines.iter().position(|line| line.contains("raised link/foot held-back")).unwrap();
    let queue = lines.iter().position(|line| line.contains("raised gate/station queue")).unwrap();
    assert!(held < queue, "{lines:#?}");
}

#[test]
fn row_56_a_station_that_trains_skip_or_that_is_simply_quiet_has_no_queue() {
    let mut site = bank_site(60);
    site.measures.push(measure(MeasureKind::SkipStop, vec![Place::Gate(GateIx(0))]));
    let mut bank = Bank::of(site, [1_500.0, 60.0, 1000.0], 60);
    bank.minutes(15, EASY);
    bank.in_force(0);
    bank.minutes(10, Flows { square: (0.0, 2.0), foot: (75.0, 75.0), head: (75.0, 75.0), ..EASY });
    assert_eq!(bank.lines(), [""; 0]);
    let mut bank = Bank::new([400.0, 60.0, 1000.0]);
    bank.minutes(15, EASY);
    bank.minutes(10, Flows { square: (2.0, 2.0), foot: (75.0, 75.0), head: (75.0, 75.0), ..EASY });
    assert_eq!(bank.lines(), [""; 0]);
}

/// The bank with a road for vehicles beside the square.
fn beside_a_road() -> Site {
    let mut site = bank_site(60);
    let mut road = zone("road", ZoneKind::Moving, 800.0);
    road.access = Access::VehicleUntilOpened;
    site.zones.push(road);
    let mut kerb = link("kerb", (0, 3), LinkKind::Level, 20.0);
    kerb.access = Access::VehicleUntilOpened;
    site.links.push(kerb);
    site.measures.push(measure(MeasureKind::OpenRoad, vec![Place::Zone(ZoneIx(3))]));
    site
}

#[test]
fn row_57_a_queue_on_a_pavement_reaches_the_road_beside_it() {
    let mut bank = Bank::of(beside_a_road(), [1_450.0, 60.0, 1000.0], 60);
    bank.minutes(14, RUSH);
    let lines = bank.lines();
    assert!(lines.iter().any(|line| line.contains("raised zone/road queue warning")), "{lines:#?}");
}

#[test]
fn row_57_a_road_given_to_pedestrians_has_no_queue() {
    let mut bank = Bank::of(beside_a_road(), [1_450.0, 60.0, 1000.0], 60);
    bank.in_force(0);
    bank.minutes(14, RUSH);
    let lines = bank.lines();
    assert!(!lines.iter().any(|line| line.contains("zone/road")), "{lines:#?}");
}

#[test]
fn row_58_silence_neither_raises_a_precursor_nor_lets_one_go() {
    let mut bank = Bank::new([900.0, 60.0, 1000.0]);
    bank.minutes(11, RUSH);
    assert!(!bank.lines().is_empty());
    bank.town.tick(bank.now + 3_600);
    assert_eq!(bank.lines(), [""; 0]);
    assert_eq!(bank.town.warning("link/foot", HeldBack).unwrap().activity, Activity::Active);

    let mut bank = Bank::new([1_000.0, 90.0, 2_500.0]);
    bank.minutes(20, EASY);
    bank.town.tick(bank.now + 3_600);
    assert_eq!(bank.lines(), [""; 0]);
}

#[test]
fn row_58_a_precursor_returns_when_all_is_heard_and_quiet() {
    let mut bank = Bank::new([900.0, 60.0, 1000.0]);
    bank.minutes(9, RUSH);
    bank.minutes(14, Flows { square: (10.0, 150.0), ..EASY });
    let lines = bank.lines();
    assert!(lines.iter().any(|line| line.contains("returned link/foot held-back warning")), "{lines:#?}");
}

#[test]
fn row_59_a_lock_does_not_become_the_custom() {
    let mut bank = Bank::new([1_000.0, 90.0, 2_500.0]);
    bank.minutes(20, EASY);
    bank.minutes(2, LOCK);
    bank.minutes(90, Flows { square: (20.0, 20.0), foot: (2.0, 2.0), head: (2.0, 2.0), levee: (5.0, 5.0) });
    let warning = bank.town.warning("zone/stair", LockUp).unwrap();
    assert_eq!((warning.level, warning.activity), (Level::Critical, Activity::Active));
    bank.minutes(5, Flows { foot: (10.0, 70.0), head: (60.0, 10.0), ..EASY });
    bank.minutes(11, EASY);
    assert_eq!(bank.town.warning("zone/stair", LockUp).unwrap().activity, Activity::Returned);
}

#[test]
fn row_60_a_precursor_goes_on_in_a_changed_site_and_closes_when_nobody_counts_its_passage() {
    let mut bank = Bank::new([900.0, 60.0, 1000.0]);
    bank.minutes(9, RUSH);
    let mut site = bank_site(60);
    site.zones[0].name = Bilingual::same("the square");
    bank.town.enter(bank.now, Input::Fact(Fact::Site(Box::new(site.clone()))));
    bank.minutes(1, RUSH);
    assert_eq!(bank.town.warning("link/foot", HeldBack).unwrap().activity, Activity::Active);
    bank.lines();
    site.datastreams.drain(0..2);
    bank.town.enter(bank.now, Input::Fact(Fact::Site(Box::new(site))));
    let lines = bank.lines();
    assert!(lines[0].contains("closed link/foot held-back"), "{lines:#?}");
}

#[test]
fn precursors_are_the_same_from_a_snapshot() {
    let mut bank = Bank::of(bank_site(30), [1_000.0, 90.0, 2_500.0], 30);
    bank.minutes(20, EASY);
    let copy = engine::City::from_snapshot(&bank.town.city.snapshot()).unwrap();
    let mut other = Bank { town: Town { city: copy, ..bank.town.clone() }, ..Bank::new(bank.people) };
    (other.now, other.step_s) = (bank.now, bank.step_s);
    for bank in [&mut bank, &mut other] {
        bank.minutes(3, LOCK);
        assert!(bank.town.warning("zone/stair", LockUp).is_some());
    }
    assert_eq!(bank.town.city.state_hash(), other.town.city.state_hash());
}
