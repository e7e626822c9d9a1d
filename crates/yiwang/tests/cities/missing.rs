//! Months of a loop counter with holes in its record: what is missing is unknown everywhere, and zero nowhere.
//!
//! Not here: what the page draws (ui), how a stream that says "missing" is judged (engine).
//! Invariant: the file itself is what the answers are held against, row by row.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use city::{MICROS_PER_S, Time};
use serde_json::Value;

use crate::program::Program;
use crate::{replay, starter};

/// The longest a server may take to be ready.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server over a replay that has been delivered already.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn over(site: &str, data: &str, observations: &str) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let arguments = ["serve", "--site", site, "--data", data, "--replay", observations, "--listen", &address];
        let mut command = Command::new(env!("CARGO_BIN_EXE_yiwang"));
        let child = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { child, address };
        let asked_at = Instant::now();
        while server.ask("/readyz").is_none() {
            assert!(asked_at.elapsed() < PATIENCE, "not ready in time");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        server
    }

    fn ask(&self, path: &str) -> Option<Value> {
        let mut answer = ureq::get(format!("http://{}{path}", self.address)).call().ok()?;
        let text = answer.body_mut().read_to_string().unwrap();
        Some(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// All points of a series, by time.
    fn points(&self, series: &str, (from, to): (Time, Time)) -> BTreeMap<Time, Option<f64>> {
        let mut points = BTreeMap::new();
        let mut from = from;
        loop {
            let path = format!("/v1/history?series={series}&from={from}&to={to}&limit=20000");
            let answer = self.ask(&path).unwrap();
            for point in answer["points"].as_array().unwrap() {
                from = point["time"].as_str().unwrap().parse().unwrap();
                points.insert(from, point["value"].as_f64());
            }
            if answer["more"] != true {
                return points;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The file's rows: the time, and the result if there is one.
fn rows(path: &str) -> BTreeMap<Time, Option<f64>> {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        (fields[0].parse().unwrap(), fields[2].trim().parse().ok())
    };
    text.lines().skip(1).map(row).collect()
}

#[test]
fn missing_intervals_of_the_dodgers_loop_are_unknown_and_never_zero() {
    let program = Program::fastest();
    let Some((folder, site, observations)) = starter(&program, "dodgers", &[]) else { return };
    let file = rows(&observations);
    let missing = file.values().filter(|result| result.is_none()).count();
    assert_eq!((file.len(), missing), (50_400, 2_903), "the file is another than the one described");

    let data = folder.path().join("data").display().to_string();
    let report = replay(&program, &site, &observations, &["--data", &data]);
    assert_eq!((&report["observations"], &report["missing"]), (&50_400.into(), &2_903.into()), "{report}");
    assert_eq!((&report["rejected"], &report["warnings"]), (&0.into(), &0.into()), "{report}");

    let server = Server::over(&site, &data, &observations);
    let span = (*file.keys().next().unwrap(), Time::from_micros(file.keys().last().unwrap().micros() + MICROS_PER_S));
    let points = server.points("datastream/count", span);
    let differing = file.iter().find(|(time, result)| points.get(time) != Some(result));
    assert_eq!((points.len(), differing), (file.len(), None), "the first row that is not in the history as it was");

    // The whole first day is missing: no hour of it has a mean, least of all zero.
    let (from, to) = (span.0, Time::from_micros(span.0.micros() + 86_400 * MICROS_PER_S));
    let path = format!("/v1/history?series=datastream/count&from={from}&to={to}&window_s=3600");
    assert_eq!(server.ask(&path).unwrap()["points"], serde_json::json!([]));

    // The file ends in a hole of most of a day: the last value is unknown, and the sensor is said to drop out.
    let latest = &server.ask("/v1/datastreams/latest").unwrap()["datastreams"][0];
    assert_eq!(latest["result"], Value::Null, "{latest}");
    assert_eq!(latest["findings"][0]["kind"], "dropout", "{latest}");
}
