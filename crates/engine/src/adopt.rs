//! Adopting a site: the first one starts from nothing, a changed one goes on with what stays the same.
//!
//! Not here: what makes a site sound (city, index), what is where in the new one (moved, carry).
//! Invariant: the same site again changes nothing, an unsound one neither; numbers of warnings, human observations and
//! effects go on, so that none is ever used twice in a log.
//!
//! What stays is found by id:
//!
//! - a datastream with the same role, zones, interval and unit keeps all it knows; another starts as if never heard,
//!   after what it held back was applied;
//! - a zone keeps its people, their origin and their uncertainty; the error of a line that goes stays in it, since
//!   the people that line counted are still there. Its area and ladder are the new ones, and it is judged at once;
//! - a measure keeps its state;
//! - a word or number from the street, a warning and its timers stay as long as their place is judged; a warning whose
//!   place, feeds or levels are gone is closed, and one whose console is gone goes to the lead's first.
//!
//! Events before [`Event::SiteAdopted`] are of the old site, those after it of the new one.

use std::sync::Arc;

use city::{
    DatastreamIx, Digest, Event, FeedHealth, Outcome, Rejection, RejectionReason, Site, Span, WarningId, ZoneIx,
};

use crate::apply::in_turn;
use crate::carry::{Move, fresh};
use crate::index::Home;
use crate::moved::Moved;
use crate::state::{City, State};
use crate::timers::Timer;
use crate::turn::{Scratch, Turn};

impl City {
    /// Adopts `site`, refuses it if it is unsound, or leaves everything as it is if it is the present one.
    pub(crate) fn adopt(&mut self, site: &Site, outcome: &mut Outcome) {
        let digest = Digest::of(&postcard::to_stdvec(site).unwrap_or_default());
        if self.home.is_some() && self.state.site == digest {
            return;
        }
        let Some(new) = Home::new(Arc::new(site.clone())) else {
            let reason = RejectionReason::UnsoundSite;
            outcome.events.push(Event::Rejected(Rejection { observation: None, reason }));
            return;
        };
        match self.home.clone() {
            None => {
                let now = self.state.now;
                self.state = State { now, ..fresh(&new, digest) };
                self.settle_in(new, outcome);
            }
            Some(old) => self.move_to((&old, new), digest, outcome),
        }
    }

    /// From one site to the next.
    fn move_to(&mut self, (old, new): (&Home, Home), digest: Digest, outcome: &mut Outcome) {
        let moved = Moved::new(old, &new);
        in_turn(self, outcome, |turn| turn.leave(&moved, &new));
        let warnings = self.state.warnings.values();
        let without_console = warnings.filter(|warning| moved.console(warning.console).is_none());
        let without_console: Vec<WarningId> = without_console.map(|warning| warning.id).collect();
        let fed_otherwise = moved.fed_otherwise(old, &new);
        self.state = Move { old, new: &new, moved: &moved }.carry(std::mem::take(&mut self.state), digest);
        self.settle_in(new, outcome);
        in_turn(self, outcome, |turn| turn.arrive(&fed_otherwise, &without_console));
    }

    fn settle_in(&mut self, new: Home, outcome: &mut Outcome) {
        self.scratch = Scratch::sized(&new.site);
        self.home = Some(Arc::new(new));
        outcome.events.push(Event::SiteAdopted);
    }
}

impl Turn<'_> {
    /// The last things in the old site: nothing that goes leaves anything open.
    fn leave(&mut self, moved: &Moved, new: &Home) {
        let going = |ix: DatastreamIx| moved.carried(ix).is_none();
        for ix in (0..self.state.streams.len()).map(DatastreamIx::from).filter(|ix| going(*ix)) {
            self.release_all(ix);
            self.end_findings(ix);
        }
        self.end_humans(|place| moved.place(place).is_none());
        self.close_unjudged(|cause| moved.is_judged(new, cause));
    }

    /// The first things in the new site: timers, levels and judgement after its rules.
    fn arrive(&mut self, fed_otherwise: &[ZoneIx], without_console: &[WarningId]) {
        self.set_timers();
        for ix in (0..self.state.streams.len()).map(DatastreamIx::from) {
            if let Some(number) = self.state.streams[ix.index()].number {
                self.state.streams[ix.index()].level = self.level_of_result(ix, number);
            }
        }
        self.tell_consoles(without_console);
        for zone in (0..self.state.stocks.len()).map(ZoneIx::from) {
            let stock = &self.state.stocks[zone.index()];
            let is_settled = stock.pending.is_none() && stock.shown.is_some();
            if is_settled && fed_otherwise.binary_search(&zone).is_ok() {
                self.settle(zone);
            } else {
                self.judge_zone(zone);
            }
        }
        for group in 0..self.site().groups.len() {
            self.unsettle_group(group.into());
        }
        self.judge_streams();
        self.advance(self.now());
    }

    /// Every timer that follows from the state and the site's rules.
    fn set_timers(&mut self) {
        for (ix, config) in self.site().datastreams.iter().enumerate() {
            let stream = &self.state.streams[ix];
            for held in &stream.held {
                self.state.timers.set(held.until, Timer::Drain(ix.into()));
            }
            if stream.health == FeedHealth::Speaking && config.silent_after_s > 0 {
                let silent_after = Span::from_seconds(i64::from(config.silent_after_s));
                self.state.timers.set(stream.heard.plus(silent_after), Timer::Silent(ix.into()));
            }
        }
        for record in self.state.humans.values() {
            self.state.timers.set(record.until, Timer::Human(record.id));
        }
        self.set_zone_timers();
        self.set_warning_timers();
    }
}
