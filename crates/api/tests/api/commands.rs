//! What a duty officer does through the API.

use axum::http::StatusCode;
use serde_json::json;

use crate::client::{get, post_json, request, send};
use crate::double::{app, time};

#[tokio::test]
async fn an_acknowledged_warning_stays_so_and_cannot_be_acknowledged_twice() {
    let (app, desk) = app();
    let answer = send(&app, request("POST", "/v1/warnings/1/acknowledge", &[], "")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.json()["warning"]["acknowledged"]["by"], "local");
    assert_eq!(get(&app, "/v1/warnings").await.json()[0]["acknowledged"]["by"], "local");
    let again = post_json(&app, "/v1/warnings/1/acknowledge", &json!({})).await;
    assert_eq!((again.status, again.problem().as_str()), (StatusCode::CONFLICT, "not-allowed-now"));
    let world = desk.world.lock().unwrap();
    assert_eq!(world.submissions[0].actor.as_str(), "local");
    assert_eq!(world.submissions[0].source.as_str(), "http");
}

#[tokio::test]
async fn an_unknown_warning_or_measure_is_not_found() {
    let (app, _) = app();
    for path in ["/v1/warnings/99/acknowledge", "/v1/warnings/one/acknowledge", "/v1/warnings/-1/unshelve"] {
        let answer = post_json(&app, path, &json!({})).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::NOT_FOUND, "not-found"), "{path}");
    }
    let answer = post_json(&app, "/v1/measures/none", &json!({"state": "off", "why": "test"})).await;
    assert_eq!(answer.problem(), "not-found");
}

#[tokio::test]
async fn shelving_says_why_and_until_and_not_too_long() {
    let (app, _) = app();
    let shelve = async |body| post_json(&app, "/v1/warnings/1/shelve", &body).await;
    assert_eq!(shelve(json!({"why": "works", "until": time(300).to_string()})).await.status, StatusCode::OK);
    let long = shelve(json!({"why": "works", "until": time(3600).to_string()})).await;
    assert_eq!((long.status, long.problem().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"));
    assert_eq!(shelve(json!({"why": " ", "until": time(300).to_string()})).await.problem(), "invalid");
    assert_eq!(shelve(json!({"why": "x".repeat(501), "until": time(300).to_string()})).await.problem(), "invalid");
    let local = shelve(json!({"why": "works", "until": "2019-10-02T18:30:00"})).await;
    assert_eq!(local.problem(), "invalid");
    assert!(local.text().contains("offset"), "{}", local.text());
}

#[tokio::test]
async fn a_critical_stays_in_service() {
    let (app, _) = app();
    let answer = post_json(&app, "/v1/warnings/1/service", &json!({"service": "out", "why": "works"})).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::CONFLICT, "not-allowed-now"));
}

#[tokio::test]
async fn a_measure_is_ordered_by_a_person_and_in_force_only_by_observation() {
    let (app, _) = app();
    let ordered = post_json(&app, "/v1/measures/open%2Froad", &json!({"state": "ordered", "why": "crowd"})).await;
    assert_eq!(
        ordered.json()["measure"],
        json!({"id": "open/road", "state": "ordered", "since": "2019-10-02T10:30:00Z"})
    );
    let commanded = post_json(&app, "/v1/measures/open%2Froad", &json!({"state": "in-force", "why": "crowd"})).await;
    assert_eq!(commanded.problem(), "invalid");
    let seen = post_json(&app, "/v1/measures/open%2Froad/observed", &json!({"state": "in-force"})).await;
    assert_eq!(seen.json()["measure"]["state"], "in-force");
}

#[tokio::test]
async fn words_from_the_street_name_a_place_and_a_role() {
    let (app, _) = app();
    let body =
        json!({"place": "zone/levee-3", "role": "post-12", "saying": {"count": {"people": 900}}, "reason": "manual"});
    let answer = post_json(&app, "/v1/human-observations", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    assert_eq!(answer.json()["human"]["saying"], json!({"count": {"people": 900.0}}));
    let mut elsewhere = body.clone();
    elsewhere["place"] = json!("zone/nowhere");
    assert_eq!(post_json(&app, "/v1/human-observations", &elsewhere).await.problem(), "invalid");
    let mut word = body.clone();
    word["saying"] = json!("trampled");
    assert_eq!(post_json(&app, "/v1/human-observations", &word).await.problem(), "invalid");
    let mut story = body;
    story["role"] = json!("x".repeat(65));
    assert_eq!(post_json(&app, "/v1/human-observations", &story).await.problem(), "invalid");
}

#[tokio::test]
async fn the_clock_of_a_simulation_is_set_and_a_live_one_is_not() {
    let (app, desk) = app();
    let clock = post_json(&app, "/v1/clock", &json!({"speed": 600, "paused": true})).await;
    assert_eq!(clock.json(), json!({"site_time": "2019-10-02T10:30:00Z", "speed": 600.0, "paused": true}));
    for speed in [0.0, -1.0, 1e9] {
        assert_eq!(post_json(&app, "/v1/clock", &json!({ "speed": speed })).await.problem(), "invalid");
    }
    desk.world.lock().unwrap().view.mode = api::Mode::Live;
    assert_eq!(post_json(&app, "/v1/clock", &json!({"speed": 2})).await.problem(), "not-allowed-now");
}

#[tokio::test]
async fn a_command_with_a_key_is_carried_out_once() {
    let (app, _) = app();
    let acknowledge = async || {
        let headers = [("idempotency-key", "k1"), ("content-type", "application/json")];
        send(&app, request("POST", "/v1/warnings/1/acknowledge", &headers, "{}")).await
    };
    let (first, again) = (acknowledge().await, acknowledge().await);
    assert_eq!((first.status, again.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!(first.json(), again.json());
    assert_eq!((first.header("idempotent-replay"), again.header("idempotent-replay")), ("", "true"));
}
