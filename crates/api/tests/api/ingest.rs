//! Observations in.

use axum::body::Body;
use axum::http::StatusCode;
use city::{Fact, Input};
use serde_json::json;

use crate::client::{post_csv, request, send};
use crate::double::{Mood, app};

#[tokio::test]
async fn good_rows_are_taken_and_bad_ones_named() {
    let (app, desk) = app();
    let answer = post_csv(&app, "1\nbad\n2\n", &[("x-source", "loop-gateway")]).await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.json();
    assert_eq!((&body["seq"], &body["taken"], &body["refused"]), (&json!(8), &json!(2), &json!(1)));
    assert_eq!(body["problems"][0]["place"], "line 2");
    let world = desk.world.lock().unwrap();
    assert_eq!(world.submissions[0].source.as_str(), "loop-gateway");
    let Input::Fact(Fact::Observations(batch)) = &world.submissions[0].input else { panic!("no batch") };
    assert_eq!(batch.len(), 2);
}

#[tokio::test]
async fn a_body_without_one_good_row_is_refused_with_its_problems() {
    let (app, desk) = app();
    let many = post_csv(&app, "bad\n".repeat(250), &[]).await;
    assert_eq!((many.status, many.problem().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "nothing-taken"));
    assert_eq!(many.json()["problems"].as_array().unwrap().len(), 100);
    assert!(many.text().contains("250 problems in all"));
    let empty = post_csv(&app, "", &[]).await;
    assert_eq!(empty.problem(), "nothing-taken");
    assert!(desk.world.lock().unwrap().submissions.is_empty());
}

#[tokio::test]
async fn rows_that_no_sensor_can_mean_are_logged_and_not_said_to_be_taken() {
    let (app, desk) = app();
    let body = post_csv(&app, "1\n-2\nbad\n3\n", &[]).await.json();
    assert_eq!((&body["taken"], &body["refused"]), (&json!(2), &json!(2)));
    assert_eq!(
        (&body["problems"][0]["place"], &body["problems"][0]["message"]),
        (&json!("line 2"), &json!("it is negative"))
    );
    let none = post_csv(&app, "-2\n", &[]).await;
    assert_eq!((none.status, none.problem().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "nothing-taken"));
    assert!(none.text().contains("line 1: it is negative (1 problems in all)"), "{}", none.text());
    let logged: Vec<usize> = desk
        .world
        .lock()
        .unwrap()
        .submissions
        .iter()
        .map(|sent| match &sent.input {
            Input::Fact(Fact::Observations(batch)) => batch.len(),
            _ => 0,
        })
        .collect();
    assert_eq!(logged, [3, 1], "they count against their sensor");
}

#[tokio::test]
async fn a_body_that_cannot_be_read_names_the_place() {
    let (app, _) = app();
    let header = post_csv(&app, "broken\n", &[]).await;
    assert_eq!((header.status, header.problem().as_str()), (StatusCode::BAD_REQUEST, "malformed-body"));
    assert!(header.text().contains("line 1: not a number"));
    let gzip = post_csv(&app, "1\n", &[("content-encoding", "gzip")]).await;
    assert_eq!(gzip.problem(), "malformed-body");
    assert!(gzip.text().contains("truncated"));
    let bomb = post_csv(&app, "bomb\n", &[]).await;
    assert_eq!((bomb.status, bomb.problem().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
}

#[tokio::test]
async fn a_repeated_key_gets_the_first_answer_and_another_body_a_conflict() {
    let (app, desk) = app();
    let key = [("idempotency-key", "batch-1")];
    let (first, again) = (post_csv(&app, "1\n2\n", &key).await, post_csv(&app, "1\n2\n", &key).await);
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    assert_eq!((first.header("idempotent-replay"), again.header("idempotent-replay")), ("", "true"));
    let other = post_csv(&app, "3\n", &key).await;
    assert_eq!((other.status, other.problem().as_str()), (StatusCode::CONFLICT, "idempotency-key-reused"));
    let elsewhere = post_csv(&app, "3\n", &[("idempotency-key", "batch-1"), ("x-source", "other")]).await;
    assert_eq!(elsewhere.status, StatusCode::OK);
    assert_eq!(desk.world.lock().unwrap().submissions.len(), 2);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_by_its_announced_length_unread() {
    let (app, _) = app();
    // The body is never polled: polling it would panic.
    let unread =
        Body::from_stream(tokio_stream::iter(std::iter::from_fn(|| -> Option<Result<Vec<u8>, std::io::Error>> {
            panic!("the body was read")
        })));
    let answer = post_csv(&app, unread, &[("content-length", "1000000000")]).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
}

#[tokio::test]
async fn a_body_that_hides_its_length_is_cut_at_the_limit() {
    let (app, _) = app();
    let read = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&read);
    let endless = std::iter::repeat_with(move || {
        counter.fetch_add(1 << 20, std::sync::atomic::Ordering::Relaxed);
        Ok::<_, std::io::Error>(vec![b'1'; 1 << 20])
    });
    let answer = post_csv(&app, Body::from_stream(tokio_stream::iter(endless)), &[]).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
    assert!(read.load(std::sync::atomic::Ordering::Relaxed) <= api::limits::BODY_BYTES + (2 << 20));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let (app, _) = app();
    let pieces = [Ok(b"1\n".to_vec()), Err(std::io::Error::other("the connection was lost"))];
    let answer = post_csv(&app, Body::from_stream(tokio_stream::iter(pieces)), &[]).await;
    assert_eq!(answer.problem(), "malformed-body");
}

#[tokio::test]
async fn more_rows_than_a_batch_may_carry_are_refused() {
    let (app, _) = app();
    let answer = post_csv(&app, "1\n".repeat(api::limits::BATCH_ROWS + 1), &[]).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
    assert_eq!(post_csv(&app, "1\n".repeat(api::limits::BATCH_ROWS), &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_full_queue_a_full_disk_and_a_stopping_server_say_when_to_come_back() {
    let (app, desk) = app();
    let cases = [
        (Mood::Full, "busy"),
        (Mood::DiskFull, "log-refuses-writes"),
        (Mood::DiskFullLater, "log-refuses-writes"),
        (Mood::Gone, "unconfirmed"),
    ];
    for (mood, kind) in cases {
        desk.mood(mood);
        let answer = post_csv(&app, "1\n", &[]).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::SERVICE_UNAVAILABLE, kind), "{mood:?}");
        assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    }
    desk.mood(Mood::Taking);
    assert_eq!(post_csv(&app, "1\n", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn sensorthings_bodies_are_created() {
    let (app, _) = app();
    let quoted = "/v1.1/Datastreams('east/o''hare-1')/Observations";
    let encoded = "/v1.1/Datastreams(%27east%2Fo%27%27hare-1%27)/Observations";
    for path in ["/v1.1/Observations", "/v1.1/CreateObservations", quoted, encoded] {
        let answer =
            send(&app, request("POST", path, &[("content-type", "application/json; charset=utf-8")], "5")).await;
        assert_eq!((answer.status, &answer.json()["taken"]), (StatusCode::CREATED, &json!(1)), "{path}");
    }
    for path in ["/v1.1/Datastreams('none')/Observations", "/v1.1/Datastreams('a'b')/Observations", "/v1.1/Things"] {
        let answer = send(&app, request("POST", path, &[("content-type", "application/json")], "5")).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::NOT_FOUND, "not-found"), "{path}");
    }
}
