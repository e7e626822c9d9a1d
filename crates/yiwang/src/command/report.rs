//! `yiwang report`: what a log says happened: peaks against the clock, and what the consoles had to bear.
//!
//! Not here: how a log is made (replay, serve).
//! Invariant: every figure comes from re-applying the log, so that the same log gives the same report.

use std::collections::BTreeMap;

use anyhow::Context;
use city::{
    CauseKind, ConsoleIx, Event, Figure, GroupIx, Level, Occupancy, Place, Site, Span, Time, Warning, WarningId, ZoneIx,
};
use engine::City;
use serde::Serialize;
use store::LogReader;

use super::{Verdict, WrongUse, print_json};
use crate::cli::DataArgs;

/// Version of the JSON this command prints.
const SCHEMA: u32 = 1;
/// The window in which an alarm flood is counted (EEMUA 191).
const FLOOD_WINDOW: Span = Span::from_seconds(600);

/// What `report --json` prints.
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    site: String,
    from: Option<Time>,
    to: Option<Time>,
    groups: Vec<Peak>,
    zones: Vec<Peak>,
    consoles: Vec<Load>,
    warnings: Raised,
    raised: Vec<Issue>,
    criticals_delayed_by_grouping: u64,
    state_hash: String,
}

/// The most people at a place, and when.
#[derive(Debug, Clone, Serialize)]
struct Peak {
    place: String,
    people: f64,
    p05: f64,
    p95: f64,
    at: Time,
    worst_level: Level,
}

/// What a console had to bear.
#[derive(Debug, Serialize)]
struct Load {
    console: String,
    soundings: u64,
    per_hour: f64,
    per_10_min: f64,
    worst_10_min: u64,
}

/// Warnings by the worst level they had.
#[derive(Debug, Default, Serialize)]
struct Raised {
    caution: u64,
    warning: u64,
    critical: u64,
    grouped: u64,
}

/// A warning as it was raised, and the worst it came to.
#[derive(Debug, Clone, Serialize)]
struct Issue {
    warning: WarningId,
    at: Time,
    place: String,
    kind: CauseKind,
    /// The level it was raised at.
    level: Level,
    worst: Level,
    worst_at: Time,
    /// The value that brought it to its worst level, with the threshold it reached then.
    worst_value: Option<f64>,
    worst_threshold: Option<f64>,
    value: Option<f64>,
    threshold: Option<f64>,
    /// The numbers of a precursor or a check when it was raised.
    figures: Vec<Figure>,
}

/// Runs the command.
pub fn run(args: &DataArgs) -> anyhow::Result<Verdict> {
    anyhow::ensure!(
        args.data.is_dir(),
        WrongUse(format!("{} is not a data folder; name the one given to `--data`", args.data.display()))
    );
    let log = LogReader::open(&args.data).with_context(|| format!("cannot open the log in {}", args.data.display()))?;
    let report = report(&log)?;
    if args.json {
        print_json(&report)?;
    } else {
        print_text(&report);
    }
    Ok(Verdict::Holds)
}

fn report(log: &LogReader) -> anyhow::Result<Report> {
    let base = log.base()?.seq;
    let mut city = match log.latest_snapshot(engine::VERSION, Some(base))? {
        Some(snapshot) => City::from_snapshot(&snapshot.bytes)?,
        None => City::default(),
    };
    let (mut watch, mut outcome) = (Watch::default(), city::Outcome::default());
    for entry in log.entries(city.seq()) {
        engine::apply_into(&mut city, &entry?, &mut outcome);
        for event in &outcome.events {
            watch.note(&city, event);
        }
    }
    let site = city.site().context("the log holds no site yet")?;
    let hours = watch.hours();
    Ok(Report {
        schema: SCHEMA,
        site: site.id.to_string(),
        from: watch.first,
        to: watch.last,
        groups: watch.groups.into_values().collect(),
        zones: watch.zones.into_values().collect(),
        consoles: loads(site, &watch.soundings, hours),
        warnings: raised(&watch.warnings),
        raised: watch.issues.into_values().collect(),
        criticals_delayed_by_grouping: watch.delayed,
        state_hash: city.state_hash().to_string(),
    })
}

/// What is gathered while the log is applied.
#[derive(Default)]
struct Watch {
    first: Option<Time>,
    last: Option<Time>,
    groups: BTreeMap<GroupIx, Peak>,
    zones: BTreeMap<ZoneIx, Peak>,
    warnings: BTreeMap<WarningId, Warning>,
    issues: BTreeMap<WarningId, Issue>,
    soundings: BTreeMap<ConsoleIx, Vec<Time>>,
    delayed: u64,
}

impl Watch {
    fn note(&mut self, city: &City, event: &Event) {
        match event {
            Event::GroupValue(group) => self.group(city, *group),
            Event::ZoneValue(zone) => self.zone(city, *zone),
            Event::Observed(_) => {
                self.first.get_or_insert(city.now());
                self.last = Some(city.now());
            }
            Event::Warning { warning, at, .. } => {
                self.issue(city, warning, *at);
                self.warning(warning, *at);
            }
            _ => {}
        }
    }

    fn group(&mut self, city: &City, group: GroupIx) {
        let state = city.group(group);
        if let Some(peak) = state.and_then(|state| peak(city, Place::Group(group), state.occupancy, state.level)) {
            keep_higher(self.groups.entry(group), peak);
        }
    }

    fn zone(&mut self, city: &City, zone: ZoneIx) {
        let state = city.zone(zone);
        if let Some(peak) = state.and_then(|state| peak(city, Place::Zone(zone), state.occupancy, state.level)) {
            keep_higher(self.zones.entry(zone), peak);
        }
    }

    fn issue(&mut self, city: &City, warning: &Warning, at: Time) {
        let place = || city.site().map_or_else(String::new, |site| site.place_id(warning.cause.place));
        let issue = self.issues.entry(warning.id).or_insert_with(|| Issue {
            warning: warning.id,
            at,
            place: place(),
            kind: warning.cause.kind,
            level: warning.level,
            worst: warning.worst,
            worst_at: at,
            worst_value: warning.worst_value,
            worst_threshold: warning.threshold,
            value: warning.value,
            threshold: warning.threshold,
            figures: warning.evidence.figures.clone(),
        });
        if warning.worst > issue.worst {
            (issue.worst, issue.worst_at) = (warning.worst, at);
            (issue.worst_value, issue.worst_threshold) = (warning.worst_value, warning.threshold);
        }
    }

    fn warning(&mut self, warning: &Warning, at: Time) {
        let before = self.warnings.insert(warning.id, warning.clone());
        let heard = before.as_ref().map_or(0, |before| before.soundings);
        if warning.soundings > heard {
            self.soundings.entry(warning.console).or_default().push(at);
        }
        let newly_critical =
            warning.level == Level::Critical && before.is_none_or(|before| before.level != Level::Critical);
        // A critical must sound by itself, at the moment its level is entered.
        if newly_critical && (warning.grouped_in.is_some() || warning.soundings == heard || warning.level_at != at) {
            self.delayed += 1;
        }
    }

    fn hours(&self) -> f64 {
        match (self.first, self.last) {
            (Some(first), Some(last)) => last.since(first).seconds() / 3600.0,
            _ => 0.0,
        }
    }
}

/// What a place shows now, as a candidate for its peak; `None` while its people are unknown.
fn peak(city: &City, place: Place, people: Option<Occupancy>, worst_level: Level) -> Option<Peak> {
    let (site, Occupancy { people, p05, p95 }) = city.site().zip(people)?;
    Some(Peak { place: site.place_id(place), people, p05, p95, at: city.now(), worst_level })
}

fn keep_higher<K: Ord>(entry: std::collections::btree_map::Entry<'_, K, Peak>, peak: Peak) {
    entry
        .and_modify(|kept| {
            let worst = kept.worst_level.max(peak.worst_level);
            if peak.people > kept.people {
                *kept = peak.clone();
            }
            kept.worst_level = worst;
        })
        .or_insert(peak);
}

fn loads(site: &Site, soundings: &BTreeMap<ConsoleIx, Vec<Time>>, hours: f64) -> Vec<Load> {
    let none = Vec::new();
    let load = |(index, console): (usize, &city::Console)| {
        let times = soundings.get(&ConsoleIx::from(index)).unwrap_or(&none);
        let per_hour = if hours > 0.0 { times.len() as f64 / hours } else { 0.0 };
        Load {
            console: console.id.to_string(),
            soundings: times.len() as u64,
            per_hour,
            per_10_min: per_hour / 6.0,
            worst_10_min: worst_window(times),
        }
    };
    site.consoles.iter().enumerate().map(load).collect()
}

/// The most soundings in any ten minutes; the times are in order.
fn worst_window(times: &[Time]) -> u64 {
    let mut first = 0;
    let mut worst = 0;
    for (index, time) in times.iter().enumerate() {
        while time.since(times[first]) >= FLOOD_WINDOW {
            first += 1;
        }
        worst = worst.max(index - first + 1);
    }
    worst as u64
}

fn raised(warnings: &BTreeMap<WarningId, Warning>) -> Raised {
    let mut raised = Raised::default();
    for warning in warnings.values() {
        match warning.worst {
            Level::Normal => {}
            Level::Caution => raised.caution += 1,
            Level::Warning => raised.warning += 1,
            Level::Critical => raised.critical += 1,
        }
        raised.grouped += u64::from(warning.grouped_in.is_some());
    }
    raised
}

/// The word for a kind or level, as JSON has it.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn print_text(report: &Report) {
    let time = |time: Option<Time>| time.map_or_else(|| "-".to_owned(), |time| time.to_string());
    println!("{}  {} to {}", report.site, time(report.from), time(report.to));
    for peak in report.groups.iter().chain(&report.zones) {
        println!(
            "{:<28} {:>9.0} people (90 %: {:.0} to {:.0}) at {}, worst level {:?}",
            peak.place, peak.people, peak.p05, peak.p95, peak.at, peak.worst_level
        );
    }
    for issue in &report.raised {
        let (kind, level) = (word(&issue.kind), word(&issue.level));
        let worst = match (issue.worst_value, issue.worst_threshold) {
            (Some(value), Some(threshold)) => {
                format!(", {} at {}: {value:.2} (threshold {threshold:.2})", word(&issue.worst), issue.worst_at)
            }
            _ => String::new(),
        };
        println!("{}  {level:<8} {kind:<10} {}{worst}", issue.at, issue.place);
    }
    for load in &report.consoles {
        println!(
            "console {:<20} {:>4} soundings, {:.2} in 10 minutes on average, {} in the worst 10",
            load.console, load.soundings, load.per_10_min, load.worst_10_min
        );
    }
    let raised = &report.warnings;
    println!(
        "warnings: {} caution, {} warning, {} critical; {} grouped; criticals delayed by grouping: {}",
        raised.caution, raised.warning, raised.critical, raised.grouped, report.criticals_delayed_by_grouping
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_ten_minutes_are_counted_over_any_window() {
        let at = |seconds: &[i64]| seconds.iter().map(|second| Time::from_seconds(*second)).collect::<Vec<_>>();
        assert_eq!(worst_window(&at(&[])), 0);
        assert_eq!(worst_window(&at(&[0, 599, 600, 1200])), 2);
        assert_eq!(worst_window(&at(&[0, 300, 599, 601])), 3);
    }
}
