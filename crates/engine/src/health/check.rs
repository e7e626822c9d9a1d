//! Checks: a doubted reading that raises risk asks an officer to look (docs/warnings.md, rows 61 on).
//!
//! Not here: how a warning lives (warn), what is found (the detectors).
//! Invariant: a reading is never less believed than its check says: the zone is judged by it all the same.

use city::{DatastreamIx, Figure, Finding, FindingKind, Level, PostIx, Role, ZoneIx};
use serde::{Deserialize, Serialize};

use super::findings::{figure, is_rows_again};
use crate::turn::Turn;

/// Whether an officer is asked to look at one sensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Check {
    /// A check is raised.
    raised: bool,
    /// An officer looked: until the findings change, nobody is asked again.
    answered: bool,
}

impl Check {
    pub(super) fn is_raised(self) -> bool {
        self.raised
    }
}

/// Whether readings are doubted by themselves under a finding: those of a copy are, rows that come again are not.
fn doubts_readings(finding: &Finding) -> bool {
    match finding.kind {
        FindingKind::Duplicate => !is_rows_again(finding),
        FindingKind::Stuck | FindingKind::Jump | FindingKind::Bias => true,
        FindingKind::Silent | FindingKind::Dropout | FindingKind::Skew => false,
    }
}

/// The value of a kind of figure in a finding.
fn value(finding: &Finding, kind: city::FigureKind) -> Option<f64> {
    finding.evidence.iter().find(|figure| figure.kind == kind).map(|figure| figure.value)
}

impl Turn<'_> {
    /// Raises, keeps or lets go of the check of a sensor.
    pub(super) fn judge_check(&mut self, ix: DatastreamIx) {
        let stream = &self.state.streams[ix.index()];
        let doubted = stream.findings.iter().any(doubts_readings);
        let raises = doubted && !stream.exam.check.answered && self.raises_risk(ix);
        let check = &mut self.state.streams[ix.index()].exam.check;
        check.answered &= doubted;
        if !raises && !check.raised {
            return;
        }
        check.raised = raises;
        self.judge_check_cause(ix, if raises { Level::Caution } else { Level::Normal });
    }

    /// Whether what a sensor says now, were it true, is worse than what is thought without it.
    fn raises_risk(&self, ix: DatastreamIx) -> bool {
        let stream = &self.state.streams[ix.index()];
        let leapt_up = stream.findings.iter().any(|finding| {
            matches!(finding.kind, FindingKind::Jump | FindingKind::Bias)
                && value(finding, city::FigureKind::Expected) < value(finding, city::FigureKind::Reading)
        });
        if leapt_up {
            return true;
        }
        let Some(number) = stream.number else { return false };
        let level = self.level_of_result(ix, number);
        let without = match self.site().datastreams[ix.index()].role {
            Role::AreaCount { zone } => self.level_of_estimate(zone),
            _ => Level::Normal,
        };
        level > without
    }

    /// The level of a zone by its estimate alone.
    fn level_of_estimate(&self, zone: ZoneIx) -> Level {
        let config = &self.site().zones[zone.index()];
        let shown = self.state.stocks[zone.index()].shown;
        match (shown, &config.area_m2) {
            (Some(shown), Some(area)) => config.ladder.value.level(shown.people / area.value * config.peak_factor),
            _ => Level::Normal,
        }
    }

    /// An officer says that a zone is clear: checks of its sensors are answered.
    pub(crate) fn answer_checks(&mut self, zone: ZoneIx) {
        for ix in self.home.streams_of(zone).collect::<Vec<_>>() {
            if self.state.streams[ix.index()].exam.check.raised {
                self.state.streams[ix.index()].exam.check.answered = true;
                self.judge_check(ix);
            }
        }
    }

    /// The numbers of a check: the reading, and those of its worst finding.
    pub(crate) fn check_figures(&self, ix: DatastreamIx) -> Vec<Figure> {
        let stream = &self.state.streams[ix.index()];
        let worst = stream.findings.iter().find(|finding| doubts_readings(finding));
        let of_finding = worst.into_iter().flat_map(|finding| finding.evidence.iter().copied());
        let is_reading = |figure: &Figure| figure.kind == city::FigureKind::Reading;
        let reading = stream.number.map(|number| figure(city::FigureKind::Reading, number));
        reading.into_iter().chain(of_finding.filter(|it| !is_reading(it))).collect()
    }

    /// The post that is asked to look.
    pub(crate) fn check_post(&self, ix: DatastreamIx) -> Option<PostIx> {
        self.nearest_post(ix)
    }
}
