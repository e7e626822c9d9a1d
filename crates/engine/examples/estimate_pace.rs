//! How long the engine takes for a minute of a large site: `cargo run --release -p engine --example estimate_pace`.
//!
//! 1,000 zones with a camera each, 3,000 links counted both ways, five groups: 7,000 observations a site minute, in
//! entries of 500 rows, for one hour.

#![allow(clippy::unwrap_used, reason = "an example has nobody to report to")]

use std::time::{Duration, Instant};

use city::{
    Access, Bilingual, Console, ConsoleRole, Datastream, DatastreamIx, Department, DepartmentIx, ENTRY_SCHEMA, Entry,
    Estimate, Fact, Group, Input, Ladder, Link, LinkFlow, LinkIx, LinkKind, Observation, ObservationBatch, Ratio, Role,
    Seq, Site, Sourced, Span, Time, Zone, ZoneIx, ZoneKind,
};
use engine::{City, apply};

const ZONES: u32 = 1_000;
/// From each zone a link leads so many zones on.
const STEPS: [u32; 3] = [1, 7, 31];
const ROWS: usize = 500;
const MINUTES: i64 = 60;
/// Minutes before the clock runs: at the start every feed begins to speak.
const WARM_UP: usize = 10;
/// A site minute may take this long at 20,000 times real time.
const TARGET: Duration = Duration::from_millis(3);

fn main() {
    let start = Time::from_seconds(1_570_000_000);
    let mut city = City::default();
    apply(&mut city, &entry(0, start, Fact::Site(Box::new(site()))));
    let entries = entries(start);
    let warm_up = entries.len() / MINUTES as usize * WARM_UP;
    for entry in &entries[..warm_up] {
        apply(&mut city, entry);
    }
    let known = city.tally().taken;
    let minutes = MINUTES as u32 - WARM_UP as u32;
    let (began, began_cpu) = (Instant::now(), on_cpu());
    let mut events = 0;
    for entry in &entries[warm_up..] {
        events += apply(&mut city, entry).events.len();
    }
    let took = began.elapsed();
    let cpu = on_cpu().zip(began_cpu).map_or(took, |(now, then)| now.saturating_sub(then));
    let minute = cpu / minutes;
    let rows = city.tally().taken - known;
    println!(
        "{rows} observations, {events} events, {:.0} ns of processor an observation",
        cpu.as_nanos() as f64 / rows as f64
    );
    println!(
        "{minute:?} of processor a site minute ({:?} of wall clock): {:.0} times real time; the aim is {TARGET:?}",
        took / minutes,
        60.0 / minute.as_secs_f64()
    );
    let began = Instant::now();
    println!("state {} in {:?}, snapshot of {} bytes", city.state_hash(), began.elapsed(), city.snapshot().len());
}

/// Time this thread has been running, where the kernel tells: on a shared machine the wall clock tells little.
fn on_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn entry(seq: u64, time: Time, fact: Fact) -> Entry {
    let input = Input::Fact(fact);
    Entry { seq: Seq(seq), time, actor: "pace".into(), source: "pace".into(), schema: ENTRY_SCHEMA, input }
}

/// Each minute every line counts and every camera looks.
fn entries(start: Time) -> Vec<Entry> {
    let streams = ZONES * (1 + 2 * STEPS.len() as u32);
    let mut entries = Vec::new();
    let mut dice = 7_u64;
    for minute in 0..MINUTES {
        let phenomenon_time = start.plus(Span::from_seconds(60 * minute));
        let result_time = phenomenon_time.plus(Span::from_seconds(65));
        let mut rows = Vec::with_capacity(ROWS);
        for ix in 0..streams {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = (dice >> 40) as f64 / f64::from(1 << 24);
            let result = if ix < ZONES { 480.0 + 40.0 * noise } else { 20.0 + 10.0 * noise };
            rows.push(Observation {
                datastream: DatastreamIx(ix),
                phenomenon_time,
                result_time,
                result: Some(result.round()),
            });
            if rows.len() == ROWS {
                let batch: ObservationBatch = rows.drain(..).collect();
                entries.push(entry(entries.len() as u64 + 1, result_time, Fact::Observations(batch)));
            }
        }
        let batch: ObservationBatch = rows.into_iter().collect();
        entries.push(entry(entries.len() as u64 + 1, result_time, Fact::Observations(batch)));
    }
    entries
}

fn stream(id: &str, role: Role, interval_s: u32) -> Datastream {
    Datastream {
        id: id.into(),
        name: Bilingual::same(id),
        department: DepartmentIx(0),
        role,
        unit: "people".to_owned(),
        interval_s,
        delay_s: 5,
        reorder_s: 60,
        future_s: 120,
        silent_after_s: 190,
        min: None,
        max: None,
        error_share: 0.06,
        reads_per_person: Ratio { mean: 0.9, sd: 0.06 },
        family: None,
        levels: None,
        position: None,
    }
}

fn site() -> Site {
    let name = Bilingual::same("pace");
    let zone = |ix: u32| Zone {
        id: format!("z{ix}").as_str().into(),
        name: name.clone(),
        kind: ZoneKind::Moving,
        polygon: None,
        area_m2: Some(Sourced::new(1000.0, "pace")),
        ladder: Sourced::new(ZoneKind::Moving.ladder(), "default"),
        peak_factor: 1.0,
        initial: Sourced::new(Estimate { people: 500.0, sd: 50.0 }, "pace"),
        access: Access::Pedestrian,
        unmeasured_share: 0.1,
        locked: None,
    };
    let mut site = Site {
        departments: vec![Department { id: "d".into(), name: name.clone() }],
        consoles: vec![Console {
            id: "c".into(),
            name: name.clone(),
            departments: Vec::new(),
            role: ConsoleRole::Duty,
        }],
        zones: (0..ZONES).map(zone).collect(),
        ..Site::default()
    };
    site.datastreams =
        (0..ZONES).map(|ix| stream(&format!("z{ix}/camera"), Role::AreaCount { zone: ZoneIx(ix) }, 0)).collect();
    for from in 0..ZONES {
        for step in STEPS {
            let link = LinkIx(site.links.len() as u32);
            site.links.push(Link {
                id: format!("l{}", link.0).as_str().into(),
                name: name.clone(),
                from: ZoneIx(from),
                to: ZoneIx((from + step) % ZONES),
                kind: LinkKind::Level,
                width_m: Sourced::new(5.0, "pace"),
                lost_width_m: 0.0,
                capacity_per_m_s: 1.22,
                access: Access::Pedestrian,
                line: Vec::new(),
            });
            for (way, flow) in [("on", LinkFlow::Forward), ("back", LinkFlow::Backward)] {
                site.datastreams.push(stream(&format!("l{}/{way}", link.0), Role::LinkCount { link, flow }, 60));
            }
        }
    }
    let group = |ix: u32| Group {
        id: format!("g{ix}").as_str().into(),
        name: name.clone(),
        members: (0..ZONES).filter(|zone| zone % 5 == ix).map(ZoneIx).collect(),
        people: Some(Sourced::new(Ladder { caution: 2e5, warning: 3e5, critical: 4e5 }, "pace")),
    };
    site.groups = (0..5).map(group).collect();
    site
}
