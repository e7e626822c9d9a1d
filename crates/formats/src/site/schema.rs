//! The JSON Schemas of a site folder, generated from the types that read it.
//!
//! Not here: checking a file against them (`conform`).
//! Invariant: what editors are given (docs/schema) and what the reader checks come from the same types.

use schemars::{JsonSchema, schema_for};
use serde_json::{Map, Value, json};

use super::raw::{RawGate, RawLink, RawScenery, RawSite, RawZone};

/// The JSON Schema of `site.toml`.
pub fn site_schema() -> Value {
    let mut schema = of::<RawSite>();
    schema["title"] = json!("Yiwang site.toml");
    schema
}

/// The JSON Schema of a feature's `properties` in `site.geojson`.
///
/// The feature's `id` stands beside its properties, as GeoJSON has it, and is described by [`site_schema`]'s rows.
pub fn feature_schema() -> Value {
    let mut defs = Map::new();
    let mut branches = Vec::new();
    for (is, mut schema) in FEATURES.iter().map(|(is, schema)| (*is, schema())) {
        if let Some(Value::Object(inner)) = schema.as_object_mut().and_then(|object| object.remove("$defs")) {
            defs.extend(inner);
        }
        as_properties(&mut schema, is);
        defs.insert(is.to_owned(), schema);
        branches.push(json!({ "$ref": format!("#/$defs/{is}") }));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Yiwang site.geojson: properties of a feature",
        "oneOf": branches,
        "$defs": defs,
    })
}

/// What makes a schema when it is needed.
type Maker = fn() -> Value;

/// The kinds of features and the schema of each.
pub(super) const FEATURES: [(&str, Maker); 4] =
    [("zone", of::<RawZone>), ("link", of::<RawLink>), ("gate", of::<RawGate>), ("scenery", of::<RawScenery>)];

/// The schema of one type, with the definitions it refers to.
pub(super) fn of<T: JsonSchema>() -> Value {
    schema_for!(T).to_value()
}

/// Turns the schema of a row into that of a feature's properties: `id` moves out, `is` comes in.
fn as_properties(schema: &mut Value, is: &str) {
    if let Some(object) = schema.as_object_mut() {
        object.remove("$schema");
    }
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.remove("id");
        properties.insert("is".to_owned(), json!({ "const": is, "description": "What the feature is." }));
    }
    let mut required = vec![json!("is")];
    required.extend(schema["required"].as_array().into_iter().flatten().filter(|key| *key != "id").cloned());
    schema["required"] = Value::Array(required);
}
