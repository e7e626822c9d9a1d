//! Bytes on disk an observation, log and history together.
//!
//! Not here: speed, which a shared machine does not measure the same twice (see the example `size_and_speed`).

use std::fs;

use city::{
    ActorId, Bilingual, Datastream, DatastreamId, DatastreamIx, ENTRY_SCHEMA, Entry, Event, Fact, Input, Observation,
    ObservationBatch, Seq, Site, SourceId, Span, Time,
};
use store::{Durability, History, Store};

const STREAMS: u32 = 4_000;
const MINUTES: u32 = 30;
const ROWS: u32 = 1_000;
const LIMIT_BYTES: f64 = 4.0;

fn site() -> Site {
    let stream = |number: u32| Datastream {
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
    Site { datastreams: (0..STREAMS).map(stream).collect(), ..Site::default() }
}

/// One minute of a thousand streams, counts without a pattern.
fn batch(minute: u32, first: u32) -> ObservationBatch {
    let phenomenon_time = Time::from_seconds(1_570_000_000 + i64::from(minute) * 60);
    let rows = (first..first + ROWS).map(|stream| {
        let noise = (stream * 7_919 + minute * 104_729).wrapping_mul(2_654_435_761) >> 16;
        Observation {
            datastream: DatastreamIx(stream),
            phenomenon_time,
            result_time: phenomenon_time.plus(Span::from_seconds(65)),
            result: Some(f64::from(stream % 120 + noise % 60)),
        }
    });
    rows.collect()
}

#[test]
fn an_observation_takes_at_most_four_bytes_in_log_and_history_together() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), Durability::None).unwrap();
    let mut history = History::open(dir.path()).unwrap();
    history.adopt(&site());
    for minute in 0..MINUTES {
        for first in (0..STREAMS).step_by(ROWS as usize) {
            let batch = batch(minute, first);
            let seq = Seq(store.head().seq.0 + 1);
            let time = batch.result_times()[0];
            let events: Vec<Event> = batch.iter().map(Event::Observed).collect();
            let entry = Entry {
                seq,
                time,
                actor: ActorId::from("local"),
                source: SourceId::from("http"),
                schema: ENTRY_SCHEMA,
                input: Input::Fact(Fact::Observations(batch)),
            };
            store.append(&[entry], &[]).unwrap();
            history.record(seq, time, &events).unwrap();
        }
        if minute % 10 == 9 {
            history.flush().unwrap();
        }
    }
    drop((store, history));
    let bytes: u64 = fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
    let each = bytes as f64 / f64::from(STREAMS * MINUTES);
    assert!(each <= LIMIT_BYTES, "{each:.2} bytes an observation");
}
