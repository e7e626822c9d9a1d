//! One file per command; each takes its arguments and returns a verdict.
//!
//! Not here: the command line's definition (cli).
//! Invariant: a command prints its result on standard output and everything else on standard error.

use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

pub mod backtest;
pub mod backup;
pub mod bench;
pub mod check;
pub mod init;
pub mod replay;
pub mod report;
pub mod serve;
pub mod sim;
pub mod site_folder;
pub mod surges;
pub mod verify;

/// Whether the thing checked holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does, or there was nothing to check.
    Holds,
    /// It does not; what is wrong was printed.
    Fails,
}

/// A use of the program that cannot work, as opposed to a check that fails.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUse(pub String);

/// The exit status of a command.
pub fn exit_code(outcome: anyhow::Result<Verdict>) -> ExitCode {
    match outcome {
        Ok(Verdict::Holds) => ExitCode::SUCCESS,
        Ok(Verdict::Fails) => ExitCode::from(1),
        Err(error) => {
            eprintln!("yiwang: {}", in_full(&error));
            ExitCode::from(if error.is::<WrongUse>() { 2 } else { 1 })
        }
    }
}

/// An error with its causes; one that its effect repeats already is left out.
fn in_full(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |text, cause| match text.as_str() {
        "" => cause,
        said if said.contains(&cause) => text,
        _ => format!("{text}: {cause}"),
    })
}

/// Prints a value as one JSON document on standard output.
pub fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// A bar on standard error for `steps` of what is counted.
fn progress(steps: u64, counted: &str) -> ProgressBar {
    let bar = ProgressBar::new(steps);
    // The template parses whatever is counted; the default bar is the fallback.
    if let Ok(style) = ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {counted}, {{eta}} left")) {
        bar.set_style(style);
    }
    bar
}
