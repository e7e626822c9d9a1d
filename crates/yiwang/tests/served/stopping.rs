//! Ends and beginnings: a graceful stop, a second process on the same folder, the heartbeat.
//!
//! Not here: kills.
//! Invariant: an end that was asked for loses nothing and needs no recovery.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use crate::http::Request;
use crate::server::{Server, yiwang};
use crate::site;

const HEADER: &str = "phenomenonTime,datastream,result\n";

fn post(rows: &str) -> Request {
    Request::post("/v1/observations", "text/csv", format!("{HEADER}{rows}"))
}

#[test]
fn a_server_asked_to_end_ends_well_and_its_successor_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (site, data) = (folder.path().join("site"), folder.path().join("data"));
    site::write(&site);

    let server = Server::start(&site, &data);
    let answer = server.ask(&post("2026-05-01T18:00:00+08:00,load/0,7\n"));
    assert_eq!(answer.status / 100, 2, "{}", answer.text());
    server.end();

    let server = Server::start(&site, &data);
    let latest = server.get("/v1/datastreams/latest");
    let load = latest["datastreams"].as_array().unwrap().iter().find(|stream| stream["id"] == "load/0").unwrap();
    assert_eq!(load["result"], 7.0);
    server.end();
}

#[test]
fn a_second_process_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (site, data) = (folder.path().join("site"), folder.path().join("data"));
    site::write(&site);
    let first = Server::start(&site, &data);

    let mut second = Server::spawn(&site, &data);
    assert_eq!(second.wait().code(), Some(1));
    let log = second.log();
    assert!(log.contains(data.to_str().unwrap()), "the folder is named: {log}");
    assert!(log.contains("another process"), "the reason is said: {log}");

    let verify = yiwang(&["verify", "--data", data.to_str().unwrap()]);
    assert_eq!(verify.status.code(), Some(0), "verify only reads: {}", String::from_utf8_lossy(&verify.stderr));
    assert_eq!(first.ask(&post("2026-05-01T18:00:00+08:00,load/0,7\n")).status / 100, 2);
}

#[test]
fn a_well_server_sends_its_heartbeat() {
    let folder = tempfile::tempdir().unwrap();
    let (site, data) = (folder.path().join("site"), folder.path().join("data"));
    site::write(&site);
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/well", receiver.local_addr().unwrap());

    let mut server = Server::spawn_with(&site, &["--data", data.to_str().unwrap(), "--heartbeat", &url]);
    server.wait_until_ready();
    let (mut beat, _) = receiver.accept().unwrap();
    let mut first = String::new();
    BufReader::new(beat.try_clone().unwrap()).read_line(&mut first).unwrap();
    beat.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    assert_eq!(first.trim_end(), "GET /well HTTP/1.1");
}

#[test]
fn an_address_that_others_can_reach_is_wrong_use() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    site::write(&site);
    let data = folder.path().join("data");
    let (site, data) = (site.to_str().unwrap(), data.to_str().unwrap());
    let output = yiwang(&["serve", "--site", site, "--data", data, "--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("127.0.0.1"));
}

#[test]
fn a_replay_without_a_data_folder_serves_the_file_and_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    site::write(&site);
    let file = folder.path().join("observations.csv");
    std::fs::write(&file, format!("{HEADER}2026-05-01T18:00:00+08:00,load/0,7\n")).unwrap();

    let mut server = Server::spawn_with(&site, &["--replay", file.to_str().unwrap()]);
    server.wait_until_ready();
    assert_eq!(server.get("/v1/view")["mode"], "replay");
    let log = server.log();
    let kept = log.lines().find_map(|line| line.strip_prefix("the log is in ")).unwrap();
    let kept = std::path::PathBuf::from(kept.split(';').next().unwrap());
    assert!(kept.is_dir(), "{kept:?}");
    server.end();
    assert!(!kept.exists(), "{kept:?}");
}

#[test]
fn a_simulation_ends_before_the_moment_it_is_told_to_stop_at() {
    let folder = tempfile::tempdir().unwrap();
    let (site, data) = (folder.path().join("site"), folder.path().join("data"));
    std::fs::create_dir(&site).unwrap();
    for file in ["site.toml", "site.geojson"] {
        let square = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../formats/tests/square");
        std::fs::copy(square.join(file), site.join(file)).unwrap();
    }
    let data_arguments = ["--data", data.to_str().unwrap()];
    let simulated = ["--sim", "evening", "--to", "2024-01-01T12:00:00Z", "--speed", "max"];
    let mut server = Server::spawn_with(&site, &[&data_arguments[..], &simulated].concat());
    server.wait_until_ready();
    server.wait_until_said("the feed has ended");
    server.end();
    let report = yiwang(&["report", "--data", data.to_str().unwrap(), "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    let last = report["to"].as_str().unwrap();
    assert!(("2024-01-01T11:58:00Z".."2024-01-01T12:00:00Z").contains(&last), "{last}");
}
