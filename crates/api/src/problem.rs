//! Problems (RFC 9457): the one form of every refusal.
//!
//! Not here: who refuses what.
//! Invariant: a problem's `type` never changes meaning; all are listed in docs/problems.md, which a test compares.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use city::RejectionReason;
use serde::Serialize;
use utoipa::ToSchema;

use crate::limits::{PROBLEMS_LISTED, RETRY_AFTER_S};
use crate::{BodyProblem, Busy, HistoryError, IntakeError};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident => $slug:literal, $status:ident, $title:literal;)*) => {
        /// Kinds of problems, each with a stable type, a status and a title.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ProblemKind { $($(#[$doc])* $variant),* }

        impl ProblemKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable type: a relative URI.
            pub const fn uri(self) -> &'static str {
                match self { $(Self::$variant => concat!("/problems/", $slug)),* }
            }

            /// Its status.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),* }
            }

            /// Its title.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }
        }
    };
}

kinds! {
    /// The request cannot be understood.
    BadRequest => "bad-request", BAD_REQUEST, "The request cannot be understood";
    /// The body cannot be read at all.
    MalformedBody => "malformed-body", BAD_REQUEST, "The body cannot be read";
    /// The origin is another site.
    OriginNotAllowed => "origin-not-allowed", FORBIDDEN, "Another site may not send this";
    /// Nothing is there.
    NotFound => "not-found", NOT_FOUND, "There is nothing here";
    /// The path knows other methods.
    MethodNotAllowed => "method-not-allowed", METHOD_NOT_ALLOWED, "This path does not know this method";
    /// The body took too long.
    BodyTimeout => "body-timeout", REQUEST_TIMEOUT, "The body took too long to arrive";
    /// The idempotency key belongs to another request.
    TokenReused => "idempotency-key-reused", CONFLICT, "The idempotency key was used with another body";
    /// The state does not allow it.
    NotNow => "not-allowed-now", CONFLICT, "The present state does not allow this";
    /// Too many bytes or rows.
    TooLarge => "too-large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// Not a content type or encoding known here.
    UnsupportedMediaType => "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "This content is not understood here";
    /// The host header names another host.
    HostNotAllowed => "host-not-allowed", MISDIRECTED_REQUEST, "This server answers to loopback names only";
    /// No record was good.
    NothingTaken => "nothing-taken", UNPROCESSABLE_ENTITY, "No observation could be taken";
    /// A value is not allowed.
    Invalid => "invalid", UNPROCESSABLE_ENTITY, "A value is not allowed";
    /// Too many requests.
    RateLimited => "rate-limited", TOO_MANY_REQUESTS, "Too many requests from this source";
    /// A bug.
    Internal => "internal", INTERNAL_SERVER_ERROR, "The server made a mistake";
    /// The queue is full.
    Busy => "busy", SERVICE_UNAVAILABLE, "The server is busy";
    /// The log refuses writes.
    LogRefuses => "log-refuses-writes", SERVICE_UNAVAILABLE, "The log refuses writes";
    /// It is not known whether it was taken.
    Unconfirmed => "unconfirmed", SERVICE_UNAVAILABLE, "It is not known whether this was taken";
    /// Not started yet.
    NotReady => "not-ready", SERVICE_UNAVAILABLE, "The server is not ready";
    /// The history does not answer.
    HistoryUnavailable => "history-unavailable", SERVICE_UNAVAILABLE, "The history cannot be read";
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    kind: ProblemKind,
    detail: String,
    remedy: String,
    retry_after_s: Option<u32>,
    problems: Vec<BodyProblem>,
}

/// A refusal on the wire, as `application/problem+json`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProblemJson<'a> {
    /// The stable kind, a relative URI.
    #[serde(rename = "type")]
    #[schema(example = "/problems/rate-limited")]
    pub kind: &'a str,
    /// The kind in words.
    pub title: &'a str,
    /// The HTTP status.
    #[schema(example = 429)]
    pub status: u16,
    /// What happened this time, naming the place.
    pub detail: &'a str,
    /// What to do.
    pub remedy: &'a str,
    /// Problems inside the body, at most the first 100; empty when it is about the whole.
    pub problems: &'a [BodyProblem],
}

impl Problem {
    /// A problem of a kind: what happened, and what to do.
    pub fn new(kind: ProblemKind, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        let retry_after_s = matches!(kind.status(), StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_S);
        Self { kind, detail: detail.into(), remedy: remedy.into(), retry_after_s, problems: Vec::new() }
    }

    /// Its kind.
    pub const fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// With the time after which to try again, seconds.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// With problems inside the body; the first [`PROBLEMS_LISTED`] are shown.
    #[must_use]
    pub fn with_problems(mut self, mut problems: Vec<BodyProblem>) -> Self {
        problems.truncate(PROBLEMS_LISTED);
        self.problems = problems;
        self
    }

    /// Nothing is at this path.
    pub fn no_such(what: &str, id: &str) -> Self {
        let detail = format!("there is no {what} '{}'", shown(id));
        Self::new(ProblemKind::NotFound, detail, format!("list what there is, then use the id of a {what} as written"))
    }

    /// A bug: the detail stays in the server's own log.
    pub fn internal() -> Self {
        Self::new(ProblemKind::Internal, "the request was not carried out", "report it with the server's log")
    }
}

/// Text from outside, cut to what a message can bear.
pub(crate) fn shown(text: &str) -> String {
    const CHARS: usize = 80;
    if text.chars().count() <= CHARS { text.to_owned() } else { text.chars().take(CHARS).chain(['…']).collect() }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.kind.status();
        let body = ProblemJson {
            kind: self.kind.uri(),
            title: self.kind.title(),
            status: status.as_u16(),
            detail: &self.detail,
            remedy: &self.remedy,
            problems: &self.problems,
        };
        // Strings and numbers only: serialising cannot fail.
        let text = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], text).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Busy> for Problem {
    fn from(busy: Busy) -> Self {
        match busy {
            Busy::QueueFull => Self::new(ProblemKind::Busy, busy.to_string(), "send it again after Retry-After"),
            Busy::Refusing { why } => Self::log_refuses(&why),
        }
    }
}

impl Problem {
    /// The log refuses writes: nothing was acknowledged.
    pub fn log_refuses(why: &str) -> Self {
        let remedy = "make room or repair what it names; the server goes on by itself, then send it again";
        Self::new(ProblemKind::LogRefuses, why, remedy).retry_after(10)
    }
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::TooLarge(what) => Self::new(ProblemKind::TooLarge, what, "send it in smaller parts"),
            IntakeError::Malformed(problem) => {
                let detail = format!("{}: {}", problem.place, problem.message);
                Self::new(ProblemKind::MalformedBody, detail, problem.remedy.clone()).with_problems(vec![problem])
            }
            IntakeError::NotReady => Self::new(ProblemKind::NotReady, error.to_string(), "wait until /readyz says so"),
        }
    }
}

impl From<HistoryError> for Problem {
    fn from(error: HistoryError) -> Self {
        Self::new(ProblemKind::HistoryUnavailable, error.to_string(), "try again; the server's log says more")
    }
}

impl From<RejectionReason> for Problem {
    fn from(reason: RejectionReason) -> Self {
        use ProblemKind::{Invalid, NotFound, NotNow, NotReady};
        use RejectionReason as Why;
        let (kind, detail, remedy) = match reason {
            Why::UnknownWarning => (NotFound, "there is no such open warning", "list /v1/warnings?state=open"),
            Why::UnknownMeasure => (NotFound, "there is no such measure", "list /v1/measures"),
            Why::AlreadyAcknowledged => (NotNow, "it is acknowledged already", "nothing is left to do"),
            Why::CriticalStaysInService => {
                (NotNow, "a critical warning cannot be taken out of service", "shelve it for at most 10 minutes")
            }
            Why::ShelveTooLong => (
                Invalid,
                "until must lie after now and within the longest shelving of this level",
                "choose an earlier end; /v1/site shows the rules",
            ),
            Why::StateNotAllowed => {
                (Invalid, "this state cannot be set this way", "in force is observed, never commanded")
            }
            Why::UnknownPlace => {
                (Invalid, "the place is not in the site, or cannot carry this", "use an id of /v1/map")
            }
            Why::BadNumber => (Invalid, "a number is negative, not finite or out of order", "correct the numbers"),
            Why::NoSite => (NotReady, "no site is adopted yet", "wait until /readyz says so"),
            Why::UnknownDatastream
            | Why::Future
            | Why::NotFinite
            | Why::Negative
            | Why::BelowMin
            | Why::AboveMax
            | Why::UnsoundSite
            | Why::UnknownEffect
            | Why::UnknownSchema => (Invalid, "the engine refused it", "see /docs for what is allowed"),
        };
        Self::new(kind, detail, remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_type_is_described_in_the_docs() {
        let docs = include_str!("../../../docs/problems.md");
        for kind in ProblemKind::ALL {
            let row = format!("| `{}` | {} |", kind.uri(), kind.status().as_u16());
            assert!(docs.contains(&row), "docs/problems.md lacks: {row}");
        }
        assert_eq!(docs.matches("| `/problems/").count(), ProblemKind::ALL.len());
    }
}
