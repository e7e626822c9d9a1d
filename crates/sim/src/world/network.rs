//! The site as walkers find it: ground with an area, passages with a capacity, doors to the world outside.
//!
//! Not here: who may pass now (`rules`), who is where.
//! Invariant: fixed for a site; an [`ArcIx`] is twice its link's position, plus one against the link's direction.

use city::{Access, Link, LinkKind, Position, Site, ZoneKind};

/// The most people that fit on a square metre: what is fuller takes nobody.
pub(crate) const FULL_PER_M2: f64 = 6.0;
/// Length of way through a zone that has neither an outline nor an area, m.
const UNKNOWN_M: f64 = 80.0;
/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_320.0;
/// Speed on a stair and on a ramp, as a share of the speed on the level, up and down: horizontal speeds of 0.54 and
/// 0.67 m/s on a stair (Fruin 1971: 0.51 and 0.67) against 1.2 m/s.
const STAIR_PACE: [f64; 2] = [0.45, 0.56];
const RAMP_PACE: [f64; 2] = [0.8, 0.95];

/// One direction of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ArcIx(pub(crate) u16);

impl ArcIx {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) const fn link(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// 0 along its link, 1 against it.
    pub(crate) const fn way(self) -> usize {
        (self.0 & 1) as usize
    }
}

/// A zone.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    /// Walkable area, m²; infinite where density means nothing.
    pub(crate) area_m2: f64,
    /// The most people it takes.
    pub(crate) full: u32,
    /// A usual way through it, m.
    pub(crate) length_m: f64,
    pub(crate) kind: ZoneKind,
    /// For vehicles until opened.
    pub(crate) vehicle: bool,
    /// Share of the level's speed, up and down, where it slopes.
    pub(crate) pace: [f64; 2],
    pub(crate) centre: Option<(f64, f64)>,
}

/// A link.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) from: u16,
    pub(crate) to: u16,
    pub(crate) width_m: f64,
    /// People per second while it is open, both ways together.
    pub(crate) open_per_s: f64,
    /// Signal cycle and green, s; none where one may always go.
    pub(crate) signal: Option<(u32, u32)>,
    pub(crate) vehicle: bool,
    /// It is a stair or leads onto one.
    pub(crate) steep: bool,
    pub(crate) place: Option<(f64, f64)>,
}

/// The network.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) zones: Vec<Ground>,
    pub(crate) links: Vec<Way>,
    /// Zone of each gate.
    pub(crate) gates: Vec<u16>,
    /// Arcs that leave each zone.
    pub(crate) out: Vec<Vec<ArcIx>>,
    /// Arcs that reach each zone.
    pub(crate) into: Vec<Vec<ArcIx>>,
}

impl Ground {
    /// It is a stair or a landing of one.
    pub(crate) fn is_steep(&self) -> bool {
        is_steep(self.kind)
    }
}

impl Network {
    pub(crate) fn new(site: &Site) -> Self {
        let flat = Flat::of(site);
        let ways: Vec<Way> = site.links.iter().map(|link| way(link, site, &flat)).collect();
        let mut out = vec![Vec::new(); site.zones.len()];
        let mut into = vec![Vec::new(); site.zones.len()];
        for (index, way) in ways.iter().enumerate().filter(|(_, way)| way.from != way.to) {
            let (along, against) = (ArcIx(2 * index as u16), ArcIx(2 * index as u16 + 1));
            out[usize::from(way.from)].push(along);
            into[usize::from(way.to)].push(along);
            out[usize::from(way.to)].push(against);
            into[usize::from(way.from)].push(against);
        }
        let zones = (0..site.zones.len()).map(|zone| ground(site, zone, &flat)).collect();
        let gates = site.gates.iter().map(|gate| gate.zone.index() as u16).collect();
        Self { zones, links: ways, gates, out, into }
    }

    /// The zone an arc leads to.
    pub(crate) fn head(&self, arc: ArcIx) -> usize {
        let way = &self.links[arc.link()];
        usize::from(if arc.way() == 0 { way.to } else { way.from })
    }

    /// The zone an arc starts in.
    pub(crate) fn tail(&self, arc: ArcIx) -> usize {
        let way = &self.links[arc.link()];
        usize::from(if arc.way() == 0 { way.from } else { way.to })
    }

    /// The way through `zone` from the link one came by to the link one leaves by, m.
    pub(crate) fn leg_m(&self, zone: usize, came: Option<usize>, goes: Option<usize>) -> f64 {
        let ground = &self.zones[zone];
        if ground.is_steep() {
            let width = goes.or(came).map_or(0.0, |link| self.links[link].width_m);
            if ground.area_m2.is_finite() && width > 0.0 {
                return (ground.area_m2 / width).max(1.0);
            }
        }
        let place = |link: Option<usize>| link.and_then(|link| self.links[link].place).or(ground.centre);
        match (place(came), place(goes)) {
            // People do not walk as the crow flies.
            (Some(a), Some(b)) if came != goes => (1.15 * libm::hypot(a.0 - b.0, a.1 - b.1)).max(0.2 * ground.length_m),
            _ => 0.6 * ground.length_m,
        }
    }
}

/// Positions as metres east and north of the first.
struct Flat {
    origin: Option<Position>,
}

impl Flat {
    fn of(site: &Site) -> Self {
        let first = |zone: &city::Zone| zone.polygon.as_ref()?.rings.first()?.first().copied();
        Self { origin: site.zones.iter().find_map(first) }
    }

    fn metres(&self, position: Position) -> Option<(f64, f64)> {
        let origin = self.origin?;
        let east = (position.lon - origin.lon) * DEGREE_M * libm::cos(origin.lat.to_radians());
        Some((east, (position.lat - origin.lat) * DEGREE_M))
    }
}

const fn is_steep(kind: ZoneKind) -> bool {
    matches!(kind, ZoneKind::Stair | ZoneKind::Landing)
}

fn way(link: &Link, site: &Site, flat: &Flat) -> Way {
    let width_m = (link.width_m.value - link.lost_width_m).max(0.3);
    let signal = match link.kind {
        LinkKind::Crossing { cycle_s, green_s } if cycle_s > green_s => Some((cycle_s, green_s)),
        _ => None,
    };
    let open = signal.map_or(1.0, |(cycle, green)| f64::from(cycle) / f64::from(green.max(1)));
    let middle = |line: &[Position]| match line {
        [] => None,
        [only] => flat.metres(*only),
        [first, .., last] => {
            flat.metres(Position { lon: 0.5 * (first.lon + last.lon), lat: 0.5 * (first.lat + last.lat) })
        }
    };
    Way {
        from: link.from.index() as u16,
        to: link.to.index() as u16,
        width_m,
        open_per_s: link.capacity_per_m_s * width_m * open,
        signal,
        vehicle: link.access == Access::VehicleUntilOpened,
        steep: [link.from, link.to].iter().any(|zone| is_steep(site.zones[zone.index()].kind))
            || matches!(link.kind, LinkKind::Stair { .. } | LinkKind::Ramp { .. }),
        place: middle(&link.line),
    }
}

fn ground(site: &Site, index: usize, flat: &Flat) -> Ground {
    let zone = &site.zones[index];
    let area_m2 = zone.area_m2.as_ref().map_or(f64::INFINITY, |area| area.value);
    let ring: Vec<(f64, f64)> = zone
        .polygon
        .as_ref()
        .and_then(|polygon| polygon.rings.first())
        .map_or_else(Vec::new, |ring| ring.iter().filter_map(|position| flat.metres(*position)).collect());
    let across = |of: fn(&(f64, f64)) -> f64| {
        let values = ring.iter().map(of);
        values.clone().fold(f64::MIN, f64::max) - values.fold(f64::MAX, f64::min)
    };
    let length_m = match (ring.is_empty(), area_m2.is_finite()) {
        (false, _) => libm::hypot(across(|at| at.0), across(|at| at.1)).clamp(2.0, 2_000.0),
        (true, true) => 1.4 * libm::sqrt(area_m2).max(1.0),
        (true, false) => UNKNOWN_M,
    };
    let count = ring.len().max(1) as f64;
    let sum = ring.iter().fold((0.0, 0.0), |sum, at| (sum.0 + at.0, sum.1 + at.1));
    let ramp = site.links.iter().any(|link| {
        matches!(link.kind, LinkKind::Ramp { .. }) && (link.from.index() == index || link.to.index() == index)
    });
    let pace = match zone.kind {
        ZoneKind::Stair | ZoneKind::Landing if ramp => RAMP_PACE,
        ZoneKind::Stair => STAIR_PACE,
        _ => [1.0, 1.0],
    };
    Ground {
        area_m2,
        full: if area_m2.is_finite() { (area_m2 * FULL_PER_M2).max(1.0) as u32 } else { u32::MAX },
        length_m,
        kind: zone.kind,
        vehicle: zone.access == Access::VehicleUntilOpened,
        pace,
        centre: (!ring.is_empty()).then(|| (sum.0 / count, sum.1 / count)),
    }
}
