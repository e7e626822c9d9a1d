//! The list of findings of a sensor: what enters it, what leaves it.
//!
//! Not here: why (the detectors).
//! Invariant: a kind is on the list at most once, and each change is an event.

use city::{DatastreamIx, Event, Figure, FigureKind, Finding, FindingChange, FindingKind, Response, Time};

use crate::moved::Moved;
use crate::stream::Stream;
use crate::turn::Turn;

/// What a detector found.
pub(super) struct Found {
    /// What.
    pub(super) kind: FindingKind,
    /// Since when.
    pub(super) since: Time,
    /// The numbers.
    pub(super) evidence: Vec<Figure>,
    /// The other datastream.
    pub(super) other: Option<DatastreamIx>,
}

/// A number of evidence.
pub(super) const fn figure(kind: FigureKind, value: f64) -> Figure {
    Figure { kind, value }
}

/// Whether a finding of a duplicate is of rows that came again, and not of another sensor's results.
pub(super) fn is_rows_again(finding: &Finding) -> bool {
    finding.kind == FindingKind::Duplicate && finding.other.is_none()
}

/// What the system does about a finding of this kind.
const fn response(kind: FindingKind) -> Response {
    match kind {
        FindingKind::Silent | FindingKind::Dropout | FindingKind::Skew => Response::Widened,
        FindingKind::Stuck | FindingKind::Duplicate => Response::Unweighted,
        FindingKind::Jump | FindingKind::Bias => Response::Check,
    }
}

impl Stream {
    /// Another site is adopted: what was compared with is somewhere else in it, or gone.
    pub(crate) fn move_findings(&mut self, moved: &Moved) {
        for finding in &mut self.findings {
            finding.other = finding.other.and_then(|other| moved.datastream(other));
        }
        self.exam.move_twin(|other| moved.carried(other));
    }
}

impl Turn<'_> {
    /// Whether a sensor has a finding of this kind now.
    pub(super) fn has_finding(&self, ix: DatastreamIx, kind: FindingKind) -> bool {
        self.state.streams[ix.index()].findings.iter().any(|finding| finding.kind == kind)
    }

    /// Writes down what was found, unless it is known.
    pub(super) fn find(&mut self, ix: DatastreamIx, found: Found) {
        if self.has_finding(ix, found.kind) {
            return;
        }
        let at = self.now();
        let Found { kind, since, evidence, other } = found;
        let since = since.min(at);
        let mut finding = Finding { kind, since, found_at: at, evidence, other, response: response(kind) };
        if is_rows_again(&finding) {
            finding.response = Response::Widened;
        }
        self.state.streams[ix.index()].findings.push(finding.clone());
        let is_void = finding.response == Response::Unweighted;
        self.report_finding(ix, FindingChange::Found, finding);
        if is_void {
            self.undo(ix, since);
        }
    }

    /// Takes back what is over.
    pub(super) fn end_finding(&mut self, ix: DatastreamIx, kind: FindingKind) {
        let findings = &mut self.state.streams[ix.index()].findings;
        let Some(place) = findings.iter().position(|finding| finding.kind == kind) else { return };
        let finding = findings.remove(place);
        self.report_finding(ix, FindingChange::Ended, finding);
        self.judge_check(ix);
    }

    /// A sensor goes, or tells something else from now on.
    pub(crate) fn end_findings(&mut self, ix: DatastreamIx) {
        for kind in FindingKind::ALL {
            self.end_finding(ix, kind);
        }
    }

    fn report_finding(&mut self, datastream: DatastreamIx, change: FindingChange, finding: Finding) {
        let at = self.now();
        self.emit(Event::Finding { datastream, change, finding: Box::new(finding), at });
        self.touch_stream(datastream);
        for zone in self.home.zones_of(datastream) {
            self.touch_zone(zone);
        }
    }
}
