//! The HTTP API: observations in, the city's picture out, server-sent events, metrics, the page and its documentation.
//!
//! Not here: the engine, the log, parsing of observations, identities; they are reached through [`Desk`] and [`Intake`].
//! Invariant: wire types live here and nowhere else; each refusal is a problem+json with a stable type.

mod clock;
mod desk;
mod docs;
mod events;
mod extract;
mod feeds;
mod frame;
mod gate;
mod health;
mod history;
mod humans;
mod intake;
pub mod limits;
mod measures;
mod observations;
mod page;
mod problem;
mod site;
mod state;
mod stream;
mod submit;
mod view;
mod warnings;
pub mod wire;

use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use clock::SPEED_MAX;
pub use desk::*;
pub use docs::openapi;
pub use frame::Frame;
pub use health::install_metrics;
pub use intake::*;
pub use limits::Limits;
pub use problem::{Problem, ProblemKind};
pub use state::AppState;
pub use stream::{Reader, Step, Stream, StreamId, StreamIdError, StreamLimits};

/// Every documented route. Answers that may be large are compressed when asked; the stream never is.
fn routes() -> OpenApiRouter<AppState> {
    let compress = CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest);
    let large = OpenApiRouter::new()
        .routes(routes!(site::site))
        .routes(routes!(site::map))
        .routes(routes!(site::datastreams))
        .routes(routes!(view::view))
        .routes(routes!(view::zones))
        .routes(routes!(view::latest))
        .routes(routes!(feeds::feeds))
        .routes(routes!(history::history))
        .routes(routes!(measures::measures))
        .routes(routes!(warnings::warnings))
        .layer(compress);
    OpenApiRouter::with_openapi(docs::Described::openapi())
        .merge(large)
        .routes(routes!(events::events))
        .routes(routes!(warnings::acknowledge))
        .routes(routes!(warnings::shelve))
        .routes(routes!(warnings::unshelve))
        .routes(routes!(warnings::service))
        .routes(routes!(measures::set_measure))
        .routes(routes!(measures::observe_measure))
        .routes(routes!(humans::observe))
        .routes(routes!(clock::set_clock))
        .routes(routes!(observations::observations))
        .routes(routes!(observations::one))
        .routes(routes!(observations::many))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics_text))
}

/// The API's router over its state.
pub fn router(state: AppState) -> Router {
    let compress = CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest);
    let (router, _) = routes().split_for_parts();
    let page = Router::new()
        .route("/openapi.json", get(docs::document))
        .route("/docs", get(docs::viewer))
        .fallback(page::fallback)
        .layer(compress);
    router
        // A datastream's id stands in quotes inside a path segment and may hold slashes, which no route pattern can say.
        .route("/v1.1/{*entity}", post(observations::of_datastream))
        .merge(page)
        .method_not_allowed_fallback(page::method_not_allowed)
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(axum::middleware::from_fn_with_state(state.clone(), gate::pass))
        .with_state(state)
}

#[allow(clippy::needless_pass_by_value, reason = "the layer hands the panic over by value")]
fn after_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("of unknown kind"), "a request panicked");
    Problem::internal().into_response()
}

/// Serves the API on a loopback listener until `shutdown` resolves, then ends the streams and the open requests.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let upkeep = state.metrics.clone().map(|handle| tokio::spawn(health::keep_up(handle)));
    let stream = Arc::clone(&state.stream);
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    // Events are small and late ones are worthless: never wait to fill a segment.
    let listener = axum::serve::ListenerExt::tap_io(listener, |socket| {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let shutdown = async move {
        shutdown.await;
        stream.close();
    };
    let served = axum::serve(listener, service).with_graceful_shutdown(shutdown).await;
    if let Some(upkeep) = upkeep {
        upkeep.abort();
    }
    served
}
