//! Open points: each series' newest, in memory, shared between the one writer and the readers.
//!
//! Not here: saving them.
//! Invariant: a series' open points rise strictly in time and lie after its last chunk; what comes for before that
//! waits in `late` until the next flush revises the chunk.

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::sync::Arc;

use city::{DatastreamIx, GroupIx, GroupSample, Observation, Site, Time, ZoneIx, ZoneSample};

use super::names::Names;
use super::{IssuedChange, SeriesKey};

/// The bit pattern of a missing value in every column of history.
pub(super) const MISSING: u64 = 0x7ff8_0000_0000_0001;

/// A point as columns hold it; `low` and `high` are the value itself for a datastream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub time: i64,
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Row {
    pub(super) fn of(observation: &Observation) -> Self {
        let value = observation.result.unwrap_or(f64::from_bits(MISSING));
        Self { time: observation.phenomenon_time.micros(), value, low: value, high: value }
    }

    pub(super) fn of_zone(sample: &ZoneSample) -> Self {
        Self::of_estimate(sample.at, sample.people, (sample.p05, sample.p95))
    }

    pub(super) fn of_group(sample: &GroupSample) -> Self {
        Self::of_estimate(sample.at, sample.people, (sample.p05, sample.p95))
    }

    /// People to a tenth of a person: a chart shows no more, and a tenth costs a quarter of the bytes.
    fn of_estimate(at: Time, people: f64, (low, high): (f64, f64)) -> Self {
        let tenth = |people: f64| (people * 10.0).round() / 10.0;
        Self { time: at.micros(), value: tenth(people), low: tenth(low), high: tenth(high) }
    }
}

/// The open points of one series.
#[derive(Debug)]
pub(super) struct OpenSeries {
    /// Time and value.
    pub points: Vec<(i64, f64)>,
    /// Bounds of each point, for an estimate; empty for a datastream.
    pub bounds: Vec<(f64, f64)>,
    /// Whether points have bounds.
    pub has_bounds: bool,
    /// Points from here on are in no segment yet.
    pub unsaved: usize,
    /// Points before `unsaved` that changed since.
    pub revised: Vec<Row>,
    /// Time of the last point in a chunk.
    pub chunked_until: i64,
    /// The flush that closed the last chunk.
    pub chunked_in: u64,
    /// Points for before `chunked_until`.
    pub late: BTreeMap<i64, Row>,
}

impl OpenSeries {
    pub(super) fn new(has_bounds: bool) -> Self {
        Self {
            points: Vec::new(),
            bounds: Vec::new(),
            has_bounds,
            unsaved: 0,
            revised: Vec::new(),
            chunked_until: i64::MIN,
            chunked_in: 0,
            late: BTreeMap::new(),
        }
    }

    /// The row at `index`.
    pub(super) fn row(&self, index: usize) -> Row {
        let (time, value) = self.points[index];
        let (low, high) = self.bounds.get(index).copied().unwrap_or((value, value));
        Row { time, value, low, high }
    }

    /// Takes a point; one of the same time is replaced.
    #[inline]
    pub(super) fn put(&mut self, row: Row) {
        let last = self.points.last().map_or(self.chunked_until, |(time, _)| *time);
        if row.time > last {
            self.points.push((row.time, row.value));
            if self.has_bounds {
                self.bounds.push((row.low, row.high));
            }
        } else {
            self.put_out_of_order(row);
        }
    }

    #[cold]
    fn put_out_of_order(&mut self, row: Row) {
        if row.time <= self.chunked_until {
            self.late.insert(row.time, row);
            return;
        }
        let index = self.points.partition_point(|(time, _)| *time < row.time);
        if index < self.unsaved {
            self.revised.push(row);
        }
        let bounds = (row.low, row.high);
        if self.points.get(index).is_some_and(|(time, _)| *time == row.time) {
            self.points[index].1 = row.value;
            if self.has_bounds {
                self.bounds[index] = bounds;
            }
            return;
        }
        self.points.insert(index, (row.time, row.value));
        if self.has_bounds {
            self.bounds.insert(index, bounds);
        }
        if index < self.unsaved {
            self.unsaved += 1;
        }
    }

    /// Rows that no segment has.
    pub(super) fn unsaved_rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.revised.iter().copied().chain((self.unsaved..self.points.len()).map(|index| self.row(index)))
    }

    /// How many those are.
    pub(super) fn unsaved_count(&self) -> usize {
        self.revised.len() + self.points.len() - self.unsaved
    }

    /// All rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        (0..self.points.len()).map(|index| self.row(index))
    }

    /// Everything is in segments now.
    pub(super) fn saved(&mut self) {
        self.unsaved = self.points.len();
        self.revised.clear();
        if !self.late.is_empty() {
            self.late.clear();
        }
    }

    /// Every point is in a chunk now, closed by flush `generation`.
    pub(super) fn chunked(&mut self, generation: u64) {
        if let Some((time, _)) = self.points.last() {
            self.chunked_until = *time;
            self.chunked_in = generation;
        }
        // Their memory goes back: most series fill a chunk only after hours.
        drop(mem::take(&mut self.points));
        drop(mem::take(&mut self.bounds));
        self.saved();
    }
}

/// All series, and what waits to be saved.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// By place in the series table.
    pub series: Vec<OpenSeries>,
    /// Place of each series by name, as `datastream/ID`, `zone/ID` or `group/ID`.
    pub places: HashMap<String, u32>,
    /// Place of each datastream of the site in force.
    pub datastreams: Vec<u32>,
    /// Place of each zone of the site in force.
    pub zones: Vec<u32>,
    /// Place of each group of the site in force.
    pub groups: Vec<u32>,
    /// Changes of warnings not saved yet.
    pub warnings: Vec<IssuedChange>,
    /// What the site in force calls everything a warning may name.
    pub names: Arc<Names>,
    /// Site time of the latest entry recorded.
    pub as_of: Time,
}

impl Open {
    /// The place of a series of the site in force.
    pub(super) fn place(&self, key: SeriesKey) -> Option<u32> {
        match key {
            SeriesKey::Datastream(DatastreamIx(ix)) => self.datastreams.get(ix as usize).copied(),
            SeriesKey::Zone(ZoneIx(ix)) => self.zones.get(ix as usize).copied(),
            SeriesKey::Group(GroupIx(ix)) => self.groups.get(ix as usize).copied(),
        }
    }

    /// Resolves the site's series, adding those never seen; true if there were any.
    pub(super) fn adopt(&mut self, site: &Site) -> bool {
        let before = self.series.len();
        self.names = Arc::new(Names::new(site));
        self.datastreams =
            site.datastreams.iter().map(|stream| self.named(format!("datastream/{}", stream.id))).collect();
        self.zones = site.zones.iter().map(|zone| self.named(format!("zone/{}", zone.id))).collect();
        self.groups = site.groups.iter().map(|group| self.named(format!("group/{}", group.id))).collect();
        self.series.len() > before
    }

    /// The place of the series with this name, which is added if need be.
    pub(super) fn named(&mut self, name: String) -> u32 {
        let next = self.series.len() as u32;
        let has_bounds = name.starts_with("zone/") || name.starts_with("group/");
        let place = *self.places.entry(name).or_insert(next);
        if place == next {
            self.series.push(OpenSeries::new(has_bounds));
        }
        place
    }

    /// Names in the order of their places.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names = vec![""; self.series.len()];
        for (name, place) in &self.places {
            names[*place as usize] = name;
        }
        names
    }
}
