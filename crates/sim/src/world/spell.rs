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

/// Why a measure given as text is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpellError {
    /// Too few words.
    #[error("'{text}' is no measure: write KIND TARGET from=T [to=T] [obeyed=SHARE] [rate=PEOPLE_PER_MIN]")]
    Form {
        /// As given.
        text: String,
    },
    /// No such kind.
    #[error("'{kind}' is no kind of measure: open-road, close, one-way, meter, human-wall, skip-stop, exit-only, divert")]
    Kind {
        /// As given.
        kind: String,
    },
    /// Not in the site.
    #[error("the site has neither a measure nor a place '{target}': write measure/ID, zone/ID, link/ID or gate/ID")]
    Target {
        /// As given.
        target: String,
    },
    /// A key or value that is none.
    #[error("'{word}' is not from=T, to=T, obeyed=SHARE or rate=PEOPLE_PER_MIN")]
    Word {
        /// As given.
        word: String,
    },
}

impl Spell {
    /// True when in force at `now`.
    pub fn covers(&self, now: Time) -> bool {
        self.from <= now && self.to.is_none_or(|to| now < to)
    }

    /// Reads `KIND TARGET from=T [to=T] [obeyed=SHARE] [rate=PEOPLE_PER_MIN]`; the target is a place or `measure/ID`,
    /// several with commas between. Without `from` it is in force from the start.
    pub fn read(text: &str, site: &Site, demand: &Demand) -> Result<Self, SpellError> {
        let mut words = text.split_whitespace();
        let (Some(kind), Some(targets)) = (words.next(), words.next()) else {
            return Err(SpellError::Form { text: cut(text) });
        };
        let kind_of = KINDS.iter().find(|(name, _)| *name == kind).map(|(_, kind)| *kind);
        let kind = kind_of.ok_or_else(|| SpellError::Kind { kind: cut(kind) })?;
        let mut spell = Self {
            measure: None,
            kind,
            targets: Vec::new(),
            decided: None,
            from: demand.start,
            to: None,
            obeyed_share: demand.obeyed_share,
            per_min: METER_PER_MIN,
        };
        for target in targets.split(',') {
            spell.aim(target, site)?;
        }
        for word in words {
            spell.set(word).ok_or_else(|| SpellError::Word { word: cut(word) })?;
        }
        Ok(spell)
    }

    fn aim(&mut self, target: &str, site: &Site) -> Result<(), SpellError> {
        let unknown = || SpellError::Target { target: cut(target) };
        if let Some(id) = target.strip_prefix("measure/") {
            let measure = site.measure_ix(&id.into()).ok_or_else(unknown)?;
            self.targets.extend(site.measures[measure.index()].targets.iter().copied());
            self.measure = Some(measure);
        } else {
            self.targets.push(site.place(target).ok_or_else(unknown)?);
        }
        Ok(())
    }

    fn set(&mut self, word: &str) -> Option<()> {
        let (key, value) = word.split_once('=')?;
        let number = || value.parse::<f64>().ok();
        match key {
            "from" => self.from = value.parse().ok()?,
            "to" => self.to = Some(value.parse().ok()?),
            "obeyed" => self.obeyed_share = number().filter(|share| (0.0..=1.0).contains(share))?,
            "rate" => self.per_min = number().filter(|rate| (0.0..=1e6).contains(rate))?,
            _ => return None,
        }
        Some(())
    }
}

const KINDS: [(&str, MeasureKind); 8] = [
    ("open-road", MeasureKind::OpenRoad),
    ("close", MeasureKind::Close),
    ("one-way", MeasureKind::OneWay),
    ("meter", MeasureKind::Meter),
    ("human-wall", MeasureKind::HumanWall),
    ("skip-stop", MeasureKind::SkipStop),
    ("exit-only", MeasureKind::ExitOnly),
    ("divert", MeasureKind::Divert),
];

fn cut(text: &str) -> String {
    text.chars().take(64).collect()
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
