//! How much is said: readings that leap, and levels that change for good.
//!
//! Not here: what the estimator expects of a zone (estimate); who may bear a leap out (kin).
//! Invariant: a leap is judged only after the minute is full, with all that its neighbours said in it; the reading
//! itself is used meanwhile like any other.
//!
//! Counts are looked at as square roots, whose scatter hardly depends on their size (Bartlett 1936). A stream keeps a
//! running mean of them, the mean size of its steps from it and the largest lately. A *leap* is one step beyond
//! [`FAR`] mean steps and [`FAR_TOP`] times the largest, or two in one direction beyond [`OFF`] and [`OFF_TOP`]. A
//! leap alone, which no neighbour shares and no counted flow explains, is a jump; when it lasts for [`LASTS`] results it
//! is a bias.

use city::{DatastreamIx, Figure, FigureKind, FindingKind, Time};
use serde::{Deserialize, Serialize};

use super::findings::{Found, figure};
use crate::stream::Reading;
use crate::turn::Turn;

/// Results before anything is judged.
const WARM: u16 = 12;

/// Weight of the newest result in the running mean.
const QUICK: f32 = 0.25;

/// Weight of the newest result in the slow mean.
const SLOW: f32 = 1.0 / 64.0;

/// Weight of the newest step in the mean step.
const STEP: f32 = 0.05;

/// What the largest step keeps from result to result.
const TOP_KEEPS: f32 = 0.985;

/// One step this many mean steps long is a leap.
const FAR: f32 = 8.0;

/// And this many times the largest lately.
const FAR_TOP: f32 = 2.0;

/// Two steps this many mean steps long are a leap.
const OFF: f32 = 5.0;

/// And this many times the largest lately.
const OFF_TOP: f32 = 1.25;

/// A leap is at least so long, √people: a count doubles from 12, or trebles from 4.
const LEAP_MIN: f32 = 1.5;

/// Streams below this level are not judged by leaps, √people: nobody can say what nearly nothing should be.
const LEVEL_MIN: f32 = 1.5;

/// The mean step is never taken for less, √people: the scatter of a Poisson count.
const STEP_MIN: f32 = 0.35;

/// Results for which a leap is a jump; afterwards it is a lasting deviation.
const LASTS: u8 = 15;

/// Results back at the old level that end a jump.
const BACK: u8 = 3;

/// A lasting deviation is the new normal after so many results.
const RELEARNED: u16 = 180;

/// What one stream that counts people says, as square roots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Level {
    /// Results seen, up to [`WARM`].
    seen: u16,
    /// Running mean.
    mean: f32,
    /// Slow mean.
    slow: f32,
    /// Mean size of a step.
    step: f32,
    /// Largest step lately.
    top: f32,
    /// The latest step, in mean steps.
    pub(super) latest: f32,
    /// A leap under way.
    pub(super) leap: Option<Leap>,
    /// A lasting deviation.
    bias: Option<Bias>,
}

/// A leap.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Leap {
    /// The mean before it.
    base: f32,
    /// Phenomenon time of its first reading.
    since: Time,
    /// Readings away.
    run: u8,
    /// Readings back in a row.
    back: u8,
    /// Up or down.
    pub(super) is_up: bool,
    /// What is made of it.
    pub(super) verdict: Verdict,
}

/// What is made of a leap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Verdict {
    /// One reading that is not far enough by itself.
    Unsure,
    /// Waits for the end of the minute.
    Sure,
    /// Nothing bears it out: found.
    Alone,
    /// Others bear it out.
    Shared,
}

/// A lasting deviation that was found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Bias {
    /// The step it began with, √people.
    by: f32,
    /// Results since.
    age: u16,
}

impl Level {
    /// People it says on the average.
    pub(super) fn people(&self) -> f64 {
        f64::from(self.mean) * f64::from(self.mean)
    }

    /// People it said before a leap under way.
    pub(super) fn base_people(&self) -> f64 {
        let base = self.leap.map_or(self.mean, |leap| leap.base);
        f64::from(base) * f64::from(base)
    }

    /// How far the running mean is from the slow one, in mean steps.
    pub(super) fn departure(&self) -> f32 {
        (self.mean - self.slow).abs() / self.step.max(STEP_MIN)
    }

    /// One standard deviation of one result, people.
    pub(super) fn sd_people(&self) -> f64 {
        2.0 * f64::from(self.mean) * 1.25 * f64::from(self.step)
    }

    /// How improbable it is that `result` is said once more, nats.
    pub(super) fn repeat_nats(&self, result: f64) -> f32 {
        if self.seen < WARM {
            return 0.0;
        }
        let by_scatter = (0.4 / self.sd_people().max(0.4)).min(1.0);
        let nobody = if result == 0.0 { libm::exp(-self.people()) } else { 0.0 };
        -libm::log(by_scatter.max(nobody)) as f32
    }

    /// Steps as a bound: one leap, and one of two.
    fn bounds(&self) -> (f32, f32) {
        let step = self.step.max(STEP_MIN);
        let far = (FAR * step).max(FAR_TOP * self.top).max(LEAP_MIN);
        let off = (OFF * step).max(OFF_TOP * self.top).max(LEAP_MIN);
        (far, off)
    }

    /// Learns from a result.
    fn learn(&mut self, root: f32) {
        let by = root - self.mean;
        if self.seen < WARM {
            self.seen += 1;
            let weight = 1.0 / f32::from(self.seen);
            self.mean += by * weight.max(QUICK);
            self.slow += (root - self.slow) * weight;
            if self.seen > 1 {
                self.step += (by.abs() - self.step) / f32::from(self.seen - 1);
                self.top = self.top.max(by.abs());
            }
            return;
        }
        self.mean += QUICK * by;
        self.slow += SLOW * (root - self.slow);
        self.step += STEP * (by.abs() - self.step);
        self.top = (TOP_KEEPS * self.top).max(by.abs());
    }

    /// Takes a result; true when something changed that must be acted on at once.
    fn take(&mut self, root: f32, at: Time) -> Change {
        let by = root - self.mean;
        self.latest = if self.seen < WARM { 0.0 } else { by / self.step.max(STEP_MIN) };
        let (far, off) = self.bounds();
        let Some(leap) = &mut self.leap else {
            let is_off = self.seen >= WARM && by.abs() > off && self.mean >= LEVEL_MIN && root > 0.0;
            if is_off {
                let verdict = if by.abs() > far { Verdict::Sure } else { Verdict::Unsure };
                self.leap = Some(Leap { base: self.mean, since: at, run: 1, back: 0, is_up: by > 0.0, verdict });
            } else {
                self.learn(root);
            }
            return self.grow_old();
        };
        let away = root - leap.base;
        let is_away = away.abs() > 0.6 * off && (away > 0.0) == leap.is_up && root > 0.0;
        if is_away {
            leap.run = leap.run.saturating_add(1);
            leap.back = 0;
            if leap.verdict == Verdict::Unsure {
                leap.verdict = Verdict::Sure;
            }
            let (base, verdict, run) = (leap.base, leap.verdict, leap.run);
            self.mean += QUICK * by;
            if run < LASTS {
                return Change::None;
            }
            self.leap = None;
            self.top = 0.7 * self.top;
            let by = self.mean - base;
            if verdict != Verdict::Alone {
                return Change::None;
            }
            self.bias = Some(Bias { by, age: 0 });
            return Change::Lasts;
        }
        leap.back += 1;
        let (was, base) = (leap.verdict, leap.base);
        if was == Verdict::Alone && leap.back < BACK {
            return Change::None;
        }
        self.leap = None;
        self.mean = base;
        self.learn(root);
        if was == Verdict::Alone { Change::Back } else { Change::None }
    }

    /// A lasting deviation ages.
    fn grow_old(&mut self) -> Change {
        let Some(bias) = &mut self.bias else { return Change::None };
        bias.age += 1;
        let returns = self.leap.is_some_and(|leap| leap.is_up == (bias.by < 0.0));
        if returns || bias.age >= RELEARNED {
            self.bias = None;
            return Change::Straight;
        }
        Change::None
    }
}

/// What a result changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// Nothing yet.
    None,
    /// A jump is over.
    Back,
    /// A jump lasts.
    Lasts,
    /// A lasting deviation is over.
    Straight,
}

impl Turn<'_> {
    /// One result more of a stream that counts people.
    pub(super) fn examine_level(&mut self, ix: DatastreamIx, reading: Reading, result: f64) {
        let stream = &mut self.state.streams[ix.index()];
        let exam = &mut stream.exam;
        if exam.repeat.run >= 2 && result > 0.0 {
            // What repeats teaches nothing of how it scatters.
            return;
        }
        match exam.level.take(libm::sqrt(result) as f32, reading.phenomenon_time) {
            Change::None => {}
            Change::Back => self.end_finding(ix, FindingKind::Jump),
            Change::Straight => self.end_finding(ix, FindingKind::Bias),
            Change::Lasts => {
                let jump = stream.findings.iter().find(|finding| finding.kind == FindingKind::Jump).cloned();
                let Some(jump) = jump else { return };
                self.end_finding(ix, FindingKind::Jump);
                let found = Found { kind: FindingKind::Bias, since: jump.since, evidence: jump.evidence, other: None };
                self.find(ix, found);
            }
        }
    }

    /// Leaps of the minute, with all that was said in it.
    pub(super) fn judge_leaps(&mut self) {
        let waits = |ix: &DatastreamIx| {
            let leap = self.state.streams[ix.index()].exam.level.leap;
            leap.is_some_and(|leap| leap.verdict == Verdict::Sure)
        };
        let waiting: Vec<DatastreamIx> =
            (0..self.state.streams.len()).map(DatastreamIx::from).filter(waits).collect();
        for ix in &waiting {
            let verdict = if self.is_borne_out(*ix, &waiting) { Verdict::Shared } else { Verdict::Alone };
            if let Some(leap) = &mut self.state.streams[ix.index()].exam.level.leap {
                leap.verdict = verdict;
            }
            if verdict == Verdict::Alone {
                self.find_jump(*ix);
            }
        }
    }

    fn find_jump(&mut self, ix: DatastreamIx) {
        let stream = &self.state.streams[ix.index()];
        let level = stream.exam.level;
        let (Some(leap), Some(latest)) = (level.leap, stream.latest) else { return };
        let evidence = jump_evidence(&level, &leap, latest.result.unwrap_or_default());
        self.find(ix, Found { kind: FindingKind::Jump, since: leap.since, evidence, other: None });
        self.judge_check(ix);
    }

    /// Another finding explains why the level changed: it is learned anew.
    pub(super) fn explained(&mut self, ix: DatastreamIx) {
        let level = &mut self.state.streams[ix.index()].exam.level;
        (level.leap, level.bias) = (None, None);
        self.end_finding(ix, FindingKind::Jump);
        self.end_finding(ix, FindingKind::Bias);
    }
}

/// The numbers of a jump.
fn jump_evidence(level: &Level, leap: &Leap, reading: f64) -> Vec<Figure> {
    let base = f64::from(leap.base);
    let half = 1.645 * 1.25 * f64::from(level.step.max(STEP_MIN));
    let square = |root: f64| root.max(0.0) * root.max(0.0);
    let deviations = (libm::sqrt(reading) - base) / (1.25 * f64::from(level.step.max(STEP_MIN)));
    vec![
        figure(FigureKind::Reading, reading),
        figure(FigureKind::Expected, square(base)),
        figure(FigureKind::ExpectedP05, square(base - half)),
        figure(FigureKind::ExpectedP95, square(base + half)),
        figure(FigureKind::Deviations, deviations),
    ]
}
