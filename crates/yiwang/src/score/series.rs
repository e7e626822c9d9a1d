//! Values by time, in order of time.
//!
//! Not here: what the values are.
//! Invariant: times rise strictly; the last value said of a moment stands.

use city::Time;

/// Values of one thing over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series<T> {
    points: Vec<(Time, T)>,
}

impl<T> Default for Series<T> {
    fn default() -> Self {
        Self { points: Vec::new() }
    }
}

impl<T: Copy> Series<T> {
    /// Adds a value that is later than the ones before; one of the last moment replaces it.
    ///
    /// One before the last moment is put where it belongs, which takes as long as there are later ones.
    pub fn put(&mut self, at: Time, value: T) {
        let place = self.points.partition_point(|(time, _)| *time < at);
        match self.points.get_mut(place) {
            Some(point) if point.0 == at => point.1 = value,
            Some(_) => self.points.insert(place, (at, value)),
            None => self.points.push((at, value)),
        }
    }

    /// The value of this very moment.
    pub fn at(&self, at: Time) -> Option<T> {
        self.points.binary_search_by_key(&at, |(time, _)| *time).ok().map(|place| self.points[place].1)
    }

    /// The latest value at or before this moment.
    pub fn latest(&self, at: Time) -> Option<T> {
        let place = self.points.partition_point(|(time, _)| *time <= at);
        place.checked_sub(1).map(|place| self.points[place].1)
    }

    /// All values in order.
    pub fn iter(&self) -> impl Iterator<Item = (Time, T)> + '_ {
        self.points.iter().copied()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }
}

impl Series<f64> {
    /// Adds to the value of a moment.
    pub fn add(&mut self, at: Time, amount: f64) {
        let before = self.at(at).unwrap_or(0.0);
        self.put(at, before + amount);
    }

    /// Every value with all those before it added.
    #[must_use]
    pub fn summed(mut self) -> Self {
        let mut sum = 0.0;
        for (_, value) in &mut self.points {
            sum += *value;
            *value = sum;
        }
        self
    }

    /// The first moment of the largest value.
    pub fn peak(&self) -> Option<(Time, f64)> {
        self.iter().fold(None, |best, (at, value)| match best {
            Some((_, highest)) if value <= highest => best,
            _ => Some((at, value)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_moment_in_whatever_order_they_came() {
        let mut series = Series::default();
        let at = Time::from_seconds;
        for (second, value) in [(60, 1.0), (180, 3.0), (120, 2.0), (180, 4.0)] {
            series.put(at(second), value);
        }
        assert_eq!((series.at(at(120)), series.at(at(121)), series.at(at(180))), (Some(2.0), None, Some(4.0)));
        assert_eq!((series.latest(at(59)), series.latest(at(179))), (None, Some(2.0)));
        assert_eq!(series.peak(), Some((at(180), 4.0)));
        series.add(at(60), 5.0);
        assert_eq!(series.summed().iter().map(|(_, value)| value).collect::<Vec<_>>(), [6.0, 8.0, 12.0]);
    }
}
