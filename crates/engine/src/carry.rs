//! The state of a changed site: what the old one knew, at its place in the new one.
//!
//! Not here: where that is (moved), what is closed before and judged after (adopt, warn).
//! Invariant: what comes out points only into the new site; people of a zone that stays are neither made nor lost.

use std::collections::BTreeMap;

use city::{
    Digest, Effect, EffectKind, Evidence, Measure, MeasureState, Place, Time, Warning, WarningId, Zone, ZoneIx,
};

use crate::estimate::balance::Family;
use crate::estimate::basin::Basin;
use crate::index::Home;
use crate::moved::Moved;
use crate::occupancy::Stock;
use crate::precursor::memory::Memory;
use crate::state::State;
use crate::stream::Stream;
use crate::timers::{Timer, Timers};

/// The state of a site nothing has been heard from yet.
pub(crate) fn fresh(home: &Home, digest: Digest) -> State {
    let site = &home.site;
    let zones = (0..site.zones.len()).map(ZoneIx::from);
    let families: Vec<Family> = (0..home.families).map(|_| Family::default()).collect();
    State {
        basins: home.basins.iter().map(|at| Basin::at_start(site, at)).collect(),
        families,
        site: digest,
        streams: site.datastreams.iter().map(Stream::at_start).collect(),
        stocks: zones.map(|zone| Stock::at_start(home, zone)).collect(),
        precursors: Memory::at_start(site),
        measures: site.measures.iter().map(first_state).collect(),
        ..State::default()
    }
}

/// A scheduled measure is planned; in force it is only once seen.
fn first_state(measure: &Measure) -> (MeasureState, Option<Time>) {
    (if measure.scheduled.is_some() { MeasureState::Planned } else { MeasureState::Off }, None)
}

/// A move from one site to the next.
pub(crate) struct Move<'a> {
    /// The site that was.
    pub(crate) old: &'a Home,
    /// The site that is adopted.
    pub(crate) new: &'a Home,
    /// What is where.
    pub(crate) moved: &'a Moved,
}

impl Move<'_> {
    /// The state in the new site. Of the timers only those of waiting groups are in it: the others follow from the
    /// rest of the state.
    pub(crate) fn carry(&self, state: State, digest: Digest) -> State {
        let (moved, mut start) = (self.moved, fresh(self.new, digest));
        let mut timers = Timers::default();
        for (due, timer) in state.timers.iter() {
            if let Timer::SettleGroup(group) = timer
                && let Some(group) = moved.group(group)
            {
                timers.set(due, Timer::SettleGroup(group));
            }
        }
        let stocks = self.stocks(state.stocks, std::mem::take(&mut start.stocks));
        let humans = state.humans.into_iter().filter_map(|(id, mut record)| {
            record.observation.place = moved.place(record.observation.place)?;
            Some((id, record))
        });
        let watches = state.watches.into_iter().filter_map(|(cause, mut watch)| {
            if let Place::Datastream(ix) = cause.place
                && moved.carried(ix).is_none()
            {
                // What the datastream told before is of another kind: the warning waits for what it tells now.
                watch.warning?;
                watch.evident.known = false;
                watch.quiet_since = None;
            }
            Some((moved.cause(cause)?, watch))
        });
        let warnings: BTreeMap<WarningId, Warning> =
            state.warnings.into_iter().filter_map(|(id, warning)| Some((id, self.warning(warning)?))).collect();
        let effects = state.effects.into_iter().filter_map(|(id, effect)| Some((id, self.effect(effect)?)));
        State {
            now: state.now,
            last_warning: state.last_warning,
            last_human: state.last_human,
            last_effect: state.last_effect,
            tally: state.tally,
            streams: self.streams(state.streams, start.streams),
            basins: self.basins(&state.basins, (&stocks, start.basins)),
            stocks,
            families: self.families(&state.families, start.families),
            balance_due: state.balance_due.filter(|_| !self.new.basins.is_empty()),
            precursors: self.precursors(&state.precursors, start.precursors),
            measures: self.measures(&state.measures, start.measures),
            humans: humans.collect(),
            watches: watches.collect::<std::collections::BTreeMap<_, _>>().into(),
            joined_at: state.joined_at.into_iter().filter(|(id, _)| warnings.contains_key(id)).collect(),
            warnings,
            unsettled_groups: state.unsettled_groups.into_iter().filter_map(|group| moved.group(group)).collect(),
            effects: effects.collect(),
            timers,
            sampling: state.sampling,
            site: digest,
        }
    }

    fn streams(&self, old: Vec<Stream>, mut streams: Vec<Stream>) -> Vec<Stream> {
        for (ix, mut stream) in old.into_iter().enumerate() {
            if let Some(to) = self.moved.carried(ix.into()) {
                stream.move_findings(self.moved);
                stream.rate = stream.rate.over(&self.new.site.datastreams[to.index()]);
                streams[to.index()] = stream;
            }
        }
        streams
    }

    /// A zone keeps its people. One that nothing has been heard of starts anew, with the new initial number; one that
    /// nothing tells of any more is unknown.
    fn stocks(&self, old: Vec<Stock>, mut stocks: Vec<Stock>) -> Vec<Stock> {
        for (ix, stock) in old.into_iter().enumerate() {
            let Some(to) = self.moved.zone(ix.into()) else { continue };
            if stock == Stock::at_start(self.old, ix.into()) {
                continue;
            }
            let is_measured = self.new.streams_of(to).next().is_some();
            let belief = self.belief(&stock.belief, (ix.into(), to), &stocks[to.index()].belief);
            stocks[to.index()] = Stock { shown: stock.shown.filter(|_| is_measured), belief, ..stock };
        }
        stocks
    }

    /// Lines remember what they carried as long as they tell the same, zones how dense they were while their area stays.
    fn precursors(&self, old: &Memory, mut memory: Memory) -> Memory {
        for (ix, flow) in old.flows.iter().enumerate() {
            if let Some(to) = self.moved.carried(ix.into()) {
                memory.flows[to.index()] = *flow;
            }
        }
        for (ix, trend) in old.trends.iter().enumerate() {
            let Some(to) = self.moved.zone(ix.into()) else { continue };
            let (was, is) = (&self.old.site.zones[ix], &self.new.site.zones[to.index()]);
            let area = |zone: &Zone| zone.area_m2.as_ref().map(|area| area.value);
            if area(was) == area(is) && was.peak_factor.to_bits() == is.peak_factor.to_bits() {
                memory.trends[to.index()] = *trend;
            }
        }
        memory
    }

    /// A measure that was never touched starts as the new site says.
    fn measures(
        &self,
        old: &[(MeasureState, Option<Time>)],
        mut measures: Vec<(MeasureState, Option<Time>)>,
    ) -> Vec<(MeasureState, Option<Time>)> {
        for (ix, (state, since)) in old.iter().enumerate() {
            if let Some(to) = self.moved.measure(ix.into())
                && since.is_some()
            {
                measures[to.index()] = (*state, *since);
            }
        }
        measures
    }

    /// A warning at its new place; at another console if its own is gone.
    fn warning(&self, mut warning: Warning) -> Option<Warning> {
        let moved = self.moved;
        warning.cause = moved.cause(warning.cause)?;
        warning.console = moved.console(warning.console).unwrap_or_else(|| self.new.fallback(warning.escalation));
        warning.members = warning.members.into_iter().filter_map(|place| moved.place(place)).collect();
        let observations = warning.evidence.observations.into_iter();
        let observations = observations.filter_map(|(ix, time)| Some((moved.datastream(ix)?, time))).collect();
        let post = warning.evidence.post.and_then(|ix| self.old.site.posts.get(ix.index()));
        let post = post.and_then(|post| self.new.site.post_ix(&post.id));
        warning.evidence = Evidence { observations, post, ..warning.evidence };
        Some(warning)
    }

    /// An effect without an answer. One for a console that is gone has nobody to reach.
    fn effect(&self, effect: Effect) -> Option<Effect> {
        let EffectKind::Notify { console, warning } = effect.kind;
        let (console, warning) = (self.moved.console(console)?, Box::new(self.warning(*warning)?));
        Some(Effect { id: effect.id, kind: EffectKind::Notify { console, warning } })
    }
}
