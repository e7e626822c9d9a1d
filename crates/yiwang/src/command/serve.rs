//! `yiwang serve`: the page and the API, live or over a replay or a simulated evening.
//!
//! Not here: the node and the API themselves.
//! Invariant: it listens on loopback only, and ends with everything acknowledged applied and a snapshot saved.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use api::{AppState, Mode};
use city::{Input, Site, SourceId, Time};
use connect::Lookup;
use connect::file::{ObservationFile, Window};
use store::Durability;
use tempfile::TempDir;

use super::{Verdict, replay, site_folder};
use crate::cli::{ServeArgs, Simulation};
use crate::config::{Config, Heartbeat, Overrides, Raw};
use crate::node::clock::PacedClock;
use crate::node::desk::NodeDesk;
use crate::node::driver::{Driver, Due, before, last_before, moments, simulated};
use crate::node::inlet::Inlet;
use crate::node::intake::NodeIntake;
use crate::node::proposal::{At, Proposal};
use crate::node::site_time::SiteTime;
use crate::node::{Node, Start, retention};

/// How often a live server tells the engine that time has passed.
const TICK_EVERY: Duration = Duration::from_secs(1);
/// Rows per entry when replaying.
const BATCH: usize = 10_000;

/// Where the input of a server comes from.
enum Feed {
    /// Pushed over HTTP, at wall time.
    Live,
    /// A file.
    Replay(Box<ObservationFile>),
    /// The simulator.
    Simulated(Box<sim::Evening>),
}

/// Runs the command.
pub fn run(args: &ServeArgs) -> anyhow::Result<Verdict> {
    let raw = args.config.as_deref().map(Raw::read).transpose()?.unwrap_or_default();
    let scratch = scratch(args, &raw)?;
    let config = config(args, raw, scratch.as_ref().map(TempDir::path))?;
    let site = site_folder::site(&config.site)?;
    let feed = feed(args, &config.site, &site)?;
    let (first, last) = match &feed {
        Feed::Live => (None, None),
        Feed::Replay(file) => file.span().unzip(),
        Feed::Simulated(evening) => (evening.as_ref().clone().next().map(|due| due.time), None),
    };
    let start_at = args.from.or(first).unwrap_or_default();
    let clock = Arc::new(PacedClock::starting(start_at, args.speed));
    let site_time = Arc::new(match feed {
        Feed::Live => SiteTime::live(),
        Feed::Replay(_) => SiteTime::paced(Mode::Replay, Arc::clone(&clock)),
        Feed::Simulated(_) => SiteTime::paced(Mode::Simulated, Arc::clone(&clock)),
    });
    let done = match &feed {
        Feed::Replay(_) => replay::delivered(&config.data)?,
        Feed::Live | Feed::Simulated(_) => connect::file::ResumeToken(0),
    };
    let node = Node::start(Start {
        data: &config.data,
        durability: Durability::Full,
        site: site.clone(),
        site_time,
        first,
        webhooks: config.notify.clone(),
        onlooker: None,
    })?;
    if let Feed::Replay(file) = &feed {
        replay::resumes_well(file, done, node.head_time)?;
    }
    if node.head_time > start_at && !matches!(feed, Feed::Live) {
        // A restarted replay goes on where it was, at the same pace.
        clock.move_to(node.head_time);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let until = args.to.map(last_before).or(last);
    let feeding = Side { clock, stop: Arc::clone(&stop), to: args.to, until };
    let feeder = feeding.start(feed, done, &node)?;
    let outcome = serve(&config, &node, &site);
    stop.store(true, Ordering::Relaxed);
    feeder.thread().unpark();
    feeder.join().map_err(|_| anyhow::anyhow!("the feeding thread panicked"))?;
    node.stop()?;
    outcome?;
    Ok(Verdict::Holds)
}

/// A folder for the log of a replay or simulation that names none: gone when the server ends.
fn scratch(args: &ServeArgs, raw: &Raw) -> anyhow::Result<Option<TempDir>> {
    let named = args.data.is_some() || raw.data.is_some();
    let made_up = args.replay.is_some() || args.sim.is_some();
    (made_up && !named).then(|| tempfile::tempdir().context("cannot make a temporary folder")).transpose()
}

fn config(args: &ServeArgs, raw: Raw, scratch: Option<&Path>) -> anyhow::Result<Config> {
    let overrides = Overrides {
        site: args.site.clone(),
        data: args.data.clone().or_else(|| scratch.map(Path::to_owned)),
        listen: args.listen.clone(),
        heartbeat_url: args.heartbeat.clone(),
    };
    Config::resolve(raw, overrides).map_err(|error| super::WrongUse(error.to_string()).into())
}

fn feed(args: &ServeArgs, folder: &Path, site: &Site) -> anyhow::Result<Feed> {
    if let Some(path) = &args.replay {
        let window = Window { from: None, to: args.to };
        let file = ObservationFile::read(path, &Lookup::new(site), window)?;
        anyhow::ensure!(!file.observations().is_empty(), "{} holds no observation of this site", path.display());
        return Ok(Feed::Replay(Box::new(file)));
    }
    Ok(match args.sim {
        Some(Simulation::Evening) => {
            let demand = site_folder::demand(folder, site)?;
            Feed::Simulated(Box::new(sim::evening(site, &demand, args.seed)?))
        }
        None => Feed::Live,
    })
}

/// What the feeding thread needs.
struct Side {
    clock: Arc<PacedClock>,
    stop: Arc<AtomicBool>,
    /// Nothing from this moment on is fed; a file was read up to it.
    to: Option<Time>,
    /// The moment of the last tick.
    until: Option<Time>,
}

impl Side {
    /// Starts the thread that feeds the node.
    fn start(
        self,
        feed: Feed,
        done: connect::file::ResumeToken,
        node: &Node,
    ) -> anyhow::Result<std::thread::JoinHandle<()>> {
        let (inlet, head) = (node.inlet.clone(), node.head_time);
        let work = move || match feed {
            Feed::Live => tick(&inlet, &self.stop),
            Feed::Replay(file) => {
                let start = self.clock.now();
                let series = moments(file.batches(BATCH, done).map(|batch| batch.observations), start);
                self.drive(series, inlet, "replay");
            }
            Feed::Simulated(evening) => {
                let series = before(simulated(*evening, head), self.to);
                self.drive(series, inlet, "simulation");
            }
        };
        std::thread::Builder::new().name("feed".to_owned()).spawn(work).context("cannot start the feeding thread")
    }

    fn drive(self, series: impl Iterator<Item = Due>, inlet: Inlet, source: &str) {
        let Self { clock, stop, until, .. } = self;
        let ended = Driver { series, clock, inlet, source: SourceId::from(source), stop, until }.run();
        tracing::info!(?ended, source, "the feed has ended");
    }
}

fn tick(inlet: &Inlet, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        // A full queue means that entries with a time of their own are on their way.
        let _ = inlet.offer(Proposal::system(Input::Tick, "clock", At::Now));
        std::thread::park_timeout(TICK_EVERY);
    }
}

/// Serves until SIGINT or SIGTERM, or until the node's threads end.
fn serve(config: &Config, node: &Node, site: &Site) -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the server")?;
    let desk = Arc::new(NodeDesk::new(node, Arc::new(site.clone())));
    let mut state = AppState::new(desk, Arc::new(NodeIntake::new(site)), Arc::clone(&node.stream), engine::VERSION);
    if let Some(metrics) = api::install_metrics() {
        state = state.with_metrics(metrics);
    }
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {}; is another server running there?", config.listen))?;
        announce(config, node);
        if let Some(heartbeat) = config.heartbeat.clone() {
            tokio::spawn(beat(heartbeat, Arc::clone(&node.health)));
        }
        if let Some(days) = config.retention_days {
            tokio::spawn(retain(node.inlet.clone(), days));
        }
        tokio::select! {
            served = api::serve(listener, state, asked_to_end()) => served.context("the server failed"),
            () = threads_end(node) => anyhow::bail!("a thread of the node ended; the log is safe, start again"),
        }
    })
}

fn announce(config: &Config, node: &Node) {
    let site = config.site.display();
    println!("yiwang serves {site} ({:?}) at http://{}/", node.site_time.mode(), config.listen);
    println!("the log is in {}; stop with Ctrl-C", Path::new(&config.data).display());
}

/// Ends when the process is asked to end. The signals are caught from the call on, not from the first poll: a server
/// that answers must not be ended by a signal's default action.
fn asked_to_end() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
            // Without a handler the default action ends the process, which the log survives.
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("asked to end");
    }
}

async fn threads_end(node: &Node) {
    let mut look = tokio::time::interval(Duration::from_millis(250));
    while node.is_running() {
        look.tick().await;
    }
}

/// Tells the outside every few seconds that the server is well, so that its silence is noticed.
async fn beat(heartbeat: Heartbeat, health: Arc<crate::node::health::LogHealth>) {
    let mut due = tokio::time::interval(Duration::from_secs(u64::from(heartbeat.every_s)));
    loop {
        due.tick().await;
        if health.refusal().is_some() {
            // A server that cannot write its log is not well: the silence is the message.
            continue;
        }
        let url = heartbeat.url.clone();
        let sent = tokio::task::spawn_blocking(move || {
            let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5)));
            ureq::Agent::from(config.build()).get(&url).call().map(drop)
        });
        if let Ok(Err(error)) = sent.await {
            tracing::warn!(%error, "the heartbeat was not taken");
        }
    }
}

async fn retain(inlet: Inlet, days: u32) {
    let mut due = tokio::time::interval(retention::EVERY);
    loop {
        due.tick().await;
        retention::ask(&inlet, days);
    }
}
