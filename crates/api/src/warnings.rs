//! `/v1/warnings`: open and past warnings, and what a duty officer does with one.
//!
//! Not here: the life cycle (docs/warnings.md, the engine).
//! Invariant: there is no way to acknowledge more than one warning at a time.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use city::{Command, Event, Input, Seq, Service, Time, Warning, WarningId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::extract::{Path, Query, Sender, off_thread, optional_time};
use crate::limits::WARNINGS_LISTED;
use crate::problem::{Problem, ProblemJson, ProblemKind};
use crate::submit::{json, submit};
use crate::wire::{WarningJson, words};
use crate::{AppState, WarningsQuery};

/// The longest reason, characters.
pub const WHY_CHARS: usize = 500;

/// Which warnings.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WarningsParams {
    /// Open ones as they stand (the default), closed ones, or all that were issued.
    #[param(inline)]
    state: Option<Which>,
    /// Raised at or after, ISO 8601; for closed and all.
    from: Option<String>,
    /// Raised before, ISO 8601; for closed and all.
    to: Option<String>,
    /// At most so many, up to 10,000.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Which {
    #[default]
    Open,
    Closed,
    All,
}

/// Nothing is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmptyRequest {}

/// Until when and why not to sound.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShelveRequest {
    /// Why.
    why: String,
    /// Until when; a critical for at most 10 minutes.
    #[schema(value_type = String, format = DateTime)]
    until: Time,
}

/// Out of service or back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceRequest {
    /// `in` or `out`.
    #[schema(value_type = words::Service)]
    service: Service,
    /// Why.
    why: String,
}

/// A warning after a command.
#[derive(Serialize, ToSchema)]
pub(crate) struct WarningAnswerJson<'a> {
    /// The entry.
    #[schema(value_type = u64)]
    seq: Seq,
    /// The warning now; null when a repetition comes after it was closed.
    #[schema(required)]
    warning: Option<WarningJson<'a>>,
}

/// Warnings: open ones as they stand, or issued ones by the time they were raised.
#[utoipa::path(get, path = "/v1/warnings", tag = "warnings", params(WarningsParams), responses(
    (status = 200, description = "The warnings.", body = Vec<WarningJson>),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn warnings(
    State(state): State<AppState>,
    Query(params): Query<WarningsParams>,
) -> Result<Response, Problem> {
    off_thread(&state, move |state| list(state, &params)).await?
}

fn list(state: &AppState, params: &WarningsParams) -> Result<Response, Problem> {
    let limit = params.limit.unwrap_or(WARNINGS_LISTED);
    if !(1..=WARNINGS_LISTED).contains(&limit) {
        let remedy = "ask for 1 to 10,000 warnings";
        return Err(Problem::new(ProblemKind::BadRequest, "limit is out of range", remedy));
    }
    let from = optional_time("from", params.from.as_deref())?.unwrap_or(Time::MIN);
    let to = optional_time("to", params.to.as_deref())?.unwrap_or(Time::MAX);
    let which = params.state.unwrap_or_default();
    if which == Which::Open {
        let view = state.desk.view();
        let raised = |warning: &&Warning| (from..to).contains(&warning.raised_at);
        let open = view.warnings.iter().filter(raised).take(limit).map(|warning| WarningJson::new(&view.site, warning));
        return Ok(json(StatusCode::OK, &open.collect::<Vec<_>>()));
    }
    // Closed ones are picked from all issued ones, so the limit holds after the picking.
    let asked = if which == Which::All { limit } else { WARNINGS_LISTED };
    let issued = state.desk.issued_warnings(WarningsQuery { from, to, limit: asked })?;
    let site = state.desk.site();
    let wanted = issued.iter().filter(|issued| which == Which::All || issued.warning.closed_at.is_some());
    Ok(json(StatusCode::OK, &wanted.take(limit).map(|issued| WarningJson::issued(&site, issued)).collect::<Vec<_>>()))
}

/// Acknowledges a warning's present level.
#[utoipa::path(post, path = "/v1/warnings/{id}/acknowledge", tag = "warnings", request_body = EmptyRequest,
    params(("id" = u64, Path, description = "The warning's number.")), responses(
    (status = 200, description = "The warning now.", body = WarningAnswerJson),
    (status = 404, description = "No such open warning.", body = ProblemJson, content_type = "application/problem+json"),
    (status = 409, description = "It is acknowledged already.", body = ProblemJson, content_type = "application/problem+json"),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn acknowledge(
    State(state): State<AppState>,
    Path(id): Path,
    sender: Sender,
    body: Body,
) -> Result<Response, Problem> {
    let warning = number(&id)?;
    command::<EmptyRequest>(&state, &sender, body, warning, |_| Command::Acknowledge { warning }).await
}

/// Shelves a warning: it does not sound until then. Who, why and until are kept and shown.
#[utoipa::path(post, path = "/v1/warnings/{id}/shelve", tag = "warnings", request_body = ShelveRequest,
    params(("id" = u64, Path, description = "The warning's number.")), responses(
    (status = 200, description = "The warning now.", body = WarningAnswerJson),
    (status = 404, description = "No such open warning.", body = ProblemJson, content_type = "application/problem+json"),
    (status = 422, description = "The end is too late or past.", body = ProblemJson, content_type = "application/problem+json"),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn shelve(
    State(state): State<AppState>,
    Path(id): Path,
    sender: Sender,
    body: Body,
) -> Result<Response, Problem> {
    let warning = number(&id)?;
    let shelve = |request: ShelveRequest| Command::Shelve { warning, why: request.why, until: request.until };
    command(&state, &sender, body, warning, shelve).await
}

/// Ends a shelving early.
#[utoipa::path(post, path = "/v1/warnings/{id}/unshelve", tag = "warnings", request_body = EmptyRequest,
    params(("id" = u64, Path, description = "The warning's number.")), responses(
    (status = 200, description = "The warning now.", body = WarningAnswerJson),
    (status = 404, description = "No such open warning.", body = ProblemJson, content_type = "application/problem+json"),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn unshelve(
    State(state): State<AppState>,
    Path(id): Path,
    sender: Sender,
    body: Body,
) -> Result<Response, Problem> {
    let warning = number(&id)?;
    command::<EmptyRequest>(&state, &sender, body, warning, |_| Command::Unshelve { warning }).await
}

/// Takes a warning's cause out of service (maintenance) or puts it back; never a critical.
#[utoipa::path(post, path = "/v1/warnings/{id}/service", tag = "warnings", request_body = ServiceRequest,
    params(("id" = u64, Path, description = "The warning's number.")), responses(
    (status = 200, description = "The warning now.", body = WarningAnswerJson),
    (status = 404, description = "No such open warning.", body = ProblemJson, content_type = "application/problem+json"),
    (status = 409, description = "A critical stays in service.", body = ProblemJson, content_type = "application/problem+json"),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn service(
    State(state): State<AppState>,
    Path(id): Path,
    sender: Sender,
    body: Body,
) -> Result<Response, Problem> {
    let warning = number(&id)?;
    let service = |request: ServiceRequest| Command::Service { warning, service: request.service, why: request.why };
    command(&state, &sender, body, warning, service).await
}

fn number(id: &str) -> Result<WarningId, Problem> {
    id.parse().map(WarningId).map_err(|_| Problem::no_such("warning", id))
}

/// Reads a command on a warning, carries it out, and answers with the warning as its event left it.
async fn command<T: serde::de::DeserializeOwned>(
    state: &AppState,
    sender: &Sender,
    body: Body,
    id: WarningId,
    command: impl FnOnce(T) -> Command,
) -> Result<Response, Problem> {
    let (request, token) = sender.command::<T>(body).await?;
    let command = command(request);
    if let Command::Shelve { why, .. } | Command::Service { why, .. } = &command {
        reason(why)?;
    }
    let receipt = submit(state, sender, Input::Command(command), token).await?;
    off_thread(state, move |state| {
        let event = receipt.events.iter().rev().find_map(|event| match event {
            Event::Warning { warning, .. } if warning.id == id => Some(warning.as_ref()),
            _ => None,
        });
        let view = state.desk.view();
        let warning = event.or_else(|| view.warnings.iter().find(|warning| warning.id == id));
        let warning = warning.map(|warning| WarningJson::new(&view.site, warning));
        receipt.respond(StatusCode::OK, &WarningAnswerJson { seq: receipt.seq, warning })
    })
    .await
}

fn reason(why: &str) -> Result<(), Problem> {
    if (1..=WHY_CHARS).contains(&why.trim().chars().count()) {
        return Ok(());
    }
    let detail = format!("why must say something, in at most {WHY_CHARS} characters");
    Err(Problem::new(ProblemKind::Invalid, detail, "say why in a few words"))
}
