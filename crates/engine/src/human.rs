//! Human observations: counts, bounds and words of officers on the street.
//!
//! Not here: what a word raises (warn).
//! Invariant: a word counts at once; it ends by its time, or by "clear" for the same place, never by silence of
//! sensors.

use city::{Event, HumanId, HumanObservation, HumanRecord, Level, Place, RejectionReason, Saying, Time, ZoneIx};

use crate::timers::Timer;
use crate::turn::Turn;

/// The longest a human observation counts, whatever end it names, seconds.
pub const HUMAN_HOLDS_MAX_S: u32 = 24 * 3600;

/// The level a word stands for.
pub(crate) fn word_level(saying: Saying) -> Option<Level> {
    match saying {
        Saying::NotMoving => Some(Level::Warning),
        Saying::Pressed | Saying::Fallen => Some(Level::Critical),
        Saying::Count { .. } | Saying::Bound { .. } | Saying::Clear => None,
    }
}

impl Turn<'_> {
    /// Takes what an officer says, or refuses it.
    pub(crate) fn human(&mut self, said: &HumanObservation) {
        if let Err(reason) = self.check_human(said) {
            self.reject(reason);
            return;
        }
        self.state.last_human = HumanId(self.state.last_human.0 + 1);
        let id = self.state.last_human;
        let default_end = self.after(self.site().rules.word_holds_s);
        let until = said.expires.unwrap_or(default_end).min(self.after(HUMAN_HOLDS_MAX_S));
        let record = HumanRecord { id, at: self.now(), until, observation: said.clone() };
        self.emit(Event::Human { record: Box::new(record.clone()), expired: false });
        if said.saying == Saying::Clear {
            self.withdraw_words(said.place);
            if let Place::Zone(zone) = said.place {
                self.answer_checks(zone);
            }
        } else {
            self.state.humans.insert(id, record);
            self.state.timers.set(until, Timer::Human(id));
        }
        match (said.saying, said.place) {
            (Saying::Count { people }, Place::Zone(zone)) => self.officer_count(zone, people),
            (Saying::Bound { lower, upper }, Place::Zone(zone)) => self.officer_bound(zone, lower, upper),
            _ => self.judge_words(said.place),
        }
    }

    fn check_human(&self, said: &HumanObservation) -> Result<(), RejectionReason> {
        let is_number = matches!(said.saying, Saying::Count { .. } | Saying::Bound { .. });
        let carries = match said.place {
            Place::Zone(_) => true,
            Place::Datastream(_) => false,
            _ => !is_number,
        };
        if !self.site().has(said.place) || !carries {
            return Err(RejectionReason::UnknownPlace);
        }
        let people = |value: f64| (0.0..=crate::occupancy::COUNT_MAX).contains(&value);
        let sound = match said.saying {
            Saying::Count { people: counted } => people(counted),
            Saying::Bound { lower, upper } => people(lower) && people(upper) && lower <= upper,
            _ => true,
        };
        if !sound || said.expires.is_some_and(|expires| expires <= self.now()) {
            return Err(RejectionReason::BadNumber);
        }
        Ok(())
    }

    /// "Clear" ends the words in force for its place.
    fn withdraw_words(&mut self, place: Place) {
        self.end_each(|said| said.place == place && word_level(said.saying).is_some());
    }

    /// Ends all that was said of places that are gone.
    pub(crate) fn end_humans(&mut self, is_gone: impl Fn(Place) -> bool) {
        self.end_each(|said| is_gone(said.place));
    }

    fn end_each(&mut self, ends: impl Fn(&HumanObservation) -> bool) {
        let over = self.state.humans.values().filter(|record| ends(&record.observation));
        let over: Vec<HumanId> = over.map(|record| record.id).collect();
        for id in over {
            self.end_human(id);
        }
    }

    /// The time of a human observation is over.
    pub(crate) fn expire_human(&mut self, id: HumanId) {
        if let Some(place) = self.end_human(id) {
            self.judge_words(place);
        }
    }

    fn end_human(&mut self, id: HumanId) -> Option<Place> {
        let record = self.state.humans.remove(&id)?;
        self.state.timers.cancel(record.until, Timer::Human(id));
        let place = record.observation.place;
        self.emit(Event::Human { record: Box::new(record), expired: true });
        if let Place::Zone(zone) = place {
            self.touch_zone(zone);
        }
        Some(place)
    }
}

impl crate::state::State {
    /// The worst word in force for a place, and the latest who said it.
    pub(crate) fn worst_word(&self, place: Place) -> Option<(Level, HumanId)> {
        let words = self.humans.values().filter(|record| record.observation.place == place);
        words.filter_map(|record| word_level(record.observation.saying).map(|level| (level, record.id))).max()
    }

    /// The latest count or bound in force for a zone: lower, upper, said at, until.
    pub(crate) fn officer(&self, zone: ZoneIx) -> Option<(f64, f64, Time, Time)> {
        self.humans.values().rev().filter(|record| record.observation.place == Place::Zone(zone)).find_map(|record| {
            match record.observation.saying {
                Saying::Count { people } => Some((people, people, record.at, record.until)),
                Saying::Bound { lower, upper } => Some((lower, upper, record.at, record.until)),
                _ => None,
            }
        })
    }
}
