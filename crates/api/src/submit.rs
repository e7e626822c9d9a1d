//! The way of an input to the log: queue, wait for the receipt, turn it into an answer.
//!
//! Not here: what the input says.
//! Invariant: a 2xx is sent only for what is in the log and synced.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use city::{ActorId, Event, Input, Seq};
use serde::Serialize;

use crate::extract::Sender;
use crate::problem::{Problem, ProblemKind};
use crate::{AppState, Receipt, Sending, Submission, Token};

/// Until identities exist, who commands is whoever reaches the loopback.
const ACTOR: &str = "local";

/// Said of an answer to a repetition.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replay");

/// An input in the log.
pub(crate) struct Taken {
    pub(crate) seq: Seq,
    pub(crate) events: Vec<Event>,
    pub(crate) sending: Sending,
}

/// Sends an input to the log and waits for its receipt.
pub(crate) async fn submit(
    state: &AppState,
    sender: &Sender,
    input: Input,
    token: Option<Token>,
) -> Result<Taken, Problem> {
    let submission = Submission { input, actor: ActorId::from(ACTOR), source: sender.source.clone(), token };
    let receipt = state.desk.submit(submission)?.await.map_err(|_| {
        let remedy = "send it again with the same Idempotency-Key: it is taken once";
        Problem::new(ProblemKind::Unconfirmed, "the server stopped before its receipt", remedy)
    })?;
    match receipt {
        Receipt::Taken { seq, outcome, sending } => Ok(Taken { seq, events: outcome?, sending }),
        Receipt::Conflict => {
            let detail = "this idempotency key was used with another body, path or content type within 7 days";
            Err(Problem::new(ProblemKind::TokenReused, detail, "use a new key for a new request"))
        }
        Receipt::Refused { why } => Err(Problem::log_refuses(&why)),
    }
}

impl Taken {
    /// The answer to what was taken: the same for a repetition, but marked.
    pub(crate) fn respond(&self, status: StatusCode, body: &impl Serialize) -> Response {
        let mut response = json(status, body);
        if self.sending == Sending::Repeated {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

/// A JSON answer that must not be kept by caches.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    json_as("application/json", status, body)
}

/// The same with another content type.
pub(crate) fn json_as(content_type: &'static str, status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(text) => {
            (status, [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-store")], text).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be serialised");
            Problem::internal().into_response()
        }
    }
}
