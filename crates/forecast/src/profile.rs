//! The shape of days: what a series has at an interval of a day, by the class of the day.
//!
//! Not here: what happens today beside the shape (`stream`, `dynamics`).
//! Invariant: an estimate is finite for every series, slot and class, also for those never seen.
//!
//! Values are taken to the scale `z = √(y + 3/8)`, on which counts have nearly the same spread at every level (Anscombe
//! 1948). On it the mean of a weekday is shrunk to that of its day type, that to the mean of all days, and that to the
//! shape which the series' group has in common, scaled to the series. Older days count less, by [`RECENCY`] a day.

use serde::{Deserialize, Serialize};

use crate::calendar::{CLASSES, DayClass, DayType};

/// Added under the root (Anscombe 1948).
const OFFSET: f32 = 0.375;
/// Weight of a day against the next one.
pub(crate) const RECENCY: f32 = 0.9;
/// Days' worth of trust in the common shape, in all days, and in the day type.
const TRUST: [f32; 3] = [0.3, 0.1, 2.0];

/// The variance-stabilising scale.
pub(crate) fn to_root(value: f32) -> f32 {
    (value + OFFSET).sqrt()
}

/// Back from it; never negative.
pub(crate) fn from_root(root: f32) -> f32 {
    let root = root.max(0.0);
    (root * root - OFFSET).max(0.0)
}

/// Weighted sums of roots by class, slot and series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Profile {
    slots: usize,
    series: usize,
    /// By (class, slot, series).
    sums: Vec<f32>,
    weights: Vec<f32>,
    /// Whether a day of each type was ever seen.
    seen: [bool; 2],
    /// The expected root of a (slot, series) by the common shape.
    prior: Prior,
}

/// The common shape of each group and the level of each series in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Prior {
    groups: Vec<usize>,
    /// By (group, slot).
    shape: Vec<f32>,
    /// By series.
    level: Vec<f32>,
}

impl Prior {
    /// The common shape of the days in `roots` (rows of (slot, series), NaN where missing).
    pub(crate) fn learn(groups: &[usize], slots: usize, roots: &[f32]) -> Self {
        let series = groups.len();
        let group_count = groups.iter().max().map_or(1, |last| last + 1);
        let mean = means(series, roots);
        let (mut shape, mut counts) = (vec![0.0_f32; group_count * slots], vec![0.0_f32; group_count * slots]);
        for (row, values) in roots.chunks_exact(series.max(1)).enumerate() {
            for ((value, mean), group) in values.iter().zip(&mean).zip(groups) {
                if !value.is_nan() && *mean > 0.0 {
                    shape[group * slots + row % slots] += value / mean;
                    counts[group * slots + row % slots] += 1.0;
                }
            }
        }
        for (sum, count) in shape.iter_mut().zip(&counts) {
            *sum = (*sum + 1.0) / (count + 1.0);
        }
        let (mut up, mut down) = (vec![0.0_f32; series], vec![0.0_f32; series]);
        for (row, values) in roots.chunks_exact(series.max(1)).enumerate() {
            for (s, value) in values.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
                up[s] += value;
                down[s] += shape[groups[s] * slots + row % slots];
            }
        }
        let level = up.iter().zip(&down).map(|(up, down)| if *down > 0.0 { up / down } else { 0.0 }).collect();
        Self { groups: groups.to_vec(), shape, level }
    }

    fn at(&self, slots: usize, slot: usize, series: usize) -> f32 {
        self.shape[self.groups[series] * slots + slot] * self.level[series]
    }
}

/// Mean root of each series.
fn means(series: usize, roots: &[f32]) -> Vec<f32> {
    let (mut sums, mut counts) = (vec![0.0_f64; series], vec![0.0_f64; series]);
    for values in roots.chunks_exact(series.max(1)) {
        for (s, value) in values.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
            sums[s] += f64::from(*value);
            counts[s] += 1.0;
        }
    }
    sums.iter().zip(&counts).map(|(sum, count)| (sum / count.max(1.0)) as f32).collect()
}

impl Profile {
    pub(crate) fn new(slots: usize, prior: Prior) -> Self {
        let series = prior.groups.len();
        let cells = CLASSES * slots * series;
        Self { slots, series, sums: vec![0.0; cells], weights: vec![0.0; cells], seen: [false; 2], prior }
    }

    /// Numbers held for the series.
    pub(crate) fn numbers(&self) -> usize {
        self.sums.len() + self.weights.len() + self.series
    }

    /// Adds a day (roots by (slot, series), NaN where missing) with its weight.
    pub(crate) fn add(&mut self, class: DayClass, roots: &[f32], weight: f32) {
        self.seen[class.day_type().index()] = true;
        let cells = self.slots * self.series;
        let from = class.index() * cells;
        let sums = self.sums[from..from + cells].iter_mut().zip(&mut self.weights[from..from + cells]);
        for ((sum, total), root) in sums.zip(roots) {
            if !root.is_nan() {
                *sum += weight * root;
                *total += weight;
            }
        }
    }

    /// Lets the weight of all days fall by one day, for the series that said anything on it.
    pub(crate) fn age(&mut self, roots: &[f32]) {
        let mut spoke = vec![false; self.series];
        for row in roots.chunks_exact(self.series.max(1)) {
            for (spoke, root) in spoke.iter_mut().zip(row) {
                *spoke |= !root.is_nan();
            }
        }
        let factors: Vec<f32> = spoke.iter().map(|spoke| if *spoke { RECENCY } else { 1.0 }).collect();
        let rows =
            self.sums.chunks_exact_mut(self.series.max(1)).zip(self.weights.chunks_exact_mut(self.series.max(1)));
        for (sums, weights) in rows {
            for ((sum, weight), factor) in sums.iter_mut().zip(weights).zip(&factors) {
                *sum *= factor;
                *weight *= factor;
            }
        }
    }

    /// Whether a day of this type was ever seen.
    pub(crate) fn has_seen(&self, class: DayClass) -> bool {
        self.seen[class.day_type().index()]
    }

    /// The root that is expected of each (slot, series) on a day of this class.
    pub(crate) fn view(&self, class: DayClass) -> Vec<f32> {
        let mut view = Vec::with_capacity(self.slots * self.series);
        for slot in 0..self.slots {
            for series in 0..self.series {
                view.push(self.estimate(slot, series, class));
            }
        }
        view
    }

    /// How far a day lies from each day type (mean square, roots), and how many days of each type there are; `None`
    /// where a type or the day has no data.
    pub(crate) fn likeness(&self, roots: &[f32]) -> [Option<f64>; 2] {
        let cells = self.slots * self.series;
        let mut squares = [0.0_f64; 2];
        let mut count = 0.0_f64;
        for (at, root) in roots.iter().enumerate().filter(|(_, root)| !root.is_nan()) {
            let mut sums = [0.0_f32; 2];
            let mut weights = [0.0_f32; 2];
            for class in 0..CLASSES {
                let day_type = usize::from(class >= 5);
                sums[day_type] += self.sums[class * cells + at];
                weights[day_type] += self.weights[class * cells + at];
            }
            if weights[0] > 0.0 && weights[1] > 0.0 {
                for day_type in 0..2 {
                    let error = f64::from(root - sums[day_type] / weights[day_type]);
                    squares[day_type] += error * error;
                }
                count += 1.0;
            }
        }
        squares.map(|sum| (count > 0.0).then(|| sum / count))
    }

    fn estimate(&self, slot: usize, series: usize, class: DayClass) -> f32 {
        let (cells, at) = (self.slots * self.series, slot * self.series + series);
        let (mut all, mut of_type) = ((0.0_f32, 0.0_f32), (0.0_f32, 0.0_f32));
        let day_type = class.day_type();
        for other in 0..CLASSES {
            let (sum, weight) = (self.sums[other * cells + at], self.weights[other * cells + at]);
            all.0 += sum;
            all.1 += weight;
            if (other >= 5) == (day_type == DayType::Off) {
                of_type.0 += sum;
                of_type.1 += weight;
            }
        }
        let shrunk = |(sum, weight): (f32, f32), to: f32, trust: f32| (sum + trust * to) / (weight + trust);
        let all = shrunk(all, self.prior.at(self.slots, slot, series), TRUST[0]);
        let of_type = shrunk(of_type, all, TRUST[1]);
        let own = class.index() * cells + at;
        shrunk((self.sums[own], self.weights[own]), of_type, TRUST[2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekday_never_seen_takes_the_day_type_and_a_series_never_seen_the_common_shape() {
        let calendar = crate::Calendar::new(city::Span::from_seconds(43_200), city::Time::from_seconds(0), 0);
        let (thursday, friday) = (calendar.class(0), calendar.class(1));
        let roots = [2.0, f32::NAN, 4.0, f32::NAN];
        let mut profile = Profile::new(2, Prior::learn(&[0, 0], 2, &roots));
        profile.add(thursday, &roots, 1.0);
        let view = profile.view(friday);
        assert!((view[0] - 2.0).abs() < 0.2 && (view[2] - 4.0).abs() < 0.2, "{view:?}");
        assert!(view[1].abs() < 1e-9, "a series that never said anything has no level");
        assert!(view.iter().all(|value| value.is_finite()));
    }
}
