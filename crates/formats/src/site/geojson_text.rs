//! `site.geojson` as text → features: a tree of properties with lines, and a typed geometry.
//!
//! Not here: what the properties mean (`raw`, `conform`), whether a shape is sound (`shape`).
//! Invariant: a broken feature is reported and left out; the others are kept.

use std::borrow::Cow;

use city::Position;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::node::{Content, File, Lines, Member, Node, Spot};
use super::problem::Report;

/// The largest `site.geojson` that is read, bytes.
pub const MAX_GEOJSON_BYTES: usize = 32 << 20;

/// The deepest nesting of properties that is read.
const MAX_DEPTH: usize = 16;

/// A feature, with its id among its members so that it reads like a table of `site.toml`.
#[derive(Debug)]
pub(super) struct Feature {
    /// `properties.is`.
    pub(super) is: String,
    /// Its properties without `is`, with `id`.
    pub(super) node: Node,
    /// Its geometry; absent when null.
    pub(super) geometry: Option<Geometry>,
    /// Where its geometry begins.
    pub(super) geometry_spot: Spot,
}

/// A geometry of the kinds a site uses.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Geometry {
    Point(Position),
    Line(Vec<Position>),
    Area(Vec<Vec<Position>>),
    /// Of a type no feature of a site has.
    Other(String),
    /// It cannot be read, which has been reported.
    Broken,
}

#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    features: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawGeometry<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    coordinates: Option<&'a RawValue>,
}

/// Reads the text into features, reporting what cannot be read; `None` when that is all of it.
pub(super) fn features(text: &str, report: &mut Report) -> Option<Vec<Feature>> {
    if text.len() > MAX_GEOJSON_BYTES {
        let message = format!("the file has {} bytes; at most {MAX_GEOJSON_BYTES} are read", text.len());
        report.file_error(File::Geojson, message, "simplify the scenery, or split the site in two folders");
        return None;
    }
    let reader = Reader { text, lines: Lines::of(File::Geojson, text) };
    let collection: Collection<'_> = match serde_json::from_str(text) {
        Ok(collection) => collection,
        Err(error) => {
            let spot = Spot { file: File::Geojson, line: u32::try_from(error.line().max(1)).unwrap_or(u32::MAX) };
            let remedy =
                "write a GeoJSON FeatureCollection (RFC 7946): {\"type\":\"FeatureCollection\",\"features\":[…]}";
            report.error(spot, format!("not a FeatureCollection: {error}"), remedy);
            return None;
        }
    };
    if collection.kind != "FeatureCollection" {
        let message = format!("the document is a \"{}\", not a \"FeatureCollection\"", collection.kind);
        report.error(reader.lines.at(0), message, "put the features into one FeatureCollection");
        return None;
    }
    Some(collection.features.iter().filter_map(|raw| reader.feature(raw, report)).collect())
}

struct Reader<'a> {
    text: &'a str,
    lines: Lines,
}

impl<'a> Reader<'a> {
    fn feature(&self, raw: &'a RawValue, report: &mut Report) -> Option<Feature> {
        let spot = self.spot(raw);
        let Ok(Object(pairs)) = serde_json::from_str::<Object<'a>>(raw.get()) else {
            report.error(
                spot,
                "a feature is not an object",
                "write {\"type\":\"Feature\",\"id\":…,\"properties\":{…},\"geometry\":{…}}",
            );
            return None;
        };
        let find = |key: &str| pairs.iter().rev().find(|(name, _)| name == key).map(|(_, value)| *value);
        let properties = find("properties").map(|raw| self.node(raw, 0));
        let Some(Node { content: Content::Table(mut members), spot: _ }) = properties else {
            report.error(
                spot,
                "a feature has no properties",
                "add \"properties\" with \"is\": zone, link, gate or scenery",
            );
            return None;
        };
        let is =
            members.iter().find(|member| member.key == "is").and_then(|member| member.node.text().map(str::to_owned));
        let Some(is) = is else {
            report.error(
                spot,
                "a feature does not say what it is",
                "add \"is\" to its properties: zone, link, gate or scenery",
            );
            return None;
        };
        members.retain(|member| member.key != "is");
        if let Some(id) = find("id") {
            members.insert(0, Member { key: "id".to_owned(), spot: self.spot(id), node: id_as_text(self.node(id, 0)) });
        }
        let geometry_raw = find("geometry");
        let geometry_spot = geometry_raw.map_or(spot, |raw| self.spot(raw));
        let geometry = match geometry_raw.filter(|raw| raw.get() != "null").map(|raw| geometry(raw.get())).transpose() {
            Ok(geometry) => geometry,
            Err(why) => {
                let message = format!("a geometry cannot be read: {why}");
                report.error(geometry_spot, message, "write positions as [longitude, latitude] in degrees");
                Some(Geometry::Broken)
            }
        };
        Some(Feature { is, node: Node { spot, content: Content::Table(members) }, geometry, geometry_spot })
    }

    /// Where a borrowed part of the text begins.
    fn spot(&self, part: &RawValue) -> Spot {
        // `part` is a slice of `text`, so the difference of their addresses is its offset.
        let offset = (part.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        self.lines.at(offset)
    }

    /// A part as a tree; what cannot be read or lies too deep becomes null, which every key refuses or ignores.
    fn node(&self, part: &'a RawValue, depth: usize) -> Node {
        let text = part.get();
        let content = match text.as_bytes().first() {
            _ if depth > MAX_DEPTH => None,
            Some(b'{') => serde_json::from_str::<Object<'a>>(text).ok().map(|Object(pairs)| {
                let member = |(key, value): (Cow<'a, str>, &'a RawValue)| {
                    let node = self.node(value, depth + 1);
                    Member { key: key.into_owned(), spot: node.spot, node }
                };
                Content::Table(pairs.into_iter().map(member).collect())
            }),
            Some(b'[') => serde_json::from_str::<Vec<&'a RawValue>>(text)
                .ok()
                .map(|items| Content::List(items.into_iter().map(|item| self.node(item, depth + 1)).collect())),
            Some(b'"') => serde_json::from_str(text).ok().map(Content::Text),
            Some(b't' | b'f') => Some(Content::Bool(text == "true")),
            _ => text.parse().map(Content::Integer).or_else(|_| text.parse().map(Content::Float)).ok(),
        };
        Node { spot: self.spot(part), content: content.unwrap_or(Content::Null) }
    }
}

/// GeoJSON allows numbers as ids; a site's ids are texts.
fn id_as_text(node: Node) -> Node {
    match node.content {
        Content::Integer(number) => Node { content: Content::Text(number.to_string()), ..node },
        _ => node,
    }
}

fn geometry(text: &str) -> Result<Geometry, String> {
    let raw: RawGeometry<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let coordinates = raw.coordinates.map_or("null", RawValue::get);
    let broken = |error: serde_json::Error| format!("{} of a {}", error, raw.kind);
    match raw.kind.as_ref() {
        "Point" => position(&serde_json::from_str::<Vec<f64>>(coordinates).map_err(broken)?).map(Geometry::Point),
        "LineString" => {
            let line: Vec<Vec<f64>> = serde_json::from_str(coordinates).map_err(broken)?;
            positions(&line).map(Geometry::Line)
        }
        "Polygon" => {
            let rings: Vec<Vec<Vec<f64>>> = serde_json::from_str(coordinates).map_err(broken)?;
            rings.iter().map(|ring| positions(ring)).collect::<Result<_, _>>().map(Geometry::Area)
        }
        other => Ok(Geometry::Other(other.to_owned())),
    }
}

fn positions(line: &[Vec<f64>]) -> Result<Vec<Position>, String> {
    line.iter().map(|numbers| position(numbers)).collect()
}

/// Longitude and latitude; an altitude is dropped.
fn position(numbers: &[f64]) -> Result<Position, String> {
    match *numbers {
        [lon, lat] | [lon, lat, _] => {
            let inside = (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat);
            inside.then_some(Position { lon, lat }).ok_or_else(|| format!("[{lon}, {lat}] is not on the earth"))
        }
        _ => Err(format!("a position has {} numbers instead of 2", numbers.len())),
    }
}

/// An object as its pairs in the order of the file, doubled keys included.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry::<KeyText<'de>, &'de RawValue>()? {
                    pairs.push((pair.0.0, pair.1));
                }
                Ok(Object(pairs))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

/// A key, borrowed when it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct KeyText<'a>(#[serde(borrow)] Cow<'a, str>);
