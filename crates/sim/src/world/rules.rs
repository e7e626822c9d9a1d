//! What measures and events in force let people do: for each class of obedience, which arcs and gates are shut to it.
//!
//! Not here: what people choose among what is left (`routes`, `choice`).
//! Invariant: a function of the network, the spells, the events and the time.

use city::{MeasureKind, Place, Span, Time};

use super::network::{ArcIx, Network};
use super::spell::Spell;
use crate::demand::{Event, EventKind};

/// People leave a road that is given back to vehicles in its last so many seconds, and nobody enters it.
const CLEAR_S: i64 = 900;
/// The most classes of obedience.
pub(crate) const MAX_CLASSES: usize = 8;

/// Classes of obedience: people of class 0 do as every measure says, those of a higher one ignore the measures whose
/// share of obedience lies at or below their own number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Classes(Vec<f64>);

impl Classes {
    /// From the shares of the spells; at most [`MAX_CLASSES`] minus one different ones count.
    pub(crate) fn of(spells: &[Spell]) -> Self {
        let mut shares: Vec<f64> = spells.iter().map(|spell| spell.obeyed_share).filter(|share| *share < 1.0).collect();
        shares.sort_by(f64::total_cmp);
        shares.dedup();
        shares.truncate(MAX_CLASSES - 1);
        Self(shares)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len() + 1
    }

    /// The class of a person who drew `unit` in 0..1.
    pub(crate) fn of_person(&self, unit: f64) -> u8 {
        self.0.iter().filter(|share| **share <= unit).count() as u8
    }

    /// The classes, as bits, that do as a spell of this share says.
    fn obeying(&self, share: f64) -> u8 {
        let obeys = |class: &usize| *class == 0 || share > self.0[class - 1];
        (0..self.count()).filter(obeys).fold(0, |bits, class| bits | 1 << class)
    }

    fn all(&self) -> u8 {
        (0..self.count()).fold(0, |bits, class| bits | 1 << class)
    }
}

/// What is in force at a moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rules {
    /// Classes barred from each arc, as bits.
    pub(crate) barred: Vec<u8>,
    /// Zones that people may enter.
    pub(crate) open: Vec<bool>,
    /// Links on which two flows have locked.
    pub(crate) locked: Vec<bool>,
    /// Links worked by a human wall.
    pub(crate) walled: Vec<bool>,
    /// Classes barred from coming in and from going out by each gate, as bits.
    pub(crate) gates: Vec<[u8; 2]>,
    /// Gates at whose station trains do not stop.
    pub(crate) skipped: Vec<bool>,
    /// People a metered gate lets in each minute, and the classes that wait for it.
    pub(crate) meters: Vec<Option<(f64, u8)>>,
    /// Zones to which people are sent, and the classes that go.
    pub(crate) diverted: Vec<(usize, u8)>,
    /// What the arrivals at each gate are multiplied by.
    pub(crate) surge: Vec<f64>,
    /// What the attraction of each zone is multiplied by.
    pub(crate) draw: Vec<f64>,
}

impl Rules {
    pub(crate) fn at(now: Time, network: &Network, (spells, events): (&[Spell], &[Event]), classes: &Classes) -> Self {
        let (zones, links, gates) = (network.zones.len(), network.links.len(), network.gates.len());
        let mut rules = Self {
            barred: vec![0; 2 * links],
            open: network.zones.iter().map(|zone| !zone.vehicle).collect(),
            locked: vec![false; links],
            walled: vec![false; links],
            gates: vec![[0; 2]; gates],
            skipped: vec![false; gates],
            meters: vec![None; gates],
            diverted: Vec::new(),
            surge: vec![1.0; gates],
            draw: vec![1.0; zones],
        };
        let mut opened = vec![false; links];
        for spell in spells.iter().filter(|spell| spell.covers(now)) {
            let obeying = classes.obeying(spell.obeyed_share);
            for target in &spell.targets {
                if let (MeasureKind::OpenRoad, Place::Link(link)) = (spell.kind, target) {
                    opened[link.index()] = true;
                }
                rules.apply(spell, *target, (obeying, classes.all()), now);
            }
        }
        for event in events.iter().filter(|event| event.from <= now && now < event.to) {
            rules.happen(&event.kind);
        }
        for arc in (0..2 * links).map(|arc| ArcIx(arc as u16)) {
            let (head, tail) = (network.head(arc), network.tail(arc));
            let is_road =
                network.links[arc.link()].vehicle && !network.zones[head].vehicle && !network.zones[tail].vehicle;
            if !rules.open[head] || (is_road && !opened[arc.link()]) {
                rules.barred[arc.index()] = classes.all();
            }
        }
        rules
    }

    fn apply(&mut self, spell: &Spell, target: Place, (obeying, all): (u8, u8), now: Time) {
        match (spell.kind, target) {
            (MeasureKind::OpenRoad, Place::Zone(zone)) => {
                let clears = spell.to.is_some_and(|to| now >= to.minus(Span::from_seconds(CLEAR_S)));
                self.open[zone.index()] = !clears;
            }
            (MeasureKind::Close, Place::Zone(zone)) => self.open[zone.index()] = false,
            (MeasureKind::Close, Place::Link(link)) => {
                self.barred[2 * link.index()] |= all;
                self.barred[2 * link.index() + 1] |= all;
            }
            (MeasureKind::Close, Place::Gate(gate)) => self.gates[gate.index()] = [all; 2],
            (MeasureKind::SkipStop, Place::Gate(gate)) => {
                self.gates[gate.index()] = [all; 2];
                self.skipped[gate.index()] = true;
            }
            (MeasureKind::ExitOnly, Place::Gate(gate)) => self.gates[gate.index()][0] |= obeying,
            // A one-way link is used against its direction: down, for a stair drawn upwards.
            (MeasureKind::OneWay, Place::Link(link)) => self.barred[2 * link.index()] |= obeying,
            (MeasureKind::HumanWall, Place::Link(link)) => self.walled[link.index()] = true,
            (MeasureKind::Meter, Place::Gate(gate)) => self.meters[gate.index()] = Some((spell.per_min, obeying)),
            (MeasureKind::Divert, Place::Zone(zone)) => self.diverted.push((zone.index(), obeying)),
            // Other pairs of kind and place mean nothing.
            _ => {}
        }
    }

    fn happen(&mut self, kind: &EventKind) {
        match kind {
            EventKind::Lock { links } => links.iter().for_each(|link| self.locked[link.index()] = true),
            EventKind::Surge { gates, factor } => gates.iter().for_each(|gate| self.surge[gate.index()] *= factor),
            EventKind::Draw { zones, factor } => zones.iter().for_each(|zone| self.draw[zone.index()] *= factor),
        }
    }

    /// True when a person of this class may use the arc.
    pub(crate) fn lets(&self, arc: ArcIx, class: u8) -> bool {
        self.barred[arc.index()] >> class & 1 == 0
    }

    /// True when a person of this class may come in by the gate.
    pub(crate) fn lets_in(&self, gate: usize, class: u8) -> bool {
        self.gates[gate][0] >> class & 1 == 0
    }

    /// True when a person of this class may go out by the gate.
    pub(crate) fn lets_out(&self, gate: usize, class: u8) -> bool {
        self.gates[gate][1] >> class & 1 == 0
    }
}
