//! Estimates beside the truth: which cases there are, and the tables they are summed in.
//!
//! Not here: the sums (accuracy), who estimates (gather, baseline).
//! Invariant: every estimator is scored on the same minutes, save for places of which it can never tell.

use city::{GroupIx, Level, Site, Span, Time, Zone, ZoneIx, ZoneKind};
use serde::Serialize;

use super::accuracy::{Accuracy, Band, Case, Figures, Phase};
use super::series::Series;
use super::truth::Truth;

/// Minutes this close to the maximum of a place count as its peak.
pub const PEAK_WITHIN: Span = Span::from_seconds(30 * 60);
/// So long before the maximum of a place a crowd builds up.
pub const BEFORE_PEAK: Span = Span::from_seconds(60 * 60);
/// The levels, rising.
const LEVELS: [Level; 4] = [Level::Normal, Level::Caution, Level::Warning, Level::Critical];

/// A place that is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A zone.
    Zone(ZoneIx),
    /// A group of zones.
    Group(GroupIx),
}

/// Something that estimates people.
pub trait Estimates {
    /// Whether it can ever tell of this place.
    fn covers(&self, subject: Subject) -> bool;
    /// What it said of the place at this moment; nothing while it knew nothing.
    fn at(&self, subject: Subject, at: Time) -> Option<Band>;
}

/// The spans in which some sensor of a zone is faulty, by zone.
pub type Faulty = Vec<Vec<(Time, Time)>>;

/// Sums of one estimator over one or more runs of the same site.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tallies {
    all: Accuracy,
    zones: Vec<Accuracy>,
    levels: [Accuracy; 4],
    groups: Vec<Accuracy>,
    before_peak: Accuracy,
    during_faults: Accuracy,
}

/// Judges the cases of one estimator.
pub struct Comparison<'a> {
    /// The site.
    pub site: &'a Site,
    /// What really was.
    pub truth: &'a Truth,
    /// When sensors were faulty; empty if nobody says.
    pub faulty: &'a Faulty,
}

impl Comparison<'_> {
    /// Sums over every zone and group the truth tells of.
    pub fn tallies(&self, estimates: &impl Estimates) -> Tallies {
        let (zones, groups) = (self.site.zones.len(), self.site.groups.len());
        let mut tallies = Tallies {
            zones: vec![Accuracy::default(); zones],
            groups: vec![Accuracy::default(); groups],
            ..Tallies::default()
        };
        for zone in (0..zones).map(ZoneIx::from) {
            if let Some(truth) = self.truth.zone(zone)
                && estimates.covers(Subject::Zone(zone))
            {
                self.zone(zone, truth, estimates, &mut tallies);
            }
        }
        for group in (0..groups).map(GroupIx::from) {
            if estimates.covers(Subject::Group(group)) {
                let truth = self.truth.group(self.site, group);
                self.group(group, &truth, estimates, &mut tallies.groups[group.index()]);
            }
        }
        tallies
    }

    fn zone(&self, ix: ZoneIx, truth: &Series<f64>, estimates: &impl Estimates, tallies: &mut Tallies) {
        let zone = &self.site.zones[ix.index()];
        let (peak, scale) = (peak_of(truth), people_per_level(zone));
        let faulty = self.faulty.get(ix.index()).map_or(&[][..], Vec::as_slice);
        for (at, people) in truth.iter() {
            let case = Case {
                truth: people,
                estimate: estimates.at(Subject::Zone(ix), at),
                phase: phase(peak, at),
                danger_from: scale.map(|scale| zone.ladder.value.warning * scale),
            };
            tallies.all.take(&case);
            tallies.zones[ix.index()].take(&case);
            if let Some(scale) = scale {
                tallies.levels[zone.ladder.value.level(people / scale) as usize].take(&case);
            }
            if peak.is_some_and(|peak| at < peak && peak.since(at) <= BEFORE_PEAK) {
                tallies.before_peak.take(&case);
            }
            if faulty.iter().any(|(from, to)| *from <= at && at < *to) {
                tallies.during_faults.take(&case);
            }
        }
    }

    fn group(&self, ix: GroupIx, truth: &Series<f64>, estimates: &impl Estimates, accuracy: &mut Accuracy) {
        let ladder = self.site.groups[ix.index()].people.as_ref().map(|ladder| ladder.value);
        let peak = peak_of(truth);
        for (at, people) in truth.iter() {
            accuracy.take(&Case {
                truth: people,
                estimate: estimates.at(Subject::Group(ix), at),
                phase: phase(peak, at),
                danger_from: ladder.map(|ladder| ladder.warning),
            });
        }
    }
}

/// The first moment of a place's maximum; none where nobody ever was.
pub fn peak_of(truth: &Series<f64>) -> Option<Time> {
    truth.peak().filter(|(_, people)| *people > 0.0).map(|(at, _)| at)
}

fn phase(peak: Option<Time>, at: Time) -> Phase {
    match peak {
        Some(peak) if at.since(peak).micros().abs() <= PEAK_WITHIN.micros() => Phase::Peak,
        _ => Phase::Else,
    }
}

/// How many people in a zone make one person per m² of its densest part; none where density means nothing.
pub fn people_per_level(zone: &Zone) -> Option<f64> {
    let area_m2 = zone.area_m2.as_ref().filter(|_| zone.kind != ZoneKind::Network)?.value;
    Some(area_m2 / zone.peak_factor)
}

impl Tallies {
    /// Takes the sums of another run of the same site.
    pub fn merge(&mut self, other: &Self) {
        if self.zones.is_empty() {
            *self = other.clone();
            return;
        }
        self.all.merge(&other.all);
        self.before_peak.merge(&other.before_peak);
        self.during_faults.merge(&other.during_faults);
        for (sum, more) in self.zones.iter_mut().zip(&other.zones) {
            sum.merge(more);
        }
        for (sum, more) in self.groups.iter_mut().zip(&other.groups) {
            sum.merge(more);
        }
        for (sum, more) in self.levels.iter_mut().zip(&other.levels) {
            sum.merge(more);
        }
    }

    /// The figures, with the names of the site.
    pub fn report(&self, site: &Site) -> Scores {
        let scored = |accuracies: &[Accuracy]| accuracies.iter().filter(|accuracy| !accuracy.is_empty()).count();
        let zones = scored(&self.zones);
        let row = |(zone, accuracy): (&Zone, &Accuracy)| {
            (!accuracy.is_empty()).then(|| ZoneRow { zone: zone.id.to_string(), figures: accuracy.figures(1) })
        };
        let by_group = site.groups.iter().zip(&self.groups).filter(|(_, accuracy)| !accuracy.is_empty());
        let by_level = LEVELS.iter().zip(&self.levels);
        Scores {
            all: self.all.figures(zones),
            by_zone: site.zones.iter().zip(&self.zones).filter_map(row).collect(),
            by_level: by_level
                .map(|(level, accuracy)| LevelRow { level: *level, figures: accuracy.figures(zones) })
                .collect(),
            by_group: by_group
                .map(|(group, accuracy)| GroupRow { group: group.id.to_string(), figures: accuracy.figures(1) })
                .collect(),
            before_peak: self.before_peak.figures(zones),
            during_faults: (!self.during_faults.is_empty()).then(|| self.during_faults.figures(zones)),
        }
    }
}

/// The scores of one estimator (docs/scores.md).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// Over every zone and minute.
    #[serde(flatten)]
    pub all: Figures,
    /// Zone by zone.
    pub by_zone: Vec<ZoneRow>,
    /// By the true level of the zone at the minute.
    pub by_level: Vec<LevelRow>,
    /// Group by group.
    pub by_group: Vec<GroupRow>,
    /// The hour before each zone's maximum.
    pub before_peak: Figures,
    /// Minutes in which a sensor of the zone is faulty; absent if no fault is said.
    pub during_faults: Option<Figures>,
}

/// A zone's scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZoneRow {
    /// Its id.
    pub zone: String,
    /// How it did.
    #[serde(flatten)]
    pub figures: Figures,
}

/// A level's scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelRow {
    /// The true level.
    pub level: Level,
    /// How it did.
    #[serde(flatten)]
    pub figures: Figures,
}

/// A group's scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupRow {
    /// Its id.
    pub group: String,
    /// How it did.
    #[serde(flatten)]
    pub figures: Figures,
}
