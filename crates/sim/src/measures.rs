//! When the evening's measures are in force: those scheduled ahead by their windows, the three decided at 18:00.
//!
//! Not here: what people do about it (`world`).
//! Invariant: nothing is in force before its set-up time is over.

use city::{ActorId, Command, Fact, Input, MeasureIx, MeasureState, Time};

use crate::evening::Simulated;
use crate::sensing::Window;
use crate::world::Spell;

/// The actor of orders: the evening's decisions were taken by people, and here a program plays them back.
pub(crate) const AUTOMATIC: &str = "automatic";

/// What was ordered and what was seen on the street, in order of time: the orders of measures decided on the day, each
/// measure of the playbook coming into force, and its end.
pub(crate) fn doings(spells: &[Spell], run: Window) -> Vec<Simulated> {
    let mut all = Vec::new();
    for spell in spells {
        let Some(measure) = spell.measure else { continue };
        let seen = |time, state| {
            let fact = Fact::MeasureObserved { measure, state };
            Simulated { time, input: Input::Fact(fact), actor: None }
        };
        all.extend(spell.decided.map(|time| order(measure, time)));
        if spell.to.is_none_or(|to| to > run.from) {
            all.push(seen(spell.from.max(run.from), MeasureState::InForce));
        }
        all.extend(spell.to.map(|to| seen(to, MeasureState::Off)));
    }
    all.retain(|doing| run.from <= doing.time && doing.time <= run.to);
    all.sort_by_key(|doing| doing.time);
    all
}

/// The order of a measure decided on the day; a scheduled one was ordered long before.
fn order(measure: MeasureIx, time: Time) -> Simulated {
    let command = Command::SetMeasure {
        measure,
        state: MeasureState::Ordered,
        why: "approved automatically: a simulation plays back what was decided that day".to_owned(),
    };
    Simulated { time, input: Input::Command(command), actor: Some(ActorId::from(AUTOMATIC)) }
}
