//! The covariance of one zone's errors: its people and everything that bends what is read of them.
//!
//! Not here: what the indices stand for (layout), the means (ledger and streams), where noise comes from (zone).
//! Invariant: symmetric, no variance below zero; considered errors are never learned (Schmidt 1966).

use serde::{Deserialize, Serialize};

use super::layout::STATES_MAX;

/// The largest variance that is reckoned with, people².
const VARIANCE_MAX: f64 = 1e14;

/// A symmetric matrix of covariances, row by row; index 0 is the people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Filter {
    p: Vec<f64>,
}

/// One term of a measurement: an index and its coefficient.
pub(crate) type Term = (usize, f64);

/// What a measurement taught: how much each state moves, and what was expected of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lesson {
    /// Change of each state for one unit of innovation.
    pub(crate) gain: [f64; STATES_MAX],
}

impl Filter {
    /// Uncorrelated errors with these variances.
    pub(crate) fn diagonal(variances: &[f64]) -> Self {
        let size = variances.len();
        let mut p = vec![0.0; size * size];
        for (ix, variance) in variances.iter().enumerate() {
            p[ix * size + ix] = *variance;
        }
        Self { p }
    }

    /// Number of states.
    pub(crate) fn size(&self) -> usize {
        // The matrix is square and at most STATES_MAX wide, so that the root is exact.
        libm::sqrt(self.p.len() as f64) as usize
    }

    /// A covariance.
    pub(crate) fn at(&self, size: usize, row: usize, column: usize) -> f64 {
        self.p.get(row * size + column).copied().unwrap_or(0.0)
    }

    /// Sets a covariance, both ways.
    pub(crate) fn set(&mut self, size: usize, (row, column): (usize, usize), value: f64) {
        self.p[row * size + column] = value;
        self.p[column * size + row] = value;
    }

    /// Variance of the people.
    pub(crate) fn people(&self) -> f64 {
        self.p.first().copied().unwrap_or(0.0)
    }

    /// Adds to the variance of a state.
    pub(crate) fn widen(&mut self, size: usize, state: usize, variance: f64) {
        if let Some(own) = self.p.get_mut(state * size + state) {
            *own = (*own + variance).clamp(0.0, VARIANCE_MAX);
        }
    }

    /// Adds to the variances of two states, and to what they have in common.
    pub(crate) fn widen_pair(&mut self, size: usize, [one, two]: [usize; 2], (variance, covariance): (f64, f64)) {
        self.widen(size, one, variance);
        self.widen(size, two, variance);
        let shared = self.at(size, one, two) + covariance;
        self.set(size, (one, two), shared);
    }

    /// Takes a state as known to `variance` at most: its correlations stay as they are.
    pub(crate) fn narrow(&mut self, size: usize, state: usize, variance: f64) {
        let own = self.at(size, state, state);
        if own <= variance || own <= 0.0 {
            return;
        }
        let scale = libm::sqrt(variance / own);
        self.fade(size, state, scale);
        self.p[state * size + state] = variance;
    }

    /// Scales the error of a state.
    pub(crate) fn fade(&mut self, size: usize, state: usize, scale: f64) {
        for other in 0..size {
            self.p[state * size + other] *= scale;
            self.p[other * size + state] *= scale;
        }
    }

    /// Two errors each become `own` of themselves and `other` of each other.
    pub(crate) fn mix(&mut self, size: usize, [one, two]: [usize; 2], (own, other): (f64, f64)) {
        for column in 0..size {
            let (a, b) = (self.p[one * size + column], self.p[two * size + column]);
            self.p[one * size + column] = own * a + other * b;
            self.p[two * size + column] = own * b + other * a;
        }
        for row in 0..size {
            let (a, b) = (self.p[row * size + one], self.p[row * size + two]);
            self.p[row * size + one] = own * a + other * b;
            self.p[row * size + two] = own * b + other * a;
        }
    }

    /// `people` pass a line (out of the zone: negative) whose rate has the error `state`; `noise` is the variance of
    /// the count itself.
    pub(crate) fn pass(&mut self, state: usize, people: f64, noise: f64) {
        let size = self.size();
        let own = self.at(size, state, state);
        let with_people = self.at(size, 0, state);
        let variance = self.people() - 2.0 * people * with_people + people * people * own + noise;
        let (first, rest) = self.p.split_at_mut(size);
        if state == 0 {
            first.iter_mut().skip(1).for_each(|value| *value -= people * *value);
        } else {
            let row = &rest[(state - 1) * size..state * size];
            first.iter_mut().zip(row).skip(1).for_each(|(value, own)| *value -= people * own);
        }
        rest.chunks_exact_mut(size).zip(&first[1..]).for_each(|(row, value)| row[0] = *value);
        self.p[0] = variance.clamp(0.0, VARIANCE_MAX);
    }

    /// Variance of a linear combination.
    pub(crate) fn variance_of(&self, terms: &[Term]) -> f64 {
        let size = self.size();
        let mut sum = 0.0;
        for (row, one) in terms {
            for (column, other) in terms {
                sum += one * other * self.at(size, *row, *column);
            }
        }
        sum.max(0.0)
    }

    /// Learns from a measurement of `terms` with the variance `noise`; states from `considered` on are not learned.
    /// `None` where nothing can be learned.
    pub(crate) fn learn(&mut self, terms: &[Term], noise: f64, considered: impl Fn(usize) -> bool) -> Option<Lesson> {
        let size = self.size();
        let mut reach = [0.0; STATES_MAX];
        for (row, value) in reach.iter_mut().enumerate().take(size) {
            for (column, coefficient) in terms {
                *value += self.p[row * size + column] * coefficient;
            }
        }
        let own: f64 = terms.iter().map(|(ix, coefficient)| coefficient * reach[*ix]).sum();
        let total = own.max(0.0) + noise;
        if !total.is_finite() || total <= 0.0 {
            return None;
        }
        let mut lesson = Lesson { gain: [0.0; STATES_MAX] };
        let mut is_considered = [false; STATES_MAX];
        is_considered.iter_mut().enumerate().take(size).for_each(|(state, is)| *is = considered(state));
        for row in 0..size {
            let row_is_considered = is_considered[row];
            if !row_is_considered {
                lesson.gain[row] = reach[row] / total;
            }
            for column in row..size {
                if row_is_considered && is_considered[column] {
                    continue;
                }
                let value = self.p[row * size + column] - reach[row] * reach[column] / total;
                self.p[row * size + column] = value;
                self.p[column * size + row] = value;
            }
            let own = &mut self.p[row * size + row];
            *own = own.max(0.0);
        }
        Some(lesson)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_lasting_error_grows_in_proportion_to_what_was_counted() {
        let mut filter = Filter::diagonal(&[0.0, 0.05 * 0.05]);
        (0..10).for_each(|_| filter.pass(1, 100.0, 0.0));
        assert!((libm::sqrt(filter.people()) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn a_measurement_of_people_teaches_the_rate_that_was_wrong() {
        let mut filter = Filter::diagonal(&[0.0, 0.05 * 0.05]);
        (0..10).for_each(|_| filter.pass(1, 100.0, 0.0));
        // 100 people fewer than 1,000 counted ones: the line reads 10 % more than there are.
        let lesson = filter.learn(&[(0, 1.0)], 1e-6, |_| false).unwrap();
        let innovation = -100.0;
        assert!((lesson.gain[1] * innovation - 0.1).abs() < 1e-3);
        assert!(filter.people() < 1e-3 && filter.at(2, 1, 1) < 1e-6);
    }

    #[test]
    fn a_considered_error_is_not_learned_and_stays_as_uncertain() {
        let mut filter = Filter::diagonal(&[0.0, 0.05 * 0.05]);
        filter.pass(1, 1000.0, 0.0);
        let lesson = filter.learn(&[(0, 1.0)], 1.0, |state| state == 1).unwrap();
        assert!(lesson.gain[1].abs() < 1e-12 && lesson.gain[0] > 0.99);
        assert!((filter.at(2, 1, 1) - 0.0025).abs() < 1e-12);
        assert!(filter.at(2, 0, 1).abs() < 1e-3);
    }
}
