//! How long the engine takes for one observation: `cargo run --release -p engine --example pace`.
//!
//! 10,000 simple indicator streams, entries of 1,000 rows, one hour of one-minute results: 600,000 observations.

#![allow(clippy::unwrap_used, reason = "an example has nobody to report to")]

use std::time::{Duration, Instant};

use city::{
    Bilingual, Console, ConsoleRole, Datastream, DatastreamIx, Department, Entry, Fact, Input, Observation,
    ObservationBatch, Role, Seq, Site, Span, Time,
};
use engine::{City, apply};

const STREAMS: u32 = 10_000;
const ROWS: usize = 1_000;
const MINUTES: i64 = 60;

fn main() {
    let start = Time::from_seconds(1_570_000_000);
    let mut city = City::default();
    apply(&mut city, &entry(0, start, Fact::Site(Box::new(site()))));
    let entries = entries(start);
    let (began, began_cpu) = (Instant::now(), on_cpu());
    let mut events = 0;
    for entry in &entries {
        events += apply(&mut city, entry).events.len();
    }
    let took = began.elapsed();
    let cpu = on_cpu().zip(began_cpu).map_or(took, |(now, then)| now.saturating_sub(then));
    let rows = u64::from(STREAMS) * MINUTES as u64;
    assert_eq!(city.tally().taken, rows);
    let each = |took: Duration| took.as_nanos() as f64 / rows as f64;
    println!("{:.0} ns of processor an observation, {:.0} ns of wall clock", each(cpu), each(took));
    println!("{rows} observations, {events} events");
    let began = Instant::now();
    let hash = city.state_hash();
    println!("{:?} for the state hash {hash}", began.elapsed());
    let began = Instant::now();
    let snapshot = city.snapshot();
    println!("{:?} for a snapshot of {} bytes", began.elapsed(), snapshot.len());
    let began = Instant::now();
    City::from_snapshot(&snapshot).unwrap();
    println!("{:?} to load it", began.elapsed());
}

/// Time this thread has been running, where the kernel tells: on a shared machine the wall clock tells little.
fn on_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn entry(seq: u64, time: Time, fact: Fact) -> Entry {
    Entry { seq: Seq(seq), time, actor: "pace".into(), source: "pace".into(), schema: 1, input: Input::Fact(fact) }
}

/// Each minute every stream reports, in entries of [`ROWS`] rows.
fn entries(start: Time) -> Vec<Entry> {
    let mut entries = Vec::new();
    for minute in 0..MINUTES {
        let phenomenon_time = start.plus(Span::from_seconds(60 * minute));
        let result_time = phenomenon_time.plus(Span::from_seconds(65));
        let all: Vec<u32> = (0..STREAMS).collect();
        for streams in all.chunks(ROWS) {
            let rows = streams.iter().map(|ix| Observation {
                datastream: DatastreamIx(*ix),
                phenomenon_time,
                result_time,
                result: Some(f64::from(*ix) + minute as f64),
            });
            let batch: ObservationBatch = rows.collect();
            entries.push(entry(entries.len() as u64 + 1, result_time, Fact::Observations(batch)));
        }
    }
    entries
}

fn site() -> Site {
    let name = Bilingual::same("pace");
    let datastreams = (0..STREAMS).map(|ix| Datastream {
        id: format!("s{ix}").as_str().into(),
        name: name.clone(),
        department: city::DepartmentIx::default(),
        role: Role::Indicator,
        unit: "1".to_owned(),
        interval_s: 60,
        delay_s: 5,
        reorder_s: 60,
        future_s: 120,
        silent_after_s: 185,
        min: None,
        max: None,
        error_share: 0.05,
        reads_per_person: city::Ratio::default(),
        family: None,
        levels: None,
        position: None,
    });
    Site {
        departments: vec![Department { id: "d".into(), name: name.clone() }],
        consoles: vec![Console {
            id: "c".into(),
            name: name.clone(),
            departments: Vec::new(),
            role: ConsoleRole::Duty,
        }],
        datastreams: datastreams.collect(),
        ..Site::default()
    }
}
