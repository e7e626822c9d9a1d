//! The page: the built assets of `ui/dist`, embedded in the binary.
//!
//! Not here: how they are built (`make ui`).
//! Invariant: nothing is loaded from elsewhere, and a path that is no asset is a 404, never the page.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem::{Problem, ProblemKind, shown};

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Assets;

/// Map rendering needs workers from blobs and images from memory; nothing else leaves the server itself.
const PAGE_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; child-src blob:; connect-src 'self'; \
    object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Files whose names carry a digest of their content.
const HASHED: &str = "assets/";

const ABSENT: &str = include_str!("absent.html");

/// Whatever no other route knows: `/`, the assets, or nothing.
pub(crate) async fn fallback(request: Request) -> Response {
    let path = request.uri().path();
    let name = if path == "/" { "index.html" } else { path.trim_start_matches('/') };
    let found = Assets::get(name);
    if found.is_none() && path != "/" {
        let detail = format!("there is nothing at {}", shown(path));
        return Problem::new(ProblemKind::NotFound, detail, "see /docs for the paths there are").into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return method_not_allowed().await;
    }
    match found {
        Some(file) => asset(name, file, request.headers().get(header::IF_NONE_MATCH)),
        None => (html_headers(PAGE_POLICY), ABSENT).into_response(),
    }
}

/// A known path with a method it does not know.
pub(crate) async fn method_not_allowed() -> Response {
    let remedy = "see the path in /docs for its methods";
    Problem::new(ProblemKind::MethodNotAllowed, "this path does not know this method", remedy).into_response()
}

/// Headers of an HTML page under a content security policy.
pub(crate) fn html_headers(policy: &'static str) -> [(HeaderName, HeaderValue); 3] {
    [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
    ]
}

fn asset(name: &str, file: EmbeddedFile, known: Option<&HeaderValue>) -> Response {
    let etag = etag(&file);
    let caching = if name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let unchanged = known.is_some_and(|known| known == etag);
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        (StatusCode::OK, axum::body::Bytes::from(file.data.into_owned())).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    headers.insert(header::ETAG, etag);
    response
}

fn etag(file: &EmbeddedFile) -> HeaderValue {
    let hash = file.metadata.sha256_hash();
    let short = hash.iter().take(8).fold(0u64, |short, byte| (short << 8) | u64::from(*byte));
    // Quotes and hexadecimal digits are always allowed in a header.
    HeaderValue::from_str(&format!("\"{short:016x}\"")).unwrap_or(HeaderValue::from_static("\"0\""))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "wasm" => "application/wasm",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "txt" => "text/plain; charset=utf-8",
        "pbf" => "application/x-protobuf",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_styles_have_types_a_browser_accepts() {
        assert_eq!(content_type("assets/worker-1a2b.mjs"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("assets/main.css"), "text/css; charset=utf-8");
        assert_eq!(content_type("no-extension"), "application/octet-stream");
    }
}
