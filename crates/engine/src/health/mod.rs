//! Sensor health: what is wrong with each sensor, since when, on what evidence, and how far it is doubted meanwhile.
//!
//! Not here: what a result does to zones (estimate) and warnings (warn).
//! Invariant: a finding widens and opens checks; it never takes away a reading that raises risk (INV-10). A sensor has
//! at most one finding of a kind at once, and each ends by itself.
//!
//! [`arrival`] looks at when things come (silent, dropout, skew, the same rows again), [`level`] and [`leap`] at how
//! much they say (jump, bias), [`stray`] at single readings far from the rest (jump), [`repeat`] at what does not change (stuck), [`twin`] at what two say alike (duplicate), [`kin`] knows
//! who could bear a sensor out, [`check`] asks an officer to look, [`findings`] writes down and takes back.

mod arrival;
mod check;
mod findings;
mod kin;
mod leap;
mod level;
mod repeat;
mod stray;
mod twin;

use city::{DatastreamIx, Finding, FindingKind, Role};
use serde::{Deserialize, Serialize};

use self::findings::is_rows_again;
use crate::stream::Reading;
use crate::turn::Turn;

/// What the examination of one stream remembers: below 200 bytes, whatever comes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Exam {
    /// When things come.
    arrival: arrival::Arrival,
    /// How often the same is said.
    repeat: repeat::Repeat,
    /// How much is said; of streams that count people.
    level: level::Level,
    /// Which readings stray.
    stray: stray::Stray,
    /// Results of a signalled crossing that wait for the rest of their cycle.
    pulse: leap::Pulse,
    /// What was said last, in short.
    series: twin::Twin,
    /// Whether an officer is asked to look.
    check: check::Check,
}

impl Turn<'_> {
    /// A result in its place in order, before it is used.
    pub(crate) fn examine(&mut self, ix: DatastreamIx, reading: Reading) {
        let Some(result) = reading.result else { return };
        self.examine_repeat(ix, reading, result);
        if self.site().datastreams[ix.index()].role != Role::Indicator {
            self.examine_level(ix, reading, result);
            self.examine_series(ix, result);
        }
    }

    /// A result has been used: whether an officer must look.
    pub(crate) fn examine_use(&mut self, ix: DatastreamIx) {
        let stream = &self.state.streams[ix.index()];
        if !stream.findings.is_empty() || stream.exam.check.is_raised() {
            self.judge_check(ix);
        }
    }

    /// The minute is full.
    pub(crate) fn examine_minute(&mut self) {
        self.judge_leaps();
        self.judge_strays();
        self.compare_series();
    }

    /// The factor, at least 1, by which the standard deviation of a stream's readings is widened; infinite when they
    /// may not narrow an estimate at all.
    pub(crate) fn doubt(&self, ix: DatastreamIx) -> f64 {
        let Some(stream) = self.state.streams.get(ix.index()) else { return 1.0 };
        stream.findings.iter().map(doubt_of).fold(1.0, f64::max)
    }
}

/// How far a reading is doubted under a finding of this kind: the factor on its standard deviation.
///
/// Silence says nothing of readings, nor do rows that come again: each is used once. A sensor that repeats itself or
/// another tells nothing new. A leap and a lasting deviation may be true, so they go on moving the estimate, slowly.
fn doubt_of(finding: &Finding) -> f64 {
    match finding.kind {
        FindingKind::Silent => 1.0,
        FindingKind::Duplicate if is_rows_again(finding) => 1.0,
        FindingKind::Dropout => 1.5,
        FindingKind::Skew => 2.0,
        FindingKind::Jump | FindingKind::Bias => 4.0,
        FindingKind::Stuck | FindingKind::Duplicate => f64::INFINITY,
    }
}
