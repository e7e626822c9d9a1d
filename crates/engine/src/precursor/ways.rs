//! Ways out of places, derived from a site once: who counts which passage, what is one stair.
//!
//! Not here: any state, any rule.
//! Invariant: a function of the site alone; every zone of a stair is in exactly one [`Stair`].

use city::{
    Datastream, DatastreamIx, Gate, GateFlow, GateIx, Link, LinkFlow, LinkIx, LinkKind, Place, Role, Site, ZoneIx,
    ZoneKind,
};

/// The longest interval of a count that a precursor is judged by, seconds: what happens in minutes is not seen in hours.
pub(crate) const INTERVAL_MAX_S: u32 = 120;

/// Over how long a passage is averaged for what it carries now, seconds.
const BRIEF_S: f64 = 60.0;

/// The same for a metro exit or a pier, where people come by trainloads, seconds.
const BRIEF_GATE_S: f64 = 180.0;

/// At a signal: so many cycles.
const BRIEF_CYCLES: f64 = 2.0;

/// The least width a link is reckoned with, m: standing people never make it nothing.
const WIDTH_MIN_M: f64 = 0.3;

/// Who counts a passage each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Along a link, or into the site.
    pub(crate) forward: Option<DatastreamIx>,
    /// Against it, or out of the site.
    pub(crate) backward: Option<DatastreamIx>,
}

/// What one passes to leave a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// A link.
    Link(LinkIx),
    /// A gate.
    Gate(GateIx),
}

/// A way out of a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exit {
    /// What it is.
    pub(crate) door: Door,
    /// Who counts those who leave by it.
    pub(crate) leave: Option<DatastreamIx>,
    /// Who counts those who come in by it.
    pub(crate) enter: Option<DatastreamIx>,
    /// Where it leads; outside for a gate.
    pub(crate) beyond: Option<ZoneIx>,
    /// Effective width less what standing people take, m; 0 for a gate, whose width is not known.
    pub(crate) width_m: f64,
    /// The most people a metre of it passes in a second.
    pub(crate) capacity_per_m_s: f64,
}

impl Exit {
    /// The most people that pass in a second.
    pub(crate) fn capacity_per_s(&self) -> f64 {
        self.width_m * self.capacity_per_m_s
    }

    /// Whether both ways are counted.
    pub(crate) fn is_counted(&self) -> bool {
        self.leave.is_some() && self.enter.is_some()
    }
}

/// A stair: zones of its flights and landings that hang together, or a link by itself.
#[derive(Clone, Debug)]
pub(crate) struct Stair {
    /// What warnings of it name: its landing, else its first flight, else the link.
    pub(crate) place: Place,
    /// Its zones; none when it is only a link.
    pub(crate) zones: Vec<ZoneIx>,
    /// The ways out of it. For a link by itself one: from its beginning to its end.
    pub(crate) exits: Vec<Exit>,
    /// Passages inside it that are counted both ways, from flight to landing: as if one left by them.
    pub(crate) inside: Vec<Exit>,
    /// All its links.
    pub(crate) links: Vec<LinkIx>,
}

/// The ways of a site.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    /// By link.
    pub(crate) links: Vec<Counted>,
    /// By gate: forward is in.
    pub(crate) gates: Vec<Counted>,
    /// By zone: the ways out of it.
    pub(crate) exits: Vec<Vec<Exit>>,
    /// Every stair.
    pub(crate) stairs: Vec<Stair>,
    /// By zone: the stair it is part of.
    pub(crate) stair_of: Vec<Option<usize>>,
    /// By link: the stair that it is by itself.
    stair_of_link: Vec<Option<usize>>,
    /// By datastream: the stair whose passage it counts.
    pub(crate) stair_of_line: Vec<Option<usize>>,
    /// By datastream: over how long its counts are averaged, seconds; `None` for one no precursor is judged by.
    pub(crate) brief_s: Vec<Option<f64>>,
}

impl Ways {
    /// The ways of `site`, which is sound.
    pub(crate) fn new(site: &Site) -> Self {
        let mut ways = Self {
            links: vec![Counted::default(); site.links.len()],
            gates: vec![Counted::default(); site.gates.len()],
            brief_s: site.datastreams.iter().map(|stream| brief_s(site, stream)).collect(),
            ..Self::default()
        };
        ways.count(site);
        ways.exits = (0..site.zones.len()).map(|ix| ways.exits_of(site, &[ix.into()])).collect();
        ways.find_stairs(site);
        ways
    }

    /// Which stream counts which passage; of two that count the same the first.
    fn count(&mut self, site: &Site) {
        for (ix, stream) in site.datastreams.iter().enumerate() {
            if self.brief_s[ix].is_none() {
                continue;
            }
            let slot = match stream.role {
                Role::GateCount { gate, flow: GateFlow::In } => &mut self.gates[gate.index()].forward,
                Role::GateCount { gate, flow: GateFlow::Out } => &mut self.gates[gate.index()].backward,
                Role::LinkCount { link, flow: LinkFlow::Forward } => &mut self.links[link.index()].forward,
                Role::LinkCount { link, flow: LinkFlow::Backward } => &mut self.links[link.index()].backward,
                _ => continue,
            };
            slot.get_or_insert(ix.into());
        }
    }

    /// The ways out of zones taken together.
    fn exits_of(&self, site: &Site, zones: &[ZoneIx]) -> Vec<Exit> {
        let inside = |zone: ZoneIx| zones.contains(&zone);
        let links = site.links.iter().enumerate().filter_map(|(ix, link)| {
            let ways = self.links[ix];
            let (leave, enter, beyond) = match (inside(link.from), inside(link.to)) {
                (true, false) => (ways.forward, ways.backward, link.to),
                (false, true) => (ways.backward, ways.forward, link.from),
                _ => return None,
            };
            Some(link_exit(link, ix.into(), (leave, enter), beyond))
        });
        let at_gate = |(_, gate): &(usize, &Gate)| inside(gate.zone);
        let gates = site.gates.iter().enumerate().filter(at_gate).map(|(ix, _)| Exit {
            door: Door::Gate(ix.into()),
            leave: self.gates[ix].backward,
            enter: self.gates[ix].forward,
            beyond: None,
            width_m: 0.0,
            capacity_per_m_s: 0.0,
        });
        links.chain(gates).collect()
    }

    fn find_stairs(&mut self, site: &Site) {
        self.stair_of = vec![None; site.zones.len()];
        self.stair_of_link = vec![None; site.links.len()];
        self.stair_of_line = vec![None; site.datastreams.len()];
        for zone in (0..site.zones.len()).map(ZoneIx::from) {
            if is_steps(site, zone) && self.stair_of[zone.index()].is_none() {
                let zones = joined(site, zone);
                let landing = zones.iter().find(|zone| site.zones[zone.index()].kind == ZoneKind::Landing);
                let place = Place::Zone(*landing.unwrap_or(&zone));
                let touches = |link: &Link| zones.contains(&link.from) || zones.contains(&link.to);
                let links = site.links.iter().enumerate().filter(|(_, link)| touches(link));
                let links: Vec<LinkIx> = links.map(|(ix, _)| ix.into()).collect();
                let exits = self.exits_of(site, &zones);
                let inside = links.iter().filter(|link| {
                    let link = &site.links[link.index()];
                    zones.contains(&link.from) && zones.contains(&link.to)
                });
                let inside = inside.map(|link| self.exit_along(site, *link)).filter(Exit::is_counted).collect();
                self.add_stair(Stair { place, zones, exits, inside, links });
            }
        }
        for (ix, link) in site.links.iter().enumerate() {
            let is_alone = !is_steps(site, link.from) && !is_steps(site, link.to);
            if is_alone && matches!(link.kind, LinkKind::Stair { .. } | LinkKind::Ramp { .. }) {
                let (place, links) = (Place::Link(ix.into()), vec![LinkIx::from(ix)]);
                let exits = vec![self.exit_along(site, ix.into())];
                self.add_stair(Stair { place, zones: Vec::new(), exits, inside: Vec::new(), links });
            }
        }
    }

    /// A link as if one left by it from its beginning to its end.
    fn exit_along(&self, site: &Site, link: LinkIx) -> Exit {
        let ways = self.links[link.index()];
        let config = &site.links[link.index()];
        link_exit(config, link, (ways.forward, ways.backward), config.to)
    }

    fn add_stair(&mut self, stair: Stair) {
        let position = self.stairs.len();
        for zone in &stair.zones {
            self.stair_of[zone.index()] = Some(position);
        }
        if let Place::Link(link) = stair.place {
            self.stair_of_link[link.index()] = Some(position);
        }
        for line in stair.exits.iter().chain(&stair.inside).flat_map(|exit| [exit.leave, exit.enter]).flatten() {
            self.stair_of_line[line.index()] = Some(position);
        }
        self.stairs.push(stair);
    }

    /// The stair that warnings of `place` are about.
    pub(crate) fn stair_at(&self, place: Place) -> Option<&Stair> {
        let position = match place {
            Place::Zone(zone) => *self.stair_of.get(zone.index())?,
            Place::Link(link) => *self.stair_of_link.get(link.index())?,
            _ => None,
        };
        self.stairs.get(position?).filter(|stair| stair.place == place)
    }
}

/// Whether a zone is part of a stair.
fn is_steps(site: &Site, zone: ZoneIx) -> bool {
    matches!(site.zones[zone.index()].kind, ZoneKind::Stair | ZoneKind::Landing)
}

/// The zones of the stair that `first` is part of, in the site's order.
fn joined(site: &Site, first: ZoneIx) -> Vec<ZoneIx> {
    let mut zones = vec![first];
    let mut next = 0;
    while let Some(zone) = zones.get(next).copied() {
        for link in &site.links {
            let other = if link.from == zone { link.to } else { link.from };
            let touches = link.from == zone || link.to == zone;
            if touches && is_steps(site, other) && !zones.contains(&other) {
                zones.push(other);
            }
        }
        next += 1;
    }
    zones.sort_unstable();
    zones
}

fn link_exit(
    link: &Link,
    ix: LinkIx,
    (leave, enter): (Option<DatastreamIx>, Option<DatastreamIx>),
    beyond: ZoneIx,
) -> Exit {
    let (width_m, capacity_per_m_s) = (width_m(link), link.capacity_per_m_s);
    Exit { door: Door::Link(ix), leave, enter, beyond: Some(beyond), width_m, capacity_per_m_s }
}

/// Effective width of a link less what standing people take, m.
pub(super) fn width_m(link: &Link) -> f64 {
    (link.width_m.value - link.lost_width_m).max(WIDTH_MIN_M)
}

/// Over how long a stream's counts are averaged for what passes now.
fn brief_s(site: &Site, stream: &Datastream) -> Option<f64> {
    if stream.interval_s == 0 || stream.interval_s > INTERVAL_MAX_S {
        return None;
    }
    match stream.role {
        Role::LinkCount { link, .. } => Some(match site.links[link.index()].kind {
            LinkKind::Crossing { cycle_s, .. } => BRIEF_S.max(BRIEF_CYCLES * f64::from(cycle_s)),
            _ => BRIEF_S,
        }),
        Role::GateCount { .. } => Some(BRIEF_GATE_S),
        _ => None,
    }
}
