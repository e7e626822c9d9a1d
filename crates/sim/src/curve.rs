//! A smooth curve through given points that never rises or falls between two points that do not.
//!
//! Not here: what the points mean.
//! Invariant: monotone between neighbouring points (Fritsch and Carlson 1980), constant outside the first and last.

/// A piecewise cubic through points with rising abscissae.
#[derive(Clone, Debug)]
pub(crate) struct Curve {
    points: Vec<(f64, f64)>,
    slopes: Vec<f64>,
}

impl Curve {
    /// Through `points`, whose first numbers rise strictly.
    pub(crate) fn through(points: &[(f64, f64)]) -> Self {
        let chords: Vec<f64> =
            points.windows(2).map(|pair| (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0)).collect();
        let slope = |index: usize| match (index.checked_sub(1).and_then(|left| chords.get(left)), chords.get(index)) {
            // The harmonic mean keeps the cubic monotone; at a turning point the slope is level.
            (Some(left), Some(right)) if left * right > 0.0 => 2.0 * left * right / (left + right),
            (Some(_), Some(_)) | (None, None) => 0.0,
            (Some(only), None) | (None, Some(only)) => *only,
        };
        Self { points: points.to_vec(), slopes: (0..points.len()).map(slope).collect() }
    }

    /// The value at `x`.
    pub(crate) fn at(&self, x: f64) -> f64 {
        let Some(right) = self.points.iter().position(|point| point.0 > x) else {
            return self.points.last().map_or(0.0, |point| point.1);
        };
        let Some(left) = right.checked_sub(1) else {
            return self.points[right].1;
        };
        let ((x0, y0), (x1, y1)) = (self.points[left], self.points[right]);
        let width = x1 - x0;
        let t = (x - x0) / width;
        let (rest, start, end) = (1.0 - t, self.slopes[left] * width, self.slopes[right] * width);
        y0 * (1.0 + 2.0 * t) * rest * rest + start * t * rest * rest + y1 * t * t * (3.0 - 2.0 * t) - end * t * t * rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_meets_its_points_and_never_overshoots() {
        let points = [(0.0, 1.0), (10.0, 4.0), (20.0, 9.0), (25.0, 9.0), (40.0, 2.0)];
        let curve = Curve::through(&points);
        for (x, y) in points {
            assert!((curve.at(x) - y).abs() < 1e-9);
        }
        let values: Vec<f64> = (0..=400).map(|step| curve.at(f64::from(step) / 10.0)).collect();
        assert!(values[..=200].windows(2).all(|pair| pair[1] >= pair[0]));
        assert!(values.iter().all(|value| (1.0..=9.0 + 1e-9).contains(value)));
        assert_eq!((curve.at(-5.0), curve.at(99.0)), (1.0, 2.0));
    }
}
