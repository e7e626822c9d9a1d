//! The ordinary shape of days, robust against the surges that past days held, and how far values stray from it.
//!
//! Not here: the shape that forecasts rest on (`profile`), which is a mean and follows from day to day.
//! Invariant: a cell without any past value is NaN, and a value there is no evidence.
//!
//! Values are roots (`profile::to_root`). A cell's shape is the weighted median of past days at this and the neighbouring
//! intervals, then one step of Huber's estimate about it. A spread is 1.4826 times the median absolute residual.

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, DayClass, DayType};
use crate::history::History;
use crate::profile::to_root;

/// Weight of a past day of the same class, of the same day type, and of the other type.
const WEIGHTS: [f32; 3] = [1.0, 0.4, 0.01];
/// Days after which a past day counts half.
const HALF_LIFE_DAYS: f32 = 40.0;
/// Neighbouring intervals lie within this, seconds.
const NEAR_S: i64 = 450;
/// Neighbouring intervals from which a spread is taken lie within this, seconds.
const SPREAD_NEAR_S: i64 = 1800;
/// Values beyond so many spreads of the median count as that far.
const HUBER: f32 = 2.0;
/// A median absolute deviation times this is a standard deviation.
pub(crate) const MAD_TO_SPREAD: f32 = 1.4826;
/// Residuals' worth of trust in a series' own spread at an interval of the day, and in that of all series.
const SLOT_TRUST: f32 = 60.0;
/// Least spread, roots: half of what pure chance makes of a count.
const LEAST_SPREAD: f32 = 0.25;

/// Fewest series whose values say what a day is like, how fast they say it, and how far a value counts at most, roots.
const LIKENESS_LEAST: usize = 8;
const LIKENESS_STEP: f32 = 0.3;
const LIKENESS_CLIP: f32 = 6.0;
/// A day is held against the other day type's shape when errors are below this share of those from its own.
const OTHER_NEARER: f32 = 0.75;

/// A past day.
pub(crate) struct PastDay {
    pub number: i64,
    pub class: DayClass,
    /// The stretch of days that is left out together.
    pub block: i64,
    /// By (slot, series), NaN where missing.
    pub roots: Vec<f32>,
    /// Slots at which a known event is felt.
    pub is_felt: Vec<bool>,
}

impl PastDay {
    /// The days of a history that have any value.
    pub(crate) fn all(history: &History, block_days: i64, is_felt: &dyn Fn(i64) -> bool) -> Vec<Self> {
        let (calendar, count) = (history.calendar(), history.series().len());
        let slots = calendar.slots();
        let mut days: Vec<Self> = Vec::new();
        for tick in history.first_tick()..history.end_tick() {
            let row = history.row(tick);
            if row.iter().all(|value| value.is_nan()) {
                continue;
            }
            let place = calendar.slot(tick);
            if days.last().is_none_or(|day| day.number != place.day) {
                days.push(Self::empty(calendar, place.day, count, block_days));
            }
            if let Some(day) = days.last_mut() {
                let roots = &mut day.roots[place.slot * count..(place.slot + 1) * count];
                roots.iter_mut().zip(row).for_each(|(root, value)| *root = to_root(*value));
                day.is_felt[place.slot] = is_felt(tick);
            }
        }
        debug_assert!(days.iter().all(|day| day.roots.len() == slots * count));
        days
    }

    fn empty(calendar: &Calendar, number: i64, series: usize, block_days: i64) -> Self {
        let slots = calendar.slots();
        Self {
            number,
            class: calendar.class(number),
            // Weeks begin on Monday: 1970-01-01 was a Thursday.
            block: (number + 3).div_euclid(block_days.max(1)),
            roots: vec![f32::NAN; slots * series],
            is_felt: vec![false; slots],
        }
    }
}

/// Which of two shapes a day has been more like so far: that of its class, or that of the other day type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Likeness {
    squares: [f32; 2],
}

impl Likeness {
    /// Takes the roots of a tick; the place of the shape that all values are to be held against.
    pub(crate) fn observe(&mut self, roots: &[f32], shapes: [&[f32]; 2]) -> usize {
        let mut sums = [0.0_f32; 2];
        let mut count = 0_usize;
        for ((root, own), other) in roots.iter().zip(shapes[0]).zip(shapes[1]) {
            let errors = [(root - own).abs(), (root - other).abs()];
            if !errors[0].is_nan() && !errors[1].is_nan() {
                sums.iter_mut().zip(errors).for_each(|(sum, error)| *sum += error.min(LIKENESS_CLIP));
                count += 1;
            }
        }
        if count >= LIKENESS_LEAST {
            for (square, sum) in self.squares.iter_mut().zip(sums) {
                *square += LIKENESS_STEP * (sum / count as f32 - *square);
            }
        }
        usize::from(self.squares[1] < OTHER_NEARER * self.squares[0])
    }
}

/// Learns shapes from some past days.
pub(crate) struct Shaper<'a> {
    pub days: Vec<&'a PastDay>,
    pub slots: usize,
    pub series: usize,
    pub cadence_s: i64,
}

impl Shaper<'_> {
    /// The shape of a day of this class and number, by (slot, series), from the days not of block `without`.
    pub(crate) fn shape(&self, class: DayClass, number: i64, without: Option<i64>) -> Vec<f32> {
        let weighted: Vec<(&PastDay, f32)> = (self.days.iter())
            .filter(|day| Some(day.block) != without)
            .map(|day| (*day, weight(day, class, number)))
            .collect();
        let near = (NEAR_S / self.cadence_s) as usize;
        let mut shape = vec![f32::NAN; self.slots * self.series];
        let mut cell = Vec::new();
        for slot in 0..self.slots {
            let (from, to) = (slot.saturating_sub(near), (slot + near).min(self.slots - 1));
            for series in 0..self.series {
                cell.clear();
                for (day, weight) in &weighted {
                    for at in from..=to {
                        let root = day.roots[at * self.series + series];
                        if !root.is_nan() && !day.is_felt[at] {
                            cell.push((root, *weight));
                        }
                    }
                }
                shape[slot * self.series + series] = centre(&mut cell);
            }
        }
        shape
    }

    /// The shape that a day is held against at each slot: that of its class, or of the other day type while the day is
    /// more like it.
    pub(crate) fn held(&self, day: &PastDay, without: Option<i64>) -> Vec<f32> {
        let mut base = self.shape(day.class, day.number, without);
        if self.series < LIKENESS_LEAST {
            return base;
        }
        let other = self.shape(other_type(day.class), day.number, without);
        let mut likeness = Likeness::default();
        for slot in 0..self.slots {
            let cells = slot * self.series..(slot + 1) * self.series;
            if likeness.observe(&day.roots[cells.clone()], [&base[cells.clone()], &other[cells.clone()]]) == 1 {
                base[cells.clone()].copy_from_slice(&other[cells]);
            }
        }
        base
    }

    /// The spread of residuals, by (slot, series); `residuals` by (day, slot, series), NaN where missing.
    pub(crate) fn spread(&self, residuals: &[Vec<f32>]) -> Vec<f32> {
        let near = (SPREAD_NEAR_S / self.cadence_s) as usize;
        let mut spread = vec![LEAST_SPREAD; self.slots * self.series];
        let mut sizes = Vec::new();
        for series in 0..self.series {
            let cells = |slots: std::ops::RangeInclusive<usize>, sizes: &mut Vec<f32>| {
                sizes.clear();
                for of_day in residuals {
                    let residuals = slots.clone().map(|slot| of_day[slot * self.series + series]);
                    sizes.extend(residuals.filter(|residual| !residual.is_nan()).map(f32::abs));
                }
                median(sizes).unwrap_or(0.0) * MAD_TO_SPREAD
            };
            let own = cells(0..=self.slots - 1, &mut sizes);
            for slot in 0..self.slots {
                let here = cells(slot.saturating_sub(near)..=(slot + near).min(self.slots - 1), &mut sizes);
                let trust = sizes.len() as f32 / (sizes.len() as f32 + SLOT_TRUST);
                let square = trust * here * here + (1.0 - trust) * own * own;
                spread[slot * self.series + series] = square.sqrt().max(LEAST_SPREAD);
            }
        }
        spread
    }
}

/// The class of a day of the other type, out of its weekday.
pub(crate) fn other_type(class: DayClass) -> DayClass {
    match class.day_type() {
        DayType::Work => DayClass::EXTRA_OFF,
        DayType::Off => DayClass::EXTRA_WORK,
    }
}

fn weight(day: &PastDay, class: DayClass, number: i64) -> f32 {
    let kind = if day.class == class {
        WEIGHTS[0]
    } else if day.class.day_type() == class.day_type() {
        WEIGHTS[1]
    } else {
        WEIGHTS[2]
    };
    kind * libm::exp2f(-((day.number - number).abs().min(10_000) as f32) / HALF_LIFE_DAYS)
}

/// The weighted median, then one step of Huber's estimate.
fn centre(cell: &mut [(f32, f32)]) -> f32 {
    cell.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: f32 = cell.iter().map(|(_, weight)| weight).sum();
    let at_share = |share: f32| {
        let mut sum = 0.0;
        let found = cell.iter().find(|(_, weight)| {
            sum += weight;
            sum >= share * total
        });
        found.or(cell.last()).map_or(f32::NAN, |(root, _)| *root)
    };
    let (low, middle, high) = (at_share(0.25), at_share(0.5), at_share(0.75));
    // Half the distance of the quartiles is a median absolute deviation where values lie evenly.
    let reach = HUBER * MAD_TO_SPREAD * 0.5 * (high - low);
    let sum: f32 = cell.iter().map(|(root, weight)| weight * root.clamp(middle - reach, middle + reach)).sum();
    if total > 0.0 { sum / total } else { f32::NAN }
}

/// The median; sorts.
pub(crate) fn median(values: &mut [f32]) -> Option<f32> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let (_, median, _) = values.select_nth_unstable_by(middle, f32::total_cmp);
    Some(*median)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_surges_do_not_move_the_shape() {
        let mut cell: Vec<(f32, f32)> = (0..20).map(|at| (10.0 + (at % 3) as f32, 1.0)).collect();
        let calm = centre(&mut cell);
        cell.iter_mut().take(5).for_each(|(root, _)| *root = 40.0);
        let surged = centre(&mut cell);
        assert!((surged - calm).abs() < 1.2, "{calm} {surged}");
        assert!(centre(&mut []).is_nan());
    }
}
