//! `/v1/view`, `/v1/zones`, `/v1/datastreams/latest`: the live state in one call.
//!
//! Not here: what follows it (`events`).
//! Invariant: each answer is one consistent picture at its sequence number.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use city::{Seq, Time};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::extract::off_thread;
use crate::problem::{Problem, ProblemJson};
use crate::submit::{json, json_as};
use crate::wire::geo::{self, FeatureCollection, ZoneProperties};
use crate::wire::{DatastreamJson, ViewJson};

/// The latest value of every datastream.
#[derive(Serialize, ToSchema)]
pub(crate) struct LatestJson<'a> {
    /// The last entry applied.
    #[schema(value_type = u64)]
    seq: Seq,
    /// Site time.
    #[schema(value_type = String, format = DateTime)]
    site_time: Time,
    /// Every datastream.
    datastreams: Vec<DatastreamJson<'a>>,
}

/// The whole picture: zones, groups, datastreams, measures, open warnings and human observations.
#[utoipa::path(get, path = "/v1/view", tag = "live", responses(
    (status = 200, description = "The picture.", body = ViewJson),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn view(State(state): State<AppState>) -> Result<Response, Problem> {
    off_thread(&state, |state| json(StatusCode::OK, &ViewJson::from(state.desk.view().as_ref()))).await
}

/// Every zone as `GeoJSON` with its live state.
#[utoipa::path(get, path = "/v1/zones", tag = "live", responses(
    (status = 200, description = "The zones.", body = FeatureCollection<ZoneProperties>, content_type = "application/geo+json"),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn zones(State(state): State<AppState>) -> Result<Response, Problem> {
    off_thread(&state, |state| json_as("application/geo+json", StatusCode::OK, &geo::zones(&state.desk.view()))).await
}

/// The latest value of every datastream.
#[utoipa::path(get, path = "/v1/datastreams/latest", tag = "live", responses(
    (status = 200, description = "The latest values.", body = LatestJson),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn latest(State(state): State<AppState>) -> Result<Response, Problem> {
    off_thread(&state, |state| {
        let view = state.desk.view();
        let datastreams = view.datastreams.iter().map(|stream| DatastreamJson::new(&view.site, stream)).collect();
        json(StatusCode::OK, &LatestJson { seq: view.seq, site_time: view.site_time, datastreams })
    })
    .await
}
