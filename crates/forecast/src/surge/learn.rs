//! What is learned of the residuals of past days, and how a row of values becomes evidence.
//!
//! Not here: shapes (`shape`), the state of a series (`filter`).
//! Invariant: a past day is held against the shape of the other blocks alone, so that evidence is as large in training
//! as it will be ahead.

use serde::{Deserialize, Serialize};

use super::filter::{Detector, Evidence, Rates, State};
use super::shape::{MAD_TO_SPREAD, PastDay, Shaper, median};
use super::threshold::Trace;
use crate::history::Series;
use crate::profile::from_root;

/// Fewest series with values of which a group's median is taken.
const NETWORK_LEAST: usize = 8;
/// Ticks' worth of trust in no part in the network's median.
const LOADING_TRUST: f32 = 20.0;
/// Values' worth of trust in the scale of all series.
const SCALE_TRUST: f32 = 100.0;
/// Largest standardised residual that is let in.
const CLIP: f32 = 12.0;
/// Least scale of an innovation.
const LEAST_SCALE: f32 = 0.3;

/// Scales and loadings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Learned {
    pub rates: Rates,
    groups: Vec<usize>,
    /// By (slot, series), roots.
    spread: Vec<f32>,
    /// By series: part in the median residual of the group.
    loadings: Vec<f32>,
    /// By series: scale of the innovation, standardised residuals.
    scales: Vec<f32>,
    /// Of the level, in what is expected.
    gain: f32,
    /// By series: mean of past values.
    pub means: Vec<f32>,
}

/// A day of values to take, by (slot, series), with the shape it is held against.
pub(crate) struct Held<'a> {
    pub day: &'a PastDay,
    pub base: Vec<f32>,
}

/// Evidence of one tick and series, by `Detector::ALL`.
pub(crate) type Readings = [f32; Detector::ALL.len()];

impl Learned {
    /// Learns from days that are held against the shape of others.
    pub(crate) fn new(shaper: &Shaper<'_>, held: &[Held<'_>], series: &[Series]) -> Self {
        let residuals: Vec<Vec<f32>> = (held.iter())
            .map(|held| {
                let of_slot = |at: usize| held.day.is_felt[at / shaper.series.max(1)];
                let cells = held.day.roots.iter().zip(&held.base).enumerate();
                cells.map(|(at, (root, base))| if of_slot(at) { f32::NAN } else { root - base }).collect()
            })
            .collect();
        let count = series.len();
        let mut learned = Self {
            rates: Rates::new(shaper.cadence_s),
            groups: series.iter().map(|one| one.group).collect(),
            spread: shaper.spread(&residuals),
            loadings: vec![0.0; count],
            scales: vec![1.0; count],
            gain: 0.0,
            means: means(held, count),
        };
        learned.learn_loadings(held);
        learned.learn_scales(held);
        learned
    }

    fn learn_loadings(&mut self, held: &[Held<'_>]) {
        let count = self.loadings.len();
        let (mut products, mut squares) = (vec![0.0_f32; count], vec![0.0_f32; count]);
        for held in held {
            for slot in 0..held.day.is_felt.len() {
                let residuals = self.standard(slot, held.row(slot, count));
                let medians = self.medians(&residuals);
                for (s, residual) in residuals.iter().enumerate().filter(|(_, residual)| !residual.is_nan()) {
                    let network = medians[self.groups[s]];
                    products[s] += residual.clamp(-4.0, 4.0) * network;
                    squares[s] += network * network;
                }
            }
        }
        for (s, loading) in self.loadings.iter_mut().enumerate() {
            *loading = products[s] / (squares[s] + LOADING_TRUST);
        }
    }

    fn learn_scales(&mut self, held: &[Held<'_>]) {
        let count = self.loadings.len();
        let (mut product, mut square) = (0.0_f64, 1.0_f64);
        let mut pairs: Vec<Vec<(f32, f32)>> = vec![Vec::new(); count];
        let mut states = vec![State::default(); count];
        walk(held, |held, slot, is_break| {
            if is_break {
                states.fill(State::default());
            }
            let residuals = self.residuals(slot, held.row(slot, count));
            for (s, (residual, state)) in residuals.iter().zip(&mut states).enumerate() {
                let value = (!residual.is_nan()).then_some((*residual, residual - state.level()));
                if value.is_some() && !held.day.is_felt[slot] {
                    let clipped = residual.clamp(-3.0, 3.0);
                    product += f64::from(clipped * state.level());
                    square += f64::from(state.level() * state.level());
                    pairs[s].push((*residual, state.level()));
                }
                state.observe(value, &self.rates);
            }
        });
        self.gain = (product / square).clamp(0.0, 1.0) as f32;
        let sizes = |of: &[(f32, f32)]| -> Vec<f32> {
            of.iter().map(|(residual, level)| (residual - self.gain * level).abs()).collect()
        };
        let mut all: Vec<f32> = pairs.iter().flat_map(|of| sizes(of)).collect();
        let all = median(&mut all).map_or(1.0, |size| MAD_TO_SPREAD * size);
        let scales = pairs.iter().map(|of| {
            let own = median(&mut sizes(of)).map_or(all, |size| MAD_TO_SPREAD * size);
            let trust = of.len() as f32 / (of.len() as f32 + SCALE_TRUST);
            (trust * own * own + (1.0 - trust) * all * all).sqrt().max(LEAST_SCALE)
        });
        self.scales = scales.collect();
    }

    /// Evidence of a row of roots (with the shape it is held against), by series; NaN where there is no value.
    pub(crate) fn observe(&self, states: &mut [State], slot: usize, row: Row<'_>) -> Vec<Readings> {
        let residuals = self.residuals(slot, row);
        let mut out = Vec::with_capacity(states.len());
        for (s, (residual, state)) in residuals.iter().zip(states).enumerate() {
            let innovation = (residual - state.expected(self.gain)) / self.scales[s];
            let value = (!residual.is_nan()).then_some((*residual, innovation));
            let evidence = state.observe(value, &self.rates);
            out.push(match value {
                Some(_) => self.readings(evidence, from_root(row.roots[s]), s),
                None => [f32::NAN; Detector::ALL.len()],
            });
        }
        out
    }

    fn readings(&self, evidence: Evidence, value: f32, series: usize) -> Readings {
        Detector::ALL.map(|detector| match detector {
            Detector::Combined => evidence.combined(),
            Detector::Markov => evidence.markov,
            Detector::Cusum => evidence.cusum,
            Detector::Static => value / self.means[series].max(1e-3),
        })
    }

    /// Roots that make a series' state's lift.
    pub(crate) fn root_lift(&self, state: &State, slot: usize, series: usize) -> f32 {
        state.lift() * self.scales[series] * self.spread[slot * self.scales.len() + series]
    }

    /// Standardised residuals without the network's part.
    fn residuals(&self, slot: usize, row: Row<'_>) -> Vec<f32> {
        let mut residuals = self.standard(slot, row);
        let medians = self.medians(&residuals);
        for (s, residual) in residuals.iter_mut().enumerate() {
            *residual -= self.loadings[s] * medians[self.groups[s]];
        }
        residuals
    }

    fn standard(&self, slot: usize, row: Row<'_>) -> Vec<f32> {
        let spread = &self.spread[slot * self.loadings.len()..];
        let cells = row.roots.iter().zip(row.base).zip(spread);
        cells.map(|((root, base), spread)| ((root - base) / spread).clamp(-CLIP, CLIP)).collect()
    }

    /// The median residual of each group with enough values, else 0.
    fn medians(&self, residuals: &[f32]) -> Vec<f32> {
        let groups = self.groups.iter().max().map_or(1, |last| last + 1);
        let mut of_group = Vec::new();
        (0..groups)
            .map(|group| {
                of_group.clear();
                let members = residuals.iter().zip(&self.groups).filter(|(_, other)| **other == group);
                of_group.extend(members.map(|(residual, _)| *residual).filter(|residual| !residual.is_nan()));
                if of_group.len() < NETWORK_LEAST { 0.0 } else { median(&mut of_group).unwrap_or(0.0) }
            })
            .collect()
    }

    /// Traces of evidence of all detectors and series over days: by detector, then series.
    pub(crate) fn traces(&self, held: &[Held<'_>]) -> Vec<Vec<Trace>> {
        let count = self.loadings.len();
        let empty = || (0..count).map(|_| Trace { evidence: Vec::new(), is_felt: Vec::new() }).collect::<Vec<_>>();
        let mut traces: Vec<Vec<Trace>> = Detector::ALL.iter().map(|_| empty()).collect();
        let mut states = vec![State::default(); count];
        walk(held, |held, slot, is_break| {
            if is_break {
                states.fill(State::default());
            }
            for (s, readings) in self.observe(&mut states, slot, held.row(slot, count)).iter().enumerate() {
                for (of_detector, reading) in traces.iter_mut().zip(readings) {
                    of_detector[s].evidence.push(*reading);
                    of_detector[s].is_felt.push(held.day.is_felt[slot]);
                }
            }
        });
        traces
    }
}

/// Roots and the shape they are held against, by series.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub roots: &'a [f32],
    pub base: &'a [f32],
}

impl Held<'_> {
    pub(crate) fn row(&self, slot: usize, count: usize) -> Row<'_> {
        let cells = slot * count..(slot + 1) * count;
        Row { roots: &self.day.roots[cells.clone()], base: &self.base[cells] }
    }
}

/// Visits every slot of the days in order; says where the day before is not the day before.
pub(crate) fn walk<'a, 'b>(held: &'a [Held<'b>], mut visit: impl FnMut(&'a Held<'b>, usize, bool)) {
    let mut last = None;
    for held in held {
        let is_break = last != Some(held.day.number - 1);
        last = Some(held.day.number);
        for slot in 0..held.day.is_felt.len() {
            visit(held, slot, is_break && slot == 0);
        }
    }
}

/// Mean value of each series.
fn means(held: &[Held<'_>], count: usize) -> Vec<f32> {
    let mut sums = vec![(0.0_f64, 0.0_f64); count];
    for (at, root) in held.iter().flat_map(|held| held.day.roots.iter().enumerate()) {
        if !root.is_nan() {
            let sum = &mut sums[at % count];
            *sum = (sum.0 + f64::from(from_root(*root)), sum.1 + 1.0);
        }
    }
    sums.iter().map(|(sum, seen)| (sum / seen.max(1.0)) as f32).collect()
}
