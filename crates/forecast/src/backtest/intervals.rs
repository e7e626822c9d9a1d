//! Intervals of the baselines: their own errors on past days.
//!
//! Not here: the baselines.
//! Invariant: errors are those of rolling forecasts over the later half of the history, so that the baselines had days
//! to learn from.

use crate::baseline::Baselines;
use crate::calibrate::empirical;
use crate::history::History;

/// Most errors that are kept in all.
const MOST: usize = 24_000_000;

/// Error quantiles by (series, horizon, baseline, level).
pub(crate) struct ErrorQuantiles {
    horizons: usize,
    levels: usize,
    quantiles: Vec<f32>,
}

impl ErrorQuantiles {
    /// Replays baselines that were fitted on this history.
    pub(crate) fn learn(history: &History, fresh: &Baselines, horizons: &[usize], levels: &[f32]) -> Self {
        let (series, calendar) = (history.series().len(), history.calendar());
        let mut baselines = fresh.clone();
        let ticks = (history.end_tick() - history.first_tick()).max(0);
        let half = history.first_tick() + ticks / 2;
        let all = usize::try_from(ticks / 2 + 1).unwrap_or(1) * series * horizons.len() * 4;
        let stride = all.div_ceil(MOST).max(1) as i64;
        let mut errors: Vec<Vec<f32>> = vec![Vec::new(); series * horizons.len() * 4];
        for tick in history.first_tick()..history.end_tick() {
            baselines.observe(calendar, tick, history.row(tick));
            if tick < half || tick % stride != 0 {
                continue;
            }
            for (horizon, ahead) in horizons.iter().enumerate() {
                let target = baselines.target(calendar, tick, horizon);
                for s in 0..series {
                    let Some(truth) = history.value(tick + *ahead as i64, s) else { continue };
                    let forecasts = baselines.forecast(target, s);
                    for (at, forecast) in forecasts.into_iter().enumerate() {
                        let place = (s * horizons.len() + horizon) * 4 + at;
                        errors[place].extend(forecast.map(|forecast| truth - forecast));
                    }
                }
            }
        }
        let mut quantiles = Vec::with_capacity(errors.len() * levels.len());
        for errors in &mut errors {
            errors.sort_unstable_by(f32::total_cmp);
            quantiles.extend(levels.iter().map(|level| empirical(errors, *level)));
        }
        Self { horizons: horizons.len(), levels: levels.len(), quantiles }
    }

    /// The fan of a baseline's forecast.
    pub(crate) fn fan(&self, (s, horizon, baseline): (usize, usize, usize), forecast: f32, out: &mut [f32]) {
        let place = ((s * self.horizons + horizon) * 4 + baseline) * self.levels;
        for (value, error) in out.iter_mut().zip(&self.quantiles[place..place + self.levels]) {
            *value = (forecast + error).max(0.0);
        }
    }
}
