//! Gradient-boosted trees on binned features: the last tier, on what the linear one leaves.
//!
//! Not here: which features and targets (`fit`).
//! Invariant: the same rows give the same trees; a prediction is finite for finite features.
//!
//! Least-squares boosting (Friedman 2001) with histograms of binned features and the larger child by subtraction
//! (Ke et al. 2017, `LightGBM`). Gradients are quantised to integers (Shi et al. 2022) with the finest step whose sums
//! fit 32 bits, so that sums are exact and do not depend on the order of rows.

mod bins;
mod grow;

use serde::{Deserialize, Serialize};

pub(crate) use bins::Binned;
use grow::Grower;

/// How trees are grown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoostSettings {
    /// Trees of one booster.
    pub trees: usize,
    /// Leaves of a tree.
    pub leaves: usize,
    /// Share of a tree's step that is taken.
    pub rate: f32,
    /// Least weight of rows in a leaf.
    pub leaf_weight: f32,
    /// Penalty on leaf values.
    pub penalty: f32,
}

impl Default for BoostSettings {
    fn default() -> Self {
        Self { trees: 80, leaves: 24, rate: 0.07, leaf_weight: 150.0, penalty: 60.0 }
    }
}

/// A split, or the value of a leaf when `left` is 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Node {
    /// Threshold: features at most this go left; the value in a leaf.
    value: f32,
    feature: u16,
    /// The left child, the right one follows it; 0 in a leaf.
    left: u16,
}

/// Trees whose sum is the prediction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Booster {
    nodes: Vec<Node>,
    roots: Vec<u32>,
}

/// Rows to learn from.
pub(crate) struct Rows<'a> {
    /// Features in use.
    pub binned: &'a Binned,
    /// The target of each row.
    pub targets: &'a [f32],
    /// The weight of each row; rows of weight 0 are left out.
    pub weights: &'a [f32],
}

impl Booster {
    /// Grows the trees.
    pub(crate) fn fit(rows: &Rows<'_>, settings: &BoostSettings) -> Self {
        let mut booster = Self::default();
        let mut left: Vec<f32> = rows.targets.to_vec();
        let mut grower = Grower::new(rows, settings);
        for _ in 0..settings.trees {
            let tree = grower.tree(&mut left);
            if tree.len() <= 1 {
                break;
            }
            booster.roots.push(booster.nodes.len() as u32);
            booster.nodes.extend(tree);
        }
        booster
    }

    /// The sum of the trees.
    pub(crate) fn predict(&self, features: &[f32]) -> f32 {
        let mut sum = 0.0;
        for root in &self.roots {
            let tree = &self.nodes[*root as usize..];
            let mut node = tree[0];
            while node.left != 0 {
                let right = u16::from(features[usize::from(node.feature)] > node.value);
                node = tree[usize::from(node.left + right)];
            }
            sum += node.value;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_in_one_feature_is_learned() {
        let rows: Vec<f32> = (0..4000).flat_map(|i| [(i % 97) as f32, (i % 31) as f32]).collect();
        let targets: Vec<f32> = rows.chunks(2).map(|x| if x[0] > 50.0 { 1.0 } else { -1.0 }).collect();
        let binned = Binned::new(2, &rows);
        let settings = BoostSettings { trees: 60, leaves: 4, rate: 0.2, leaf_weight: 20.0, penalty: 1.0 };
        let weights = vec![1.0; targets.len()];
        let booster = Booster::fit(&Rows { binned: &binned, targets: &targets, weights: &weights }, &settings);
        let high = booster.predict(&[80.0, 3.0]);
        assert!((high - 1.0).abs() < 0.05, "{high} by {} trees", booster.roots.len());
        assert!((booster.predict(&[10.0, 3.0]) + 1.0).abs() < 0.05);
    }

    #[test]
    fn a_constant_target_needs_no_tree() {
        let binned = Binned::new(1, &[1.0, 2.0, 3.0]);
        let rows = Rows { binned: &binned, targets: &[0.0; 3], weights: &[1.0; 3] };
        assert_eq!(Booster::fit(&rows, &BoostSettings::default()), Booster::default());
    }
}
