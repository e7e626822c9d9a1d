//! What a backtest prints: JSON and text.
//!
//! Not here: the scores (forecast).
//! Invariant: shares are 0–1, errors in the series' unit, durations in seconds; what cannot be said is absent or null.

use std::collections::BTreeMap;

use forecast::backtest::{Reliability, Score, Scores};
use forecast::{Baseline, Contingency, Forecaster};
use serde::Serialize;

/// Version of the JSON this command prints.
const SCHEMA: u32 = 1;

/// `backtest --json`.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: u32,
    series: usize,
    cadence_s: f64,
    origins: u64,
    horizons: Vec<Horizon>,
    pooled: Methods,
    /// By the last part of the series' names, where there is more than one.
    groups: BTreeMap<String, Vec<Horizon>>,
    exceed: Option<Exceed>,
    train_s: f64,
    series_ticks_per_s_per_core: Option<f64>,
    bytes_per_series: usize,
    levels: Vec<f32>,
    notes: Vec<String>,
}

/// Scores at a horizon.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the name in JSON")]
struct Horizon {
    /// From the origin to the end of the target interval.
    horizon_s: f64,
    #[serde(flatten)]
    methods: Methods,
    /// Share of cases in which a baseline stood in for the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    stood_in: Option<BTreeMap<&'static str, f64>>,
}

/// The model beside the baselines.
#[derive(Debug, Serialize)]
struct Methods {
    model: Score,
    baselines: BTreeMap<&'static str, Score>,
    /// The 90 % coverage over series: its 5th and 95th percentile.
    #[serde(skip_serializing_if = "Option::is_none")]
    series_coverage_90: Option<Spread>,
}

#[derive(Debug, Serialize)]
struct Spread {
    p05: f64,
    p95: f64,
}

/// Scores of exceedance.
#[derive(Debug, Serialize)]
struct Exceed {
    /// Of the series' values in training.
    level: f64,
    #[serde(flatten)]
    longest: Crossing,
    horizons: Vec<Crossing>,
}

#[derive(Debug, Clone, Serialize)]
struct Crossing {
    horizon_s: f64,
    /// The probability from which a warning counts as said, chosen on training days.
    threshold: Option<f32>,
    #[serde(flatten)]
    all: Verification,
    /// Cases whose last value was not above the level.
    onsets: Verification,
    reliability: Vec<Reliability>,
}

#[derive(Debug, Clone, Serialize)]
struct Verification {
    pod: Option<f64>,
    far: Option<f64>,
    csi: Option<f64>,
    hits: u64,
    misses: u64,
    false_alarms: u64,
}

impl From<Contingency> for Verification {
    fn from(counts: Contingency) -> Self {
        let Contingency { hits, misses, false_alarms } = counts;
        Self { pod: counts.pod(), far: counts.far(), csi: counts.csi(), hits, misses, false_alarms }
    }
}

/// What was measured beside the scores.
pub struct Measured {
    /// Seconds of learning.
    pub train_s: f64,
    /// Series times ticks in a second of one core.
    pub series_ticks_per_s: Option<f64>,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

impl Report {
    /// Reads off the scores.
    pub fn new(scores: &Scores<'_, '_>, forecaster: &Forecaster, groups: &[String], measured: Measured) -> Self {
        let cadence_s = forecaster.calendar().cadence().seconds();
        let horizons: Vec<f64> = forecaster.settings().horizons.iter().map(|ahead| *ahead as f64 * cadence_s).collect();
        let of_group = |group: Option<usize>| {
            (horizons.iter().enumerate())
                .map(|(at, horizon_s)| Horizon {
                    horizon_s: *horizon_s,
                    methods: methods(scores, group, Some(at)),
                    stood_in: group.is_none().then(|| stood_in(scores, at)),
                })
                .collect()
        };
        let named = groups.iter().enumerate().filter(|_| groups.len() > 1);
        Self {
            schema: SCHEMA,
            series: forecaster.series().len(),
            cadence_s,
            origins: scores.origins(),
            horizons: of_group(None),
            pooled: methods(scores, None, None),
            groups: named.map(|(at, name)| (name.clone(), of_group(Some(at)))).collect(),
            exceed: exceed(scores, forecaster, &horizons),
            train_s: measured.train_s,
            series_ticks_per_s_per_core: measured.series_ticks_per_s,
            bytes_per_series: forecaster.bytes() / forecaster.series().len().max(1),
            levels: forecaster.settings().levels.clone(),
            notes: measured.notes,
        }
    }

    /// Prints the scores as a table.
    pub fn print_text(&self) {
        println!("{} series, {} origins, intervals of {} s", self.series, self.origins, self.cadence_s);
        for horizon in &self.horizons {
            println!("\n{} min ahead", horizon.horizon_s / 60.0);
            print_methods(&horizon.methods);
            for (baseline, share) in horizon.stood_in.iter().flatten().filter(|(_, share)| **share > 0.0) {
                println!("  {baseline} stood in for the model in {:.1} % of cases", 100.0 * share);
            }
        }
        println!("\nall horizons");
        print_methods(&self.pooled);
        if let Some(exceed) = &self.exceed {
            println!("\nabove the P{} of training", 100.0 * exceed.level);
            for crossing in &exceed.horizons {
                let Crossing { horizon_s, threshold, all, onsets, .. } = crossing;
                let share = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
                println!(
                    "  {:>4} min  threshold {:.3}  POD {}  FAR {}  CSI {}   onsets CSI {}",
                    horizon_s / 60.0,
                    threshold.unwrap_or_default(),
                    share(all.pod),
                    share(all.far),
                    share(all.csi),
                    share(onsets.csi)
                );
            }
        }
        let speed = self.series_ticks_per_s_per_core.unwrap_or_default();
        println!(
            "\ntraining {:.2} s, {speed:.0} series-ticks/s on one core, {} bytes a series",
            self.train_s, self.bytes_per_series
        );
    }
}

fn print_methods(methods: &Methods) {
    println!(
        "  {:<14} {:>8} {:>9} {:>9} {:>7} {:>7}  {:>5} {:>5} {:>5} {:>9}",
        "", "n", "MAE", "RMSE", "MAPE", "WQL", "50 %", "80 %", "90 %", "width 90"
    );
    let rows = std::iter::once(("model", &methods.model));
    let named = Baseline::ALL.map(Baseline::name);
    let rows = rows.chain(named.into_iter().filter_map(|name| Some((name, methods.baselines.get(name)?))));
    for (name, score) in rows {
        let number = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
        };
        println!(
            "  {name:<14} {:>8} {:>9} {:>9} {:>7} {:>7}  {:>5} {:>5} {:>5} {:>9}",
            score.n,
            number(score.mae, 3),
            number(score.rmse, 3),
            number(score.mape, 4),
            number(score.wql, 4),
            number(score.coverage_50, 3),
            number(score.coverage_80, 3),
            number(score.coverage_90, 3),
            number(score.width_90, 2)
        );
    }
}

fn methods(scores: &Scores<'_, '_>, group: Option<usize>, horizon: Option<usize>) -> Methods {
    let baselines = Baseline::ALL.iter().enumerate();
    let coverage = scores.series_coverage(horizon);
    let at = |share: f64| coverage.get(((coverage.len() as f64 - 1.0) * share).round() as usize).copied();
    let spread = at(0.05).zip(at(0.95)).map(|(p05, p95)| Spread { p05, p95 });
    Methods {
        model: scores.of(0, group, horizon),
        baselines: baselines.map(|(at, one)| (one.name(), scores.of(1 + at, group, horizon))).collect(),
        series_coverage_90: spread.filter(|_| group.is_none()),
    }
}

fn stood_in(scores: &Scores<'_, '_>, horizon: usize) -> BTreeMap<&'static str, f64> {
    let n = scores.of(0, None, Some(horizon)).n.max(1) as f64;
    let counts = scores.stood_in(horizon);
    Baseline::ALL.iter().zip(counts).map(|(one, count)| (one.name(), count as f64 / n)).collect()
}

fn exceed(scores: &Scores<'_, '_>, forecaster: &Forecaster, horizons: &[f64]) -> Option<Exceed> {
    let level = forecaster.settings().exceed?;
    let crossings: Vec<Crossing> = (horizons.iter().enumerate())
        .map(|(at, horizon_s)| {
            let (all, onsets) = scores.warnings(at);
            Crossing {
                horizon_s: *horizon_s,
                threshold: forecaster.exceedance_threshold(at),
                all: all.into(),
                onsets: onsets.into(),
                reliability: scores.reliability(at),
            }
        })
        .collect();
    Some(Exceed { level, longest: crossings.last()?.clone(), horizons: crossings })
}
