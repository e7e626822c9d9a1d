//! `/v1/site`, `/v1/map`, `/v1/datastreams`: what the site is.
//!
//! Not here: its live state (`view`).
//! Invariant: it changes only when a `site` event was streamed.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::AppState;
use crate::extract::off_thread;
use crate::problem::{Problem, ProblemJson};
use crate::submit::{json, json_as};
use crate::wire::geo::{self, FeatureCollection, MapProperties};
use crate::wire::{DatastreamInfoJson, SiteJson};

/// The site: departments, consoles, groups, measures and rules.
#[utoipa::path(get, path = "/v1/site", tag = "site", responses(
    (status = 200, description = "The site.", body = SiteJson),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn site(State(state): State<AppState>) -> Result<Response, Problem> {
    off_thread(&state, |state| {
        let view = state.desk.view();
        json(StatusCode::OK, &SiteJson::new(&view.site, view.mode, &state.engine))
    })
    .await
}

/// The site's geometry as `GeoJSON`: zones, links, gates, sensors and scenery.
///
/// `properties.is` says what a feature is; its numeric `id` is unique among features of the same `is`.
#[utoipa::path(get, path = "/v1/map", tag = "site", responses(
    (status = 200, description = "The geometry.", body = FeatureCollection<MapProperties>, content_type = "application/geo+json"),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn map(State(state): State<AppState>) -> Result<Response, Problem> {
    off_thread(&state, |state| json_as("application/geo+json", StatusCode::OK, &geo::map(&state.desk.site()))).await
}

/// Every datastream: what it measures, who owns it, and its levels.
#[utoipa::path(get, path = "/v1/datastreams", tag = "site", responses(
    (status = 200, description = "The datastreams.", body = Vec<DatastreamInfoJson>),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn datastreams(State(state): State<AppState>) -> Result<Response, Problem> {
    off_thread(&state, |state| {
        let site = state.desk.site();
        let streams: Vec<_> = site.datastreams.iter().map(|stream| DatastreamInfoJson::new(&site, stream)).collect();
        json(StatusCode::OK, &streams)
    })
    .await
}
