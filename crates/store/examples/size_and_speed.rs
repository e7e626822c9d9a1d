//! Measures bytes a observation and time an observation of log and history, for an hour of 10,000 streams.
//!
//! Here: `cargo run --release -p store --example size_and_speed [streams] [minutes]`. Not here: a judgement; the tests
//! hold the size.
//! Invariant: the data are pseudo-random from a fixed seed, so that figures can be compared.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use city::{
    ActorId, Bilingual, Datastream, DatastreamId, DatastreamIx, ENTRY_SCHEMA, Entry, Event, Fact, Input, Observation,
    ObservationBatch, Seq, Site, SourceId, Span, Time,
};
use store::{Durability, History, SeriesKey, Store};

const ROWS: usize = 1_000;
const START: i64 = 1_570_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>());
    let streams = arguments.next().transpose()?.unwrap_or(10_000);
    let minutes = arguments.next().transpose()?.unwrap_or(60);
    let dir = tempfile::tempdir()?;
    let mut store = Store::open(dir.path(), Durability::Full)?;
    let mut history = History::open(dir.path())?;
    history.adopt(&site(streams));
    let entries = entries(streams, minutes);
    let observations = (streams * minutes) as f64;

    let start = Instant::now();
    let bytes: usize = entries
        .iter()
        .map(|entry| store::codec::encode(std::slice::from_ref(entry)).map_or(0, |bytes| bytes.len()))
        .sum();
    report("encode alone", start.elapsed(), observations);
    println!("block bytes an observation: {:.2}", bytes as f64 / observations);

    let start = Instant::now();
    for group in entries.chunks(8) {
        store.append(group, &[])?;
    }
    report("append in groups of 8", start.elapsed(), observations);

    let events: Vec<(Seq, Time, Vec<Event>)> = entries.iter().map(events).collect();
    let mut longest = Duration::ZERO;
    let start = Instant::now();
    for (seq, time, events) in &events {
        let one = Instant::now();
        history.record(*seq, *time, events)?;
        longest = longest.max(one.elapsed());
    }
    let flush = Instant::now();
    history.flush()?;
    println!("last flush: {:?}, longest record: {longest:?}", flush.elapsed());
    report("record with flushes", start.elapsed(), observations);

    let start = Instant::now();
    let read = store.entries(Seq(0)).filter_map(Result::ok).count();
    report(&format!("read {read} entries back"), start.elapsed(), observations);
    sizes(dir.path(), observations)?;
    query(&history, minutes)?;
    drop(store);
    drop(history);
    println!("closed:");
    sizes(dir.path(), observations)?;
    let start = Instant::now();
    let history = History::open(dir.path())?;
    println!("history opened again in {:?} at {:?}", start.elapsed(), history.complete_to());
    Ok(())
}

fn report(what: &str, took: Duration, observations: f64) {
    let each = took.as_secs_f64() / observations;
    println!("{what}: {took:?}, {:.3} µs an observation, {:.0} observations/s", each * 1e6, 1.0 / each);
}

fn sizes(dir: &Path, observations: f64) -> Result<(), Box<dyn Error>> {
    let mut total = 0;
    for file in fs::read_dir(dir)? {
        let file = file?;
        let size = file.metadata()?.len();
        if !file.file_name().to_string_lossy().ends_with("-shm") {
            total += size;
        }
        println!("  {:14} {size:>10}", file.file_name().to_string_lossy());
    }
    println!("  bytes an observation on disk: {:.2}", total as f64 / observations);
    Ok(())
}

fn query(history: &History, minutes: usize) -> Result<(), Box<dyn Error>> {
    let reader = history.reader();
    let (from, to) = (Time::from_seconds(START), Time::from_seconds(START + minutes as i64 * 60));
    for width_s in [60, 300, 3600] {
        let start = Instant::now();
        let windows = reader.windows(SeriesKey::Datastream(DatastreamIx(7)), from, to, Span::from_seconds(width_s))?;
        println!("windows of {width_s} s over {minutes} points: {} in {:?}", windows.len(), start.elapsed());
    }
    let start = Instant::now();
    let points = reader.raw(SeriesKey::Datastream(DatastreamIx(7)), from, to, usize::MAX)?;
    println!("raw: {} points in {:?}", points.len(), start.elapsed());
    Ok(())
}

fn site(streams: usize) -> Site {
    let stream = |number: usize| Datastream {
        id: DatastreamId::new(format!("gate-{number}/in")),
        name: Bilingual::same("gate"),
        unit: "people".to_owned(),
        interval_s: 60,
        delay_s: 5,
        reorder_s: 60,
        future_s: 120,
        silent_after_s: 185,
        error_share: 0.05,
        ..Datastream::default()
    };
    Site { datastreams: (0..streams).map(stream).collect(), ..Site::default() }
}

/// Counts that differ from stream to stream and wander, as gates' do.
fn count(random: &mut u64, stream: usize) -> f64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    let mean = 5 + (stream * 37) % 120;
    let spread = (*random % 256 + (*random >> 8) % 256 + (*random >> 16) % 256 + (*random >> 24) % 256) as f64 / 512.0;
    (mean as f64 * (0.5 + 0.5 * spread)).round()
}

fn entries(streams: usize, minutes: usize) -> Vec<Entry> {
    let mut random = 0x9e37_79b9_7f4a_7c15;
    let mut entries = Vec::new();
    for minute in 0..minutes {
        let phenomenon_time = Time::from_seconds(START + minute as i64 * 60);
        let result_time = phenomenon_time.plus(Span::from_seconds(65));
        let all: Vec<usize> = (0..streams).collect();
        for (part, some) in all.chunks(ROWS).enumerate() {
            let batch: ObservationBatch = some
                .iter()
                .map(|stream| Observation {
                    datastream: DatastreamIx::from(*stream),
                    phenomenon_time,
                    result_time,
                    result: Some(count(&mut random, *stream)),
                })
                .collect();
            entries.push(Entry {
                seq: Seq(entries.len() as u64 + 1),
                time: result_time.plus(Span::from_micros(part as i64 * 12_345)),
                actor: ActorId::from("local"),
                source: SourceId::from("http"),
                schema: ENTRY_SCHEMA,
                input: Input::Fact(Fact::Observations(batch)),
            });
        }
    }
    entries
}

fn events(entry: &Entry) -> (Seq, Time, Vec<Event>) {
    let Input::Fact(Fact::Observations(batch)) = &entry.input else { return (entry.seq, entry.time, Vec::new()) };
    (entry.seq, entry.time, batch.iter().map(Event::Observed).collect())
}
