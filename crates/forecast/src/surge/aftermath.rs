//! Forecasts of what follows an event: with the event known ahead, without, and without but with surges found on the way.
//!
//! Not here: forecasts (`forecaster`), detection (`watch`).
//! Invariant: all three are scored on the same targets; the watch and the forecaster without events never see one.

use city::{Span, Time};

use super::adapt::{Adaptation, Surged};
use super::watch::SurgeWatch;
use crate::calendar::Calendar;
use crate::forecaster::Forecaster;
use crate::history::History;
use crate::settings::{Refusal, Settings};

/// Targets start from this long before an event's end until this long after it, seconds.
const TARGETS_S: (i64, i64) = (1800, 7200);

/// Mean absolute errors at a horizon, over targets near the ends of events.
#[derive(Clone, Debug, PartialEq)]
pub struct Aftermath {
    /// Intervals ahead.
    pub ahead: usize,
    /// Targets.
    pub n: usize,
    /// Nothing known.
    pub without: f64,
    /// Nothing known, surges adapted to.
    pub with_surges: f64,
    /// Events known ahead.
    pub with_events: f64,
}

/// A forecast during a surge that waits for its target.
struct Waiting {
    target: i64,
    series: usize,
    horizon: usize,
    surged: Surged,
}

/// Learns before `train_until` and scores all targets near the ends of later events.
pub fn aftermath(
    history: &History,
    settings: &Settings,
    train_until: i64,
    false_alarms_per_day: f64,
) -> Result<Vec<Aftermath>, Refusal> {
    let past = history.before(train_until);
    let mut informed = Forecaster::fit(&past, settings)?;
    let mut blind = Forecaster::fit(&past.without_events(), settings)?;
    let mut watch = SurgeWatch::fit(&past, false_alarms_per_day)?;
    let mut adaptation = Adaptation::new(settings.horizons.len());
    let mut waiting: Vec<Waiting> = Vec::new();
    let empty = |ahead: &usize| Aftermath { ahead: *ahead, n: 0, without: 0.0, with_surges: 0.0, with_events: 0.0 };
    let mut scores: Vec<Aftermath> = settings.horizons.iter().map(empty).collect();
    for tick in past.end_tick()..history.end_tick() {
        let values = history.row(tick);
        informed.observe(values);
        blind.observe(values);
        watch.observe(values);
        waiting.retain(|one| {
            if one.target == tick
                && let Some(truth) = history.value(tick, one.series)
            {
                adaptation.learn(one.horizon, one.surged, truth);
            }
            one.target > tick
        });
        for (horizon, score) in scores.iter_mut().enumerate() {
            let target = tick + score.ahead as i64;
            for series in 0..history.series().len() {
                let plain = blind.point(series, horizon);
                let surged = watch.surge(series).zip(watch.expected(series, score.ahead));
                let surged = surged.map(|(surge, expected)| Surged::new(surge, tick, plain, expected));
                waiting.extend(surged.map(|surged| Waiting { target, series, horizon, surged }));
                let truth = history.value(target, series).filter(|_| is_after(history.calendar(), target));
                let Some(truth) = truth else { continue };
                let adapted = surged.map_or(plain, |surged| adaptation.adapted(horizon, surged));
                let error = |forecast: f32| f64::from((forecast - truth).abs());
                score.n += 1;
                score.without += error(plain);
                score.with_surges += error(adapted);
                score.with_events += error(informed.point(series, horizon));
            }
        }
    }
    for score in &mut scores {
        let n = score.n.max(1) as f64;
        score.without /= n;
        score.with_surges /= n;
        score.with_events /= n;
    }
    Ok(scores)
}

/// Whether a tick lies near the end of an event.
fn is_after(calendar: &Calendar, tick: i64) -> bool {
    let start: Time = calendar.start(tick);
    let (before, after) = (Span::from_seconds(TARGETS_S.0), Span::from_seconds(TARGETS_S.1));
    calendar.events().iter().any(|event| start >= event.end.minus(before) && start < event.end.plus(after))
}
