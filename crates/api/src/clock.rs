//! `/v1/clock`: the speed of a replay or simulation.
//!
//! Not here: the clock itself (the desk).
//! Invariant: live time is never changed.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Sender, off_thread};
use crate::frame::ClockJson;
use crate::problem::{Problem, ProblemJson, ProblemKind};
use crate::submit::json;
use crate::{AppState, ClockChange, ClockRefused};

/// The fastest a clock may be set, site seconds per wall second.
pub const SPEED_MAX: f64 = 1_000_000.0;

/// A change of the clock; absent parts stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockRequest {
    /// Site seconds per wall second, above 0 and at most 1,000,000.
    #[schema(example = 60.0)]
    speed: Option<f64>,
    /// True to stand still, false to go on.
    paused: Option<bool>,
}

/// Sets the speed of a replay or simulation, or pauses it.
#[utoipa::path(post, path = "/v1/clock", tag = "commands", request_body = ClockRequest, responses(
    (status = 200, description = "The clock now.", body = ClockJson),
    (status = 409, description = "Live time cannot be changed.", body = ProblemJson, content_type = "application/problem+json"),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn set_clock(State(state): State<AppState>, sender: Sender, body: Body) -> Result<Response, Problem> {
    let (request, _) = sender.command::<ClockRequest>(body).await?;
    let out_of_range = || {
        let remedy = format!("choose a speed above 0 and at most {SPEED_MAX}");
        Problem::new(ProblemKind::Invalid, "the speed is out of range", remedy)
    };
    if request.speed.is_some_and(|speed| !(speed > 0.0 && speed <= SPEED_MAX)) {
        return Err(out_of_range());
    }
    off_thread(&state, move |state| {
        let change = ClockChange { speed: request.speed, paused: request.paused };
        state.desk.set_clock(change).map_err(|refused| match refused {
            ClockRefused::Live => Problem::new(
                ProblemKind::NotNow,
                refused.to_string(),
                "serve a replay or a simulation to set its speed",
            ),
            ClockRefused::Speed => out_of_range(),
        })?;
        let view = state.desk.view();
        let clock = ClockJson { site_time: view.site_time, speed: view.speed, paused: view.paused };
        Ok(json(StatusCode::OK, &clock))
    })
    .await?
}
