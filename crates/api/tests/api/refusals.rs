//! What the API refuses, and that each refusal is a problem.

use axum::http::StatusCode;
use serde_json::json;

use crate::client::{get, post_csv, post_json, request, send};
use crate::double::{Mood, app, app_with};

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let (app, _) = app();
    for path in ["/nothing", "/v1/nothing", "/v1/warnings/1", "/assets/none.js", "/index.htm", "/../etc/passwd"] {
        let answer = get(&app, path).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::NOT_FOUND, "not-found"), "{path}");
    }
    for (method, path) in
        [("POST", "/v1/view"), ("GET", "/v1/clock"), ("DELETE", "/v1/warnings"), ("POST", "/"), ("PUT", "/docs")]
    {
        let answer = send(&app, request(method, path, &[], "")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(answer.problem(), "method-not-allowed");
    }
}

#[tokio::test]
async fn parameters_are_checked_by_name() {
    let (app, _) = app();
    let bad = [
        "/v1/history",
        "/v1/history?series=zone/levee-3&form=2019-10-02T08:00:00Z",
        "/v1/history?series=zone/levee-3&from=yesterday",
        "/v1/history?series=zone/levee-3&from=2019-10-02T08:00:00",
        "/v1/history?series=zone/levee-3&from=2019-10-03T00:00:00Z&to=2019-10-02T00:00:00Z",
        "/v1/history?series=zone/levee-3&window_s=0",
        "/v1/history?series=zone/levee-3&window_s=many",
        "/v1/history?series=zone/levee-3&limit=0",
        "/v1/history?series=zone/levee-3&limit=20001",
        "/v1/warnings?state=ajar",
        "/v1/warnings?limit=0",
        "/v1/warnings?from=now",
    ];
    for path in bad {
        let answer = get(&app, path).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::BAD_REQUEST, "bad-request"), "{path}");
    }
    for path in ["/v1/history?series=zone/none", "/v1/history?series=group/none", "/v1/history?series=levee-3"] {
        assert_eq!(get(&app, path).await.problem(), "not-found", "{path}");
    }
}

#[tokio::test]
async fn a_plus_that_was_not_encoded_is_still_an_offset() {
    let (app, _) = app();
    let answer = get(&app, "/v1/history?series=zone/levee-3&from=2019-10-02T18:00:00+08:00").await;
    assert_eq!(answer.json()["points"][0]["time"], "2019-10-02T10:00:00Z");
}

#[tokio::test]
async fn bodies_of_commands_are_checked() {
    let (app, _) = app();
    let json_type = [("content-type", "application/json")];
    let broken = send(&app, request("POST", "/v1/clock", &json_type, "{\"speed\":")).await;
    assert_eq!((broken.status, broken.problem().as_str()), (StatusCode::BAD_REQUEST, "malformed-body"));
    assert!(broken.text().contains("line 1"), "{}", broken.text());
    assert_eq!(post_json(&app, "/v1/clock", &json!({"sped": 1})).await.problem(), "invalid");
    assert_eq!(post_json(&app, "/v1/clock", &json!({"speed": "fast"})).await.problem(), "invalid");
    assert_eq!(post_json(&app, "/v1/warnings/1/acknowledge", &json!({"all": true})).await.problem(), "invalid");
    let form = send(&app, request("POST", "/v1/clock", &[("content-type", "text/plain")], "{}")).await;
    assert_eq!((form.status, form.problem().as_str()), (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type"));
    let large = send(&app, request("POST", "/v1/clock", &json_type, " ".repeat(65 << 10))).await;
    assert_eq!((large.status, large.problem().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
}

#[tokio::test]
async fn content_types_and_encodings_not_understood_are_refused() {
    let (app, _) = app();
    for (path, kind) in [
        ("/v1/observations", "application/json"),
        ("/v1/observations", "multipart/form-data"),
        ("/v1.1/Observations", "text/csv"),
        ("/v1.1/CreateObservations", "application/xml"),
    ] {
        let answer = send(&app, request("POST", path, &[("content-type", kind)], "1")).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path} {kind}");
        assert_eq!(answer.problem(), "unsupported-media-type");
    }
    assert_eq!(send(&app, request("POST", "/v1/observations", &[], "1")).await.problem(), "unsupported-media-type");
    assert_eq!(post_csv(&app, "1", &[("content-encoding", "br")]).await.problem(), "unsupported-media-type");
}

#[tokio::test]
async fn another_host_or_origin_reaches_nothing() {
    let (app, desk) = app();
    for host in ["evil.example", "evil.example:8080", "localhost.evil.example", "", "192.168.1.5:8080"] {
        let answer = send(&app, request("GET", "/v1/view", &[("host", host)], "")).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::MISDIRECTED_REQUEST, "host-not-allowed"));
    }
    let acknowledge =
        async |headers: &[(&str, &str)]| send(&app, request("POST", "/v1/warnings/1/acknowledge", headers, "")).await;
    for origin in ["http://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8080", ""] {
        let answer = acknowledge(&[("origin", origin)]).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::FORBIDDEN, "origin-not-allowed"),
            "{origin}"
        );
    }
    assert!(desk.world.lock().unwrap().submissions.is_empty());
    let own = acknowledge(&[("host", "[::1]:8080"), ("origin", "http://[::1]:8080")]).await;
    assert_eq!(own.status, StatusCode::OK);
}

#[tokio::test]
async fn a_source_that_sends_too_fast_is_told_how_long_to_wait() {
    let (app, _) = app_with(api::Limits { requests_per_s: 0.1, burst: 2.0, ..api::Limits::default() });
    let send_as = async |source| post_csv(&app, "1\n", &[("x-source", source)]).await;
    assert_eq!(send_as("a").await.status, StatusCode::OK);
    assert_eq!(send_as("a").await.status, StatusCode::OK);
    let refused = send_as("a").await;
    assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::TOO_MANY_REQUESTS, "rate-limited"));
    assert!((1..=10).contains(&refused.header("retry-after").parse::<u32>().unwrap()));
    assert_eq!(send_as("b").await.status, StatusCode::OK);
}

#[tokio::test]
async fn memory_for_bodies_is_bounded() {
    let (app, _) = app_with(api::Limits { bytes_in_flight: 1 << 20, ..api::Limits::default() });
    let answer = post_csv(&app, "1\n", &[]).await;
    assert_eq!(answer.problem(), "busy", "without a length it counts as the largest");
    assert_eq!(post_csv(&app, "1\n", &[("content-length", "2")]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn headers_that_are_no_ids_are_refused() {
    let (app, _) = app();
    let long = "x".repeat(256);
    for header in [("x-source", ""), ("x-source", "a b"), ("idempotency-key", long.as_str()), ("idempotency-key", "ü")]
    {
        assert_eq!(post_csv(&app, "1\n", &[header]).await.problem(), "bad-request", "{header:?}");
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_problem_and_the_next_request_is_served() {
    let (app, desk) = app();
    desk.mood(Mood::Panicking);
    let answer = post_csv(&app, "1\n", &[]).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "internal"));
    assert!(!answer.text().contains("a bug"));
    desk.mood(Mood::Taking);
    assert_eq!(post_csv(&app, "1\n", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_history_that_cannot_be_read_says_so() {
    let (app, desk) = app();
    desk.mood(Mood::DiskFull);
    let answer = get(&app, "/v1/history?series=zone/levee-3").await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "history-unavailable"));
}
