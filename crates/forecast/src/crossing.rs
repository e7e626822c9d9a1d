//! The high level of each series, and the probability of being above it.
//!
//! Not here: recalibration (`exceed`), warnings.
//! Invariant: a curve follows only forecasts that were made ahead of their target.

use serde::{Deserialize, Serialize};

use crate::calibrate::{Calibration, empirical};
use crate::exceed::{Recalibration, best_threshold};
use crate::fit::Case;
use crate::history::History;
use crate::online::Outlook;

/// High levels and what is said of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Crossings {
    /// By series; NaN for a series without values.
    pub levels: Vec<f32>,
    /// By horizon.
    curves: Vec<Recalibration>,
    pub thresholds: Vec<f32>,
    /// Raw probabilities that wait for their target: by horizon a ring of as many ticks as it is long, each by series;
    /// NaN where nothing was said.
    waiting: Vec<Vec<f32>>,
}

impl Crossings {
    /// Learns levels, curves and thresholds from past days; `horizons` in intervals.
    pub(crate) fn learn(
        history: &History,
        share: f64,
        (cases, calibrations): (&[Vec<Case>], &[Calibration]),
        horizons: &[usize],
    ) -> Self {
        let series = history.series().len();
        let levels: Vec<f32> = (0..series).map(|s| level_of(history, s, share)).collect();
        let (mut curves, mut thresholds) = (Vec::new(), Vec::new());
        for (cases, calibration) in cases.iter().zip(calibrations) {
            let mut judged: Vec<(f32, bool)> = (cases.iter())
                .filter(|case| levels[case.series as usize].is_finite())
                .map(|case| {
                    let s = case.series as usize;
                    let scale = calibration.scale(s, case.boosted, case.silent);
                    let outlook = Outlook { centre: case.boosted, scale };
                    (raw(calibration, s, outlook, levels[s]), case.value() > levels[s])
                })
                .collect();
            let curve = Recalibration::learn(&judged);
            for (probability, _) in &mut judged {
                *probability = curve.at(*probability);
            }
            thresholds.push(best_threshold(&mut judged));
            curves.push(curve);
        }
        let waiting = horizons.iter().map(|ahead| vec![f32::NAN; ahead * series]).collect();
        Self { levels, curves, thresholds, waiting }
    }

    /// Learns from the values of a tick what was said of it, and keeps what is said now.
    pub(crate) fn follow(
        &mut self,
        (tick, horizons): (i64, &[usize]),
        values: &[f32],
        now: impl Fn(usize, usize) -> Outlook,
        calibrations: &[Calibration],
    ) {
        let series = self.levels.len();
        let mut cases = Vec::with_capacity(series);
        for (horizon, ahead) in horizons.iter().enumerate() {
            let place = usize::try_from(tick.rem_euclid(*ahead as i64)).unwrap_or(0);
            let row = &mut self.waiting[horizon][place * series..(place + 1) * series];
            cases.clear();
            for (s, said) in row.iter_mut().enumerate() {
                let value = values.get(s).copied().unwrap_or(f32::NAN);
                if value >= 0.0 && !said.is_nan() {
                    cases.push((*said, value > self.levels[s]));
                }
                let is_known = self.levels[s].is_finite();
                *said =
                    if is_known { raw(&calibrations[horizon], s, now(s, horizon), self.levels[s]) } else { f32::NAN };
            }
            self.curves[horizon].follow(&cases);
        }
    }

    /// The probability that a series is above its level, if it has one.
    pub(crate) fn probability(
        &self,
        (s, horizon): (usize, usize),
        outlook: Outlook,
        calibration: &Calibration,
    ) -> Option<f32> {
        let level = self.levels[s];
        level.is_finite().then(|| self.curves[horizon].at(raw(calibration, s, outlook, level)))
    }

    /// Bytes of what grows with the number of series.
    pub(crate) fn bytes(&self) -> usize {
        4 * (self.levels.len() + self.waiting.iter().map(Vec::len).sum::<usize>())
    }
}

/// The probability of more than a level, before recalibration.
fn raw(calibration: &Calibration, s: usize, outlook: Outlook, level: f32) -> f32 {
    1.0 - calibration.probability(s, (Case::root_of(level + 0.5) - outlook.centre) / outlook.scale)
}

/// The quantile of a series' past values.
fn level_of(history: &History, s: usize, share: f64) -> f32 {
    let ticks = history.first_tick()..history.end_tick();
    let mut values: Vec<f32> = ticks.filter_map(|tick| history.value(tick, s)).collect();
    values.sort_unstable_by(f32::total_cmp);
    if values.is_empty() { f32::NAN } else { empirical(&values, share as f32) }
}
