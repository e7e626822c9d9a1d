//! What a run is scored by: the estimates shown at each minute, the raw counts, the findings, the learned rates.
//!
//! Not here: scores.
//! Invariant: it only looks on; the state is the same whether anybody gathers or not.

use std::collections::BTreeMap;
use std::sync::Arc;

use city::{
    Balance, Cause, CauseKind, DatastreamIx, Event, Finding, FindingChange, Level, Observation, RatioState, Role, Site,
    Span, Time, WarningChange,
};
use engine::City;

use super::accuracy::Band;
use super::compare::{Estimates, Subject};
use super::series::Series;
use super::truth::Truth;
use crate::node::Onlooker;

/// Findings and balances that are kept; further ones are counted.
pub const KEPT: usize = 10_000;
/// A minute.
const MINUTE: Span = Span::from_seconds(60);

/// What is to be scored, which bounds what is kept.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// Findings and balances only.
    Findings,
    /// Every estimate.
    Everything,
    /// The estimates this truth tells of.
    Told(Arc<Truth>),
}

/// A finding with its sensor and its end.
#[derive(Clone, Debug, PartialEq)]
pub struct SensorFinding {
    /// The sensor.
    pub datastream: DatastreamIx,
    /// What was found, as it was found.
    pub finding: Finding,
    /// When it was over.
    pub ended: Option<Time>,
}

/// A warning as it was raised or worsened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Raised {
    /// When.
    pub at: Time,
    /// Where and why.
    pub cause: Cause,
    /// To which level.
    pub level: Level,
}

/// What a run has shown.
#[derive(Debug)]
pub struct Gathered {
    site: Arc<Site>,
    wanted: Wanted,
    rates_wanted: bool,
    zones: Vec<Series<Band>>,
    groups: Vec<Series<Band>>,
    /// By datastream: people counted, by the first minute at which they are known.
    pub counts: Vec<Series<f64>>,
    /// By datastream: counts of people in places, by the first minute at which they are known.
    pub readings: Vec<Series<f64>>,
    /// By datastream: what it reads for each person there, as learned, at each minute.
    pub ratios: Vec<Series<RatioState>>,
    /// What was found wrong with sensors, in the order of finding.
    pub findings: Vec<SensorFinding>,
    /// How many were found.
    pub findings_total: u64,
    /// What locked places told.
    pub balances: Vec<Balance>,
    /// Warnings raised, by cause.
    pub warnings: BTreeMap<CauseKind, u64>,
    /// Warnings as they were raised and worsened, in order; the first ones.
    pub raised: Vec<Raised>,
    /// By datastream: whether it ever gave an observation.
    heard: Vec<bool>,
    span: Option<(Time, Time)>,
    sampled: Time,
}

impl Gathered {
    /// Nothing yet.
    pub fn new(site: Arc<Site>, wanted: Wanted) -> Self {
        let streams = site.datastreams.len();
        Self {
            zones: vec![Series::default(); site.zones.len()],
            groups: vec![Series::default(); site.groups.len()],
            counts: vec![Series::default(); streams],
            readings: vec![Series::default(); streams],
            ratios: vec![Series::default(); streams],
            findings: Vec::new(),
            findings_total: 0,
            balances: Vec::new(),
            warnings: BTreeMap::new(),
            raised: Vec::new(),
            heard: vec![false; streams],
            span: None,
            sampled: Time::MIN,
            site,
            wanted,
            rates_wanted: false,
        }
    }

    /// Keeps the learned rates of every minute too.
    #[must_use]
    pub fn with_rates(self) -> Self {
        Self { rates_wanted: true, ..self }
    }

    /// Datastreams that gave at least one observation.
    pub fn sensors(&self) -> usize {
        self.heard.iter().filter(|heard| **heard).count()
    }

    /// From the first to the last result time.
    pub fn span(&self) -> Option<(Time, Time)> {
        self.span
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Observed(observation) | Event::Late(observation) => self.observation(*observation, 0.0),
            Event::Revised { observation, was } => self.observation(*observation, was.unwrap_or(0.0)),
            Event::ZoneSample(sample) => {
                let wanted = match &self.wanted {
                    Wanted::Findings => false,
                    Wanted::Everything => true,
                    Wanted::Told(truth) => truth.tells(sample.zone, sample.at),
                };
                if wanted {
                    let city::ZoneSample { people, p05, p25, p75, p95, .. } = *sample;
                    self.zones[sample.zone.index()].put(sample.at, Band { people, p05, p25, p75, p95 });
                }
            }
            Event::GroupSample(sample) if self.is_scored() => {
                let city::GroupSample { people, p05, p25, p75, p95, .. } = *sample;
                self.groups[sample.group.index()].put(sample.at, Band { people, p05, p25, p75, p95 });
            }
            Event::Finding { datastream, change: FindingChange::Found, finding, .. } => {
                self.findings_total += 1;
                if self.findings.len() < KEPT {
                    let finding = Finding::clone(finding);
                    self.findings.push(SensorFinding { datastream: *datastream, finding, ended: None });
                }
            }
            Event::Finding { datastream, change: FindingChange::Ended, finding, at } => {
                let open = |found: &&mut SensorFinding| {
                    found.datastream == *datastream && found.finding.kind == finding.kind && found.ended.is_none()
                };
                if let Some(found) = self.findings.iter_mut().rev().find(open) {
                    found.ended = Some(*at);
                }
            }
            Event::Balance(balance) if self.balances.len() < KEPT => self.balances.push(**balance),
            Event::Warning { change, warning, at }
                if matches!(change, WarningChange::Raised | WarningChange::Worsened) =>
            {
                if *change == WarningChange::Raised {
                    *self.warnings.entry(warning.cause.kind).or_default() += 1;
                }
                if self.raised.len() < KEPT {
                    self.raised.push(Raised { at: *at, cause: warning.cause, level: warning.level });
                }
            }
            _ => {}
        }
    }

    /// A result, less what it replaces.
    fn observation(&mut self, observation: Observation, was: f64) {
        let Observation { datastream, result_time, result, .. } = observation;
        let Some(stream) = self.site.datastreams.get(datastream.index()) else { return };
        self.heard[datastream.index()] = true;
        self.span = Some(match self.span {
            None => (result_time, result_time),
            Some((first, last)) => (first.min(result_time), last.max(result_time)),
        });
        let (Some(result), true) = (result, self.is_scored()) else { return };
        // A sample of a minute shows what had come before it.
        let known_from = result_time.floor(MINUTE).plus(MINUTE);
        match stream.role {
            Role::GateCount { .. } | Role::LinkCount { .. } => {
                self.counts[datastream.index()].add(known_from, result - was);
            }
            Role::AreaCount { .. } | Role::GroupCount { .. } => {
                self.readings[datastream.index()].put(known_from, result);
            }
            Role::Indicator => {}
        }
    }

    fn is_scored(&self) -> bool {
        !matches!(self.wanted, Wanted::Findings)
    }

    /// Notes what the engine has learned of each datastream, once a minute.
    fn sample_ratios(&mut self, city: &City) {
        let minute = city.now().floor(MINUTE);
        if !self.rates_wanted || minute <= self.sampled {
            return;
        }
        self.sampled = minute;
        for (index, ratios) in self.ratios.iter_mut().enumerate() {
            let state = city.datastream(DatastreamIx::from(index));
            if let Some(ratio) = state.and_then(|state| state.reads_per_person) {
                ratios.put(minute, ratio);
            }
        }
    }
}

impl Onlooker for Gathered {
    fn applied(&mut self, city: &City, events: &[Event]) {
        for event in events {
            self.event(event);
        }
        self.sample_ratios(city);
    }
}

impl Estimates for Gathered {
    fn covers(&self, _: Subject) -> bool {
        true
    }

    fn at(&self, subject: Subject, at: Time) -> Option<Band> {
        match subject {
            Subject::Zone(zone) => self.zones[zone.index()].at(at),
            Subject::Group(group) => self.groups[group.index()].at(at),
        }
    }
}
