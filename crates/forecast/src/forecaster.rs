//! The forecaster: learns from a history, then takes one tick of all series at a time and answers for any of them.
//!
//! Not here: the state that moves with each tick (`online`), learning (`fit`).
//! Invariant: an answer after tick `t` rests on values of ticks up to `t` alone; fans rise, are finite, never negative.

use serde::{Deserialize, Serialize};

use crate::baseline::{Baseline, Baselines};
use crate::calendar::Calendar;
use crate::calibrate::{Calibration, MOST_LEVELS};
use crate::crossing::Crossings;
use crate::fit::{Fitted, fit};
use crate::guard::Guard;
use crate::history::{History, Series};
use crate::online::{Online, Outlook};
use crate::paths::{Templates, at_share, shuffled};
use crate::profile::from_root;
use crate::settings::{Refusal, Settings};
use crate::training::Training;

/// Counts below this are forecast as whole numbers.
const SMALL_COUNT: f32 = 10.0;
/// Days that are replayed after learning, so that lags and losses are those of the moment.
const WARM_DAYS: i64 = 3;

/// A fitted forecaster with its online state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecaster {
    settings: Settings,
    calendar: Calendar,
    series: Vec<Series>,
    online: Online,
    crossings: Option<Crossings>,
    templates: Templates,
}

impl Forecaster {
    /// Learns from a history. The next tick to observe is the one after it.
    pub fn fit(history: &History, settings: &Settings) -> Result<Self, Refusal> {
        settings.check(history)?;
        let training = Training::new(history);
        let fitted = fit(&training, &settings.horizons, settings.boost.as_ref());
        let calibrations: Vec<Calibration> = (fitted.cases.iter())
            .map(|cases| Calibration::learn(cases, history.series().len(), &settings.levels))
            .collect();
        let crossings = (settings.exceed)
            .map(|share| Crossings::learn(history, share, (&fitted.cases, &calibrations), &settings.horizons));
        let templates = Templates::learn(&fitted.cases, &calibrations, history.series().len());
        let guards = guards(&fitted, history.series().len(), settings.horizons.len());
        let baselines = Baselines::fit(history, &settings.horizons);
        let first_warm = training.days.last().map_or(0, |day| day.number - WARM_DAYS + 1);
        let mut online = Online::new(&training, (fitted, calibrations, guards), baselines, settings, first_warm);
        let calendar = history.calendar();
        for tick in history.first_tick()..history.end_tick() {
            if calendar.slot(tick).day < first_warm {
                online.baselines.observe(calendar, tick, history.row(tick));
            } else {
                online.warm(calendar, history.series(), tick, history.row(tick));
            }
        }
        Ok(Self {
            settings: settings.clone(),
            calendar: calendar.clone(),
            series: history.series().to_vec(),
            online,
            crossings,
            templates,
        })
    }

    /// Takes the values of the next tick, one for each series, NaN where missing.
    pub fn observe(&mut self, values: &[f32]) {
        self.online.observe(&self.calendar, &self.series, values);
        if let Some(crossings) = &mut self.crossings {
            let horizons = &self.settings.horizons;
            let now = |s: usize, horizon: usize| self.online.now[s * horizons.len() + horizon];
            crossings.follow((self.online.tick, horizons), values, now, &self.online.calibrations);
        }
    }

    /// The last tick that was observed.
    pub fn tick(&self) -> i64 {
        self.online.tick
    }

    /// What is forecast.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The clock and calendar.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The calendar, to add what becomes known.
    pub fn calendar_mut(&mut self) -> &mut Calendar {
        &mut self.calendar
    }

    /// The series.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// The quantiles of a series at `settings().horizons[horizon]`, by level.
    ///
    /// # Panics
    /// When `out` is not as long as there are levels, or series or horizon is out of range.
    pub fn fan(&self, series: usize, horizon: usize, out: &mut [f32]) {
        let outlook = self.outlook(series, horizon);
        self.online.calibrations[horizon].quantiles(series, out);
        let is_count = self.series[series].is_count;
        let mut before = 0.0_f32;
        for (value, level) in out.iter_mut().zip(&self.settings.levels) {
            let amount = from_root(outlook.centre + outlook.scale * *value);
            let whole = is_count && amount < SMALL_COUNT;
            before = before.max(if whole { whole_number(amount, *level) } else { amount });
            *value = before;
        }
    }

    /// The median forecast, not rounded.
    pub fn point(&self, series: usize, horizon: usize) -> f32 {
        let outlook = self.outlook(series, horizon);
        let mut quantiles = [0.0; MOST_LEVELS];
        let quantiles = &mut quantiles[..self.settings.levels.len()];
        self.online.calibrations[horizon].quantiles(series, quantiles);
        let median = self.settings.median().unwrap_or(0);
        from_root(outlook.centre + outlook.scale * quantiles[median])
    }

    /// Joint paths of some series over all horizons, by (path, series, horizon): sums over series and horizons are as
    /// uncertain as errors went together on past days. At most as many paths as there are templates (64); none where
    /// the history was too short for any.
    pub fn paths(&self, series: &[usize], paths: usize, seed: u64) -> Vec<f32> {
        let (horizons, levels) = (self.settings.horizons.len(), &self.settings.levels);
        let order = shuffled(self.templates.count(), seed);
        let mut fans = vec![0.0; series.len() * horizons * levels.len()];
        for (fan, at) in fans.chunks_exact_mut(levels.len()).zip(0..) {
            self.fan(series[at / horizons], at % horizons, fan);
        }
        let mut out = Vec::new();
        for template in order.into_iter().take(paths) {
            for (at, s) in series.iter().enumerate() {
                for horizon in 0..horizons {
                    let share = self.templates.share(s * horizons + horizon, template);
                    let place = at * horizons + horizon;
                    out.push(at_share(levels, &fans[place * levels.len()..(place + 1) * levels.len()], share));
                }
            }
        }
        out
    }

    /// The baseline that stands in for the model on a series, if it does better there.
    pub fn stand_in(&self, series: usize, horizon: usize) -> Option<Baseline> {
        self.online.guards[series * self.settings.horizons.len() + horizon].stand_in()
    }

    /// How far the last value lay from the forecast at the shortest horizon, in units of its scale; absent without
    /// both. What detectors of surges add up.
    pub fn innovation(&self, series: usize) -> Option<f32> {
        Some(self.online.innovations[series]).filter(|error| !error.is_nan())
    }

    /// How far the last value lay from the shape of the day, standardised; absent where it was missing.
    pub fn residual(&self, series: usize) -> Option<f32> {
        Some(self.online.residuals[series]).filter(|residual| !residual.is_nan())
    }

    /// The baselines' forecasts, in the order of [`Baseline::ALL`].
    pub fn baselines(&self, series: usize, horizon: usize) -> [Option<f32>; 4] {
        let target = self.online.baselines.target(&self.calendar, self.online.tick, horizon);
        self.online.baselines.forecast(target, series)
    }

    /// The high level of a series, if exceedance is forecast and the series had values.
    pub fn high_level(&self, series: usize) -> Option<f32> {
        self.crossings.as_ref().map(|crossings| crossings.levels[series]).filter(|level| level.is_finite())
    }

    /// The recalibrated probability that the value exceeds the series' high level.
    pub fn exceedance(&self, series: usize, horizon: usize) -> Option<f32> {
        let (outlook, calibration) = (self.outlook(series, horizon), &self.online.calibrations[horizon]);
        self.crossings.as_ref()?.probability((series, horizon), outlook, calibration)
    }

    /// The probability from which a warning had the best critical success index on past days.
    pub fn exceedance_threshold(&self, horizon: usize) -> Option<f32> {
        self.crossings.as_ref().map(|crossings| crossings.thresholds[horizon])
    }

    /// Bytes of the state, without what all series share.
    pub fn bytes(&self) -> usize {
        self.online.bytes()
            + self.templates.bytes()
            + self.crossings.as_ref().map_or(0, Crossings::bytes)
            + std::mem::size_of::<Series>() * self.series.len()
    }

    fn outlook(&self, series: usize, horizon: usize) -> Outlook {
        self.online.now[series * self.settings.horizons.len() + horizon]
    }
}

/// A quantile as a whole number: inwards, because the quantiles are followed on whole numbers, so that no more than a
/// level's share lies beyond.
fn whole_number(amount: f32, level: f32) -> f32 {
    let up = if level < 0.45 {
        0.999
    } else if level > 0.55 {
        0.0
    } else {
        0.5
    };
    (amount + up) as u32 as f32
}

/// Guards that know the tiers' mean errors on past days.
fn guards(fitted: &Fitted, series: usize, horizons: usize) -> Vec<Guard> {
    let mut sums = vec![([0.0_f32; 2], 0_u32); series * horizons];
    for (horizon, cases) in fitted.cases.iter().enumerate() {
        for case in cases.iter().filter(|case| case.silent == 0) {
            let sum = &mut sums[case.series as usize * horizons + horizon];
            for (total, error) in sum.0.iter_mut().zip(case.errors()) {
                *total += error;
            }
            sum.1 += 1;
        }
    }
    let has_trees = !fitted.dynamics.boosters.is_empty();
    (sums.iter())
        .map(|(errors, count)| {
            let cases = u16::try_from(*count).unwrap_or(u16::MAX);
            let [boosted, linear] = errors.map(|sum| sum / (*count as f32).max(1.0));
            Guard::primed([if has_trees { boosted } else { f32::NAN }, linear], cases)
        })
        .collect()
}
