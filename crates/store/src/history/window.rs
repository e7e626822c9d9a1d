//! Aggregation into windows that are multiples of their width since 1970.
//!
//! Not here: where the points come from.
//! Invariant: the result does not depend on whether a part came from points or from a rollup (sums of values that are
//! not integers may differ in the last bits).

use city::Time;

use super::Window;
use super::open::Row;

/// A window being filled, or a row of a rollup.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub start: i64,
    pub count: u64,
    pub sum: f64,
    pub min: f64,
    pub max: f64,
    pub last: f64,
    /// Time of `last`.
    pub last_time: i64,
}

impl Bucket {
    /// The bucket of `width` microseconds that holds a point; `None` for a missing value.
    pub(super) fn of(row: &Row, width: i64) -> Option<Self> {
        let value = row.value;
        (!value.is_nan()).then(|| Self {
            start: floor(row.time, width),
            count: 1,
            sum: value,
            min: value,
            max: value,
            last: value,
            last_time: row.time,
        })
    }

    /// Takes another bucket of the same window in.
    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        if other.last_time >= self.last_time {
            self.last = other.last;
            self.last_time = other.last_time;
        }
    }
}

/// The start of the window of `width` microseconds that holds `time`.
pub(super) fn floor(time: i64, width: i64) -> i64 {
    time - time.rem_euclid(width)
}

/// Windows in order, filled from parts in nearly that order.
pub(super) struct Windows {
    width: i64,
    buckets: Vec<Bucket>,
}

impl Windows {
    pub(super) fn new(width: i64) -> Self {
        Self { width, buckets: Vec::new() }
    }

    pub(super) fn add_row(&mut self, row: &Row) {
        if let Some(bucket) = Bucket::of(row, self.width) {
            self.add(bucket);
        }
    }

    /// Takes a bucket of a width that divides this one's.
    pub(super) fn add(&mut self, mut bucket: Bucket) {
        bucket.start = floor(bucket.start, self.width);
        match self.buckets.last_mut() {
            Some(last) if last.start == bucket.start => last.merge(&bucket),
            Some(last) if last.start > bucket.start => {
                match self.buckets.binary_search_by_key(&bucket.start, |bucket| bucket.start) {
                    Ok(place) => self.buckets[place].merge(&bucket),
                    Err(place) => self.buckets.insert(place, bucket),
                }
            }
            _ => self.buckets.push(bucket),
        }
    }

    /// The windows that start in `from..to` (microseconds).
    pub(super) fn finish(self, from: i64, to: i64) -> Vec<Window> {
        let within = self.buckets.into_iter().filter(|bucket| (from..to).contains(&bucket.start));
        let window = |bucket: Bucket| Window {
            start: Time::from_micros(bucket.start),
            count: bucket.count,
            sum: bucket.sum,
            min: bucket.min,
            max: bucket.max,
            last: bucket.last,
        };
        within.map(window).collect()
    }
}
