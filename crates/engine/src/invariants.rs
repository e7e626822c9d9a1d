//! The invariants as functions: called by tests, by the simulator and by production metrics.
//!
//! Not here: INV-01 and INV-02, which compare two cities or a log with its city ([`same_state`] is their comparison),
//! INV-09 (the API's streams), INV-05 to INV-08 (parts that do not exist yet).
//! Invariant: a check changes nothing, and says in words what is wrong.

use city::{Activity, EffectKind, Escalation, FeedHealth, GroupIx, Knowledge, Level, Place, ZoneIx};

use crate::state::City;
use crate::timers::Timer;
use crate::views::crowding;

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which, as `INV-03`; `soundness` is what all of them rest on.
    pub invariant: &'static str,
    /// What is wrong.
    pub what: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} does not hold: {}", self.invariant, self.what)
    }
}

impl std::error::Error for Broken {}

/// The state points nowhere outside its site and nothing in it waits forever.
const SOUNDNESS: &str = "soundness";

/// Every invariant that can be checked on one city; cost grows with zones, groups, open warnings and timers.
pub fn check(city: &City) -> Result<(), Broken> {
    places_are_there(city)?;
    nothing_waits_forever(city)?;
    people_are_conserved(city)?;
    warnings_are_single(city)?;
    numbers_are_known(city)?;
    risk_is_shown(city)
}

/// INV-01: two ways to the same point of the log gave the same state.
pub fn same_state(one: &City, other: &City) -> Result<(), Broken> {
    if one.state_hash() == other.state_hash() {
        return Ok(());
    }
    let what =
        format!("state {} at {} is not state {} at {}", one.state_hash(), one.now(), other.state_hash(), other.now());
    Err(Broken { invariant: "INV-01", what })
}

/// Everything the state points at is in the site, whatever site it was adopted after.
pub fn places_are_there(city: &City) -> Result<(), Broken> {
    let broken = |what| Err(Broken { invariant: SOUNDNESS, what });
    let Some(site) = city.site() else { return Ok(()) };
    let state = &city.state;
    let effects = state.effects.values().map(|effect| match &effect.kind {
        EffectKind::Notify { console, warning } => (*console, warning.as_ref()),
    });
    let warnings = state.warnings.values().map(|warning| (warning.console, warning));
    for (console, warning) in warnings.chain(effects) {
        let streams = warning.evidence.observations.iter().map(|(ix, _)| Place::Datastream(*ix));
        let mut places = warning.members.iter().copied().chain(streams).chain([warning.cause.place]);
        let post = warning.evidence.post.is_none_or(|post| post.index() < site.posts.len());
        if console.index() >= site.consoles.len() || !post || !places.all(|place| site.has(place)) {
            return broken(format!("warning {} speaks of what is not in the site", warning.id.0));
        }
    }
    for warning in state.warnings.values() {
        if warning.grouped_in.is_some_and(|group| !state.warnings.contains_key(&group)) {
            return broken(format!("warning {} is spoken for by one that is closed", warning.id.0));
        }
    }
    let watched = state.watches.keys().map(|cause| cause.place);
    let said = state.humans.values().map(|record| record.observation.place);
    let due = state.timers.iter().filter_map(|(_, timer)| match timer {
        Timer::Drain(ix) | Timer::Silent(ix) => Some(Place::Datastream(ix)),
        Timer::Settle(zone) => Some(Place::Zone(zone)),
        Timer::SettleGroup(group) => Some(Place::Group(group)),
        Timer::Watch(cause) => Some(cause.place),
        Timer::Balance | Timer::Human(_) | Timer::Unshelve(_) | Timer::Escalate(_) | Timer::Minute => None,
    });
    match watched.chain(said).chain(due).find(|place| !site.has(*place)) {
        Some(place) => broken(format!("{place:?} is not in the site")),
        None => Ok(()),
    }
}

/// Whatever waits for a moment has a timer for it.
pub fn nothing_waits_forever(city: &City) -> Result<(), Broken> {
    let Some(site) = city.site() else { return Ok(()) };
    let (state, mut waits) = (&city.state, Vec::new());
    for (ix, (stream, config)) in state.streams.iter().zip(&site.datastreams).enumerate() {
        waits.extend(stream.held.iter().map(|_| Timer::Drain(ix.into())));
        if stream.health == FeedHealth::Speaking && config.silent_after_s > 0 {
            waits.push(Timer::Silent(ix.into()));
        }
    }
    let zones = state.stocks.iter().enumerate().filter(|(_, stock)| stock.pending.is_some());
    waits.extend(zones.map(|(ix, _)| Timer::Settle(ix.into())));
    waits.extend(state.unsettled_groups.iter().map(|group| Timer::SettleGroup(*group)));
    waits.extend(state.balance_due.map(|_| Timer::Balance));
    waits.extend(state.humans.keys().map(|id| Timer::Human(*id)));
    waits.extend(state.watches.iter().filter_map(|(cause, watch)| watch.quiet_since.map(|_| Timer::Watch(*cause))));
    for warning in state.warnings.values() {
        waits.extend(warning.shelved.as_ref().map(|_| Timer::Unshelve(warning.id)));
        let calls = warning.activity == Activity::Active && warning.acknowledged.is_none();
        if calls && warning.level == Level::Critical && warning.escalation < Escalation::Commander {
            waits.push(Timer::Escalate(warning.id));
        }
    }
    let set: std::collections::BTreeSet<Timer> = state.timers.iter().map(|(_, timer)| timer).collect();
    match waits.into_iter().find(|timer| !set.contains(timer)) {
        Some(timer) => Err(Broken { invariant: SOUNDNESS, what: format!("{timer:?} is waited for and not set") }),
        None => Ok(()),
    }
}

/// INV-03: what is shown of a settled zone is initial + inflow − outflow + corrections, and nobody is below zero;
/// over all zones, links cancel: net inflow is that of the gates.
pub fn people_are_conserved(city: &City) -> Result<(), Broken> {
    let broken = |what| Err(Broken { invariant: "INV-03", what });
    for (ix, stock) in city.state.stocks.iter().enumerate() {
        let Some(shown) = stock.shown.filter(|_| stock.pending.is_none()) else { continue };
        let people = stock.ledger.people();
        if shown.people.to_bits() != people.max(0.0).to_bits() || people < -1e-6 {
            return broken(format!("zone #{ix} shows {} of a ledger of {people}", shown.people));
        }
    }
    Ok(())
}

/// No number without knowledge, and no knowledge without a number; a group knows as much as its least known member.
pub fn numbers_are_known(city: &City) -> Result<(), Broken> {
    let broken = |what| Err(Broken { invariant: "INV-04", what });
    let Some(site) = city.site() else { return Ok(()) };
    for zone in (0..site.zones.len()).filter_map(|ix| city.zone(ix.into())) {
        if zone.occupancy.is_some() == (zone.knowledge == Knowledge::Unknown) {
            return broken(format!("zone #{} is {:?} with people {:?}", zone.zone.0, zone.knowledge, zone.occupancy));
        }
    }
    for group in (0..site.groups.len()).filter_map(|ix| city.group(ix.into())) {
        let has_members = !site.groups[group.group.index()].members.is_empty();
        if has_members && (group.unknown_members > 0) != (group.knowledge == Knowledge::Unknown) {
            return broken(format!("group #{} has {} unknown members", group.group.0, group.unknown_members));
        }
    }
    Ok(())
}

/// INV-04: one open warning per cause, its watch knows it, and nothing rests returned that should be closed.
pub fn warnings_are_single(city: &City) -> Result<(), Broken> {
    let broken = |what| Err(Broken { invariant: "INV-04", what });
    let mut causes = std::collections::BTreeSet::new();
    for warning in city.state.warnings.values() {
        if !causes.insert(warning.cause) {
            return broken(format!("two open warnings for {:?}", warning.cause));
        }
        let known = city.state.watches.get(&warning.cause).and_then(|watch| watch.warning);
        if known != Some(warning.id) {
            return broken(format!("warning {} is not known to its watch", warning.id.0));
        }
        if warning.level == Level::Normal || warning.closed_at.is_some() {
            return broken(format!("warning {} is open without a level", warning.id.0));
        }
        if warning.grouped_in.is_some() && warning.level == Level::Critical {
            return broken(format!("critical {} is grouped", warning.id.0));
        }
    }
    Ok(())
}

/// INV-10: a zone or indicator at critical has an active critical warning (or one out of service on its way back), and
/// no group looks better than its worst member.
pub fn risk_is_shown(city: &City) -> Result<(), Broken> {
    let broken = |what| Err(Broken { invariant: "INV-10", what });
    let Some(home) = city.home.as_deref() else { return Ok(()) };
    for (cause, watch) in city.state.watches.iter() {
        let open = watch.warning.and_then(|id| city.state.warnings.get(&id));
        let warned =
            open.is_some_and(|warning| warning.level == Level::Critical && warning.activity == Activity::Active);
        if watch.evident.level == Level::Critical && !warned {
            return broken(format!("{cause:?} is critical without a warning"));
        }
    }
    for zone in (0..home.site.zones.len()).map(ZoneIx::from) {
        let area = home.zone_areas[zone.index()].iter().map(|ix| &city.state.streams[ix.index()]);
        let worst = area.filter(|stream| stream.health == FeedHealth::Speaking).map(|stream| stream.level).max();
        let shown = crowding(home, &city.state, zone).map(|crowding| crowding.level);
        if shown < worst && shown.is_some() {
            return broken(format!("zone #{} looks better than its area count", zone.0));
        }
    }
    for group in (0..home.site.groups.len()).map(GroupIx::from) {
        let Some(state) = city.group(group) else { continue };
        let members = home.site.groups[group.index()].members.iter().filter_map(|zone| city.zone(*zone));
        if members.map(|zone| zone.level).max() > Some(state.level) {
            return broken(format!("group #{} looks better than a member", group.0));
        }
    }
    Ok(())
}
