//! What every request passes: who may ask, how often, and the count of it.
//!
//! Not here: sizes (`extract`), what a request means.
//! Invariant: a web page of another site reaches no handler, whatever name it resolves to this server.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::AppState;
use crate::limits::HEADER_CHARS;
use crate::problem::{Problem, ProblemKind, shown};

/// Checks host, origin and rate, then passes the request on; counts it either way.
pub(crate) async fn pass(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = name(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let response = match admit(&state, &request, start) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let path = matched.as_ref().map_or("other", |path| path.as_str()).to_owned();
    let status = response.status().as_u16().to_string();
    metrics::histogram!("yiwang_http_request_seconds", "path" => path.clone()).record(start.elapsed());
    metrics::counter!("yiwang_http_requests_total", "method" => method, "path" => path, "status" => status)
        .increment(1);
    response
}

/// The method as a label: unknown ones must not grow the figures.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}

fn admit(state: &AppState, request: &Request, now: Instant) -> Result<(), Problem> {
    let host = host(request)?;
    if *request.method() != Method::GET && *request.method() != Method::HEAD {
        same_origin(request.headers(), host)?;
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let source = source(request.headers());
    let admitted = match (source, peer) {
        (Some(source), _) => state.gatekeeper.admit(source, now),
        (None, Some(peer)) => state.gatekeeper.admit(&peer.to_string(), now),
        (None, None) => state.gatekeeper.admit("", now),
    };
    admitted.map_err(|seconds| {
        let detail = "this source sends more requests than its rate allows";
        Problem::new(ProblemKind::RateLimited, detail, "send more rows in a request, or wait Retry-After seconds")
            .retry_after(seconds)
    })
}

fn source(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-source")?.to_str().ok().filter(|source| (1..=HEADER_CHARS).contains(&source.len()))
}

/// The authority a request names, if it is a loopback name: a page whose name was rebound to this server is not.
fn host(request: &Request) -> Result<&str, Problem> {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let authority =
        named.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str)).unwrap_or_default();
    if is_loopback(authority) {
        return Ok(authority);
    }
    let detail = format!("the host '{}' is not a loopback name", shown(authority));
    Err(Problem::new(ProblemKind::HostNotAllowed, detail, "use localhost, 127.0.0.1 or [::1]"))
}

fn is_loopback(authority: &str) -> bool {
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (authority, "0"),
    };
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    is_port && (name.eq_ignore_ascii_case("localhost") || name == "127.0.0.1" || name == "[::1]")
}

fn same_origin(headers: &HeaderMap, host: &str) -> Result<(), Problem> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    if authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host)) {
        return Ok(());
    }
    let detail = format!("the origin '{}' is not this server", shown(origin));
    Err(Problem::new(ProblemKind::OriginNotAllowed, detail, "open the page from this server itself"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_hosts() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1:8080", "[::1]", "[::1]:8080"] {
            assert!(is_loopback(host), "{host}");
        }
        let others =
            ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "localhost:", "localhost:x"];
        for host in others.into_iter().chain(["10.0.0.1:8080", "[::2]:80", "evil.example:127", "::1"]) {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
