//! One pass over observations: which datastreams there are, and what each looks like.
//!
//! Not here: making a site from it (`site`), opening the file (connect).
//! Invariant: exact, at 16 bytes an observation and 32 a day; datastreams come in the order of their first record.

use std::collections::HashMap;

use city::{MICROS_PER_S, Time};

use crate::record::Record;
use crate::site::{CountedQuarters, StreamSummary};

/// Gathers records.
#[derive(Debug, Default)]
pub struct Scan {
    /// Look-ups only: the order is that of `streams`.
    places: HashMap<String, usize>,
    streams: Vec<Gathered>,
    /// The offset of the first record: days are those of one offset, so that summer time shifts counts and not days.
    offset_s: Option<i32>,
}

#[derive(Debug, Default)]
struct Gathered {
    id: String,
    times: Vec<Time>,
    results: Vec<f64>,
    offsets_s: Vec<i32>,
    /// Runs of records of one day: the day, and the quarters of an hour with a count.
    quarters: Vec<(i64, u128)>,
}

/// What one datastream looks like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScannedStream {
    /// Its id.
    pub id: String,
    /// Rows with a result.
    pub observations: u64,
    /// Rows whose result is missing.
    pub missing: u64,
    /// The most frequent gap between successive phenomenon times, seconds, the smaller one in a tie; absent below two
    /// different times.
    pub modal_gap_s: Option<u32>,
    /// The first phenomenon time.
    pub first: Time,
    /// The last phenomenon time.
    pub last: Time,
    /// Smallest and largest result, absent without results.
    pub range: Option<(f64, f64)>,
    /// True when every result is a whole number.
    pub whole_numbers: bool,
    /// Quantiles of the results at [`ScannedStream::LEVELS`], absent without results.
    pub quantiles: Option<[f64; 4]>,
    /// The different UTC offsets its times were written with, seconds east, rising.
    pub utc_offsets_s: Vec<i32>,
    /// When in the day anything was counted.
    pub counted: CountedQuarters,
}

impl ScannedStream {
    /// The quantiles taken, 0–1.
    pub const LEVELS: [f64; 4] = [0.5, 0.9, 0.97, 0.995];

    /// What a starter site needs of it.
    pub fn summary(&self) -> StreamSummary {
        StreamSummary {
            id: self.id.clone(),
            observations: self.observations,
            missing: self.missing,
            modal_gap_s: self.modal_gap_s,
            min: self.range.map(|(min, _)| min),
            max: self.range.map(|(_, max)| max),
            whole_numbers: self.whole_numbers,
            quantiles: self.quantiles.map(|[_, p90, p97, p995]| [p90, p97, p995]),
            counted: self.counted.clone(),
        }
    }
}

impl Scan {
    /// Takes one record.
    pub fn record(&mut self, record: &Record<'_>) {
        let place = if let Some(place) = self.places.get(&*record.datastream) {
            *place
        } else {
            let id = record.datastream.to_string();
            self.places.insert(id.clone(), self.streams.len());
            self.streams.push(Gathered { id, ..Gathered::default() });
            self.streams.len() - 1
        };
        let stream = &mut self.streams[place];
        stream.times.push(record.phenomenon_time);
        stream.results.extend(record.result);
        let offset_s = *self.offset_s.get_or_insert(record.offset_s);
        stream.count((record.phenomenon_time, offset_s), record.result);
        if !stream.offsets_s.contains(&record.offset_s) && stream.offsets_s.len() < MAX_OFFSETS {
            stream.offsets_s.push(record.offset_s);
        }
    }

    /// What was seen, datastream by datastream.
    pub fn finish(self) -> Vec<ScannedStream> {
        let offset_s = self.offset_s.unwrap_or_default();
        self.streams.into_iter().map(|stream| stream.finish(offset_s)).collect()
    }
}

/// Most UTC offsets remembered of a datastream: a place has two in a year.
const MAX_OFFSETS: usize = 8;

/// A quarter of an hour, s.
const QUARTER_S: i64 = 900;

impl Gathered {
    fn count(&mut self, (time, offset_s): (Time, i32), result: Option<f64>) {
        let local_s = time.micros().div_euclid(MICROS_PER_S) + i64::from(offset_s);
        let (day, second) = (local_s.div_euclid(86_400), local_s.rem_euclid(86_400));
        if self.quarters.last().is_none_or(|(last, _)| *last != day) {
            self.quarters.push((day, 0));
        }
        // Nobody counted is zero; a missing result may have been anybody.
        if let Some((_, bits)) = self.quarters.last_mut().filter(|_| result != Some(0.0)) {
            *bits |= 1 << (second / QUARTER_S);
        }
    }

    fn finish(mut self, offset_s: i32) -> ScannedStream {
        let mut counted = CountedQuarters { offset_s, ..CountedQuarters::default() };
        for (day, bits) in self.quarters {
            *counted.days.entry(day).or_default() |= bits;
        }
        self.times.sort_unstable();
        self.results.sort_unstable_by(f64::total_cmp);
        self.offsets_s.sort_unstable();
        let results = &self.results;
        ScannedStream {
            observations: results.len() as u64,
            missing: (self.times.len() - results.len()) as u64,
            modal_gap_s: modal_gap_s(&self.times),
            first: self.times.first().copied().unwrap_or_default(),
            last: self.times.last().copied().unwrap_or_default(),
            range: results.first().copied().zip(results.last().copied()),
            whole_numbers: results.iter().all(|result| result.fract() == 0.0),
            quantiles: (!results.is_empty()).then(|| ScannedStream::LEVELS.map(|level| quantile(results, level))),
            utc_offsets_s: self.offsets_s,
            counted,
            id: self.id,
        }
    }
}

/// The most frequent gap of sorted times, whole seconds.
fn modal_gap_s(times: &[Time]) -> Option<u32> {
    let gap = |pair: &[Time]| pair[1].since(pair[0]).micros() / MICROS_PER_S;
    let mut gaps: Vec<i64> = times.windows(2).map(gap).filter(|gap| *gap > 0).collect();
    gaps.sort_unstable();
    // The first of the longest runs is the smallest gap.
    let longest = gaps.chunk_by(|a, b| a == b).rev().max_by_key(|run| run.len())?;
    u32::try_from(longest[0]).ok()
}

/// The quantile of sorted, non-empty results, linear between neighbours.
fn quantile(results: &[f64], level: f64) -> f64 {
    let at = level * (results.len() - 1) as f64;
    let below = at as usize;
    let above = (below + 1).min(results.len() - 1);
    results[below] + (results[above] - results[below]) * (at - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Vec<ScannedStream> {
        let mut scan = Scan::default();
        let parsed = crate::csv::parse(text.as_bytes()).unwrap();
        parsed.records.iter().for_each(|record| scan.record(record));
        scan.finish()
    }

    #[test]
    fn a_stream_is_summed_up_whatever_the_order_of_its_rows() {
        let streams = scan(
            "phenomenonTime,datastream,result\n\
             2020-01-01T02:00:00+08:00,a,3\n2020-01-01T00:00:00+08:00,a,1\n2020-01-01T01:00:00+08:00,a,\n\
             2020-01-01T05:00:00+08:00,a,2\n2020-01-01T05:00:00+09:00,b,0.5\n",
        );
        assert_eq!(streams.iter().map(|stream| &*stream.id).collect::<Vec<_>>(), ["a", "b"]);
        let a = &streams[0];
        assert_eq!((a.observations, a.missing, a.modal_gap_s), (3, 1, Some(3600)));
        assert_eq!(a.range, Some((1.0, 3.0)));
        assert_eq!(a.quantiles.map(|[median, ..]| median), Some(2.0));
        assert_eq!(a.utc_offsets_s, [28_800]);
        assert!(a.whole_numbers && !streams[1].whole_numbers);
        assert_eq!(streams[1].modal_gap_s, None);
    }

    #[test]
    fn quarters_with_a_count_or_a_missing_one_are_marked_on_the_days_of_the_first_offset() {
        let streams = scan(
            "phenomenonTime,datastream,result\n\
             1970-01-02T00:05:00+08:00,a,3\n1970-01-02T00:20:00+08:00,a,0\n1970-01-02T23:50:00+08:00,a,\n\
             1970-01-03T00:50:00+09:00,a,1\n1970-01-03T05:00:00+08:00,b,0\n",
        );
        let days = |stream: &ScannedStream| stream.counted.days.clone().into_iter().collect::<Vec<_>>();
        assert_eq!(days(&streams[0]), [(1, 1 | 1 << 95)]);
        assert_eq!(days(&streams[1]), [(2, 0)]);
        assert_eq!(streams[1].counted.offset_s, 28_800);
    }

    #[test]
    fn of_two_gaps_equally_frequent_the_smaller_one_counts() {
        let times = [0, 60, 120, 420, 720].map(Time::from_seconds);
        assert_eq!(modal_gap_s(&times), Some(60));
    }
}
