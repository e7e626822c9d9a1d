//! Faults of single sensors: which fails when, and what it says while it does.
//!
//! Not here: what many suffer together (`shared`), honest errors (`line`, `area`, `phone`).
//! Invariant: a sensor's faults depend on the seed, its own id and its own honest readings only (a duplicate source
//! also on those it repeats), and every reading a fault changes lies in a window that [`Injected`] lists.

use city::{DatastreamIx, FindingKind, Role, Site, Span, Time};

use super::settings::{Between, Faults};
use super::shared::Window;
use crate::chance::{Chance, Purpose};

/// Honest readings below this cannot be told from stuck, biased or leaping ones: such a fault waits for a larger one.
const FAULT_MIN_READING: f64 = 10.0;
/// What is left of a sensor that reads too little, and what one that reads too much makes of it.
const BIAS_LOW: Between = Between { least: 0.4, most: 0.65 };
const BIAS_HIGH: Between = Between { least: 1.4, most: 1.8 };
/// Share of its readings a leaping sensor gets wrong, and by how much: times this and these people more.
const JUMP_SHARE: f64 = 0.4;
const JUMP_TIMES: Between = Between { least: 2.5, most: 5.0 };
const JUMP_MORE: f64 = 30.0;
/// Share of its readings that a sensor with gaps loses.
const DROPOUT_SHARE: Between = Between { least: 0.5, most: 0.85 };
/// How far a wrong clock is behind, and ahead, seconds: no further ahead than streams let the future be.
const SKEW_BEHIND_S: Between = Between { least: 90.0, most: 600.0 };
const SKEW_AHEAD_S: Between = Between { least: 45.0, most: 110.0 };
/// How often a source repeats each of its rows.
const REPEATS: usize = 3;

/// A fault as it was: what a list of faults says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injected {
    /// Which sensor.
    pub datastream: DatastreamIx,
    /// What is wrong with it.
    pub kind: FindingKind,
    /// From the first reading concerned.
    pub from: Time,
    /// Up to this moment.
    pub to: Time,
}

/// True for a sensor that counts people, the only kind that fails here.
pub(crate) fn counts_people(site: &Site, datastream: DatastreamIx) -> bool {
    !matches!(site.datastreams[datastream.index()].role, Role::Indicator)
}

/// What a sensor says at last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Said {
    /// A reading, under a clock that is wrong by so much, sent so many times.
    Reading { value: f64, skew: Span, times: usize },
    /// That its result is missing.
    Missing,
    /// Nothing at all.
    Nothing,
}

impl Said {
    pub(crate) fn honest(value: f64) -> Self {
        Self::Reading { value, skew: Span::ZERO, times: 1 }
    }
}

/// How a fault shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Manner {
    Silent,
    Dropout {
        share: f64,
    },
    Stuck {
        at: Option<f64>,
    },
    Jump {
        down: bool,
    },
    Skew {
        by: Span,
    },
    Bias {
        times: f64,
    },
    /// It says what another says.
    Copies {
        other: DatastreamIx,
    },
    /// It says each thing several times.
    Repeats,
}

impl Manner {
    const fn kind(self) -> FindingKind {
        match self {
            Self::Silent => FindingKind::Silent,
            Self::Dropout { .. } => FindingKind::Dropout,
            Self::Stuck { .. } => FindingKind::Stuck,
            Self::Jump { .. } => FindingKind::Jump,
            Self::Skew { .. } => FindingKind::Skew,
            Self::Bias { .. } => FindingKind::Bias,
            Self::Copies { .. } | Self::Repeats => FindingKind::Duplicate,
        }
    }
}

/// A fault to come, being, or over.
#[derive(Clone, Debug)]
struct Fault {
    datastream: DatastreamIx,
    /// When it may begin.
    planned: Window,
    /// When it is over.
    ends: Time,
    manner: Manner,
    /// Set when it begins to show.
    begun: Option<Window>,
    chance: Chance,
}

/// The faults of a run.
#[derive(Clone, Debug)]
pub(crate) struct FaultPlan {
    faults: Vec<Fault>,
    /// Positions in `faults` by sensor.
    by_sensor: Vec<Vec<usize>>,
}

impl FaultPlan {
    pub(crate) fn new(site: &Site, settings: Faults, (days, seed): (&[Window], u64)) -> Self {
        let mut plan = Self { faults: Vec::new(), by_sensor: vec![Vec::new(); site.datastreams.len()] };
        for datastream in (0..site.datastreams.len()).map(DatastreamIx::from) {
            if !counts_people(site, datastream) {
                continue;
            }
            let id = site.datastreams[datastream.index()].id.as_str();
            let mut chance = Chance::own(seed, Purpose::Fault, id);
            for day in days {
                let [fails, begins, ends] = [(); 3].map(|()| chance.unit());
                let lasts_s = chance.between(settings.lasts_s);
                let manner = draw(site, datastream, &mut chance);
                if fails < settings.share {
                    let planned = day.part(begins, lasts_s);
                    let ends = if ends < settings.to_the_end { day.to } else { planned.to };
                    let failing = Chance::own(seed, Purpose::Failing, id);
                    plan.by_sensor[datastream.index()].push(plan.faults.len());
                    plan.faults.push(Fault { datastream, planned, ends, manner, begun: None, chance: failing });
                }
            }
        }
        plan
    }

    /// What `datastream` says at `now`, where all sensors due would honestly read `honest`.
    pub(crate) fn distort(&mut self, datastream: DatastreamIx, now: Time, honest: &[Option<f64>]) -> Option<Said> {
        let reading = honest[datastream.index()]?;
        let mut said = Said::honest(reading);
        for position in &self.by_sensor[datastream.index()] {
            let fault = &mut self.faults[*position];
            if fault.shows(now, honest) {
                said = fault.distort(reading, honest);
            }
        }
        Some(said)
    }

    /// The faults that have begun to show, in the order of the site.
    pub(crate) fn begun(&self) -> impl Iterator<Item = Injected> + '_ {
        self.faults.iter().filter_map(|fault| {
            let window = fault.begun?;
            let kind = fault.manner.kind();
            Some(Injected { datastream: fault.datastream, kind, from: window.from, to: window.to })
        })
    }
}

/// How a sensor would fail; always as many draws.
fn draw(site: &Site, datastream: DatastreamIx, chance: &mut Chance) -> Manner {
    let kind = FindingKind::ALL[((chance.unit() * FindingKind::ALL.len() as f64) as usize).min(6)];
    let [way, extent] = [chance.unit(), chance.unit()];
    match kind {
        FindingKind::Silent => Manner::Silent,
        FindingKind::Dropout => Manner::Dropout { share: DROPOUT_SHARE.at(extent) },
        FindingKind::Stuck => Manner::Stuck { at: None },
        FindingKind::Jump => Manner::Jump { down: way < 0.3 },
        FindingKind::Skew => {
            let seconds = if way < 0.3 { SKEW_AHEAD_S.at(extent) } else { -SKEW_BEHIND_S.at(extent) };
            Manner::Skew { by: Span::from_seconds(seconds.round() as i64) }
        }
        FindingKind::Bias => Manner::Bias { times: if way < 0.5 { BIAS_LOW } else { BIAS_HIGH }.at(extent) },
        FindingKind::Duplicate => match another(site, datastream, extent) {
            Some(other) if way < 0.5 => Manner::Copies { other },
            _ => Manner::Repeats,
        },
    }
}

/// Another sensor of the same kind and interval.
fn another(site: &Site, datastream: DatastreamIx, share: f64) -> Option<DatastreamIx> {
    let own = &site.datastreams[datastream.index()];
    let alike: Vec<usize> = site
        .datastreams
        .iter()
        .enumerate()
        .filter(|(index, stream)| {
            let same_kind = core::mem::discriminant(&stream.role) == core::mem::discriminant(&own.role);
            *index != datastream.index() && same_kind && stream.interval_s == own.interval_s
        })
        .map(|(index, _)| index)
        .collect();
    alike.get((share * alike.len() as f64) as usize).copied().map(DatastreamIx::from)
}

impl Fault {
    /// Whether it shows in the reading at `now`; the first time it can, it begins.
    fn shows(&mut self, now: Time, honest: &[Option<f64>]) -> bool {
        if let Some(window) = self.begun {
            return window.covers(now);
        }
        if !self.planned.covers(now) || !self.can_begin(honest) {
            return false;
        }
        self.begun = Some(Window { from: now, to: self.ends });
        true
    }

    /// A fault that cannot be told from an honest small number waits.
    fn can_begin(&self, honest: &[Option<f64>]) -> bool {
        let reading = |ix: DatastreamIx| honest[ix.index()].unwrap_or(0.0);
        let own = reading(self.datastream);
        match self.manner {
            Manner::Silent | Manner::Dropout { .. } | Manner::Skew { .. } | Manner::Repeats => true,
            Manner::Stuck { .. } | Manner::Jump { .. } | Manner::Bias { .. } => own >= FAULT_MIN_READING,
            Manner::Copies { other } => {
                own.max(reading(other)) >= FAULT_MIN_READING && (own - reading(other)).abs() >= 1.0
            }
        }
    }

    fn distort(&mut self, reading: f64, honest: &[Option<f64>]) -> Said {
        let [first, second] = [self.chance.unit(), self.chance.unit()];
        match &mut self.manner {
            Manner::Silent => Said::Nothing,
            Manner::Dropout { share } if first < *share => {
                // Half the gaps are rows that say so, half are no rows.
                if second < 0.5 { Said::Missing } else { Said::Nothing }
            }
            Manner::Stuck { at } => Said::honest(*at.get_or_insert(reading)),
            Manner::Jump { down } if first < JUMP_SHARE => {
                let times = JUMP_TIMES.at(second);
                Said::honest(if *down {
                    (reading / (2.0 * times)).round()
                } else {
                    (reading * times).round() + JUMP_MORE
                })
            }
            Manner::Dropout { .. } | Manner::Jump { .. } => Said::honest(reading),
            Manner::Skew { by } => Said::Reading { value: reading, skew: *by, times: 1 },
            Manner::Bias { times } => Said::honest((reading * *times).round()),
            Manner::Copies { other } => Said::honest(honest[other.index()].unwrap_or(reading)),
            Manner::Repeats => Said::Reading { value: reading, skew: Span::ZERO, times: REPEATS },
        }
    }
}
