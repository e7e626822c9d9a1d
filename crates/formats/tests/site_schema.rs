//! The committed JSON Schemas are those the reader uses.
//!
//! Not here: what the reader does with them.
//! Invariant: `docs/schema` is current; `UPDATE=1 cargo test -p formats --test site_schema` makes it so.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, also in its helpers")]

use std::fs;
use std::path::PathBuf;

use formats::site::{feature_schema, site_schema};
use serde_json::Value;

fn check(file: &str, schema: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema").join(file);
    let text = format!("{schema:#}\n");
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "docs/schema/{file} is not current; run UPDATE=1 cargo test -p formats --test site_schema"
    );
}

#[test]
fn the_schema_of_site_toml_is_current() {
    check("site.schema.json", &site_schema());
}

#[test]
fn the_schema_of_feature_properties_is_current() {
    check("feature.schema.json", &feature_schema());
}

#[test]
fn every_key_is_described() {
    fn undescribed(schema: &Value, path: &str, missing: &mut Vec<String>) {
        for (key, value) in schema["properties"].as_object().into_iter().flatten() {
            if value["description"].as_str().is_none_or(str::is_empty) {
                missing.push(format!("{path}.{key}"));
            }
        }
        for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
            undescribed(definition, name, missing);
        }
    }
    let mut missing = Vec::new();
    undescribed(&site_schema(), "site", &mut missing);
    undescribed(&feature_schema(), "feature", &mut missing);
    // The forms of a link's kind are described one level up.
    missing.retain(|path| !path.starts_with("LinkKind"));
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_guide_names_every_key_name_and_unit() {
    fn words(schema: &Value, found: &mut Vec<String>) {
        let object = schema.as_object().into_iter().flatten();
        for (key, value) in object {
            match key.as_str() {
                "properties" => found.extend(value.as_object().into_iter().flatten().map(|(key, _)| key.clone())),
                "enum" => {
                    found.extend(value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
                }
                "const" => found.extend(value.as_str().map(str::to_owned)),
                _ => {}
            }
            words(value, found);
            for item in value.as_array().into_iter().flatten() {
                words(item, found);
            }
        }
    }
    let guide = include_str!("../../../docs/sites.md");
    let mut found = Vec::new();
    words(&site_schema(), &mut found);
    words(&feature_schema(), &mut found);
    found.retain(|word| !guide.contains(word.as_str()));
    assert_eq!(found, Vec::<String>::new(), "docs/sites.md does not name these");
}
