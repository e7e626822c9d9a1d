//! `yiwang bench see`: seeds of the evening through simulator and engine in memory, scored against their truth.
//!
//! Not here: the scores (score), the simulator.
//! Invariant: a seed's scores do not depend on which other seeds run beside it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use city::{CauseKind, Digest, Site, Time};
use serde::Serialize;
use sim::demand::Demand;
use sim::{PlayStart, Settings, Surge};

use super::surge::{Surged, Surges, surge};
use crate::cli::SeeArgs;
use crate::command::{Verdict, print_json, site_folder};
use crate::score::compare::Scores;
use crate::score::faults::FaultScores;
use crate::score::rates::RateScores;
use crate::score::run::{Run, evening};
use crate::score::{RunScores, RunTallies, text};

/// Version of the JSON this command prints.
const SCHEMA: u32 = 1;
/// Seeds played at once.
const AT_ONCE: usize = 2;

/// Some seeds, as `3` or `1..20`, the last one included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(RangeInclusive<u64>);

impl std::str::FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u64>().map_err(|_| format!("'{text}' is not a whole number"));
        let seeds = match text.split_once("..") {
            Some((first, last)) => number(first)?..=number(last.trim_start_matches('='))?,
            None => number(text)?..=number(text)?,
        };
        if seeds.is_empty() { Err(format!("'{text}' holds no seed")) } else { Ok(Self(seeds)) }
    }
}

/// What `bench see --json` prints.
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    site: String,
    outside_priors: bool,
    engine: &'static str,
    seeds: Vec<SeedReport>,
    /// All seeds together.
    pooled: RunScores,
    /// The lowest and the highest 90 % coverage of any zone that a sensor tells of, all seeds together.
    zone_coverage_90: (Option<f64>, Option<f64>),
    #[serde(skip_serializing_if = "Option::is_none")]
    surges: Option<Surges>,
    wall_s: f64,
}

/// One seed.
#[derive(Debug, Serialize)]
struct SeedReport {
    seed: u64,
    state_hash: Digest,
    wall_s: f64,
    #[serde(flatten)]
    scores: SeedScores,
    /// Warnings raised, by cause.
    warnings: BTreeMap<CauseKind, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    surge: Option<Surged>,
}

/// The scores of one seed, without the rows of zones.
#[derive(Debug, Serialize)]
struct SeedScores {
    truth: Scores,
    naive: Scores,
    raw_area: Scores,
    #[serde(skip_serializing_if = "Option::is_none")]
    faults: Option<FaultScores>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rates: Option<RateScores>,
}

impl From<RunScores> for SeedScores {
    fn from(scores: RunScores) -> Self {
        let without_zones = |scores: Scores| Scores { by_zone: Vec::new(), ..scores };
        let RunScores { truth, naive, raw_area, faults, rates } = scores;
        Self {
            truth: without_zones(truth),
            naive: without_zones(naive),
            raw_area: without_zones(raw_area),
            faults,
            rates,
        }
    }
}

/// Runs the command.
pub fn run(args: &SeeArgs) -> anyhow::Result<Verdict> {
    let begun = Instant::now();
    let site = Arc::new(site_folder::site(&args.site)?);
    let seeds: Vec<u64> = args.seeds.0.clone().collect();
    let sensors = if args.outside_priors { Settings::outside_priors() } else { Settings::default() };
    let demand = site_folder::demand(&args.site, &site)?;
    let given = Given { site: &site, demand: &demand, sensors: &sensors, surges: args.surge };
    let mut played = given.play(&seeds)?;
    played.sort_by_key(|(report, _)| report.seed);
    let mut pooled = RunTallies::default();
    let mut reports = Vec::with_capacity(played.len());
    for (report, tallies) in played {
        pooled.merge(&tallies);
        reports.push(report);
    }
    let pooled = pooled.report(&site);
    let covered = || pooled.truth.by_zone.iter().filter_map(|row| row.figures.coverage_90);
    let report = Report {
        schema: SCHEMA,
        site: site.id.to_string(),
        outside_priors: args.outside_priors,
        engine: engine::VERSION,
        zone_coverage_90: (covered().min_by(f64::total_cmp), covered().max_by(f64::total_cmp)),
        surges: Surges::of(reports.iter().filter_map(|report| report.surge.as_ref())),
        seeds: reports,
        pooled,
        wall_s: begun.elapsed().as_secs_f64(),
    };
    if args.json {
        print_json(&report)?;
    } else {
        let RunScores { truth, naive, raw_area, faults, rates } = &report.pooled;
        text::page(truth, naive, raw_area);
        faults.iter().for_each(text::faults);
        rates.iter().for_each(text::rates);
        text::seeds(&by_seed(&report));
        print_surges(&report);
    }
    Ok(Verdict::Holds)
}

/// What the text says of each seed.
fn by_seed(report: &Report) -> Vec<(u64, &Scores, f64)> {
    report.seeds.iter().map(|seed| (seed.seed, &seed.scores.truth, seed.wall_s)).collect()
}

fn print_surges(report: &Report) {
    let Some(surges) = &report.surges else { return };
    println!("\n{} of {} surges raised a warning", surges.warned, surges.of);
    for seed in &report.seeds {
        if let Some(surge) = &seed.surge {
            println!("  seed {}: {}", seed.seed, surge.line());
        }
    }
}

/// What every seed is played with.
#[derive(Clone, Copy)]
struct Given<'a> {
    site: &'a Arc<Site>,
    demand: &'a Demand,
    sensors: &'a Settings,
    surges: bool,
}

impl Given<'_> {
    /// Plays the seeds, [`AT_ONCE`] at a time.
    fn play(self, seeds: &[u64]) -> anyhow::Result<Vec<(SeedReport, RunTallies)>> {
        let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            let work = || {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = self.one(*seed);
                    eprintln!("bench: seed {seed}");
                    done.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
                }
            };
            for _ in 0..AT_ONCE.min(seeds.len()) {
                scope.spawn(work);
            }
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect()
    }

    fn one(self, seed: u64) -> anyhow::Result<(SeedReport, RunTallies)> {
        let begun = Instant::now();
        let mut start = PlayStart { sensors: self.sensors.clone(), ..PlayStart::new(self.site, self.demand, seed) };
        if self.surges {
            start.sensors.surge = surge(self.site, seed, self.demand.start);
        }
        let laid = start.sensors.surge;
        let run = evening(self.site, start)?;
        let tallies = RunTallies::of(self.site, &run.reality, &run.gathered);
        let report = SeedReport {
            seed,
            state_hash: run.state_hash,
            wall_s: begun.elapsed().as_secs_f64(),
            scores: tallies.report(self.site).into(),
            surge: laid.map(|surge| self.surged(&surge, &run)),
            warnings: run.gathered.warnings,
        };
        Ok((report, tallies))
    }

    fn surged(self, surge: &Surge, run: &Run) -> Surged {
        let (zone, height) = Surged::height(self.site, surge);
        let people = |at: Time| run.reality.truth.zone(zone).and_then(|series| series.at(at)).unwrap_or(0.0);
        Surged::of(self.site, surge, (&run.gathered.raised, [people(surge.from), people(height)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_one_number_or_a_range_with_both_ends() {
        assert_eq!("7".parse(), Ok(Seeds(7..=7)));
        assert_eq!("1..20".parse(), Ok(Seeds(1..=20)));
        assert_eq!("1..=20".parse(), Ok(Seeds(1..=20)));
        assert!("20..1".parse::<Seeds>().is_err() && "a".parse::<Seeds>().is_err());
    }
}
