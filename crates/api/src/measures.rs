//! `/v1/measures`: the playbook with its state, ordering a measure, and saying that it was seen in force.
//!
//! Not here: which measures exist (the site).
//! Invariant: in force is only ever observed; an order alone never says so.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use city::{Command, Event, Fact, Input, MeasureIx, MeasureState, MeasureView, Seq, Site, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::AppState;
use crate::extract::{Path, Sender, off_thread};
use crate::problem::{Problem, ProblemJson};
use crate::submit::{Taken, json, submit};
use crate::wire::{MeasureJson, MeasureStateJson, words};

/// A measure with its state.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeasureNowJson<'a> {
    /// What it is.
    #[serde(flatten)]
    measure: MeasureJson<'a>,
    /// Its state.
    #[schema(value_type = words::MeasureState)]
    state: MeasureState,
    /// Since when.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    since: Option<Time>,
}

/// What a measure is to become.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetMeasureRequest {
    /// `planned`, `ordered` or `off`.
    #[schema(value_type = words::MeasureState)]
    state: MeasureState,
    /// Why.
    why: String,
}

/// What was seen on the street.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObservedRequest {
    /// `in-force` or `off`.
    #[schema(value_type = words::MeasureState)]
    state: MeasureState,
}

/// A measure after a command.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeasureAnswerJson<'a> {
    /// The entry.
    #[schema(value_type = u64)]
    seq: Seq,
    /// The measure now.
    measure: MeasureStateJson<'a>,
}

/// The playbook with the state of each measure.
#[utoipa::path(get, path = "/v1/measures", tag = "live", responses(
    (status = 200, description = "The measures.", body = Vec<MeasureNowJson>),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn measures(State(state): State<AppState>) -> Result<Response, Problem> {
    off_thread(&state, |state| {
        let view = state.desk.view();
        let now = view.measures.iter().filter_map(|now| {
            let measure = view.site.measures.get(now.measure.index())?;
            Some(MeasureNowJson { measure: MeasureJson::new(&view.site, measure), state: now.state, since: now.since })
        });
        json(StatusCode::OK, &now.collect::<Vec<_>>())
    })
    .await
}

/// Plans, orders or calls off a measure.
#[utoipa::path(post, path = "/v1/measures/{id}", tag = "commands", request_body = SetMeasureRequest,
    params(("id" = String, Path, description = "The measure's id.")), responses(
    (status = 200, description = "The measure now.", body = MeasureAnswerJson),
    (status = 404, description = "No such measure.", body = ProblemJson, content_type = "application/problem+json"),
    (status = 422, description = "This state is only ever observed.", body = ProblemJson, content_type = "application/problem+json"),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn set_measure(
    State(state): State<AppState>,
    Path(id): Path,
    sender: Sender,
    body: Body,
) -> Result<Response, Problem> {
    let (request, token) = sender.command::<SetMeasureRequest>(body).await?;
    let measure = known(&state.desk.site(), &id)?;
    let command = Command::SetMeasure { measure, state: request.state, why: request.why };
    let receipt = submit(&state, &sender, Input::Command(command), token).await?;
    respond(&state, measure, receipt).await
}

/// Says that a measure was seen in force on the street, or seen to have ended.
#[utoipa::path(post, path = "/v1/measures/{id}/observed", tag = "commands", request_body = ObservedRequest,
    params(("id" = String, Path, description = "The measure's id.")), responses(
    (status = 200, description = "The measure now.", body = MeasureAnswerJson),
    (status = 404, description = "No such measure.", body = ProblemJson, content_type = "application/problem+json"),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn observe_measure(
    State(state): State<AppState>,
    Path(id): Path,
    sender: Sender,
    body: Body,
) -> Result<Response, Problem> {
    let (request, token) = sender.command::<ObservedRequest>(body).await?;
    let measure = known(&state.desk.site(), &id)?;
    let fact = Fact::MeasureObserved { measure, state: request.state };
    let receipt = submit(&state, &sender, Input::Fact(fact), token).await?;
    respond(&state, measure, receipt).await
}

fn known(site: &Site, id: &str) -> Result<MeasureIx, Problem> {
    site.measure_ix(&id.into()).ok_or_else(|| Problem::no_such("measure", id))
}

/// The measure as its own event left it; as it stands where the event is not at hand (a repetition).
async fn respond(state: &AppState, measure: MeasureIx, receipt: Taken) -> Result<Response, Problem> {
    off_thread(state, move |state| {
        let event = receipt.events.iter().rev().find_map(|event| match *event {
            Event::Measure { measure: ix, state, at } if ix == measure => {
                Some(MeasureView { measure, state, since: Some(at) })
            }
            _ => None,
        });
        let stands = || state.desk.view().measures.iter().find(|view| view.measure == measure).copied();
        let view = event.or_else(stands).unwrap_or(MeasureView { measure, state: MeasureState::Off, since: None });
        let site = state.desk.site();
        let answer = MeasureAnswerJson { seq: receipt.seq, measure: MeasureStateJson::new(&site, &view) };
        receipt.respond(StatusCode::OK, &answer)
    })
    .await
}
