//! Reading of requests: query, path, headers and bodies, each failure a problem that names the place.
//!
//! Not here: observation bodies' content (the intake).
//! Invariant: nothing from outside is read beyond its limit.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use city::{Digest, Site, SourceId, Time};
use serde::de::DeserializeOwned;

use crate::limits::{BODY_TIME, COMMAND_BYTES, HEADER_CHARS};
use crate::problem::{Problem, ProblemKind, shown};
use crate::{AppState, Token};

/// The query string, with problems instead of plain texts.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri).map(|query| Self(query.0)).map_err(|rejection| {
            Problem::new(ProblemKind::BadRequest, rejection.body_text(), "see the parameters of this path in /docs")
        })
    }
}

/// A path parameter, decoded, with problems instead of plain texts.
pub(crate) struct Path(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Path {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let bad = || Problem::new(ProblemKind::BadRequest, "the path is not percent-encoded UTF-8", "encode the id");
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| bad())?;
        params.iter().next().map(|(_, value)| Self(value.to_owned())).ok_or_else(bad)
    }
}

/// The source a request names, and the idempotency key it carries.
pub(crate) struct Sender {
    pub(crate) source: SourceId,
    pub(crate) key: Option<String>,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
}

impl<S: Sync> FromRequestParts<S> for Sender {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let source = header_text(&parts.headers, "x-source")?.unwrap_or_else(|| "http".to_owned());
        Ok(Self {
            source: SourceId::new(source),
            key: header_text(&parts.headers, "idempotency-key")?,
            path: parts.uri.path().to_owned(),
            headers: std::mem::take(&mut parts.headers),
        })
    }
}

impl Sender {
    /// The token of this request with this body, if it carries a key.
    pub(crate) fn token(&self, body: &[u8]) -> Option<Token> {
        let key = self.key.clone()?;
        let kind = self.headers.get(header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
        let mut whole = Digest::of(body).0.to_vec();
        whole.extend_from_slice(self.path.as_bytes());
        whole.push(b'\n');
        whole.extend_from_slice(kind);
        Some(Token { key, body: Digest::of(&whole) })
    }

    /// The media type without its parameters, in lower case; empty when absent.
    pub(crate) fn media_type(&self) -> String {
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The JSON body of a command; an absent body reads as `{}`.
    pub(crate) async fn command<T: DeserializeOwned>(&self, body: Body) -> Result<(T, Option<Token>), Problem> {
        let bytes = read(&self.headers, body, COMMAND_BYTES).await?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        if !bytes.is_empty() && self.media_type() != "application/json" {
            let detail = format!("the content type '{}' is not understood here", shown(&self.media_type()));
            return Err(Problem::new(ProblemKind::UnsupportedMediaType, detail, "send Content-Type: application/json"));
        }
        let parsed = serde_json::from_slice(text).map_err(|error| {
            let kind = if error.is_data() { ProblemKind::Invalid } else { ProblemKind::MalformedBody };
            Problem::new(kind, error.to_string(), "see the body of this path in /docs")
        })?;
        Ok((parsed, self.token(&bytes)))
    }
}

/// A header as text; `None` when absent.
fn header_text(headers: &HeaderMap, name: &str) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    match value.to_str() {
        Ok(text) if (1..=HEADER_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(Some(text.to_owned()))
        }
        _ => {
            let detail = format!("the header {name} is not 1 to {HEADER_CHARS} visible ASCII characters");
            Err(Problem::new(ProblemKind::BadRequest, detail, "shorten it, and use no spaces"))
        }
    }
}

/// The length a request announces, if it does.
pub(crate) fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads a body of at most `limit` bytes; a larger one is refused by what it announces, or at the limit.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Problem> {
    let too_large = || {
        let detail = format!("the body is larger than {limit} bytes");
        Problem::new(ProblemKind::TooLarge, detail, "send it in smaller parts, or gzipped")
    };
    if announced(headers).is_some_and(|bytes| bytes > limit as u64) {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_length_limit(&error) => Err(too_large()),
        Ok(Err(_)) => {
            let detail = "the body broke off before its end";
            Err(Problem::new(ProblemKind::MalformedBody, detail, "send it again, whole"))
        }
        Err(_) => {
            let detail = format!("the body did not arrive within {} s", BODY_TIME.as_secs());
            Err(Problem::new(ProblemKind::BodyTimeout, detail, "send smaller parts"))
        }
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A time in a query parameter. A `+` that was not percent-encoded arrives as a space, and is taken as a `+`.
pub(crate) fn time(name: &str, text: &str) -> Result<Time, Problem> {
    text.replace(' ', "+").parse().map_err(|error: city::TimeError| {
        let remedy = "write it like 2019-10-02T10:50:00Z, or with an offset whose + is sent as %2B";
        Problem::new(ProblemKind::BadRequest, format!("{name}: {error}"), remedy)
    })
}

/// An optional time in a query parameter.
pub(crate) fn optional_time(name: &str, text: Option<&str>) -> Result<Option<Time>, Problem> {
    text.map(|text| time(name, text)).transpose()
}

/// A place as written in the API, such as `zone/levee-3`.
pub(crate) fn place(site: &Site, id: &str) -> Result<city::Place, Problem> {
    site.place(id).ok_or_else(|| {
        let detail = format!("the place '{}' is not in the site", shown(id));
        Problem::new(ProblemKind::Invalid, detail, "write it as zone/ID, group/ID, link/ID, gate/ID or site")
    })
}

/// Runs what may take some milliseconds off the threads that serve connections.
pub(crate) async fn off_thread<T: Send + 'static>(
    state: &AppState,
    work: impl FnOnce(&AppState) -> T + Send + 'static,
) -> Result<T, Problem> {
    let state = state.clone();
    tokio::task::spawn_blocking(move || work(&state)).await.map_err(|error| {
        tracing::error!(%error, "a request's work failed");
        Problem::internal()
    })
}
