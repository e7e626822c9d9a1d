//! Effects: runs what the engine asks for and puts the answers back through the log.
//!
//! Not here: what is asked for (engine).
//! Invariant: at least once; the effect's id goes out with it, so that a receiver can tell a repetition.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use city::{Answer, ConsoleId, Delivery, Effect, EffectKind, Input, Site};

use super::inlet::Inlet;
use super::proposal::{At, Proposal};

/// Most effects that wait to be run; more are run again from the engine's pending list at the next start.
const WAITING_EFFECTS: usize = 1_024;
/// How long a webhook may take.
const WEBHOOK_WITHIN: Duration = Duration::from_secs(5);

/// Where the applier leaves effects; never blocks it.
#[derive(Clone)]
pub struct Outbox {
    queue: SyncSender<(Effect, std::sync::Arc<Site>)>,
    site: std::sync::Arc<Site>,
}

impl Outbox {
    /// An outbox and the queue its runner reads.
    pub fn new(site: std::sync::Arc<Site>) -> (Self, Receiver<(Effect, std::sync::Arc<Site>)>) {
        let (queue, waiting) = sync_channel(WAITING_EFFECTS);
        (Self { queue, site }, waiting)
    }

    /// Leaves an effect to be run.
    pub fn send(&self, effect: Effect) {
        if self.queue.try_send((effect, std::sync::Arc::clone(&self.site))).is_err() {
            tracing::warn!("too many effects wait; this one runs again at the next start");
        }
    }
}

/// Runs effects until every outbox is gone.
pub fn run(waiting: &Receiver<(Effect, std::sync::Arc<Site>)>, webhooks: &BTreeMap<String, String>, inlet: &Inlet) {
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(WEBHOOK_WITHIN)).build().into();
    while let Ok((effect, site)) = waiting.recv() {
        let EffectKind::Notify { console, warning } = &effect.kind;
        let console_id =
            site.consoles.get(console.index()).map_or_else(ConsoleId::default, |console| console.id.clone());
        let delivery = match webhooks.get(console_id.as_str()) {
            // The page is this console's only receiver, and the page has the warning already.
            None => Delivery::Taken,
            Some(url) => deliver(&agent, url, &effect, &site.place_id(warning.cause.place)),
        };
        let answer = Answer::Notified { effect: effect.id, console: *console, delivery };
        if inlet.put(Proposal::system(Input::Answer(answer), "effects", At::Now)).is_err() {
            return;
        }
    }
}

fn deliver(agent: &ureq::Agent, url: &str, effect: &Effect, place: &str) -> Delivery {
    let EffectKind::Notify { warning, .. } = &effect.kind;
    let body = serde_json::json!({ "effect": effect.id, "place": place, "warning": warning });
    match agent.post(url).header("Content-Type", "application/json").send(body.to_string()) {
        Ok(_) => Delivery::Taken,
        Err(error) => {
            tracing::warn!(%error, url, "a console was not notified");
            Delivery::Failed(error.to_string())
        }
    }
}
