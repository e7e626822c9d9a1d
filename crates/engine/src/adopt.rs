//! Adopting a site: its tables, and the state of a site nothing has been heard from yet.
//!
//! Not here: what makes a site sound (city, index).
//! Invariant: the same site again changes nothing; another one starts afresh, but numbers of warnings, human
//! observations and effects go on, so that none is ever used twice in a log.

use std::sync::Arc;

use city::{Digest, Event, MeasureState, Outcome, Rejection, RejectionReason, Site};

use crate::index::Home;
use crate::occupancy::Stock;
use crate::state::{City, State};
use crate::stream::Stream;
use crate::turn::Scratch;

impl City {
    /// Adopts `site`, refuses it if it is unsound, or leaves everything as it is if it is the present one.
    pub(crate) fn adopt(&mut self, site: &Site, outcome: &mut Outcome) {
        let digest = Digest::of(&postcard::to_stdvec(site).unwrap_or_default());
        if self.home.is_some() && self.state.site == digest {
            return;
        }
        let Some(home) = Home::new(Arc::new(site.clone())) else {
            let reason = RejectionReason::UnsoundSite;
            outcome.events.push(Event::Rejected(Rejection { observation: None, reason }));
            return;
        };
        self.state = State {
            now: self.state.now,
            site: digest,
            last_warning: self.state.last_warning,
            last_human: self.state.last_human,
            last_effect: self.state.last_effect,
            streams: vec![Stream::default(); site.datastreams.len()],
            stocks: site.zones.iter().map(Stock::at_start).collect(),
            measures: site.measures.iter().map(|measure| (first_state(measure.scheduled.is_some()), None)).collect(),
            ..State::default()
        };
        self.scratch = Scratch::sized(site);
        self.home = Some(Arc::new(home));
        outcome.events.push(Event::SiteAdopted);
    }
}

/// A scheduled measure is planned; in force it is only once seen.
fn first_state(scheduled: bool) -> MeasureState {
    if scheduled { MeasureState::Planned } else { MeasureState::Off }
}
