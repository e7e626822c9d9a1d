//! A measure on the day: what it does where, from when to when, and how many do as it says.
//!
//! Not here: what it does to people's ways (`rules`).
//! Invariant: a spell is in force from `from` up to but not at `to`.

use city::{MeasureIx, MeasureKind, Place, Site, Span, Time};

use crate::demand::Demand;

/// People a metered gate lets in each minute where the measure does not say.
const METER_PER_MIN: f64 = 60.0;

/// A measure in force for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Spell {
    /// The measure of the site's playbook; none for one given by hand.
    pub measure: Option<MeasureIx>,
    /// What it does.
    pub kind: MeasureKind,
    /// Where.
    pub targets: Vec<Place>,
    /// When it was ordered, if that is known only on the day.
    pub decided: Option<Time>,
    /// In force from.
    pub from: Time,
    /// In force until; for good when absent.
    pub to: Option<Time>,
    /// Share of people who do as it says, 0–1. A shut gate, a skipped station and a human wall let nobody choose.
    pub obeyed_share: f64,
    /// People a metered gate lets in each minute.
    pub per_min: f64,
}

impl Spell {
    /// True when in force at `now`.
    pub fn covers(&self, now: Time) -> bool {
        self.from <= now && self.to.is_none_or(|to| now < to)
    }
}

/// The measures of the site's schedule and those the demand says were decided, in the order of the site.
pub fn spells(site: &Site, demand: &Demand) -> Vec<Spell> {
    let mut spells = Vec::new();
    for (index, measure) in site.measures.iter().enumerate() {
        let spell = |decided, from, to| Spell {
            measure: Some(MeasureIx::from(index)),
            kind: measure.kind,
            targets: measure.targets.clone(),
            decided,
            from,
            to,
            obeyed_share: demand.obeyed_share,
            per_min: METER_PER_MIN,
        };
        if let Some(window) = measure.scheduled {
            spells.push(spell(None, window.from, window.to));
        }
        for decided in demand.decided.iter().filter(|decided| decided.measure.index() == index) {
            let set_up = Span::from_seconds(i64::from(measure.setup_s));
            spells.push(spell(Some(decided.at), decided.at.plus(set_up), decided.until));
        }
    }
    spells
}
