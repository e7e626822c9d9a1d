//! `yiwang bench city`: how many seconds of site time the engine passes in one, for a site of a thousand zones.
//!
//! Not here: the site (tile), its day (day).
//! Invariant: only applying entries is timed, on one thread; two runs must end in the same state.

mod day;
mod tile;

use std::time::{Duration, Instant};

use anyhow::ensure;
use city::{Digest, Event, FindingChange, Input, Role, Site};
use serde::Serialize;

use crate::cli::CityArgs;
use crate::command::{Verdict, print_json, site_folder};
use crate::score::run::InMemory;
use day::{Day, MINUTES};

/// Version of the JSON this command prints.
const SCHEMA: u32 = 1;
/// Seconds in the day that is passed.
const DAY_S: f64 = MINUTES as f64 * 60.0;

/// What `bench city --json` prints.
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    engine: &'static str,
    zones: usize,
    lines: usize,
    datastreams: usize,
    observations: u64,
    /// Findings and warnings of the day.
    findings: u64,
    warnings: u64,
    /// Site time over time on the processor, the slower of the runs.
    times_real: f64,
    /// The same by the wall clock, which on a shared machine tells of its other work too.
    times_real_by_the_wall: f64,
    /// Processor time of one observation, microseconds.
    observation_us: f64,
    /// Processor time of one minute of the whole site, milliseconds.
    minute_ms: f64,
    state_hash: Digest,
    same_hash: bool,
}

/// One run.
struct Run {
    cpu: Duration,
    wall: Duration,
    state_hash: Digest,
    observations: u64,
    findings: u64,
    warnings: u64,
}

/// Runs the command.
pub fn run(args: &CityArgs) -> anyhow::Result<Verdict> {
    let small = site_folder::site(&args.site)?;
    let tiled = tile::tiled(&small, args.zones, args.lines);
    ensure!(tiled.site.is_sound(), "the tiled site is not sound");
    eprintln!("bench: playing the evening of the small site");
    let demand = site_folder::demand(&args.site, &small)?;
    let day = Day::new(&small, &demand, &tiled)?;
    let entries = day.entries();
    let runs: Vec<Run> = (1..=2)
        .map(|run| {
            eprintln!("bench: run {run}");
            pass(&tiled.site, &day, &entries)
        })
        .collect();
    let slowest = |time: fn(&Run) -> Duration| runs.iter().map(time).max().unwrap_or_default().as_secs_f64();
    let (cpu_s, wall_s) = (slowest(|run| run.cpu), slowest(|run| run.wall));
    let first = &runs[0];
    let report = Report {
        schema: SCHEMA,
        engine: engine::VERSION,
        zones: tiled.site.zones.len(),
        lines: lines(&tiled.site),
        datastreams: tiled.site.datastreams.len(),
        observations: first.observations,
        findings: first.findings,
        warnings: first.warnings,
        times_real: DAY_S / cpu_s,
        times_real_by_the_wall: DAY_S / wall_s,
        observation_us: cpu_s * 1e6 / first.observations as f64,
        minute_ms: cpu_s * 1e3 / MINUTES as f64,
        state_hash: first.state_hash,
        same_hash: runs.iter().all(|run| run.state_hash == first.state_hash),
    };
    if args.json {
        print_json(&report)?;
    } else {
        print_text(&report);
    }
    Ok(if report.same_hash { Verdict::Holds } else { Verdict::Fails })
}

fn lines(site: &Site) -> usize {
    let counts = |role: Role| matches!(role, Role::GateCount { .. } | Role::LinkCount { .. });
    site.datastreams.iter().filter(|stream| counts(stream.role)).count()
}

/// Applies the day to a fresh city.
fn pass(site: &Site, day: &Day<'_>, entries: &[day::Minute]) -> Run {
    let mut memory = InMemory::starting(site, day.start());
    // Cloning what an entry holds is not the engine's work.
    let inputs: Vec<_> = entries.iter().map(|minute| (minute.time, minute.input.clone())).collect();
    let (begun, begun_cpu) = (Instant::now(), on_cpu());
    let mut findings = 0;
    for (time, input) in inputs {
        memory.take(time, input);
        let found = |event: &&Event| matches!(event, Event::Finding { change: FindingChange::Found, .. });
        findings += memory.outcome.events.iter().filter(found).count() as u64;
    }
    if let Some(last) = entries.last() {
        memory.take(last.time, Input::Tick);
    }
    let wall = begun.elapsed();
    let cpu = on_cpu().zip(begun_cpu).map_or(wall, |(now, then)| now.saturating_sub(then));
    Run {
        cpu,
        wall,
        state_hash: memory.city.state_hash(),
        observations: memory.city.tally().taken,
        findings,
        warnings: memory.city.warnings_raised(),
    }
}

/// Time this thread has been running, where the kernel tells.
fn on_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn print_text(report: &Report) {
    println!("zones {}   lines {}   datastreams {}", report.zones, report.lines, report.datastreams);
    println!(
        "observations of a day   {:>12}   findings {}   warnings {}",
        report.observations, report.findings, report.warnings
    );
    println!("times real, one core    {:>12.0}   by the wall {:.0}", report.times_real, report.times_real_by_the_wall);
    println!("an observation          {:>12.3} µs", report.observation_us);
    println!("a minute of the site    {:>12.3} ms", report.minute_ms);
    println!("the same state twice    {:>12}", report.same_hash);
}
