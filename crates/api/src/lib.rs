//! The HTTP API: observations in, the city's picture out, server-sent events, metrics, the page and its documentation.
//!
//! Not here: the engine, the log, parsing of observations, identities; they are reached through [`Desk`] and [`Intake`].
//! Invariant: wire types live here and nowhere else; each refusal is a problem+json with a stable type.

mod desk;
mod frame;
mod health;
mod intake;
pub mod limits;
mod state;
mod stream;
pub mod wire;

pub use desk::*;
pub use frame::Frame;
pub use health::install_metrics;
pub use intake::*;
pub use limits::Limits;
pub use state::AppState;
pub use stream::{Reader, Step, Stream, StreamId, StreamIdError, StreamLimits};

/// The API's router over its state.
pub fn router(state: AppState) -> axum::Router {
    axum::Router::new().with_state(state)
}

/// The `OpenAPI` 3.1 document, as committed in `docs/openapi.json`.
pub fn openapi() -> String {
    String::new()
}

/// Serves the API on a loopback listener until `shutdown` resolves, then ends the streams and the open requests.
pub async fn serve(
    listener: tokio::net::TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let stream = std::sync::Arc::clone(&state.stream);
    let service = router(state).into_make_service_with_connect_info::<std::net::SocketAddr>();
    // Events are small and late ones are worthless: never wait to fill a segment.
    let listener = axum::serve::ListenerExt::tap_io(listener, |socket| drop(socket.set_nodelay(true)));
    let shutdown = async move {
        shutdown.await;
        stream.close();
    };
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await
}
