//! One tree, leaf by leaf, the best split first.
//!
//! Not here: the sum of trees.
//! Invariant: every leaf holds at least the least weight; sums of quantised gradients are exact.

use std::ops::Range;

use super::{BoostSettings, Node, Rows};

/// The sums of quantised gradients (upper 32 bits, signed) and weights (lower 32 bits) in one number, so that one
/// addition does both: neither sum can leave its half.
type Packed = i64;

fn packed(gradient: i64, weight: i64) -> Packed {
    (gradient << 32) + weight
}

fn gradient(sum: Packed) -> f64 {
    (sum >> 32) as f64
}

fn weight(sum: Packed) -> i64 {
    sum & 0xffff_ffff
}

/// The largest sum of quantised values.
const LARGEST_SUM: f64 = 2_147_483_647.0;

/// Grows trees on the same rows.
pub(super) struct Grower<'a> {
    rows: &'a Rows<'a>,
    settings: BoostSettings,
    quantised_weights: Vec<i64>,
    weight_step: f64,
    /// By row.
    quantised: Vec<Packed>,
    /// Rows in use, those of one leaf together.
    order: Vec<u32>,
    width: usize,
    stride: usize,
}

/// A leaf on its way.
struct Leaf {
    node: usize,
    rows: Range<usize>,
    sums: Vec<Packed>,
    total: Packed,
    best: Option<Split>,
}

#[derive(Clone, Copy)]
struct Split {
    gain: f64,
    feature: usize,
    bin: usize,
}

impl<'a> Grower<'a> {
    pub(super) fn new(rows: &'a Rows<'a>, settings: &BoostSettings) -> Self {
        let total: f64 = rows.weights.iter().map(|weight| f64::from(*weight)).sum();
        let weight_step = (total / LARGEST_SUM).max(1e-12);
        let quantised_weights = rows.weights.iter().map(|weight| (f64::from(*weight) / weight_step) as i64).collect();
        let order = (0..rows.weights.len() as u32).filter(|row| rows.weights[*row as usize] > 0.0).collect();
        let width = rows.binned.columns.len();
        let stride = rows.binned.bins.edges.iter().map(|edges| edges.len() + 1).max().unwrap_or(1);
        let quantised = vec![0; rows.weights.len()];
        Self { rows, settings: *settings, quantised_weights, weight_step, quantised, order, width, stride }
    }

    /// Grows a tree on what is left of the targets and takes its part from them.
    pub(super) fn tree(&mut self, left: &mut [f32]) -> Vec<Node> {
        let step = self.quantise(left);
        let mut nodes = vec![Node { value: 0.0, feature: 0, left: 0 }];
        let mut leaves = vec![self.leaf(0, 0..self.order.len(), self.histogram(0..self.order.len()), step)];
        while leaves.len() < self.settings.leaves {
            let gain = |leaf: &Leaf| leaf.best.map_or(f64::MIN, |split| split.gain);
            let best = (0..leaves.len()).reduce(|a, b| if gain(&leaves[b]) > gain(&leaves[a]) { b } else { a });
            let Some((at, split)) = best.and_then(|at| leaves[at].best.map(|split| (at, split))) else { break };
            let parent = leaves.swap_remove(at);
            let children = nodes.len();
            nodes[parent.node] = Node {
                value: self.rows.binned.bins.edges[split.feature][split.bin],
                feature: split.feature as u16,
                left: children as u16,
            };
            nodes.extend([Node { value: 0.0, feature: 0, left: 0 }; 2]);
            leaves.extend(self.split(parent, split, children, step));
        }
        for leaf in &leaves {
            let value = self.value(leaf.total, step) * self.settings.rate;
            nodes[leaf.node].value = value;
            for row in &self.order[leaf.rows.clone()] {
                left[*row as usize] -= value;
            }
        }
        nodes
    }

    /// Weighted gradients as integers beside their weights; the step.
    fn quantise(&mut self, left: &[f32]) -> f64 {
        let weights = self.rows.weights;
        let total: f64 = left.iter().zip(weights).map(|(value, weight)| f64::from((value * weight).abs())).sum();
        let step = (total / LARGEST_SUM).max(1e-12);
        let rows = left.iter().zip(weights).zip(&self.quantised_weights);
        for (sum, ((value, weight), quantised_weight)) in self.quantised.iter_mut().zip(rows) {
            *sum = packed((f64::from(value * weight) / step) as i64, *quantised_weight);
        }
        step
    }

    fn value(&self, total: Packed, step: f64) -> f32 {
        let weight = weight(total) as f64 * self.weight_step + f64::from(self.settings.penalty);
        (gradient(total) * step / weight) as f32
    }

    fn leaf(&self, node: usize, rows: Range<usize>, sums: Vec<Packed>, step: f64) -> Leaf {
        let total = sums[..self.stride].iter().sum();
        let best = self.best(&sums, total, step);
        Leaf { node, rows, sums, total, best }
    }

    fn histogram(&self, rows: Range<usize>) -> Vec<Packed> {
        let mut sums = vec![0; self.width * self.stride];
        let rows = &self.order[rows];
        // Together in memory, because every feature runs through them.
        let values: Vec<Packed> = rows.iter().map(|row| self.quantised[*row as usize]).collect();
        for (column, sums) in self.rows.binned.columns.iter().zip(sums.chunks_exact_mut(self.stride)) {
            for (row, value) in rows.iter().zip(&values) {
                sums[usize::from(column[*row as usize])] += value;
            }
        }
        sums
    }

    fn best(&self, sums: &[Packed], total: Packed, step: f64) -> Option<Split> {
        let penalty = f64::from(self.settings.penalty);
        let least = (f64::from(self.settings.leaf_weight) / self.weight_step) as i64;
        let score = |sum: Packed| {
            let gradient = gradient(sum) * step;
            gradient * gradient / (weight(sum) as f64 * self.weight_step + penalty)
        };
        let whole = score(total);
        let mut best: Option<Split> = None;
        for feature in 0..self.width {
            let mut left = 0;
            let edges = self.rows.binned.bins.edges[feature].len();
            for bin in 0..edges {
                left += sums[feature * self.stride + bin];
                let right = total - left;
                if weight(left) < least || weight(right) < least {
                    continue;
                }
                let gain = score(left) + score(right) - whole;
                if gain > 1e-9 && best.is_none_or(|best| gain > best.gain) {
                    best = Some(Split { gain, feature, bin });
                }
            }
        }
        best
    }

    /// The two children; the smaller one is counted, the larger one is the rest.
    fn split(&mut self, parent: Leaf, split: Split, children: usize, step: f64) -> [Leaf; 2] {
        let column = &self.rows.binned.columns[split.feature];
        let rows = parent.rows.clone();
        let part = &self.order[rows.clone()];
        let goes_left = |row: &u32| usize::from(column[*row as usize]) <= split.bin;
        let (left, right): (Vec<u32>, Vec<u32>) = part.iter().partition(|row| goes_left(row));
        let middle = rows.start + left.len();
        self.order[rows.start..middle].copy_from_slice(&left);
        self.order[middle..rows.end].copy_from_slice(&right);
        let is_left_smaller = left.len() <= right.len();
        let smaller = self.histogram(if is_left_smaller { rows.start..middle } else { middle..rows.end });
        let mut larger = parent.sums;
        for (sum, part) in larger.iter_mut().zip(&smaller) {
            *sum -= part;
        }
        let (left, right) = if is_left_smaller { (smaller, larger) } else { (larger, smaller) };
        [self.leaf(children, rows.start..middle, left, step), self.leaf(children + 1, middle..rows.end, right, step)]
    }
}
