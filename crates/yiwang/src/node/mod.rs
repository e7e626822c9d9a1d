//! The node: log, engine, history and stream wired together; one for live, replay and simulation alike.
//!
//! Not here: HTTP (api), the rules (engine), the durable order (store).
//! Invariant: every input goes through the one queue into the one log before the engine sees it.

pub mod applier;
pub mod clock;
pub mod desk;
pub mod driver;
pub mod effects;
pub mod health;
pub mod inlet;
pub mod intake;
pub mod proposal;
pub mod publish;
pub mod recorder;
pub mod recover;
pub mod refusals;
pub mod retention;
pub mod sequencer;
pub mod site_time;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::JoinHandle;

use anyhow::{Context, anyhow, bail};
use api::{Receipt, Stream, StreamLimits};
use city::{Event, Fact, Input, Site, Time};
use engine::City;
use store::{Durability, History, HistoryReader, PackedSnapshot, Store};
use tokio::sync::oneshot;

use applier::{Applier, Parts};
use effects::Outbox;
use health::LogHealth;
use inlet::{Inlet, QUEUE_PROPOSALS};
use proposal::{At, Proposal};
use recorder::ToRecorder;
use refusals::Refusals;
use sequencer::{NowIs, Sequencer, Ties, ToLog};
use site_time::SiteTime;

/// Groups of entries that may be durable and not yet applied.
const AHEAD_GROUPS: usize = 8;

/// How a node is started.
pub struct Start<'a> {
    /// The data folder.
    pub data: &'a Path,
    /// Whether an acknowledgement survives a power cut.
    pub durability: Durability,
    /// The site it serves.
    pub site: Site,
    /// Where site time comes from.
    pub site_time: Arc<SiteTime>,
    /// The time of a first entry where the data carries the time.
    pub first: Option<Time>,
    /// Webhooks by console id; run only by a live node.
    pub webhooks: BTreeMap<String, String>,
    /// Who looks on as entries are applied.
    pub onlooker: Option<Arc<Mutex<dyn Onlooker>>>,
}

/// Somebody who sees every applied entry's events beside the state after it, and changes neither.
pub trait Onlooker: Send {
    /// An entry was applied.
    fn applied(&mut self, city: &City, events: &[Event]);
}

/// A running node.
pub struct Node {
    /// The way in.
    pub inlet: Inlet,
    /// The city, to read.
    pub city: Arc<RwLock<City>>,
    /// The stream of changes.
    pub stream: Arc<Stream>,
    /// The history, to read.
    pub history: HistoryReader,
    /// Whether the log can be written.
    pub health: Arc<LogHealth>,
    /// The first observations the engine refused.
    pub refusals: Arc<Refusals>,
    /// Site time.
    pub site_time: Arc<SiteTime>,
    /// Site time of the log's head when the node started; the start of time for a new log.
    pub head_time: Time,
    sequencer: JoinHandle<Store>,
    applier: JoinHandle<anyhow::Result<()>>,
    recorder: JoinHandle<Option<PackedSnapshot>>,
}

impl Node {
    /// Opens the data folder, recovers the state, and starts the threads.
    pub fn start(start: Start<'_>) -> anyhow::Result<Self> {
        let Start { data, durability, site, site_time, first, webhooks, onlooker } = start;
        std::fs::create_dir_all(data).with_context(|| format!("cannot make the data folder {}", data.display()))?;
        let store =
            Store::open(data, durability).with_context(|| format!("cannot open the log in {}", data.display()))?;
        let mut history =
            History::open(data).with_context(|| format!("cannot open the history in {}", data.display()))?;
        let head_time = store.head().time;
        let recovered = recover::recover(&store, &mut history)?;
        tracing::info!(
            seq = recovered.city.seq().0,
            tail = recovered.tail_entries,
            snapshot = recovered.snapshot.map(|seq| seq.0),
            "recovered"
        );
        let facts = recover::opening_facts(&recovered.city, recovered.other_engine.as_deref(), &site);

        let live = site_time.mode() == api::Mode::Live;
        let (queue, inbox) = sync_channel(QUEUE_PROPOSALS);
        let (ahead, committed) = sync_channel(AHEAD_GROUPS);
        let inlet = Inlet::new(queue);
        let health = Arc::new(LogHealth::default());
        let reader = history.reader();
        let stream = Stream::new(clock::wall_now().micros().unsigned_abs(), StreamLimits::default());
        let pending = recovered.city.pending_effects();
        let city = Arc::new(RwLock::new(recovered.city));
        let outbox = if live { Some(start_effects(&site, webhooks, &inlet)?) } else { None };
        if let Some(outbox) = &outbox {
            for effect in pending {
                outbox.send(effect);
            }
        }
        let ties = Ties { health: Arc::clone(&health), depth: inlet.depth(), applier: ahead };
        let sequencer = Sequencer::new(store, if live { NowIs::Wall } else { NowIs::LastEntry }, ties);
        let (recorder, to_record) = ToRecorder::new();
        let refusals = Arc::new(Refusals::default());
        let parts = Parts {
            refusals: Arc::clone(&refusals),
            city: Arc::clone(&city),
            recorder,
            stream: Arc::clone(&stream),
            site_time: Arc::clone(&site_time),
            outbox,
            onlooker,
        };
        let snapshots = inlet.clone();
        let (adoptions, adopted) = sync_channel(1);
        let node = Self {
            inlet,
            city,
            stream,
            history: reader,
            health,
            refusals,
            site_time,
            head_time,
            sequencer: spawn("log", move || sequencer.run(&inbox))?,
            applier: spawn("engine", move || Applier::new(parts).run(&committed))?,
            recorder: spawn("history", move || recorder::run(history, &to_record, &snapshots, &adoptions))?,
        };
        for fact in facts {
            let at = if live { At::Now } else { first.map_or(At::Now, At::Site) };
            node.open_with(fact, at, &adopted)?;
        }
        Ok(node)
    }

    /// Puts an opening fact in and waits until it is applied; a site, until the history goes by it too.
    ///
    /// The history goes by the site's positions, so nobody may ask it before it has adopted the site.
    fn open_with(&self, fact: Fact, at: At, adopted: &Receiver<()>) -> anyhow::Result<()> {
        let (receiver, receipt) = oneshot::channel();
        let proposal = Proposal::system(Input::Fact(fact), "system", at);
        self.inlet.put(Proposal { receiver: Some(receiver), ..proposal })?;
        let gone = || anyhow!("the node ended while it started; its log says why");
        match receipt.blocking_recv().map_err(|_| gone())? {
            Receipt::Taken { outcome: Ok(events), .. } => {
                if events.contains(&Event::SiteAdopted) {
                    adopted.recv().map_err(|_| gone())?;
                }
                Ok(())
            }
            Receipt::Taken { outcome: Err(reason), .. } => bail!("the engine refuses the site: {reason:?}"),
            Receipt::Refused { why } => bail!("the log cannot be written: {why}"),
            Receipt::Conflict => bail!("a token of another fact was used"),
        }
    }

    /// Finishes what is queued, saves a last snapshot, and ends the threads.
    pub fn stop(self) -> anyhow::Result<()> {
        // The sequencer is gone already if it panicked; joining it tells.
        let _ = self.inlet.tell(ToLog::Stop);
        let mut store = self.sequencer.join().map_err(|_| anyhow!("the log thread panicked"))?;
        self.applier.join().map_err(|_| anyhow!("the engine thread panicked"))??;
        let snapshot = self.recorder.join().map_err(|_| anyhow!("the history thread panicked"))?;
        if let Some(snapshot) = snapshot.filter(|snapshot| snapshot.seq() == store.head().seq) {
            store.save_snapshot(&snapshot)?;
        }
        Ok(())
    }

    /// True while its threads run.
    pub fn is_running(&self) -> bool {
        !self.sequencer.is_finished() && !self.applier.is_finished() && !self.recorder.is_finished()
    }
}

fn start_effects(site: &Site, webhooks: BTreeMap<String, String>, inlet: &Inlet) -> anyhow::Result<Outbox> {
    let (outbox, waiting) = Outbox::new(Arc::new(site.clone()));
    let inlet = inlet.clone();
    spawn("effects", move || effects::run(&waiting, &webhooks, &inlet))?;
    Ok(outbox)
}

fn spawn<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<JoinHandle<T>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .with_context(|| format!("cannot start the {name} thread"))
}
