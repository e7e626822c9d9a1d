//! `/v1/events`: the stream of events over HTTP (server-sent events).
//!
//! Not here: the ring (`stream`), what frames say (`frame`).
//! Invariant INV-09: without `Last-Event-ID` a view, then every frame after its position; with it every frame after it;
//! a gap is never passed over, it ends in `reset`.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use tokio_stream::Stream as ByteStream;

use crate::extract::off_thread;
use crate::frame::{reset_event, write_event};
use crate::limits::STREAM_READERS;
use crate::problem::{Problem, ProblemJson, ProblemKind};
use crate::stream::{Reader, Step};
use crate::wire::ViewJson;
use crate::{AppState, StreamId};

/// How long a browser waits before it comes back, milliseconds.
const RETRY_MS: u32 = 1000;

/// Every change as it happens, as server-sent events, each with its position as `id`.
///
/// Without `Last-Event-ID` the first event is `view` (as `/v1/view`); with it, everything after that position follows.
/// Then: `values` (`ValuesJson`, what changed, latest wins, at most 20 ms old), `warning` (`WarningEventJson`), `measure`
/// (`MeasureEventJson`), `feed` (`FeedEventJson`), `finding` (`FindingEventJson`), `human` (`HumanEventJson`), `correction` (`CorrectionEventJson`), `clock`
/// (`ClockJson`, at least once a second), `site` (reload everything), and `reset` (`ResetJson`) before the connection
/// closes because the position is no longer kept, of another run, or the reader was too slow: come back without an id.
#[utoipa::path(get, path = "/v1/events", tag = "live",
    params(("Last-Event-ID" = Option<String>, Header, description = "The id of the last event seen.")),
    responses(
    (status = 200, description = "The events.", body = String, content_type = "text/event-stream"),
    (status = 503, description = "Too many readers.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn events(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    if state.stream.readers() >= STREAM_READERS {
        let detail = format!("{STREAM_READERS} readers follow the stream already");
        return Err(Problem::new(ProblemKind::Busy, detail, "close another page, then try again").retry_after(5));
    }
    let (first, after) = match headers.get("last-event-id").filter(|id| !id.is_empty()) {
        Some(id) => (greeting(), position(id)),
        None => off_thread(&state, view).await?,
    };
    let Some(after) = after else {
        return Ok(respond(Body::from(reset_event("the position is not one of this stream"))));
    };
    Ok(respond(Body::from_stream(Events::new(first, state.stream.subscribe(after)))))
}

fn position(id: &HeaderValue) -> Option<StreamId> {
    id.to_str().ok()?.parse().ok()
}

fn greeting() -> Vec<u8> {
    format!("retry: {RETRY_MS}\n\n").into_bytes()
}

/// The view and the position it belongs to. What comes after is asked of the ring by that position, so it does not
/// matter how much later the reader starts.
fn view(state: &AppState) -> (Vec<u8>, Option<StreamId>) {
    let view = state.desk.view();
    let mut first = greeting();
    write_event(&mut first, view.stream_id, "view", &ViewJson::from(view.as_ref()));
    (first, Some(view.stream_id))
}

fn respond(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    // For a proxy in front that would otherwise hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

type Waiting = Pin<Box<dyn Future<Output = (Step, Reader)> + Send>>;

/// The body of the answer: what comes first, then the reader's frames.
struct Events {
    first: Option<Bytes>,
    waiting: Option<Waiting>,
}

impl Events {
    fn new(first: Vec<u8>, reader: Reader) -> Self {
        Self { first: Some(Bytes::from(first)), waiting: Some(wait(reader)) }
    }
}

fn wait(mut reader: Reader) -> Waiting {
    Box::pin(async move { (reader.next().await, reader) })
}

impl ByteStream for Events {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let Some(waiting) = self.waiting.as_mut() else { return Poll::Ready(None) };
        let Poll::Ready((step, reader)) = waiting.as_mut().poll(context) else { return Poll::Pending };
        self.waiting = None;
        Poll::Ready(match step {
            Step::Frame(frame) => {
                self.waiting = Some(wait(reader));
                Some(Ok(frame))
            }
            Step::Reset(why) => {
                metrics::counter!("yiwang_stream_resets_total").increment(1);
                Some(Ok(reset_event(why)))
            }
            Step::End => None,
        })
    }
}
