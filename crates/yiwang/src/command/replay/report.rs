//! What `replay` prints.
//!
//! Not here: how it comes about (the replay itself).
//! Invariant: names in the JSON never change meaning; scores are there only when a truth was given.

use city::{Figure, Response, Site, Time};
use serde::Serialize;

use crate::score::compare::Scores;
use crate::score::faults::FaultScores;
use crate::score::gather::{Gathered, SensorFinding};
use crate::score::rates::RateScores;
use crate::score::{RunScores, RunTallies};

/// What `replay --json` prints.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) schema: u32,
    pub(super) observations: u64,
    pub(super) rejected: u64,
    pub(super) missing: u64,
    pub(super) duplicates: u64,
    pub(super) late: u64,
    pub(super) warnings: u64,
    pub(super) from: Option<Time>,
    pub(super) to: Option<Time>,
    pub(super) state_hash: String,
    pub(super) wall_s: f64,
    pub(super) problems: Vec<ProblemJson>,
    pub(super) problems_total: u64,
    /// What was found wrong with sensors, in the order of finding.
    pub(super) sensor_findings: Vec<FindingJson>,
    /// How many were found; the list holds the first ones.
    pub(super) sensor_findings_total: u64,
    /// What locked places told of the counters that lead into them.
    pub(super) balances: Vec<BalanceJson>,
    /// How the estimates did.
    #[serde(flatten)]
    pub(super) scores: Option<ScoresJson>,
}

/// A problem of a file.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ProblemJson {
    /// The file, where it is not the observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
    pub(super) row: u64,
    pub(super) reason: String,
    pub(super) remedy: &'static str,
}

impl std::fmt::Display for ProblemJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}: ")?;
        }
        write!(f, "line {}: {} ({})", self.row, self.reason, self.remedy)
    }
}

/// A finding.
#[derive(Debug, Serialize)]
pub(super) struct FindingJson {
    datastream: String,
    kind: &'static str,
    since: Time,
    found_at: Time,
    ended: Option<Time>,
    evidence: Vec<Figure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<String>,
    response: Response,
}

/// A balance.
#[derive(Debug, Serialize)]
pub(super) struct BalanceJson {
    zone: String,
    from: Time,
    to: Time,
    counted_in: f64,
    counted_out: f64,
    out_per_in: f64,
    p05: f64,
    p95: f64,
}

/// The scores, with the baselines beside them.
#[derive(Debug, Serialize)]
pub(super) struct ScoresJson {
    truth: TruthJson,
    naive: Scores,
    raw_area: Scores,
    #[serde(flatten)]
    found: Option<FoundJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rates: Option<RateScores>,
}

/// The engine's scores, with those of in-minus-out among them.
#[derive(Debug, Serialize)]
struct TruthJson {
    #[serde(flatten)]
    scores: Scores,
    naive: Scores,
}

/// The figures of faults, those asked for most at the top.
#[derive(Debug, Serialize)]
struct FoundJson {
    found: u64,
    of: u64,
    false_per_sensor_day: f64,
    median_delay_s: Option<f64>,
    faults: FaultScores,
}

impl From<RunScores> for ScoresJson {
    fn from(scores: RunScores) -> Self {
        let RunScores { truth, naive, raw_area, faults, rates } = scores;
        let found = |faults: FaultScores| FoundJson {
            found: faults.found,
            of: faults.of,
            false_per_sensor_day: faults.false_per_sensor_day,
            median_delay_s: faults.median_delay_s,
            faults,
        };
        Self {
            truth: TruthJson { scores: truth, naive: naive.clone() },
            naive,
            raw_area,
            found: faults.map(found),
            rates,
        }
    }
}

impl Report {
    /// Adds what was seen on the way.
    pub(super) fn add(&mut self, site: &Site, gathered: &Gathered) {
        let id = |ix: city::DatastreamIx| {
            site.datastreams.get(ix.index()).map_or_else(|| format!("#{}", ix.0), |stream| stream.id.to_string())
        };
        let finding = |SensorFinding { datastream, finding, ended }: &SensorFinding| FindingJson {
            datastream: id(*datastream),
            kind: finding.kind.name(),
            since: finding.since,
            found_at: finding.found_at,
            ended: *ended,
            evidence: finding.evidence.clone(),
            other: finding.other.map(id),
            response: finding.response,
        };
        let balance = |balance: &city::Balance| BalanceJson {
            zone: site.zones.get(balance.zone.index()).map_or_else(String::new, |zone| zone.id.to_string()),
            from: balance.from,
            to: balance.to,
            counted_in: balance.counted_in,
            counted_out: balance.counted_out,
            out_per_in: balance.out_per_in,
            p05: balance.p05,
            p95: balance.p95,
        };
        self.sensor_findings = gathered.findings.iter().map(finding).collect();
        self.sensor_findings_total = gathered.findings_total;
        self.balances = gathered.balances.iter().map(balance).collect();
    }

    /// Adds how the estimates did.
    pub(super) fn score(&mut self, site: &Site, tallies: &RunTallies) {
        self.scores = Some(tallies.report(site).into());
    }

    /// Prints it for people.
    pub(super) fn print_text(&self) {
        let time = |time: Option<Time>| time.map_or_else(|| "-".to_owned(), |time| time.to_string());
        println!("observations  {:>10}   missing {}", self.observations, self.missing);
        println!("rejected      {:>10}   duplicates {}   late {}", self.rejected, self.duplicates, self.late);
        println!("warnings      {:>10}   findings {}", self.warnings, self.sensor_findings_total);
        println!("from          {}  to {}", time(self.from), time(self.to));
        println!("state         {}", self.state_hash);
        println!("wall          {:.2} s", self.wall_s);
        if let Some(scores) = &self.scores {
            println!();
            let truth = &scores.truth.scores;
            crate::score::text::page(truth, &scores.naive, &scores.raw_area);
            scores.found.iter().for_each(|found| crate::score::text::faults(&found.faults));
            scores.rates.iter().for_each(crate::score::text::rates);
        }
    }
}
