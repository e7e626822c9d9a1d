//! The desk: what the API asks of the node, answered from the city, the history and the queue.
//!
//! Not here: wire forms (api), the answers' substance (engine, store).
//! Invariant: a view is read under the lock that keeps the engine from applying, after the stream's tip (INV-09).

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use api::{
    Busy, ClockChange, ClockRefused, Desk, DeskView, Gauge, HistoryAnswer, HistoryError, HistoryPoints, HistoryQuery,
    PeoplePoint, Readiness, Receipt, SeriesRef, Stream, Submission, WarningsQuery, WindowPoint,
};
use city::{DatastreamIx, GroupIx, IssuedWarning, MeasureIx, Site, ZoneIx};
use engine::City;
use store::{HistoryReader, SeriesKey};
use tokio::sync::oneshot;

use super::Node;
use super::health::LogHealth;
use super::inlet::{Inlet, NotTaken};
use super::proposal::{At, Proposal};
use super::site_time::SiteTime;

/// The desk of a node.
pub struct NodeDesk {
    site: Arc<Site>,
    city: Arc<RwLock<City>>,
    stream: Arc<Stream>,
    history: HistoryReader,
    health: Arc<LogHealth>,
    site_time: Arc<SiteTime>,
    inlet: Inlet,
}

impl NodeDesk {
    /// The desk of `node`, which serves `site`.
    pub fn new(node: &Node, site: Arc<Site>) -> Self {
        Self {
            site,
            city: Arc::clone(&node.city),
            stream: Arc::clone(&node.stream),
            history: node.history.clone(),
            health: Arc::clone(&node.health),
            site_time: Arc::clone(&node.site_time),
            inlet: node.inlet.clone(),
        }
    }

    fn city(&self) -> RwLockReadGuard<'_, City> {
        // Poisoned means that the engine panicked and the node is ending; readiness says so.
        self.city.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk for NodeDesk {
    fn site(&self) -> Arc<Site> {
        self.city().site_arc().unwrap_or_else(|| Arc::clone(&self.site))
    }

    fn view(&self) -> Arc<DeskView> {
        let city = self.city();
        let stream_id = self.stream.tip();
        let site = city.site_arc().unwrap_or_else(|| Arc::clone(&self.site));
        let (speed, paused) = self.site_time.speed();
        Arc::new(DeskView {
            seq: city.seq(),
            stream_id,
            site_time: self.site_time.shown(city.now()),
            mode: self.site_time.mode(),
            speed,
            paused,
            zones: (0..site.zones.len()).filter_map(|ix| city.zone(ZoneIx::from(ix))).collect(),
            groups: (0..site.groups.len()).filter_map(|ix| city.group(GroupIx::from(ix))).collect(),
            datastreams: (0..site.datastreams.len()).filter_map(|ix| city.datastream(DatastreamIx::from(ix))).collect(),
            measures: (0..site.measures.len()).filter_map(|ix| city.measure(MeasureIx::from(ix))).collect(),
            warnings: city.warnings().cloned().collect(),
            humans: city.humans().cloned().collect(),
            site,
        })
    }

    fn submit(&self, submission: Submission) -> Result<oneshot::Receiver<Receipt>, Busy> {
        if let Some(why) = self.health.refusal() {
            // One proposal in flight finds out whether the log can be written again.
            tracing::debug!(why, "trying the log again");
        }
        let (sender, receiver) = oneshot::channel();
        let Submission { input, actor, source, token } = submission;
        let proposal = Proposal { input, actor, source, at: At::Now, token, receiver: Some(sender) };
        self.inlet.offer(proposal).map_err(|not_taken| match not_taken {
            NotTaken::Busy => Busy::QueueFull,
            NotTaken::Stopping => Busy::Refusing { why: "the server is stopping".to_owned() },
        })?;
        Ok(receiver)
    }

    fn set_clock(&self, change: ClockChange) -> Result<(), ClockRefused> {
        self.site_time.change(change)
    }

    fn history(&self, query: HistoryQuery) -> Result<HistoryAnswer, HistoryError> {
        answer(&self.history, query).map_err(|error| HistoryError::Unavailable { why: error.to_string() })
    }

    fn issued_warnings(&self, query: WarningsQuery) -> Result<Vec<IssuedWarning>, HistoryError> {
        self.history
            .warnings(query.from, query.to, query.limit)
            .map_err(|error| HistoryError::Unavailable { why: error.to_string() })
    }

    fn readiness(&self) -> Readiness {
        let mut reasons = Vec::new();
        if self.city.is_poisoned() {
            reasons.push("the engine has stopped".to_owned());
        } else if self.city().site().is_none() {
            reasons.push("the site is not adopted yet".to_owned());
        }
        reasons.extend(self.health.refusal().map(|why| format!("the log cannot be written: {why}")));
        Readiness { reasons }
    }

    fn gauges(&self) -> Vec<Gauge> {
        let city = self.city();
        let tally = city.tally();
        let gauge = |name, value: u64| Gauge { name, value: value as f64 };
        vec![
            gauge("yiwang_log_seq", city.seq().0),
            gauge("yiwang_queue_observations", self.inlet.depth().observations() as u64),
            gauge("yiwang_observations_taken", tally.taken),
            gauge("yiwang_observations_missing", tally.missing),
            gauge("yiwang_observations_rejected", tally.rejected),
            gauge("yiwang_observations_duplicate", tally.duplicates),
            gauge("yiwang_observations_late", tally.late),
            gauge("yiwang_warnings_open", city.warnings().count() as u64),
            Gauge { name: "yiwang_site_time_seconds", value: city.now().micros() as f64 / 1e6 },
        ]
    }
}

fn answer(history: &HistoryReader, query: HistoryQuery) -> Result<HistoryAnswer, store::StoreError> {
    let key = match query.series {
        SeriesRef::Datastream(datastream) => SeriesKey::Datastream(datastream),
        SeriesRef::Zone(zone) => SeriesKey::Zone(zone),
        SeriesRef::Group(group) => SeriesKey::Group(group),
    };
    // One more than wanted tells whether the limit cut something.
    let (mut points, limit) = match query.window {
        Some(window) => {
            let windows = history.windows(key, query.from, query.to, window)?;
            let points = windows.into_iter().map(|window| WindowPoint {
                start: window.start,
                count: window.count,
                sum: window.sum,
                min: window.min,
                max: window.max,
                last: window.last,
            });
            (HistoryPoints::Windows(points.collect()), query.limit)
        }
        None => (raw(history, key, &query)?, query.limit),
    };
    let more = match &mut points {
        HistoryPoints::Results(points) => cut(points, limit),
        HistoryPoints::People(points) => cut(points, limit),
        HistoryPoints::Windows(points) => cut(points, limit),
    };
    Ok(HistoryAnswer { points, more })
}

fn raw(history: &HistoryReader, key: SeriesKey, query: &HistoryQuery) -> Result<HistoryPoints, store::StoreError> {
    let points = history.raw(key, query.from, query.to, query.limit.saturating_add(1))?.into_iter();
    Ok(match key {
        SeriesKey::Datastream(_) => HistoryPoints::Results(points.map(|point| (point.time, point.value)).collect()),
        SeriesKey::Zone(_) | SeriesKey::Group(_) => HistoryPoints::People(points.filter_map(people_point).collect()),
    })
}

/// A point of an estimate; one without people or without its interval is not shown (no number without its uncertainty).
fn people_point(point: store::Point) -> Option<PeoplePoint> {
    let (people, (p05, p95)) = point.value.zip(point.interval)?;
    Some(PeoplePoint { time: point.time, people, p05, p95 })
}

fn cut<T>(points: &mut Vec<T>, limit: usize) -> bool {
    let more = points.len() > limit;
    points.truncate(limit);
    more
}
