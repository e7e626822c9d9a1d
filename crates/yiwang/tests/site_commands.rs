//! `check` and `init` as a person runs them: exit status, what is printed, what is written.
//!
//! Not here: which problems a folder has (formats' tests).
//! Invariant: status 0 success, 1 the site has errors or a row was refused, 2 wrong use.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, also in its helpers")]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Runs the program in `folder`; its status, standard output and standard error.
fn yiwang(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_yiwang")).args(args).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn with(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

const OBSERVATIONS: &str = "phenomenonTime,datastream,result\n\
    2019-01-01T05:30:00+08:00,a/entries,3\n2019-01-01T05:30:00+08:00,a/exits,1\n\
    2019-01-01T05:45:00+08:00,a/entries,4\n2019-01-01T05:45:00+08:00,a/exits,2\n";

#[test]
fn a_site_made_of_observations_passes_its_check_and_is_not_overwritten() {
    let folder = with(&[("observations.csv", OBSERVATIONS)]);
    let init = ["init", "mine", "--observations", "observations.csv"];
    let (status, printed, _) = yiwang(folder.path(), &init);
    assert_eq!(status, 0);
    assert!(printed.contains("2 datastreams, 1 gate of one network; time zone Etc/GMT-8"), "{printed}");
    assert!(printed.contains("next: yiwang serve --site mine --replay observations.csv"), "{printed}");
    assert_eq!(yiwang(folder.path(), &["check", "mine"]).0, 0);
    let before = fs::read(folder.path().join("mine/site.toml")).unwrap();
    let (status, _, refused) = yiwang(folder.path(), &init);
    assert_eq!(status, 2);
    assert!(refused.contains("mine is not empty"), "{refused}");
    assert_eq!(fs::read(folder.path().join("mine/site.toml")).unwrap(), before);
}

#[test]
fn a_bad_row_of_the_sensors_is_named_and_the_others_are_kept() {
    let folder = with(&[("sensors.csv", "id,name,lat,lon\na,A,31,121\nb,B,north,121\n")]);
    let (status, printed, problems) = yiwang(folder.path(), &["init", "mine", "--sensors", "sensors.csv"]);
    assert_eq!(status, 1);
    assert!(printed.contains("made mine with 1 datastream;"), "{printed}");
    assert!(problems.contains("sensors.csv:3: sensor \"b\""), "{problems}");
}

#[test]
fn nothing_to_make_a_site_from_is_wrong_use() {
    let folder = with(&[]);
    assert_eq!(yiwang(folder.path(), &["init", "mine"]).0, 2);
    assert!(!folder.path().join("mine").exists());
}

#[test]
fn a_broken_site_is_reported_with_file_line_and_remedy() {
    let folder = with(&[("s/site.toml", "schema = 1\nname = \"x\"\ntimezone = \"Etc/UTC\"\ndepartmant = []\n")]);
    let (status, printed, _) = yiwang(folder.path(), &["check", "s"]);
    assert_eq!(status, 1);
    assert!(printed.contains("s/site.toml:4: unknown key \"departmant\" (did you mean \"department\"?)"), "{printed}");
    let (status, printed, _) = yiwang(folder.path(), &["check", "s", "--json"]);
    assert_eq!(status, 1);
    let report: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(report["schema"], 1);
    let problem = &report["problems"][2];
    assert_eq!(
        (&problem["file"], &problem["line"], &problem["severity"]),
        (&"site.toml".into(), &4.into(), &"error".into())
    );
    assert!(problem["message"].is_string() && problem["remedy"].is_string());
}

#[test]
fn a_folder_that_is_absent_is_wrong_use_and_one_without_a_site_fails() {
    let folder = with(&[("empty/notes.txt", "")]);
    assert_eq!(yiwang(folder.path(), &["check", "absent"]).0, 2);
    let (status, printed, _) = yiwang(folder.path(), &["check", "empty", "--json"]);
    assert_eq!(status, 1);
    assert!(printed.contains("there is no site.toml"), "{printed}");
}
