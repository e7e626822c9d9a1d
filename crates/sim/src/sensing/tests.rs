//! Sensors over a made-up evening at the Bund's site, held against what they are meant to get wrong.
//!
//! Not here: the world of walkers.
//! Invariant: the evening is the same for every test, so that what differs is the sensors' doing.

use std::collections::{BTreeMap, BTreeSet};

use city::{DatastreamIx, FindingKind, Observation, Role, Site, Span, Time};

use super::*;
use crate::Passage;

const MINUTES: usize = 420;
const START: Time = Time::from_seconds(1_570_003_200);

fn bund() -> Site {
    let reading = formats::site::read(formats::site::SiteTexts {
        toml: include_str!("../../../../sites/bund/site.toml"),
        geojson: Some(include_str!("../../../../sites/bund/site.geojson")),
        folder_name: "bund",
    });
    reading.site.unwrap()
}

/// People swell to three times their number and ebb again; everything is used, and no two places alike.
fn moment(site: &Site, minute: usize) -> Moment {
    let swell = 1.0 + libm::sin(core::f64::consts::PI * minute as f64 / MINUTES as f64) * 2.0;
    let about = |index: usize, base: f64| {
        let ripple = 1.0 + 0.1 * libm::sin(0.3 * minute as f64 + index as f64);
        (base * swell * ripple * (1.0 + 0.05 * (index % 13) as f64)).round() as u32
    };
    let passage = |index: usize| Passage { forward: about(index, 40.0), backward: about(index + 1_000, 35.0) };
    let mut moment = Moment::empty(site, START.plus(Span::from_seconds(60 * minute as i64)));
    moment.minute = minute;
    let area = |zone: usize| site.zones[zone].area_m2.as_ref().map_or(1_000.0, |area| area.value);
    moment.people = (0..site.zones.len()).map(|zone| about(zone, 0.4 * area(zone))).collect();
    if minute > 0 {
        moment.span_s = 60;
        moment.gates = (0..site.gates.len()).map(passage).collect();
        moment.links = (0..site.links.len()).map(|link| passage(link + 500)).collect();
    }
    moment
}

struct Seen<'a> {
    rows: Vec<Observation>,
    rates: Vec<Rate>,
    faults: Vec<Injected>,
    site: &'a Site,
}

fn run() -> Window {
    Window { from: START, to: START.plus(Span::from_seconds(60 * MINUTES as i64)) }
}

fn see<'a>(site: &'a Site, settings: &Settings, seed: u64) -> Seen<'a> {
    let mut sensors = Sensors::new(site, settings, (&[run()], seed));
    let mut overlay = settings.surge.and_then(|surge| Overlay::new(site, surge));
    let (mut rows, mut rates) = (Vec::new(), Vec::new());
    for minute in 0..=MINUTES {
        let mut moment = moment(site, minute);
        if let Some(overlay) = &mut overlay {
            overlay.lay(&mut moment);
        }
        sensors.watch(&moment);
        let until = if minute == MINUTES { Time::MAX } else { moment.time };
        rows.extend(sensors.arrived(until));
        rates.extend(sensors.rates(moment.time));
    }
    Seen { rows, rates, faults: sensors.faults(), site }
}

impl Seen<'_> {
    /// A sensor's rows with the moment each was read, by its result time: delay and jitter taken off.
    fn of(&self, datastream: DatastreamIx) -> Vec<Observation> {
        self.rows.iter().filter(|row| row.datastream == datastream).copied().collect()
    }

    fn by_sensor(&self) -> BTreeMap<DatastreamIx, Vec<Observation>> {
        let mut by_sensor: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in &self.rows {
            by_sensor.entry(row.datastream).or_default().push(*row);
        }
        by_sensor
    }

    /// The end of the interval that a row is about, to the nearest minute of an honest clock.
    fn read_at(&self, row: &Observation) -> Time {
        let stream = &self.site.datastreams[row.datastream.index()];
        let end = row.phenomenon_time.plus(Span::from_seconds(i64::from(stream.interval_s) + 30));
        end.floor(Span::from_seconds(60))
    }
}

/// No late rows and no copies, so that what arrived can be told from its time.
fn punctual(mut settings: Settings) -> Settings {
    settings.delivery.late_share = 0.0;
    settings.delivery.twice_share = 0.0;
    settings
}

#[test]
fn the_same_seed_gives_the_same_rows_and_another_seed_others() {
    let site = bund();
    let [first, again, other] = [5, 5, 6].map(|seed| see(&site, &Settings::default(), seed));
    assert_eq!(first.rows, again.rows);
    assert_eq!(first.faults, again.faults);
    assert_ne!(first.rows, other.rows);
}

#[test]
fn rows_come_in_the_order_of_their_result_times_and_after_what_they_are_about() {
    let site = bund();
    let seen = see(&site, &Settings::without_faults(), 1);
    assert!(seen.rows.windows(2).all(|pair| pair[0].result_time <= pair[1].result_time));
    for row in &seen.rows {
        assert!(row.result_time >= seen.read_at(row), "{row:?}");
        assert!(row.phenomenon_time.since(seen.read_at(row)).seconds().abs() <= 304.0);
    }
}

#[test]
fn a_few_rows_come_late_and_a_few_twice() {
    let site = bund();
    let seen = see(&site, &Settings::without_faults(), 1);
    let keys: BTreeSet<_> = seen.rows.iter().map(|row| (row.datastream, row.phenomenon_time)).collect();
    let twice = (seen.rows.len() - keys.len()) as f64 / keys.len() as f64;
    assert!((twice - 0.002).abs() < 0.0006, "{twice}");
    let is_late = |row: &&Observation| {
        let stream = &seen.site.datastreams[row.datastream.index()];
        let most_s = f64::from(stream.delay_s + stream.reorder_s) + 30.0;
        !phone::is_phone(stream) && row.result_time.since(seen.read_at(row)).seconds() >= most_s
    };
    let late = seen.rows.iter().filter(is_late).count() as f64 / seen.rows.len() as f64;
    assert!((late - 0.002).abs() < 0.0008, "{late}");
}

#[test]
fn a_fault_changes_no_row_of_another_sensor_and_none_of_its_own_outside_its_time() {
    let site = bund();
    let with = see(&site, &Settings::default(), 3);
    let mut settings = Settings::default();
    settings.faults.share = 0.0;
    let without = see(&site, &settings, 3);
    let failing: BTreeSet<_> = with.faults.iter().map(|fault| fault.datastream).collect();
    assert!(failing.len() > 20);
    let (with_rows, without_rows) = (with.by_sensor(), without.by_sensor());
    for (datastream, rows) in &without_rows {
        if !failing.contains(datastream) {
            assert_eq!(with_rows.get(datastream), Some(rows));
        }
        let mine: Vec<_> = with.faults.iter().filter(|fault| fault.datastream == *datastream).collect();
        let outside = |row: &&Observation| {
            let at = without.read_at(row);
            mine.iter().all(|fault| at < fault.from || at >= fault.to)
        };
        let honest: Vec<_> = rows.iter().filter(outside).collect();
        let kept = with_rows.get(datastream).map(Vec::as_slice).unwrap_or_default();
        assert!(honest.iter().all(|row| kept.contains(row)), "{}", with.site.datastreams[datastream.index()].id);
    }
}

/// The rows of each fault's sensor read while it lasts, with what an honest sensor read then.
fn shown(kind: FindingKind) -> Vec<(Injected, Vec<Observation>, BTreeMap<Time, f64>)> {
    let site = bund();
    let mut all = Vec::new();
    for seed in 1..=4 {
        let mut settings = punctual(Settings::default());
        settings.shared.switch_sensors = 0;
        let with = see(&site, &settings, seed);
        settings.faults.share = 0.0;
        let honest = see(&site, &settings, seed).by_sensor();
        for fault in with.faults.iter().filter(|fault| fault.kind == kind) {
            let window = Window { from: fault.from, to: fault.to };
            let read = |row: &Observation| with.read_at(row);
            let honest: BTreeMap<_, _> = honest[&fault.datastream]
                .iter()
                .filter(|row| window.covers(read(row)))
                .filter_map(|row| Some((read(row), row.result?)))
                .collect();
            // A broken clock moves what a row says it is about: its arrival tells when it was read.
            let stream = &with.site.datastreams[fault.datastream.index()];
            let about = |row: &Observation| {
                if phone::is_phone(stream) {
                    return read(row);
                }
                row.result_time.minus(Span::from_seconds(i64::from(stream.delay_s))).floor(Span::from_seconds(60))
            };
            let rows = with.of(fault.datastream).into_iter().filter(|row| window.covers(about(row))).collect();
            all.push((*fault, rows, honest));
        }
    }
    assert!(all.len() >= 5, "only {} of {kind:?}", all.len());
    all
}

#[test]
fn a_silent_sensor_says_nothing_and_one_with_gaps_misses_half_or_more() {
    for (fault, rows, honest) in shown(FindingKind::Silent) {
        assert!(rows.is_empty(), "{fault:?}");
        assert!(!honest.is_empty());
    }
    let (mut said, mut due) = (0, 0);
    for (_, rows, honest) in shown(FindingKind::Dropout) {
        said += rows.iter().filter(|row| row.result.is_some()).count();
        due += honest.len();
    }
    let share = said as f64 / due as f64;
    assert!((0.15..0.5).contains(&share), "{share}");
}

#[test]
fn a_stuck_sensor_repeats_its_first_reading_and_a_biased_one_errs_by_one_factor() {
    for (fault, rows, _) in shown(FindingKind::Stuck) {
        let values: BTreeSet<_> = rows.iter().filter_map(|row| row.result).map(f64::to_bits).collect();
        assert_eq!(values.len(), 1, "{fault:?}");
    }
    for (fault, rows, honest) in shown(FindingKind::Bias) {
        let said: f64 = rows.iter().filter_map(|row| row.result).sum();
        let ratio = said / honest.values().sum::<f64>();
        assert!((0.35..0.7).contains(&ratio) || (1.3..1.85).contains(&ratio), "{fault:?}: {ratio}");
    }
}

#[test]
fn a_leaping_sensor_leaps_in_two_readings_of_five() {
    let (mut leaps, mut readings) = (0, 0);
    for (_, rows, honest) in shown(FindingKind::Jump) {
        readings += honest.len();
        let leaps_by = |row: &&Observation| {
            let at = row.result_time.floor(Span::from_seconds(60));
            honest.get(&at).is_some_and(|honest| row.result != Some(*honest))
        };
        leaps += rows.iter().filter(leaps_by).count();
    }
    let share = leaps as f64 / readings as f64;
    assert!((share - 0.4).abs() < 0.08, "{share}");
}

#[test]
fn a_broken_clock_is_off_by_one_span_that_no_honest_clock_is() {
    let site = bund();
    for (fault, rows, _) in shown(FindingKind::Skew) {
        let late = |row: &Observation| row.result_time.since(row.phenomenon_time).seconds();
        let spread = rows.iter().map(late).fold(f64::NEG_INFINITY, f64::max)
            - rows.iter().map(late).fold(f64::INFINITY, f64::min);
        assert!(spread <= 200.0, "{fault:?}: {spread}");
    }
    let seen = see(&site, &punctual(Settings::without_faults()), 1);
    let minute = Span::from_seconds(60);
    let worst = seen.rows.iter().map(|row| {
        let since = row.phenomenon_time.since(row.phenomenon_time.floor(minute)).seconds();
        since.min(60.0 - since)
    });
    assert!(worst.fold(0.0, f64::max) <= Delivery::CLOCK_MOST_S);
}

#[test]
fn a_duplicate_source_says_what_another_says_or_everything_three_times() {
    let (mut copies, mut repeats) = (0, 0);
    for (fault, rows, honest) in shown(FindingKind::Duplicate) {
        match rows.len() {
            said if said >= 3 * honest.len() => repeats += 1,
            said => {
                assert_eq!(said, honest.len(), "{fault:?}");
                copies += 1;
            }
        }
    }
    assert!(copies > 0 && repeats > 0, "{copies} {repeats}");
}

#[test]
fn a_tenth_of_the_sensors_fails_and_only_those_that_count_people() {
    let mut settings = Settings::default();
    settings.shared.switch_sensors = 0;
    let site = bund();
    let counting = site.datastreams.iter().filter(|stream| stream.role != Role::Indicator).count();
    let failing: Vec<Injected> = (1..=10).flat_map(|seed| see(&site, &settings, seed).faults).collect();
    let share = failing.len() as f64 / (10 * counting) as f64;
    assert!((share - 0.10).abs() < 0.02, "{share}");
    assert!(failing.iter().all(|fault| site.datastreams[fault.datastream.index()].role != Role::Indicator));
    for fault in &failing {
        let minutes = fault.to.since(fault.from).minutes();
        assert!(fault.to == run().to || minutes <= 90.0, "{fault:?}");
    }
    let kinds: BTreeSet<_> = failing.iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds.len(), FindingKind::ALL.len());
}

#[test]
fn true_rates_stay_within_their_bounds_and_a_devices_two_ways_within_five_per_cent() {
    let site = bund();
    let seen = see(&site, &Settings::without_faults(), 2);
    let mut ways: BTreeMap<(Time, String), Vec<f64>> = BTreeMap::new();
    let mut seen_ratios = (1.0_f64, 1.0_f64);
    for rate in &seen.rates {
        let stream = &seen.site.datastreams[rate.datastream.index()];
        let device = match stream.role {
            Role::GateCount { gate, .. } => format!("gate {}", gate.index()),
            Role::LinkCount { link, .. } => format!("link {}", link.index()),
            _ => continue,
        };
        assert!((0.75 - 1e-9..=0.98 + 1e-9).contains(&rate.rate), "{}: {}", stream.id, rate.rate);
        ways.entry((rate.from, device)).or_default().push(rate.rate);
    }
    for ((_, device), rates) in &ways {
        let ratio = rates[0] / rates[1];
        assert!((0.949..=1.0525).contains(&ratio), "{device}: {ratio}");
        seen_ratios = (seen_ratios.0.min(ratio), seen_ratios.1.max(ratio));
    }
    assert!(seen_ratios.0 < 0.97 && seen_ratios.1 > 1.03, "{seen_ratios:?}");
}

#[test]
fn rain_hides_a_tenth_from_every_camera_and_nothing_from_others() {
    let site = bund();
    let dry = see(&site, &Settings::without_faults(), 4);
    let mut settings = Settings::without_faults();
    settings.shared.rain_loss = 0.10;
    let wet = see(&site, &settings, 4);
    let area = |seen: &Seen<'_>, rate: &&Rate| {
        matches!(seen.site.datastreams[rate.datastream.index()].role, Role::AreaCount { .. })
    };
    let of_area =
        |seen: &Seen<'_>| -> Vec<f64> { seen.rates.iter().filter(|it| area(seen, it)).map(|it| it.rate).collect() };
    let ratios: Vec<f64> = of_area(&wet).iter().zip(of_area(&dry)).map(|(wet, dry)| wet / dry).collect();
    let least = ratios.iter().copied().fold(1.0, f64::min);
    assert!((least - 0.90).abs() < 0.005, "{least}");
    assert!(ratios.iter().any(|ratio| (ratio - 1.0).abs() < 1e-12));
    let lines = |seen: &Seen<'_>| -> Vec<Rate> { seen.rates.iter().filter(|it| !area(seen, it)).copied().collect() };
    assert_eq!(lines(&wet), lines(&dry));
}

#[test]
fn full_networks_hide_phones_together_and_only_while_they_are_full() {
    let site = bund();
    let mut settings = Settings::without_faults();
    let free = see(&site, &settings, 4);
    settings.shared.network_loss = 0.8;
    let full = see(&site, &settings, 4);
    let phones = |seen: &Seen<'_>| -> Vec<(Time, f64)> {
        let is_phone = |it: &&Rate| phone::is_phone(&site.datastreams[it.datastream.index()]);
        seen.rates.iter().filter(is_phone).map(|it| (it.from, it.rate)).collect()
    };
    let lost: Vec<(Time, f64)> =
        phones(&full).iter().zip(phones(&free)).map(|((from, full), (_, free))| (*from, 1.0 - full / free)).collect();
    let most = lost.iter().map(|(_, lost)| *lost).fold(0.0, f64::max);
    assert!((0.3..0.6).contains(&most), "{most}");
    assert!(lost.first().is_some_and(|(_, lost)| lost.abs() < 1e-12));
    for pair in lost.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        assert!((pair[0].1 - pair[1].1).abs() < 0.02, "{pair:?}");
    }
    let others = |seen: &Seen<'_>| {
        seen.rows.iter().filter(|row| !phone::is_phone(&site.datastreams[row.datastream.index()])).count()
    };
    assert_eq!(others(&full), others(&free));
}

#[test]
fn lasting_multipliers_scatter_as_they_should() {
    let site = bund();
    let (mut cameras, mut phones) = (Vec::new(), Vec::new());
    for seed in 0..6 {
        let seen = see(&site, &Settings::without_faults(), seed);
        for rate in seen.rates.iter().filter(|rate| rate.from == START) {
            let stream = &site.datastreams[rate.datastream.index()];
            match stream.role {
                Role::AreaCount { .. } => cameras.push(rate.rate),
                Role::GroupCount { .. } => phones.push(rate.rate),
                _ => {}
            }
        }
    }
    let mean = cameras.iter().sum::<f64>() / cameras.len() as f64;
    let variance = cameras.iter().map(|it| (it - mean) * (it - mean)).sum::<f64>() / cameras.len() as f64;
    // 6 % that last, 5 % that wander, 2 % that all share.
    assert!((mean - 1.0).abs() < 0.025 && (libm::sqrt(variance) - 0.08).abs() < 0.008, "{mean} {variance}");
    assert!(phones.iter().all(|it| (0.22..0.66).contains(it)), "{phones:?}");
}

#[test]
fn a_gate_that_nobody_passes_counts_a_few_who_are_not_there() {
    let site = bund();
    let mut sensors = Sensors::new(&site, &punctual(Settings::without_faults()), (&[run()], 1));
    let (mut counted, mut rows) = (0.0, 0.0);
    for minute in 0..=120 {
        let mut moment = Moment::empty(&site, START.plus(Span::from_seconds(60 * minute)));
        moment.span_s = if minute == 0 { 0 } else { 60 };
        sensors.watch(&moment);
        for row in sensors.arrived(Time::MAX) {
            if matches!(site.datastreams[row.datastream.index()].role, Role::GateCount { .. }) {
                counted += row.result.unwrap();
                rows += 1.0;
            }
        }
    }
    assert!((counted / rows - 0.2).abs() < 0.02, "{}", counted / rows);
}

#[test]
fn a_switch_takes_ten_sensors_down_for_ten_minutes() {
    let site = bund();
    let mut settings = punctual(Settings::without_faults());
    settings.shared.switch_sensors = 10;
    let seen = see(&site, &settings, 1);
    assert_eq!(seen.faults.len(), 10);
    for fault in &seen.faults {
        assert_eq!(fault.kind, FindingKind::Silent);
        assert_eq!(fault.to.since(fault.from), Span::from_seconds(600));
        let window = Window { from: fault.from, to: fault.to };
        assert!(seen.of(fault.datastream).iter().all(|row| !window.covers(seen.read_at(row))));
    }
}

#[test]
fn cameras_never_read_above_their_cap() {
    let site = bund();
    let mut settings = Settings::without_faults();
    settings.cameras.multiplier_mean = 5.0;
    let seen = see(&site, &settings, 1);
    let mut bent = 0;
    for row in &seen.rows {
        let Role::AreaCount { zone } = seen.site.datastreams[row.datastream.index()].role else { continue };
        let area = seen.site.zones[zone.index()].area_m2.as_ref().unwrap().value;
        assert!(row.result.unwrap() <= 4.3 * area);
        bent += usize::from(row.result.unwrap() > 4.0 * area);
    }
    assert!(bent > 1_000, "{bent}");
}

#[test]
fn a_surge_is_seen_by_the_camera_of_its_zone_and_by_no_other_camera_or_counter() {
    let site = bund();
    let gate = site.gate_ix(&"renmin-west".into()).unwrap();
    let zone = site.gates[gate.index()].zone;
    let from = START.plus(Span::from_seconds(9_000));
    let surge = Surge { gate, from, times: 3.0, lasts_s: 1_800 };
    let plain = see(&site, &Settings::without_faults(), 1);
    let surged = see(&site, &Settings { surge: Some(surge), ..Settings::without_faults() }, 1);
    let (plain_rows, surged_rows) = (plain.by_sensor(), surged.by_sensor());
    for (datastream, rows) in &plain_rows {
        let stream = &site.datastreams[datastream.index()];
        let sees = match stream.role {
            Role::AreaCount { zone: seen } => seen == zone,
            Role::GroupCount { group } => site.groups[group.index()].members.contains(&zone),
            _ => false,
        };
        assert_eq!(&surged_rows[datastream] != rows, sees, "{}", stream.id);
    }
    let mut overlay = Overlay::new(&site, surge).unwrap();
    let mut before = 0;
    for minute in 0..=MINUTES {
        let mut moment = moment(&site, minute);
        let plain = moment.people[zone.index()];
        overlay.lay(&mut moment);
        let aside = moment.aside[zone.index()];
        let extra = moment.people[zone.index()] - plain;
        assert_eq!(before + aside.forward, extra + aside.backward);
        before = extra;
        if minute == 160 {
            let ratio = f64::from(moment.people[zone.index()]) / f64::from(plain);
            assert!((2.5..3.5).contains(&ratio), "{ratio}");
        }
    }
    assert_eq!(before, 0);
}

#[test]
fn steps_shorter_than_a_minute_count_the_same_people() {
    let site = bund();
    let settings = punctual(Settings::without_faults());
    let counted = |span_s: u32| {
        let mut sensors = Sensors::new(&site, &settings, (&[run()], 1));
        let mut rows = Vec::new();
        for step in 0..=(3_600 / span_s) {
            let mut moment = moment(&site, 100);
            moment.time = START.plus(Span::from_seconds(i64::from(step * span_s)));
            moment.span_s = if step == 0 { 0 } else { span_s };
            for passage in moment.gates.iter_mut().chain(&mut moment.links) {
                *passage = Passage { forward: moment.span_s, backward: moment.span_s };
            }
            sensors.watch(&moment);
            rows.extend(sensors.arrived(Time::MAX));
        }
        let line = |row: &&Observation| {
            matches!(site.datastreams[row.datastream.index()].role, Role::GateCount { .. } | Role::LinkCount { .. })
        };
        let lines: Vec<f64> = rows.iter().filter(line).filter_map(|row| row.result).collect();
        (lines.len(), lines.iter().sum::<f64>())
    };
    let ((coarse_rows, coarse), (fine_rows, fine)) = (counted(60), counted(15));
    assert_eq!(coarse_rows, fine_rows);
    assert!((coarse / fine - 1.0).abs() < 0.005, "{coarse} {fine}");
}
