//! `yiwang replay`: a file of observations through log and engine, as fast as it goes or at a pace.
//!
//! Not here: the node it runs through, which is the server's; scores (score).
//! Invariant: the same file and site give the same state, whatever the speed, the batches, or a stop in between, and
//! whether it is scored or not.

mod reality;
mod report;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::{Context, ensure};
use api::Mode;
use city::{Observation, Place, RejectionReason, Site, SourceId, Span, Time};
use connect::Lookup;
use connect::file::{ObservationFile, Reach, ResumeToken, Window, lines_of};
use store::{Durability, LogReader};

use super::{Verdict, WrongUse, print_json, site_folder};
use crate::cli::ReplayArgs;
use crate::node::clock::{Pace, PacedClock};
use crate::node::driver::{Driver, batches, before, last_before, moments, simulated};
use crate::node::site_time::SiteTime;
use crate::node::{Node, Onlooker, Start};
use crate::score::gather::{Gathered, Wanted};
use crate::score::plot::{Panel, svg};
use crate::score::truth::Truth;
use crate::score::{Reality, RunTallies, run};
use reality::Told;
use report::{ProblemJson, Report};

/// Observations per log entry unless told otherwise.
pub const DEFAULT_BATCH: usize = 10_000;
/// Version of the JSON this command prints.
const SCHEMA: u32 = 1;
/// The source its entries carry.
const SOURCE: &str = "replay";

/// Runs the command.
pub fn run(args: &ReplayArgs) -> anyhow::Result<Verdict> {
    let begun = Instant::now();
    let site = Arc::new(site_folder::site(&args.site)?);
    let input = Replayed::open(args, &site)?;
    let told = Told::read(args, &site)?;
    if args.plot.is_some() && told.is_none() && args.observations.is_some() {
        return Err(WrongUse("--plot draws a truth beside the estimate: name one with --truth".to_owned()).into());
    }
    let (told_problems, told_refused) = told.as_ref().map_or((&[][..], 0), |told| (&told.problems, told.refused));
    let scored = told.as_ref().map(|told| &told.reality);
    let mut report = if let Some(data) = &args.data {
        replay(args, &site, (&input, scored), (data, Durability::Full))?
    } else {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        replay(args, &site, (&input, scored), (folder.path(), Durability::None))?
    };
    let whole = input.is_whole() && report.rejected == 0 && told_refused == 0;
    report.wall_s = begun.elapsed().as_secs_f64();
    report.problems.extend(told_problems.iter().cloned());
    report.problems_total += told_refused;
    if args.json {
        print_json(&report)?;
    } else {
        report.print_text();
    }
    for problem in &report.problems {
        eprintln!("{problem}");
    }
    Ok(if whole { Verdict::Holds } else { Verdict::Fails })
}

/// What is replayed.
enum Replayed {
    File(Box<ObservationFile>),
    Simulated(Box<sim::Evening>),
}

impl Replayed {
    fn open(args: &ReplayArgs, site: &Site) -> anyhow::Result<Self> {
        let Some(path) = &args.observations else {
            let demand = site_folder::demand(&args.site, site)?;
            return Ok(Self::Simulated(Box::new(sim::evening(site, &demand, args.seed)?)));
        };
        let window = Window { from: args.from, to: args.to };
        let file = ObservationFile::read(path, &Lookup::new(site), window)?;
        if file.observations().is_empty() {
            for problem in problems(&file) {
                eprintln!("{problem}");
            }
            anyhow::bail!("{} holds no observation of this site", path.display());
        }
        Ok(Self::File(Box::new(file)))
    }

    fn is_whole(&self) -> bool {
        match self {
            Self::File(file) => file.report().reach == Reach::End,
            Self::Simulated(_) => true,
        }
    }

    fn first(&self) -> Option<Time> {
        match self {
            Self::File(file) => file.span().map(|(first, _)| first),
            Self::Simulated(evening) => Some(evening.start()),
        }
    }
}

fn replay(
    args: &ReplayArgs,
    site: &Arc<Site>,
    (input, told): (&Replayed, Option<&Reality>),
    (data, durability): (&Path, Durability),
) -> anyhow::Result<Report> {
    let is_fresh = !data.join(store::LOG_FILE).exists();
    let done = match input {
        Replayed::File(_) => delivered(data)?,
        Replayed::Simulated(_) => ResumeToken(0),
    };
    if told.is_some() && !is_fresh {
        let message = format!("{} holds part of a replay, and scores are of a whole one", data.display());
        return Err(WrongUse(format!("{message}; give an empty folder with --data, or none")).into());
    }
    let gathered = Arc::new(Mutex::new(gathering(site, (input, told), is_fresh)));
    let first = input.first();
    let clock = Arc::new(PacedClock::starting(first.unwrap_or_default(), args.speed));
    let site_time = Arc::new(SiteTime::paced(Mode::Replay, Arc::clone(&clock)));
    let onlooker: Arc<Mutex<dyn Onlooker>> = gathered.clone();
    let node = Node::start(Start {
        data,
        durability,
        site: Site::clone(site),
        site_time,
        first,
        webhooks: BTreeMap::new(),
        onlooker: Some(onlooker),
    })?;
    let simulated = Feeding { args, clock, done }.run(site, input, &node)?;
    let (city, refusals) = (Arc::clone(&node.city), Arc::clone(&node.refusals));
    node.stop()?;
    let city = city.read().map_err(|_| anyhow::anyhow!("the engine panicked"))?;
    let gathered = gathered.lock().map_err(|_| anyhow::anyhow!("whoever looked on panicked"))?;
    let mut report = report(&city, input);
    report.add(site, &gathered);
    if let Some(reality) = told.or(simulated.as_ref().filter(|_| is_fresh)) {
        report.score(site, &RunTallies::of(site, reality, &gathered));
        if let Some(path) = &args.plot {
            let picture = picture(args, site, (&reality.truth, &gathered))?;
            std::fs::write(path, picture).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    if let Some(path) = &args.observations {
        report.problems.extend(refused(path, site, &refusals.first())?);
        report.problems.sort_by_key(|problem| problem.row);
        report.problems.truncate(formats::KEPT_PROBLEMS);
    }
    Ok(report)
}

/// The picture of every group and of the zones asked for.
fn picture(args: &ReplayArgs, site: &Site, (truth, gathered): (&Truth, &Gathered)) -> anyhow::Result<String> {
    let groups = (0..site.groups.len()).map(|ix| Panel::group(site, ix.into(), truth, gathered));
    let mut panels: Vec<Panel> = groups.collect();
    for id in &args.plot_zone {
        let ix = site.zone_ix(&id.as_str().into());
        let ix = ix.ok_or_else(|| WrongUse(format!("--plot-zone: the site has no zone '{id}'")))?;
        panels.push(Panel::zone(site, ix, truth, gathered));
    }
    Ok(svg(&panels, Span::from_seconds((args.plot_utc_offset_h * 3600.0) as i64)))
}

/// Who looks on: for scores only where a truth is at hand.
fn gathering(site: &Arc<Site>, (input, told): (&Replayed, Option<&Reality>), is_fresh: bool) -> Gathered {
    let wanted = match (input, told) {
        (_, Some(reality)) => Wanted::Told(Arc::new(reality.truth.clone())),
        (Replayed::Simulated(_), None) if is_fresh => Wanted::Everything,
        _ => Wanted::Findings,
    };
    let rates = matches!(wanted, Wanted::Everything) || told.is_some_and(|reality| reality.rates.is_some());
    let gathered = Gathered::new(Arc::clone(site), wanted);
    if rates { gathered.with_rates() } else { gathered }
}

/// Feeds a node with what is replayed.
struct Feeding<'a> {
    args: &'a ReplayArgs,
    clock: Arc<PacedClock>,
    done: ResumeToken,
}

impl Feeding<'_> {
    /// Delivers everything; a simulation then tells what really was.
    fn run(self, site: &Site, input: &Replayed, node: &Node) -> anyhow::Result<Option<Reality>> {
        let Self { args, clock, done } = self;
        let (inlet, stop, source) = (node.inlet.clone(), Arc::new(AtomicBool::new(false)), SourceId::from(SOURCE));
        let until = args.to.map(last_before);
        match input {
            Replayed::File(file) => {
                resumes_well(file, done, node.head_time)?;
                let rows = file.batches(args.batch.max(1), done).map(|batch| batch.observations);
                if args.speed == Pace::Max && args.rates.is_none() {
                    Driver { series: batches(rows), clock, inlet, source, stop, until }.run();
                } else {
                    // At a pace the clock ticks between moments, so no row may wait for a later one of its batch; and
                    // what was learned by a minute can be seen only if no later row came with it.
                    Driver { series: moments(rows, Time::MIN), clock, inlet, source, stop, until }.run();
                }
                Ok(None)
            }
            Replayed::Simulated(evening) => {
                let mut evening = evening.as_ref().clone();
                let mut told = run::Told::of(site);
                let series = std::iter::from_fn(|| {
                    let sim::EveningStep { moment, rates, inputs } = evening.step()?;
                    if args.to.is_none_or(|to| moment.time < to) {
                        told.step(&moment, &rates);
                    }
                    Some(inputs)
                });
                let series = before(simulated(series.flatten(), node.head_time), args.to);
                Driver { series, clock, inlet, source, stop, until }.run();
                Ok(Some(told.whole(&evening, args.to)))
            }
        }
    }
}

/// What the engine refused, with the lines of the file.
fn refused(path: &Path, site: &Site, refusals: &[(Observation, RejectionReason)]) -> anyhow::Result<Vec<ProblemJson>> {
    if refusals.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<_> = refusals.iter().map(|(observation, _)| *observation).collect();
    let lines = lines_of(path, &Lookup::new(site), &wanted)?;
    let problem = |((observation, reason), line): (&(Observation, RejectionReason), Option<u64>)| ProblemJson {
        file: None,
        row: line.unwrap_or(0),
        reason: format!(
            "{} of {} was refused: {}",
            observation.result.map_or_else(|| "the missing result".to_owned(), |result| result.to_string()),
            site.place_id(Place::Datastream(observation.datastream)),
            in_words(*reason)
        ),
        remedy: "correct the row, or the stream's limits in site.toml",
    };
    Ok(refusals.iter().zip(lines).map(problem).collect())
}

/// Why the engine refuses an observation, in words.
fn in_words(reason: RejectionReason) -> &'static str {
    match reason {
        RejectionReason::UnknownDatastream => "the datastream is not in the site",
        RejectionReason::Future => "it lies further in the future than future_s allows",
        RejectionReason::NotFinite => "it is not a finite number",
        RejectionReason::Negative => "a count cannot be negative",
        RejectionReason::BelowMin => "it is below the stream's min",
        RejectionReason::AboveMax => "it is above the stream's max",
        _ => "the engine does not take it",
    }
}

fn report(city: &engine::City, input: &Replayed) -> Report {
    let tally = city.tally();
    let (problems, unread, times) = match input {
        Replayed::File(file) => {
            let times = file.observations().phenomenon_times();
            let span = (times.iter().min().copied(), times.iter().max().copied());
            (problems(file), file.report().problems.total(), span)
        }
        Replayed::Simulated(_) => (Vec::new(), 0, (None, Some(city.now()))),
    };
    Report {
        schema: SCHEMA,
        observations: tally.taken,
        rejected: tally.rejected + unread,
        missing: tally.missing,
        duplicates: tally.duplicates,
        late: tally.late,
        warnings: city.warnings_raised(),
        from: times.0,
        to: times.1,
        state_hash: city.state_hash().to_string(),
        wall_s: 0.0,
        problems,
        problems_total: tally.rejected + unread,
        sensor_findings: Vec::new(),
        sensor_findings_total: 0,
        balances: Vec::new(),
        scores: None,
    }
}

/// How many of the file's rows the data folder holds already.
pub fn delivered(data: &Path) -> anyhow::Result<ResumeToken> {
    if !data.join(store::LOG_FILE).exists() {
        return Ok(ResumeToken(0));
    }
    let log = LogReader::open(data).with_context(|| format!("cannot read the log in {}", data.display()))?;
    let base = log.base()?;
    ensure!(base.seq.0 == 0, "the log in {} begins at a checkpoint; replay into another folder", data.display());
    Ok(ResumeToken(log.observations()?))
}

/// An error when the rows before the resume point cannot be those the log holds.
pub fn resumes_well(file: &ObservationFile, done: ResumeToken, head: Time) -> anyhow::Result<()> {
    let rows = file.observations().result_times();
    let index = usize::try_from(done.0).unwrap_or(usize::MAX);
    let fits = index <= rows.len()
        && index.checked_sub(1).is_none_or(|last| rows[last] <= head)
        && rows.get(index).is_none_or(|next| index == 0 || *next >= rows[index - 1]);
    ensure!(fits, "the data folder holds another replay; give an empty folder with --data");
    Ok(())
}

fn problems(file: &ObservationFile) -> Vec<ProblemJson> {
    let report = file.report();
    let kept = report.problems.first().iter();
    let mut problems: Vec<_> = kept
        .map(|problem| ProblemJson {
            file: None,
            row: problem.place.row(),
            reason: problem.reason.to_string(),
            remedy: problem.reason.remedy(),
        })
        .collect();
    if let Reach::Broken { line, reason } = &report.reach {
        let remedy = "every row before it was kept";
        problems.insert(0, ProblemJson { file: None, row: *line, reason: reason.clone(), remedy });
    }
    problems
}
