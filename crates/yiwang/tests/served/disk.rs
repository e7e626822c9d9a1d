//! The disk: full, then with room again; and a backup taken while the server writes.
//!
//! Not here: damage to files (store).
//! Invariant: what was acknowledged before, between and after is in the log, each once.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::http::Request;
use crate::server::{Server, yiwang};
use crate::site;

/// Rows in a body: many, with digits that do not compress, so that a small disk fills soon.
const ROWS: u64 = 5_000;

/// A body of rows that nobody sent before; `turn` counts the bodies.
fn body(turn: u64) -> Request {
    let mut text = String::from("phenomenonTime,datastream,result\n");
    for row in 0..ROWS {
        let second = turn * ROWS + row;
        let noise = (second.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24) as f64 / 1e10;
        let (day, hour, minute, second) = (second / 86_400 + 1, second / 3_600 % 24, second / 60 % 60, second % 60);
        writeln!(text, "2026-01-{day:02}T{hour:02}:{minute:02}:{second:02}Z,load/0,{noise}").unwrap();
    }
    Request::post("/v1/observations", "text/csv", text)
}

/// A file system of a given size; unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None`, with the reason printed, where mounting is not allowed.
    fn mount(at: &Path, megabytes: u32) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_owned()));
        }
        println!("skipped: mounting a small disk needs root and a kernel that allows it");
        None
    }

    fn grow(&self, megabytes: u32) {
        let size = format!("remount,size={megabytes}m");
        assert!(Command::new("mount").args(["-o", &size]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A disk that stays mounted is in a temporary folder that only the next restart empties.
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn verified(data: &Path) -> serde_json::Value {
    let output = yiwang(&["verify", "--data", data.to_str().unwrap(), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_full_disk_stops_acknowledgements_says_why_and_recovers_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&folder.path().join("disk"), 3) else { return };
    let (site, data) = (folder.path().join("site"), disk.0.join("data"));
    site::write(&site);
    let mut server = Server::spawn_with(&site, &["--data", data.to_str().unwrap()]);
    server.wait_until_ready();

    let mut acknowledged = 0;
    let refused = loop {
        let answer = server.ask(&body(acknowledged));
        if answer.status / 100 != 2 {
            break answer;
        }
        acknowledged += 1;
        assert!(acknowledged < 500, "a disk of 3 MB takes everything");
    };
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.text().contains("no room on the disk"), "{}", refused.text());
    let ready = server.ask(&Request::get("/readyz"));
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("no room on the disk"), "{}", ready.text());
    assert_eq!(server.ask(&Request::get("/v1/view")).status, 200, "what is known is still shown");

    disk.grow(64);
    assert_eq!(server.ask(&body(acknowledged)).status / 100, 2, "there is room again");
    assert_eq!(server.ask(&Request::get("/readyz")).status, 200);
    server.end();
    assert_eq!(verified(&data)["equal"], true);

    let mut again = Server::spawn_with(&site, &["--data", data.to_str().unwrap()]);
    again.wait_until_ready();
    let feeds = again.get("/v1/feeds");
    let load = feeds.as_array().unwrap().iter().find(|feed| feed["id"] == "load/0").unwrap();
    assert_eq!(load["tally"]["taken"], (acknowledged + 1) * ROWS, "{load}");
}

#[test]
fn a_backup_taken_while_the_server_writes_is_a_log_that_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let (site, data) = (folder.path().join("site"), folder.path().join("data"));
    site::write(&site);
    let server = Server::start(&site, &data);
    for turn in 0..3 {
        assert_eq!(server.ask(&body(turn)).status / 100, 2);
    }
    let path = |name: &str| folder.path().join(name);
    let (backup, restored) = (path("backup"), path("restored"));
    std::thread::scope(|scope| {
        scope.spawn(|| (3..9).for_each(|turn| assert_eq!(server.ask(&body(turn)).status / 100, 2)));
        let output = yiwang(&["backup", "--data", data.to_str().unwrap(), "--to", backup.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    });
    let entries = verified(&backup)["entries"].as_u64().unwrap();
    assert!(entries >= 3, "what was acknowledged before the backup is in it: {entries}");

    let output = yiwang(&["restore", "--from", backup.to_str().unwrap(), "--data", restored.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let again = yiwang(&["restore", "--from", backup.to_str().unwrap(), "--data", restored.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1), "a folder with something in it is not overwritten");
    assert_eq!(verified(&restored)["entries"], entries);
    Server::start(&site, &restored).end();
}
