//! Small dense least squares: sums of products and their solution.
//!
//! Not here: what is regressed on what.
//! Invariant: a system that is not positive definite gives zeros, never a number that is not finite.

use serde::{Deserialize, Serialize};

/// Sums of products of `p` regressors with each other (lower triangle, packed by rows) and with a target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Gram {
    pub p: usize,
    pub xx: Vec<f64>,
    pub xy: Vec<f64>,
    pub weight: f64,
}

impl Gram {
    pub(crate) fn new(p: usize) -> Self {
        Self { p, xx: vec![0.0; p * (p + 1) / 2], xy: vec![0.0; p], weight: 0.0 }
    }

    /// Adds one row with its weight.
    pub(crate) fn add(&mut self, x: &[f32], y: f32, weight: f32) {
        let mut at = 0;
        for (row, left) in x.iter().enumerate() {
            let weighted = f64::from(left * weight);
            for (sum, right) in self.xx[at..=at + row].iter_mut().zip(x) {
                *sum += weighted * f64::from(*right);
            }
            self.xy[row] += weighted * f64::from(y);
            at += row + 1;
        }
        self.weight += f64::from(weight);
    }

    /// Adds another sum, `times` it.
    pub(crate) fn add_scaled(&mut self, other: &Self, times: f64) {
        for (sum, more) in self.xx.iter_mut().zip(&other.xx) {
            *sum += times * more;
        }
        for (sum, more) in self.xy.iter_mut().zip(&other.xy) {
            *sum += times * more;
        }
        self.weight += times * other.weight;
    }

    /// The product of the packed square matrix with a vector.
    pub(crate) fn times(&self, w: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.p];
        let mut at = 0;
        for row in 0..self.p {
            for column in 0..=row {
                let value = self.xx[at + column];
                out[row] += value * w[column];
                if column != row {
                    out[column] += value * w[row];
                }
            }
            at += row + 1;
        }
        out
    }

    /// Ridge solution with one penalty for all regressors.
    pub(crate) fn ridge(&self, penalty: f64) -> Vec<f64> {
        let mut system = self.xx.clone();
        let mut at = 0;
        for row in 0..self.p {
            system[at + row] += penalty;
            at += row + 1;
        }
        solve(&mut system, self.xy.clone())
    }

    /// Ridge solution towards `target`: minimises the squares plus `strength` times the mean squares of `pooled` about
    /// `target`, so that a series with little data keeps the pooled coefficients.
    pub(crate) fn shrunk(&self, pooled: &Self, target: &[f64], strength: f64) -> Vec<f64> {
        let mut sum = self.clone();
        let times = strength / pooled.weight.max(1e-9);
        let pull = pooled.times(target);
        for (value, more) in sum.xx.iter_mut().zip(&pooled.xx) {
            *value += times * more;
        }
        for (value, more) in sum.xy.iter_mut().zip(&pull) {
            *value += times * more;
        }
        sum.ridge(1e-6 * (1.0 + sum.weight))
    }
}

/// Solves a symmetric positive definite system by Cholesky's method; the packed lower triangle is overwritten.
pub(crate) fn solve(system: &mut [f64], mut right: Vec<f64>) -> Vec<f64> {
    if factor(system, right.len()) {
        substitute(system, &mut right);
    } else {
        right.fill(0.0);
    }
    if right.iter().any(|value| !value.is_finite()) {
        right.fill(0.0);
    }
    right
}

/// The Cholesky factor in place; false if the system is not positive definite.
pub(crate) fn factor(system: &mut [f64], p: usize) -> bool {
    let start = |row: usize| row * (row + 1) / 2;
    for row in 0..p {
        for column in 0..=row {
            let (a, b) = (start(row), start(column));
            let mut sum = system[a + column];
            for k in 0..column {
                sum -= system[a + k] * system[b + k];
            }
            if row == column {
                if !(sum > 0.0 && sum.is_finite()) {
                    return false;
                }
                system[a + column] = sum.sqrt();
            } else {
                system[a + column] = sum / system[b + column];
            }
        }
    }
    true
}

/// Forward and back substitution with a factor of [`factor`].
pub(crate) fn substitute(factor: &[f64], right: &mut [f64]) {
    let start = |row: usize| row * (row + 1) / 2;
    for row in 0..right.len() {
        let mut sum = right[row];
        for k in 0..row {
            sum -= factor[start(row) + k] * right[k];
        }
        right[row] = sum / factor[start(row) + row];
    }
    for row in (0..right.len()).rev() {
        let mut sum = right[row];
        for k in row + 1..right.len() {
            sum -= factor[start(k) + row] * right[k];
        }
        right[row] = sum / factor[start(row) + row];
    }
}

/// The scalar product, in four running sums so that the order of addition is fixed and the loop is wide.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 4];
    let (wide_a, wide_b) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f32 = wide_a.remainder().iter().zip(wide_b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in wide_a.zip(wide_b) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_noise_is_found() {
        let mut gram = Gram::new(2);
        for i in 0..20 {
            let x = [i as f32, 1.0];
            gram.add(&x, 3.0 * x[0] - 2.0, 1.0);
        }
        let w = gram.ridge(1e-9);
        assert!((w[0] - 3.0).abs() < 1e-6 && (w[1] + 2.0).abs() < 1e-5, "{w:?}");
    }

    #[test]
    fn a_series_without_data_keeps_the_pooled_coefficients() {
        let mut pooled = Gram::new(2);
        for i in 0..20 {
            let x = [i as f32, 1.0 + (i % 3) as f32];
            pooled.add(&x, x[0] + 2.0 * x[1], 1.0);
        }
        let w = Gram::new(2).shrunk(&pooled, &[1.0, 2.0], 100.0);
        assert!((w[0] - 1.0).abs() < 1e-3 && (w[1] - 2.0).abs() < 1e-3, "{w:?}");
    }

    #[test]
    fn a_system_without_a_solution_gives_zeros() {
        assert_eq!(solve(&mut [0.0, 0.0, 0.0], vec![1.0, 2.0]), [0.0, 0.0]);
    }
}
