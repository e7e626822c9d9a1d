//! Recovery: the state at the log's head, from a snapshot and the tail, with the history brought up to it.
//!
//! Not here: appending (sequencer), applying what comes later (applier).
//! Invariant: the recovered state is that of a replay from the log's base; a damaged log is an error, never a state.

use std::sync::Arc;

use city::{Digest, Entry, Event, Fact, Input, Seq, Site};
use engine::City;
use store::{History, Snapshot, Store};

/// What recovery found.
pub struct Recovered {
    /// The state at the head of the log.
    pub city: City,
    /// Entries applied after the snapshot.
    pub tail_entries: u64,
    /// The snapshot it started from, if any.
    pub snapshot: Option<Seq>,
    /// The version of the engine that wrote the newest epoch, if it was another.
    pub other_engine: Option<String>,
}

/// Brings state and history to the head of the log.
///
/// The history says up to which entry it is complete; the snapshot used is the newest one not after that, so that
/// whatever the history lost in a crash is recorded again from the engine's own events.
pub fn recover(store: &Store, history: &mut History) -> anyhow::Result<Recovered> {
    // A history that does not reach the log's base (it was removed) begins there: what lies before is dropped anyway.
    let at_or_before = history.complete_to().max(store.base().seq);
    let snapshot = store.latest_snapshot(engine::VERSION, Some(at_or_before))?;
    let mut city = match &snapshot {
        Some(snapshot) => City::from_snapshot(&snapshot.bytes)?,
        None => City::default(),
    };
    if let Some(site) = city.site_arc() {
        history.adopt(&site);
    }
    let mut recovered = Recovered {
        tail_entries: 0,
        snapshot: snapshot.map(|snapshot| snapshot.seq),
        other_engine: None,
        city: City::default(),
    };
    for entry in store.entries(city.seq()) {
        let entry = entry?;
        note_epoch(&entry, &mut recovered);
        apply_to_both(&mut city, history, &entry)?;
        recovered.tail_entries += 1;
    }
    recovered.city = city;
    Ok(recovered)
}

/// Applies an entry and records its events.
pub fn apply_to_both(city: &mut City, history: &mut History, entry: &Entry) -> anyhow::Result<city::Outcome> {
    let outcome = engine::apply(city, entry);
    let adopts = outcome.events.iter().any(|event| matches!(event, Event::SiteAdopted));
    let adopted = if adopts { city.site() } else { None };
    history.record_change(entry.seq, entry.time, &outcome.events, adopted)?;
    Ok(outcome)
}

fn note_epoch(entry: &Entry, recovered: &mut Recovered) {
    if let Input::Fact(Fact::Epoch { engine, .. }) = &entry.input {
        recovered.other_engine = (engine != engine::VERSION).then(|| engine.clone());
    }
}

/// The facts a node must add before it goes on: the site if it changed, and an epoch if engine or site is new.
pub fn opening_facts(city: &City, other_engine: Option<&str>, site: &Site) -> Vec<Fact> {
    let changed = city.site() != Some(site);
    let mut facts = Vec::new();
    if changed {
        facts.push(Fact::Site(Box::new(site.clone())));
    }
    if changed || other_engine.is_some() {
        facts.push(Fact::Epoch {
            engine: engine::VERSION.to_owned(),
            site: site_digest(site),
            state: city.state_hash(),
        });
    }
    facts
}

/// The digest of a site: of its JSON, which is what the log holds.
pub fn site_digest(site: &Site) -> Digest {
    // A site is plain data with text keys, so its JSON always exists.
    Digest::of(&serde_json::to_vec(site).unwrap_or_default())
}

/// A snapshot of the state as it is.
pub fn snapshot_of(city: &City) -> Snapshot {
    Snapshot {
        seq: city.seq(),
        time: city.now(),
        engine: engine::VERSION.to_owned(),
        site: city.site_arc().map(|site: Arc<Site>| site_digest(&site)).unwrap_or_default(),
        state_hash: city.state_hash(),
        bytes: city.snapshot(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use city::{ENTRY_SCHEMA, Time};
    use store::Durability;

    #[test]
    fn a_log_that_begins_at_a_checkpoint_recovers_without_its_history() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), Durability::Full).unwrap();
        let entry = |seq: u64| Entry {
            seq: Seq(seq),
            time: Time::from_seconds(1_000 + seq as i64),
            actor: "system".into(),
            source: "test".into(),
            schema: ENTRY_SCHEMA,
            input: Input::Tick,
        };
        let mut city = City::default();
        for seq in 1..=4 {
            store.append(&[entry(seq)], &[]).unwrap();
            engine::apply(&mut city, &entry(seq));
            if seq == 2 {
                store.save_snapshot(&snapshot_of(&city).pack()).unwrap();
                store.checkpoint(Seq(2), engine::VERSION).unwrap();
            }
        }
        let mut history = History::open(folder.path()).unwrap();
        assert_eq!(history.complete_to(), Seq(0), "there is no history");
        let recovered = recover(&store, &mut history).unwrap();
        assert_eq!((recovered.snapshot, recovered.tail_entries), (Some(Seq(2)), 2));
        assert_eq!(recovered.city.state_hash(), city.state_hash());
    }
}
