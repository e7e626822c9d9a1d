//! `/v1/feeds`: whether each datastream speaks, and how old its last word is.
//!
//! Not here: when silence is judged (the engine).
//! Invariant: age is never hidden: a stream that never spoke has none, and says `waiting`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use city::Time;
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::extract::off_thread;
use crate::problem::{Problem, ProblemJson};
use crate::submit::json;
use crate::wire::{TallyJson, datastream_id, department_id, words};

/// Health of a datastream.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedJson<'a> {
    /// The datastream's id.
    id: &'a str,
    /// Who owns it.
    department: &'a str,
    /// Whether it speaks.
    #[schema(value_type = words::FeedHealth)]
    health: city::FeedHealth,
    /// Since when it has been so.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    since: Option<Time>,
    /// Site time since its last result, seconds; null when nothing has come.
    #[schema(required)]
    age_s: Option<f64>,
    /// What came so far.
    tally: TallyJson,
}

/// Feed health of every datastream.
#[utoipa::path(get, path = "/v1/feeds", tag = "live", responses(
    (status = 200, description = "The feeds.", body = Vec<FeedJson>),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn feeds(State(state): State<AppState>) -> Result<Response, Problem> {
    off_thread(&state, |state| {
        let view = state.desk.view();
        let site = view.site.as_ref();
        let feed = |stream: &city::DatastreamState| FeedJson {
            id: datastream_id(site, stream.datastream),
            department: site
                .datastreams
                .get(stream.datastream.index())
                .map_or("?", |described| department_id(site, described.department)),
            health: stream.health,
            since: stream.since,
            age_s: stream.result_time.map(|at| view.site_time.since(at).seconds().max(0.0)),
            tally: stream.tally.into(),
        };
        json(StatusCode::OK, &view.datastreams.iter().map(feed).collect::<Vec<_>>())
    })
    .await
}
