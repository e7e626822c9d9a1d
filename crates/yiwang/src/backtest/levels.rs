//! `yiwang backtest --levels`: forecasts of levels such as a river's stage, beside standing still and the straight line.
//!
//! Not here: the forecaster (forecast), reading (read).
//! Invariant: a forecast sees levels up to its origin alone; all methods are scored on the same targets.

use city::{Span, Time};
use forecast::History;
use forecast::level::LevelForecaster;
use serde::Serialize;

/// Intervals of the beginning that are not scored last this long.
const FIRST: Span = Span::from_seconds(12 * 3600);
/// Shares of the central intervals' bounds: 80 and 90 %.
const SHARES: [f64; 4] = [0.05, 0.1, 0.9, 0.95];

/// What is scored.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The first origin.
    pub from: Option<Time>,
    /// Targets start before this.
    pub until: Option<Time>,
}

/// Scores of one series.
#[derive(Debug, Serialize)]
pub struct LevelReport {
    datastream: String,
    horizons: Vec<HorizonScores>,
    peak: Option<Peak>,
}

#[derive(Debug, Serialize)]
struct HorizonScores {
    horizon_s: f64,
    n: usize,
    model: Errors,
    persistence: Errors,
    linear: Errors,
    coverage_80: f64,
    coverage_90: f64,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Errors {
    mae: f64,
    rmse: f64,
}

#[derive(Debug, Serialize)]
struct Peak {
    time: Time,
    level: f64,
    leads: Vec<Lead>,
}

/// What was said of the peak so long before it: the level at the time of the peak, and the highest level within twice the
/// lead and when that comes.
#[derive(Debug, Serialize)]
struct Lead {
    #[serde(rename = "lead_s")]
    before_s: f64,
    model: Said,
    persistence: Said,
    linear: Said,
    /// The model's central 90 % interval of the level at the time of the peak.
    interval_90: [f64; 2],
}

#[derive(Debug, Serialize)]
struct Said {
    level_then: f64,
    highest: f64,
    highest_at: Time,
}

/// Scores every series.
pub fn score(history: &History, horizons: &[usize], window: Window) -> Vec<LevelReport> {
    (0..history.series().len()).map(|series| score_series(history, series, horizons, window)).collect()
}

fn score_series(history: &History, series: usize, horizons: &[usize], window: Window) -> LevelReport {
    let calendar = history.calendar();
    let end = window.until.map_or(history.end_tick(), |until| calendar.tick(until)).min(history.end_tick());
    let first = window.from.unwrap_or_else(|| calendar.start(history.first_tick()).plus(FIRST));
    let level = |tick: i64| history.value(tick, series).map(f64::from).filter(|_| tick < end);
    let ticks = calendar.tick(first)..end;
    let peak = ticks
        .clone()
        .filter_map(|tick| Some((tick, level(tick)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    let longest = 2 * horizons.last().copied().unwrap_or(1);
    let mut forecaster = LevelForecaster::new(calendar.cadence().seconds() as i64, longest);
    let mut sums: Vec<Sums> = horizons.iter().map(|_| Sums::default()).collect();
    let mut leads = Vec::new();
    for tick in history.first_tick()..end {
        forecaster.observe(level(tick));
        let Some(now) = level(tick).filter(|_| ticks.contains(&tick)) else { continue };
        for (ahead, sums) in horizons.iter().zip(&mut sums) {
            let target = tick + *ahead as i64;
            if let Some(truth) = level(target) {
                sums.add(&forecaster, (*ahead, now), truth);
            }
            if peak.is_some_and(|(at, _)| at == target) {
                leads.push(lead(&forecaster, history, (tick, now), *ahead));
            }
        }
    }
    let cadence_s = calendar.cadence().seconds();
    leads.sort_by(|a, b| a.before_s.total_cmp(&b.before_s));
    LevelReport {
        datastream: history.series()[series].name.clone(),
        horizons: horizons.iter().zip(&sums).map(|(ahead, sums)| sums.scores(*ahead as f64 * cadence_s)).collect(),
        peak: peak.map(|(tick, level)| Peak { time: calendar.start(tick), level, leads }),
    }
}

fn lead(forecaster: &LevelForecaster, history: &History, (tick, now): (i64, f64), ahead: usize) -> Lead {
    let calendar = history.calendar();
    let fan = forecaster.fan(ahead, &SHARES);
    let (after, highest) = forecaster.peak(2 * ahead);
    let straight = forecaster.straight(2 * ahead);
    let rises = straight > now;
    Lead {
        before_s: ahead as f64 * calendar.cadence().seconds(),
        model: Said {
            level_then: forecaster.forecast(ahead),
            highest,
            highest_at: calendar.start(tick + after as i64),
        },
        persistence: Said { level_then: now, highest: now, highest_at: calendar.start(tick) },
        linear: Said {
            level_then: forecaster.straight(ahead),
            highest: straight.max(now),
            highest_at: calendar.start(tick + if rises { 2 * ahead as i64 } else { 0 }),
        },
        interval_90: [fan[0], fan[3]],
    }
}

#[derive(Default)]
struct Sums {
    n: usize,
    /// Absolute and square errors of the model, persistence and the straight line.
    errors: [(f64, f64); 3],
    inside: [usize; 2],
}

impl Sums {
    fn add(&mut self, forecaster: &LevelForecaster, (ahead, now): (usize, f64), truth: f64) {
        self.n += 1;
        let forecasts = [forecaster.forecast(ahead), now, forecaster.straight(ahead)];
        for (sum, forecast) in self.errors.iter_mut().zip(forecasts) {
            let error = forecast - truth;
            *sum = (sum.0 + error.abs(), sum.1 + error * error);
        }
        let fan = forecaster.fan(ahead, &SHARES);
        self.inside[0] += usize::from((fan[1]..=fan[2]).contains(&truth));
        self.inside[1] += usize::from((fan[0]..=fan[3]).contains(&truth));
    }

    fn scores(&self, horizon_s: f64) -> HorizonScores {
        let n = self.n.max(1) as f64;
        let [model, persistence, linear] =
            self.errors.map(|(absolute, square)| Errors { mae: absolute / n, rmse: (square / n).sqrt() });
        let [coverage_80, coverage_90] = self.inside.map(|inside| inside as f64 / n);
        HorizonScores { horizon_s, n: self.n, model, persistence, linear, coverage_80, coverage_90 }
    }
}

/// Prints the scores as lines.
pub fn print_text(reports: &[LevelReport]) {
    for report in reports {
        println!("{}", report.datastream);
        for of in &report.horizons {
            println!(
                "  {:>4.1} h ahead: MAE {:.4}, persistence {:.4}, straight line {:.4}; 90 % interval holds {:.3} of {}",
                of.horizon_s / 3600.0,
                of.model.mae,
                of.persistence.mae,
                of.linear.mae,
                of.coverage_90,
                of.n
            );
        }
        let Some(peak) = &report.peak else { continue };
        println!("  peak {:.3} at {}", peak.level, peak.time);
        for lead in &peak.leads {
            let said = |name: &str, said: &Said| {
                format!("{name} {:.3} then, highest {:.3} at {}", said.level_then, said.highest, said.highest_at)
            };
            println!(
                "  {:>4.1} h before: {}; {}; {}",
                lead.before_s / 3600.0,
                said("model", &lead.model),
                said("persistence", &lead.persistence),
                said("straight line", &lead.linear)
            );
        }
    }
}
