//! Links, gates, groups, posts and scenery.
//!
//! Not here: zones themselves (`zones`).
//! Invariant: every index that is returned points at a row of the table it was looked up in.

use city::{
    Bilingual, Gate, GateId, Group, GroupId, Link, LinkId, LinkKind, Polygon, Position, Post, PostId, Scenery,
    SceneryKind, SceneryShape, Sourced, ZoneIx,
};

use super::geojson_text::Geometry;
use super::node::File;
use super::problem::Report;
use super::raw::{RawGate, RawGroup, RawLink, RawLinkKind, RawPost, RawScenery, RawZone};
use super::shape::{Fault, Outline, Plane};
use super::streams::position;
use super::table::{Row, Table, name};
use super::zones::{rising, tell};

/// A link's line may end this far from a zone it belongs to, m: drawings are rough.
pub const LINK_TOUCH_M: f64 = 10.0;

/// The zones, as links, gates and groups need them.
pub(super) struct Ground<'a> {
    pub(super) table: &'a Table<'a, RawZone>,
    pub(super) plane: Plane,
    pub(super) outlines: &'a [Option<Outline>],
}

/// Resolves a link.
pub(super) fn link(row: &Row<'_, RawLink>, ground: &Ground<'_>, report: &mut Report) -> Option<Link> {
    let line = match row.geometry() {
        Some(Geometry::Line(line)) if line.len() >= 2 => line.clone(),
        Some(Geometry::Broken) => return None,
        _ => {
            report.error(
                row.geometry_spot(),
                format!("{} is not drawn", row.owner),
                "give it a LineString from one zone to the other",
            );
            return None;
        }
    };
    let Some(raw) = row.raw.as_ref() else {
        row.check_reference(&["from"], ground.table, report);
        row.check_reference(&["to"], ground.table, report);
        return None;
    };
    let from = ground.table.find(&raw.from, row.asks("from"), report);
    let to = ground.table.find(&raw.to, row.asks("to"), report);
    let (from, to) = (from?, to?);
    if from == to {
        report.error(
            row.spot(&["to"]),
            format!("{} leads from \"{}\" to itself", row.owner, raw.from),
            "name the zone at its other end",
        );
        return None;
    }
    for end in [from, to] {
        touches(row, &line, (ground, end), report);
    }
    if raw.lost_width_m >= raw.width_m {
        let message =
            format!("{}: lost_width_m {} leaves nothing of width_m {}", row.owner, raw.lost_width_m, raw.width_m);
        report.error(row.spot(&["lost_width_m"]), message, "make it less than width_m, or close the link by a measure");
    }
    if raw.source.is_none() {
        let message = format!("{} does not say where its width comes from", row.owner);
        report.advice(row.spot(&["width_m"]), message, "add source: a citation, or \"assumption: why\"");
    }
    let kind = link_kind(row, raw.kind, report);
    Some(Link {
        id: LinkId::new(&raw.id),
        name: name(&raw.name),
        from: ZoneIx::from(from),
        to: ZoneIx::from(to),
        kind,
        width_m: Sourced::new(
            raw.width_m,
            raw.source.clone().unwrap_or_else(|| "as given in the site folder".to_owned()),
        ),
        lost_width_m: raw.lost_width_m,
        capacity_per_m_s: raw.capacity_per_m_s.unwrap_or_else(|| kind.capacity_per_m_s()),
        access: raw.access,
        line,
    })
}

/// Reports a link whose line does not reach one of its zones.
fn touches(row: &Row<'_, RawLink>, line: &[Position], (ground, end): (&Ground<'_>, usize), report: &mut Report) {
    let Some(outline) = ground.outlines.get(end).and_then(Option::as_ref) else { return };
    let distance = outline.distance_m(line, &ground.plane);
    if distance > LINK_TOUCH_M {
        let zone = &ground.table.rows[end].owner;
        let message = format!("{} does not touch {zone}: it passes {distance:.0} m away", row.owner);
        report.error(row.geometry_spot(), message, "draw its line from one zone into the other");
    }
}

fn link_kind(row: &Row<'_, RawLink>, raw: RawLinkKind, report: &mut Report) -> LinkKind {
    match raw {
        RawLinkKind::Level => LinkKind::Level,
        RawLinkKind::Escalator => LinkKind::Escalator,
        RawLinkKind::Ramp { grade } => LinkKind::Ramp { grade },
        RawLinkKind::Stair { rise_m, flights } => LinkKind::Stair { rise_m, flights },
        RawLinkKind::Crossing { cycle_s, green_s } => {
            if green_s > cycle_s {
                let message = format!("{}: green_s {green_s} is longer than cycle_s {cycle_s}", row.owner);
                report.error(row.spot(&["kind", "crossing", "green_s"]), message, "make green part of the cycle");
            }
            LinkKind::Crossing { cycle_s, green_s }
        }
    }
}

/// Resolves a gate.
pub(super) fn gate(row: &Row<'_, RawGate>, zones: &Table<'_, RawZone>, report: &mut Report) -> Option<Gate> {
    let position = match (row.node.spot.file, row.geometry()) {
        (File::Toml, _) => None,
        (File::Geojson, Some(Geometry::Point(position))) => Some(*position),
        (File::Geojson, Some(Geometry::Broken)) => return None,
        (File::Geojson, _) => {
            let remedy = "give it a geometry of type Point; a gate without one belongs in site.toml";
            report.error(row.geometry_spot(), format!("{} has no position", row.owner), remedy);
            return None;
        }
    };
    let Some(raw) = row.raw.as_ref() else {
        row.check_reference(&["zone"], zones, report);
        return None;
    };
    let zone = zones.find(&raw.zone, row.asks("zone"), report)?;
    Some(Gate { id: GateId::new(&raw.id), name: name(&raw.name), zone: ZoneIx::from(zone), kind: raw.kind, position })
}

/// Resolves a group.
pub(super) fn group(row: &Row<'_, RawGroup>, zones: &Table<'_, RawZone>, report: &mut Report) -> Option<Group> {
    let Some(raw) = row.raw.as_ref() else {
        row.check_reference(&["members"], zones, report);
        return None;
    };
    let mut members: Vec<ZoneIx> = Vec::new();
    for member in &raw.members {
        let Some(ix) = zones.find(member, row.asks("members"), report).map(ZoneIx::from) else { continue };
        if members.contains(&ix) {
            report.error(row.spot(&["members"]), format!("{} names \"{member}\" twice", row.owner), "name it once");
        } else {
            members.push(ix);
        }
    }
    let people = raw.people.as_ref().and_then(|ladder| rising(ladder, (&row.owner, row.spot(&["people"])), report));
    Some(Group { id: GroupId::new(&raw.id), name: name(&raw.name), members, people })
}

/// Resolves a post.
pub(super) fn post(row: &Row<'_, RawPost>, zones: &Table<'_, RawZone>, report: &mut Report) -> Option<Post> {
    let Some(raw) = row.raw.as_ref() else {
        row.check_reference(&["zone"], zones, report);
        return None;
    };
    let position = position(row, raw.position.as_deref(), report);
    let zone = zones.find(&raw.zone, row.asks("zone"), report).map(ZoneIx::from)?;
    Some(Post { id: PostId::new(&raw.id), name: name(&raw.name), zone, position })
}

/// Resolves a piece of scenery.
pub(super) fn scenery(row: &Row<'_, RawScenery>, report: &mut Report) -> Option<Scenery> {
    let shape = match row.geometry() {
        Some(Geometry::Area(rings))
            if rings.iter().all(|ring| ring.len() >= 4 && ring.first() == ring.last()) && !rings.is_empty() =>
        {
            SceneryShape::Area(Polygon { rings: rings.clone() })
        }
        Some(Geometry::Area(_)) => {
            let (message, remedy) = tell(&Fault::NotClosed);
            report.error(row.geometry_spot(), format!("{}: its outline {message}", row.owner), remedy);
            return None;
        }
        Some(Geometry::Line(line)) if line.len() >= 2 => SceneryShape::Line(line.clone()),
        Some(Geometry::Point(position)) => SceneryShape::Point(*position),
        Some(Geometry::Broken) => return None,
        _ => {
            report.error(
                row.geometry_spot(),
                format!("{} has no shape", row.owner),
                "draw it as a Polygon, LineString or Point",
            );
            return None;
        }
    };
    let raw = row.raw.as_ref()?;
    if raw.kind == SceneryKind::Label && raw.name.is_none() {
        report.error(row.node.spot, format!("{} is a label without a name", row.owner), "add name in both languages");
    }
    Some(Scenery { kind: raw.kind, name: raw.name.as_ref().map_or_else(Bilingual::default, name), shape })
}
