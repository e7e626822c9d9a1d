//! The watch over all series of a site: one tick in, surges that began or are over out.
//!
//! Not here: what follows from a surge (warnings, forecasts).
//! Invariant: a surge begins at a value and ends at a value or after long silence; the same values give the same bits.

use city::MICROS_PER_S;
use serde::{Deserialize, Serialize};

use super::filter::State;
use super::learn::{Learned, Row};
use super::shape::{Likeness, PastDay, Shaper, other_type};
use super::threshold::{Alarm, Turn};
use super::trial::{held_out, is_felt, slots_a_day, thresholds};
use crate::calendar::{CLASSES, Calendar};
use crate::history::History;
use crate::profile::{from_root, to_root};
use crate::settings::Refusal;

/// A surge that is going on, or went on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Surge {
    /// The series.
    pub series: usize,
    /// The tick at which evidence began to add up.
    pub began: i64,
    /// The tick at which it was raised.
    pub raised: i64,
    /// Evidence now, in units of the threshold; 1 when it was just raised.
    pub evidence: f32,
    /// What the surge adds to the root of a value now; see [`Surge::lifted`].
    pub root_lift: f32,
    /// The share of the lift that is expected to be left after each interval.
    pub stay: f32,
}

impl Surge {
    /// What the surge is expected to add to the root of a value so many intervals ahead.
    pub fn root_lift(&self, ahead: usize) -> f32 {
        self.root_lift * libm::powf(self.stay, ahead as f32)
    }

    /// A value that was expected without the surge, lifted by it.
    pub fn lifted(&self, without: f32, ahead: usize) -> f32 {
        from_root(to_root(without.max(0.0)) + self.root_lift(ahead))
    }
}

/// What became of a surge.
#[derive(Clone, Debug, PartialEq)]
pub enum SurgeChange {
    /// It was raised.
    Raised(Surge),
    /// It is over.
    Over(Surge),
}

/// The watch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurgeWatch {
    calendar: Calendar,
    learned: Learned,
    threshold: f32,
    /// By class of days: the shape by (slot, series).
    shapes: Vec<Vec<f32>>,
    likeness: Likeness,
    day: i64,
    tick: i64,
    states: Vec<State>,
    alarms: Vec<Alarm>,
    surges: Vec<Option<Surge>>,
}

impl SurgeWatch {
    /// Learns from a history within a budget of false alarms a day of each series. The next tick to observe is the one
    /// after it. Intervals near the events of its calendar are left out of what is learned.
    pub fn fit(history: &History, false_alarms_per_day: f64) -> Result<Self, Refusal> {
        let (calendar, series) = (history.calendar(), history.series());
        let days = PastDay::all(history, 1, &|tick| is_felt(calendar, tick));
        let Some(last) = days.last().filter(|_| days.len() > 1) else { return Err(Refusal::NoValues) };
        let shaper = Shaper {
            days: days.iter().collect(),
            slots: calendar.slots(),
            series: series.len(),
            cadence_s: calendar.cadence().micros() / MICROS_PER_S,
        };
        let training = held_out(&shaper);
        let learned = Learned::new(&shaper, &training, series);
        let budget = false_alarms_per_day / slots_a_day(&days, series.len());
        let threshold = thresholds(&learned, &training, budget)[0];
        let mut of_classes = vec![Vec::new(); CLASSES];
        for day in 0..CLASSES as i64 {
            let class = if day < 7 { Calendar::weekday(day) } else { other_type(Calendar::weekday(0)) };
            of_classes[class.index()] = shaper.shape(class, last.number, None);
        }
        Ok(Self {
            calendar: calendar.clone(),
            learned,
            threshold,
            shapes: of_classes,
            likeness: Likeness::default(),
            day: i64::MIN,
            tick: history.end_tick() - 1,
            states: vec![State::default(); series.len()],
            alarms: vec![Alarm::default(); series.len()],
            surges: vec![None; series.len()],
        })
    }

    /// Takes the values of the next tick, one for each series, NaN where missing; says which surges began or are over.
    pub fn observe(&mut self, values: &[f32]) -> Vec<SurgeChange> {
        self.tick += 1;
        let (place, count) = (self.calendar.slot(self.tick), self.states.len());
        if place.day != self.day {
            self.day = place.day;
            self.likeness = Likeness::default();
        }
        let root = |s: usize| values.get(s).filter(|value| **value >= 0.0).map_or(f32::NAN, |value| to_root(*value));
        let roots: Vec<f32> = (0..count).map(root).collect();
        let class = self.calendar.class(place.day);
        let cells = place.slot * count..(place.slot + 1) * count;
        let shapes = [class, other_type(class)].map(|class| &self.shapes[class.index()][cells.clone()]);
        let base = shapes[self.likeness.observe(&roots, shapes)].to_vec();
        let readings = self.learned.observe(&mut self.states, place.slot, Row { roots: &roots, base: &base });
        (0..count).filter_map(|s| self.follow(s, place.slot, readings[s][0])).collect()
    }

    fn follow(&mut self, s: usize, slot: usize, evidence: f32) -> Option<SurgeChange> {
        let turn = if self.states[s].is_forgotten(&self.learned.rates) {
            self.alarms[s].end()
        } else {
            self.alarms[s].observe(evidence, self.threshold)
        };
        if turn == Turn::Ended {
            return self.surges[s].take().map(SurgeChange::Over);
        }
        if self.alarms[s].is_on && !evidence.is_nan() {
            let state = &self.states[s];
            let since = i64::from(state.since.max(1)) - 1;
            let (began, raised) = match &self.surges[s] {
                Some(surge) => (surge.began, surge.raised),
                None => (self.tick - since, self.tick),
            };
            self.surges[s] = Some(Surge {
                series: s,
                began,
                raised,
                evidence: evidence / self.threshold,
                root_lift: self.learned.root_lift(state, slot, s),
                stay: self.learned.rates.stay(),
            });
        }
        if turn == Turn::Raised { self.surges[s].clone().map(SurgeChange::Raised) } else { None }
    }

    /// The surge of a series, if one is going on.
    pub fn surge(&self, series: usize) -> Option<&Surge> {
        self.surges.get(series)?.as_ref()
    }

    /// The value expected of a series so many intervals ahead while a surge is going on: the ordinary shape of the day
    /// with the surge's lift as it fades.
    pub fn expected(&self, series: usize, ahead: usize) -> Option<f32> {
        let surge = self.surge(series)?;
        let place = self.calendar.slot(self.tick + ahead as i64);
        let shape = &self.shapes[self.calendar.class(place.day).index()];
        let root = shape[place.slot * self.states.len() + series] + surge.root_lift(ahead);
        (!root.is_nan()).then(|| from_root(root))
    }

    /// Evidence at which a surge is raised.
    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Bytes of the state that moves, for each series.
    pub fn bytes_per_series() -> usize {
        size_of::<State>() + size_of::<Alarm>() + size_of::<Option<Surge>>()
    }
}
