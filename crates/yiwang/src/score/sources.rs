//! Which datastreams tell of which zones and groups.
//!
//! Not here: what they say.
//! Invariant: a function of the site alone.

use city::{DatastreamIx, GateFlow, LinkFlow, Role, Site, ZoneIx};

/// The datastreams of every zone and group.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// By zone: its counting lines, with the sign their counts have for its people.
    pub lines: Vec<Vec<(DatastreamIx, f64)>>,
    /// By zone: the counts of its people.
    pub areas: Vec<Vec<DatastreamIx>>,
    /// By group: the counts of its people.
    pub groups: Vec<Vec<DatastreamIx>>,
}

impl Sources {
    /// Those of `site`.
    pub fn of(site: &Site) -> Self {
        let mut sources = Self {
            lines: vec![Vec::new(); site.zones.len()],
            areas: vec![Vec::new(); site.zones.len()],
            groups: vec![Vec::new(); site.groups.len()],
        };
        for (index, stream) in site.datastreams.iter().enumerate() {
            let ix = DatastreamIx::from(index);
            let (into, out_of) = passage(site, stream.role);
            if let Some(zone) = into {
                sources.lines[zone.index()].push((ix, 1.0));
            }
            if let Some(zone) = out_of {
                sources.lines[zone.index()].push((ix, -1.0));
            }
            match stream.role {
                Role::AreaCount { zone } => sources.areas[zone.index()].push(ix),
                Role::GroupCount { group } => sources.groups[group.index()].push(ix),
                _ => {}
            }
        }
        sources
    }

    /// The counting lines and counts of a zone.
    pub fn of_zone(&self, zone: ZoneIx) -> impl Iterator<Item = DatastreamIx> + '_ {
        let lines = self.lines.get(zone.index()).into_iter().flatten().map(|(ix, _)| *ix);
        lines.chain(self.areas.get(zone.index()).into_iter().flatten().copied())
    }
}

/// The zones a line's people enter and leave.
fn passage(site: &Site, role: Role) -> (Option<ZoneIx>, Option<ZoneIx>) {
    match role {
        Role::GateCount { gate, flow: GateFlow::In } => (Some(site.gates[gate.index()].zone), None),
        Role::GateCount { gate, flow: GateFlow::Out } => (None, Some(site.gates[gate.index()].zone)),
        Role::LinkCount { link, flow } => {
            let link = &site.links[link.index()];
            match flow {
                LinkFlow::Forward => (Some(link.to), Some(link.from)),
                LinkFlow::Backward => (Some(link.from), Some(link.to)),
            }
        }
        _ => (None, None),
    }
}
