//! Bad input from outside: each is refused with its place, and costs no good record.
//!
//! Not here: every message of every parser (formats).
//! Invariant: no case ends the server, and none makes it hold more memory than a body may have.

use std::io::Write;

use serde_json::Value;

use crate::http::{Request, Response};
use crate::server::{Server, yiwang};
use crate::site;

const HEADER: &str = "phenomenonTime,datastream,result\n";
const GOOD: &str = "2026-05-01T18:00:00+08:00,load/0,7\n";

/// A body, and what the answer must say.
struct Case {
    name: &'static str,
    request: Request,
    status: u16,
    /// Each must stand in the answer.
    says: &'static [&'static str],
}

fn csv(body: impl Into<Vec<u8>>) -> Request {
    Request::post("/v1/observations", "text/csv", body)
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Gzip that ends in the middle.
fn truncated() -> Vec<u8> {
    let row = |s: u32| format!("2026-05-01T18:{:02}:{:02}+08:00,load/1,{s}\n", s / 60, s % 60);
    let rows: Vec<_> = (0..500).map(row).collect();
    let mut whole = gzipped(&format!("{HEADER}{}", rows.concat()));
    whole.truncate(whole.len() / 2);
    whole
}

fn cases() -> Vec<Case> {
    let case = |name, request, status, says| Case { name, request, status, says };
    vec![
        case("an empty body", csv(""), 400, &["the body is empty"]),
        case("a header alone", csv(HEADER), 422, &["nothing-taken"]),
        case("a wrong header", csv("time;stream;value\n1;2;3\n"), 400, &["wrong header", "time;stream;value"]),
        case(
            "a stream that does not exist",
            csv(format!("{HEADER}2026-05-01T18:00:00+08:00,lode/0,7\n")),
            422,
            &["lode/0"],
        ),
        case(
            "a non-number",
            csv(format!("{HEADER}2026-05-01T18:00:00+08:00,load/0,seven\n")),
            422,
            &["seven", "line 2"],
        ),
        case(
            "a time without offset",
            csv(format!("{HEADER}2026-05-01T18:00:00,load/0,7\n")),
            422,
            &["offset", "line 2"],
        ),
        case("a truncated gzip", csv(truncated()).with("Content-Encoding", "gzip"), 400, &["gzip"]),
        case("gzip that is none", csv(GOOD).with("Content-Encoding", "gzip"), 400, &["gzip"]),
        case(
            "JSON that ends early",
            Request::post("/v1.1/CreateObservations", "application/json", "[{"),
            400,
            &["JSON"],
        ),
        case("another content", Request::post("/v1/observations", "image/png", "x"), 415, &["image/png"]),
        case("another encoding", csv(GOOD).with("Content-Encoding", "br"), 415, &["br"]),
    ]
}

fn check(case: &Case, answer: &Response) {
    let text = answer.text();
    assert_eq!(answer.status, case.status, "{}: {text}", case.name);
    for word in case.says {
        assert!(text.contains(word), "{} must say '{word}': {text}", case.name);
    }
    assert!(answer.json()["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{}: {text}", case.name);
}

#[test]
fn each_bad_body_is_refused_with_its_place_and_the_server_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (site, data) = (folder.path().join("site"), folder.path().join("data"));
    site::write(&site);
    let server = Server::start(&site, &data);

    for case in cases() {
        check(&case, &server.ask(&case.request));
    }
    let huge = server.connect().announce(&csv(""), 1 << 30).unwrap();
    assert_eq!(huge.status, 413, "a body of 1 GB is refused at its head: {}", huge.text());

    let mixed =
        "2026-05-01T18:01:00,load/0,8\n2026-05-01T18:02:00+08:00,load/0,x\n2026-05-01T18:03:00+08:00,no/such,8\n";
    let answer = server.ask(&csv(format!("{HEADER}{GOOD}{mixed}"))).json();
    assert_eq!(answer["taken"], 1, "{answer}");
    let places: Vec<_> =
        answer["problems"].as_array().unwrap().iter().map(|problem| problem["place"].clone()).collect();
    assert_eq!(places, ["line 3", "line 4", "line 5"], "{answer}");
}

#[test]
fn what_no_sensor_can_mean_is_named_in_the_answer_and_counted_against_the_feed() {
    let folder = tempfile::tempdir().unwrap();
    let (site, data) = (folder.path().join("site"), folder.path().join("data"));
    site::write(&site);
    let server = Server::start(&site, &data);
    let rows = "2026-05-01T18:00:00+08:00,station/in,-3\n2026-05-01T18:01:00+08:00,station/in,4\n";
    let answer = server.ask(&csv(format!("{HEADER}{GOOD}{rows}"))).json();
    assert_eq!((&answer["taken"], &answer["refused"]), (&2.into(), &1.into()), "{answer}");
    assert_eq!(answer["problems"][0]["place"], "line 3", "{answer}");
    let message = "datastream 'station/in': -3 is negative, and it counts people; it is counted against the sensor";
    assert_eq!(answer["problems"][0]["message"], message, "{answer}");

    let alone = server.ask(&csv(format!("{HEADER}2026-05-01T18:02:00+08:00,station/in,-1\n")));
    assert_eq!(alone.status, 422, "{}", alone.text());
    let after = server.ask(&csv(format!("{HEADER}2026-05-01T18:03:00+08:00,load/0,8\n"))).json();
    server.wait_until_applied(after["seq"].as_u64().unwrap());
    let feeds = server.get("/v1/feeds");
    let station = feeds.as_array().unwrap().iter().find(|feed| feed["id"] == "station/in").unwrap();
    assert_eq!((&station["tally"]["taken"], &station["tally"]["rejected"]), (&1.into(), &2.into()), "{station}");
}

#[test]
fn a_key_that_was_used_with_another_body_is_a_conflict() {
    let folder = tempfile::tempdir().unwrap();
    let (site, data) = (folder.path().join("site"), folder.path().join("data"));
    site::write(&site);
    let server = Server::start(&site, &data);
    let request =
        |value| csv(format!("{HEADER}2026-05-01T18:00:00+08:00,load/0,{value}\n")).with("Idempotency-Key", "a");
    let first = server.ask(&request(7)).json();
    let again = server.ask(&request(7)).json();
    assert_eq!(first["seq"], again["seq"]);
    assert_eq!(server.ask(&request(8)).status, 409);
}

/// A site whose one zone crosses itself.
fn broken_site(folder: &std::path::Path) {
    site::write(folder);
    let bow_tie = serde_json::json!({ "type": "FeatureCollection", "features": [{
        "type": "Feature", "id": "bow-tie",
        "properties": { "is": "zone", "name": { "zh-CN": "结", "en": "Bow tie" }, "kind": "moving" },
        "geometry": { "type": "Polygon", "coordinates": [[[0.0, 0.0], [0.001, 0.001], [0.001, 0.0], [0.0, 0.001], [0.0, 0.0]]] },
    }]});
    std::fs::write(folder.join("site.geojson"), serde_json::to_string_pretty(&bow_tie).unwrap()).unwrap();
}

#[test]
fn a_site_with_a_broken_polygon_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let (site, data) = (folder.path().join("site"), folder.path().join("data"));
    broken_site(&site);
    let site_path = site.to_str().unwrap();

    let output = yiwang(&["check", site_path, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let problem =
        report["problems"].as_array().unwrap().iter().find(|problem| problem["file"] == "site.geojson").unwrap();
    assert!(problem["line"].as_u64().is_some_and(|line| line > 1), "{report}");
    assert!(problem["message"].as_str().unwrap().contains("bow-tie"), "{report}");

    let mut server = Server::spawn(&site, &data);
    assert_eq!(server.wait().code(), Some(1));
    assert!(server.log().contains("site.geojson"), "{}", server.log());
}

#[test]
fn each_bad_file_is_refused_with_its_place_and_every_good_row_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    site::write(&site);
    let cases: [(&str, Vec<u8>, &[&str]); 4] = [
        ("empty.csv", Vec::new(), &["empty.csv", "phenomenonTime,datastream,result"]),
        ("header.csv", b"time;stream;value\n1;2;3\n".to_vec(), &["header.csv", "wrong header"]),
        ("truncated.csv.gz", truncated(), &["cut off", "\"row\": ", "every row before it was kept"]),
        ("not-gzip.csv.gz", GOOD.into(), &["not-gzip.csv.gz"]),
    ];
    for (name, bytes, says) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let path = path.to_str().unwrap();
        let output = yiwang(&["replay", "--site", site.to_str().unwrap(), "--observations", path, "--json"]);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        for word in says {
            assert!(said.contains(word), "{name} must say '{word}': {said}");
        }
    }
}
