//! What the API shows.

use axum::http::StatusCode;
use serde_json::json;

use crate::client::{get, request, send};
use crate::double::{Mood, app, desk, finding, state, warning};

#[tokio::test]
async fn the_view_holds_everything_at_one_sequence_number() {
    let (app, _) = app();
    let view = get(&app, "/v1/view").await.json();
    assert_eq!(view["seq"], 7);
    assert_eq!(view["stream_id"], "5f3a-0");
    assert_eq!(view["site_time"], "2019-10-02T10:30:00Z");
    assert_eq!((&view["mode"], &view["speed"], &view["paused"]), (&json!("simulated"), &json!(60.0), &json!(false)));
    let zone = &view["zones"][0];
    assert_eq!(
        (&zone["id"], &zone["level"], &zone["level_of_service"]),
        (&json!("levee-3"), &json!("critical"), &json!("F"))
    );
    assert_eq!((&zone["people"], &zone["p05"], &zone["officer"]), (&json!(72_000.0), &json!(64_800.0), &json!(null)));
    assert_eq!(view["datastreams"][1]["id"], "east/o'hare-1");
    assert_eq!(view["measures"][0], json!({"id": "open/road", "state": "planned", "since": null}));
    let warning = &view["warnings"][0];
    assert_eq!(warning["cause"], json!({"place": "zone/levee-3", "kind": "density"}));
    assert_eq!(warning["console"], "duty");
    assert_eq!(warning["evidence"]["observations"][0]["datastream"], "east/o'hare-0");
}

#[tokio::test]
async fn an_unbounded_speed_is_null() {
    let (app, desk) = app();
    desk.world.lock().unwrap().view.speed = f64::INFINITY;
    assert_eq!(get(&app, "/v1/view").await.json()["speed"], json!(null));
}

#[tokio::test]
async fn the_site_names_every_reference_by_id() {
    let (app, _) = app();
    let site = get(&app, "/v1/site").await.json();
    assert_eq!(
        (&site["id"], &site["engine"], &site["lead"]),
        (&json!("bund"), &json!("test-engine"), &json!("police"))
    );
    assert_eq!(site["consoles"][0]["departments"], json!(["police"]));
    assert_eq!(site["measures"][0]["targets"], json!(["zone/levee-3"]));
    assert_eq!(
        site["posts"],
        json!([{"id": "post-12", "name": {"zh-CN": "十二号岗", "en": "Post 12"}, "zone": "levee-3", "position": [121.496, 31.236]}])
    );
    assert_eq!(site["bounds"], json!([121.49, 31.23, 121.5, 31.24]));
    assert_eq!(site["rules"]["quiet_s"], 600);
    let streams = get(&app, "/v1/datastreams").await.json();
    assert_eq!(streams[0]["role"], json!({"gate": "east", "flow": "in"}));
    assert_eq!(streams[1]["role"], json!(null));
    assert_eq!((&streams[0]["zones"], &streams[1]["zones"]), (&json!(["levee-3"]), &json!([])));
}

#[tokio::test]
async fn geojson_carries_positions_as_ids_and_live_state() {
    let (app, _) = app();
    let answer = get(&app, "/v1/zones").await;
    assert_eq!(answer.header("content-type"), "application/geo+json");
    let zones = answer.json();
    assert_eq!(zones["type"], "FeatureCollection");
    let zone = &zones["features"][0];
    assert_eq!(
        (&zone["type"], &zone["id"], &zone["geometry"]["type"]),
        (&json!("Feature"), &json!(0), &json!("Polygon"))
    );
    assert_eq!(zone["properties"]["people"], json!(72_000.0));
    assert_eq!(zone["properties"]["name"]["zh-CN"], "堤三");
    let map = get(&app, "/v1/map").await.json();
    let kinds: Vec<_> = map["features"].as_array().unwrap().iter().map(|it| it["properties"]["is"].clone()).collect();
    assert_eq!(kinds, ["zone", "sensor", "sensor", "sensor", "post"]);
    assert_eq!(map["features"][1]["geometry"]["coordinates"], json!([121.495, 31.235]));
}

#[tokio::test]
async fn a_sensor_comes_with_what_is_wrong_with_it_and_what_it_reads_per_person() {
    let (app, desk) = app();
    {
        let mut world = desk.world.lock().unwrap();
        let camera = &mut world.view.datastreams[1];
        camera.findings = vec![finding()];
        camera.reads_per_person = Some(city::RatioState { value: 0.87, p05: 0.8, p95: 0.94 });
    }
    let view = get(&app, "/v1/view").await.json();
    assert_eq!(
        view["datastreams"][1]["findings"],
        json!([{
            "kind": "stuck", "since": "2019-10-02T10:15:00Z", "found_at": "2019-10-02T10:25:00Z",
            "evidence": [
                {"kind": "reading", "value": 412.0}, {"kind": "count", "value": 15.0}, {"kind": "deviations", "value": null},
            ],
            "other": "east/o'hare-0", "response": "unweighted",
        }])
    );
    assert_eq!(view["datastreams"][1]["reads_per_person"], json!({"value": 0.87, "p05": 0.8, "p95": 0.94}));
    assert_eq!(
        (&view["datastreams"][0]["findings"], &view["datastreams"][0]["reads_per_person"]),
        (&json!([]), &json!(null))
    );
}

#[tokio::test]
async fn a_warning_names_its_numbers_and_the_nearest_post() {
    let (app, desk) = app();
    let mut held_back = warning(city::WarningId(1));
    held_back.cause.kind = city::CauseKind::HeldBack;
    held_back.evidence.figures = vec![city::Figure { kind: city::FigureKind::ArrivingPerS, value: 7.5 }];
    held_back.evidence.post = Some(city::PostIx(0));
    desk.world.lock().unwrap().view.warnings = vec![held_back];
    let evidence = &get(&app, "/v1/warnings").await.json()[0]["evidence"];
    assert_eq!(evidence["figures"], json!([{"kind": "arriving_per_s", "value": 7.5}]));
    assert_eq!(evidence["post"], json!({"id": "post-12", "name": {"zh-CN": "十二号岗", "en": "Post 12"}}));
}

#[tokio::test]
async fn latest_values_and_feeds_come_with_their_age() {
    let (app, _) = app();
    let latest = get(&app, "/v1/datastreams/latest").await.json();
    assert_eq!(latest["datastreams"].as_array().unwrap().len(), 3);
    assert_eq!(latest["datastreams"][2]["result"], 2.0);
    let feeds = get(&app, "/v1/feeds").await.json();
    assert_eq!((&feeds[0]["age_s"], &feeds[0]["health"]), (&json!(5.0), &json!("speaking")));
    assert_eq!(feeds[0]["tally"]["taken"], 0);
}

#[tokio::test]
async fn history_answers_points_zones_groups_and_windows() {
    let (app, _) = app();
    let span = "from=2019-10-02T08:00:00Z&to=2019-10-02T18:00:00%2B08:00";
    let points = get(&app, &format!("/v1/history?series=datastream/east/o'hare-1&{span}")).await.json();
    assert_eq!(points["points"][1], json!({"time": "2019-10-02T08:00:00Z", "value": null}));
    assert_eq!(
        (&points["unit"], &points["window_s"], &points["more"]),
        (&json!("people"), &json!(null), &json!(false))
    );
    let zone = get(&app, "/v1/history?series=zone/levee-3&limit=1").await.json();
    assert_eq!(zone["points"][0]["p95"], 6.0);
    assert_eq!(zone["more"], true);
    let group = get(&app, "/v1/history?series=group/waterfront").await.json();
    assert_eq!((&group["points"][0]["p05"], &group["unit"]), (&json!(4.0), &json!("people")));
    let windows = get(&app, &format!("/v1/history?series=zone/levee-3&window_s=900&{span}")).await.json();
    assert_eq!(windows["points"][0]["mean"], 2.5);
}

#[tokio::test]
async fn warnings_are_listed_by_state() {
    let (app, _) = app();
    let ids = async |path: &str| {
        let listed = get(&app, path).await.json();
        listed.as_array().unwrap().iter().map(|warning| warning["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids("/v1/warnings").await, [1]);
    assert_eq!(ids("/v1/warnings?state=closed").await, [2]);
    assert_eq!(ids("/v1/warnings?state=all").await, [1, 2]);
    assert_eq!(ids("/v1/warnings?state=all&limit=1").await, [1]);
    assert_eq!(ids("/v1/warnings?from=2030-01-01T00:00:00Z").await, [0u64; 0]);
}

#[tokio::test]
async fn a_past_warning_keeps_the_ids_of_what_the_site_no_longer_has() {
    let (app, _) = app();
    let closed = &get(&app, "/v1/warnings?state=closed").await.json()[0];
    assert_eq!(closed["cause"]["place"], "zone/former");
    assert_eq!(closed["console"], "former-desk");
    assert_eq!(closed["members"][0], "group/former");
    assert_eq!(closed["evidence"]["post"], json!({"id": "former-post", "name": null}));
    assert_eq!(closed["evidence"]["observations"][0]["datastream"], "former/in");
}

#[tokio::test]
async fn measures_come_with_their_state() {
    let (app, _) = app();
    let measures = get(&app, "/v1/measures").await.json();
    assert_eq!((&measures[0]["kind"], &measures[0]["state"]), (&json!("open-road"), &json!("planned")));
}

#[tokio::test]
async fn readiness_names_its_reasons() {
    let (app, desk) = app();
    assert_eq!(get(&app, "/healthz").await.text(), "alive\n");
    assert_eq!(get(&app, "/readyz").await.json(), json!({"ready": true, "reasons": []}));
    desk.mood(Mood::DiskFull);
    let answer = get(&app, "/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["reasons"][0], "the log refuses writes: no space left");
}

#[tokio::test]
async fn metrics_count_requests_by_matched_path_and_show_the_desks_gauges() {
    let desk = desk(1, api::StreamLimits::default());
    let app = api::router(state(&desk).with_metrics(api::install_metrics().unwrap()));
    get(&app, "/v1/view").await;
    get(&app, "/nothing/here").await;
    let text = get(&app, "/metrics").await.text();
    assert!(text.contains(r#"yiwang_http_requests_total{method="GET",path="/v1/view",status="200"}"#), "{text}");
    assert!(text.contains(r#"path="other",status="404""#), "{text}");
    assert!(text.contains("yiwang_http_request_seconds_bucket"), "{text}");
    assert!(text.contains("yiwang_queue_depth 3"), "{text}");
    assert!(text.contains("yiwang_stream_readers"), "{text}");
}

#[tokio::test]
async fn large_answers_are_gzipped_only_when_asked() {
    let (app, _) = app();
    assert_eq!(get(&app, "/v1/view").await.header("content-encoding"), "");
    let asked = send(&app, request("GET", "/v1/view", &[("accept-encoding", "gzip")], "")).await;
    assert_eq!(asked.header("content-encoding"), "gzip");
    assert!(asked.body.starts_with(&[0x1f, 0x8b]));
}

#[tokio::test]
async fn the_page_or_how_to_make_it_stands_at_the_root() {
    let (app, _) = app();
    let page = get(&app, "/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.header("content-security-policy").contains("worker-src 'self' blob:"));
    assert!(page.text().contains("make ui") || page.text().contains("<script"), "{}", page.text());
    let head = send(&app, request("HEAD", "/", &[], "")).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn the_document_and_its_viewer_are_served() {
    let (app, _) = app();
    assert_eq!(get(&app, "/openapi.json").await.text(), api::openapi());
    let viewer = get(&app, "/docs").await;
    assert!(viewer.header("content-security-policy").contains("default-src 'none'"));
    assert!(viewer.text().contains("/openapi.json"));
}
