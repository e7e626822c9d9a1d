//! Joint paths over horizons and series: fans put together as errors went together on past days.
//!
//! Not here: the fans.
//! Invariant: over all templates each series and horizon takes every rank once, so that paths have the fan's margins.
//!
//! The Schaake shuffle (Clark et al. 2004): ranks of the errors of past origins are the template for the ranks of the
//! quantiles now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calibrate::Calibration;
use crate::chance::{SPLIT_MIX_STEP, split_mix};
use crate::fit::Case;

/// Past origins that ranks are taken from.
pub(crate) const TEMPLATES: usize = 64;

/// Ranks of past errors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Templates {
    count: usize,
    /// By (series, horizon, template).
    ranks: Vec<u8>,
}

impl Templates {
    /// Takes origins evenly from those that most series were observed at.
    pub(crate) fn learn(cases: &[Vec<Case>], calibrations: &[Calibration], series: usize) -> Self {
        let mut seen: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for case in cases.last().into_iter().flatten().filter(|case| case.silent == 0) {
            *seen.entry((case.origin.day, case.origin.slot)).or_default() += 1;
        }
        let usable: Vec<(usize, usize)> =
            seen.iter().filter(|(_, count)| **count * 2 > series).map(|(origin, _)| *origin).collect();
        let count = usable.len().min(TEMPLATES);
        let chosen: BTreeMap<(usize, usize), usize> =
            (0..count).map(|at| (usable[at * usable.len() / count.max(1)], at)).collect();
        let mut ranks = Vec::with_capacity(series * cases.len() * count);
        let mut errors = vec![0.0_f32; series * cases.len() * count];
        for (horizon, (cases, calibration)) in cases.iter().zip(calibrations).enumerate() {
            for case in cases {
                if let Some(at) = chosen.get(&(case.origin.day, case.origin.slot)) {
                    let s = case.series as usize;
                    let scale = calibration.scale(s, case.boosted, case.silent);
                    errors[(s * calibrations.len() + horizon) * count + at] = (case.root - case.boosted) / scale;
                }
            }
        }
        for errors in errors.chunks_exact(count.max(1)) {
            let mut order: Vec<usize> = (0..count).collect();
            order.sort_by(|a, b| errors[*a].total_cmp(&errors[*b]).then(a.cmp(b)));
            let mut own = vec![0_u8; count];
            for (rank, at) in order.into_iter().enumerate() {
                own[at] = rank as u8;
            }
            ranks.extend(own);
        }
        Self { count, ranks }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The share of the distribution that a template takes at a (series, horizon) place.
    pub(crate) fn share(&self, place: usize, template: usize) -> f32 {
        (f32::from(self.ranks[place * self.count + template]) + 0.5) / self.count as f32
    }

    /// Bytes held for the series.
    pub(crate) fn bytes(&self) -> usize {
        self.ranks.len()
    }
}

/// The order in which templates are drawn, from a seed.
pub(crate) fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = seed;
    for at in (1..count).rev() {
        order.swap(at, (split_mix(state) % (at as u64 + 1)) as usize);
        state = state.wrapping_add(SPLIT_MIX_STEP);
    }
    order
}

/// The value at a share of a fan, by lines between its levels; beyond the outer levels the outer values stand.
pub(crate) fn at_share(levels: &[f32], fan: &[f32], share: f32) -> f32 {
    let place = levels.partition_point(|level| *level < share);
    if place == 0 || place == levels.len() {
        return fan[place.min(levels.len() - 1)];
    }
    let part = (share - levels[place - 1]) / (levels[place] - levels[place - 1]);
    fan[place - 1] + part * (fan[place] - fan[place - 1])
}
