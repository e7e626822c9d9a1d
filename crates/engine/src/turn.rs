//! One entry's turn: the state, the site and the outcome that grows, handed to every part of the engine.
//!
//! Not here: any rule.
//! Invariant: within one turn a value event names each datastream, zone and group at most once.

use city::{DatastreamIx, Effect, Event, GroupIx, Outcome, Rejection, RejectionReason, Site, Span, Time, ZoneIx};

use crate::index::Home;
use crate::state::State;

/// Memory that is reused between turns: in which turn a value event last named each thing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    turn: u64,
    streams: Vec<u64>,
    zones: Vec<u64>,
    groups: Vec<u64>,
}

impl Scratch {
    /// With a row for everything in `site`.
    pub(crate) fn sized(site: &Site) -> Self {
        Self {
            turn: 0,
            streams: vec![0; site.datastreams.len()],
            zones: vec![0; site.zones.len()],
            groups: vec![0; site.groups.len()],
        }
    }

    /// Begins a turn.
    pub(crate) fn next_turn(&mut self) {
        self.turn += 1;
    }
}

/// True the first time in a turn.
fn first(turn: u64, stamps: &mut [u64], index: usize) -> bool {
    match stamps.get_mut(index) {
        Some(stamp) if *stamp != turn => {
            *stamp = turn;
            true
        }
        _ => false,
    }
}

/// One entry's turn in a city with a site.
pub(crate) struct Turn<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) home: &'a Home,
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) out: &'a mut Outcome,
}

impl<'a> Turn<'a> {
    /// The site.
    pub(crate) fn site(&self) -> &'a Site {
        let home: &'a Home = self.home;
        &home.site
    }

    /// Site time.
    pub(crate) fn now(&self) -> Time {
        self.state.now
    }

    /// `seconds` from now.
    pub(crate) fn after(&self, seconds: u32) -> Time {
        self.state.now.plus(Span::from_seconds(i64::from(seconds)))
    }

    /// Adds an event.
    pub(crate) fn emit(&mut self, event: Event) {
        self.out.events.push(event);
    }

    /// Adds an effect to the outcome.
    pub(crate) fn hand_out(&mut self, effect: Effect) {
        self.out.effects.push(effect);
    }

    /// Refuses an input that is no observation.
    pub(crate) fn reject(&mut self, reason: RejectionReason) {
        self.emit(Event::Rejected(Rejection { observation: None, reason }));
    }

    /// Says that a datastream has a new latest value.
    pub(crate) fn touch_stream(&mut self, stream: DatastreamIx) {
        if first(self.scratch.turn, &mut self.scratch.streams, stream.index()) {
            self.out.events.push(Event::DatastreamValue(stream));
        }
    }

    /// Says that a zone changed.
    pub(crate) fn touch_zone(&mut self, zone: ZoneIx) {
        if first(self.scratch.turn, &mut self.scratch.zones, zone.index()) {
            self.out.events.push(Event::ZoneValue(zone));
        }
    }

    /// Says that a group changed.
    pub(crate) fn touch_group(&mut self, group: GroupIx) {
        if first(self.scratch.turn, &mut self.scratch.groups, group.index()) {
            self.out.events.push(Event::GroupValue(group));
        }
    }
}
