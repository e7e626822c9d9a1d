//! A day for the large site: the small site's evening, then the same backwards, again and again, in every tile.
//!
//! Not here: the large site (tile).
//! Invariant: backwards, who came in goes out, so that people run on from each evening into the next; nothing depends on
//! anything but the two sites.

use city::{DatastreamIx, Fact, GateFlow, Input, LinkFlow, Observation, ObservationBatch, Role, Site, Span, Time};
use sim::demand::Demand;
use sim::{Evening, PlayStart, Settings};

use super::tile::Tiled;

/// Minutes of the day.
pub(super) const MINUTES: usize = 24 * 60;
/// The seed of the evening.
const SEED: u64 = 1;
/// A minute.
const MINUTE: Span = Span::from_seconds(60);
/// Each tile is so many minutes ahead of the one before: equal tiles would be copies of each other to the last count.
const AHEAD_MIN: usize = 11;

/// What every sensor of the small site says in a minute, and how the day is made of it.
pub(super) struct Day<'a> {
    tiled: &'a Tiled,
    start: Time,
    /// By datastream of the small site: what it says of each minute of the evening.
    evening: Vec<Vec<Option<f64>>>,
    /// By datastream of the small site: the one that counts the other way, else itself.
    opposite: Vec<DatastreamIx>,
    minutes: usize,
}

/// An entry of the day.
pub(super) struct Minute {
    pub(super) time: Time,
    pub(super) input: Input,
}

impl<'a> Day<'a> {
    /// Plays the evening once.
    pub(super) fn new(small: &Site, demand: &Demand, tiled: &'a Tiled) -> anyhow::Result<Self> {
        let evening =
            Evening::new(PlayStart { sensors: Settings::without_faults(), ..PlayStart::new(small, demand, SEED) })?;
        let start = evening.start();
        let minutes = evening.play().end().since(start).minutes() as usize;
        let mut said = vec![vec![None; minutes]; small.datastreams.len()];
        for simulated in evening {
            if let Input::Fact(Fact::Observations(batch)) = simulated.input {
                batch.iter().for_each(|row| note(small, start, row, &mut said));
            }
        }
        Ok(Self { tiled, start, evening: said, opposite: opposites(small), minutes })
    }

    /// When it begins.
    pub(super) fn start(&self) -> Time {
        self.start
    }

    /// An entry for each minute, with the rows in the order of their result times.
    pub(super) fn entries(&self) -> Vec<Minute> {
        (0..MINUTES).map(|minute| self.entry(minute)).collect()
    }

    fn entry(&self, minute: usize) -> Minute {
        let begins = self.start.plus(Span::from_seconds(60 * minute as i64));
        let streams = &self.tiled.site.datastreams;
        let row = |(index, stream): (usize, &city::Datastream)| {
            let momentary = stream.interval_s == 0;
            let phenomenon_time = if momentary { begins.plus(MINUTE) } else { begins };
            let delay = Span::from_seconds(i64::from(stream.interval_s + stream.delay_s));
            Some(Observation {
                datastream: index.into(),
                phenomenon_time,
                result_time: phenomenon_time.plus(delay),
                result: Some(self.result(index, minute)?),
            })
        };
        let mut rows: Vec<Observation> = streams.iter().enumerate().filter_map(row).collect();
        rows.sort_by_key(|row| row.result_time);
        let time = rows.last().map_or(begins, |row| row.result_time);
        let batch: ObservationBatch = rows.into_iter().collect();
        Minute { time, input: Input::Fact(Fact::Observations(batch)) }
    }

    /// What a datastream of the large site says of a minute of the day.
    fn result(&self, index: usize, minute: usize) -> Option<f64> {
        let Some((original, tile)) = self.tiled.copies[index] else { return Some(between(index, minute)) };
        let minute = minute + AHEAD_MIN * tile;
        let (round, within) = (minute / self.minutes.max(1), minute % self.minutes.max(1));
        if round.is_multiple_of(2) {
            self.evening[original.index()][within]
        } else {
            let other = self.opposite[original.index()];
            self.evening[other.index()][self.minutes - 1 - within]
        }
    }
}

/// People over a link between tiles in a minute: a few, different each time and at each link.
fn between(index: usize, minute: usize) -> f64 {
    let mixed = (index as u64 * 2_654_435_761 + minute as u64 * 40_503).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed >> 60) % 9) as f64
}

/// Adds a row to the minute it is of: what is momentary belongs to the minute that ends with it.
fn note(small: &Site, start: Time, row: Observation, said: &mut [Vec<Option<f64>>]) {
    let Some(result) = row.result else { return };
    let momentary = small.datastreams[row.datastream.index()].interval_s == 0;
    let since = row.phenomenon_time.since(start).minutes().floor() as i64 - i64::from(momentary);
    let minute = usize::try_from(since).ok();
    let cell = minute.and_then(|minute| said.get_mut(row.datastream.index())?.get_mut(minute));
    if let Some(cell) = cell {
        *cell = Some(if momentary { result } else { cell.unwrap_or(0.0) + result });
    }
}

/// By datastream: the one that counts the other way at the same place, else itself.
fn opposites(site: &Site) -> Vec<DatastreamIx> {
    let other = |role: Role| match role {
        Role::GateCount { gate, flow: GateFlow::In } => Role::GateCount { gate, flow: GateFlow::Out },
        Role::GateCount { gate, flow: GateFlow::Out } => Role::GateCount { gate, flow: GateFlow::In },
        Role::LinkCount { link, flow: LinkFlow::Forward } => Role::LinkCount { link, flow: LinkFlow::Backward },
        Role::LinkCount { link, flow: LinkFlow::Backward } => Role::LinkCount { link, flow: LinkFlow::Forward },
        own => own,
    };
    let streams = &site.datastreams;
    let find = |(index, stream): (usize, &city::Datastream)| {
        let wanted = other(stream.role);
        let is_line = wanted != stream.role;
        let found = streams.iter().position(|stream| is_line && stream.role == wanted);
        DatastreamIx::from(found.unwrap_or(index))
    };
    streams.iter().enumerate().map(find).collect()
}
