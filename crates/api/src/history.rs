//! `/v1/history`: a series over time, as points or aggregated by window on the server.
//!
//! Not here: storage and rollups (the desk).
//! Invariant: an answer that the limit cut says so in `more`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use city::{Place, Site, Span, Time};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::extract::{Query, off_thread, optional_time};
use crate::limits::HISTORY_POINTS;
use crate::problem::{Problem, ProblemJson, ProblemKind, shown};
use crate::submit::json;
use crate::{AppState, HistoryPoints, HistoryQuery, SeriesRef, WindowPoint};

/// What is shown when no start is given.
const DEFAULT_SPAN: Span = Span::from_seconds(6 * 3600);
/// The longest window, seconds: 366 days.
const WINDOW_MAX_S: i64 = 366 * 86_400;

/// Which series, over what time.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParams {
    /// `datastream/ID`, `zone/ID` or `group/ID`.
    #[param(example = "zone/levee-3")]
    series: String,
    /// From this time, ISO 8601; 6 hours before `to` unless given.
    #[param(example = "2019-10-02T08:00:00Z")]
    from: Option<String>,
    /// Before this time, ISO 8601; just after now unless given.
    to: Option<String>,
    /// Aggregate by windows of so many seconds, aligned to the epoch.
    #[param(minimum = 1)]
    window_s: Option<i64>,
    /// At most so many points, up to 20,000.
    #[param(minimum = 1, maximum = 20_000)]
    limit: Option<usize>,
}

/// A series.
#[derive(Serialize, ToSchema)]
pub(crate) struct HistoryJson<'a> {
    /// The series as asked for.
    series: &'a str,
    /// Unit of the values.
    unit: &'a str,
    /// Length of the windows, seconds; null for the points themselves.
    #[schema(required)]
    window_s: Option<i64>,
    /// The points in time order.
    points: Vec<PointJson>,
    /// True when the limit cut it: go on from the last time.
    more: bool,
}

/// A point of a series: a result, the people in a zone or a group, or an aggregate.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum PointJson {
    /// A result of a datastream.
    Result {
        /// Start of its interval.
        #[schema(value_type = String, format = DateTime)]
        time: Time,
        /// Null when the source said missing.
        #[schema(required)]
        value: Option<f64>,
    },
    /// People in a zone or a group.
    People {
        /// The minute.
        #[schema(value_type = String, format = DateTime)]
        time: Time,
        /// Best estimate.
        people: f64,
        /// Lower bound of the 90 % interval.
        p05: f64,
        /// Upper bound.
        p95: f64,
    },
    /// An aggregate of a window.
    Window {
        /// Start of the window.
        #[schema(value_type = String, format = DateTime)]
        time: Time,
        /// Results in it.
        count: u64,
        /// Their sum.
        sum: f64,
        /// Their mean.
        mean: f64,
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
        /// The last.
        last: f64,
    },
}

/// A series over time: results of a datastream, or people in a zone or a group, as points or aggregated by window.
#[utoipa::path(get, path = "/v1/history", tag = "history", params(HistoryParams), responses(
    (status = 200, description = "The series.", body = HistoryJson),
    (status = 404, description = "No such series.", body = ProblemJson, content_type = "application/problem+json"),
    (status = "default", description = "A problem.", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(crate) async fn history(
    State(state): State<AppState>,
    Query(params): Query<HistoryParams>,
) -> Result<Response, Problem> {
    off_thread(&state, move |state| answer(state, &params)).await?
}

fn answer(state: &AppState, params: &HistoryParams) -> Result<Response, Problem> {
    let site = state.desk.site();
    let (series, unit) = series(&site, &params.series)?;
    let query = query(state, params, series)?;
    let answer = state.desk.history(query)?;
    let points = match answer.points {
        HistoryPoints::Results(points) => {
            points.into_iter().map(|(time, value)| PointJson::Result { time, value }).collect()
        }
        HistoryPoints::People(points) => points
            .into_iter()
            .map(|point| PointJson::People { time: point.time, people: point.people, p05: point.p05, p95: point.p95 })
            .collect(),
        HistoryPoints::Windows(points) => points.into_iter().map(PointJson::from).collect(),
    };
    let window_s = params.window_s;
    Ok(json(StatusCode::OK, &HistoryJson { series: &params.series, unit, window_s, points, more: answer.more }))
}

fn series<'a>(site: &'a Site, id: &str) -> Result<(SeriesRef, &'a str), Problem> {
    match site.place(id) {
        Some(Place::Datastream(ix)) => {
            let unit = site.datastreams.get(ix.index()).map_or("1", |stream| stream.unit.as_str());
            Ok((SeriesRef::Datastream(ix), unit))
        }
        Some(Place::Zone(ix)) => Ok((SeriesRef::Zone(ix), "people")),
        Some(Place::Group(ix)) => Ok((SeriesRef::Group(ix), "people")),
        _ => {
            let detail = format!("there is no series '{}'", shown(id));
            Err(Problem::new(ProblemKind::NotFound, detail, "write it as datastream/ID, zone/ID or group/ID"))
        }
    }
}

fn query(state: &AppState, params: &HistoryParams, series: SeriesRef) -> Result<HistoryQuery, Problem> {
    let bad = |detail: &str, remedy: &str| Err(Problem::new(ProblemKind::BadRequest, detail, remedy));
    let to = match optional_time("to", params.to.as_deref())? {
        Some(to) => to,
        None => state.desk.view().site_time.plus(Span::from_micros(1)),
    };
    let from = optional_time("from", params.from.as_deref())?.unwrap_or(to.minus(DEFAULT_SPAN));
    if from > to {
        return bad("from lies after to", "give a from before to");
    }
    if params.window_s.is_some_and(|window_s| !(1..=WINDOW_MAX_S).contains(&window_s)) {
        return bad("window_s is out of range", "give a window of 1 to 31,622,400 seconds");
    }
    let limit = params.limit.unwrap_or(HISTORY_POINTS);
    if !(1..=HISTORY_POINTS).contains(&limit) {
        return bad("limit is out of range", "ask for 1 to 20,000 points");
    }
    Ok(HistoryQuery { series, from, to, window: params.window_s.map(Span::from_seconds), limit })
}

impl From<WindowPoint> for PointJson {
    fn from(point: WindowPoint) -> Self {
        let WindowPoint { start, count, sum, min, max, last } = point;
        // A window holds at least one result; were it empty, its mean would be no worse than its sum.
        Self::Window { time: start, count, sum, mean: sum / count.max(1) as f64, min, max, last }
    }
}
