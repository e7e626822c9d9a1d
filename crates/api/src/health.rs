//! Health and figures: `/healthz`, `/readyz`, `/metrics`, and the recorder behind them.
//!
//! Not here: what makes the server ready, and the engine's own figures (the desk).
//! Invariant: `/healthz` needs nothing but the process; `/readyz` says every reason at once.

use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::problem::{Problem, ProblemKind};
use crate::submit::json;

/// Bounds of the latency histogram, seconds.
const LATENCY_BOUNDS_S: [f64; 12] = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// How often recorded samples are folded into their histograms when nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the process's metrics recorder once and hands it out; `None` when another one is installed already.
pub fn install_metrics() -> Option<PrometheusHandle> {
    let install = || PrometheusBuilder::new().set_buckets(&LATENCY_BOUNDS_S).ok()?.install_recorder().ok();
    let handle = RECORDER.get_or_init(install).clone();
    describe();
    handle
}

fn describe() {
    use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
    describe_counter!("yiwang_http_requests_total", Unit::Count, "Requests by method, path and status.");
    describe_histogram!("yiwang_http_request_seconds", Unit::Seconds, "Time to the head of the answer, by path.");
    describe_counter!(
        "yiwang_ingest_rows_total",
        Unit::Count,
        "Observations acknowledged, before the engine judges them."
    );
    describe_counter!("yiwang_ingest_problems_total", Unit::Count, "Records of bodies that could not be read.");
    describe_counter!("yiwang_stream_resets_total", Unit::Count, "Readers told to take a new view.");
    describe_gauge!("yiwang_stream_readers", Unit::Count, "Readers of /v1/events now.");
    describe_gauge!("yiwang_stream_frames", Unit::Count, "Frames streamed since the start.");
}

/// Keeps the recorder's memory bounded while nobody scrapes it; runs until dropped.
pub(crate) async fn keep_up(handle: PrometheusHandle) {
    let mut due = tokio::time::interval(UPKEEP);
    loop {
        due.tick().await;
        handle.run_upkeep();
    }
}

/// Whether the server takes work.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReadyJson {
    /// True when it does.
    ready: bool,
    /// What stands in the way.
    reasons: Vec<String>,
}

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "Alive.", body = String)))]
pub(crate) async fn alive() -> &'static str {
    "alive\n"
}

/// Whether the server takes work: started, and the log accepts writes.
#[utoipa::path(get, path = "/readyz", tag = "health", responses(
    (status = 200, description = "It does.", body = ReadyJson),
    (status = 503, description = "It does not; the reasons say why.", body = ReadyJson),
))]
pub(crate) async fn ready(State(state): State<AppState>) -> Response {
    let reasons = state.desk.readiness().reasons;
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json(status, &ReadyJson { ready: reasons.is_empty(), reasons })
}

/// Figures in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "health", responses(
    (status = 200, description = "The figures.", body = String, content_type = "text/plain"),
))]
pub(crate) async fn metrics_text(State(state): State<AppState>) -> Result<Response, Problem> {
    let Some(handle) = &state.metrics else {
        let remedy = "start the server with metrics";
        return Err(Problem::new(ProblemKind::NotFound, "this server records no figures", remedy));
    };
    metrics::gauge!("yiwang_stream_readers").set(state.stream.readers() as f64);
    metrics::gauge!("yiwang_stream_frames").set(state.stream.tip().number as f64);
    for gauge in state.desk.gauges() {
        metrics::gauge!(gauge.name).set(gauge.value);
    }
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-store")], handle.render()).into_response())
}
