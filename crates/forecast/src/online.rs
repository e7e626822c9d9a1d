//! The state that moves with each tick.
//!
//! Not here: what was learned once (`fit`); fans (`forecaster`).
//! Invariant: forecasts that wait for their target were made before it; a missing target teaches nothing.

use serde::{Deserialize, Serialize};

use crate::baseline::{Baseline, Baselines};
use crate::calendar::{Calendar, Slot};
use crate::calibrate::Calibration;
use crate::dynamics::{Ahead, Dynamics, tree_features};
use crate::fit::Fitted;
use crate::guard::{EXPERTS, Guard};
use crate::history::Series;
use crate::network::Network;
use crate::occasions::Occasions;
use crate::profile::{Profile, RECENCY, from_root, to_root};
use crate::settings::Settings;
use crate::stream::{Stream, WIDTH, bend};
use crate::training::{Training, odd_class};

/// Share of the last surprise that enters a series' heat.
const HEAT_STEP: f32 = 0.2;
/// Heat above which scales widen with it: the mean absolute scaled error of a series that has left its ways.
const HOT: f32 = 1.8;

/// Scales widen so much on the first day of a type that was never seen.
const STRANGE: f32 = 2.5;

/// What is expected of a series at a horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outlook {
    /// Roots.
    pub centre: f32,
    /// Scale of the error, roots.
    pub scale: f32,
}

/// A forecast that waits for its target.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Waiting {
    outlook: Outlook,
    /// Counts, NaN where an expert had nothing to say.
    experts: [f32; EXPERTS],
}

const NOTHING: Waiting = Waiting { outlook: Outlook { centre: f32::NAN, scale: 1.0 }, experts: [f32::NAN; EXPERTS] };

/// Everything that moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Online {
    pub tick: i64,
    horizons: Vec<usize>,
    slots: usize,
    profile: Profile,
    stream: Stream,
    network: Network,
    dynamics: Dynamics,
    spread: Vec<f32>,
    occasions: Occasions,
    /// Today and tomorrow.
    views: [Vec<f32>; 2],
    day: i64,
    /// Roots of the running day by (slot, series), NaN where missing.
    today: Vec<f32>,
    pub baselines: Baselines,
    /// By (series, horizon).
    pub guards: Vec<Guard>,
    /// By horizon.
    pub calibrations: Vec<Calibration>,
    /// By (series, horizon).
    pub now: Vec<Outlook>,
    /// By horizon: a ring of as many ticks as it is long, each by series.
    waiting: Vec<Vec<Waiting>>,
    /// Running mean absolute scaled error of each series at the shortest horizon.
    heat: Vec<f32>,
    /// Scaled error of each series at the shortest horizon in the last tick, NaN where there was none.
    pub innovations: Vec<f32>,
    /// Standardised residual of each series about the shape of the day in the last tick, NaN where missing.
    pub residuals: Vec<f32>,
}

/// Whether calibration follows what comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Following {
    /// Yes: forecasts were made ahead.
    Ahead,
    /// No: the days were learned from.
    Learned,
}

impl Online {
    pub(crate) fn new(
        training: &Training<'_>,
        (fitted, calibrations, guards): (Fitted, Vec<Calibration>, Vec<Guard>),
        baselines: Baselines,
        settings: &Settings,
        first_day: i64,
    ) -> Self {
        let series = training.series.len();
        let before = training.days.iter().take_while(|day| day.number < first_day).count();
        let about = (None, first_day);
        let profile = Training::profile(&training.days[..before], &training.prior, training.slots, about);
        let horizons = settings.horizons.clone();
        Self {
            tick: i64::MIN,
            slots: training.slots,
            stream: Stream::new(training.series, fitted.network.count()),
            network: fitted.network,
            dynamics: fitted.dynamics,
            spread: training.spread.clone(),
            occasions: training.occasions.clone(),
            views: [Vec::new(), Vec::new()],
            day: i64::MIN,
            today: vec![f32::NAN; training.slots * series],
            baselines,
            guards,
            calibrations,
            now: vec![Outlook::default(); series * horizons.len()],
            waiting: horizons.iter().map(|ahead| vec![NOTHING; ahead * series]).collect(),
            heat: vec![0.8; series],
            innovations: vec![f32::NAN; series],
            residuals: vec![f32::NAN; series],
            profile,
            horizons,
        }
    }

    /// Takes a tick of the days that were learned from.
    pub(crate) fn warm(&mut self, calendar: &Calendar, series: &[Series], tick: i64, values: &[f32]) {
        self.tick = tick - 1;
        self.step(calendar, series, values, Following::Learned);
    }

    /// Takes the next tick.
    pub(crate) fn observe(&mut self, calendar: &Calendar, series: &[Series], values: &[f32]) {
        self.step(calendar, series, values, Following::Ahead);
    }

    fn step(&mut self, calendar: &Calendar, series: &[Series], values: &[f32], following: Following) {
        self.tick += 1;
        let place = calendar.slot(self.tick);
        if place.day != self.day {
            self.begin_day(calendar, place.day);
        }
        self.settle(values, following);
        let count = series.len();
        for (s, spread) in self.spread.iter().enumerate() {
            let value = values.get(s).copied().filter(|value| *value >= 0.0).unwrap_or(f32::NAN);
            let at = place.slot * count + s;
            self.today[at] = to_root(value);
            self.residuals[s] = (self.today[at] - self.views[0][at]) / spread;
        }
        self.stream.push(&self.residuals, series, &self.network);
        self.baselines.observe(calendar, self.tick, values);
        for horizon in 0..self.horizons.len() {
            self.look_ahead(calendar, series, horizon);
        }
    }

    /// Bytes of what grows with the number of series.
    pub(crate) fn bytes(&self) -> usize {
        let own: usize = self.calibrations.iter().map(Calibration::numbers).sum();
        let views: usize = self.views.iter().map(Vec::len).sum();
        let waiting: usize = self.waiting.iter().map(|ring| size_of::<Waiting>() * ring.len()).sum();
        let floats = self.profile.numbers()
            + self.stream.numbers()
            + self.dynamics.own.len()
            + self.dynamics.effects.len()
            + own
            + views
            + self.today.len()
            + 4 * self.spread.len();
        4 * floats
            + self.baselines.bytes()
            + size_of::<Guard>() * self.guards.len()
            + size_of::<Outlook>() * self.now.len()
            + waiting
    }

    /// Moves the running day into the profile and makes the views of the new one.
    fn begin_day(&mut self, calendar: &Calendar, day: i64) {
        if self.today.iter().any(|root| !root.is_nan()) {
            self.forget_occasions(calendar);
            let mut class = calendar.class(self.day);
            if !calendar.is_said(self.day) {
                class = odd_class(&self.profile, &self.today, class).unwrap_or(class);
            }
            self.profile.age(&self.today);
            self.profile.add(class, &self.today, RECENCY);
        }
        self.today.fill(f32::NAN);
        for (ahead, view) in self.views.iter_mut().enumerate() {
            let day = day + ahead as i64;
            *view = self.profile.view(calendar.class(day));
            self.occasions.add(calendar, day, view, &self.spread);
        }
        self.day = day;
    }

    /// Takes intervals near an event out of the running day, so that they do not enter the shape of days.
    fn forget_occasions(&mut self, calendar: &Calendar) {
        let day = self.day;
        for (slot, row) in self.today.chunks_exact_mut(self.spread.len().max(1)).enumerate() {
            if self.occasions.is_felt(calendar, Slot { day, slot }) {
                row.fill(f32::NAN);
            }
        }
    }

    /// Learns from the forecasts whose target this tick is.
    fn settle(&mut self, values: &[f32], following: Following) {
        let (count, horizons) = (self.spread.len(), self.horizons.len());
        let mut errors = Vec::with_capacity(count);
        for (horizon, ahead) in self.horizons.iter().enumerate() {
            let place = usize::try_from(self.tick.rem_euclid(*ahead as i64)).unwrap_or(0);
            let row = &mut self.waiting[horizon][place * count..(place + 1) * count];
            errors.clear();
            for (s, waiting) in row.iter_mut().enumerate() {
                let value = values.get(s).copied().unwrap_or(f32::NAN);
                if value >= 0.0 && !waiting.outlook.centre.is_nan() {
                    self.guards[s * horizons + horizon].follow(&waiting.experts.map(|expert| (expert - value).abs()));
                    errors.push((s, (to_root(value) - waiting.outlook.centre) / waiting.outlook.scale));
                }
                *waiting = NOTHING;
            }
            if horizon == 0 {
                self.innovations.fill(f32::NAN);
                for (s, error) in &errors {
                    self.innovations[*s] = *error;
                    self.heat[*s] += HEAT_STEP * (error.abs() - self.heat[*s]);
                }
            }
            if following == Following::Ahead {
                self.calibrations[horizon].follow(&errors);
            }
        }
    }

    /// Forecasts all series at a horizon.
    fn look_ahead(&mut self, calendar: &Calendar, series: &[Series], horizon: usize) {
        let (count, horizons, ahead) = (series.len(), self.horizons.len(), self.horizons[horizon]);
        let place = usize::try_from(self.tick.rem_euclid(ahead as i64)).unwrap_or(0);
        let target = calendar.slot(self.tick + ahead as i64);
        let slots = (calendar.slot(self.tick).slot, target.slot);
        let view = usize::from(target.day > self.day);
        let is_known = self.profile.has_seen(calendar.class(target.day));
        let strange = if is_known { 1.0 } else { STRANGE };
        let baseline_target = self.baselines.target(calendar, self.tick, horizon);
        for (s, one) in series.iter().enumerate() {
            let across = one.pair.map(|pair| series[pair].group);
            let bend = bend(&self.views[view], (target.slot, s), &self.spread);
            let mut row = self.stream.features(s, one, across, bend);
            let tiers = self.tiers((s, horizon), &mut row, (view, slots));
            let mut experts = [f32::NAN; EXPERTS];
            experts[0] = tiers.1.map_or(f32::NAN, from_root);
            experts[1] = from_root(tiers.0);
            let baselines = self.baselines.forecast(baseline_target, s);
            for (expert, forecast) in experts[2..].iter_mut().zip(baselines) {
                *expert = forecast.unwrap_or(f32::NAN);
            }
            let centre = centre(&self.guards[s * horizons + horizon], tiers, &experts);
            let heat = (self.heat[s] / HOT).clamp(1.0, 20.0);
            let scale = strange * heat * self.calibrations[horizon].scale(s, centre, self.stream.silent[s]);
            let outlook = Outlook { centre, scale };
            self.now[s * horizons + horizon] = outlook;
            self.waiting[horizon][place * count + s] = Waiting { outlook, experts };
        }
    }

    /// The forecasts of the linear tier and of the trees on it, roots.
    fn tiers(
        &self,
        (s, horizon): (usize, usize),
        row: &mut [f32; WIDTH],
        (view, slots): (usize, (usize, usize)),
    ) -> (f32, Option<f32>) {
        let count = self.spread.len();
        let forecast = self.dynamics.linear((s, horizon), row, &self.stream.factors);
        let base = self.views[view][slots.1 * count + s];
        let linear = base + self.spread[s] * forecast;
        if self.dynamics.boosters.is_empty() {
            return (linear, None);
        }
        let ahead = Ahead {
            forecast,
            base,
            base_now: self.views[0][slots.0 * count + s],
            of_day: slots.1 as f32 / self.slots as f32,
            silent: self.stream.silent[s],
        };
        let features = tree_features(row, ahead.features());
        (linear, Some(linear + self.spread[s] * self.dynamics.trees(horizon, &features)))
    }
}

/// The tiers weighted by their losses, or the baseline that stands in for them; roots.
fn centre(guard: &Guard, (linear, boosted): (f32, Option<f32>), experts: &[f32; EXPERTS]) -> f32 {
    let place = |standing_in| Baseline::ALL.iter().position(|baseline| *baseline == standing_in);
    if let Some(value) = guard.stand_in().and_then(place).map(|at| experts[2 + at]).filter(|value| !value.is_nan()) {
        return to_root(value);
    }
    match boosted {
        Some(boosted) => {
            let share = guard.boosted_share();
            share * boosted + (1.0 - share) * linear
        }
        None => linear,
    }
}
