//! Faults beside findings: what was found, how soon, and what was found where nothing was wrong.
//!
//! Not here: how findings are made (engine), where faults come from.
//! Invariant: a finding is false only if its sensor had no fault at all from its beginning to its finding; silence that
//! lasts to the end of a run is true.

use std::collections::BTreeMap;

use city::{DatastreamIx, FindingKind, Site, Span, Time};
use serde::Serialize;

use super::compare::Faulty;
use super::gather::SensorFinding;
use super::sources::Sources;

/// So long after a fault's end a finding still belongs to it: what it left behind may only then be judged.
pub const GRACE: Span = Span::from_seconds(10 * 60);
/// Missed faults and false findings that are named.
const NAMED_MAX: usize = 50;

/// Something that was wrong with a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The sensor.
    pub datastream: DatastreamIx,
    /// What.
    pub kind: FindingKind,
    /// Since when.
    pub from: Time,
    /// Until when.
    pub to: Time,
}

impl Fault {
    /// Whether a finding of its sensor is of this fault: made while it lasted or just after it, or of its kind and
    /// still open when it began.
    fn is_found_by(&self, found: &SensorFinding) -> bool {
        let (at, ended) = (found.finding.found_at, found.ended);
        let in_time = at >= self.from && at <= self.to.plus(GRACE);
        let open = at < self.from && ended.is_none_or(|ended| ended > self.from) && found.finding.kind == self.kind;
        found.datastream == self.datastream && (in_time || open)
    }

    /// Whether it lasts at some time between two moments, with [`GRACE`] after it.
    fn overlaps(&self, from: Time, to: Time) -> bool {
        self.from <= to && from <= self.to.plus(GRACE)
    }
}

/// The spans in which sensors of each zone are faulty; a group's count is no sensor of its members.
pub fn faulty(site: &Site, sources: &Sources, faults: &[Fault]) -> Faulty {
    let spans = |zone: usize| {
        let of_zone = |fault: &&Fault| sources.of_zone(zone.into()).any(|ix| ix == fault.datastream);
        faults.iter().filter(of_zone).map(|fault| (fault.from, fault.to)).collect()
    };
    (0..site.zones.len()).map(spans).collect()
}

/// Counts of one kind.
#[derive(Clone, Debug, Default, PartialEq)]
struct KindTally {
    of: u64,
    found: u64,
    named: u64,
    false_findings: u64,
    delays_s: Vec<f64>,
}

/// Counts over one or more runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultTallies {
    kinds: BTreeMap<FindingKind, KindTally>,
    sensor_days: f64,
    missed: Vec<FaultRow>,
    wrong: Vec<FaultRow>,
}

/// A fault that was missed, or a finding of none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultRow {
    /// The sensor.
    pub datastream: String,
    /// What.
    pub kind: FindingKind,
    /// Since when.
    pub from: Time,
    /// Until when; absent for a finding that is still open.
    pub to: Option<Time>,
}

impl FaultTallies {
    /// Holds the findings of one run against its faults.
    pub fn of(site: &Site, faults: &[Fault], findings: &[SensorFinding], sensor_days: f64) -> Self {
        let mut tallies = Self { sensor_days, ..Self::default() };
        let id = |ix: DatastreamIx| site.datastreams.get(ix.index()).map_or_else(String::new, |s| s.id.to_string());
        for fault in faults {
            let kind = tallies.kinds.entry(fault.kind).or_default();
            kind.of += 1;
            let of_it = || findings.iter().filter(|found| fault.is_found_by(found));
            kind.named += u64::from(of_it().any(|found| found.finding.kind == fault.kind));
            let Some(first) = of_it().map(|found| found.finding.found_at).min() else {
                let Fault { datastream, kind, from, to } = *fault;
                tallies.missed.push(FaultRow { datastream: id(datastream), kind, from, to: Some(to) });
                continue;
            };
            kind.found += 1;
            kind.delays_s.push(first.since(fault.from).seconds().max(0.0));
        }
        for found in findings {
            let (since, at) = (found.finding.since.min(found.finding.found_at), found.finding.found_at);
            let of_a_fault = |fault: &Fault| fault.datastream == found.datastream && fault.overlaps(since, at);
            // A run that ends leaves its sensors silent; slow rows of a few may still come.
            let is_end = found.finding.kind == FindingKind::Silent && found.ended.is_none();
            if !is_end && !faults.iter().any(of_a_fault) {
                let kind = found.finding.kind;
                tallies.kinds.entry(kind).or_default().false_findings += 1;
                tallies.wrong.push(FaultRow { datastream: id(found.datastream), kind, from: at, to: found.ended });
            }
        }
        tallies
    }

    /// Takes the counts of another run.
    pub fn merge(&mut self, other: &Self) {
        self.sensor_days += other.sensor_days;
        self.missed.extend_from_slice(&other.missed);
        self.wrong.extend_from_slice(&other.wrong);
        for (kind, more) in &other.kinds {
            let sum = self.kinds.entry(*kind).or_default();
            sum.of += more.of;
            sum.found += more.found;
            sum.named += more.named;
            sum.false_findings += more.false_findings;
            sum.delays_s.extend_from_slice(&more.delays_s);
        }
    }

    /// The figures.
    pub fn report(&self) -> FaultScores {
        let per_day = |count: u64| if self.sensor_days > 0.0 { count as f64 / self.sensor_days } else { 0.0 };
        let all = self.kinds.values();
        let row = |(kind, tally): (&FindingKind, &KindTally)| KindRow {
            kind: *kind,
            found: tally.found,
            of: tally.of,
            named: tally.named,
            median_delay_s: median(&tally.delays_s),
            worst_delay_s: tally.delays_s.iter().copied().max_by(f64::total_cmp),
            false_findings: tally.false_findings,
            false_per_sensor_day: per_day(tally.false_findings),
        };
        let delays: Vec<f64> = all.clone().flat_map(|tally| tally.delays_s.iter().copied()).collect();
        let false_findings = all.clone().map(|tally| tally.false_findings).sum();
        FaultScores {
            found: all.clone().map(|tally| tally.found).sum(),
            of: all.clone().map(|tally| tally.of).sum(),
            named: all.map(|tally| tally.named).sum(),
            median_delay_s: median(&delays),
            false_findings,
            sensor_days: self.sensor_days,
            false_per_sensor_day: per_day(false_findings),
            by_kind: self.kinds.iter().map(row).collect(),
            missed: self.missed.iter().take(NAMED_MAX).cloned().collect(),
            wrong: self.wrong.iter().take(NAMED_MAX).cloned().collect(),
        }
    }
}

/// The middle of some values, the mean of both middles; none of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().checked_sub(1)? / 2, values.len() / 2);
    Some(values[low].midpoint(values[high]))
}

/// How faults were found (docs/scores.md).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultScores {
    /// Faults whose sensor was found faulty in time.
    pub found: u64,
    /// Faults.
    pub of: u64,
    /// Of the found ones, those called by their kind.
    pub named: u64,
    /// From a fault's beginning to its finding, seconds.
    pub median_delay_s: Option<f64>,
    /// Findings of sensors without any fault.
    pub false_findings: u64,
    /// Sensors that reported times days they were watched.
    pub sensor_days: f64,
    /// False findings for each of those.
    pub false_per_sensor_day: f64,
    /// Kind by kind.
    pub by_kind: Vec<KindRow>,
    /// The first faults that were missed.
    pub missed: Vec<FaultRow>,
    /// The first false findings.
    #[serde(rename = "false")]
    pub wrong: Vec<FaultRow>,
}

/// The figures of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindRow {
    /// The kind.
    pub kind: FindingKind,
    /// See [`FaultScores::found`].
    pub found: u64,
    /// See [`FaultScores::of`].
    pub of: u64,
    /// See [`FaultScores::named`].
    pub named: u64,
    /// See [`FaultScores::median_delay_s`].
    pub median_delay_s: Option<f64>,
    /// The longest of the delays, seconds.
    pub worst_delay_s: Option<f64>,
    /// Findings of this kind of sensors without any fault.
    pub false_findings: u64,
    /// The same for each sensor and day.
    pub false_per_sensor_day: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use city::{Finding, Response};

    fn at(minute: i64) -> Time {
        Time::from_seconds(60 * minute)
    }

    fn fault(stream: u32, kind: FindingKind, from: i64, to: i64) -> Fault {
        Fault { datastream: DatastreamIx(stream), kind, from: at(from), to: at(to) }
    }

    fn found(stream: u32, kind: FindingKind, minute: i64, ended: Option<i64>) -> SensorFinding {
        let finding = Finding {
            kind,
            since: at(minute - 5),
            found_at: at(minute),
            evidence: Vec::new(),
            other: None,
            response: Response::Widened,
        };
        SensorFinding { datastream: DatastreamIx(stream), finding, ended: ended.map(at) }
    }

    fn scores(faults: &[Fault], findings: &[SensorFinding]) -> FaultScores {
        FaultTallies::of(&Site::default(), faults, findings, 2.0).report()
    }

    #[test]
    fn a_fault_is_found_by_any_finding_of_its_sensor_in_time_and_named_by_one_of_its_kind() {
        let faults = [
            fault(0, FindingKind::Stuck, 100, 130),
            fault(1, FindingKind::Bias, 100, 130),
            fault(2, FindingKind::Jump, 100, 130),
        ];
        let findings = [
            found(0, FindingKind::Stuck, 112, None),
            found(1, FindingKind::Jump, 104, Some(140)),
            found(2, FindingKind::Jump, 141, None),
        ];
        let scores = scores(&faults, &findings);
        assert_eq!((scores.found, scores.of, scores.named), (2, 3, 1));
        assert_eq!(scores.median_delay_s, Some(480.0), "4 and 12 minutes");
        assert_eq!(scores.missed.len(), 1);
    }

    #[test]
    fn a_finding_without_any_fault_is_false_and_counts_against_sensors_and_days() {
        let faults = [fault(0, FindingKind::Stuck, 100, 130)];
        let findings = [
            found(0, FindingKind::Stuck, 60, Some(70)),
            found(1, FindingKind::Bias, 110, None),
            found(0, FindingKind::Bias, 142, None),
        ];
        let scores = scores(&faults, &findings);
        assert_eq!((scores.false_findings, scores.false_per_sensor_day), (2, 1.0));
        assert_eq!(scores.found, 0, "the last began to be seen in time and was found too late");
    }

    #[test]
    fn a_finding_that_is_open_when_the_fault_begins_again_needs_no_second() {
        let faults = [fault(0, FindingKind::Dropout, 100, 110), fault(0, FindingKind::Dropout, 140, 150)];
        let scores = scores(&faults, &[found(0, FindingKind::Dropout, 105, Some(145))]);
        assert_eq!((scores.found, scores.median_delay_s), (2, Some(150.0)), "5 minutes and at once");
    }

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_both_middles() {
        assert_eq!((median(&[]), median(&[3.0]), median(&[4.0, 1.0])), (None, Some(3.0), Some(2.5)));
    }
}
