//! From the engine's events to the stream's frames: values merged latest-wins, everything else one by one.
//!
//! Not here: the stream itself (api).
//! Invariant: warnings, measures, feeds, words and corrections are never merged (DESIGN, Streams).

use std::collections::BTreeSet;

use api::Frame;
use city::{DatastreamIx, Event, GroupIx, Seq, ZoneIx};
use engine::City;

/// What changed since the last frame of values.
#[derive(Default)]
pub struct Changed {
    seq: Seq,
    zones: BTreeSet<ZoneIx>,
    groups: BTreeSet<GroupIx>,
    datastreams: Marks,
}

/// A set of datastreams with constant-time insertion: at full load most of them change in each frame.
#[derive(Default)]
struct Marks {
    marked: Vec<bool>,
    order: Vec<DatastreamIx>,
}

impl Marks {
    fn insert(&mut self, datastream: DatastreamIx) {
        let index = datastream.index();
        if index >= self.marked.len() {
            self.marked.resize(index + 1, false);
        }
        if !std::mem::replace(&mut self.marked[index], true) {
            self.order.push(datastream);
        }
    }

    fn take(&mut self) -> Vec<DatastreamIx> {
        for datastream in &self.order {
            self.marked[datastream.index()] = false;
        }
        std::mem::take(&mut self.order)
    }
}

impl Changed {
    /// Takes note of an event: a value is merged, anything else a screen shows becomes a frame at once.
    pub fn note(&mut self, seq: Seq, event: &Event) -> Option<Frame> {
        self.seq = seq;
        match event {
            Event::DatastreamValue(datastream) => self.datastreams.insert(*datastream),
            Event::ZoneValue(zone) => drop(self.zones.insert(*zone)),
            Event::GroupValue(group) => drop(self.groups.insert(*group)),
            Event::Warning { change, warning, at } => {
                return Some(Frame::Warning { seq, change: *change, at: *at, warning: warning.clone() });
            }
            Event::Measure { measure, state, at } => {
                return Some(Frame::Measure { seq, measure: *measure, state: *state, at: *at });
            }
            Event::Feed { datastream, health, since } => {
                return Some(Frame::Feed { seq, datastream: *datastream, health: *health, since: *since });
            }
            Event::Human { record, expired } => {
                return Some(Frame::Human { seq, record: record.clone(), expired: *expired });
            }
            Event::Corrected(correction) => return Some(Frame::Correction { seq, correction: *correction }),
            Event::SiteAdopted => return Some(Frame::Site),
            Event::ZoneSample(_)
            | Event::Observed(_)
            | Event::Late(_)
            | Event::Revised { .. }
            | Event::Duplicate(_)
            | Event::Rejected(_)
            | Event::Done => {}
        }
        None
    }

    /// True when a frame of values is due.
    pub fn is_any(&self) -> bool {
        !(self.zones.is_empty() && self.groups.is_empty() && self.datastreams.order.is_empty())
    }

    /// The frame of all values that changed, read from the city now; `None` if none did.
    pub fn take(&mut self, city: &City) -> Option<Frame> {
        if !self.is_any() {
            return None;
        }
        Some(Frame::Values {
            seq: self.seq,
            site_time: city.now(),
            zones: std::mem::take(&mut self.zones).into_iter().filter_map(|zone| city.zone(zone)).collect(),
            groups: std::mem::take(&mut self.groups).into_iter().filter_map(|group| city.group(group)).collect(),
            datastreams: self.datastreams.take().into_iter().filter_map(|stream| city.datastream(stream)).collect(),
        })
    }
}
