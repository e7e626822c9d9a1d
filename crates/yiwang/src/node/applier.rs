//! The applier: applies durable entries to the city in order, and tells the recorder, the stream and whoever waits.
//!
//! Not here: durability (sequencer), rules (engine), history and snapshots (recorder).
//! Invariant: one thread applies and publishes, so that history and stream have the order of the log.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use api::{Frame, Receipt, Sending, Stream};
use city::{Effect, Entry, Event, Outcome, Seq, Site};
use engine::City;
use tokio::sync::oneshot;

use super::Onlooker;
use super::effects::Outbox;
use super::publish::{Changed, Sites};
use super::recorder::{ToHistory, ToRecorder};
use super::refusals::Refusals;
use super::sequencer::Committed;
use super::site_time::SiteTime;

/// How long values are merged: with what publishing takes, a value on the stream is at most 20 ms old.
const VALUES_WITHIN: Duration = Duration::from_millis(15);
/// How often the stream says what time it is.
const CLOCK_EVERY: Duration = Duration::from_secs(1);
/// Observations after which a snapshot is taken.
const SNAPSHOT_OBSERVATIONS: usize = 1_000_000;
/// Wall time after which a snapshot is taken if anything happened.
const SNAPSHOT_EVERY: Duration = Duration::from_mins(5);

/// The thread that owns the city.
pub struct Applier {
    /// The city; this thread alone writes it.
    pub city: Arc<RwLock<City>>,
    /// Where refused observations are noted.
    pub refusals: Arc<Refusals>,
    /// Where events go to be remembered.
    pub recorder: ToRecorder,
    /// Where changes are published.
    pub stream: Arc<Stream>,
    /// Where site time comes from, for the clock frames.
    pub site_time: Arc<SiteTime>,
    /// Where effects go; a replay or simulation sends nothing to anyone.
    pub outbox: Option<Outbox>,
    /// Who looks on.
    pub onlooker: Option<Arc<Mutex<dyn Onlooker>>>,
    changed: Changed,
    since_snapshot: usize,
    due: Due,
}

/// When the applier does what it does by the wall clock.
struct Due {
    values: Option<Instant>,
    clock: Instant,
    snapshot: Instant,
}

/// What the applier is made of.
pub struct Parts {
    /// The city.
    pub city: Arc<RwLock<City>>,
    /// Where refused observations are noted.
    pub refusals: Arc<Refusals>,
    /// The recorder.
    pub recorder: ToRecorder,
    /// The stream.
    pub stream: Arc<Stream>,
    /// Site time.
    pub site_time: Arc<SiteTime>,
    /// The outbox, if effects are run.
    pub outbox: Option<Outbox>,
    /// Who looks on.
    pub onlooker: Option<Arc<Mutex<dyn Onlooker>>>,
}

impl Applier {
    /// An applier over its parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { city, refusals, recorder, stream, site_time, outbox, onlooker } = parts;
        let now = Instant::now();
        let due = Due { values: None, clock: now, snapshot: now + SNAPSHOT_EVERY };
        Self {
            city,
            refusals,
            recorder,
            stream,
            site_time,
            outbox,
            onlooker,
            changed: Changed::default(),
            since_snapshot: 0,
            due,
        }
    }

    /// Runs until the sequencer stops; the recorder gets the last state.
    pub fn run(mut self, inbox: &Receiver<Committed>) -> anyhow::Result<()> {
        loop {
            match inbox.recv_timeout(self.wait()) {
                Ok(Committed::Entries(entries, receivers)) => self.entries(&entries, receivers)?,
                Ok(Committed::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.keep_up(Instant::now());
        }
        self.publish_values();
        self.recorder.send(ToHistory::Stop(Box::new(read(&self.city).clone())))
    }

    fn wait(&self) -> Duration {
        let next = self.due.values.map_or(self.due.clock, |values| values.min(self.due.clock));
        next.saturating_duration_since(Instant::now())
    }

    fn entries(&mut self, entries: &[Entry], receivers: Vec<(Seq, oneshot::Sender<Receipt>)>) -> anyhow::Result<()> {
        let mut receivers = receivers.into_iter().peekable();
        for entry in entries {
            let (before, outcome) = {
                // A poisoned lock means that `apply` panicked: its state cannot be trusted, so the node must end.
                let mut city =
                    self.city.write().map_err(|_| anyhow::anyhow!("the engine panicked; its state is not used"))?;
                (city.site_arc(), engine::apply(&mut city, entry))
            };
            self.since_snapshot += super::proposal::observations(&entry.input);
            self.publish(entry.seq, &outcome, before);
            if let Some(onlooker) = &self.onlooker {
                // Whoever looks on and panicked has no bearing on the log.
                let mut onlooker = onlooker.lock().unwrap_or_else(PoisonError::into_inner);
                onlooker.applied(&read(&self.city), &outcome.events);
            }
            if let Some((seq, receiver)) = receivers.next_if(|(seq, _)| *seq == entry.seq) {
                // Whoever waited may have hung up; the entry stands.
                let _ = receiver.send(receipt(seq, outcome.events.clone()));
            }
            self.remember(entry, outcome.events)?;
            self.run_effects(outcome.effects);
        }
        Ok(())
    }

    fn remember(&self, entry: &Entry, events: Vec<Event>) -> anyhow::Result<()> {
        let adopts = events.iter().any(|event| matches!(event, Event::SiteAdopted));
        let adopted = if adopts { read(&self.city).site_arc() } else { None };
        self.recorder.send(ToHistory::Events { seq: entry.seq, time: entry.time, events, adopted })
    }

    fn publish(&mut self, seq: Seq, outcome: &Outcome, before: Option<Arc<Site>>) {
        let sites = Sites { before, after: read(&self.city).site_arc() };
        for (event, site) in sites.of(&outcome.events) {
            if let Event::Rejected(city::Rejection { observation: Some(observation), reason }) = event {
                self.refusals.note(*observation, *reason);
            }
            if let (Some(frame), Some(site)) = (self.changed.note(seq, event), site) {
                self.stream.publish(site, &frame);
            }
        }
        if self.changed.is_any() && self.due.values.is_none() {
            self.due.values = Some(Instant::now() + VALUES_WITHIN);
        }
    }

    /// Does what the wall clock asks for.
    fn keep_up(&mut self, now: Instant) {
        if self.due.values.is_some_and(|due| due <= now) {
            self.publish_values();
        }
        if self.due.clock <= now {
            self.publish_clock();
            self.due.clock = now + CLOCK_EVERY;
        }
        let often = self.since_snapshot >= SNAPSHOT_OBSERVATIONS;
        if often || (self.since_snapshot > 0 && self.due.snapshot <= now) {
            self.since_snapshot = 0;
            self.due.snapshot = now + SNAPSHOT_EVERY;
            self.recorder.ask_snapshot(&read(&self.city));
        }
    }

    fn publish_values(&mut self) {
        self.due.values = None;
        let city = read(&self.city);
        if let (Some(site), Some(frame)) = (city.site_arc(), self.changed.take(&city)) {
            self.stream.publish(&site, &frame);
        }
    }

    fn publish_clock(&mut self) {
        let city = read(&self.city);
        let Some(site) = city.site_arc() else { return };
        let (speed, paused) = self.site_time.speed();
        self.stream.publish(&site, &Frame::Clock { site_time: self.site_time.shown(city.now()), speed, paused });
    }

    fn run_effects(&self, effects: Vec<Effect>) {
        let Some(outbox) = &self.outbox else { return };
        for effect in effects {
            outbox.send(effect);
        }
    }
}

/// The city for reading; a poisoned lock still reads, because the writer ends the node.
fn read(city: &RwLock<City>) -> std::sync::RwLockReadGuard<'_, City> {
    city.read().unwrap_or_else(PoisonError::into_inner)
}

/// The receipt of an applied entry: refused if the engine refused the input as a whole.
fn receipt(seq: Seq, events: Vec<Event>) -> Receipt {
    let refused = events.iter().find_map(|event| match event {
        Event::Rejected(rejection) if rejection.observation.is_none() => Some(rejection.reason),
        _ => None,
    });
    Receipt::Taken { seq, outcome: refused.map_or(Ok(events), Err), sending: Sending::First }
}
