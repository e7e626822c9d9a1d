//! Learning the tiers from past days, each judged on days it has not seen.
//!
//! Not here: the shape of days (`training`), the online state (`forecaster`).
//! Invariant: forecasts that calibration is learned from are made by coefficients and trees of *other* days (folds).

use crate::boost::{Binned, BoostSettings, Booster, Rows};
use crate::dynamics::{Ahead, Dynamics, TREE_WIDTH, tree_features};
use crate::linear::{Gram, dot};
use crate::network::{EffectSums, Network};
use crate::profile::{from_root, to_root};
use crate::stream::{CLIP, Stream, WIDTH, bend};
use crate::training::{Origin, Training};

/// Intervals' worth of trust in the pooled coefficients, by series.
const POOLED_TRUST: f64 = 1500.0;
/// Ridge penalty on pooled coefficients.
const POOLED_PENALTY: f64 = 100.0;
/// Silence after which an origin teaches nothing, intervals.
const LONGEST_SILENCE: u16 = 2;
/// Most rows that trees are grown on.
const TREE_ROWS: usize = 160_000;
/// Fewest rows that trees are grown on.
const FEWEST_ROWS: usize = 5_000;
/// Fewest days that trees are grown on: of two unlike days they learn the difference.
const FEWEST_DAYS: usize = 4;
/// Most cases a horizon keeps for calibration.
const CASES: usize = 1_500_000;

/// A forecast of a past interval that was made without knowing its day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub series: u32,
    pub origin: Origin,
    /// Intervals since the series was last observed.
    pub silent: u16,
    /// Forecast of the linear tier and of the trees on it, roots.
    pub linear: f32,
    pub boosted: f32,
    /// What came, roots.
    pub root: f32,
}

/// What was learned.
pub(crate) struct Fitted {
    pub network: Network,
    pub dynamics: Dynamics,
    /// By horizon.
    pub cases: Vec<Vec<Case>>,
}

/// Coefficients with each fold left out, and the whole.
struct Folded<T> {
    without: Vec<T>,
    whole: T,
}

/// Learns from past days; `horizons` in intervals.
pub(crate) fn fit(training: &Training<'_>, horizons: &[usize], boost: Option<&BoostSettings>) -> Fitted {
    let network = learn_network(training);
    let effects = effects(training, &network, horizons);
    let own = own(training, &network, horizons, &effects);
    let tiers = Folded {
        without: (0..training.folds())
            .map(|fold| dynamics(horizons, &network, &effects.without[fold], &own.without[fold]))
            .collect(),
        whole: dynamics(horizons, &network, &effects.whole, &own.whole),
    };
    let mut whole = tiers.whole;
    let mut cases = Vec::new();
    for (horizon, ahead) in horizons.iter().enumerate() {
        let mut gathered = gather(training, &network, (horizon, *ahead), &tiers.without);
        if let Some(settings) = boost
            && gathered.cases.len() >= FEWEST_ROWS
            && training.days.len() >= FEWEST_DAYS
        {
            whole.boosters.push(boosted(training, &mut gathered, settings));
        }
        cases.push(gathered.cases);
    }
    Fitted { network, dynamics: whole, cases }
}

fn learn_network(training: &Training<'_>) -> Network {
    let count = training.series.len();
    let rows: Vec<f32> = (training.days.iter())
        .flat_map(|day| day.residuals.chunks_exact(count.max(1)))
        .filter(|row| row.iter().any(|value| !value.is_nan()))
        .flatten()
        .map(|value| if value.is_nan() { 0.0 } else { value.clamp(-CLIP, CLIP) })
        .collect();
    Network::learn(count, &rows)
}

fn dynamics(horizons: &[usize], network: &Network, effects: &[Vec<f32>], own: &[f32]) -> Dynamics {
    let (factors, count) = (2 * network.count(), horizons.len());
    let series = own.len() / (WIDTH * count).max(1);
    let mut by_series = Vec::with_capacity(series * count * factors);
    for s in 0..series {
        for of_horizon in effects {
            by_series.extend_from_slice(&of_horizon[s * factors..(s + 1) * factors]);
        }
    }
    Dynamics { horizons: count, factors, own: own.to_vec(), effects: by_series, boosters: Vec::new() }
}

/// The factors' effects by horizon, (series, factor).
fn effects(training: &Training<'_>, network: &Network, horizons: &[usize]) -> Folded<Vec<Vec<f32>>> {
    let (factors, series) = (2 * network.count(), training.series.len());
    let empty = || horizons.iter().map(|_| EffectSums::new(factors, series)).collect::<Vec<_>>();
    let mut sums: Vec<Vec<EffectSums>> = (0..training.folds()).map(|_| empty()).collect();
    training.walk(network, |origin, stream| {
        for (horizon, ahead) in horizons.iter().enumerate() {
            if let Some(target) = training.target(origin, *ahead)
                && stream.silent.iter().any(|silent| *silent <= LONGEST_SILENCE)
            {
                sums[training.fold(origin.day)][horizon].add(&stream.factors, training.residuals(target));
            }
        }
    });
    let solved = |without: Option<usize>| {
        let of = |horizon: usize| {
            let mut total = EffectSums::new(factors, series);
            for (_, of_fold) in sums.iter().enumerate().filter(|(fold, _)| Some(*fold) != without) {
                total.add_scaled(&of_fold[horizon], 1.0);
            }
            total.solve()
        };
        (0..horizons.len()).map(of).collect()
    };
    Folded { without: (0..training.folds()).map(|fold| solved(Some(fold))).collect(), whole: solved(None) }
}

/// The features of a series at an origin.
fn features(training: &Training<'_>, stream: &Stream, s: usize, target: Origin) -> [f32; WIDTH] {
    let one = &training.series[s];
    let across = one.pair.map(|pair| training.series[pair].group);
    let bend = bend(&training.days[target.day].base, (target.slot, s), &training.spread);
    stream.features(s, one, across, bend)
}

/// The weight of a case.
fn weight(training: &Training<'_>, target: Origin, s: usize) -> f32 {
    training.days[target.day].weights[target.slot * training.series.len() + s]
}

/// Own coefficients by (series, horizon, feature).
fn own(
    training: &Training<'_>,
    network: &Network,
    horizons: &[usize],
    effects: &Folded<Vec<Vec<f32>>>,
) -> Folded<Vec<f32>> {
    let (folds, count, series) = (training.folds(), horizons.len(), training.series.len());
    let factors = 2 * network.count();
    let mut grams = vec![Gram::new(WIDTH); folds * count * series];
    training.walk(network, |origin, stream| {
        let fold = training.fold(origin.day);
        for (horizon, ahead) in horizons.iter().enumerate() {
            let Some(target) = training.target(origin, *ahead) else { continue };
            for s in 0..series {
                let residual = training.residual(target, s);
                if residual.is_nan() || stream.silent[s] > LONGEST_SILENCE {
                    continue;
                }
                let mut row = features(training, stream, s, target);
                let effect = &effects.without[fold][horizon][s * factors..(s + 1) * factors];
                row[WIDTH - 1] = dot(effect, &stream.factors);
                let gram = &mut grams[(fold * count + horizon) * series + s];
                gram.add(&row, residual.clamp(-CLIP, CLIP), weight(training, target, s));
            }
        }
    });
    let solved = |without: Option<usize>| {
        let mut out = vec![0.0; series * count * WIDTH];
        for horizon in 0..count {
            let of_series = |s: usize| {
                let mut sum = Gram::new(WIDTH);
                for fold in (0..folds).filter(|fold| Some(*fold) != without) {
                    sum.add_scaled(&grams[(fold * count + horizon) * series + s], 1.0);
                }
                sum
            };
            let mut pooled = Gram::new(WIDTH);
            (0..series).for_each(|s| pooled.add_scaled(&of_series(s), 1.0));
            let centre = pooled.ridge(POOLED_PENALTY);
            for s in 0..series {
                let coefficients = of_series(s).shrunk(&pooled, &centre, POOLED_TRUST);
                let place = (s * count + horizon) * WIDTH;
                for (to, from) in out[place..place + WIDTH].iter_mut().zip(&coefficients) {
                    *to = *from as f32;
                }
            }
        }
        out
    };
    Folded { without: (0..folds).map(|fold| solved(Some(fold))).collect(), whole: solved(None) }
}

/// Cases of a horizon with what the trees see.
struct Gathered {
    cases: Vec<Case>,
    rows: Vec<f32>,
    /// What the linear tier left, standardised.
    left: Vec<f32>,
    weights: Vec<f32>,
}

/// Forecasts of the linear tier by folds.
fn gather(
    training: &Training<'_>,
    network: &Network,
    (horizon, ahead): (usize, usize),
    tiers: &[Dynamics],
) -> Gathered {
    let series = training.series.len();
    let origins = training.days.len() * training.slots;
    let stride = (origins * series).div_ceil(CASES).max(1);
    let mut out = Gathered { cases: Vec::new(), rows: Vec::new(), left: Vec::new(), weights: Vec::new() };
    training.walk(network, |origin, stream| {
        let Some(target) = training.target(origin, ahead) else { return };
        if !(origin.day * training.slots + origin.slot).is_multiple_of(stride) {
            return;
        }
        let tier = &tiers[training.fold(origin.day)];
        for s in 0..series {
            let residual = training.residual(target, s);
            if residual.is_nan() {
                continue;
            }
            let mut row = features(training, stream, s, target);
            let forecast = tier.linear((s, horizon), &mut row, &stream.factors);
            let at = target.slot * series + s;
            let day = &training.days[target.day];
            let base = day.base[at];
            let linear = base + training.spread[s] * forecast;
            let ahead = Ahead {
                forecast,
                base,
                base_now: training.days[origin.day].base[origin.slot * series + s],
                of_day: target.slot as f32 / training.slots as f32,
                silent: stream.silent[s],
            };
            out.rows.extend_from_slice(&tree_features(&row, ahead.features()));
            out.left.push((residual - forecast).clamp(-CLIP, CLIP));
            out.weights.push(weight(training, target, s));
            let root = day.roots[at];
            let silent = stream.silent[s];
            out.cases.push(Case { series: s as u32, origin, silent, linear, boosted: linear, root });
        }
    });
    out
}

/// Trees on all days; cases get the forecasts of trees of other days.
fn boosted(training: &Training<'_>, gathered: &mut Gathered, settings: &BoostSettings) -> Booster {
    let Gathered { cases, rows, left, weights } = gathered;
    let binned = Binned::new(TREE_WIDTH, rows);
    let stride = cases.len().div_ceil(TREE_ROWS).max(1);
    let grown = |cases: &[Case], without: Option<usize>| {
        let weights: Vec<f32> = (cases.iter().enumerate())
            .map(|(at, case)| {
                let left_out = Some(training.fold(case.origin.day)) == without || !at.is_multiple_of(stride);
                if left_out { 0.0 } else { weights[at] }
            })
            .collect();
        Booster::fit(&Rows { binned: &binned, targets: left, weights: &weights }, settings)
    };
    for fold in 0..training.folds() {
        let booster = grown(cases, Some(fold));
        for (case, row) in cases.iter_mut().zip(rows.chunks_exact(TREE_WIDTH)) {
            if training.fold(case.origin.day) == fold {
                case.boosted = case.linear + training.spread[case.series as usize] * booster.predict(row);
            }
        }
    }
    grown(cases, None)
}

impl Case {
    /// The count that came.
    pub(crate) fn value(&self) -> f32 {
        from_root(self.root)
    }

    /// The absolute errors of both tiers, counts.
    pub(crate) fn errors(&self) -> [f32; 2] {
        [self.boosted, self.linear].map(|root| (from_root(root) - self.value()).abs())
    }

    /// The root of a count.
    pub(crate) fn root_of(value: f32) -> f32 {
        to_root(value)
    }
}
