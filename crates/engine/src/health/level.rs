//! How much is said: readings that leap, and levels that change for good.
//!
//! Not here: what the estimator expects of a zone (estimate), who may bear a leap out (kin), what is found (leap).
//! Invariant: whatever is thought of a reading, it is used like any other; a stream's own past is all that counts here.
//!
//! Counts are looked at as square roots, whose scatter hardly depends on their size (Bartlett 1936). A stream keeps a
//! running mean of them, the mean size of a step from it and the largest lately. A step beyond [`START`] mean steps
//! holds the mean where it was, until the readings come back or have stayed away for [`LASTS`] results. What happens
//! meanwhile is a *spike* when it is far and comes back, a *rise* when it is far and stays, a *shift* when it stays
//! from one reading to the next at a level that is only somewhat different.

use city::Time;
use serde::{Deserialize, Serialize};

/// Results before anything is judged.
const WARM: u16 = 15;

/// Weight of the newest result in the running mean.
const QUICK: f32 = 0.25;

/// Weight of the newest result in the middle mean.
const MIDDLE: f32 = 1.0 / 12.0;

/// Weight of the newest result in the slow mean.
const SLOW: f32 = 1.0 / 64.0;

/// Weight of the newest step in the mean step.
const STEP: f32 = 0.05;

/// A step from one result to the next is so much longer than one from the mean, inverted: 1/√2.
const PAIR: f32 = 0.707;

/// Of one step at most so many mean steps are believed.
const BELIEVED: f32 = 4.0;

/// What the largest step keeps from result to result.
const TOP_KEEPS: f32 = 0.97;

/// What the greatest surprise keeps from result to result.
const KICK_KEEPS: f32 = 0.92;

/// The mean step is never taken for less, √people: the scatter of a Poisson count.
const STEP_MIN: f32 = 0.35;

/// A step of so many mean steps holds the mean.
const START: f32 = 3.0;

/// A step of so many mean steps is far.
const FAR: f32 = 8.0;

/// A step of so many mean steps that comes back is a spike.
const SPIKE: f32 = 6.0;

/// And of so many times the largest lately.
const FAR_TOP: f32 = 1.6;

/// And so long, √people.
const FAR_MIN: f32 = 1.5;

/// A spike or rise multiplies the level by so much at least, as a root: people are doubled or halved.
const FAR_RATIO: f32 = 1.41;

/// A leap of so many mean steps is clear from its first reading.
const LEAVES: f32 = 5.0;

/// A running mean so many mean steps from the middle one has moved.
const MOVED: f32 = 1.5;

/// Streams below this level are not judged, √people: nobody can say what nearly nothing should be.
const LEVEL_MIN: f32 = 2.2;

/// So many spikes among the last sixteen results are a jump.
const SPIKES: u32 = 2;

/// Results for which a shift must last.
const SHIFT_RUN: u8 = 6;

/// A shift is on the average so many mean steps.
const SHIFT: f32 = 4.0;

/// And so many times the largest step lately.
const SHIFT_TOP: f32 = 1.1;

/// And this share of the level, as a root: people change by more than a quarter.
const SHIFT_SHARE: f32 = 0.14;

/// And no more than this ratio, as a root: what falls to a quarter or rises fourfold is closed or opened.
const SHIFT_RATIO: f32 = 0.53;

/// A rise is far within so many results.
const RISE_RUN: u8 = 3;

/// A stock that climbs little by little is suspect when it has more than doubled against a quarter of an hour, as a
/// root.
const CLIMB_RATIO: f32 = 1.45;

/// And had been there for an hour before: what was empty may fill.
const CLIMB_KNOWN: f32 = 0.8;

/// And of a shift this share.
const SHIFT_AT_ONCE: f32 = 0.8;

/// The first reading of a shift makes at least this share of it: people come and go little by little.
const AT_ONCE: f32 = 0.6;

/// Results for which a leap is held against the level before it.
const LASTS: u8 = 15;

/// Readings within this share of a leap from where it began have come back.
const BACK: f32 = 0.4;

/// A lasting deviation is the new normal after so many results.
const RELEARNED: u16 = 180;

/// What one stream that counts people says, as square roots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Level {
    /// Results seen, up to [`WARM`].
    seen: u16,
    /// Running mean.
    mean: f32,
    /// Mean of the last quarter of an hour or so.
    mid: f32,
    /// Mean of the last hour or so.
    slow: f32,
    /// Mean size of a step.
    step: f32,
    /// Largest step lately.
    top: f32,
    /// The greatest step lately, in mean steps.
    kick: f32,
    /// The latest result.
    last: f32,
    /// Which of the last sixteen results were spikes, the newest lowest.
    spikes: u16,
    /// A leap under way.
    leap: Option<Leap>,
    /// What was found.
    pub(super) deviation: Option<Deviation>,
}

/// A leap under way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Leap {
    /// The mean before it.
    base: f32,
    /// Phenomenon time of its first reading.
    since: Time,
    /// Its first step, from the mean.
    first: f32,
    /// Its first step, from the reading before.
    kick: f32,
    /// Sum of its steps.
    sum: f32,
    /// Largest of them.
    most: f32,
    /// Latest of them.
    latest: f32,
    /// Readings away.
    run: u8,
}

/// What deviates, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Deviation {
    /// What.
    pub(super) shape: Shape,
    /// Whether it has been judged at the end of a minute, and found.
    pub(super) state: State,
    /// The mean before it.
    pub(super) base: f32,
    /// How far from it.
    pub(super) by: f32,
    /// Phenomenon time of its first reading.
    pub(super) since: Time,
    /// Results since it was found, or since the last spike.
    pub(super) age: u16,
}

/// How far readings are away from their level.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Away {
    /// People more or less.
    pub(super) people: f32,
    /// Share of the level, as roots.
    pub(super) share: f32,
}

impl Away {
    fn new(base: f32, by: f32) -> Self {
        Self { people: by * (2.0 * base + by), share: by / base.max(1.0) }
    }
}

/// How readings deviate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Shape {
    /// Far away and back, again and again.
    Spikes,
    /// Far away at once, and still there.
    Rise,
    /// Far away little by little.
    Climb,
    /// Somewhat away, from one reading to the next, and still there.
    Shift,
}

/// What is made of a deviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    /// Waits for the end of the minute.
    Waits,
    /// Nothing bears it out: found.
    Alone,
}

/// What a result changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing yet.
    None,
    /// A rise lasts.
    Lasts,
    /// What was found is over.
    Over,
}

/// How soon a lasting leap is believed to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// People in a zone: they come and go little by little.
    Stock,
    /// People who pass: a passage may open, or a train arrive.
    Flow,
}

impl Nature {
    /// Whether a reading can be held against the level at all: a passage where nobody passes may be closed.
    fn can_be(self, root: f32) -> bool {
        self == Self::Stock || root > 0.0
    }
}

impl Level {
    /// People it says on the average, before a leap under way.
    pub(super) fn people(&self) -> f64 {
        f64::from(self.mean) * f64::from(self.mean)
    }

    /// How great its greatest surprise was lately, mean steps.
    pub(super) fn kick(&self) -> f32 {
        self.kick
    }

    /// The mean step, never below what chance alone makes.
    pub(super) fn step(&self) -> f32 {
        self.step.max(STEP_MIN)
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
        // Never taken for wider than a Poisson count of what is said, and narrower for a few: they may be regular.
        let by_chance = libm::sqrt(result) * (0.5 + result / 20.0).min(1.0);
        let by_scatter = (0.4 / self.sd_people().min(by_chance).max(0.4)).min(1.0);
        let nobody = if result == 0.0 { libm::exp(-self.people()) } else { 0.0 };
        -libm::log(by_scatter.max(nobody)) as f32
    }

    /// How far readings have moved lately, as far as they clearly have.
    pub(super) fn moved(&self) -> Away {
        let by = self.mean - self.mid;
        match self.leap {
            Some(leap) if leap.run >= 3 => Away::new(leap.base, leap.sum / f32::from(leap.run)),
            _ if by.abs() > MOVED * self.step() => Away::new(self.mid, by),
            _ => Away::default(),
        }
    }

    /// How far readings are away from their level since a leap that began between two moments.
    pub(super) fn leapt(&self, (from, to): (Time, Time), run: u8) -> Away {
        let is_clear = |leap: &Leap| leap.run >= 3 || run < 3 && leap.latest.abs() > LEAVES * self.step();
        match self.leap {
            Some(leap) if leap.since >= from && leap.since <= to && is_clear(&leap) => {
                Away::new(leap.base, leap.latest)
            }
            _ => Away::default(),
        }
    }

    /// Results since the leap under way began.
    pub(super) fn leap_run(&self) -> u8 {
        self.leap.map_or(1, |leap| leap.run)
    }

    /// Where it stands is learned anew: after a silence, or when something else explains the change.
    pub(super) fn forget(&mut self) {
        *self = Self { step: self.step, top: self.top, seen: self.seen.min(WARM - 5), ..Self::default() };
    }

    /// Single readings stray from it: they are spikes, whatever else is going on.
    pub(super) fn strays(&mut self, deviation: Deviation) {
        self.spikes |= 1;
        self.deviation.get_or_insert(deviation);
    }

    /// Learns from a result.
    fn learn(&mut self, root: f32) {
        let by = root - self.mean;
        if self.seen < WARM {
            self.seen += 1;
            let weight = 1.0 / f32::from(self.seen);
            self.mean = if self.mean == 0.0 { root } else { self.mean + by * weight.max(QUICK) };
            self.mid = if self.mid == 0.0 { root } else { self.mid + (root - self.mid) * weight };
            self.slow = self.mid;
            if self.seen > 1 {
                self.step += ((root - self.last).abs() * PAIR - self.step) / f32::from(self.seen - 1);
                self.top = self.top.max(by.abs());
            }
            return;
        }
        self.mean += QUICK * by;
        self.mid += MIDDLE * (root - self.mid);
        self.slow += SLOW * (root - self.slow);
        self.top = (TOP_KEEPS * self.top).max(by.abs());
    }

    /// Learns how results scatter from one to the next, which a trend does not change. Of one that is far away only so
    /// much is believed.
    fn scatter(&mut self, root: f32) {
        if self.seen >= WARM {
            let by = ((root - self.last).abs() * PAIR).min(BELIEVED * self.step());
            self.step += STEP * (by - self.step);
        }
    }

    fn is_far(&self, steps: f32, away: f32, base: f32) -> bool {
        let least = (steps * self.step()).max(FAR_TOP * self.top).max(FAR_MIN);
        let root = base + away;
        away.abs() > least && (root > FAR_RATIO * base || root * FAR_RATIO < base)
    }

    /// Takes a result.
    pub(super) fn take(&mut self, root: f32, at: Time, nature: Nature) -> Change {
        let by = root - self.mean;
        let steps = if self.seen < WARM { 0.0 } else { by.abs() / self.step() };
        self.kick = (KICK_KEEPS * self.kick).max(steps);
        self.spikes <<= 1;
        if let Some(leap) = self.leap.take() {
            self.follow(leap, root, nature);
        }
        if self.leap.is_none() {
            self.begin(root, at, nature);
        }
        self.scatter(root);
        self.last = root;
        self.grow_old(root)
    }

    /// A reading at its level, or the first of a leap.
    fn begin(&mut self, root: f32, at: Time, nature: Nature) {
        let by = root - self.mean;
        let (base, kick) = (self.mean, root - self.last);
        let is_leap = by.abs() > START * self.step() && kick / by >= AT_ONCE && nature.can_be(root);
        if self.seen < WARM || !is_leap {
            self.learn(root);
            if nature == Nature::Stock {
                self.watch_climb(root, at);
            }
            return;
        }
        self.leap = Some(Leap { base, since: at, first: by, kick, sum: by, most: by, latest: by, run: 1 });
        self.suspect(nature);
    }

    /// Whether a stock has climbed far from where it long was.
    fn watch_climb(&mut self, root: f32, at: Time) {
        let is_known = self.mid >= LEVEL_MIN && self.slow > CLIMB_KNOWN * self.mid && self.deviation.is_none();
        let by = root - self.mid;
        if is_known && root > CLIMB_RATIO * self.mid && self.is_far(FAR, by, self.mid) {
            let shape = Shape::Climb;
            self.deviation = Some(Deviation { shape, state: State::Waits, base: self.mid, by, since: at, age: 0 });
        }
    }

    /// A leap goes on, or is over: then it is put away, and the reading is still to be taken.
    fn follow(&mut self, mut leap: Leap, root: f32, nature: Nature) {
        let away = root - leap.base;
        let is_further = (root - self.last).abs() > LEAVES * self.step() && away.abs() > 2.0 * leap.most.abs();
        let stays = !is_further
            && (away > 0.0) == (leap.first > 0.0)
            && away.abs() > 0.5 * START * self.step()
            && nature.can_be(root);
        if stays && leap.run < LASTS {
            leap.run += 1;
            leap.sum += away;
            leap.latest = away;
            leap.most = if away.abs() > leap.most.abs() { away } else { leap.most };
            self.leap = Some(leap);
            self.suspect(nature);
        } else if stays {
            (self.mean, self.mid) = (root, leap.base + leap.sum / f32::from(leap.run));
        } else if is_further && leap.run >= 3 {
            self.mean = leap.base + leap.sum / f32::from(leap.run);
        } else if leap.run <= 3 && self.is_far(SPIKE, leap.most, leap.base) {
            self.spikes |= 2;
            self.count_spikes(&leap);
        } else {
            self.top = self.top.max(leap.most.abs());
        }
    }

    /// Two spikes are no accident.
    fn count_spikes(&mut self, leap: &Leap) {
        if self.deviation.is_none() && self.spikes.count_ones() >= SPIKES {
            self.open(Shape::Spikes, leap, leap.most);
        }
    }

    fn open(&mut self, shape: Shape, leap: &Leap, by: f32) {
        let (base, since) = (leap.base, leap.since);
        self.deviation = Some(Deviation { shape, state: State::Waits, base, by, since, age: 0 });
    }

    /// Whether a leap under way is a rise or a shift by now.
    fn suspect(&mut self, nature: Nature) {
        let Some(leap) = self.leap else { return };
        if self.deviation.is_some() || leap.base < LEVEL_MIN {
            return;
        }
        let mean = leap.sum / f32::from(leap.run);
        let is_rise = match nature {
            Nature::Stock => (leap.run == 1 || mean > 0.0) && self.is_far(FAR, leap.latest, leap.base),
            Nature::Flow => leap.run >= 2 && mean > 0.0 && self.is_far(FAR, mean, leap.base),
        };
        if is_rise && leap.run <= RISE_RUN {
            self.open(Shape::Rise, &leap, leap.latest);
            return;
        }
        let least = (SHIFT * self.step()).max(SHIFT_TOP * self.top).max(SHIFT_SHARE * leap.base);
        let ratio = (leap.base + mean) / leap.base;
        let is_moderate = ratio > SHIFT_RATIO && ratio * SHIFT_RATIO < 1.0;
        if leap.run == SHIFT_RUN && mean.abs() > least && leap.kick / mean >= SHIFT_AT_ONCE && is_moderate {
            self.open(Shape::Shift, &leap, mean);
        }
    }

    /// What was found ages, and ends.
    fn grow_old(&mut self, root: f32) -> Change {
        let Some(deviation) = &mut self.deviation else { return Change::None };
        deviation.age = deviation.age.saturating_add(1);
        let is_young = deviation.age <= u16::from(LASTS);
        if deviation.shape != Shape::Spikes && is_young && (root - deviation.base) / deviation.by < BACK {
            // It has come back: a spike, of which there may be more.
            deviation.shape = Shape::Spikes;
            self.spikes |= 1;
        }
        let reverse = |leap: Leap| leap.run >= 2 && (leap.first > 0.0) != (deviation.by > 0.0);
        let is_over = match deviation.shape {
            Shape::Spikes => self.spikes == 0 && self.leap.is_none(),
            Shape::Rise | Shape::Climb | Shape::Shift => self.leap.is_some_and(reverse),
        };
        if is_over || deviation.age > RELEARNED {
            self.deviation = None;
            if self.leap.take().is_some() {
                // What led back is no leap of its own.
                (self.mean, self.mid) = (root, root);
            }
            return Change::Over;
        }
        let lasts = matches!(deviation.shape, Shape::Rise | Shape::Climb) && deviation.age == u16::from(LASTS);
        if lasts && deviation.state == State::Alone { Change::Lasts } else { Change::None }
    }
}
