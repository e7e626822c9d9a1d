//! A large site made of a small one: copies side by side, linked with each other.
//!
//! Not here: what its sensors say (day).
//! Invariant: every copy has everything the small site has but measures and indicators; what is beyond that is links
//! between a zone and its copy in the next tile, with a counter each way.

use city::{
    Datastream, DatastreamIx, Gate, GateIx, Group, GroupIx, Link, LinkFlow, LinkIx, LinkKind, Post, Role, Site,
    Sourced, Zone, ZoneIx,
};

/// The large site, and where its datastreams come from.
pub(super) struct Tiled {
    pub(super) site: Site,
    /// By datastream: the one it is a copy of, and its tile; none for a link between tiles.
    pub(super) copies: Vec<Option<(DatastreamIx, usize)>>,
}

/// Width of a link between tiles, m.
const BETWEEN_WIDTH_M: f64 = 4.0;

/// At least so many zones and counting lines.
pub(super) fn tiled(small: &Site, zones: usize, lines: usize) -> Tiled {
    let tiles = zones.div_ceil(small.zones.len().max(1)).max(1);
    let shared = Site {
        zones: Vec::new(),
        groups: Vec::new(),
        links: Vec::new(),
        gates: Vec::new(),
        datastreams: Vec::new(),
        measures: Vec::new(),
        posts: Vec::new(),
        scenery: Vec::new(),
        ..small.clone()
    };
    let mut large = Tiled { site: Site { id: "city".into(), ..shared }, copies: Vec::new() };
    for tile in 0..tiles {
        large.copy(small, tile);
    }
    let missing = lines.saturating_sub(super::lines(&large.site)).div_ceil(2);
    large.join(small, tiles, missing);
    large
}

impl Tiled {
    /// Adds a copy.
    fn copy(&mut self, small: &Site, tile: usize) {
        let zone = |ix: ZoneIx| ZoneIx::from(ix.index() + tile * small.zones.len());
        let link = |ix: LinkIx| LinkIx::from(ix.index() + tile * small.links.len());
        let gate = |ix: GateIx| GateIx::from(ix.index() + tile * small.gates.len());
        let group = |ix: GroupIx| GroupIx::from(ix.index() + tile * small.groups.len());
        let id = |id: &str| format!("{id}@{tile}");
        let site = &mut self.site;
        site.zones.extend(small.zones.iter().map(|of| Zone { id: id(of.id.as_str()).as_str().into(), ..of.clone() }));
        site.groups.extend(small.groups.iter().map(|of| Group {
            id: id(of.id.as_str()).as_str().into(),
            members: of.members.iter().copied().map(zone).collect(),
            ..of.clone()
        }));
        site.links.extend(small.links.iter().map(|of| Link {
            id: id(of.id.as_str()).as_str().into(),
            from: zone(of.from),
            to: zone(of.to),
            ..of.clone()
        }));
        site.gates.extend(small.gates.iter().map(|of| Gate {
            id: id(of.id.as_str()).as_str().into(),
            zone: zone(of.zone),
            ..of.clone()
        }));
        site.posts.extend(small.posts.iter().map(|of| Post {
            id: id(of.id.as_str()).as_str().into(),
            zone: zone(of.zone),
            ..of.clone()
        }));
        for (index, of) in small.datastreams.iter().enumerate() {
            let role = match of.role {
                Role::GateCount { gate: ix, flow } => Role::GateCount { gate: gate(ix), flow },
                Role::LinkCount { link: ix, flow } => Role::LinkCount { link: link(ix), flow },
                Role::AreaCount { zone: ix } => Role::AreaCount { zone: zone(ix) },
                Role::GroupCount { group: ix } => Role::GroupCount { group: group(ix) },
                Role::Indicator => continue,
            };
            // Counts are of whole minutes; what is momentary stays so.
            let interval_s = if of.interval_s == 0 { 0 } else { 60 };
            site.datastreams.push(Datastream {
                id: id(of.id.as_str()).as_str().into(),
                role,
                interval_s,
                delay_s: of.delay_s.min(30),
                ..of.clone()
            });
            self.copies.push(Some((index.into(), tile)));
        }
    }

    /// Adds `links` links between zones and their copies in the next tile, spread over all.
    fn join(&mut self, small: &Site, tiles: usize, links: usize) {
        let Some(like) = small.datastreams.iter().find(|stream| matches!(stream.role, Role::LinkCount { .. })) else {
            return;
        };
        let (zones, seams) = (small.zones.len(), tiles.saturating_sub(1).max(1));
        for number in 0..links.min(zones * seams) {
            let (seam, zone) = (number % seams, number / seams);
            let (from, to) = (seam * zones + zone, (seam + 1) % tiles * zones + zone);
            let (ix, id) = (LinkIx::from(self.site.links.len()), format!("between-{seam}-{zone}"));
            self.site.links.push(Link {
                id: id.as_str().into(),
                name: city::Bilingual::same(&id),
                from: from.into(),
                to: to.into(),
                kind: LinkKind::Level,
                width_m: Sourced { value: BETWEEN_WIDTH_M, source: "made up for the bench".to_owned() },
                lost_width_m: 0.0,
                capacity_per_m_s: LinkKind::Level.capacity_per_m_s(),
                access: city::Access::Pedestrian,
                line: Vec::new(),
            });
            for (flow, word) in [(LinkFlow::Forward, "forward"), (LinkFlow::Backward, "backward")] {
                self.site.datastreams.push(Datastream {
                    id: format!("{id}/{word}").as_str().into(),
                    role: Role::LinkCount { link: ix, flow },
                    interval_s: 60,
                    ..like.clone()
                });
                self.copies.push(None);
            }
        }
    }
}
