//! From the engine's events to the stream's frames: values merged latest-wins, everything else one by one.
//!
//! Not here: the stream itself (api).
//! Invariant: warnings, measures, feeds, findings, words and corrections are never merged (DESIGN, Streams).

use std::collections::BTreeSet;
use std::sync::Arc;

use api::Frame;
use city::{DatastreamIx, Event, GroupIx, Seq, Site, ZoneIx};
use engine::City;

/// The sites before and after an entry.
pub struct Sites {
    /// The one in force when the entry came.
    pub before: Option<Arc<Site>>,
    /// The one in force after it; another only if the entry adopted one.
    pub after: Option<Arc<Site>>,
}

impl Sites {
    /// Each event of the entry with the site whose positions it speaks in: [`Event::SiteAdopted`] and what follows it
    /// are of the site after, what comes before it of the site before.
    pub fn of<'a>(&'a self, events: &'a [Event]) -> impl Iterator<Item = (&'a Event, Option<&'a Site>)> {
        let adoption = events.iter().position(|event| matches!(event, Event::SiteAdopted)).unwrap_or(events.len());
        events.iter().enumerate().map(move |(n, event)| {
            let site = if n < adoption { &self.before } else { &self.after };
            (event, site.as_deref())
        })
    }
}

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
            Event::Finding { datastream, change, finding, at } => {
                let (datastream, change, finding, at) = (*datastream, *change, finding.clone(), *at);
                return Some(Frame::Finding { seq, datastream, change, finding, at });
            }
            Event::Human { record, expired } => {
                return Some(Frame::Human { seq, record: record.clone(), expired: *expired });
            }
            Event::Corrected(correction) => return Some(Frame::Correction { seq, correction: *correction }),
            Event::SiteAdopted => {
                // What is marked are positions in the old site; a screen reads everything anew after this frame.
                *self = Self { seq, ..Self::default() };
                return Some(Frame::Site);
            }
            Event::ZoneSample(_)
            | Event::GroupSample(_)
            | Event::Balance(_)
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

#[cfg(test)]
mod tests {
    use city::{Finding, FindingChange, FindingKind, SiteId, Time};

    use super::*;

    fn site(id: &str) -> Arc<Site> {
        Arc::new(Site { id: SiteId::from(id), ..Site::default() })
    }

    #[test]
    fn events_before_an_adoption_are_of_the_old_site_and_those_after_it_of_the_new() {
        let sites = Sites { before: Some(site("old")), after: Some(site("new")) };
        let zone = Event::ZoneValue(ZoneIx(0));
        let named =
            |events: &[Event]| sites.of(events).map(|(_, site)| site.unwrap().id.to_string()).collect::<Vec<_>>();
        assert_eq!(named(&[zone.clone(), Event::SiteAdopted, zone.clone()]), ["old", "new", "new"]);
        assert_eq!(named(&[zone.clone(), zone.clone()]), ["old", "old"], "without one nothing changed");
        let first = Sites { before: None, after: Some(site("new")) };
        assert!(first.of(&[Event::SiteAdopted, zone]).all(|(_, site)| site.is_some()));
    }

    #[test]
    fn a_finding_is_passed_on_at_once_and_by_itself() {
        let finding = Finding {
            kind: FindingKind::Stuck,
            since: Time::from_seconds(0),
            found_at: Time::from_seconds(60),
            evidence: Vec::new(),
            other: None,
            response: city::Response::Unweighted,
        };
        let event = |change| Event::Finding {
            datastream: DatastreamIx(3),
            change,
            finding: Box::new(finding.clone()),
            at: Time::from_seconds(60),
        };
        let mut changed = Changed::default();
        for wanted in [FindingChange::Found, FindingChange::Ended] {
            let frame = changed.note(Seq(1), &event(wanted));
            assert!(matches!(frame, Some(Frame::Finding { change, .. }) if change == wanted));
        }
        assert!(!changed.is_any(), "nothing of it waits for the frame of values");
    }

    #[test]
    fn values_marked_in_the_old_site_are_dropped_at_an_adoption() {
        let mut changed = Changed::default();
        assert!(changed.note(Seq(1), &Event::ZoneValue(ZoneIx(7))).is_none());
        assert!(changed.note(Seq(1), &Event::DatastreamValue(DatastreamIx(3))).is_none());
        assert!(changed.is_any());
        assert!(matches!(changed.note(Seq(2), &Event::SiteAdopted), Some(Frame::Site)));
        assert!(!changed.is_any());
        changed.note(Seq(2), &Event::GroupValue(GroupIx(0)));
        assert!(changed.is_any());
    }
}
