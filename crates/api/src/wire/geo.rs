//! `GeoJSON` of the site: static geometry, and zones with their live state.
//!
//! Not here: the folder it was drawn in.
//! Invariant: longitude before latitude; a feature's numeric id is its position in the site's table.

use city::{Access, GateKind, LinkKind, Polygon, Position, SceneryKind, SceneryShape, Site, ZoneKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Bilingual, LadderJson, ZoneJson, department_id, zone_id};
use crate::DeskView;

/// A `GeoJSON` feature collection.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FeatureCollection<P> {
    /// Always `FeatureCollection`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The features.
    pub features: Vec<Feature<P>>,
}

/// A `GeoJSON` feature.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Feature<P> {
    /// Always `Feature`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Position in its table: unique among features of the same `is`, until the site changes.
    pub id: usize,
    /// Its shape; null for a zone that is nowhere.
    #[schema(required)]
    pub geometry: Option<Geometry>,
    /// Its properties.
    pub properties: P,
}

/// A `GeoJSON` geometry.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type", content = "coordinates")]
pub enum Geometry {
    /// A point.
    Point([f64; 2]),
    /// A line.
    LineString(Vec<[f64; 2]>),
    /// An outer ring and its holes.
    Polygon(Vec<Vec<[f64; 2]>>),
}

/// What a feature of the map is.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum MapProperties<'a> {
    /// A zone.
    Zone {
        /// Its id.
        id: &'a str,
        /// Its name.
        #[schema(value_type = Bilingual)]
        name: &'a city::Bilingual,
        /// `moving`, `standing`, `stair`, `landing` or `network`.
        #[schema(value_type = String)]
        kind: ZoneKind,
        /// Walkable area, m².
        #[schema(required)]
        area_m2: Option<f64>,
        /// Where the area comes from.
        #[schema(required)]
        area_source: Option<&'a str>,
        /// Levels of density, people/m².
        ladder: LadderJson<'a>,
        /// How much denser its densest part is than its mean.
        peak_factor: f64,
        /// `pedestrian` or `vehicle-until-opened`.
        #[schema(value_type = String)]
        access: Access,
    },
    /// A link.
    Link {
        /// Its id.
        id: &'a str,
        /// Its name.
        #[schema(value_type = Bilingual)]
        name: &'a city::Bilingual,
        /// `level`, `ramp`, `stair`, `escalator` or `crossing`.
        kind: &'static str,
        /// The zone it starts in.
        from: &'a str,
        /// The zone it ends in.
        to: &'a str,
        /// Effective width, m.
        width_m: f64,
        /// `pedestrian` or `vehicle-until-opened`.
        #[schema(value_type = String)]
        access: Access,
    },
    /// A gate.
    Gate {
        /// Its id.
        id: &'a str,
        /// Its name.
        #[schema(value_type = Bilingual)]
        name: &'a city::Bilingual,
        /// `street`, `metro`, `ferry`, `crossing` or `building`.
        #[schema(value_type = String)]
        kind: GateKind,
        /// The zone behind it.
        zone: &'a str,
    },
    /// A datastream with a position.
    Sensor {
        /// Its id.
        id: &'a str,
        /// Its name.
        #[schema(value_type = Bilingual)]
        name: &'a city::Bilingual,
        /// `count` or `indicator`.
        kind: &'static str,
        /// Who owns it.
        department: &'a str,
        /// Unit of its result.
        unit: &'a str,
    },
    /// A post of officers with a position.
    Post {
        /// Its id.
        id: &'a str,
        /// Its name, as it is called on the radio.
        #[schema(value_type = Bilingual)]
        name: &'a city::Bilingual,
        /// The zone it stands in.
        zone: &'a str,
    },
    /// What lies behind the zones.
    Scenery {
        /// Its name; empty when it has none.
        #[schema(value_type = Bilingual)]
        name: &'a city::Bilingual,
        /// `water`, `green`, `building`, `road`, `rail` or `label`.
        #[schema(value_type = String)]
        kind: SceneryKind,
    },
}

/// A zone's live state with its name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ZoneProperties<'a> {
    /// Its name.
    #[schema(value_type = Bilingual)]
    pub name: &'a city::Bilingual,
    /// `moving`, `standing`, `stair`, `landing` or `network`.
    #[schema(value_type = String)]
    pub kind: ZoneKind,
    /// Its state.
    #[serde(flatten)]
    pub state: ZoneJson<'a>,
}

fn point(at: &Position) -> [f64; 2] {
    [at.lon, at.lat]
}

fn line(positions: &[Position]) -> Vec<[f64; 2]> {
    positions.iter().map(point).collect()
}

fn polygon(polygon: &Polygon) -> Geometry {
    Geometry::Polygon(polygon.rings.iter().map(|ring| line(ring)).collect())
}

fn feature<P>(id: usize, geometry: Option<Geometry>, properties: P) -> Feature<P> {
    Feature { kind: "Feature", id, geometry, properties }
}

fn collection<P>(features: Vec<Feature<P>>) -> FeatureCollection<P> {
    FeatureCollection { kind: "FeatureCollection", features }
}

/// All static geometry; what has no position is left out.
pub fn map(site: &Site) -> FeatureCollection<MapProperties<'_>> {
    let scenery = site.scenery.iter().enumerate().map(|(id, scenery)| {
        let geometry = match &scenery.shape {
            SceneryShape::Area(area) => polygon(area),
            SceneryShape::Line(positions) => Geometry::LineString(line(positions)),
            SceneryShape::Point(at) => Geometry::Point(point(at)),
        };
        feature(id, Some(geometry), MapProperties::Scenery { name: &scenery.name, kind: scenery.kind })
    });
    collection(
        scenery
            .chain(zones_drawn(site))
            .chain(links(site))
            .chain(gates(site))
            .chain(sensors(site))
            .chain(posts(site))
            .collect(),
    )
}

fn zones_drawn(site: &Site) -> impl Iterator<Item = Feature<MapProperties<'_>>> {
    site.zones.iter().enumerate().filter_map(|(id, zone)| {
        let properties = MapProperties::Zone {
            id: zone.id.as_str(),
            name: &zone.name,
            kind: zone.kind,
            area_m2: zone.area_m2.as_ref().map(|area| area.value),
            area_source: zone.area_m2.as_ref().map(|area| area.source.as_str()),
            ladder: LadderJson::from(&zone.ladder),
            peak_factor: zone.peak_factor,
            access: zone.access,
        };
        Some(feature(id, Some(polygon(zone.polygon.as_ref()?)), properties))
    })
}

fn links(site: &Site) -> impl Iterator<Item = Feature<MapProperties<'_>>> {
    let drawn = site.links.iter().enumerate().filter(|(_, link)| link.line.len() >= 2);
    drawn.map(|(id, link)| {
        let kind = match link.kind {
            LinkKind::Level => "level",
            LinkKind::Ramp { .. } => "ramp",
            LinkKind::Stair { .. } => "stair",
            LinkKind::Escalator => "escalator",
            LinkKind::Crossing { .. } => "crossing",
        };
        let properties = MapProperties::Link {
            id: link.id.as_str(),
            name: &link.name,
            kind,
            from: zone_id(site, link.from),
            to: zone_id(site, link.to),
            width_m: link.width_m.value,
            access: link.access,
        };
        feature(id, Some(Geometry::LineString(line(&link.line))), properties)
    })
}

fn gates(site: &Site) -> impl Iterator<Item = Feature<MapProperties<'_>>> {
    site.gates.iter().enumerate().filter_map(|(id, gate)| {
        let at = gate.position.as_ref()?;
        let zone = zone_id(site, gate.zone);
        let properties = MapProperties::Gate { id: gate.id.as_str(), name: &gate.name, kind: gate.kind, zone };
        Some(feature(id, Some(Geometry::Point(point(at))), properties))
    })
}

fn sensors(site: &Site) -> impl Iterator<Item = Feature<MapProperties<'_>>> {
    site.datastreams.iter().enumerate().filter_map(|(id, stream)| {
        let at = stream.position.as_ref()?;
        let properties = MapProperties::Sensor {
            id: stream.id.as_str(),
            name: &stream.name,
            kind: if stream.role == city::Role::Indicator { "indicator" } else { "count" },
            department: department_id(site, stream.department),
            unit: &stream.unit,
        };
        Some(feature(id, Some(Geometry::Point(point(at))), properties))
    })
}

fn posts(site: &Site) -> impl Iterator<Item = Feature<MapProperties<'_>>> {
    site.posts.iter().enumerate().filter_map(|(id, post)| {
        let at = post.position.as_ref()?;
        let properties = MapProperties::Post { id: post.id.as_str(), name: &post.name, zone: zone_id(site, post.zone) };
        Some(feature(id, Some(Geometry::Point(point(at))), properties))
    })
}

/// Every zone with its live state.
pub fn zones(view: &DeskView) -> FeatureCollection<ZoneProperties<'_>> {
    let site = view.site.as_ref();
    let live = view.zones.iter().filter_map(|state| {
        let zone = site.zones.get(state.zone.index())?;
        let properties = ZoneProperties { name: &zone.name, kind: zone.kind, state: ZoneJson::new(site, state) };
        Some(feature(state.zone.index(), zone.polygon.as_ref().map(polygon), properties))
    });
    collection(live.collect())
}

/// West, south, east, north of all zones, links, gates and sensors; of the scenery where there is nothing else.
pub fn bounds(site: &Site) -> Option<[f64; 4]> {
    let zones = site.zones.iter().filter_map(|zone| zone.polygon.as_ref()).flat_map(|area| area.rings.iter().flatten());
    let links = site.links.iter().flat_map(|link| &link.line);
    let gates = site.gates.iter().filter_map(|gate| gate.position.as_ref());
    let sensors = site.datastreams.iter().filter_map(|stream| stream.position.as_ref());
    let scenery = site.scenery.iter().flat_map(|scenery| match &scenery.shape {
        SceneryShape::Area(area) => area.rings.iter().flatten().collect::<Vec<_>>(),
        SceneryShape::Line(positions) => positions.iter().collect(),
        SceneryShape::Point(at) => vec![at],
    });
    hull(zones.chain(links).chain(gates).chain(sensors)).or_else(|| hull(scenery))
}

fn hull<'a>(positions: impl Iterator<Item = &'a Position>) -> Option<[f64; 4]> {
    positions.fold(None, |hull, at| {
        let [west, south, east, north] = hull.unwrap_or([at.lon, at.lat, at.lon, at.lat]);
        Some([west.min(at.lon), south.min(at.lat), east.max(at.lon), north.max(at.lat)])
    })
}
