//! The city: the whole state of one site's engine, and questions to it that need no computing.
//!
//! Not here: how it changes (apply and the parts), what a screen shows of it (views).
//! Invariant: everything in [`State`] is in the snapshot and in the hash; everything outside is derived or scratch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use city::{
    Digest, Effect, EffectId, GroupIx, HumanId, HumanRecord, MeasureState, Seq, Site, Tally, Time, Warning, WarningId,
    ZoneIx,
};
use serde::{Deserialize, Serialize};

use crate::estimate::balance::Family;
use crate::estimate::basin::Basin;
use crate::index::Home;
use crate::occupancy::Stock;
use crate::precursor::memory::Memory;
use crate::stream::Stream;
use crate::timers::Timers;
use crate::turn::Scratch;
use crate::warn::Watches;

/// The live state of one site.
#[derive(Clone, Debug, Default)]
pub struct City {
    /// Position of the last entry; not in the hash, so that batches may be cut anywhere.
    pub(crate) seq: Seq,
    /// What the entries made.
    pub(crate) state: State,
    /// The site with its derived tables.
    pub(crate) home: Option<Arc<Home>>,
    /// Memory that is reused and means nothing between entries.
    pub(crate) scratch: Scratch,
}

/// What the entries made: the snapshot and the hash are of this.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Site time.
    pub(crate) now: Time,
    /// Digest of the adopted site.
    pub(crate) site: Digest,
    /// Last warning number given.
    pub(crate) last_warning: WarningId,
    /// Last human observation's number given.
    pub(crate) last_human: HumanId,
    /// Last effect number given.
    pub(crate) last_effect: EffectId,
    /// What came, site-wide.
    pub(crate) tally: Tally,
    /// By [`city::DatastreamIx`].
    pub(crate) streams: Vec<Stream>,
    /// By [`ZoneIx`].
    pub(crate) stocks: Vec<Stock>,
    /// The whole site and its groups, by the basins of the site's tables.
    pub(crate) basins: Vec<Basin>,
    /// What families of area counts have in common.
    pub(crate) families: Vec<Family>,
    /// When basins are to be balanced.
    pub(crate) balance_due: Option<Time>,
    /// What the precursors remember.
    pub(crate) precursors: Memory,
    /// By [`city::MeasureIx`]: state and since when.
    pub(crate) measures: Vec<(MeasureState, Option<Time>)>,
    /// Human observations in force.
    pub(crate) humans: BTreeMap<HumanId, HumanRecord>,
    /// Causes that are above normal or were lately.
    pub(crate) watches: Watches,
    /// Open warnings.
    pub(crate) warnings: BTreeMap<WarningId, Warning>,
    /// When a grouped warning last took a member in.
    pub(crate) joined_at: BTreeMap<WarningId, Time>,
    /// Groups that wait for their zones.
    pub(crate) unsettled_groups: BTreeSet<GroupIx>,
    /// Effects without an answer.
    pub(crate) effects: BTreeMap<EffectId, Effect>,
    /// What is due.
    pub(crate) timers: Timers,
    /// Whether the minute timer runs.
    pub(crate) sampling: bool,
}

/// Where a zone's people come from: `initial + inflow − outflow + corrections` is its occupancy (INV-03).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// People at the start.
    pub initial: f64,
    /// People counted in through gates and links.
    pub inflow: f64,
    /// People counted out.
    pub outflow: f64,
    /// People added (or taken) by measurements.
    pub corrections: f64,
}

impl Ledger {
    /// The people it leaves.
    pub fn people(&self) -> f64 {
        self.initial + self.inflow - self.outflow + self.corrections
    }
}

impl City {
    /// Position of the last entry applied; 0 in the empty city.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// Site time.
    pub fn now(&self) -> Time {
        self.state.now
    }

    /// The adopted site.
    pub fn site(&self) -> Option<&Site> {
        self.home.as_deref().map(|home| home.site.as_ref())
    }

    /// The adopted site, shared.
    pub fn site_arc(&self) -> Option<Arc<Site>> {
        self.home.as_deref().map(|home| Arc::clone(&home.site))
    }

    /// Open warnings by number.
    pub fn warnings(&self) -> impl Iterator<Item = &Warning> {
        self.state.warnings.values()
    }

    /// Warnings raised since the site's log began.
    pub fn warnings_raised(&self) -> u64 {
        self.state.last_warning.0
    }

    /// An open warning.
    pub fn warning(&self, id: WarningId) -> Option<&Warning> {
        self.state.warnings.get(&id)
    }

    /// Human observations in force, by number.
    pub fn humans(&self) -> impl Iterator<Item = &HumanRecord> {
        self.state.humans.values()
    }

    /// What came since the first site was adopted.
    pub fn tally(&self) -> Tally {
        self.state.tally
    }

    /// Where a zone's people come from.
    pub fn ledger(&self, zone: ZoneIx) -> Option<Ledger> {
        self.state.stocks.get(zone.index()).map(|stock| stock.ledger)
    }

    /// Effects that have no answer yet, by number: hand them out again after a restart.
    pub fn pending_effects(&self) -> Vec<Effect> {
        self.state.effects.values().cloned().collect()
    }

    /// When the next timer is due: a shell that ticks then never delays anything.
    pub fn next_due(&self) -> Option<Time> {
        self.state.timers.next_due()
    }
}
