//! `yiwang check DIR`: every problem of a site folder, with file, line and remedy.
//!
//! Not here: what is a problem (formats).
//! Invariant: status 1 exactly when a problem is an error; advice alone passes.

use std::path::{Path, PathBuf};

use clap::Args;
use formats::site::{SITE_TOML, Severity, SiteProblem};
use serde::Serialize;

use super::{Verdict, WrongUse, print_json, site_folder};

/// `yiwang check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// The site folder.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `check --json`.
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    problems: Vec<SiteProblem>,
}

/// Checks a site folder.
pub fn run(args: &CheckArgs) -> anyhow::Result<Verdict> {
    let problems = problems(&args.folder)?;
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    if args.json {
        print_json(&Report { schema: 1, problems })?;
    } else {
        for problem in &problems {
            println!("{}/{problem}", args.folder.display());
        }
        eprintln!("{}", summary(errors, problems.len() - errors));
    }
    Ok(if errors == 0 { Verdict::Holds } else { Verdict::Fails })
}

/// The problems of a folder; a file that cannot be read is one of them.
fn problems(folder: &Path) -> anyhow::Result<Vec<SiteProblem>> {
    if folder.is_dir() && !folder.join(SITE_TOML).exists() {
        let remedy = "write one, or make a starter site in an empty folder with `yiwang init`";
        return Ok(vec![whole_file(format!("there is no {SITE_TOML}"), remedy)]);
    }
    match site_folder::reading(folder) {
        Ok(reading) => Ok(reading.problems),
        Err(error) if error.is::<WrongUse>() => Err(error),
        Err(error) => Ok(vec![whole_file(format!("{error:#}"), "see docs/sites.md")]),
    }
}

fn whole_file(message: String, remedy: &str) -> SiteProblem {
    SiteProblem {
        file: SITE_TOML.to_owned(),
        line: None,
        severity: Severity::Error,
        message,
        remedy: remedy.to_owned(),
    }
}

fn summary(errors: usize, advice: usize) -> String {
    let plural = if errors == 1 { "" } else { "s" };
    match (errors, advice) {
        (0, 0) => "no problems".to_owned(),
        (0, advice) => format!("no errors, {advice} advice"),
        (errors, 0) => format!("{errors} error{plural}: the site cannot be used yet"),
        (errors, advice) => format!("{errors} error{plural}, {advice} advice: the site cannot be used yet"),
    }
}
