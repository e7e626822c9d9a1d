//! What really happened: people in every zone at every minute, and through every gate and link between two.
//!
//! Not here: what sensors made of it (`sensing`).
//! Invariant: occupancy after a minute is occupancy before it plus what came minus what went, zone by zone.

use city::{GateIx, GroupIx, LinkIx, MeasureKind, Place, Site, ZoneIx};

use crate::chance::{Chance, Stream};
use crate::evening::EveningError;
use crate::flow::{Ways, gross};
use crate::gates::passages;
use crate::graph::{Network, open_zones};
use crate::measures::Spell;
use crate::targets::targets;
use crate::timeline::{MINUTES, Totals};

pub use crate::gates::Passage;

/// The evening as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// People in each zone at each minute from 16:00.
    occupancy: Vec<Vec<u32>>,
    /// People through each gate in the minute that ends at each minute; the first row is empty of people.
    gates: Vec<Vec<Passage>>,
    /// People along each link, likewise.
    links: Vec<Vec<Passage>>,
    /// Members of each group.
    groups: Vec<Vec<usize>>,
}

impl Truth {
    /// Plays the evening.
    pub(crate) fn play(site: &Site, spells: &[Spell], seed: u64) -> Result<Self, EveningError> {
        let occupancy = targets(site, spells, seed)?;
        let mut player = Player::new(site, spells, seed);
        let mut gates = vec![vec![Passage::default(); site.gates.len()]];
        let mut links = vec![vec![Passage::default(); site.links.len()]];
        for minute in 1..=MINUTES {
            let (at_gates, on_links) = player.step(minute, &occupancy[minute - 1], &occupancy[minute])?;
            gates.push(at_gates);
            links.push(on_links);
        }
        let groups = site.groups.iter().map(|group| group.members.iter().map(|zone| zone.index()).collect()).collect();
        Ok(Self { occupancy, gates, links, groups })
    }

    /// People in a zone, `minute` minutes after 16:00; none after 23:00 or outside the site.
    pub fn people(&self, zone: ZoneIx, minute: usize) -> u32 {
        self.occupancy.get(minute).and_then(|row| row.get(zone.index())).copied().unwrap_or(0)
    }

    /// People in a group.
    pub fn people_in_group(&self, group: GroupIx, minute: usize) -> u32 {
        let members = self.groups.get(group.index()).map_or(&[][..], Vec::as_slice);
        members.iter().map(|zone| self.people(ZoneIx::from(*zone), minute)).sum()
    }

    /// People through a gate in the minute that ends at `minute`: forward is in.
    pub fn through(&self, gate: GateIx, minute: usize) -> Passage {
        self.gates.get(minute).and_then(|row| row.get(gate.index())).copied().unwrap_or_default()
    }

    /// People along a link in the minute that ends at `minute`.
    pub fn along(&self, link: LinkIx, minute: usize) -> Passage {
        self.links.get(minute).and_then(|row| row.get(link.index())).copied().unwrap_or_default()
    }

    /// The minute as a moment; `None` after the last.
    pub(crate) fn moment(&self, minute: usize, zones: usize) -> Option<crate::world::Moment> {
        Some(crate::world::Moment {
            minute,
            time: crate::timeline::time_of(minute),
            span_s: if minute == 0 { 0 } else { 60 },
            people: self.occupancy.get(minute)?.clone(),
            gates: self.gates.get(minute)?.clone(),
            links: self.links.get(minute)?.clone(),
            aside: vec![Passage::default(); zones],
        })
    }

    /// People who came in from 16:00 to 23:00.
    pub fn arrivals(&self) -> u32 {
        self.gates.iter().flatten().map(|passage| passage.forward).sum()
    }
}

/// Moves people from one minute to the next.
struct Player<'a> {
    site: &'a Site,
    spells: &'a [Spell],
    totals: Totals,
    chance: Chance,
    open: Vec<bool>,
    network: Network,
}

impl<'a> Player<'a> {
    fn new(site: &'a Site, spells: &'a [Spell], seed: u64) -> Self {
        let open = open_zones(site, spells, 0);
        let network = Network::new(site, &open);
        Self { site, spells, totals: Totals::new(), chance: Chance::new(seed, Stream::Gates), open, network }
    }

    /// What passes the gates and links so that `before` becomes `after`.
    fn step(
        &mut self,
        minute: usize,
        before: &[u32],
        after: &[u32],
    ) -> Result<(Vec<Passage>, Vec<Passage>), EveningError> {
        let count = |row: &[u32]| row.iter().map(|people| i64::from(*people)).sum::<i64>();
        let rise = count(after) - count(before);
        let turnover = i64::from(self.totals.turnover(minute));
        let crossings = [turnover + rise.max(0), turnover + (-rise).max(0)].map(|people| people as u32);
        let gates = passages(self.site, self.spells, minute, crossings, &mut self.chance);
        let mut need: Vec<i64> =
            after.iter().zip(before).map(|(after, before)| i64::from(*after) - i64::from(*before)).collect();
        for (gate, passage) in self.site.gates.iter().zip(&gates) {
            need[gate.zone.index()] -= i64::from(passage.forward) - i64::from(passage.backward);
        }
        self.open_for(minute);
        let ways = Ways { minute, one_way: self.one_way(minute), people: after };
        let links = gross(self.site, &self.network, &need, &ways)?;
        Ok((gates, links))
    }

    /// The network over the zones open in the minute that ends at `minute`, solved anew only when they change.
    ///
    /// A zone that closes at the end of the minute still lets its last people out.
    fn open_for(&mut self, minute: usize) {
        let was = open_zones(self.site, self.spells, minute.saturating_sub(1));
        let is = open_zones(self.site, self.spells, minute);
        let open: Vec<bool> = was.into_iter().zip(is).map(|(was, is)| was || is).collect();
        if open != self.open {
            self.network = Network::new(self.site, &open);
            self.open = open;
        }
    }

    /// True for each link that may only be used against its direction: down, for a stair drawn upwards.
    fn one_way(&self, minute: usize) -> Vec<bool> {
        let mut one_way = vec![false; self.site.links.len()];
        for spell in self.spells.iter().filter(|spell| spell.kind == MeasureKind::OneWay && spell.covers(crate::timeline::time_of(minute))) {
            for target in &spell.targets {
                if let Place::Link(ix) = target {
                    one_way[ix.index()] = true;
                }
            }
        }
        one_way
    }
}
