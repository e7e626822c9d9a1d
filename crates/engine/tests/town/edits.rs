//! An edit of a site that leaves it sound: zones in another order or left out.
//!
//! Not here: what an edit does to the state (changes, laws of change).

use city::*;

/// The positions of `keep` in a table, by old position.
fn places(keep: &[usize], count: usize) -> Vec<Option<u32>> {
    (0..count).map(|was| keep.iter().position(|kept| *kept == was).map(|ix| ix as u32)).collect()
}

/// The site with these of its zones, in this order; what needs another one is left out.
pub fn with_zones(site: &Site, keep: &[usize]) -> Site {
    let zones = places(keep, site.zones.len());
    let zone = |ix: ZoneIx| zones[ix.index()].map(ZoneIx);
    let keep_gates: Vec<usize> = (0..site.gates.len()).filter(|ix| zone(site.gates[*ix].zone).is_some()).collect();
    let has_ends = |link: &Link| zone(link.from).is_some() && zone(link.to).is_some();
    let keep_links: Vec<usize> = (0..site.links.len()).filter(|ix| has_ends(&site.links[*ix])).collect();
    let (gates, links) = (places(&keep_gates, site.gates.len()), places(&keep_links, site.links.len()));
    let role = |role: Role| match role {
        Role::GateCount { gate, flow } => gates[gate.index()].map(|ix| Role::GateCount { gate: GateIx(ix), flow }),
        Role::LinkCount { link, flow } => links[link.index()].map(|ix| Role::LinkCount { link: LinkIx(ix), flow }),
        Role::AreaCount { zone: of } => zone(of).map(|zone| Role::AreaCount { zone }),
        Role::GroupCount { .. } | Role::Indicator => Some(role),
    };
    let mut edited = site.clone();
    edited.zones = keep.iter().map(|ix| site.zones[*ix].clone()).collect();
    edited.gates = keep_gates.iter().map(|ix| site.gates[*ix].clone()).collect();
    edited.links = keep_links.iter().map(|ix| site.links[*ix].clone()).collect();
    for gate in &mut edited.gates {
        gate.zone = zone(gate.zone).unwrap();
    }
    for link in &mut edited.links {
        (link.from, link.to) = (zone(link.from).unwrap(), zone(link.to).unwrap());
    }
    edited.datastreams = site
        .datastreams
        .iter()
        .filter_map(|stream| Some(Datastream { role: role(stream.role)?, ..stream.clone() }))
        .collect();
    for group in &mut edited.groups {
        group.members = group.members.iter().filter_map(|member| zone(*member)).collect();
    }
    for measure in &mut edited.measures {
        measure.targets = measure
            .targets
            .iter()
            .filter_map(|target| match target {
                Place::Zone(ix) => zone(*ix).map(Place::Zone),
                Place::Gate(ix) => gates[ix.index()].map(|ix| Place::Gate(GateIx(ix))),
                Place::Link(ix) => links[ix.index()].map(|ix| Place::Link(LinkIx(ix))),
                _ => Some(*target),
            })
            .collect();
    }
    edited
}
