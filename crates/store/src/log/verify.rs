//! The whole chain, walked once.
//!
//! Not here: re-applying the entries and comparing state hashes, which needs the engine.
//! Invariant: damage of any kind ends in the report, with the block where it shows; only a log that cannot be read at
//! all is an error.

use city::{Seq, Time};

use super::block::StoredBlock;
use super::entries::check_link;
use super::witness::Seen;
use super::{Head, LogReader};
use crate::StoreError;

/// What a walk over the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// The base's sequence number.
    pub base_seq: Seq,
    /// Sound blocks.
    pub blocks: u64,
    /// Entries in them.
    pub entries: u64,
    /// Observations in them.
    pub observations: u64,
    /// The end of the last sound block.
    pub head: Head,
    /// The first damage, if any.
    pub damage: Option<Damage>,
}

impl ChainReport {
    /// True when nothing is damaged.
    pub fn is_sound(&self) -> bool {
        self.damage.is_none()
    }
}

/// Where and how the log is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The first entry of the block, or the entry after the last sound one.
    pub block: Seq,
    /// How it shows, for people.
    pub reason: String,
}

impl LogReader {
    /// Walks every block: hashes, links, numbering, times, contents; then snapshots and the database's own structure.
    pub fn verify_chain(&self) -> Result<ChainReport, StoreError> {
        // Read before the walk, so that a writer at work is never ahead of it.
        let seen = Seen::read(self.dir());
        let base = self.base()?;
        let mut report = ChainReport {
            base_seq: base.seq,
            blocks: 0,
            entries: 0,
            observations: 0,
            head: Head { seq: base.chain_seq, time: base.chain_time, chain: base.chain },
            damage: None,
        };
        while report.damage.is_none() {
            match self.next_sound(&report.head) {
                Ok(Some(block)) => report.add(&block),
                Ok(None) => break,
                Err(damage) => report.damage = Some(damage),
            }
        }
        if report.damage.is_none() {
            report.damage = self.damage_outside_blocks(&report.head, seen);
        }
        Ok(report)
    }

    /// The block after `head`, checked.
    fn next_sound(&self, head: &Head) -> Result<Option<StoredBlock>, Damage> {
        let at = |block: Seq| move |reason: String| Damage { block, reason };
        let next = Seq(head.seq.0 + 1);
        let block = StoredBlock::at_or_after(&self.database.conn, next).map_err(|error| at(next)(error.to_string()))?;
        let Some(block) = block else { return Ok(None) };
        let at = at(block.header.first_seq);
        check_link(&block, head.chain, head.seq).map_err(at)?;
        check_times(&block, head).map_err(at)?;
        Ok(Some(block))
    }

    fn damage_outside_blocks(&self, head: &Head, seen: Option<Seen>) -> Option<Damage> {
        let damage = |reason: String| Damage { block: Seq(head.seq.0 + 1), reason };
        if let Some(Err(error)) = seen.map(|seen| self.check_against(seen)) {
            return Some(damage(error.to_string()));
        }
        match self.damaged_snapshot() {
            Err(error) => return Some(damage(error.to_string())),
            Ok(Some(seq)) => {
                return Some(Damage { block: seq, reason: "its snapshot does not match its digest".to_owned() });
            }
            Ok(None) => {}
        }
        let check = self.database.conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        match check {
            Ok(text) if text == "ok" => None,
            Ok(text) => Some(damage(text)),
            Err(error) => Some(damage(error.to_string())),
        }
    }
}

/// Checks a block's contents and that time never decreases in it or since `head`.
fn check_times(block: &StoredBlock, head: &Head) -> Result<(), String> {
    let entries = block.open()?;
    let mut time = if head.seq == Seq(0) { Time::MIN } else { head.time };
    for entry in &entries {
        if entry.time < time {
            return Err(format!("entry {} lies before the time of the entry before it", entry.seq.0));
        }
        time = entry.time;
    }
    Ok(())
}

impl ChainReport {
    fn add(&mut self, block: &StoredBlock) {
        self.blocks += 1;
        self.entries += block.header.entries;
        self.observations += block.header.observations;
        self.head = block.head();
    }
}
