//! `yiwang sim`: a seeded run of the simulator as files: what sensors said, what was true, and what was wrong.
//!
//! Not here: the simulator (sim), the files' forms (`files`).
//! Invariant: the same site, seed and arguments give the same bytes; memory does not grow with the length of the run.

mod files;
mod given;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use city::{Site, Time};
use clap::Args;
use serde::Serialize;
use sim::demand::Demand;
use sim::{Play, PlayStart, Settings};

use super::{Verdict, WrongUse, print_json, progress, site_folder};
use files::Files;

/// Version of the JSON this command prints.
const SCHEMA: u32 = 1;

/// `yiwang sim`.
#[derive(Debug, Clone, Args)]
pub struct SimArgs {
    /// The site folder.
    #[arg(long, value_name = "DIR")]
    pub site: PathBuf,
    /// Seed of the people, of the sensors' errors and of their faults.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Days in a row.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(sim::MAX_DAYS)))]
    pub days: u32,
    /// A measure beside those of the schedule: "KIND TARGET from=T [to=T] [key=value]…", such as
    /// "close gate/ID from=2019-10-02T18:00:00+08:00"; may be given again.
    #[arg(long, value_name = "MEASURE")]
    pub measure: Vec<String>,
    /// Share of people who do as measures say, 0 to 1; what the demand says if absent, and that is 0.95 if it does not.
    #[arg(long, value_parser = share)]
    pub obeyed: Option<f64>,
    /// How sensors err and fail.
    #[arg(long, value_enum, default_value_t = FaultsChoice::Default)]
    pub faults: FaultsChoice,
    /// A crowd that only the camera behind a gate sees: "GATE from=T [times=3] [minutes=20]".
    #[arg(long, value_name = "SURGE")]
    pub surge: Option<String>,
    /// The folder for the files; made if absent. Files of an earlier run are replaced, others refused.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// How sensors err and fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FaultsChoice {
    /// They err, and none fails.
    None,
    /// One in ten fails at some time, and rain, full phone networks and a failing switch hit many at once.
    Default,
    /// As the default, with errors larger and other than a site's description expects.
    OutsidePriors,
}

impl FaultsChoice {
    fn settings(self) -> Settings {
        match self {
            Self::None => Settings::without_faults(),
            Self::Default => Settings::default(),
            Self::OutsidePriors => Settings::outside_priors(),
        }
    }
}

/// What `sim --json` prints.
#[derive(Debug, Serialize)]
struct Summary {
    schema: u32,
    site: String,
    seed: u64,
    from: Time,
    to: Time,
    /// People of the run: those there at its start and those who came later, by gates and past every counter.
    people: u64,
    /// The most at once in the whole site, and in each group.
    peak: Peak,
    peaks: Vec<Peak>,
    rows: u64,
    truth_rows: u64,
    faults: usize,
    wall_s: f64,
}

/// The most people of a place.
#[derive(Debug, Clone, Serialize)]
struct Peak {
    place: String,
    people: u64,
    at: Time,
}

/// Runs the command.
pub fn run(args: &SimArgs) -> anyhow::Result<Verdict> {
    let begun = Instant::now();
    let site = site_folder::site(&args.site)?;
    let demand = site_folder::demand(&args.site, &site)?;
    let mut play = Play::new(start(args, &site, &demand)?)?;
    let mut files = Files::create(&args.out, &site)?;
    let mut tally = Tally::new(&site, play.start());
    let bar = progress(play.steps() as u64, "steps");
    for step in play.by_ref() {
        files.step(&step).with_context(|| format!("cannot write to {}", args.out.display()))?;
        tally.step(&step);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let faults = play.faults();
    let written = files.finish(&play).with_context(|| format!("cannot write to {}", args.out.display()))?;
    let summary = Summary {
        schema: SCHEMA,
        site: site.id.to_string(),
        seed: args.seed,
        from: play.start(),
        to: play.end(),
        people: tally.people,
        peak: tally.whole,
        peaks: tally.groups,
        rows: written.rows,
        truth_rows: written.truth_rows,
        faults: faults.len(),
        wall_s: begun.elapsed().as_secs_f64(),
    };
    if args.json {
        print_json(&summary)?;
    } else {
        print_text(&summary);
    }
    Ok(Verdict::Holds)
}

/// A share from 0 to 1.
fn share(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    number.ok_or_else(|| "write a number from 0 to 1".to_owned())
}

/// What the run is made of, as the arguments say.
fn start<'a>(args: &SimArgs, site: &'a Site, demand: &'a Demand) -> anyhow::Result<PlayStart<'a>> {
    let wrong = |argument: &str, error: String| WrongUse(format!("--{argument}: {error}"));
    let mut measures = sim::spells(site, demand);
    let obeyed_share = args.obeyed.unwrap_or(demand.obeyed_share);
    for spell in &mut measures {
        spell.obeyed_share = obeyed_share;
    }
    for text in &args.measure {
        measures.push(given::spell(text, site, obeyed_share).map_err(|error| wrong("measure", error))?);
    }
    let mut sensors = args.faults.settings();
    if let Some(text) = &args.surge {
        sensors.surge = Some(given::surge(text, site).map_err(|error| wrong("surge", error))?);
    }
    Ok(PlayStart { site, demand, seed: args.seed, days: args.days, measures, sensors })
}

fn print_text(summary: &Summary) {
    println!("people        {:>10}", summary.people);
    for peak in std::iter::once(&summary.peak).chain(&summary.peaks) {
        println!("most at once  {:>10}   {} at {}", peak.people, peak.place, peak.at);
    }
    println!("rows          {:>10}   truth {}   faults {}", summary.rows, summary.truth_rows, summary.faults);
    println!("from          {}  to {}", summary.from, summary.to);
    println!("wall          {:.2} s", summary.wall_s);
}

/// People, and the most of them.
struct Tally {
    people: u64,
    whole: Peak,
    groups: Vec<Peak>,
    members: Vec<Vec<usize>>,
}

impl Tally {
    fn new(site: &Site, at: Time) -> Self {
        let peak = |place: String| Peak { place, people: 0, at };
        Self {
            people: 0,
            whole: peak("site".to_owned()),
            groups: site.groups.iter().map(|group| peak(format!("group/{}", group.id))).collect(),
            members: site.groups.iter().map(|group| group.members.iter().map(|zone| zone.index()).collect()).collect(),
        }
    }

    fn step(&mut self, step: &sim::Step) {
        let moment = &step.moment;
        let whole = moment.people.iter().map(|people| u64::from(*people)).sum::<u64>();
        if moment.span_s == 0 {
            self.people += whole;
        }
        let came = |passages: &[sim::Passage]| passages.iter().map(|passage| u64::from(passage.forward)).sum::<u64>();
        self.people += came(&moment.gates) + came(&moment.aside);
        let raise = |peak: &mut Peak, people: u64| {
            if people > peak.people {
                (peak.people, peak.at) = (people, moment.time);
            }
        };
        raise(&mut self.whole, whole);
        for (peak, members) in self.groups.iter_mut().zip(&self.members) {
            raise(peak, members.iter().map(|zone| u64::from(moment.people[*zone])).sum());
        }
    }
}
