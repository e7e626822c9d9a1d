//! `/openapi.json` and `/docs`: the API's description, and a page that shows it offline.
//!
//! Not here: the descriptions themselves, which stand beside each endpoint.
//! Invariant: docs/openapi.json is what this server answers; a test compares them.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;

use crate::frame::{
    ClockJson, CorrectionEventJson, FeedEventJson, FindingEventJson, HumanEventJson, MeasureEventJson, ResetJson,
    SiteEventJson, ValuesJson, WarningEventJson,
};
use crate::page::html_headers;

/// The document before the paths are added: title, tags, and the schemas that only the stream uses.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Yiwang",
        description = "Urban operations: observations in, the city's picture, warnings and measures out. Times are ISO 8601 \
            UTC, shares 0–1, durations in seconds; errors are problem+json with stable types.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(crate::observations::of_datastream),
    components(schemas(
        ValuesJson, WarningEventJson, MeasureEventJson, FeedEventJson, FindingEventJson, HumanEventJson, CorrectionEventJson, ClockJson,
        SiteEventJson, ResetJson,
    )),
    tags(
        (name = "live", description = "The city now."),
        (name = "site", description = "What the site is."),
        (name = "history", description = "Series over time."),
        (name = "warnings", description = "Warnings and what is done with them."),
        (name = "commands", description = "Measures, human observations and the clock."),
        (name = "observations", description = "Observations in."),
        (name = "health", description = "Health and figures."),
    ),
)]
pub(crate) struct Described;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let (_, document) = crate::routes().split_for_parts();
    // A document of plain data: serialising cannot fail.
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
});

/// The docs page is one file with its own script.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The `OpenAPI` 3.1 document, as committed in `docs/openapi.json`.
pub fn openapi() -> String {
    DOCUMENT.clone()
}

pub(crate) async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], DOCUMENT.as_str())
        .into_response()
}

pub(crate) async fn viewer() -> Response {
    (html_headers(DOCS_POLICY), include_str!("docs.html")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_document_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, openapi()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(committed == openapi(), "docs/openapi.json is not current: run UPDATE=1 cargo test -p api");
    }

    #[test]
    fn the_document_is_openapi_3_1_and_every_reference_in_it_resolves() {
        let document: serde_json::Value = serde_json::from_str(&openapi()).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        let mut references = Vec::new();
        collect(&document, &mut references);
        assert!(!references.is_empty());
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
    }

    fn collect(value: &serde_json::Value, into: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(map) => {
                into.extend(map.get("$ref").and_then(|reference| reference.as_str()).map(str::to_owned));
                map.values().for_each(|value| collect(value, into));
            }
            serde_json::Value::Array(values) => values.iter().for_each(|value| collect(value, into)),
            _ => {}
        }
    }

    #[test]
    fn the_viewer_loads_nothing_from_elsewhere() {
        let page = include_str!("docs.html");
        assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("src="));
        assert!(page.lines().count() <= 300);
    }
}
