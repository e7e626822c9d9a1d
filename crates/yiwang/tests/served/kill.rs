//! Killed at random moments under load, the server loses nothing it acknowledged and doubles nothing.
//!
//! `YIWANG_KILLS` kills (3 unless set), from `YIWANG_SEED` (1 unless set), which is printed.
//! Not here: a disk that loses synced pages, which no process can show.
//! Invariant: each sender sends its batches in order and one at a time, so that at most one batch a sender is in doubt.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{Sender as ToTest, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::http::{Connection, Request};
use crate::server::{Server, yiwang};
use crate::site::{self, CRITICAL, LOADS};

/// Rows in a batch.
const ROWS: usize = 50;
/// Every so many batches, one row is critical.
const CREST_EVERY: usize = 7;
/// The most acknowledgements before a kill.
const ACKNOWLEDGED_MOST: u64 = 60;
/// The longest from the last of them to the kill, microseconds.
const AFTER_US: u64 = 20_000;
/// The longest a started server lives that is killed while it recovers, microseconds.
const RECOVERY_US: u64 = 60_000;
/// Every so many kills come after a graceful end.
const SNAPSHOT_EVERY: u64 = 6;
/// Seconds from the first observation to now: enough for every batch to lie in the past.
const PAST_S: i64 = 30 * 86_400;

/// One who sends: every batch has its own key, and what was not answered is sent again with the same key.
struct Sender {
    stream: usize,
    start: city::Time,
    /// Batches acknowledged; the next one is in doubt if it was sent.
    acknowledged: usize,
}

impl Sender {
    /// Sends until the connection breaks.
    fn send_until_cut(mut self, server: SocketAddr, progress: &ToTest<()>) -> Self {
        if let Ok(mut connection) = Connection::open(server) {
            while self.send_next(&mut connection) {
                // The test may have stopped counting.
                let _ = progress.send(());
            }
        }
        self
    }

    /// Sends the next batch until it is taken; false when the server is gone.
    fn send_next(&mut self, connection: &mut Connection) -> bool {
        loop {
            let Ok(answer) = connection.send(&self.request(self.acknowledged)) else { return false };
            match answer.status {
                200 | 201 => {
                    self.acknowledged += 1;
                    return true;
                }
                // Busy, or the first sending of the same key is still being written.
                429 | 503 => {}
                status => panic!("{status}: {}", answer.text()),
            }
        }
    }

    /// Every sender has its own form: CSV, gzipped CSV, NDJSON, data arrays.
    fn request(&self, batch: usize) -> Request {
        let request = match self.stream % 4 {
            0 => Request::post("/v1/observations", "text/csv", self.csv(batch)),
            1 => Request::post("/v1/observations", "text/csv", gzip(&self.csv(batch))).with("Content-Encoding", "gzip"),
            2 => Request::post("/v1/observations", "application/x-ndjson", self.ndjson(batch)),
            _ => Request::post("/v1.1/CreateObservations", "application/json", self.data_array(batch)),
        };
        request
            .with("Idempotency-Key", format!("{}-{batch}", self.stream))
            .with("X-Source", format!("sender-{}", self.stream))
    }

    fn csv(&self, batch: usize) -> String {
        let row = |row| format!("{},{},{}\n", self.time(batch, row), self.id(), value(batch, row));
        let rows: String = (0..ROWS).map(row).collect();
        format!("phenomenonTime,datastream,result\n{rows}")
    }

    fn ndjson(&self, batch: usize) -> String {
        let row = |row| {
            let (time, id, value) = (self.time(batch, row), self.id(), value(batch, row));
            format!("{{\"phenomenonTime\":\"{time}\",\"datastream\":\"{id}\",\"result\":{value}}}\n")
        };
        (0..ROWS).map(row).collect()
    }

    fn data_array(&self, batch: usize) -> String {
        let rows: Vec<_> = (0..ROWS).map(|row| serde_json::json!([self.time(batch, row), value(batch, row)])).collect();
        serde_json::json!([{
            "Datastream": { "@iot.id": self.id() },
            "components": ["phenomenonTime", "result"],
            "dataArray@iot.count": ROWS,
            "dataArray": rows,
        }])
        .to_string()
    }

    fn id(&self) -> String {
        format!("load/{}", self.stream)
    }

    fn time(&self, batch: usize, row: usize) -> String {
        self.start.plus(city::Span::from_seconds((batch * ROWS + row) as i64)).to_string()
    }

    fn rows(&self) -> u64 {
        (self.acknowledged * ROWS) as u64
    }
}

/// The result of a row: small, and critical now and then.
fn value(batch: usize, row: usize) -> f64 {
    if batch % CREST_EVERY == CREST_EVERY - 1 && row == ROWS / 2 {
        CRITICAL + 1.0
    } else {
        ((batch + row) % 500) as f64
    }
}

fn gzip(text: &str) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Where the kills come from: xorshift64*, so that a seed says everything.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}

#[test]
fn a_killed_server_loses_nothing_acknowledged_and_doubles_nothing() {
    let (kills, seed) = (setting("YIWANG_KILLS", 3), setting("YIWANG_SEED", 1));
    println!("{kills} kills, seed {seed}");
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let folder = tempfile::tempdir().unwrap();
    let (site, data) = (folder.path().join("site"), folder.path().join("data"));
    site::write(&site);
    let mut town = Town::new();

    for kill in 0..kills {
        if kill % SNAPSHOT_EVERY == 0 {
            // A graceful end saves a snapshot, so that the kills after it are recovered from snapshot and tail.
            Server::start(&site, &data).end();
        }
        match Moment::of(kill) {
            Moment::Recovering => {
                let server = Server::spawn(&site, &data);
                busy(Duration::from_micros(dice.below(RECOVERY_US)));
                server.kill();
            }
            moment => {
                let server = Server::start(&site, &data);
                town.nothing_is_lost_or_doubled(&server);
                let after = 1 + dice.below(ACKNOWLEDGED_MOST);
                let then = Duration::from_micros(dice.below(AFTER_US));
                town = town.load_and_kill(server, &Blow { moment, after, then });
            }
        }
        the_log_holds(&data);
    }

    let server = Server::start(&site, &data);
    town.nothing_is_lost_or_doubled(&server);
    town.send_what_is_in_doubt(&server);
    town.the_history_is_complete(&server);
    no_warning_was_raised_twice(&server);
    server.end();
    the_log_holds(&data);
    let rows: u64 = town.senders.iter().map(Sender::rows).sum();
    println!("{rows} observations and {} acknowledgements kept", town.officer.acknowledged.len());
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// What the server is doing when it is killed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    Loaded,
    Recovering,
    Stopping,
}

impl Moment {
    fn of(kill: u64) -> Self {
        match kill % 5 {
            2 => Self::Recovering,
            4 => Self::Stopping,
            _ => Self::Loaded,
        }
    }
}

/// When a kill comes.
struct Blow {
    moment: Moment,
    /// So many acknowledgements after the load began.
    after: u64,
    /// So long after the last of them.
    then: Duration,
}

/// Everyone who talks to the server, and what each was promised.
struct Town {
    senders: Vec<Sender>,
    officer: Officer,
}

impl Town {
    fn new() -> Self {
        let wall_s = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
        let start = city::Time::from_seconds(wall_s - PAST_S);
        let sender = |stream| Sender { stream, start, acknowledged: 0 };
        Self { senders: (0..LOADS).map(sender).collect(), officer: Officer::default() }
    }

    /// Everyone talks at once until the server is killed.
    fn load_and_kill(self, server: Server, blow: &Blow) -> Self {
        let address = server.address;
        let (progress, acknowledgements) = channel();
        let officer = self.officer;
        let officer = std::thread::spawn(move || officer.acknowledge_until_cut(address));
        let start = |sender: Sender| {
            let progress = progress.clone();
            std::thread::spawn(move || sender.send_until_cut(address, &progress))
        };
        let senders: Vec<_> = self.senders.into_iter().map(start).collect();
        for _ in 0..blow.after {
            acknowledgements.recv().unwrap();
        }
        if blow.moment == Moment::Stopping {
            server.ask_to_end();
        }
        busy(blow.then);
        server.kill();
        let senders = senders.into_iter().map(|thread| thread.join().unwrap()).collect();
        Self { senders, officer: officer.join().unwrap() }
    }

    /// Each stream holds what was acknowledged, and at most the one batch in doubt besides; each warning that was
    /// acknowledged still is.
    fn nothing_is_lost_or_doubled(&self, server: &Server) {
        let feeds = server.get("/v1/feeds");
        for sender in &self.senders {
            let tally = &feed(&feeds, &sender.id())["tally"];
            let taken = tally["taken"].as_u64().unwrap();
            let in_doubt = ROWS as u64;
            assert!(
                taken == sender.rows() || taken == sender.rows() + in_doubt,
                "{} acknowledged: {tally}",
                sender.rows()
            );
            for count in ["rejected", "duplicates", "late", "revised"] {
                assert_eq!(tally[count], 0, "{}: {tally}", sender.id());
            }
        }
        let warnings = server.get("/v1/warnings?state=all&limit=10000");
        for id in &self.officer.acknowledged {
            let warning = list(&warnings).iter().find(|warning| warning["id"] == *id);
            assert!(warning.is_some_and(|warning| !warning["acknowledged"].is_null()), "{id}: {warning:?}");
        }
    }

    /// What got no answer is sent again with its old key, and some more: each counts once, taken before or not.
    fn send_what_is_in_doubt(&mut self, server: &Server) {
        let mut connection = server.connect();
        for sender in &mut self.senders {
            for _ in 0..CREST_EVERY {
                assert!(sender.send_next(&mut connection), "the server is gone");
            }
        }
        // Sent once more, it changes nothing.
        for sender in &self.senders {
            let answer = connection.send(&sender.request(sender.acknowledged - 1)).unwrap();
            assert_eq!(answer.status / 100, 2, "{}", answer.text());
            server.wait_until_applied(answer.json()["seq"].as_u64().unwrap());
        }
        let feeds = server.get("/v1/feeds");
        for sender in &self.senders {
            assert_eq!(feed(&feeds, &sender.id())["tally"]["taken"], sender.rows(), "{}", sender.id());
        }
    }

    /// The history counts every row once, with its value.
    fn the_history_is_complete(&self, server: &Server) {
        for sender in &self.senders {
            let to = sender.start.plus(city::Span::from_seconds(PAST_S));
            let (id, from) = (sender.id(), sender.start);
            let path = format!("/v1/history?series=datastream/{id}&from={from}&to={to}&window_s=3600");
            let answer = server.get(&path);
            assert_eq!(answer["more"], false);
            let count: u64 = list(&answer["points"]).iter().map(|point| point["count"].as_u64().unwrap()).sum();
            let sum: f64 = list(&answer["points"]).iter().map(|point| point["sum"].as_f64().unwrap()).sum();
            let sent = (0..sender.acknowledged).flat_map(|batch| (0..ROWS).map(move |row| value(batch, row)));
            assert_eq!(count, sender.rows(), "{id}");
            // Whole numbers far below 2^53: their sum is exact in any order.
            assert!((sum - sent.sum::<f64>()).abs() < 0.5, "{id}: {sum}");
        }
    }
}

/// One who acknowledges every warning as soon as it is there.
#[derive(Default)]
struct Officer {
    acknowledged: Vec<Value>,
}

impl Officer {
    fn acknowledge_until_cut(mut self, server: SocketAddr) -> Self {
        if let Ok(mut connection) = Connection::open(server) {
            while self.acknowledge_all(&mut connection).is_ok() {}
        }
        self
    }

    fn acknowledge_all(&mut self, connection: &mut Connection) -> std::io::Result<()> {
        let open = connection.send(&Request::get("/v1/warnings?state=open"))?.json();
        for id in list(&open).iter().filter(|warning| warning["acknowledged"].is_null()).map(|warning| &warning["id"]) {
            let path = format!("/v1/warnings/{}/acknowledge", id.as_str().map_or(id.to_string(), str::to_owned));
            if connection.send(&Request::post(path, "application/json", "{}"))?.status == 200 {
                self.acknowledged.push(id.clone());
            }
        }
        Ok(())
    }
}

/// Ids are unique, and a cause has at most one warning at a time.
fn no_warning_was_raised_twice(server: &Server) {
    let warnings = server.get("/v1/warnings?state=all&limit=10000");
    assert!(!list(&warnings).is_empty(), "the load raises warnings");
    let mut ids = BTreeSet::new();
    let mut by_cause: BTreeMap<String, Vec<(city::Time, city::Time)>> = BTreeMap::new();
    for warning in list(&warnings) {
        assert!(ids.insert(warning["id"].to_string()), "twice: {warning}");
        let time = |key: &str| warning[key].as_str().map(|text| text.parse::<city::Time>().unwrap());
        let span = (time("raised_at").unwrap(), time("closed_at").unwrap_or(city::Time::MAX));
        by_cause.entry(warning["cause"].to_string()).or_default().push(span);
    }
    for (cause, mut spans) in by_cause {
        spans.sort();
        assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{cause} was raised while open: {spans:?}");
    }
}

/// The chain holds, and an uninterrupted run over the log's entries gives the state of the interrupted one.
fn the_log_holds(data: &Path) {
    let data = data.to_str().unwrap();
    let output = yiwang(&["verify", "--data", data, "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert!(output.status.success(), "{report}");
    assert_eq!((&report["chain_ok"], &report["equal"]), (&Value::Bool(true), &Value::Bool(true)), "{report}");
    assert_eq!(report["base_seq"], 0, "the replay starts from nothing: {report}");
    assert_eq!(report["state_hash_live"], report["state_hash_replay"]);
}

fn feed<'a>(feeds: &'a Value, id: &str) -> &'a Value {
    list(feeds).iter().find(|feed| feed["id"] == id).unwrap()
}

/// The list that an answer is or holds.
fn list(value: &Value) -> &Vec<Value> {
    value.as_array().or_else(|| value.as_object()?.values().find_map(Value::as_array)).unwrap()
}

/// Lets time pass without giving up the processor, so that even microseconds are kept.
fn busy(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}
