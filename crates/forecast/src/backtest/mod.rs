//! Rolling origins over a history: forecasts as they would have been, and what they were worth.
//!
//! Not here: reading files, timing and drawing (the shell).
//! Invariant: at an origin the forecaster has seen values up to it alone; all methods are scored on the same cases.

mod intervals;
mod tally;
mod warnings;

use crate::baseline::{Baseline, Baselines};
use crate::exceed::Contingency;
use crate::forecaster::Forecaster;
use crate::history::History;
use crate::settings::{Refusal, Settings};

use intervals::ErrorQuantiles;
use warnings::Warnings;

pub use tally::{INTERVALS, Score, Tally};
pub use warnings::Reliability;

/// What is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Learning sees ticks before this one.
    pub train_until: i64,
    /// Targets are ticks from this one on …
    pub test_from: i64,
    /// … and before this one.
    pub test_until: i64,
    /// An origin every so many intervals; every one if absent.
    pub step: Option<usize>,
    /// Intervals of the local day that must be observed up to the origin, all horizons lying in what is left of it.
    pub min_context: Option<usize>,
}

/// Model and baselines, in the order of tables.
pub const METHODS: usize = 5;

/// One forecast of a series that is shown in the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The series.
    pub series: usize,
    /// The horizon's place.
    pub horizon: usize,
    /// The target's tick.
    pub target: i64,
    /// The fan by level.
    pub fan: Vec<f32>,
    /// The median.
    pub point: f32,
    /// What came.
    pub truth: Option<f32>,
}

/// A running backtest.
pub struct Backtest<'a> {
    truth: &'a History,
    seen: &'a History,
    plan: Plan,
    forecaster: Forecaster,
    quantiles: ErrorQuantiles,
    tick: i64,
    is_origin: bool,
    /// By (group, horizon, method).
    tallies: Vec<Tally>,
    groups: usize,
    /// By (series, horizon): cases and those inside the 90 % interval.
    coverage: Vec<(u32, u32)>,
    warnings: Vec<Warnings>,
    /// By horizon: cases forecast by a baseline that stood in.
    stood_in: Vec<[u64; 4]>,
    fans: Vec<f32>,
    points: Vec<f32>,
    origins: u64,
    shown_series: Vec<usize>,
    shown: Vec<Shown>,
}

impl<'a> Backtest<'a> {
    /// Learns from what `seen` holds before the training's end; `truth` is what is scored against.
    pub fn new(truth: &'a History, seen: &'a History, settings: &Settings, plan: Plan) -> Result<Self, Refusal> {
        let past = seen.before(plan.train_until);
        let forecaster = Forecaster::fit(&past, settings)?;
        let fresh = Baselines::fit(&past, &settings.horizons);
        let quantiles = ErrorQuantiles::learn(&past, &fresh, &settings.horizons, &settings.levels);
        let (series, horizons) = (truth.series().len(), settings.horizons.len());
        let groups = truth.series().iter().map(|one| one.group + 1).max().unwrap_or(1);
        Ok(Self {
            truth,
            seen,
            plan,
            tick: past.end_tick() - 1,
            forecaster,
            quantiles,
            is_origin: false,
            tallies: vec![Tally::default(); groups * horizons * METHODS],
            groups,
            coverage: vec![(0, 0); series * horizons],
            warnings: vec![Warnings::default(); horizons],
            stood_in: vec![[0; 4]; horizons],
            fans: vec![0.0; series * horizons * settings.levels.len()],
            points: vec![0.0; series * horizons],
            origins: 0,
            shown_series: Vec::new(),
            shown: Vec::new(),
        })
    }

    /// Keeps every forecast of these series at the longest horizon.
    pub fn show(&mut self, series: &[usize]) {
        self.shown_series = series.to_vec();
    }

    /// What was learned.
    pub fn forecaster(&self) -> &Forecaster {
        &self.forecaster
    }

    /// Ticks from here to the end.
    pub fn remaining(&self) -> u64 {
        u64::try_from(self.plan.test_until - 1 - self.tick).unwrap_or(0)
    }

    /// Takes the values of the next tick; false at the end.
    pub fn observe(&mut self) -> bool {
        if self.tick + 1 >= self.plan.test_until {
            return false;
        }
        self.forecaster.observe(self.seen.row(self.tick + 1));
        self.tick += 1;
        self.is_origin = self.is_origin_now();
        true
    }

    /// Makes the fans of all series and horizons, as the product does at every tick.
    pub fn forecast(&mut self) {
        let settings = self.forecaster.settings();
        let (horizons, levels) = (settings.horizons.len(), settings.levels.len());
        for series in 0..self.seen.series().len() {
            for horizon in 0..horizons {
                let place = series * horizons + horizon;
                self.forecaster.fan(series, horizon, &mut self.fans[place * levels..(place + 1) * levels]);
                self.points[place] = self.forecaster.point(series, horizon);
            }
        }
    }

    /// Whether the tick is an origin whose forecasts are scored.
    fn is_origin_now(&self) -> bool {
        let (first, horizons) = (self.tick + 1, &self.forecaster.settings().horizons);
        if let Some(step) = self.plan.step
            && (first - self.plan.test_from).rem_euclid(step.max(1) as i64) != 0
        {
            return false;
        }
        let last = self.tick + horizons.last().map_or(0, |ahead| *ahead as i64);
        if last < self.plan.test_from || first >= self.plan.test_until {
            return false;
        }
        let Some(context) = self.plan.min_context else { return true };
        let calendar = self.truth.calendar();
        let day = calendar.slot(self.tick).day;
        let in_file = |tick: i64| self.truth.row(tick).iter().any(|value| !value.is_nan());
        let behind = (0..calendar.slots() as i64)
            .map(|back| self.tick - back)
            .take_while(|tick| calendar.slot(*tick).day == day)
            .filter(|tick| in_file(*tick))
            .count();
        let inside = |ahead: &usize| {
            let target = self.tick + *ahead as i64;
            calendar.slot(target).day == day && in_file(target)
        };
        in_file(self.tick) && behind >= context && horizons.iter().all(inside)
    }

    /// Scores the forecasts of this tick, if it is an origin.
    pub fn score(&mut self) {
        if !self.is_origin {
            return;
        }
        self.origins += 1;
        let horizons = self.forecaster.settings().horizons.clone();
        for (horizon, ahead) in horizons.iter().enumerate() {
            let target = self.tick + *ahead as i64;
            if target >= self.plan.test_from && target < self.plan.test_until {
                for series in 0..self.truth.series().len() {
                    if let Some(truth) = self.truth.value(target, series) {
                        self.score_case((series, horizon), truth);
                    }
                }
                if horizon + 1 == horizons.len() {
                    self.keep_shown(horizon, target);
                }
            }
        }
    }

    fn score_case(&mut self, (series, horizon): (usize, usize), truth: f32) {
        let settings = self.forecaster.settings();
        let (horizons, levels) = (settings.horizons.len(), &settings.levels);
        let group = self.truth.series()[series].group;
        let place = series * horizons + horizon;
        let tallies = &mut self.tallies[(group * horizons + horizon) * METHODS..][..METHODS];
        tallies[0].point(self.points[place], truth);
        let held = tallies[0].fan(levels, &self.fans[place * levels.len()..(place + 1) * levels.len()], truth);
        let coverage = &mut self.coverage[place];
        *coverage = (coverage.0 + 1, coverage.1 + u32::from(held));
        let mut fan = vec![0.0; levels.len()];
        let baselines = self.forecaster.baselines(series, horizon);
        for (at, forecast) in baselines.into_iter().enumerate() {
            if let Some(forecast) = forecast {
                tallies[1 + at].point(forecast, truth);
                self.quantiles.fan((series, horizon, at), forecast, &mut fan);
                tallies[1 + at].fan(levels, &fan, truth);
            }
        }
        if let Some(baseline) = self.forecaster.stand_in(series, horizon) {
            let at = Baseline::ALL.iter().position(|other| *other == baseline).unwrap_or(0);
            self.stood_in[horizon][at] += 1;
        }
        if let (Some(level), Some(probability), Some(threshold)) = (
            self.forecaster.high_level(series),
            self.forecaster.exceedance(series, horizon),
            self.forecaster.exceedance_threshold(horizon),
        ) {
            let was_above = self.seen.value(self.tick, series).map(|value| value > level);
            self.warnings[horizon].add(probability, threshold, truth > level, was_above);
        }
    }

    fn keep_shown(&mut self, horizon: usize, target: i64) {
        let settings = self.forecaster.settings();
        let (horizons, levels) = (settings.horizons.len(), settings.levels.len());
        for series in &self.shown_series {
            let place = series * horizons + horizon;
            self.shown.push(Shown {
                series: *series,
                horizon,
                target,
                fan: self.fans[place * levels..(place + 1) * levels].to_vec(),
                point: self.points[place],
                truth: self.truth.value(target, *series),
            });
        }
    }

    /// The scores so far.
    pub fn scores(&self) -> Scores<'_, 'a> {
        Scores(self)
    }
}

/// Reads off scores.
pub struct Scores<'b, 'a>(&'b Backtest<'a>);

impl<'b> Scores<'b, '_> {
    /// Origins that were scored.
    pub fn origins(&self) -> u64 {
        self.0.origins
    }

    /// The scores of a method (0 the model, then [`Baseline::ALL`]); of all groups or one, all horizons or one.
    pub fn of(&self, method: usize, group: Option<usize>, horizon: Option<usize>) -> Score {
        let run = self.0;
        let horizons = run.warnings.len();
        let mut sum = Tally::default();
        for g in (0..run.groups).filter(|g| group.is_none_or(|group| group == *g)) {
            for h in (0..horizons).filter(|h| horizon.is_none_or(|horizon| horizon == *h)) {
                sum.merge(&run.tallies[(g * horizons + h) * METHODS + method]);
            }
        }
        sum.score()
    }

    /// The 90 % coverage of each series with cases, rising; at one horizon or all.
    pub fn series_coverage(&self, horizon: Option<usize>) -> Vec<f64> {
        let horizons = self.0.warnings.len();
        let mut shares: Vec<f64> = (self.0.coverage.chunks(horizons.max(1)))
            .map(|of_series| {
                let at = of_series.iter().enumerate().filter(|(h, _)| horizon.is_none_or(|horizon| horizon == *h));
                at.fold((0, 0), |sum, (_, more)| (sum.0 + more.0, sum.1 + more.1))
            })
            .filter(|(n, _)| *n > 0)
            .map(|(n, held)| f64::from(held) / f64::from(n))
            .collect();
        shares.sort_unstable_by(f64::total_cmp);
        shares
    }

    /// Warnings at a horizon: all cases, and onsets.
    pub fn warnings(&self, horizon: usize) -> (Contingency, Contingency) {
        (self.0.warnings[horizon].all, self.0.warnings[horizon].onsets)
    }

    /// The reliability diagram of a horizon.
    pub fn reliability(&self, horizon: usize) -> Vec<Reliability> {
        self.0.warnings[horizon].reliability()
    }

    /// Cases of a horizon for which each baseline stood in.
    pub fn stood_in(&self, horizon: usize) -> [u64; 4] {
        self.0.stood_in[horizon]
    }

    /// The forecasts that were kept.
    pub fn shown(&self) -> &'b [Shown] {
        &self.0.shown
    }
}
