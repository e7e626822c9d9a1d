//! History against a plain model: what was recorded is what is read, saved or not, reopened or not.

use std::collections::BTreeMap;
use std::path::Path;

use city::{
    Activity, Bilingual, Cause, CauseKind, Console, ConsoleId, ConsoleIx, ConsoleRole, Datastream, DatastreamId,
    DatastreamIx, Escalation, Event, Evidence, Group, GroupIx, GroupSample, Level, MICROS_PER_S, Observation, Place,
    Seq, Service, Site, Span, Time, Warning, WarningChange, WarningId, Zone, ZoneId, ZoneIx, ZoneKind, ZoneSample,
};
use proptest::prelude::*;
use tempfile::TempDir;

use super::{History, HistoryReader, Point, SeriesKey, Window};
use crate::StoreError;

mod site_edits;

const START: i64 = 1_570_000_000;

fn site(streams: &[&str], zones: &[&str]) -> Site {
    let stream = |id: &&str| Datastream {
        id: DatastreamId::from(*id),
        name: Bilingual::same(id),
        unit: "1".to_owned(),
        interval_s: 60,
        reorder_s: 60,
        future_s: 120,
        ..Datastream::default()
    };
    let zone = |id: &&str| Zone {
        id: ZoneId::from(*id),
        name: Bilingual::same(id),
        kind: ZoneKind::Moving,
        polygon: None,
        area_m2: None,
        ladder: city::Sourced::new(city::Ladder::MOVING, "test"),
        peak_factor: 1.0,
        initial: city::Sourced::default(),
        access: city::Access::Pedestrian,
        unmeasured_share: 0.0,
        locked: None,
    };
    Site {
        datastreams: streams.iter().map(stream).collect(),
        zones: zones.iter().map(zone).collect(),
        ..Site::default()
    }
}

fn time(seconds: i64) -> Time {
    Time::from_seconds(START + seconds)
}

fn observation(stream: u32, seconds: i64, result: Option<f64>) -> Observation {
    Observation { datastream: DatastreamIx(stream), phenomenon_time: time(seconds), result_time: time(seconds), result }
}

fn open(dir: &Path, site: &Site) -> History {
    let mut history = History::open(dir).unwrap();
    history.adopt(site);
    history
}

fn everything(reader: &HistoryReader, stream: u32) -> Vec<(i64, Option<f64>)> {
    let points = reader.raw(SeriesKey::Datastream(DatastreamIx(stream)), Time::MIN, Time::MAX, usize::MAX).unwrap();
    points.into_iter().map(|point| (point.time.micros() / MICROS_PER_S - START, point.value)).collect()
}

/// Windows from points, the plain way.
fn plain_windows(points: &BTreeMap<i64, Option<f64>>, width_s: i64) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    for (seconds, value) in points {
        let Some(value) = *value else { continue };
        let start = time(*seconds).floor(Span::from_seconds(width_s));
        match windows.last_mut() {
            Some(window) if window.start == start => {
                window.count += 1;
                window.sum += value;
                window.min = window.min.min(value);
                window.max = window.max.max(value);
                window.last = value;
            }
            _ => windows.push(Window { start, count: 1, sum: value, min: value, max: value, last: value }),
        }
    }
    windows
}

fn check(reader: &HistoryReader, stream: u32, model: &BTreeMap<i64, Option<f64>>) {
    let expected: Vec<_> = model.iter().map(|(seconds, value)| (*seconds, *value)).collect();
    assert_eq!(everything(reader, stream), expected);
    let key = SeriesKey::Datastream(DatastreamIx(stream));
    for width_s in [60, 300, 900, 3600, 7200, 86_400] {
        let windows = reader.windows(key, Time::MIN, Time::MAX, Span::from_seconds(width_s)).unwrap();
        assert_eq!(windows, plain_windows(model, width_s), "windows of {width_s} s");
    }
}

#[test]
fn points_are_read_before_and_after_saving_and_reopening() {
    let dir = TempDir::new().unwrap();
    let site = site(&["a", "b"], &[]);
    let mut history = open(dir.path(), &site);
    let reader = history.reader();
    let mut model = BTreeMap::new();
    for minute in 0..3_000_i64 {
        let value = (minute % 7 != 3).then_some((minute * 13 % 101) as f64);
        model.insert(minute * 60, value);
        let events = [Event::Observed(observation(1, minute * 60, value)), Event::DatastreamValue(DatastreamIx(1))];
        history.record(Seq(minute as u64 + 1), time(minute * 60), &events).unwrap();
        if minute % 250 == 249 {
            check(&reader, 1, &model);
            history.flush().unwrap();
            assert_eq!(history.complete_to(), Seq(minute as u64 + 1));
            check(&reader, 1, &model);
        }
    }
    assert_eq!(everything(&reader, 0), []);
    drop(history);
    let history = open(dir.path(), &site);
    assert_eq!(history.complete_to(), Seq(3_000));
    check(&history.reader(), 1, &model);
}

#[test]
fn a_range_and_a_limit_cut_the_points() {
    let dir = TempDir::new().unwrap();
    let mut history = open(dir.path(), &site(&["a"], &[]));
    let points: Vec<Event> = (0..2_500).map(|n| Event::Observed(observation(0, n * 10, Some(n as f64)))).collect();
    history.record(Seq(1), time(0), &points[..2_200]).unwrap();
    history.flush().unwrap();
    history.record(Seq(2), time(0), &points[2_200..]).unwrap();
    let key = SeriesKey::Datastream(DatastreamIx(0));
    let values = |from, to, limit| {
        let points = history.reader().raw(key, time(from), time(to), limit).unwrap();
        points.iter().filter_map(|point| point.value).map(|value| value as i64).collect::<Vec<_>>()
    };
    assert_eq!(values(95, 131, 100), [10, 11, 12, 13]);
    assert_eq!(values(95, 131, 2), [10, 11]);
    assert_eq!(values(100, 100, 9), [] as [i64; 0]);
    assert_eq!(values(200, 100, 9), [] as [i64; 0]);
    assert_eq!(values(0, 100_000, 2_500), (0..2_500).collect::<Vec<_>>());
    assert_eq!(values(21_980, 22_020, 9), [2_198, 2_199, 2_200, 2_201], "across saved and open");
    let hours = history.reader().windows(key, time(5_000), time(9_000), Span::from_seconds(3600)).unwrap();
    let starts: Vec<i64> = hours.iter().map(|window| window.start.since(time(0)).micros() / MICROS_PER_S).collect();
    assert!(hours.iter().all(|window| window.count == 360), "windows are whole: {hours:?}");
    assert!(starts[0] <= 5_000 && *starts.last().unwrap() < 9_000, "{starts:?}");
    assert_eq!(history.reader().windows(key, time(0), time(9), Span::ZERO).unwrap(), []);
}

#[test]
fn late_and_revised_points_change_points_and_rollups_saved_or_not() {
    let dir = TempDir::new().unwrap();
    let site = site(&["a"], &[]);
    let mut history = open(dir.path(), &site);
    let mut model: BTreeMap<i64, Option<f64>> = (10..2_000).map(|n| (n * 60, Some((n % 50) as f64))).collect();
    let all: Vec<Event> = model.iter().map(|(at, value)| Event::Observed(observation(0, *at, *value))).collect();
    history.record(Seq(1), time(0), &all[..1_500]).unwrap();
    history.flush().unwrap();
    history.record(Seq(2), time(0), &all[1_500..]).unwrap();
    history.flush().unwrap();
    // Before everything, inside a chunk, between points, after a chunk's end, among open points.
    let late = [(0, 7.0), (60 * 100, 900.0), (60 * 700 + 30, 3.5), (60 * 1_600 + 1, 1.0), (60 * 1_999, 77.0)];
    for (n, (at, value)) in late.into_iter().enumerate() {
        model.insert(at, Some(value));
        let revised = observation(0, at, Some(value));
        let event = if n % 2 == 0 { Event::Late(revised) } else { Event::Revised { observation: revised, was: None } };
        history.record(Seq(3 + n as u64), time(0), &[event]).unwrap();
        check(&history.reader(), 0, &model);
    }
    history.flush().unwrap();
    check(&history.reader(), 0, &model);
    drop(history);
    check(&open(dir.path(), &site).reader(), 0, &model);
}

#[test]
fn a_crash_loses_only_what_the_log_brings_back() {
    let dir = TempDir::new().unwrap();
    let site = site(&["a"], &[]);
    let events = |seq: u64| [Event::Observed(observation(0, seq as i64 * 60, Some(seq as f64)))];
    let mut history = open(dir.path(), &site);
    for seq in 1..=700 {
        history.record(Seq(seq), time(0), &events(seq)).unwrap();
        if seq == 600 {
            history.flush().unwrap();
        }
    }
    drop(history);
    let mut history = open(dir.path(), &site);
    assert_eq!(history.complete_to(), Seq(600));
    // The shell re-applies from a snapshot that lies before.
    for seq in 500..=800 {
        history.record(Seq(seq), time(0), &events(seq)).unwrap();
    }
    let model = (1..=800).map(|seq| (seq * 60, Some(seq as f64))).collect();
    check(&history.reader(), 0, &model);
}

#[test]
fn a_series_keeps_its_past_when_the_site_renumbers_it() {
    let dir = TempDir::new().unwrap();
    let mut history = open(dir.path(), &site(&["a", "b"], &["z"]));
    history.record(Seq(1), time(0), &[Event::Observed(observation(1, 0, Some(5.0)))]).unwrap();
    history.adopt(&site(&["b", "c"], &[]));
    history.record(Seq(2), time(0), &[Event::Observed(observation(0, 60, Some(6.0)))]).unwrap();
    assert_eq!(everything(&history.reader(), 0), [(0, Some(5.0)), (60, Some(6.0))]);
    assert_eq!(everything(&history.reader(), 1), []);
    assert_eq!(history.reader().raw(SeriesKey::Zone(ZoneIx(0)), Time::MIN, Time::MAX, 9).unwrap(), []);
    // An event of a stream outside the site is passed over.
    history.record(Seq(3), time(0), &[Event::Observed(observation(9, 60, Some(6.0)))]).unwrap();
}

#[test]
fn a_zones_points_carry_their_interval() {
    let dir = TempDir::new().unwrap();
    let site = site(&[], &["levee"]);
    let mut history = open(dir.path(), &site);
    let sample = |minute: i64| ZoneSample {
        zone: ZoneIx(0),
        at: time(minute * 60),
        people: minute as f64 + 0.25,
        p05: minute as f64 * 0.9,
        p25: minute as f64 * 0.95,
        p75: minute as f64 * 1.05,
        p95: minute as f64 * 1.1,
    };
    for minute in 0..2_000 {
        history.record(Seq(minute as u64 + 1), time(0), &[Event::ZoneSample(sample(minute))]).unwrap();
    }
    let key = SeriesKey::Zone(ZoneIx(0));
    let unsaved = history.reader().raw(key, Time::MIN, Time::MAX, usize::MAX).unwrap();
    assert_eq!(unsaved[10], Point { time: time(600), value: Some(10.3), interval: Some((9.0, 11.0)) });
    history.flush().unwrap();
    drop(history);
    let reader = open(dir.path(), &site).reader();
    assert_eq!(reader.raw(key, Time::MIN, Time::MAX, usize::MAX).unwrap(), unsaved);
    let hours = reader.windows(key, time(0), time(7_200), Span::from_seconds(3600)).unwrap();
    assert!(hours.len() >= 2 && hours[1].count == 60);
}

#[test]
fn a_groups_points_are_kept_and_rolled_up_like_a_zones() {
    let dir = TempDir::new().unwrap();
    let group = |id: &str| Group { id: id.into(), name: Bilingual::same(id), members: vec![ZoneIx(0)], people: None };
    let site = |groups: &[&str]| Site { groups: groups.iter().map(|id| group(id)).collect(), ..site(&[], &["levee"]) };
    let mut history = open(dir.path(), &site(&["bund", "square"]));
    for minute in 0..2_000_i64 {
        let (at, people) = (time(minute * 60), minute as f64);
        let sample = |group, people| GroupSample {
            group: GroupIx(group),
            at,
            people,
            p05: people * 0.9,
            p25: people * 0.95,
            p75: people * 1.05,
            p95: people * 1.1,
        };
        let events = [Event::GroupSample(sample(0, 0.0)), Event::GroupSample(sample(1, people))];
        history.record(Seq(minute as u64 + 1), time(0), &events).unwrap();
    }
    let points = |history: &History, group| {
        history.reader().raw(SeriesKey::Group(GroupIx(group)), Time::MIN, Time::MAX, usize::MAX).unwrap()
    };
    let unsaved = points(&history, 1);
    assert_eq!(unsaved.len(), 2_000);
    assert_eq!(unsaved[10], Point { time: time(600), value: Some(10.0), interval: Some((9.0, 11.0)) });
    history.flush().unwrap();
    drop(history);
    // The site was edited meanwhile: the position moves, the id stays.
    let history = open(dir.path(), &site(&["square"]));
    assert_eq!(points(&history, 0), unsaved);
    let hours = history.reader().windows(SeriesKey::Group(GroupIx(0)), time(0), time(7_200), Span::from_seconds(3600));
    let hours = hours.unwrap();
    assert!(hours.len() >= 2 && hours[1].count == 60);
}

fn warning(id: u64, raised: i64, closed: Option<i64>) -> Warning {
    Warning {
        id: WarningId(id),
        cause: Cause { place: Place::Site, kind: CauseKind::People },
        level: Level::Warning,
        worst: Level::Warning,
        worst_at: Some(time(raised)),
        worst_value: None,
        activity: Activity::Active,
        acknowledged: None,
        shelved: None,
        service: Service::In,
        raised_at: time(raised),
        level_at: time(raised),
        returned_at: None,
        closed_at: closed.map(time),
        value: Some(0.1 + 0.2),
        threshold: Some(4.7),
        console: ConsoleIx(0),
        escalation: Escalation::First,
        soundings: 1,
        members: Vec::new(),
        grouped_in: None,
        evidence: Evidence::default(),
    }
}

fn with_consoles(consoles: &[&str]) -> Site {
    let console = |id: &&str| Console {
        id: ConsoleId::from(*id),
        name: Bilingual::same(id),
        departments: Vec::new(),
        role: ConsoleRole::Duty,
    };
    Site { consoles: consoles.iter().map(console).collect(), ..Site::default() }
}

fn listed(reader: &HistoryReader, from: i64, to: i64, limit: usize) -> Vec<Warning> {
    let issued = reader.warnings(time(from), time(to), limit).unwrap();
    issued.into_iter().map(|issued| issued.warning).collect()
}

#[test]
fn warnings_are_kept_as_issued_change_by_change() {
    let dir = TempDir::new().unwrap();
    let mut history = open(dir.path(), &with_consoles(&["desk"]));
    let event =
        |change, warning: &Warning| Event::Warning { change, warning: Box::new(warning.clone()), at: warning.level_at };
    let (first, closed, second) = (warning(1, 100, None), warning(1, 100, Some(500)), warning(2, 300, None));
    history.record(Seq(1), time(100), &[event(WarningChange::Raised, &first)]).unwrap();
    history.flush().unwrap();
    let both = [event(WarningChange::Closed, &closed), event(WarningChange::Raised, &second)];
    history.record(Seq(2), time(300), &both).unwrap();
    let look = |history: &History| {
        let reader = history.reader();
        assert_eq!(listed(&reader, 0, 1_000, 10), [second.clone(), closed.clone()]);
        assert_eq!(listed(&reader, 0, 1_000, 1), std::slice::from_ref(&second));
        assert_eq!(listed(&reader, 501, 1_000, 10), std::slice::from_ref(&second));
        assert_eq!(listed(&reader, 0, 200, 10), std::slice::from_ref(&closed));
        let changes = reader.warning_changes(WarningId(1)).unwrap();
        assert_eq!(
            changes.iter().map(|issued| issued.change).collect::<Vec<_>>(),
            [WarningChange::Raised, WarningChange::Closed]
        );
        assert_eq!(changes[0].issued.warning, first);
        assert_eq!(reader.warning(WarningId(2)).unwrap().map(|issued| issued.warning), Some(second.clone()));
        assert_eq!(reader.warning(WarningId(3)).unwrap(), None);
    };
    look(&history);
    history.flush().unwrap();
    look(&history);
    drop(history);
    look(&open(dir.path(), &with_consoles(&["desk"])));
}

#[test]
fn a_damaged_history_is_named_and_can_be_built_anew() {
    let dir = TempDir::new().unwrap();
    let site = site(&["a"], &[]);
    let mut history = open(dir.path(), &site);
    let points: Vec<Event> = (0..1_500).map(|n| Event::Observed(observation(0, n * 60, Some(n as f64)))).collect();
    history.record(Seq(1), time(0), &points).unwrap();
    history.flush().unwrap();
    drop(history);
    let conn = rusqlite::Connection::open(dir.path().join(super::HISTORY_FILE)).unwrap();
    conn.execute("UPDATE chunk SET bytes = x'0105' WHERE width = 0", []).unwrap();
    drop(conn);
    let history = open(dir.path(), &site);
    let read = history.reader().raw(SeriesKey::Datastream(DatastreamIx(0)), Time::MIN, Time::MAX, 9);
    assert!(matches!(read, Err(StoreError::Damaged { .. })), "{read:?}");
    drop(history);
    std::fs::write(dir.path().join(super::HISTORY_FILE), b"not a database, not even close to one").unwrap();
    assert!(History::open(dir.path()).is_err());
    History::discard(dir.path()).unwrap();
    let mut history = open(dir.path(), &site);
    assert_eq!(history.complete_to(), Seq(0));
    history.record(Seq(1), time(0), &points).unwrap();
    assert_eq!(everything(&history.reader(), 0).len(), 1_500);
    history.clear().unwrap();
    assert_eq!((everything(&history.reader(), 0).len(), history.complete_to()), (0, Seq(0)));
}

#[test]
fn a_reader_beside_the_writer_sees_every_point_once() {
    let dir = TempDir::new().unwrap();
    let mut history = open(dir.path(), &site(&["a"], &[]));
    let reader = history.reader();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut seen = 0;
            while !done.load(std::sync::atomic::Ordering::Acquire) {
                let points = everything(&reader, 0);
                assert!(points.iter().enumerate().all(|(n, (at, _))| *at == n as i64 * 60), "a gap or a repetition");
                assert!(points.len() >= seen, "{} points after {seen}", points.len());
                seen = points.len();
                let hours = reader
                    .windows(SeriesKey::Datastream(DatastreamIx(0)), Time::MIN, Time::MAX, Span::from_seconds(3600))
                    .unwrap();
                assert!(hours.iter().map(|hour| hour.count).sum::<u64>() >= seen as u64);
            }
        });
        for minute in 0..20_000_i64 {
            let event = Event::Observed(observation(0, minute * 60, Some(1.0)));
            history.record(Seq(minute as u64 + 1), time(minute * 60), &[event]).unwrap();
            if minute % 97 == 0 {
                history.flush().unwrap();
            }
        }
        done.store(true, std::sync::atomic::Ordering::Release);
        watcher.join().unwrap();
    });
}

/// One step of the model test.
#[derive(Clone, Debug)]
enum Step {
    /// So many points in a row.
    Run(u16),
    /// A point at this minute, wherever that is.
    Any(u16, Option<u8>),
    Flush,
    Reopen,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1_u16..900).prop_map(Step::Run),
        3 => (0_u16..4_000, proptest::option::of(any::<u8>())).prop_map(|(minute, value)| Step::Any(minute, value)),
        2 => Just(Step::Flush),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn history_is_what_a_sorted_map_would_be(steps in proptest::collection::vec(any_step(), 1..25)) {
        let dir = TempDir::new().unwrap();
        let site = site(&["a"], &[]);
        let mut history = open(dir.path(), &site);
        let mut model: BTreeMap<i64, Option<f64>> = BTreeMap::new();
        let (mut seq, mut minute) = (0, 0_i64);
        for step in steps {
            seq += 1;
            match step {
                Step::Run(points) => {
                    let events: Vec<Event> = (0..i64::from(points)).map(|n| {
                        let (at, value) = ((minute + n) * 60, Some(((minute + n) % 90) as f64));
                        model.insert(at, value);
                        Event::Observed(observation(0, at, value))
                    }).collect();
                    minute += i64::from(points);
                    history.record(Seq(seq), time(0), &events).unwrap();
                }
                Step::Any(at, value) => {
                    let (at, value) = (i64::from(at) * 60, value.map(f64::from));
                    model.insert(at, value);
                    history.record(Seq(seq), time(0), &[Event::Late(observation(0, at, value))]).unwrap();
                }
                Step::Flush => history.flush().unwrap(),
                Step::Reopen => {
                    history.flush().unwrap();
                    drop(history);
                    history = open(dir.path(), &site);
                }
            }
        }
        check(&history.reader(), 0, &model);
    }
}

#[test]
fn the_writer_moves_between_threads_and_readers_are_shared() {
    fn is_send<T: Send>() {}
    fn is_shared<T: Clone + Send + Sync>() {}
    is_send::<History>();
    is_send::<crate::Store>();
    is_shared::<HistoryReader>();
}
