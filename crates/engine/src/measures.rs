//! Measures: planned, ordered, off by command; in force and off by observation.
//!
//! Not here: what a measure does to flows (the crowd model).
//! Invariant: only an observation puts a measure in force or ends one that is in force.

use city::{Event, MeasureIx, MeasureKind, MeasureState, Place, RejectionReason, Site, Time, ZoneIx};

use crate::state::State;
use crate::turn::Turn;

impl Turn<'_> {
    /// A person plans, orders or calls off.
    ///
    /// A measure in force stays so until it is seen to have ended, whatever is ordered meanwhile.
    pub(crate) fn set_measure(&mut self, measure: MeasureIx, state: MeasureState) {
        match self.state.measures.get(measure.index()) {
            None => self.reject(RejectionReason::UnknownMeasure),
            Some(_) if state == MeasureState::InForce => self.reject(RejectionReason::StateNotAllowed),
            Some((MeasureState::InForce, _)) => self.emit(Event::Done),
            Some(_) => {
                self.change_measure(measure, state);
                self.emit(Event::Done);
            }
        }
    }

    /// Someone saw it.
    pub(crate) fn measure_observed(&mut self, measure: MeasureIx, state: MeasureState) {
        if measure.index() >= self.state.measures.len() {
            self.reject(RejectionReason::UnknownMeasure);
        } else if matches!(state, MeasureState::InForce | MeasureState::Off) {
            self.change_measure(measure, state);
        } else {
            self.reject(RejectionReason::StateNotAllowed);
        }
    }

    fn change_measure(&mut self, measure: MeasureIx, state: MeasureState) {
        let now = self.now();
        let slot = &mut self.state.measures[measure.index()];
        if slot.0 == state {
            return;
        }
        *slot = (state, Some(now));
        self.emit(Event::Measure { measure, state, at: now });
        let measure = &self.site().measures[measure.index()];
        if measure.kind == MeasureKind::OpenRoad {
            for place in &measure.targets {
                if let Place::Zone(zone) = place {
                    self.touch_zone(*zone);
                }
            }
        }
    }
}

impl crate::state::City {
    /// Whether an open-road measure in force gives `zone` to pedestrians.
    pub(crate) fn is_opened(&self, zone: ZoneIx) -> bool {
        let Some(site) = self.site() else { return false };
        in_force(site, &self.state, Place::Zone(zone)).any(|kind| kind == MeasureKind::OpenRoad)
    }
}

/// The kinds of the measures in force at a place.
pub(crate) fn in_force(site: &Site, state: &State, place: Place) -> impl Iterator<Item = MeasureKind> {
    let measures = site.measures.iter().zip(&state.measures);
    let here = measures
        .filter(move |(measure, (state, _))| *state == MeasureState::InForce && measure.targets.contains(&place));
    here.map(|(measure, _)| measure.kind)
}

/// Whether a measure at a place came into force or went off after a moment.
pub(crate) fn changed_since(site: &Site, state: &State, place: Place, from: Time) -> bool {
    let is_seen = |state: MeasureState| matches!(state, MeasureState::InForce | MeasureState::Off);
    site.measures.iter().zip(&state.measures).any(|(measure, (state, since))| {
        is_seen(*state) && since.is_some_and(|since| since >= from) && measure.targets.contains(&place)
    })
}
