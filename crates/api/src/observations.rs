//! Observations in: CSV, NDJSON and `SensorThings` 1.1, gzipped or not.
//!
//! Not here: parsing and limits (the intake), judgement (the engine: a time too far ahead, for one, is counted in
//! `/v1/feeds`).
//! Invariant: a 2xx means that the counted rows are in the log and synced; a bad record never loses a good one.

use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use city::{DatastreamId, Fact, Input, Seq};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Path, Sender, announced, off_thread, read};
use crate::limits::{BATCH_ROWS, BODY_BYTES, PROBLEMS_LISTED};
use crate::problem::{Problem, ProblemJson, ProblemKind, shown};
use crate::submit::submit;
use crate::{AppState, Body, BodyProblem, ContentKind, Decoded, Encoding};

/// Bodies up to this size are decoded on the spot: handing them over would take longer.
const SMALL_BYTES: usize = 16 << 10;

/// What was taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct ObservationsAnswerJson {
    /// The entry that holds them.
    #[schema(value_type = u64)]
    seq: Seq,
    /// Rows taken.
    taken: usize,
    /// Records that could not be read, and rows that their datastream refuses (negative, outside its limits).
    refused: usize,
    /// What was wrong with them; the first 100.
    problems: Vec<BodyProblem>,
}

/// Sends observations as CSV or NDJSON.
///
/// CSV (RFC 4180) has the header `phenomenonTime,datastream,result` and optionally `resultTime`; an empty result is
/// missing. NDJSON has one object with the same keys a line. `Content-Encoding: gzip` is understood. At most 16 MiB
/// as sent and 100,000 rows. With an `Idempotency-Key` a repetition changes nothing and gets the first answer.
#[utoipa::path(post, path = "/v1/observations", tag = "observations",
    request_body(content(
        (String = "text/csv", example = "phenomenonTime,datastream,result\n2019-10-02T18:50:00+08:00,nanjing-east/in,412\n"),
        (String = "application/x-ndjson"),
    )),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters, kept 7 days."),
        ("X-Source" = Option<String>, Header, description = "Who sends: keys and rates are counted per source."),
    ),
    responses(
    (status = 200, description = "They are in the log.", body = ObservationsAnswerJson),
    (status = 413, description = "Too many bytes or rows.", body = ProblemJson, content_type = "application/problem+json"),
    (status = 422, description = "Not one could be taken.", body = ProblemJson, content_type = "application/problem+json"),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn observations(
    State(state): State<AppState>,
    sender: Sender,
    body: HttpBody,
) -> Result<Response, Problem> {
    let content = match sender.media_type().as_str() {
        "text/csv" => ContentKind::Csv,
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => ContentKind::Ndjson,
        other => return Err(unsupported(other, "send Content-Type: text/csv or application/x-ndjson")),
    };
    Arrival { state: &state, sender: &sender, content, datastream: None }.take(body, StatusCode::OK).await
}

/// Sends one observation as `SensorThings` 1.1.
#[utoipa::path(post, path = "/v1.1/Observations", tag = "observations",
    request_body(content = Object, content_type = "application/json",
        example = json!({"phenomenonTime": "2019-10-02T18:50:00+08:00", "result": 412, "Datastream": {"@iot.id": "nanjing-east/in"}})),
    responses(
    (status = 201, description = "It is in the log.", body = ObservationsAnswerJson),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn one(State(state): State<AppState>, sender: Sender, body: HttpBody) -> Result<Response, Problem> {
    sensor_things(&state, &sender, body, Shape::One(None)).await
}

/// Sends many observations as a `SensorThings` 1.1 data array.
#[utoipa::path(post, path = "/v1.1/CreateObservations", tag = "observations",
    request_body(content = Object, content_type = "application/json",
        example = json!([{"Datastream": {"@iot.id": "nanjing-east/in"}, "components": ["phenomenonTime", "result"],
            "dataArray": [["2019-10-02T18:50:00+08:00", 412], ["2019-10-02T18:51:00+08:00", 405]]}])),
    responses(
    (status = 201, description = "They are in the log.", body = ObservationsAnswerJson),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn many(State(state): State<AppState>, sender: Sender, body: HttpBody) -> Result<Response, Problem> {
    sensor_things(&state, &sender, body, Shape::Array).await
}

/// Sends one observation of the datastream named in the path, as `SensorThings` 1.1. A quote in the id is doubled.
#[utoipa::path(post, path = "/v1.1/Datastreams('{id}')/Observations", tag = "observations",
    params(("id" = String, Path, description = "The datastream's id.")),
    request_body(content = Object, content_type = "application/json",
        example = json!({"phenomenonTime": "2019-10-02T18:50:00+08:00", "result": 412})),
    responses(
    (status = 201, description = "It is in the log.", body = ObservationsAnswerJson),
    (status = 404, description = "No such datastream.", body = ProblemJson, content_type = "application/problem+json"),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn of_datastream(
    State(state): State<AppState>,
    Path(entity): Path,
    sender: Sender,
    body: HttpBody,
) -> Result<Response, Problem> {
    let Some(id) = datastream_in(&entity) else {
        let detail = format!("there is nothing at /v1.1/{}", shown(&entity));
        let remedy = "post to Observations, CreateObservations or Datastreams('ID')/Observations";
        return Err(Problem::new(ProblemKind::NotFound, detail, remedy));
    };
    if state.desk.site().datastream_ix(&id).is_none() {
        return Err(Problem::no_such("datastream", id.as_str()));
    }
    sensor_things(&state, &sender, body, Shape::One(Some(id))).await
}

/// The id in `Datastreams('ID')/Observations`, its doubled quotes undone.
fn datastream_in(entity: &str) -> Option<DatastreamId> {
    let quoted = entity.strip_prefix("Datastreams('")?.strip_suffix("')/Observations")?;
    let id = quoted.replace("''", "\u{0}");
    (!id.is_empty() && !id.contains('\'')).then(|| DatastreamId::new(id.replace('\u{0}', "'")))
}

enum Shape {
    One(Option<DatastreamId>),
    Array,
}

async fn sensor_things(state: &AppState, sender: &Sender, body: HttpBody, shape: Shape) -> Result<Response, Problem> {
    let kind = sender.media_type();
    if kind != "application/json" {
        return Err(unsupported(&kind, "send Content-Type: application/json"));
    }
    let (content, datastream) = match shape {
        Shape::One(datastream) => (ContentKind::SensorThings, datastream),
        Shape::Array => (ContentKind::DataArray, None),
    };
    Arrival { state, sender, content, datastream }.take(body, StatusCode::CREATED).await
}

fn unsupported(kind: &str, remedy: &str) -> Problem {
    let detail = format!("the content type '{}' is not understood here", shown(kind));
    Problem::new(ProblemKind::UnsupportedMediaType, detail, remedy)
}

/// A body of observations on its way in.
struct Arrival<'a> {
    state: &'a AppState,
    sender: &'a Sender,
    content: ContentKind,
    datastream: Option<DatastreamId>,
}

impl Arrival<'_> {
    /// Reads, decodes and submits a body; `status` answers when at least one row was taken.
    async fn take(self, body: HttpBody, status: StatusCode) -> Result<Response, Problem> {
        let encoding = self.encoding()?;
        // A body that does not announce its length is counted as the largest, until it is in the log.
        let announced = announced(&self.sender.headers).and_then(|bytes| usize::try_from(bytes).ok());
        let room = self.state.gatekeeper.reserve(announced.unwrap_or(BODY_BYTES).min(BODY_BYTES));
        let Some(_room) = room else {
            let detail = "the memory for bodies in flight is used up";
            return Err(Problem::new(ProblemKind::Busy, detail, "send it again after Retry-After"));
        };
        let bytes = read(&self.sender.headers, body, BODY_BYTES).await?;
        let token = self.sender.token(&bytes);
        let body = Body { content: self.content, encoding, bytes, datastream: self.datastream };
        let Decoded { batch, barred, unread, problems } = decode(self.state, body).await?;
        let (accepted, refused) = (batch.len().saturating_sub(barred), unread + barred);
        metrics::counter!("yiwang_ingest_problems_total").increment(refused as u64);
        if batch.is_empty() {
            return Err(nothing_taken(refused, problems));
        }
        let input = Input::Fact(Fact::Observations(batch));
        let receipt = submit(self.state, self.sender, input, token).await?;
        // What was sent is in the log and counts against its sensors; the sender is told that none of it is a result.
        if accepted == 0 {
            return Err(nothing_taken(refused, problems));
        }
        if receipt.sending == crate::Sending::First {
            metrics::counter!("yiwang_ingest_rows_total").increment(accepted as u64);
        }
        let mut listed = problems;
        listed.truncate(PROBLEMS_LISTED);
        Ok(receipt
            .respond(status, &ObservationsAnswerJson { seq: receipt.seq, taken: accepted, refused, problems: listed }))
    }

    fn encoding(&self) -> Result<Encoding, Problem> {
        let Some(encoding) = self.sender.headers.get(header::CONTENT_ENCODING) else { return Ok(Encoding::Identity) };
        match encoding.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "identity" | "" => Ok(Encoding::Identity),
            "gzip" | "x-gzip" => Ok(Encoding::Gzip),
            other => {
                let detail = format!("the content encoding '{}' is not understood here", shown(other));
                Err(Problem::new(ProblemKind::UnsupportedMediaType, detail, "send it as is, or gzipped"))
            }
        }
    }
}

async fn decode(state: &AppState, body: Body) -> Result<Decoded, Problem> {
    let small = body.bytes.len() <= SMALL_BYTES && body.encoding == Encoding::Identity;
    let decoded = if small {
        state.intake.decode(body)?
    } else {
        off_thread(state, move |state| state.intake.decode(body)).await??
    };
    if decoded.batch.len() > BATCH_ROWS {
        let detail = format!("the batch has {} rows, more than {BATCH_ROWS}", decoded.batch.len());
        return Err(Problem::new(ProblemKind::TooLarge, detail, "send it in smaller parts"));
    }
    Ok(decoded)
}

fn nothing_taken(refused: usize, problems: Vec<BodyProblem>) -> Problem {
    let Some(first) = problems.first() else {
        let remedy = "send at least one observation";
        return Problem::new(ProblemKind::NothingTaken, "the body holds no observation", remedy);
    };
    let detail = format!("{}: {} ({refused} problems in all)", first.place, first.message);
    Problem::new(ProblemKind::NothingTaken, detail, first.remedy.clone()).with_problems(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datastream_id_may_hold_slashes_and_doubled_quotes() {
        let id = |entity| datastream_in(entity).map(|id| id.to_string());
        assert_eq!(id("Datastreams('a/b c')/Observations").as_deref(), Some("a/b c"));
        assert_eq!(id("Datastreams('o''hare')/Observations").as_deref(), Some("o'hare"));
        assert_eq!(id("Datastreams('o'hare')/Observations"), None);
        assert_eq!(id("Datastreams('')/Observations"), None);
        assert_eq!(id("Datastreams(5)/Observations"), None);
        assert_eq!(id("Things"), None);
    }
}
