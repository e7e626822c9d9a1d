//! What does not change: a sensor that repeats one result.
//!
//! Not here: two sensors that say the same (twin).
//! Invariant: repetition alone is no fault: each one counts by how improbable it was, so a small count may repeat long
//! and nobody at an empty gate is normal for ever.
//!
//! A count's chance to repeat is the largest its own scatter leaves for one value, `0.4 / sd`, or for a zero the
//! chance of nobody among so many. The negative logarithms add up over a run ([`STUCK_NATS`]). A run of zeros may also
//! be a closed passage: it must be far less probable, go on for [`ZERO_RUN`] results, and somebody must pass beside it.
//! An indicator is stuck when it has changed often and repeats [`LONGER`] times longer than ever before.

use city::{DatastreamIx, FigureKind, FindingKind, Place, Role, Span};
use serde::{Deserialize, Serialize};

use super::findings::{Found, figure};
use crate::measures::{changed_since, in_force};
use crate::occupancy::SATURATION_PER_M2;
use crate::stream::Reading;
use crate::turn::Turn;

/// A run this improbable is a finding, nats (one in nine million).
const STUCK_NATS: f32 = 16.0;

/// Fewer repetitions are none.
const STUCK_RUN: u16 = 4;

/// Weight of the newest result in how often results repeat.
const USUAL: f32 = 1.0 / 32.0;

/// Results may repeat so many times as often as learned.
const USUAL_MARGIN: f32 = 1.5;

/// A run of zeros this improbable is a finding, nats.
const ZERO_NATS: f32 = 60.0;

/// Fewer zeros in a row are none.
const ZERO_RUN: u16 = 15;

/// An indicator must have changed so often before its rest means anything.
const CHANGES_KNOWN: u16 = 50;

/// An indicator at rest for fewer results is none.
const REST_RUN: u16 = 20;

/// How many times longer than ever an indicator must rest.
const LONGER: u16 = 4;

/// So many results that change end the finding.
const MOVES_END: u8 = 3;

/// A measure that comes into force or goes moves the people of its zone for so long.
const MOVES_PEOPLE: Span = Span::from_seconds(15 * 60);

/// How often one stream said the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Repeat {
    /// Repetitions in a row.
    pub(super) run: u16,
    /// The longest run that was no finding.
    longest: u16,
    /// Changes seen, up to [`CHANGES_KNOWN`].
    changes: u16,
    /// How improbable the run is, nats.
    nats: f32,
    /// How often a result is the one before, as learned, 0–1.
    usual: f32,
    /// Changes in a row since a finding.
    moves: u8,
}

impl Turn<'_> {
    /// One result more.
    pub(super) fn examine_repeat(&mut self, ix: DatastreamIx, reading: Reading, result: f64) {
        let stream = &mut self.state.streams[ix.index()];
        let is_same = stream.number.is_some_and(|last| last.to_bits() == result.to_bits());
        let repeat = &mut stream.exam.repeat;
        if !is_same {
            repeat.changes = (repeat.changes + 1).min(CHANGES_KNOWN);
            let was_known = stream.findings.iter().any(|finding| finding.kind == FindingKind::Stuck);
            if was_known {
                repeat.moves += 1;
                if repeat.moves >= MOVES_END {
                    repeat.moves = 0;
                    self.end_finding(ix, FindingKind::Stuck);
                }
            } else {
                repeat.longest = repeat.longest.max(repeat.run);
            }
            let repeat = &mut self.state.streams[ix.index()].exam.repeat;
            repeat.usual -= USUAL * repeat.usual;
            (repeat.run, repeat.nats) = (0, 0.0);
            return;
        }
        repeat.run = repeat.run.saturating_add(1);
        repeat.moves = 0;
        if repeat.run == 1 {
            repeat.usual += USUAL * (1.0 - repeat.usual);
        }
        let usual = -libm::logf((USUAL_MARGIN * repeat.usual).clamp(1e-6, 1.0));
        repeat.nats += stream.exam.level.repeat_nats(result).min(usual);
        if self.is_stuck(ix, result) {
            self.find_stuck(ix, reading, result);
        }
    }

    fn is_stuck(&self, ix: DatastreamIx, result: f64) -> bool {
        let repeat = self.state.streams[ix.index()].exam.repeat;
        let config = &self.site().datastreams[ix.index()];
        if config.role == Role::Indicator {
            let is_bound = |bound: Option<f64>| bound.is_some_and(|bound| bound.to_bits() == result.to_bits());
            return result != 0.0
                && !is_bound(config.min)
                && !is_bound(config.max)
                && repeat.changes >= CHANGES_KNOWN
                && repeat.run >= REST_RUN
                && repeat.run / LONGER > repeat.longest;
        }
        if result > 0.0 {
            return !self.is_full(ix, result) && repeat.run >= STUCK_RUN && repeat.nats >= STUCK_NATS;
        }
        repeat.run >= ZERO_RUN && repeat.nats >= ZERO_NATS && self.is_busy_beside(ix) && !self.is_controlled(ix)
    }

    /// Whether a camera sees no more because it cannot.
    fn is_full(&self, ix: DatastreamIx, result: f64) -> bool {
        let site = self.site();
        let Role::AreaCount { zone } = site.datastreams[ix.index()].role else { return false };
        let area_m2 = site.zones[zone.index()].area_m2.as_ref().map(|area| area.value);
        area_m2.is_some_and(|area_m2| result / area_m2 >= SATURATION_PER_M2)
    }

    /// Whether somebody passes the other way.
    fn is_busy_beside(&self, ix: DatastreamIx) -> bool {
        self.opposite(ix).is_some_and(|other| {
            let exam = &self.state.streams[other.index()].exam;
            exam.repeat.run < STUCK_RUN && exam.level.people() > 3.0
        })
    }

    /// Whether a measure in force may close the place of a counting line, or one that came or went just now moves the
    /// people of a camera's zone.
    pub(super) fn is_controlled(&self, ix: DatastreamIx) -> bool {
        let place = match self.site().datastreams[ix.index()].role {
            Role::GateCount { gate, .. } => Place::Gate(gate),
            Role::LinkCount { link, .. } => Place::Link(link),
            Role::AreaCount { zone } => {
                let from = self.now().minus(MOVES_PEOPLE);
                return changed_since(self.site(), self.state, Place::Zone(zone), from);
            }
            _ => return false,
        };
        in_force(self.site(), self.state, place).next().is_some()
    }

    fn find_stuck(&mut self, ix: DatastreamIx, reading: Reading, result: f64) {
        let exam = &self.state.streams[ix.index()].exam;
        let run = i64::from(exam.repeat.run);
        let since = reading.phenomenon_time.minus(Span::from_seconds(run * exam.arrival.rhythm_s()));
        let evidence = vec![
            figure(FigureKind::Reading, result),
            figure(FigureKind::Count, run as f64),
            figure(FigureKind::ForS, reading.phenomenon_time.since(since).seconds()),
        ];
        self.find(ix, Found { kind: FindingKind::Stuck, since, evidence, other: None });
        self.explained(ix);
    }
}
