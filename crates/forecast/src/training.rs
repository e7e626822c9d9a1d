//! Past days made ready to learn from: each with the shape that all *other* days give it, and its residuals.
//!
//! Not here: coefficients (`fit`).
//! Invariant: a day's own values never enter the shape it is held against (the jackknife), so that residuals are as
//! large in training as they will be ahead.

use crate::calendar::{Calendar, DayClass, DayType, Slot};
use crate::history::{History, Series};
use crate::network::Network;
use crate::occasions::{Moment, Occasions};
use crate::profile::{Prior, Profile, RECENCY, to_root};
use crate::stream::Stream;

/// A day out of its weekday must lie so much nearer to the other day type (mean squares).
const NEARER: f64 = 0.75;
/// Days of each type without which no day is judged odd.
const JUDGES: usize = 2;
/// Days after which age counts no more.
const OLDEST: i32 = 60;
/// Observations' worth of trust in the mean spread of all series.
const SPREAD_TRUST: f64 = 20.0;
/// Least spread of a series, roots.
const LEAST_SPREAD: f64 = 0.1;
/// Power of the level by which errors on busy intervals count more: between roots (0) and counts (1).
const WEIGHT_POWER: f32 = 0.4;
/// Level below which errors count alike, roots.
const LEAST_LEVEL: f32 = 0.5;
/// Fewest days that make three folds; below, every second day is one.
const DAYS_FOR_THREE: usize = 6;

/// A past day.
pub(crate) struct Day {
    pub number: i64,
    pub class: DayClass,
    /// By (slot, series), NaN where missing.
    pub roots: Vec<f32>,
    /// The roots without those near an event.
    plain: Vec<f32>,
    /// Standardised, NaN where missing.
    pub residuals: Vec<f32>,
    /// The root that the other days say, by (slot, series).
    pub base: Vec<f32>,
    /// How much an error counts, by (slot, series).
    pub weights: Vec<f32>,
}

/// All days with any value.
pub(crate) struct Training<'a> {
    pub series: &'a [Series],
    pub slots: usize,
    pub days: Vec<Day>,
    pub prior: Prior,
    pub occasions: Occasions,
    /// Standard deviation of each series' residuals, roots.
    pub spread: Vec<f32>,
}

/// Where forecasts are made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub day: usize,
    pub slot: usize,
}

impl<'a> Training<'a> {
    pub(crate) fn new(history: &'a History) -> Self {
        let (calendar, series) = (history.calendar(), history.series());
        let slots = calendar.slots();
        let occasions = Occasions::new(calendar, series.len());
        let mut days = days(history, &occasions);
        let groups: Vec<usize> = series.iter().map(|one| one.group).collect();
        let roots: Vec<f32> = days.iter().flat_map(|day| day.plain.iter().copied()).collect();
        let prior = Prior::learn(&groups, slots, &roots);
        drop(roots);
        let mut training = Self { series, slots, days: Vec::new(), prior, occasions, spread: vec![1.0; series.len()] };
        training.judge(&mut days, calendar);
        training.days = days;
        training.take_residuals();
        training.take_occasions(calendar);
        training
    }

    pub(crate) fn folds(&self) -> usize {
        if self.days.len() >= DAYS_FOR_THREE { 3 } else { 2 }
    }

    pub(crate) fn fold(&self, day: usize) -> usize {
        day % self.folds()
    }

    /// What all days but one say of the days about `about`.
    pub(crate) fn profile(days: &[Day], prior: &Prior, slots: usize, without: (Option<usize>, i64)) -> Profile {
        let mut profile = Profile::new(slots, prior.clone());
        for (_, day) in days.iter().enumerate().filter(|(at, _)| Some(*at) != without.0) {
            profile.add(day.class, &day.plain, age_weight(day.number - without.1));
        }
        profile
    }

    /// Gives each day its view, and finds days that are not like their weekday.
    fn judge(&self, days: &mut [Day], calendar: &Calendar) {
        let of_type = |days: &[Day], day_type| days.iter().filter(|day| day.class.day_type() == day_type).count();
        let judges = of_type(days, DayType::Work).min(of_type(days, DayType::Off));
        if judges > JUDGES {
            let odd: Vec<Option<DayClass>> = (0..days.len())
                .map(|at| {
                    let profile = Self::profile(days, &self.prior, self.slots, (Some(at), days[at].number));
                    let day = &days[at];
                    odd_class(&profile, &day.plain, day.class).filter(|_| !calendar.is_said(day.number))
                })
                .collect();
            for (day, class) in days.iter_mut().zip(odd) {
                day.class = class.unwrap_or(day.class);
            }
        }
        for at in 0..days.len() {
            let profile = Self::profile(days, &self.prior, self.slots, (Some(at), days[at].number));
            days[at].base = profile.view(days[at].class);
        }
    }

    fn take_residuals(&mut self) {
        let count = self.series.len();
        let (mut squares, mut seen) = (vec![0.0_f64; count], vec![0.0_f64; count]);
        for day in &mut self.days {
            day.residuals = day.roots.iter().zip(&day.base).map(|(root, base)| root - base).collect();
            for row in day.residuals.chunks_exact(count.max(1)) {
                for (s, residual) in row.iter().enumerate().filter(|(_, residual)| !residual.is_nan()) {
                    squares[s] += f64::from(residual * residual);
                    seen[s] += 1.0;
                }
            }
        }
        let all = squares.iter().sum::<f64>() / seen.iter().sum::<f64>().max(1.0);
        let shrunk = |(squares, seen): (&f64, &f64)| (squares + SPREAD_TRUST * all) / (seen + SPREAD_TRUST);
        self.spread = squares.iter().zip(&seen).map(|pair| (shrunk(pair).sqrt() + LEAST_SPREAD) as f32).collect();
        for day in &mut self.days {
            for row in day.residuals.chunks_exact_mut(count.max(1)) {
                row.iter_mut().zip(&self.spread).for_each(|(value, spread)| *value /= spread);
            }
        }
    }

    /// Learns what events do, and takes it into the shape of the days.
    fn take_occasions(&mut self, calendar: &Calendar) {
        let count = self.series.len();
        let places = self.days.iter().flat_map(|day| {
            let rows = day.residuals.chunks_exact(count.max(1)).enumerate();
            rows.map(|(slot, residuals)| Moment { place: Slot { day: day.number, slot }, residuals })
        });
        self.occasions.learn(calendar, count, places);
        for day in &mut self.days {
            self.occasions.add(calendar, day.number, &mut day.base, &self.spread);
            let standard = |(at, (root, base)): (usize, (&f32, &f32))| (root - base) / self.spread[at % count];
            day.residuals = day.roots.iter().zip(&day.base).enumerate().map(standard).collect();
            let level = |(at, base): (usize, &f32)| base.max(LEAST_LEVEL) * self.spread[at % count];
            day.weights = day.base.iter().enumerate().map(level).map(|level| libm::powf(level, WEIGHT_POWER)).collect();
        }
    }

    /// The day and slot so many intervals after an origin, if that day has values.
    pub(crate) fn target(&self, origin: Origin, ahead: usize) -> Option<Origin> {
        let slot = origin.slot + ahead;
        if slot < self.slots {
            return Some(Origin { day: origin.day, slot });
        }
        let next = self.days.get(origin.day + 1)?;
        let follows = next.number == self.days[origin.day].number + 1;
        follows.then_some(Origin { day: origin.day + 1, slot: slot - self.slots })
    }

    /// The residual of a series at a day and slot, NaN where missing.
    pub(crate) fn residual(&self, at: Origin, series: usize) -> f32 {
        self.days[at.day].residuals[at.slot * self.series.len() + series]
    }

    /// The residuals of all series at a day and slot.
    pub(crate) fn residuals(&self, at: Origin) -> &[f32] {
        let count = self.series.len();
        &self.days[at.day].residuals[at.slot * count..(at.slot + 1) * count]
    }

    /// Visits every origin in order, with the residuals known there.
    pub(crate) fn walk(&self, network: &Network, mut visit: impl FnMut(Origin, &Stream)) {
        let mut stream = Stream::new(self.series, network.count());
        for day in 0..self.days.len() {
            for slot in 0..self.slots {
                let origin = Origin { day, slot };
                stream.push(self.residuals(origin), self.series, network);
                visit(origin, &stream);
            }
        }
    }
}

/// The weight of a day so many days away.
pub(crate) fn age_weight(days: i64) -> f32 {
    let days = i32::try_from(days.abs()).unwrap_or(OLDEST).min(OLDEST);
    RECENCY.powi(days)
}

/// The class of a day that is much more like the other day type than like its own.
pub(crate) fn odd_class(profile: &Profile, roots: &[f32], class: DayClass) -> Option<DayClass> {
    let [Some(work), Some(off)] = profile.likeness(roots) else { return None };
    match class.day_type() {
        DayType::Work if off < NEARER * work => Some(DayClass::EXTRA_OFF),
        DayType::Off if work < NEARER * off => Some(DayClass::EXTRA_WORK),
        _ => None,
    }
}

/// The days of a history that have any value.
fn days(history: &History, occasions: &Occasions) -> Vec<Day> {
    let (calendar, count) = (history.calendar(), history.series().len());
    let slots = calendar.slots();
    let mut days: Vec<Day> = Vec::new();
    for tick in history.first_tick()..history.end_tick() {
        let (row, place) = (history.row(tick), calendar.slot(tick));
        if row.iter().all(|value| value.is_nan()) {
            continue;
        }
        if days.last().is_none_or(|day| day.number != place.day) {
            days.push(Day {
                number: place.day,
                class: calendar.class(place.day),
                roots: vec![f32::NAN; slots * count],
                plain: vec![f32::NAN; slots * count],
                residuals: Vec::new(),
                base: Vec::new(),
                weights: Vec::new(),
            });
        }
        if let Some(day) = days.last_mut() {
            let at = place.slot * count..(place.slot + 1) * count;
            for (root, value) in day.roots[at.clone()].iter_mut().zip(row) {
                *root = to_root(*value);
            }
            if !occasions.is_felt(calendar, place) {
                day.plain[at.clone()].copy_from_slice(&day.roots[at]);
            }
        }
    }
    days
}
