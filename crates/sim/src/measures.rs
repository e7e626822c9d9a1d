//! When the evening's measures are in force: those scheduled ahead by their windows, the three decided at 18:00.
//!
//! Not here: what people do about it (`targets`, `gates`, `flow`).
//! Invariant: nothing is in force before its set-up time is over.

use city::{ActorId, Command, Fact, Input, MeasureIx, MeasureKind, MeasureState, Place, Site, Span, Time};

use crate::evening::Simulated;
use crate::timeline::{DECISION_MINUTE, MINUTES, START, time_of};

/// The measures decided at 18:00 and the minute at which each ended. The decision is a fact, the ends are assumptions:
/// traffic came back in order after the last show.
const DECIDED: [(&str, usize); 3] =
    [("open-zhongshan-east-1", 375), ("stairs-down-only", 365), ("wiper-crossing", 375)];

/// The window of one measure on that evening.
#[derive(Clone, Debug)]
pub(crate) struct Spell {
    pub(crate) measure: MeasureIx,
    pub(crate) kind: MeasureKind,
    pub(crate) targets: Vec<Place>,
    pub(crate) from: Time,
    pub(crate) to: Option<Time>,
}

impl Spell {
    /// True when in force at `now`.
    pub(crate) fn covers(&self, now: Time) -> bool {
        self.from <= now && self.to.is_none_or(|to| now < to)
    }

    /// How far opening has gone, 0 to 1: it fills in `fill_min` minutes and is cleared in as many before its end.
    pub(crate) fn extent(&self, now: Time, fill_min: f64) -> f64 {
        if !self.covers(now) {
            return 0.0;
        }
        let since = now.since(self.from).minutes();
        let left = self.to.map_or(f64::INFINITY, |to| to.since(now).minutes());
        (since / fill_min).min(left / fill_min).clamp(0.0, 1.0)
    }
}

/// Every measure that was in force at some time of the evening, in the order of the site.
pub(crate) fn spells(site: &Site) -> Vec<Spell> {
    let mut spells = Vec::new();
    for (index, measure) in site.measures.iter().enumerate() {
        let decided = DECIDED.iter().find(|(id, _)| measure.id.as_str() == *id);
        let window = match (measure.scheduled, decided) {
            (Some(window), _) => Some((window.from, window.to)),
            (None, Some((_, end))) => {
                let set_up = Span::from_seconds(i64::from(measure.setup_s));
                Some((time_of(DECISION_MINUTE).plus(set_up), Some(time_of(*end))))
            }
            (None, None) => None,
        };
        let Some((from, to)) = window else { continue };
        if from <= time_of(MINUTES) && to.is_none_or(|to| to > START) {
            let targets = measure.targets.clone();
            spells.push(Spell { measure: MeasureIx::from(index), kind: measure.kind, targets, from, to });
        }
    }
    spells
}

/// The actor of orders: the evening's decisions were taken by people, and here a program plays them back.
pub(crate) const AUTOMATIC: &str = "automatic";

/// What was ordered and what was seen on the street, in order of time: the decided measures' orders, each measure
/// coming into force, and its end.
pub(crate) fn doings(site: &Site, spells: &[Spell]) -> Vec<Simulated> {
    let seen = |spell: &Spell, time, state| {
        let fact = Fact::MeasureObserved { measure: spell.measure, state };
        Simulated { time, input: Input::Fact(fact), actor: None }
    };
    let mut all: Vec<_> = spells.iter().filter_map(|spell| order(site, spell)).collect();
    all.extend(spells.iter().map(|spell| seen(spell, spell.from.max(START), MeasureState::InForce)));
    all.extend(spells.iter().filter_map(|spell| spell.to.map(|to| seen(spell, to, MeasureState::Off))));
    all.retain(|doing| doing.time <= time_of(MINUTES));
    all.sort_by_key(|doing| doing.time);
    all
}

/// The order of a decided measure, at the minute of the decision; a scheduled one was ordered long before.
fn order(site: &Site, spell: &Spell) -> Option<Simulated> {
    site.measures.get(spell.measure.index()).filter(|measure| measure.scheduled.is_none())?;
    let command = Command::SetMeasure {
        measure: spell.measure,
        state: MeasureState::Ordered,
        why: "approved automatically: the demonstration plays back what was decided at 18:00 that day".to_owned(),
    };
    let actor = Some(ActorId::from(AUTOMATIC));
    Some(Simulated { time: time_of(DECISION_MINUTE), input: Input::Command(command), actor })
}
