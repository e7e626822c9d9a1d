//! Advice on what the site's sensors can see: zones and groups that none does, cameras that fill up below the critical
//! level, lines whose asymmetry nothing corrects.
//!
//! Not here: errors; a site that nobody measures can be used, and its estimates say so and stay wide.
//! Invariant: one advice for one lack, with the places it concerns, so that a large site is not drowned in advice.

use std::collections::BTreeSet;

use city::{Datastream, Role, Site, Zone, ZoneIx, ZoneKind};

use super::nearest::list;
use super::node::Spot;
use super::problem::Report;
use super::raw::{RawGroup, RawZone};
use super::raw_sensors::RawDatastream;
use super::table::{Row, Table};

/// Density from which a camera no longer tells people apart, people/m² (DESIGN, Crowd physics).
pub const CAMERA_FULL_PER_M2: f64 = 4.0;

/// The family of cameras; an area count without a family is taken for one.
const CAMERA: &str = "camera";

/// The tables as written, for the lines of advice; their rows are in the order of the site's tables.
pub(super) struct Written<'a> {
    pub(super) zones: &'a Table<'a, RawZone>,
    pub(super) groups: &'a Table<'a, RawGroup>,
    pub(super) streams: &'a Table<'a, RawDatastream>,
}

/// Zones by what sees them.
#[derive(Default)]
struct Seen {
    beside_lines: BTreeSet<ZoneIx>,
    with_area: BTreeSet<ZoneIx>,
    of_group: BTreeSet<ZoneIx>,
}

impl Seen {
    fn of(site: &Site) -> Self {
        let mut seen = Self::default();
        for stream in &site.datastreams {
            match stream.role {
                Role::GateCount { gate, .. } => drop(seen.beside_lines.insert(site.gates[gate.index()].zone)),
                Role::LinkCount { link, .. } => {
                    let link = &site.links[link.index()];
                    seen.beside_lines.extend([link.from, link.to]);
                }
                Role::AreaCount { zone } => drop(seen.with_area.insert(zone)),
                Role::GroupCount { group } => seen.of_group.extend(&site.groups[group.index()].members),
                Role::Indicator => {}
            }
        }
        seen
    }

    fn has(&self, zone: ZoneIx) -> bool {
        self.beside_lines.contains(&zone) || self.with_area.contains(&zone) || self.of_group.contains(&zone)
    }
}

/// Advises on what no sensor, or no sensor well enough, can see. The tables are those the site was resolved from.
pub(super) fn advise(written: &Written<'_>, site: &Site, report: &mut Report) {
    let seen = Seen::of(site);
    advise_on_unseen(written, (site, &seen), report);
    advise_on_full_cameras(written, (site, &seen), report);
    advise_on_refused_counts(written, site, report);
    advise_on_drift(written, (site, &seen), report);
}

fn advise_on_unseen(written: &Written<'_>, (site, seen): (&Site, &Seen), report: &mut Report) {
    let rows = (0..site.zones.len()).filter(|position| !seen.has(ZoneIx::from(*position)));
    let unseen: Vec<_> = rows.map(|position| &written.zones.rows[position]).collect();
    let owners: Vec<&str> = unseen.iter().map(|row| row.owner.as_str()).collect();
    if let Some(first) = unseen.first() {
        let message = format!("no sensor sees {}: the estimate will say so and stay wide", list(&owners));
        let remedy = "count an area or a group with them, or the gates and links at their edges";
        report.advice(first.node.spot, message, remedy);
    }
    for (group, row) in site.groups.iter().zip(&written.groups.rows) {
        if !group.members.iter().any(|zone| seen.has(*zone)) {
            let message = format!("{} has no measurement at all: its estimate will say so and stay wide", row.owner);
            report.advice(row.node.spot, message, "count one of its zones, or the group: role = { group = \"…\" }");
        }
    }
}

/// The area counts with the lines they stand on.
fn area_counts<'s>(written: &Written<'_>, site: &'s Site) -> Vec<(Spot, &'s Datastream, ZoneIx)> {
    let streams = site.datastreams.iter().zip(&written.streams.rows);
    let area_count = |(stream, row): (&'s Datastream, &Row<'_, RawDatastream>)| match stream.role {
        Role::AreaCount { zone } => Some((row.spot(&["role"]), stream, zone)),
        _ => None,
    };
    streams.filter_map(area_count).collect()
}

/// A camera alone at a zone cannot say how far past its own limit the zone is.
fn advise_on_full_cameras(written: &Written<'_>, (site, seen): (&Site, &Seen), report: &mut Report) {
    let is_camera = |stream: &Datastream| stream.family.as_ref().is_none_or(|family| family.as_str() == CAMERA);
    // The density of the whole zone at which its densest part is critical.
    let critical = |zone: &Zone| zone.ladder.value.critical / zone.peak_factor;
    let full: Vec<_> = area_counts(written, site)
        .into_iter()
        .filter(|(_, stream, zone)| is_camera(stream) && !seen.beside_lines.contains(zone))
        .filter(|(_, _, zone)| critical(&site.zones[zone.index()]) > CAMERA_FULL_PER_M2)
        .collect();
    let ids: Vec<&str> = full.iter().map(|(_, stream, _)| stream.id.as_str()).collect();
    if let Some((spot, ..)) = full.first() {
        let message = format!(
            "only an area count sees the zones of {}, which are critical above {CAMERA_FULL_PER_M2} /m², where a camera \
             no longer tells people apart",
            list(&ids)
        );
        report.advice(*spot, message, "count the lines at their edges too, or set levels it can see, with a source");
    }
}

/// A `max` below what is critical refuses the very results that matter.
fn advise_on_refused_counts(written: &Written<'_>, site: &Site, report: &mut Report) {
    for (spot, stream, zone) in area_counts(written, site) {
        let zone = &site.zones[zone.index()];
        let (Some(max), Some(area)) = (stream.max, zone.area_m2.as_ref()) else { continue };
        let critical = area.value * zone.ladder.value.critical / zone.peak_factor * stream.reads_per_person.mean;
        if max < critical {
            let message = format!(
                "datastream \"{}\" has max {max}, and reads {critical:.0} when zone \"{}\" is critical: such results \
                 would be refused",
                stream.id, zone.id
            );
            report.advice(spot, message, "raise max, or leave it out");
        }
    }
}

/// Counted gates of zones where nothing ever says how many are there: a lasting asymmetry adds up without end.
fn advise_on_drift(written: &Written<'_>, (site, seen): (&Site, &Seen), report: &mut Report) {
    if !seen.with_area.is_empty() || !seen.of_group.is_empty() {
        return;
    }
    let drifts = |zone: &Zone| zone.locked.is_none() && zone.kind != ZoneKind::Network;
    let first = site.datastreams.iter().position(|stream| match stream.role {
        Role::GateCount { gate, .. } => drifts(&site.zones[site.gates[gate.index()].zone.index()]),
        _ => false,
    });
    if let Some(first) = first {
        let message = "gates are counted and no area is: what counters miss more one way than the other adds up to \
                       people who are not there";
        let remedy = "count an area or a group too, or say when a zone is locked";
        report.advice(written.streams.rows[first].spot(&["role"]), message, remedy);
    }
}
