//! Leaps and shifts: which of them nobody else bears out, and what is found.
//!
//! Not here: what one stream's own past says (level), who the neighbours are (kin).
//! Invariant: a deviation is judged only after the minute is full, with all that its neighbours said in it.

use city::{DatastreamIx, Figure, FigureKind, FindingKind, LinkKind, Role};
use serde::{Deserialize, Serialize};

use super::findings::{Found, figure};
use super::level::{Change, Deviation, Level, Nature, Shape, State};
use crate::stream::Reading;
use crate::turn::Turn;

/// Half a 90 % interval in mean steps: 1.645 standard deviations of 1.25 mean steps each.
const HALF_90: f64 = 1.645 * 1.25;

/// More results to a cycle are not put together.
const PULSES_MAX: u32 = 10;

/// Results put together until they make a cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Pulse {
    /// Their sum, people.
    sum: f32,
    /// How many.
    count: u8,
}

impl Pulse {
    /// The mean result once `pulses` of them are in.
    fn take(&mut self, result: f64, pulses: u8) -> Option<f64> {
        if pulses <= 1 {
            return Some(result);
        }
        self.sum += result as f32;
        self.count += 1;
        if self.count < pulses {
            return None;
        }
        let mean = f64::from(self.sum) / f64::from(self.count);
        *self = Self::default();
        Some(mean)
    }
}

impl Turn<'_> {
    /// One result more of a stream that counts people.
    pub(super) fn examine_level(&mut self, ix: DatastreamIx, reading: Reading, result: f64) {
        let nature = match self.site().datastreams[ix.index()].role {
            Role::AreaCount { .. } | Role::GroupCount { .. } => Nature::Stock,
            _ => Nature::Flow,
        };
        let pulses = self.pulses(ix);
        let stream = &mut self.state.streams[ix.index()];
        let exam = &mut stream.exam;
        if exam.repeat.run < 2 || result == 0.0 {
            exam.stray.take(libm::sqrt(result) as f32, reading.phenomenon_time);
        }
        let Some(result) = exam.pulse.take(result, pulses) else { return };
        if exam.repeat.run >= 2 && result > 0.0 {
            // What repeats teaches nothing of how it scatters.
            return;
        }
        match exam.level.take(libm::sqrt(result) as f32, reading.phenomenon_time, nature) {
            Change::None => {}
            Change::Over => {
                self.end_finding(ix, FindingKind::Jump);
                self.end_finding(ix, FindingKind::Bias);
            }
            Change::Lasts => {
                let jump = stream.findings.iter().find(|finding| finding.kind == FindingKind::Jump).cloned();
                let Some(jump) = jump else { return };
                let found = Found { kind: FindingKind::Bias, since: jump.since, evidence: jump.evidence, other: None };
                self.find(ix, found);
                self.end_finding(ix, FindingKind::Jump);
            }
        }
    }

    /// Results of a signalled crossing that make about one cycle: people come in pulses, only cycles compare.
    fn pulses(&self, ix: DatastreamIx) -> u8 {
        let config = &self.site().datastreams[ix.index()];
        let Role::LinkCount { link, .. } = config.role else { return 1 };
        match self.site().links[link.index()].kind {
            LinkKind::Crossing { cycle_s, .. } if config.interval_s > 0 => {
                ((cycle_s + config.interval_s / 2) / config.interval_s).clamp(1, PULSES_MAX) as u8
            }
            _ => 1,
        }
    }

    /// Deviations of the minute, with all that was said in it.
    pub(super) fn judge_leaps(&mut self) {
        let waits = |ix: &DatastreamIx| {
            let deviation = self.state.streams[ix.index()].exam.level.deviation;
            deviation.is_some_and(|deviation| deviation.state == State::Waits)
        };
        let waiting: Vec<DatastreamIx> = (0..self.state.streams.len()).map(DatastreamIx::from).filter(waits).collect();
        for ix in &waiting {
            let is_borne_out = self.is_borne_out(*ix);
            let deviation = &mut self.state.streams[ix.index()].exam.level.deviation;
            if is_borne_out {
                *deviation = None;
            } else if let Some(deviation) = deviation {
                deviation.state = State::Alone;
                let deviation = *deviation;
                self.find_deviation(*ix, &deviation);
            }
        }
    }

    pub(super) fn find_deviation(&mut self, ix: DatastreamIx, deviation: &Deviation) {
        let stream = &self.state.streams[ix.index()];
        let evidence = evidence(&stream.exam.level, deviation);
        let kind = match deviation.shape {
            Shape::Spikes | Shape::Rise | Shape::Climb => FindingKind::Jump,
            Shape::Shift => FindingKind::Bias,
        };
        self.find(ix, Found { kind, since: deviation.since, evidence, other: None });
        self.judge_check(ix);
    }

    /// Another finding explains why the level changed: it is learned anew.
    pub(super) fn explained(&mut self, ix: DatastreamIx) {
        let exam = &mut self.state.streams[ix.index()].exam;
        exam.level.forget();
        exam.stray.forget();
        self.end_finding(ix, FindingKind::Jump);
        self.end_finding(ix, FindingKind::Bias);
    }
}

/// The numbers of a deviation.
fn evidence(level: &Level, deviation: &Deviation) -> Vec<Figure> {
    let (base, by) = (f64::from(deviation.base), f64::from(deviation.by));
    let step = f64::from(level.step());
    let square = |root: f64| root.max(0.0) * root.max(0.0);
    vec![
        figure(FigureKind::Reading, square(base + by)),
        figure(FigureKind::Expected, square(base)),
        figure(FigureKind::ExpectedP05, square(base - HALF_90 * step)),
        figure(FigureKind::ExpectedP95, square(base + HALF_90 * step)),
        figure(FigureKind::Deviations, by / (1.25 * step)),
    ]
}
