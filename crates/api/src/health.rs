//! Health and figures: `/healthz`, `/readyz`, `/metrics`.
//!
//! Not here: what makes the server ready (the desk).
//! Invariant: neither needs the engine's thread, so that a stuck engine is still reported.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Bounds of the latency histogram, seconds.
const LATENCY_BOUNDS_S: [f64; 12] = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the process's metrics recorder once and hands it out; `None` when another one is installed already.
pub fn install_metrics() -> Option<PrometheusHandle> {
    let install = || PrometheusBuilder::new().set_buckets(&LATENCY_BOUNDS_S).ok()?.install_recorder().ok();
    RECORDER.get_or_init(install).clone()
}
