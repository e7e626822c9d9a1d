//! `yiwang backtest`: forecasts of a file of observations from rolling origins, scored beside baselines.
//!
//! Not here: reading and reporting (backtest), forecasts (forecast).
//! Invariant: learning sees intervals that end at or before `--train-until`; a forecast sees what was known at its
//! origin.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use city::{Span, Time};
use clap::Args;
use forecast::backtest::{Backtest, Plan};
use forecast::{BoostSettings, Calendar, DayType, Event, History, Settings};
use formats::schedule::{EventRow, Listed, read_events, read_gaps};

use super::{Verdict, WrongUse, print_json, progress};
use crate::backtest::given::{self, Gaps, Length, Percentile};
use crate::backtest::levels;
use crate::backtest::plots;
use crate::backtest::read::{Loaded, Observations, group};
use crate::backtest::report::{Measured, Report};

/// `yiwang backtest`.
#[derive(Debug, Clone, Args)]
pub struct BacktestArgs {
    /// A CSV file, `.csv` or `.csv.gz`, with `phenomenonTime,datastream,result`.
    #[arg(long, value_name = "FILE")]
    pub observations: PathBuf,
    /// What is known ahead: a CSV file with `begin,end` and, if known, `attendance` and `kind`; kinds `holiday` and
    /// `workday` say what days are like.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Nothing before this time is read; by default all of the file is.
    #[arg(long, value_name = "TIME")]
    pub train_from: Option<Time>,
    /// Learning sees intervals that end at or before this time; by default the first three quarters of the file.
    #[arg(long, value_name = "TIME")]
    pub train_until: Option<Time>,
    /// The first start of a target interval; by default the end of training.
    #[arg(long, value_name = "TIME")]
    pub test_from: Option<Time>,
    /// Target intervals start before this time; by default the end of the file.
    #[arg(long, value_name = "TIME")]
    pub test_until: Option<Time>,
    /// How far ahead, such as `15m,30m,1h`: from the origin to the end of the target interval.
    #[arg(long, value_delimiter = ',', required_unless_present = "step")]
    pub horizons: Vec<Length>,
    /// An origin every N intervals, each scoring its next N.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub step: Option<u32>,
    /// Score origins with at least N observed intervals of their local day behind and all horizons inside the day.
    #[arg(long, value_name = "N")]
    pub min_context: Option<u32>,
    /// Score warnings of values above this quantile of each series' values in training, such as P98.5.
    #[arg(long, value_name = "PERCENTILE")]
    pub exceed: Option<Percentile>,
    /// Observations hidden from the forecasts and still scored: a CSV file with `phenomenonTime,datastream`.
    #[arg(long, value_name = "FILE")]
    pub mask: Option<PathBuf>,
    /// Observations hidden at random, such as `points:0.4:1` or `days:0.4:1`: what, which share, the seed.
    #[arg(long, value_name = "KIND:SHARE:SEED", conflicts_with = "mask")]
    pub gaps: Option<Gaps>,
    /// IANA time zone of local days, such as Asia/Shanghai; by default the offsets in the file.
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
    /// The file holds levels, such as a river's stage, and not counts: forecast them from their past hours, and score that
    /// beside persistence and the straight line, with the peak as it was forecast that long before. Takes `--horizons`,
    /// `--test-from` and `--test-until`.
    #[arg(long, requires = "horizons", conflicts_with_all = ["step", "events", "exceed", "mask", "gaps", "report"])]
    pub levels: bool,
    /// Leave out the boosted trees.
    #[arg(long)]
    pub without_trees: bool,
    /// Write plots and the report into this folder.
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
pub fn run(args: &BacktestArgs) -> anyhow::Result<Verdict> {
    let mut observations = Observations::read(&args.observations)?;
    if let Some(from) = args.train_from {
        observations.forget_before(from);
    }
    let calendar = calendar(&observations, args.events.as_deref(), args.timezone.as_deref())?;
    if args.levels {
        return run_levels(args, &mut observations, &calendar);
    }
    let Loaded { history: truth, late } = observations.history(&calendar)?;
    let mut seen = truth.clone();
    for (tick, series) in late {
        seen.set(tick, series, f64::NAN);
    }
    hide(args, &truth, &mut seen)?;
    let settings = settings(args, calendar.cadence())?;
    let plan = plan(args, &truth)?;
    for note in &observations.notes {
        eprintln!("note: {note}");
    }
    let started = Instant::now();
    let mut backtest =
        Backtest::new(&truth, &seen, &settings, plan).map_err(|refusal| WrongUse(refusal.to_string()))?;
    let train_s = started.elapsed().as_secs_f64();
    backtest.show(&busiest(&truth));
    let series_ticks_per_s = roll(&mut backtest, truth.series().len());
    let scores = backtest.scores();
    if scores.of(0, None, None).n == 0 {
        return Err(WrongUse(
            "no forecast could be scored: see --test-from, --test-until and --min-context".to_owned(),
        )
        .into());
    }
    let mut groups: Vec<String> = truth.series().iter().map(|one| group(&one.name).to_owned()).collect();
    groups.sort();
    groups.dedup();
    let measured = Measured { train_s, series_ticks_per_s, notes: observations.notes.clone() };
    let report = Report::new(&scores, backtest.forecaster(), &groups, measured);
    if let Some(folder) = &args.report {
        let horizons = backtest.forecaster().settings().horizons.iter().enumerate();
        let cadence_s = calendar.cadence().seconds();
        let diagrams = horizons.filter(|_| args.exceed.is_some());
        let diagrams: Vec<_> =
            diagrams.map(|(at, ahead)| (*ahead as f64 * cadence_s, scores.reliability(at))).collect();
        plots::write(folder, backtest.forecaster(), scores.shown(), &diagrams)?;
        let path = folder.join("report.json");
        std::fs::write(&path, serde_json::to_string_pretty(&report)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    if args.json {
        print_json(&report)?;
    } else {
        report.print_text();
    }
    Ok(if observations.is_whole { Verdict::Holds } else { Verdict::Fails })
}

/// Scores forecasts of levels.
fn run_levels(args: &BacktestArgs, observations: &mut Observations, calendar: &Calendar) -> anyhow::Result<Verdict> {
    let history = observations.history(calendar)?.history;
    let horizons = intervals(&args.horizons, calendar.cadence())?;
    let reports = levels::score(&history, &horizons, levels::Window { from: args.test_from, until: args.test_until });
    for note in &observations.notes {
        eprintln!("note: {note}");
    }
    if args.json {
        print_json(&serde_json::json!({ "levels": reports, "notes": observations.notes }))?;
    } else {
        levels::print_text(&reports);
    }
    Ok(if observations.is_whole { Verdict::Holds } else { Verdict::Fails })
}

/// Rolls through the test; series times ticks in a second of this core.
fn roll(backtest: &mut Backtest<'_>, series: usize) -> Option<f64> {
    let bar = progress(backtest.remaining(), "ticks");
    let (mut forecasting, mut ticks) = (Duration::ZERO, 0_u32);
    loop {
        let started = Instant::now();
        if !backtest.observe() {
            break;
        }
        backtest.forecast();
        forecasting += started.elapsed();
        ticks += 1;
        backtest.score();
        bar.inc(1);
    }
    bar.finish_and_clear();
    (ticks > 0).then(|| f64::from(ticks) * series as f64 / forecasting.as_secs_f64().max(1e-9))
}

/// The clock of the file, with what is known ahead.
pub(super) fn calendar(
    observations: &Observations,
    events: Option<&Path>,
    timezone: Option<&str>,
) -> anyhow::Result<Calendar> {
    let span = observations.span().ok_or_else(|| WrongUse("the file holds no observation".to_owned()))?;
    let cadence = observations.cadence().ok_or_else(|| {
        WrongUse("the file shows no cadence of whole seconds: each series has at most one observation".to_owned())
    })?;
    let mut calendar = given::calendar(cadence, span, &observations.offsets(), timezone)?;
    if let Some(path) = events {
        let listed = listed(path, read_events)?;
        refuse_rows(path, &listed)?;
        for EventRow { kind, begin, end, attendance } in listed.rows {
            match kind.as_str() {
                "holiday" => set_days(&mut calendar, (begin, end), DayType::Off),
                "workday" => set_days(&mut calendar, (begin, end), DayType::Work),
                _ => calendar
                    .add_event(Event { kind, begin, end, attendance })
                    .map_err(|error| WrongUse(format!("{}: {error}", path.display())))?,
            }
        }
    }
    Ok(calendar)
}

/// Says of every local day that the span touches what it is like.
fn set_days(calendar: &mut Calendar, (begin, end): (Time, Time), day_type: DayType) {
    let mut at = begin;
    while at < end || at == begin {
        calendar.set_day(at, day_type);
        at = at.plus(Span::from_seconds(3600));
    }
}

fn listed<R>(
    path: &Path,
    read: impl Fn(&[u8]) -> Result<Listed<R>, formats::schedule::ListError>,
) -> anyhow::Result<Listed<R>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    read(&bytes).map_err(|error| WrongUse(format!("{}: {error}", path.display())).into())
}

/// A list with a bad row is not used: a forecast that silently lacks an event misleads.
fn refuse_rows<R>(path: &Path, listed: &Listed<R>) -> anyhow::Result<()> {
    match listed.problems.first() {
        [] => Ok(()),
        [first, ..] => {
            let total = listed.problems.total();
            Err(WrongUse(format!("{}: {total} rows cannot be used, the first: {first}", path.display())).into())
        }
    }
}

/// Hides the masked observations.
fn hide(args: &BacktestArgs, truth: &History, seen: &mut History) -> anyhow::Result<()> {
    let calendar = truth.calendar();
    if let Some(path) = &args.mask {
        let listed = listed(path, read_gaps)?;
        refuse_rows(path, &listed)?;
        for gap in &listed.rows {
            let place = truth.series().iter().position(|one| one.name == gap.datastream);
            let series =
                place.ok_or_else(|| WrongUse(format!("{}: no series '{}'", path.display(), gap.datastream)))?;
            seen.set(calendar.tick(gap.phenomenon_time), series, f64::NAN);
        }
    }
    if let Some(gaps) = &args.gaps {
        for tick in truth.first_tick()..truth.end_tick() {
            let place = calendar.slot(tick);
            for series in (0..truth.series().len()).filter(|s| gaps.hides(*s, place.day, place.slot)) {
                seen.set(tick, series, f64::NAN);
            }
        }
    }
    Ok(())
}

fn settings(args: &BacktestArgs, cadence: Span) -> anyhow::Result<Settings> {
    let horizons = match args.step {
        Some(step) => (1..=step as usize).collect(),
        None => intervals(&args.horizons, cadence)?,
    };
    let boost = (!args.without_trees).then(BoostSettings::default);
    Ok(Settings { horizons, boost, exceed: args.exceed.map(|level| level.0), ..Settings::default() })
}

/// Horizons in intervals, rising.
fn intervals(horizons: &[Length], cadence: Span) -> anyhow::Result<Vec<usize>> {
    let mut out = Vec::new();
    for Length(length) in horizons {
        let intervals = length.micros() / cadence.micros();
        if length.micros() % cadence.micros() != 0 {
            let (near, seconds) = (intervals.max(1), cadence.seconds());
            let wrong = format!(
                "--horizons: {} min is no multiple of the {seconds} s between observations; such as {} min",
                length.minutes(),
                near as f64 * cadence.minutes()
            );
            return Err(WrongUse(wrong).into());
        }
        out.push(usize::try_from(intervals)?);
    }
    out.sort_unstable();
    out.dedup();
    Ok(out)
}

fn plan(args: &BacktestArgs, truth: &History) -> anyhow::Result<Plan> {
    let calendar = truth.calendar();
    let (first, end) = (truth.first_tick(), truth.end_tick());
    // The interval that holds a time is the first that does not end by it.
    let train_until = args.train_until.map_or(first + (end - first) * 3 / 4, |at| calendar.tick(at));
    let starting = |at: Time| if calendar.is_start(at) { calendar.tick(at) } else { calendar.tick(at) + 1 };
    let test_from = args.test_from.map_or(train_until, starting);
    let test_until = args.test_until.map_or(end, starting).min(end);
    if train_until <= first {
        return Err(WrongUse("--train-until lies before the first observation".to_owned()).into());
    }
    if test_from < train_until || test_until <= test_from {
        let wrong = "the test must lie after the training and inside the file: see --test-from and --test-until";
        return Err(WrongUse(wrong.to_owned()).into());
    }
    let (step, min_context) = (args.step.map(|step| step as usize), args.min_context.map(|context| context as usize));
    Ok(Plan { train_until, test_from, test_until, step, min_context })
}

/// The series with most in all, for the pictures.
fn busiest(truth: &History) -> Vec<usize> {
    const SHOWN: usize = 4;
    let mut sums = vec![0.0_f64; truth.series().len()];
    for tick in truth.first_tick()..truth.end_tick() {
        for (sum, value) in sums.iter_mut().zip(truth.row(tick)).filter(|(_, value)| !value.is_nan()) {
            *sum += f64::from(*value);
        }
    }
    let mut order: Vec<usize> = (0..sums.len()).collect();
    order.sort_by(|a, b| sums[*b].total_cmp(&sums[*a]));
    order.truncate(SHOWN);
    order
}
