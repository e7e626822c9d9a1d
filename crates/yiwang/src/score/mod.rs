//! Scores: what a run showed, held against what really was (docs/scores.md).
//!
//! Not here: how a run is made (command), how anything is estimated (engine).
//! Invariant: scoring looks on and changes nothing; what is unknown is counted as such.

pub mod accuracy;
pub mod baseline;
pub mod compare;
pub mod faults;
pub mod gather;
pub mod plot;
pub mod rates;
pub mod run;
pub mod series;
pub mod sources;
pub mod text;
pub mod truth;

use city::Site;
use serde::Serialize;

use baseline::{Naive, RawArea};
use compare::{Comparison, Faulty, Scores, Tallies};
use faults::{Fault, FaultScores, FaultTallies};
use gather::Gathered;
use rates::{RateScores, RateTallies, TrueRate};
use sources::Sources;
use truth::Truth;

/// What really was.
#[derive(Clone, Debug, Default)]
pub struct Reality {
    /// People.
    pub truth: Truth,
    /// Faults of sensors, if anybody says.
    pub faults: Option<Vec<Fault>>,
    /// Detection rates, if anybody says.
    pub rates: Option<Vec<TrueRate>>,
}

/// Sums over one or more runs of the same site.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunTallies {
    engine: Tallies,
    naive: Tallies,
    raw_area: Tallies,
    faults: Option<FaultTallies>,
    rates: Option<RateTallies>,
}

impl RunTallies {
    /// Holds one run against what really was.
    pub fn of(site: &Site, reality: &Reality, gathered: &Gathered) -> Self {
        let sources = Sources::of(site);
        let faults = reality.faults.as_deref();
        let spans: Faulty = faults.map(|faults| faults::faulty(site, &sources, faults)).unwrap_or_default();
        let comparison = Comparison { site, truth: &reality.truth, faulty: &spans };
        let (first, last) = gathered.span().unwrap_or_default();
        let sensor_days = gathered.sensors() as f64 * last.since(first).seconds() / 86_400.0;
        // After the last observation every sensor is silent, and rightly found so.
        let findings: Vec<_> =
            gathered.findings.iter().filter(|found| found.finding.found_at <= last).cloned().collect();
        Self {
            engine: comparison.tallies(gathered),
            naive: comparison.tallies(&Naive::new(site, &sources, &gathered.counts)),
            raw_area: comparison.tallies(&RawArea::new(site, &sources, &gathered.readings)),
            faults: faults.map(|faults| FaultTallies::of(site, faults, &findings, sensor_days)),
            rates: reality.rates.as_deref().map(|rates| RateTallies::of(site, &sources, rates, &gathered.ratios)),
        }
    }

    /// Takes the sums of another run.
    pub fn merge(&mut self, other: &Self) {
        self.engine.merge(&other.engine);
        self.naive.merge(&other.naive);
        self.raw_area.merge(&other.raw_area);
        if let Some(more) = &other.faults {
            self.faults.get_or_insert_default().merge(more);
        }
        if let Some(more) = &other.rates {
            self.rates.get_or_insert_default().merge(more);
        }
    }

    /// The figures.
    pub fn report(&self, site: &Site) -> RunScores {
        RunScores {
            truth: self.engine.report(site),
            naive: self.naive.report(site),
            raw_area: self.raw_area.report(site),
            faults: self.faults.as_ref().map(FaultTallies::report),
            rates: self.rates.as_ref().map(RateTallies::report),
        }
    }
}

/// The scores of one or more runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunScores {
    /// The engine's estimates.
    pub truth: Scores,
    /// In minus out.
    pub naive: Scores,
    /// The raw counts of people.
    pub raw_area: Scores,
    /// Faults; absent if nobody says which there were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faults: Option<FaultScores>,
    /// Detection rates; absent if nobody says what they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rates: Option<RateScores>,
}
