//! What the API asks of the running engine: the [`Desk`], and the questions and answers that cross it.
//!
//! Not here: who implements it (the binary), any wire form (`wire`).
//! Invariant: everything is in domain types and site positions, and each answer names the site it was resolved against.

use std::sync::Arc;

use city::{
    ActorId, DatastreamIx, DatastreamState, Digest, Event, GroupIx, GroupState, HumanRecord, Input, IssuedWarning,
    MeasureView, RejectionReason, Seq, Site, SourceId, Span, Time, Warning, ZoneIx, ZoneState,
};
use tokio::sync::oneshot;

use crate::StreamId;

/// The running engine as the API sees it.
///
/// `view`, `history` and `issued_warnings` may block for some milliseconds: the API calls them off its async threads.
/// The rest must return at once.
pub trait Desk: Send + Sync + 'static {
    /// The site adopted last.
    fn site(&self) -> Arc<Site>;
    /// The whole picture now. See [`DeskView::stream_id`] for what it promises together with the stream.
    fn view(&self) -> Arc<DeskView>;
    /// Queues an input; the receipt comes after the sync, and for commands after `apply`.
    fn submit(&self, submission: Submission) -> Result<oneshot::Receiver<Receipt>, Busy>;
    /// Changes the speed of a replay or simulation, or pauses it.
    fn set_clock(&self, change: ClockChange) -> Result<(), ClockRefused>;
    /// A series out of the history.
    fn history(&self, query: HistoryQuery) -> Result<HistoryAnswer, HistoryError>;
    /// Warnings raised in a time range, newest first, as they were last issued and with what they named then.
    fn issued_warnings(&self, query: WarningsQuery) -> Result<Vec<IssuedWarning>, HistoryError>;
    /// Whether it can take work now.
    fn readiness(&self) -> Readiness;
    /// Figures for `/metrics`, read at each scrape.
    fn gauges(&self) -> Vec<Gauge>;
}

/// The whole picture at a sequence number.
#[derive(Clone, Debug)]
pub struct DeskView {
    /// The site all positions below point into.
    pub site: Arc<Site>,
    /// The last entry applied.
    pub seq: Seq,
    /// The stream position it belongs to: the view holds all that frames up to here said, and all it does not hold
    /// comes in later frames (INV-09). Read [`crate::Stream::tip`] *before* reading the state, under whatever keeps
    /// the publisher from applying in between; a view that already holds part of a later frame is harmless.
    pub stream_id: StreamId,
    /// Site time.
    pub site_time: Time,
    /// Where its time comes from.
    pub mode: Mode,
    /// Site seconds per wall second; infinite when as fast as possible, shown as null.
    pub speed: f64,
    /// True while a replay or simulation stands still.
    pub paused: bool,
    /// Every zone.
    pub zones: Vec<ZoneState>,
    /// Every group.
    pub groups: Vec<GroupState>,
    /// Every datastream.
    pub datastreams: Vec<DatastreamState>,
    /// Every measure.
    pub measures: Vec<MeasureView>,
    /// Open warnings.
    pub warnings: Vec<Warning>,
    /// Human observations that count now.
    pub humans: Vec<HumanRecord>,
}

/// Where site time comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The wall clock.
    #[default]
    Live,
    /// Recorded observations.
    Replay,
    /// The simulator.
    Simulated,
}

/// An input on its way to the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// What it says.
    pub input: Input,
    /// Who caused it.
    pub actor: ActorId,
    /// What it came through.
    pub source: SourceId,
    /// What makes a repetition recognisable.
    pub token: Option<Token>,
}

/// An idempotency key with the digest of the request it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The key as sent, 1–255 visible ASCII characters.
    pub key: String,
    /// Digest of path, content type and body.
    pub body: Digest,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq)]
pub enum Receipt {
    /// It is in the log, synced.
    Taken {
        /// Its entry.
        seq: Seq,
        /// For commands and other small inputs: its events, or why the engine refused it. Observations: empty.
        outcome: Result<Vec<Event>, RejectionReason>,
        /// Whether this is the answer to its first sending.
        sending: Sending,
    },
    /// Its token was used before with another body; nothing was written.
    Conflict,
    /// The log refuses writes (a full disk, a damaged file); nothing was acknowledged.
    Refused {
        /// Why, for people.
        why: String,
    },
}

/// First sending or repetition of the same token and body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It changed the log.
    First,
    /// It was taken before and changed nothing now.
    Repeated,
}

/// Why a submission is not even queued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// The queue to the log is full: send again later.
    #[error("the queue to the log is full")]
    QueueFull,
    /// The log refuses writes, or the server is stopping.
    #[error("the log refuses writes: {why}")]
    Refusing {
        /// Why, for people.
        why: String,
    },
}

/// A change of the replay's or simulation's clock; absent parts stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClockChange {
    /// Site seconds per wall second, above 0.
    pub speed: Option<f64>,
    /// Stand still or go on.
    pub paused: Option<bool>,
}

/// Why the clock was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockRefused {
    /// Live time cannot be changed.
    #[error("live time cannot be changed")]
    Live,
    /// The speed is outside what this server can do.
    #[error("the speed is out of range")]
    Speed,
}

/// A question for a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Which.
    pub series: SeriesRef,
    /// From this time.
    pub from: Time,
    /// Before this time.
    pub to: Time,
    /// Length of the windows; absent: the points themselves.
    pub window: Option<Span>,
    /// The most points wanted.
    pub limit: usize,
}

/// A series of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesRef {
    /// Results of a datastream, by phenomenon time.
    Datastream(DatastreamIx),
    /// Estimates of a zone's people, by minute.
    Zone(ZoneIx),
    /// Estimates of a group's people, by minute.
    Group(GroupIx),
}

/// Points of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryAnswer {
    /// The points in time order.
    pub points: HistoryPoints,
    /// True when the limit cut it.
    pub more: bool,
}

/// Points of a series by their shape.
#[derive(Clone, Debug, PartialEq)]
pub enum HistoryPoints {
    /// A datastream's results; absent ones were sent as missing.
    Results(Vec<(Time, Option<f64>)>),
    /// Estimates of the people in a zone or a group.
    People(Vec<PeoplePoint>),
    /// Aggregates, of either; those of a zone or a group are of its people.
    Windows(Vec<WindowPoint>),
}

/// The people in a zone or a group at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeoplePoint {
    /// When.
    pub time: Time,
    /// Best estimate.
    pub people: f64,
    /// Lower bound of the 90 % interval.
    pub p05: f64,
    /// Upper bound.
    pub p95: f64,
}

/// Aggregate of a window that holds at least one result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowPoint {
    /// Start of the window.
    pub start: Time,
    /// Results in it.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// The last.
    pub last: f64,
}

/// A question for issued warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarningsQuery {
    /// Raised at or after.
    pub from: Time,
    /// Raised before.
    pub to: Time,
    /// The most wanted.
    pub limit: usize,
}

/// Why the history did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// It cannot be read now.
    #[error("the history cannot be read: {why}")]
    Unavailable {
        /// Why, for people.
        why: String,
    },
}

/// Whether the server can take work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// What stands in the way; empty when ready.
    pub reasons: Vec<String>,
}

/// A figure for `/metrics`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauge {
    /// Its name, such as `yiwang_queue_depth`; units last.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
}
