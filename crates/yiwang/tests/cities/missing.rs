//! Months of a loop counter with holes in its record: what is missing is unknown everywhere, and zero nowhere.
//!
//! Not here: what the page draws (ui), how a stream that says "missing" is judged (engine).
//! Invariant: the file itself is what the answers are held against, row by row.

use std::collections::BTreeMap;

use city::{MICROS_PER_S, Time};
use serde_json::Value;

use crate::program::{Program, rows_of};
use crate::server::Server;
use crate::{replay, starter};

#[test]
fn missing_intervals_of_the_dodgers_loop_are_unknown_and_never_zero() {
    let program = Program::fastest();
    let Some((folder, site, observations)) = starter(&program, "dodgers", &[]) else { return };
    let file: BTreeMap<Time, Option<f64>> =
        rows_of(&observations).into_iter().map(|(time, _, result)| (time, result)).collect();
    let missing = file.values().filter(|result| result.is_none()).count();
    assert_eq!((file.len(), missing), (50_400, 2_903), "the file is another than the one described");

    let data = folder.path().join("data").display().to_string();
    let report = replay(&program, &site, &observations, &["--data", &data]);
    assert_eq!((&report["observations"], &report["missing"]), (&50_400.into(), &2_903.into()), "{report}");
    assert_eq!((&report["rejected"], &report["warnings"]), (&0.into(), &0.into()), "{report}");

    let server = Server::over(&site, &data, &observations);
    let span = (*file.keys().next().unwrap(), Time::from_micros(file.keys().last().unwrap().micros() + MICROS_PER_S));
    let points = server.points("datastream/count", span);
    let same =
        |time: &Time, result: &Option<f64>| points.get(time).is_some_and(|point| point["value"].as_f64() == *result);
    let differing = file.iter().find(|(time, result)| !same(time, result));
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
