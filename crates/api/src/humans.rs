//! `/v1/human-observations`: what an officer on the street says of a place.
//!
//! Not here: what it does to estimates and warnings (the engine).
//! Invariant: roles and fixed words only; no name and no free text about a person is asked for or kept.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use city::{Event, Fact, HumanObservation, Input, Saying, Seq, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::AppState;
use crate::extract::{Sender, place};
use crate::problem::{Problem, ProblemJson, ProblemKind};
use crate::submit::submit;
use crate::wire::{HumanJson, words};

/// The longest role and reason, characters: codes, not stories.
pub const CODE_CHARS: usize = 64;

/// What is said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HumanRequest {
    /// Where, such as `zone/levee-3`.
    place: String,
    /// The reporter's role, such as `post-12`; never a name. At most 64 characters.
    role: String,
    /// What.
    #[schema(value_type = words::Saying)]
    saying: Saying,
    /// Why, as a short code. At most 64 characters.
    reason: String,
    /// When it stops counting; after the site's `word_holds_s` unless given.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Time>,
}

/// What was taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct HumanAnswerJson<'a> {
    /// The entry.
    #[schema(value_type = u64)]
    seq: Seq,
    /// As it is held; null in the answer to a repetition.
    #[schema(required)]
    human: Option<HumanJson<'a>>,
}

/// Says what is seen on the street: a count, bounds, or one of the fixed words. Words alone can warn.
#[utoipa::path(post, path = "/v1/human-observations", tag = "commands", request_body = HumanRequest, responses(
    (status = 201, description = "It was taken.", body = HumanAnswerJson),
    (status = 422, description = "The place or a number is not allowed.", body = ProblemJson, content_type = "application/problem+json"),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn observe(State(state): State<AppState>, sender: Sender, body: Body) -> Result<Response, Problem> {
    let (request, token) = sender.command::<HumanRequest>(body).await?;
    for (name, text) in [("role", &request.role), ("reason", &request.reason)] {
        if text.chars().count() > CODE_CHARS {
            let detail = format!("{name} is longer than {CODE_CHARS} characters");
            return Err(Problem::new(ProblemKind::Invalid, detail, "use a short code"));
        }
    }
    let site = state.desk.site();
    let observation = HumanObservation {
        place: place(&site, &request.place)?,
        role: request.role,
        saying: request.saying,
        reason: request.reason,
        expires: request.expires,
    };
    let receipt = submit(&state, &sender, Input::Fact(Fact::Human(observation)), token).await?;
    let human = receipt.events.iter().find_map(|event| match event {
        Event::Human { record, expired: false } => Some(HumanJson::new(&site, record)),
        _ => None,
    });
    Ok(receipt.respond(StatusCode::CREATED, &HumanAnswerJson { seq: receipt.seq, human }))
}
