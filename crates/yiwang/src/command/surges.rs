//! `yiwang surges`: surges in a file of observations, found within a budget of false alarms, and what that is worth.
//!
//! Not here: detection (forecast), reading (backtest).
//! Invariant: thresholds are set on days that are not judged.

use std::path::PathBuf;
use std::str::FromStr;

use city::Time;
use clap::Args;
use forecast::surge::trial::{InjectedScore, Injections, Judged, TrainingEvents, TrialPlan, TrialScore, trial};
use forecast::surge::{Aftermath, aftermath};
use forecast::{Calendar, History, Refusal, Settings};
use serde::Serialize;

use super::{Verdict, WrongUse, print_json};
use crate::backtest::read::{Loaded, Observations};

/// `yiwang surges`.
#[derive(Debug, Clone, Args)]
pub struct SurgesArgs {
    /// A CSV file, `.csv` or `.csv.gz`, with `phenomenonTime,datastream,result`.
    #[arg(long, value_name = "FILE")]
    pub observations: PathBuf,
    /// What happened: a CSV file with `begin,end` and, if known, `attendance` and `kind`. The surge of an event is found
    /// if it is raised from an hour before its end until two hours after it.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// False alarms allowed for each series, such as `0.25/day` or `1/week`.
    #[arg(long, value_name = "COUNT/TIME", default_value = "0.25/day")]
    pub false_alarms: Budget,
    /// Learn from days before this time and judge the others; by default every fifth of the days by all others.
    #[arg(long, value_name = "TIME")]
    pub train_until: Option<Time>,
    /// Let training days not know their events.
    #[arg(long)]
    pub blind: bool,
    /// Add surges of these sizes, in mean values of a series: one of each size on each judged day and series. One that
    /// begins while the series is in alarm already is left out of `n` and counted as `in_alarm`.
    #[arg(long, value_name = "SIZES", value_delimiter = ',', value_parser = size)]
    pub inject: Vec<f64>,
    /// How long added surges last.
    #[arg(long, value_name = "MINUTES", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub inject_minutes: u32,
    /// Where added surges begin.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Also forecast what follows each event of the second half of the file (or after `--train-until`): with the event known
    /// ahead, without, and without but adapted to surges that are found.
    #[arg(long, requires = "events")]
    pub aftermath: bool,
    /// IANA time zone of local days, such as Asia/Shanghai; by default the offsets in the file.
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// False alarms allowed in a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget(pub f64);

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no budget such as 0.25/day or 1/week");
        let (count, time) = text.split_once('/').ok_or_else(wrong)?;
        let count: f64 = count.parse().map_err(|_| wrong())?;
        let days = match time {
            "day" => 1.0,
            "week" => 7.0,
            _ => return Err(wrong()),
        };
        if count > 0.0 && count.is_finite() { Ok(Self(count / days)) } else { Err(wrong()) }
    }
}

/// The size of a surge, in mean values.
fn size(text: &str) -> Result<f64, String> {
    let size = text.parse().ok().filter(|size: &f64| *size > 0.0 && size.is_finite());
    size.ok_or_else(|| format!("'{text}' is no size of a surge such as 0.5 or 2"))
}

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    chosen: Scores,
    budget_per_day: f64,
    events: Vec<EventLine>,
    series: Vec<SeriesLine<'a>>,
    compared: Vec<Scores>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aftermath: Vec<AftermathLine>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct Scores {
    detector: &'static str,
    detected: usize,
    of: usize,
    false_alarms_per_day: Option<f64>,
    median_delay_s: Option<f64>,
    false_alarms: usize,
    series_days: f64,
    during_events: usize,
    alarmed_share: f64,
    thresholds: Vec<f32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    injected: Vec<InjectedLine>,
}

#[derive(Serialize)]
struct EventLine {
    end: Time,
    raised: Option<Time>,
    delay_s: Option<f64>,
}

#[derive(Serialize)]
struct SeriesLine<'a> {
    datastream: &'a str,
    false_alarms: usize,
}

#[derive(Serialize)]
struct InjectedLine {
    size: f64,
    n: usize,
    in_alarm: usize,
    pod: Option<f64>,
    median_delay_s: Option<f64>,
}

/// Mean absolute errors of forecasts of what follows events.
#[derive(Serialize)]
struct AftermathLine {
    horizon_s: f64,
    n: usize,
    mae_without: f64,
    mae_with_surges: f64,
    mae_with_events: f64,
}

/// Runs the command.
pub fn run(args: &SurgesArgs) -> anyhow::Result<Verdict> {
    let mut observations = Observations::read(&args.observations)?;
    let calendar = super::backtest::calendar(&observations, args.events.as_deref(), args.timezone.as_deref())?;
    let Loaded { history, .. } = observations.history(&calendar)?;
    let refused = |refusal: Refusal| WrongUse(refusal.to_string());
    let scores = trial(&history, &plan(args, &calendar)).map_err(refused)?;
    let cadence_s = calendar.cadence().seconds();
    let mut compared: Vec<Scores> = scores.iter().map(|score| Scores::new(score, cadence_s)).collect();
    let chosen = compared.remove(0);
    let first = &scores[0];
    let report = Report {
        chosen,
        budget_per_day: args.false_alarms.0,
        events: first.events.iter().map(EventLine::new).collect(),
        series: (history.series().iter().zip(&first.false_by_series))
            .map(|(one, false_alarms)| SeriesLine { datastream: &one.name, false_alarms: *false_alarms })
            .collect(),
        compared,
        aftermath: if args.aftermath { aftermaths(args, &history).map_err(refused)? } else { Vec::new() },
        notes: &observations.notes,
    };
    if args.json {
        print_json(&report)?;
    } else {
        report.print_text();
    }
    Ok(if observations.is_whole { Verdict::Holds } else { Verdict::Fails })
}

fn plan(args: &SurgesArgs, calendar: &Calendar) -> TrialPlan {
    let intervals = f64::from(args.inject_minutes) / calendar.cadence().minutes();
    TrialPlan {
        false_alarms_per_day: args.false_alarms.0,
        train_until: args.train_until.map(|at| calendar.tick(at)),
        training_events: if args.blind { TrainingEvents::Unknown } else { TrainingEvents::Known },
        injections: (!args.inject.is_empty()).then(|| Injections {
            sizes: args.inject.clone(),
            length: (intervals.round() as usize).max(1),
            seed: args.seed,
        }),
    }
}

/// Forecasts of what follows events, 15, 30 and 60 minutes ahead where the cadence allows.
fn aftermaths(args: &SurgesArgs, history: &History) -> Result<Vec<AftermathLine>, Refusal> {
    let (calendar, cadence_s) = (history.calendar(), history.calendar().cadence().seconds());
    let mut horizons = [900.0, 1800.0, 3600.0].map(|ahead| ((ahead / cadence_s).round() as usize).max(1)).to_vec();
    horizons.dedup();
    let middle = history.first_tick().midpoint(history.end_tick());
    let train_until = args.train_until.map_or(middle, |at| calendar.tick(at));
    let settings = Settings { horizons, ..Settings::default() };
    let line = |of: Aftermath| AftermathLine {
        horizon_s: of.ahead as f64 * cadence_s,
        n: of.n,
        mae_without: of.without,
        mae_with_surges: of.with_surges,
        mae_with_events: of.with_events,
    };
    let scores = aftermath(history, &settings, train_until, args.false_alarms.0)?;
    Ok(scores.into_iter().map(line).collect())
}

impl Report<'_> {
    fn print_text(&self) {
        for scores in std::iter::once(&self.chosen).chain(&self.compared) {
            println!("{}", scores.line());
        }
        for of in &self.aftermath {
            println!(
                "{:.0} min ahead after events: MAE {:.2} without, {:.2} with surges, {:.2} with events, {} targets",
                of.horizon_s / 60.0,
                of.mae_without,
                of.mae_with_surges,
                of.mae_with_events,
                of.n
            );
        }
        for note in self.notes {
            eprintln!("note: {note}");
        }
    }
}

impl EventLine {
    fn new(event: &Judged) -> Self {
        Self {
            end: event.end,
            raised: event.raised,
            delay_s: event.raised.map(|raised| raised.since(event.end).seconds()),
        }
    }
}

impl Scores {
    fn new(score: &TrialScore, cadence_s: f64) -> Self {
        let mut delays: Vec<f64> =
            (score.events.iter()).filter_map(|event| Some(event.raised?.since(event.end).seconds())).collect();
        delays.sort_unstable_by(f64::total_cmp);
        Self {
            detector: score.detector.name(),
            detected: delays.len(),
            of: score.events.len(),
            false_alarms_per_day: (score.series_days > 0.0).then(|| score.false_alarms as f64 / score.series_days),
            median_delay_s: delays.get(delays.len() / 2).copied(),
            false_alarms: score.false_alarms,
            series_days: score.series_days,
            during_events: score.during_events,
            alarmed_share: score.alarmed_share,
            thresholds: score.thresholds.clone(),
            injected: score.injected.iter().map(|injected| InjectedLine::new(injected, cadence_s)).collect(),
        }
    }

    fn line(&self) -> String {
        let rate = self.false_alarms_per_day.unwrap_or(f64::NAN);
        let delay =
            self.median_delay_s.map_or(String::new(), |delay| format!(", median delay {:.0} min", delay / 60.0));
        let line = format!(
            "{:9} {:3} of {:3} events, {rate:.3} false alarms a day ({} in {:.0} days, {} during events){delay}",
            self.detector, self.detected, self.of, self.false_alarms, self.series_days, self.during_events
        );
        std::iter::once(line).chain(self.injected.iter().map(InjectedLine::text)).collect::<Vec<_>>().join("; ")
    }
}

impl InjectedLine {
    fn text(&self) -> String {
        let pod = self.pod.map_or_else(|| "-".to_owned(), |pod| format!("{pod:.3}"));
        let delay = self.median_delay_s.map_or(String::new(), |delay| format!(", {:.0} min", delay / 60.0));
        format!("size {}: {pod} of {}{delay}", self.size, self.n)
    }

    fn new(score: &InjectedScore, cadence_s: f64) -> Self {
        Self {
            size: score.size,
            n: score.n,
            in_alarm: score.in_alarm,
            pod: (score.n > 0).then(|| score.delays.len() as f64 / score.n as f64),
            median_delay_s: score.delays.get(score.delays.len() / 2).map(|ticks| *ticks as f64 * cadence_s),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_read_as_written() {
        assert_eq!("0.25/day".parse(), Ok(Budget(0.25)));
        assert_eq!("1/week".parse(), Ok(Budget(1.0 / 7.0)));
        for text in ["1", "1/month", "0/day", "-1/day", "x/day", "inf/week"] {
            assert!(text.parse::<Budget>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_surge_has_a_size() {
        assert_eq!(size("0.5"), Ok(0.5));
        for text in ["0", "-1", "NaN", "inf", "x"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
