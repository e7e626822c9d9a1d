//! The sequencer: gives each proposal its place and time, makes the group durable with one sync, hands it on.
//!
//! Not here: what an entry does (the applier, which gets only what is durable).
//! Invariant: nothing is acknowledged before the sync that holds it; sequence numbers have no gap.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::Duration;

use api::{Receipt, Sending};
use city::{ENTRY_SCHEMA, Entry, Seq, SourceId, Time};
use store::{Store, StoreError, TokenRecord};
use tokio::sync::oneshot;

use super::clock::wall_now;
use super::health::LogHealth;
use super::inlet::Depth;
use super::proposal::{At, Proposal};

/// Most entries that share one sync.
pub const GROUP_ENTRIES: usize = 1_024;
/// Most observations that share one sync.
pub const GROUP_OBSERVATIONS: usize = 100_000;
/// How long the sequencer waits before it tries a refused group again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// What reaches the sequencer.
pub enum ToLog {
    /// An input to sequence.
    Proposal(Box<Proposal>),
    /// A snapshot of the state at an entry that is durable.
    Snapshot(Box<store::PackedSnapshot>),
    /// Drop whole blocks that end before this time.
    Retain(Time),
    /// Finish what came before, then stop.
    Stop,
}

/// What reaches the applier.
pub enum Committed {
    /// Durable entries in order, with who waits for which.
    Entries(Vec<Entry>, Vec<(Seq, oneshot::Sender<Receipt>)>),
    /// Nothing more will come.
    Stop,
}

/// Where "now" comes from for proposals that name no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NowIs {
    /// The wall clock.
    Wall,
    /// The last entry's time: the data carries the time.
    LastEntry,
}

/// What a sequencer is tied to.
pub struct Ties {
    /// Where it says whether the log can be written.
    pub health: Arc<LogHealth>,
    /// How full its inbox is.
    pub depth: Arc<Depth>,
    /// Who applies what is durable.
    pub applier: SyncSender<Committed>,
}

/// The thread that owns the log.
pub struct Sequencer {
    store: Store,
    now_is: NowIs,
    last_seq: Seq,
    last_time: Time,
    health: Arc<LogHealth>,
    depth: Arc<Depth>,
    applier: SyncSender<Committed>,
}

/// Proposals on their way into one block.
#[derive(Default)]
struct Group {
    proposals: Vec<Proposal>,
    stop: bool,
}

impl Sequencer {
    /// A sequencer that goes on after the store's head.
    pub fn new(store: Store, now_is: NowIs, ties: Ties) -> Self {
        let head = store.head();
        let Ties { health, depth, applier } = ties;
        Self { last_seq: head.seq, last_time: head.time, store, now_is, health, depth, applier }
    }

    /// Runs until it is told to stop or every sender is gone; returns the store.
    pub fn run(mut self, inbox: &Receiver<ToLog>) -> Store {
        loop {
            let group = self.gather(inbox);
            if !group.proposals.is_empty() {
                self.commit(group.proposals);
            }
            if group.stop {
                break;
            }
        }
        // The applier may be gone already after a panic; then there is nobody to tell.
        let _ = self.applier.send(Committed::Stop);
        self.store
    }

    /// Waits for one message, then takes what else is there up to the group's limits.
    fn gather(&mut self, inbox: &Receiver<ToLog>) -> Group {
        let mut group = Group::default();
        let Ok(first) = inbox.recv() else {
            group.stop = true;
            return group;
        };
        let mut observations = 0;
        let mut next = Some(first);
        while let Some(message) = next.take() {
            match message {
                ToLog::Proposal(proposal) => {
                    observations += proposal.observations();
                    self.depth.left(proposal.observations());
                    group.proposals.push(*proposal);
                }
                ToLog::Snapshot(snapshot) => self.save(&snapshot),
                ToLog::Retain(before) => self.retain(before),
                ToLog::Stop => {
                    group.stop = true;
                    return group;
                }
            }
            if group.proposals.len() < GROUP_ENTRIES && observations < GROUP_OBSERVATIONS {
                next = inbox.try_recv().ok();
            }
        }
        group
    }

    fn retain(&mut self, before: Time) {
        let kept = self.store.reader().snapshot_before(engine::VERSION, before).and_then(|seq| match seq {
            Some(seq) if seq > self.store.base().seq => self.store.checkpoint(seq, engine::VERSION).map(|_| Some(seq)),
            _ => Ok(None),
        });
        match kept {
            Ok(None) => {}
            Ok(Some(seq)) => tracing::info!(seq = seq.0, %before, "the log begins anew at a checkpoint"),
            // Nothing is lost by keeping more than asked; it is asked again.
            Err(error) => tracing::warn!(%error, "retention failed"),
        }
    }

    fn save(&mut self, snapshot: &store::PackedSnapshot) {
        if let Err(error) = self.store.save_snapshot(snapshot) {
            // A missing snapshot costs a longer restart, nothing else; the next one is due soon.
            tracing::warn!(%error, seq = snapshot.seq().0, "the snapshot was not saved");
        }
    }

    /// Makes a group durable, trying again while the log is refused and something must be kept.
    fn commit(&mut self, proposals: Vec<Proposal>) {
        let mut waiting = self.settle_tokens(proposals);
        while !waiting.is_empty() {
            match self.append(&mut waiting) {
                Ok(()) => return,
                Err(error) => {
                    let why = error.to_string();
                    tracing::error!(%error, "the log refuses to be written");
                    self.health.refused(&why);
                    waiting = refuse(waiting, &why);
                    if !waiting.is_empty() {
                        std::thread::park_timeout(RETRY_AFTER);
                    }
                }
            }
        }
    }

    /// Answers proposals whose token is known already; returns the others.
    fn settle_tokens(&mut self, proposals: Vec<Proposal>) -> Vec<Proposal> {
        let mut fresh = Vec::with_capacity(proposals.len());
        let mut in_group: HashMap<(SourceId, String), city::Digest> = HashMap::new();
        let now = wall_now();
        for mut proposal in proposals {
            let Some(token) = &proposal.token else {
                fresh.push(proposal);
                continue;
            };
            let known = match self.store.token(&proposal.source, &token.key, now) {
                Ok(known) => known,
                Err(error) => {
                    answer(&mut proposal, Receipt::Refused { why: error.to_string() });
                    continue;
                }
            };
            if let Some(known) = known {
                let receipt = if known.body == token.body { repeated(known.seq) } else { Receipt::Conflict };
                answer(&mut proposal, receipt);
                continue;
            }
            // A twin in the same group: the sender did not wait for the first answer.
            let twin = in_group.insert((proposal.source.clone(), token.key.clone()), token.body);
            match twin {
                Some(_) => answer(&mut proposal, Receipt::Refused { why: "the same token is being written".into() }),
                None => fresh.push(proposal),
            }
        }
        fresh
    }

    /// Appends the proposals as one block and hands them to the applier; on success `waiting` is emptied.
    fn append(&mut self, waiting: &mut Vec<Proposal>) -> Result<(), StoreError> {
        let now = match self.now_is {
            NowIs::Wall => wall_now(),
            NowIs::LastEntry => self.last_time,
        };
        let (mut seq, mut time) = (self.last_seq, self.last_time);
        let mut entries = Vec::with_capacity(waiting.len());
        let mut tokens = Vec::new();
        for proposal in waiting.iter_mut() {
            seq = Seq(seq.0 + 1);
            time = time.max(match proposal.at {
                At::Now => now,
                At::Site(at) => at,
            });
            if let Some(token) = &proposal.token {
                tokens.push(TokenRecord {
                    source: proposal.source.clone(),
                    token: token.key.clone(),
                    body: token.body,
                    seq,
                    reply: Vec::new(),
                    at: wall_now(),
                });
            }
            entries.push(Entry {
                seq,
                time,
                actor: proposal.actor.clone(),
                source: proposal.source.clone(),
                schema: ENTRY_SCHEMA,
                input: std::mem::replace(&mut proposal.input, city::Input::Tick),
            });
        }
        if let Err(error) = self.store.append(&entries, &tokens) {
            for (proposal, entry) in waiting.iter_mut().zip(entries) {
                proposal.input = entry.input;
            }
            return Err(error);
        }
        self.health.written();
        (self.last_seq, self.last_time) = (seq, time);
        self.hand_on(entries, std::mem::take(waiting));
        Ok(())
    }

    /// Acknowledges what is due when durable and gives the entries to the applier.
    fn hand_on(&self, entries: Vec<Entry>, proposals: Vec<Proposal>) {
        let mut receivers = Vec::new();
        for (entry, mut proposal) in entries.iter().zip(proposals) {
            let Some(receiver) = proposal.receiver.take() else { continue };
            proposal.input = city::Input::Tick;
            if matches!(entry.input, city::Input::Fact(city::Fact::Observations(_))) {
                // The client may have hung up; its data is durable all the same.
                let _ =
                    receiver.send(Receipt::Taken { seq: entry.seq, outcome: Ok(Vec::new()), sending: Sending::First });
            } else {
                receivers.push((entry.seq, receiver));
            }
        }
        if self.applier.send(Committed::Entries(entries, receivers)).is_err() {
            tracing::error!("the engine thread is gone; what is durable is applied at the next start");
        }
    }
}

/// Refuses every proposal somebody waits for; returns those that must be kept.
fn refuse(waiting: Vec<Proposal>, why: &str) -> Vec<Proposal> {
    let (kept, lost): (Vec<_>, Vec<_>) = waiting.into_iter().partition(Proposal::must_be_kept);
    for mut proposal in lost {
        answer(&mut proposal, Receipt::Refused { why: why.to_owned() });
    }
    kept
}

fn repeated(seq: Seq) -> Receipt {
    Receipt::Taken { seq, outcome: Ok(Vec::new()), sending: Sending::Repeated }
}

fn answer(proposal: &mut Proposal, receipt: Receipt) {
    if let Some(receiver) = proposal.receiver.take() {
        // A client that hung up asks again with the same token.
        let _ = receiver.send(receipt);
    }
}
