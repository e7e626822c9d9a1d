//! Sensor health on a small street: each kind of fault is found, named and over again, and honest days stay quiet.
//!
//! The figures at large are those of `yiwang bench see` (docs/sensors.md); these tests keep the rules from rotting.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test fails by panicking, and means the exact number")]

mod street;
#[path = "../town/mod.rs"]
mod town;

use city::*;
use street::{Dice, Street, rows, site};
use town::{Town, at};

/// Faults begin and end at these minutes of a run.
const FAULTY: std::ops::Range<i64> = 90..150;
const MINUTES: i64 = 240;
const SEEDS: u64 = 4;

/// What is done to one sensor's row.
type Fault = fn(&mut Dice, &mut Observation, &[f64], f64) -> Vec<Observation>;

/// A finding: of whom, what, found and over at which second.
type Found = (usize, FindingKind, i64, Option<i64>);

/// A run with a fault of one sensor, batches of a minute.
fn run(seed: u64, (sensor, fault): (usize, Option<Fault>)) -> (Town, Vec<Found>) {
    let site = site();
    let mut town = Town::new(site.clone());
    let mut street = Street::new(seed);
    let mut dice = Dice(seed ^ 0x4d);
    let mut first = 0.0;
    for minute in 1..=MINUTES {
        street.minute(minute);
        let readings = street.readings();
        let mut batch = rows(&site, minute, &readings);
        if let Some(fault) = fault
            && FAULTY.contains(&minute)
        {
            first = if minute == FAULTY.start { readings[sensor] } else { first };
            let mut row = batch.remove(sensor);
            batch.extend(fault(&mut dice, &mut row, &readings, first));
        }
        batch.sort_by_key(|row| row.result_time);
        let time = batch.last().unwrap().result_time;
        town.enter_at(time, Input::Fact(Fact::Observations(batch.into_iter().collect())));
    }
    let seconds = |time: Time| (time.since(at(0)).seconds()) as i64;
    let mut found: Vec<Found> = Vec::new();
    for event in &town.events {
        let Event::Finding { datastream, change, finding, at } = event else { continue };
        match change {
            FindingChange::Found => found.push((datastream.index(), finding.kind, seconds(*at), None)),
            FindingChange::Ended => {
                let same = |it: &&mut Found| it.0 == datastream.index() && it.1 == finding.kind && it.3.is_none();
                found.iter_mut().rev().find(same).unwrap().3 = Some(seconds(*at));
            }
        }
    }
    (town, found)
}

/// In every seed the fault is found by its kind within `within` minutes and is over `after` minutes after its end, and
/// at most `wrong` other sensors are named over all seeds.
#[track_caller]
fn check(kind: FindingKind, sensor: usize, fault: Fault, (within, after): (i64, i64)) {
    let mut wrong = Vec::new();
    for seed in 1..=SEEDS {
        let (_, found) = run(seed, (sensor, Some(fault)));
        let own =
            found.iter().find(|it| it.0 == sensor && it.1 == kind).unwrap_or_else(|| panic!("seed {seed}: {found:?}"));
        assert!((FAULTY.start * 60..(FAULTY.start + within) * 60).contains(&own.2), "seed {seed}: {found:?}");
        let all_over = found
            .iter()
            .filter(|it| it.0 == sensor)
            .all(|it| it.3.is_some_and(|over| over <= (FAULTY.end + after) * 60));
        assert!(all_over, "seed {seed}: {found:?}");
        wrong.extend(found.into_iter().filter(|it| it.0 != sensor));
    }
    assert!(wrong.len() <= 1, "{wrong:?}");
}

const CAMERA: usize = 4;
const LINE: usize = 20;

#[test]
fn a_silent_sensor_is_found_until_it_speaks() {
    check(FindingKind::Silent, LINE, |_, _, _, _| Vec::new(), (5, 1));
}

#[test]
fn a_sensor_that_loses_half_its_results_is_found_until_fifteen_came_in_a_row() {
    let fault: Fault = |dice, row, _, _| {
        let lost = dice.unit();
        match lost {
            lost if lost < 0.25 => Vec::new(),
            lost if lost < 0.5 => vec![Observation { result: None, ..*row }],
            _ => vec![*row],
        }
    };
    check(FindingKind::Dropout, LINE, fault, (25, 20));
    check(FindingKind::Dropout, CAMERA, fault, (25, 20));
}

#[test]
fn a_stuck_sensor_is_found_until_three_results_change() {
    let fault: Fault = |_, row, _, first| vec![Observation { result: Some(first), ..*row }];
    check(FindingKind::Stuck, CAMERA, fault, (10, 5));
    check(FindingKind::Stuck, LINE, fault, (15, 5));
}

#[test]
fn a_sensor_that_leaps_again_and_again_is_found_until_it_is_still() {
    let fault: Fault = |dice, row, _, _| {
        let leaps = dice.unit() < 0.4;
        let result = row.result.map(|result| if leaps { 3.0 * result + 30.0 } else { result });
        vec![Observation { result, ..*row }]
    };
    check(FindingKind::Jump, CAMERA, fault, (15, 25));
    check(FindingKind::Jump, LINE, fault, (20, 25));
}

#[test]
fn a_clock_behind_or_ahead_is_found_until_it_is_right() {
    check(
        FindingKind::Skew,
        LINE,
        |_, row, _, _| {
            vec![Observation { phenomenon_time: row.phenomenon_time.minus(Span::from_seconds(120)), ..*row }]
        },
        (8, 12),
    );
    check(
        FindingKind::Skew,
        CAMERA,
        |_, row, _, _| vec![Observation { phenomenon_time: row.phenomenon_time.plus(Span::from_seconds(60)), ..*row }],
        (8, 12),
    );
}

#[test]
fn a_clock_so_far_ahead_that_all_is_refused_is_found_by_the_refusals() {
    check(
        FindingKind::Skew,
        LINE,
        |_, row, _, _| vec![Observation { phenomenon_time: row.phenomenon_time.plus(Span::from_seconds(900)), ..*row }],
        (5, 12),
    );
}

#[test]
fn a_camera_that_reads_half_for_good_is_found_until_it_reads_all_again() {
    let fault: Fault = |_, row, _, _| vec![Observation { result: row.result.map(|it| (0.5 * it).round()), ..*row }];
    let mut named = 0;
    for seed in 1..=SEEDS {
        let (_, found) = run(seed, (CAMERA, Some(fault)));
        let own: Vec<&Found> = found.iter().filter(|it| it.0 == CAMERA).collect();
        assert!(!own.is_empty() && own[0].2 <= (FAULTY.start + 10) * 60, "seed {seed}: {found:?}");
        named += usize::from(own.iter().any(|it| it.1 == FindingKind::Bias));
        assert!(own.iter().all(|it| it.3.is_some_and(|over| over <= (FAULTY.end + 30) * 60)), "seed {seed}: {found:?}");
    }
    assert!(named >= 3, "{named} of {SEEDS} by their name");
}

#[test]
fn a_sensor_that_repeats_another_is_found_with_the_other() {
    let fault: Fault = |_, row, readings, _| vec![Observation { result: Some(readings[CAMERA + 3]), ..*row }];
    let mut blamed = 0;
    for seed in 1..=SEEDS {
        let (town, found) = run(seed, (CAMERA, Some(fault)));
        let kind = FindingKind::Duplicate;
        let pair = |it: &&Found| it.1 == kind && (it.0 == CAMERA || it.0 == CAMERA + 3);
        assert!(found.iter().any(|it| pair(&it)), "seed {seed}: {found:?}");
        blamed += usize::from(found.iter().any(|it| it.1 == kind && it.0 == CAMERA));
        let names_other = town.events.iter().any(|event| match event {
            Event::Finding { finding, .. } => finding.kind == kind && finding.other.is_some(),
            _ => false,
        });
        assert!(names_other);
    }
    assert!(blamed >= 3, "{blamed} of {SEEDS} blame the copy");
}

#[test]
fn a_source_that_sends_each_row_three_times_is_found() {
    check(
        FindingKind::Duplicate,
        LINE,
        |_, row, _, _| {
            let copy = |seconds| Observation { result_time: row.result_time.plus(Span::from_seconds(seconds)), ..*row };
            vec![*row, copy(1), copy(2)]
        },
        (12, 15),
    );
}

#[test]
fn a_true_surge_of_three_times_the_normal_seen_by_one_camera_warns_in_every_seed() {
    for seed in 1..=20 {
        let surge: Fault = |_, row, readings, _| {
            let grown = readings[CAMERA] * 3.0;
            vec![Observation { result: Some(grown.round()), ..*row }]
        };
        let (town, found) = run(seed, (CAMERA, Some(surge)));
        let warned = town.events.iter().any(|event| match event {
            Event::Warning { change: WarningChange::Raised, warning, at: when } => {
                let here = warning.cause.place == Place::Datastream(DatastreamIx::from(CAMERA))
                    || warning.cause.place == Place::Zone(ZoneIx(CAMERA as u32));
                here && *when <= at((FAULTY.start + 5) * 60)
            }
            _ => false,
        });
        assert!(warned, "seed {seed}: {found:?}");
    }
}

#[test]
fn many_honest_sensor_days_have_few_findings() {
    let mut wrong = Vec::new();
    let mut days = 0.0;
    for seed in 100..112 {
        let (_, found) = run(seed, (0, None));
        wrong.extend(found);
        days += site().datastreams.len() as f64 * MINUTES as f64 / 1_440.0;
    }
    println!("{} findings in {days:.0} honest sensor-days", wrong.len());
    assert!((wrong.len() as f64) < 0.05 * days, "{wrong:?}");
}

#[test]
fn doubted_sensors_give_the_same_state_however_rows_are_cut() {
    let (town, _) = run(3, (CAMERA, Some(|_, row, _, first| vec![Observation { result: Some(first), ..*row }])));
    let mut single = Town::new(site());
    for entry in town.log.iter().skip(1) {
        let Input::Fact(Fact::Observations(batch)) = &entry.input else { continue };
        for row in batch.iter() {
            single.enter_at(row.result_time, Input::Fact(Fact::Observations([row].into_iter().collect())));
        }
    }
    assert_eq!(single.city.state_hash(), town.city.state_hash());
    let snapshot = engine::City::from_snapshot(&town.city.snapshot()).unwrap();
    assert_eq!(snapshot.state_hash(), town.city.state_hash());
}

#[test]
fn impossible_results_are_refused_and_an_officer_is_asked_to_look() {
    let mut site = site();
    site.datastreams[CAMERA].max = Some(5_000.0);
    let mut town = Town::new(site);
    for minute in 1..=40 {
        town.observe(60 * minute, "z4/people", 600.0 + (minute % 7) as f64);
    }
    for minute in 41..=44 {
        town.observe(60 * minute, "z4/people", 9_000.0);
    }
    let kinds = |town: &Town| -> Vec<FindingKind> {
        town.city.datastream(DatastreamIx(CAMERA as u32)).unwrap().findings.iter().map(|it| it.kind).collect()
    };
    assert!(kinds(&town).contains(&FindingKind::Jump));
    assert!(town.warning("datastream/z4/people", CauseKind::Check).is_some());
    for minute in 45..=80 {
        town.observe(60 * minute, "z4/people", 600.0 + (minute % 7) as f64);
    }
    assert!(kinds(&town).is_empty());
    assert!(town.warning("datastream/z4/people", CauseKind::Check).is_none());
}
