//! What every handler is given: the desk, the intake, the stream and the limits.
//!
//! Not here: how they are made (the binary).
//! Invariant: nothing in it changes but what the parts themselves keep.

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;

use crate::{Desk, Intake, Limits, Stream, limits::Gatekeeper};

/// What every handler is given; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub(crate) desk: Arc<dyn Desk>,
    pub(crate) intake: Arc<dyn Intake>,
    pub(crate) stream: Arc<Stream>,
    pub(crate) engine: Arc<str>,
    pub(crate) metrics: Option<PrometheusHandle>,
    pub(crate) gatekeeper: Arc<Gatekeeper>,
}

impl AppState {
    /// From its parts, with default limits and no `/metrics`. `engine` is the engine's version.
    pub fn new(desk: Arc<dyn Desk>, intake: Arc<dyn Intake>, stream: Arc<Stream>, engine: &str) -> Self {
        let gatekeeper = Arc::new(Gatekeeper::new(Limits::default()));
        Self { desk, intake, stream, engine: engine.into(), metrics: None, gatekeeper }
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.gatekeeper = Arc::new(Gatekeeper::new(limits));
        self
    }

    /// With the recorder that `/metrics` renders; see [`crate::install_metrics`].
    #[must_use]
    pub fn with_metrics(mut self, metrics: PrometheusHandle) -> Self {
        self.metrics = Some(metrics);
        self
    }
}
