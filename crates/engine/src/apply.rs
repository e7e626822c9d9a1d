//! `apply`: one entry enters, time moves, what changed comes out.
//!
//! Not here: what each input does (observe, human, measures, warn).
//! Invariant: time never goes back; every timer due at or before a row or an entry has fired before it; a refused
//! input changes nothing but counters.

use city::{
    Answer, Command, ENTRY_SCHEMA, Entry, Event, Fact, Input, ObservationBatch, Outcome, Rejection, RejectionReason,
    Time,
};

use crate::state::City;
use crate::timers::Timer;
use crate::turn::Turn;

/// Events a row makes at most times: room for them is made at once.
const EVENTS_A_ROW: usize = 4;

/// Applies one entry. Total: whatever the entry says, the city stays sound and the outcome tells what changed.
///
/// Row `i` of an observations fact counts at its result time, clamped between the present and the entry's time; timers
/// due at or before that moment fire first, each at its own due time.
pub fn apply(city: &mut City, entry: &Entry) -> Outcome {
    let mut outcome = Outcome::default();
    apply_into(city, entry, &mut outcome);
    outcome
}

/// As [`apply`], into an outcome whose memory is used again: what was in it is dropped. For whoever applies many entries
/// and keeps no outcome.
pub fn apply_into(city: &mut City, entry: &Entry, outcome: &mut Outcome) {
    outcome.events.clear();
    outcome.effects.clear();
    city.seq = entry.seq;
    let time = entry.time.max(city.state.now);
    if let Input::Fact(Fact::Site(site)) = &entry.input
        && entry.schema <= ENTRY_SCHEMA
    {
        in_turn(city, outcome, |turn| turn.advance(time));
        city.state.now = time;
        city.adopt(site, outcome);
        return;
    }
    if city.home.is_none() {
        city.state.now = time;
        refuse_without_site(city, entry, outcome);
        return;
    }
    in_turn(city, outcome, |turn| {
        if entry.schema > ENTRY_SCHEMA {
            turn.advance(time);
            turn.reject(RejectionReason::UnknownSchema);
            return;
        }
        if let Input::Fact(Fact::Observations(batch)) = &entry.input {
            turn.rows(batch, time);
            turn.advance(time);
        } else {
            turn.advance(time);
            turn.input(entry);
            turn.advance(time);
        }
    });
}

/// Runs `work` as one turn, if there is a site.
pub(crate) fn in_turn(city: &mut City, outcome: &mut Outcome, work: impl FnOnce(&mut Turn<'_>)) {
    let Some(home) = city.home.clone() else { return };
    city.scratch.next_turn();
    work(&mut Turn { state: &mut city.state, home: &home, scratch: &mut city.scratch, out: outcome });
}

/// Before a site is adopted only time and epochs mean anything.
fn refuse_without_site(city: &mut City, entry: &Entry, outcome: &mut Outcome) {
    let reason = match &entry.input {
        _ if entry.schema > ENTRY_SCHEMA => RejectionReason::UnknownSchema,
        Input::Tick | Input::Fact(Fact::Epoch { .. }) => return,
        _ => RejectionReason::NoSite,
    };
    match &entry.input {
        Input::Fact(Fact::Observations(batch)) => {
            city.state.tally.rejected += batch.len() as u64;
            let refuse = |observation| Event::Rejected(Rejection { observation: Some(observation), reason });
            outcome.events.extend(batch.iter().map(refuse));
        }
        _ => outcome.events.push(Event::Rejected(Rejection { observation: None, reason })),
    }
}

impl Turn<'_> {
    /// Observations, each at its own moment.
    fn rows(&mut self, batch: &ObservationBatch, time: Time) {
        self.out.events.reserve(batch.len() * EVENTS_A_ROW);
        for row in batch.iter() {
            let at = row.result_time.clamp(self.state.now, time);
            self.advance(at);
            self.observe(row);
        }
    }

    /// Fires every timer due at or before `time`, each at its due time, and moves the present there.
    pub(crate) fn advance(&mut self, time: Time) {
        while let Some((due, timer)) = self.state.timers.pop(time) {
            self.state.now = self.state.now.max(due);
            self.fire(timer);
        }
        self.state.now = self.state.now.max(time);
    }

    /// One timer.
    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Drain(stream) => self.drain(stream),
            Timer::Silent(stream) => self.check_silence(stream),
            Timer::Settle(zone) => self.settle_if_due(zone),
            Timer::SettleGroup(group) => self.settle_group_if_due(group),
            Timer::Balance => self.balance(),
            Timer::Human(id) => self.expire_human(id),
            Timer::Watch(cause) => self.step(cause),
            Timer::Unshelve(warning) => self.shelving_ends(warning),
            Timer::Escalate(warning) => self.escalate(warning),
            Timer::Minute => {
                self.measure_locked();
                self.examine_minute();
                self.sample_zones();
                self.look_ahead_minute();
            }
        }
    }

    /// Any input but a site and observations.
    fn input(&mut self, entry: &Entry) {
        match &entry.input {
            Input::Fact(Fact::Human(observation)) => self.human(observation),
            Input::Fact(Fact::MeasureObserved { measure, state }) => self.measure_observed(*measure, *state),
            Input::Command(Command::SetMeasure { measure, state, .. }) => self.set_measure(*measure, *state),
            Input::Command(command) => self.command(command, &entry.actor),
            Input::Answer(Answer::Notified { effect, .. }) => match self.state.effects.remove(effect) {
                Some(_) => self.emit(Event::Done),
                None => self.reject(RejectionReason::UnknownEffect),
            },
            Input::Tick | Input::Fact(Fact::Epoch { .. } | Fact::Site(_) | Fact::Observations(_)) => {}
        }
    }
}
