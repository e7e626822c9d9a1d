//! Zones: outline, area, ladder, defaults by kind, and overlaps.
//!
//! Not here: what connects zones (`places`), measuring (`shape`).
//! Invariant: a zone that is returned has a sound outline or none, a rising ladder, and an area unless it is a network.

use city::{Estimate, Ladder, Layout, Lock, Polygon, Position, Sourced, Zone, ZoneId, ZoneKind};

use super::geojson_text::Geometry;
use super::node::{File, Spot};
use super::organisation::time;
use super::problem::Report;
use super::raw::{RawLadder, RawLock, RawZone};
use super::shape::{Fault, MAX_RING_POSITIONS, Outline, Plane, area_m2, fault};
use super::table::{Row, Table, name};

/// Share of a zone's exchange with the outside that no counter sees, unless the site says otherwise: an assumption.
const UNMEASURED_SHARE: f64 = 0.1;

/// The largest stair, ramp or landing, m²: a mean over more would hide where people are pressed (DESIGN, Words).
pub const MAX_STAIR_M2: f64 = 100.0;
/// The largest zone people walk or stand in before the reader advises to cut it, m².
pub const ADVISED_ZONE_M2: f64 = 5_000.0;
/// A zone above this carries [`PEAK_FACTOR`] unless it says otherwise, m².
pub const PEAK_FACTOR_ABOVE_M2: f64 = 1_000.0;
/// How much denser the densest part of a large zone is than its mean.
pub const PEAK_FACTOR: f64 = 2.5;

/// A walkable area may exceed its outline by this factor unnoticed: drawings are rough.
const AREA_SLACK: f64 = 1.05;
/// A walkable area that exceeds its outline by this factor is wrong: people would be spread over ground that is not there.
const AREA_WRONG: f64 = 1.25;

/// Resolves all zones; `None` where one was reported.
pub(super) fn zones(table: &Table<'_, RawZone>, layout: Layout, report: &mut Report) -> Vec<Option<Zone>> {
    table.rows.iter().map(|row| zone(row, layout, report)).collect()
}

fn zone(row: &Row<'_, RawZone>, layout: Layout, report: &mut Report) -> Option<Zone> {
    let polygon = outline(row, report);
    let raw = row.raw.as_ref()?;
    let in_toml = row.node.spot.file == File::Toml;
    if in_toml != (raw.kind == ZoneKind::Network) {
        let (message, remedy) = if in_toml {
            (
                "has no outline, which only a \"network\" may do",
                "draw it in site.geojson as a Polygon with \"is\": \"zone\"",
            )
        } else {
            ("is a network, which is nowhere on the map", "move it to site.toml as a [[zone]]")
        };
        report.error(row.spot(&["kind"]), format!("{} {message}", row.owner), remedy);
        return None;
    }
    let area = area(row, raw, (polygon.as_ref(), layout), report);
    let size = area.as_ref().map_or(0.0, |area| area.value);
    let default_share = if raw.kind == ZoneKind::Network { 0.0 } else { UNMEASURED_SHARE };
    let default_factor = if size > PEAK_FACTOR_ABOVE_M2 { PEAK_FACTOR } else { 1.0 };
    Some(Zone {
        id: ZoneId::new(&raw.id),
        name: name(&raw.name),
        kind: raw.kind,
        polygon,
        area_m2: area,
        ladder: zone_ladder(row, raw, report),
        peak_factor: raw.peak_factor.unwrap_or(default_factor),
        initial: initial(raw),
        access: raw.access,
        unmeasured_share: raw.unmeasured_share.unwrap_or(default_share),
        locked: raw.locked.as_ref().and_then(|raw| lock(row, raw, report)),
    })
}

/// The sound polygon of a drawn zone.
fn outline(row: &Row<'_, RawZone>, report: &mut Report) -> Option<Polygon> {
    row.feature?;
    match row.geometry() {
        Some(Geometry::Area(rings)) => match fault(rings) {
            None => Some(Polygon { rings: rings.clone() }),
            Some(fault) => {
                let (message, remedy) = tell(&fault);
                report.error(row.geometry_spot(), format!("{}: its outline {message}", row.owner), remedy);
                None
            }
        },
        Some(Geometry::Broken) => None,
        Some(Geometry::Other(kind)) if kind == "MultiPolygon" => {
            report.error(
                row.geometry_spot(),
                format!("{} is a MultiPolygon", row.owner),
                "make each part a zone of its own",
            );
            None
        }
        _ => {
            let remedy = "give it a geometry of type Polygon; a network without one belongs in site.toml";
            report.error(row.geometry_spot(), format!("{} has no outline", row.owner), remedy);
            None
        }
    }
}

/// A fault in words, and its remedy.
pub(super) fn tell(fault: &Fault) -> (String, String) {
    let (message, remedy) = match fault {
        Fault::Empty => ("is empty".to_owned(), "draw at least three corners"),
        Fault::TooFew(corners) => (format!("has {corners} different corners"), "draw at least three corners"),
        Fault::TooMany(positions) => {
            (format!("has a ring of {positions} positions; at most {MAX_RING_POSITIONS} are read"), "simplify it")
        }
        Fault::NotClosed => ("is not closed".to_owned(), "repeat its first position at the end"),
        Fault::NoArea => ("has no area".to_owned(), "draw corners that are not on one line"),
        Fault::Crosses(Position { lon, lat }) => {
            (format!("crosses or touches itself at [{lon:.6}, {lat:.6}]"), "put its corners in order around the zone")
        }
        Fault::HoleOutside => {
            ("has a hole outside its outer ring".to_owned(), "move the hole inside, or make it a zone")
        }
    };
    (message, remedy.to_owned())
}

fn area(
    row: &Row<'_, RawZone>,
    raw: &RawZone,
    (polygon, layout): (Option<&Polygon>, Layout),
    report: &mut Report,
) -> Option<Sourced<f64>> {
    if raw.kind == ZoneKind::Network {
        if raw.area_m2.is_some() {
            let message = format!("{} is a network and has an area: a density of it has no meaning", row.owner);
            report.error(row.spot(&["area_m2"]), message, "remove area_m2");
        }
        return None;
    }
    let drawn = polygon.map(area_m2);
    let spot = row.spot(&["area_m2"]);
    match (raw.area_m2, drawn) {
        (None, _) if layout == Layout::Schematic => {
            let message = format!("{} has no area, and a schematic drawing cannot tell one", row.owner);
            report.error(row.node.spot, message, "add area_m2 and its source");
        }
        (Some(given), Some(drawn)) if layout == Layout::Geographic && given > drawn * AREA_SLACK + 1.0 => {
            let message = format!("{}: area_m2 is {given}, more than its outline's {drawn} m²", row.owner);
            let remedy = "mend the outline or the area: too large an area hides density";
            if given > drawn * AREA_WRONG + 1.0 {
                report.error(spot, message, remedy);
            } else {
                report.advice(spot, message, remedy);
            }
        }
        _ => {}
    }
    if raw.area_m2.is_some() && raw.source.is_none() {
        let message = format!("{} does not say where its area comes from", row.owner);
        report.advice(spot, message, "add source: a citation, or \"assumption: why\"");
    }
    let area = match raw.area_m2 {
        Some(given) => {
            Sourced::new(given, raw.source.clone().unwrap_or_else(|| "as given in the site folder".to_owned()))
        }
        None => Sourced::new(drawn?, raw.source.clone().unwrap_or_else(|| "area of the outline".to_owned())),
    };
    judge_size(row, raw.kind, area.value, report);
    Some(area)
}

fn judge_size(row: &Row<'_, RawZone>, kind: ZoneKind, area: f64, report: &mut Report) {
    let spot = row.spot(&["area_m2"]);
    match kind {
        ZoneKind::Stair | ZoneKind::Landing if area > MAX_STAIR_M2 => {
            let message = format!("{} has {area} m²; a stair or landing has at most {MAX_STAIR_M2}", row.owner);
            report.error(spot, message, "cut it: a mean over more would hide where people are pressed");
        }
        ZoneKind::Moving | ZoneKind::Standing if area > ADVISED_ZONE_M2 => {
            let message = format!("{} has {area} m²: its mean says little of its densest part", row.owner);
            report.advice(spot, message, format!("cut it into zones of at most {ADVISED_ZONE_M2} m²"));
        }
        _ => {}
    }
}

fn zone_ladder(row: &Row<'_, RawZone>, raw: &RawZone, report: &mut Report) -> Sourced<Ladder> {
    let kind = match raw.kind {
        ZoneKind::Moving | ZoneKind::Network => "moving zones",
        ZoneKind::Standing => "standing zones",
        ZoneKind::Stair | ZoneKind::Landing => "stairs and landings",
    };
    let default = || Sourced::new(raw.kind.ladder(), format!("default for {kind} (Fruin 1971; UK guidance)"));
    raw.ladder
        .as_ref()
        .and_then(|ladder| rising(ladder, (&row.owner, row.spot(&["ladder"])), report))
        .unwrap_or_else(default)
}

/// A ladder whose thresholds rise; reported when they do not.
pub(super) fn rising(raw: &RawLadder, (owner, spot): (&str, Spot), report: &mut Report) -> Option<Sourced<Ladder>> {
    let ladder = Ladder { caution: raw.caution, warning: raw.warning, critical: raw.critical };
    if ladder.is_rising() {
        return Some(Sourced::new(ladder, raw.source.clone()));
    }
    let message = format!("{owner}: levels out of order: {}, {}, {}", raw.caution, raw.warning, raw.critical);
    report.error(spot, message, "make caution < warning < critical");
    None
}

fn initial(raw: &RawZone) -> Sourced<Estimate> {
    match &raw.initial {
        Some(initial) => Sourced::new(Estimate { people: initial.people, sd: initial.sd }, initial.source.clone()),
        None => Sourced::new(Estimate::default(), "assumption: empty at the start"),
    }
}

/// When the zone is locked; reported when it would never open again, or at no time that can be told.
fn lock(row: &Row<'_, RawZone>, raw: &RawLock, report: &mut Report) -> Option<Lock> {
    let key = format!("{}: \"locked.from\"", row.owner);
    let from = time(&raw.from, (&key, row.spot(&["locked", "from"])), report);
    if raw.every_s > 0 && raw.for_s >= raw.every_s {
        let message = format!(
            "{}: locked.for_s {} is not shorter than locked.every_s {}: it would never open",
            row.owner, raw.for_s, raw.every_s
        );
        report.error(row.spot(&["locked", "for_s"]), message, "make for_s < every_s; every_s = 86400 is each day");
    }
    if raw.source.is_none() {
        let message = format!("{} does not say how it is known to be empty while it is locked", row.owner);
        report.advice(row.spot(&["locked"]), message, "add locked.source: a citation, or \"assumption: why\"");
    }
    Some(Lock { from: from?, for_s: raw.for_s, every_s: raw.every_s })
}

/// Outlines of the zones on the site's plane, by position in the table.
pub(super) fn outlines(zones: &[Option<Zone>]) -> (Plane, Vec<Option<Outline>>) {
    let polygons = || zones.iter().map(|zone| zone.as_ref().and_then(|zone| zone.polygon.as_ref()));
    let origin = polygons().flatten().find_map(|polygon| polygon.rings.first()?.first()).copied().unwrap_or_default();
    let plane = Plane::at(origin);
    (plane, polygons().map(|polygon| polygon.and_then(|polygon| plane.outline(polygon))).collect())
}

/// Reports every pair of zones that overlap: people there would be counted twice.
pub(super) fn overlaps(table: &Table<'_, RawZone>, outlines: &[Option<Outline>], report: &mut Report) {
    let mut order: Vec<(usize, &Outline)> =
        outlines.iter().enumerate().filter_map(|(position, outline)| Some((position, outline.as_ref()?))).collect();
    order.sort_by(|(_, a), (_, b)| a.reach().0.total_cmp(&b.reach().0));
    for (rank, (one, outline)) in order.iter().enumerate() {
        let east = outline.reach().1;
        for (two, other) in order[rank + 1..].iter().take_while(|(_, other)| other.reach().0 <= east) {
            if report.is_full() {
                return;
            }
            let Some(shared) = outline.overlap_m2(other) else { continue };
            let (first, second) = (&table.rows[*one.min(two)], &table.rows[*one.max(two)]);
            let message = format!("{} overlaps {} by {shared:.1} m²", second.owner, first.owner);
            report.error(second.geometry_spot(), message, "move their common edge: people there would count twice");
        }
    }
}
