//! What a replay is scored against: the files of truth, faults and rates, or the simulation's own.
//!
//! Not here: reading a file (connect), scores (score).
//! Invariant: a row that is refused is named with its file, line and remedy, and the command then fails.

use std::path::Path;

use anyhow::ensure;
use city::{DatastreamIx, Site, Span, Time};
use connect::file::Reach;
use connect::reality::{RealityFile, read};
use formats::reality::{FaultRow, RateRow, TruthRow};

use super::report::ProblemJson;
use crate::cli::ReplayArgs;
use crate::score::Reality;
use crate::score::faults::Fault;
use crate::score::rates::TrueRate;
use crate::score::truth::Truth;

/// What the files say, and what is wrong with them.
#[derive(Default)]
pub(super) struct Told {
    pub(super) reality: Reality,
    pub(super) problems: Vec<ProblemJson>,
    /// Rows refused, and files broken off.
    pub(super) refused: u64,
}

impl Told {
    /// Reads the files named; `None` if nothing is to be scored.
    pub(super) fn read(args: &ReplayArgs, site: &Site) -> anyhow::Result<Option<Self>> {
        let Some(path) = &args.truth else { return Ok(None) };
        let mut told = Self::default();
        let rows: Vec<TruthRow> = told.rows(path, read::<formats::reality::Truth>(path, site)?)?;
        // Nobody estimates before the replay begins or after it ends.
        let within =
            |row: &TruthRow| args.from.is_none_or(|from| from <= row.at) && args.to.is_none_or(|to| row.at <= to);
        told.reality.truth = truth(site, rows.into_iter().filter(within).collect());
        if let Some(path) = &args.faults {
            let rows: Vec<FaultRow> = told.rows(path, read::<formats::reality::Faults>(path, site)?)?;
            told.reality.faults = Some(rows.into_iter().map(fault).collect());
        }
        if let Some(path) = &args.rates {
            let rows: Vec<RateRow> = told.rows(path, read::<formats::reality::Rates>(path, site)?)?;
            told.reality.rates = Some(rates(&rows));
        }
        Ok(Some(told))
    }

    /// The good rows of a file; its problems are kept. A file of nothing but problems is none to score by.
    fn rows<R>(&mut self, path: &Path, file: RealityFile<R>) -> anyhow::Result<Vec<R>> {
        let name = path.display().to_string();
        let problem = |problem: &formats::Problem| ProblemJson {
            file: Some(name.clone()),
            row: problem.place.row(),
            reason: problem.reason.to_string(),
            remedy: problem.reason.remedy(),
        };
        let before = self.problems.len();
        self.problems.extend(file.problems.first().iter().map(problem));
        self.refused += file.problems.total();
        if let Reach::Broken { line, reason } = file.reach {
            let remedy = "every row before it was kept";
            self.problems.push(ProblemJson { file: Some(name.clone()), row: line, reason, remedy });
            self.refused += 1;
        }
        if file.rows.is_empty() && self.problems.len() > before {
            for problem in &self.problems[before..] {
                eprintln!("{problem}");
            }
            ensure!(!file.rows.is_empty(), "{name} holds no row that can be used");
        }
        Ok(file.rows)
    }
}

fn truth(site: &Site, mut rows: Vec<TruthRow>) -> Truth {
    let mut truth = Truth::of(site);
    // In order of time, so that each goes to the end of its zone's.
    rows.sort_by_key(|row| row.at);
    for row in rows {
        truth.say(row.zone, row.at, row.people);
    }
    truth
}

fn fault(row: FaultRow) -> Fault {
    let FaultRow { datastream, kind, from, to } = row;
    Fault { datastream, kind, from, to }
}

/// A rate holds from its time to the next of its sensor: so long is the smallest step between two of any sensor.
fn rates(rows: &[RateRow]) -> Vec<TrueRate> {
    let mut times: Vec<(DatastreamIx, Time)> = rows.iter().map(|row| (row.datastream, row.from)).collect();
    times.sort_unstable();
    let steps = times.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[1].1.since(pair[0].1));
    let step = steps.min().unwrap_or(Span::ZERO);
    let rate = |row: &RateRow| TrueRate { until: row.from.plus(step), datastream: row.datastream, rate: row.rate };
    rows.iter().map(rate).collect()
}
