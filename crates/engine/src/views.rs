//! What a screen shows: zones, groups, datastreams and measures as views of the state.
//!
//! Not here: the wire form (api).
//! Invariant: no number of people without its interval; nothing unknown looks fine.

use city::{
    Access, DatastreamIx, DatastreamState, FeedHealth, GroupIx, GroupState, Knowledge, Level, LevelOfService,
    MeasureIx, MeasureView, OfficerView, Place, RatioState, Role, Site, ZoneIx, ZoneState,
};

use crate::estimate::balance::{group_spread, phone_ratio};
use crate::index::Home;
use crate::occupancy::{Shown, knowledge};
use crate::state::{City, State};

/// What the density of a zone amounts to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Crowding {
    /// The densest part's density by the estimate or, if higher, by the latest fresh area count, people/m².
    pub(crate) peak_per_m2: f64,
    /// Its level.
    pub(crate) level: Level,
}

/// The density that judges a zone; `None` without an area or without anything heard.
///
/// The estimate averages; an area count that shows more danger stands by itself as long as its feed speaks (INV-10).
pub(crate) fn crowding(home: &Home, state: &State, zone: ZoneIx) -> Option<Crowding> {
    let config = &home.site.zones[zone.index()];
    let area_m2 = config.area_m2.as_ref()?.value;
    let shown = state.stocks[zone.index()].shown?;
    let fresh = home.zone_areas[zone.index()].iter().filter_map(|ix| {
        let stream = &state.streams[ix.index()];
        if stream.health == FeedHealth::Speaking { stream.number } else { None }
    });
    let people = fresh.fold(shown.people, f64::max);
    let peak_per_m2 = people / area_m2 * config.peak_factor;
    Some(Crowding { peak_per_m2, level: config.ladder.value.level(peak_per_m2) })
}

/// What is known of a zone: nothing before it was judged once, then what its feeds make of it.
fn zone_knowledge(home: &Home, state: &State, zone: ZoneIx) -> Knowledge {
    match state.stocks[zone.index()].shown {
        Some(_) => knowledge(state, home.streams_of(zone)),
        None => Knowledge::Unknown,
    }
}

/// A group's people: the sum over its members that were heard of, as sure as its basin is, and how many are unknown.
///
/// A member whose feeds fell silent stays in the sum: the people are still there, and the interval says how sure that
/// is. A group that is no basin errs by its members' errors, half of them independent and half of them in line.
pub(crate) fn group_people(home: &Home, state: &State, group: GroupIx) -> (Shown, u32) {
    let (mut sum, mut variance, mut line, mut unknown) = (Shown::default(), 0.0, 0.0, 0);
    for zone in &home.site.groups[group.index()].members {
        unknown += u32::from(zone_knowledge(home, state, *zone) == Knowledge::Unknown);
        if let Some(shown) = state.stocks[zone.index()].shown {
            sum.people += shown.people;
            sum.hidden += shown.hidden;
            variance += shown.sd * shown.sd;
            line += shown.sd;
            sum.as_of = sum.as_of.max(shown.as_of);
        }
    }
    sum.sd = libm::sqrt(0.5 * (variance + line * line));
    if let Some(spread) = group_spread((home, state), group, sum.people) {
        sum.sd = spread.sd;
    }
    (sum, unknown)
}

/// The level of a zone: of its density or of a word from the street, whichever is worse.
fn zone_level(home: &Home, state: &State, zone: ZoneIx) -> Level {
    let density = crowding(home, state, zone).map_or(Level::Normal, |crowding| crowding.level);
    density.max(state.worst_word(Place::Zone(zone)).map_or(Level::Normal, |(level, _)| level))
}

impl City {
    /// A zone now.
    pub fn zone(&self, zone: ZoneIx) -> Option<ZoneState> {
        let home = self.home.as_deref()?;
        let config = home.site.zones.get(zone.index())?;
        let stock = &self.state.stocks[zone.index()];
        let knowledge = zone_knowledge(home, &self.state, zone);
        let shown = stock.shown.filter(|_| knowledge != Knowledge::Unknown);
        let occupancy = shown.map(|shown| shown.occupancy());
        let area_m2 = config.area_m2.as_ref().map(|area| area.value);
        let density = occupancy.zip(area_m2).map(|(occupancy, area_m2)| occupancy.people / area_m2);
        let (in_per_min, out_per_min) = self.flows_per_min(home, zone);
        Some(ZoneState {
            zone,
            knowledge,
            occupancy,
            density_per_m2: density,
            peak_density_per_m2: density.map(|density| density * config.peak_factor),
            level_of_service: density.map(LevelOfService::of),
            level: zone_level(home, &self.state, zone),
            in_per_min,
            out_per_min,
            as_of: stock.shown.and_then(|shown| shown.as_of),
            open: config.access == Access::Pedestrian || self.is_opened(zone),
            officer: self.state.officer(zone).map(|(lower, upper, at, until)| OfficerView { lower, upper, at, until }),
        })
    }

    /// People entering and leaving a zone per minute, by the latest counts of the lines that speak.
    fn flows_per_min(&self, home: &Home, zone: ZoneIx) -> (f64, f64) {
        let mut per_min = [0.0, 0.0];
        for line in &home.zone_lines[zone.index()] {
            let stream = &self.state.streams[line.stream.index()];
            if stream.health == FeedHealth::Speaking {
                let config = &home.site.datastreams[line.stream.index()];
                per_min[line.side] += stream.rate_per_s(config) / stream.rate.reads * 60.0;
            }
        }
        (per_min[0], per_min[1])
    }

    /// A group now.
    pub fn group(&self, group: GroupIx) -> Option<GroupState> {
        let home = self.home.as_deref()?;
        let config = home.site.groups.get(group.index())?;
        let (sum, unknown_members) = group_people(home, &self.state, group);
        let members = config.members.iter();
        let least = members.clone().map(|zone| zone_knowledge(home, &self.state, *zone)).min();
        let worst = members.map(|zone| zone_level(home, &self.state, *zone)).max().unwrap_or_default();
        let any_known = (unknown_members as usize) < config.members.len();
        let occupancy = any_known.then(|| sum.occupancy());
        let people = config.people.as_ref().map_or(Level::Normal, |ladder| ladder.value.level(sum.people));
        let word = self.state.worst_word(Place::Group(group)).map_or(Level::Normal, |(level, _)| level);
        let level = worst.max(people).max(word);
        Some(GroupState { group, knowledge: least.unwrap_or_default(), occupancy, level, unknown_members })
    }

    /// A datastream now.
    pub fn datastream(&self, datastream: DatastreamIx) -> Option<DatastreamState> {
        let stream = self.state.streams.get(datastream.index())?;
        let home = self.home.as_deref()?;
        let latest = stream.latest;
        Some(DatastreamState {
            datastream,
            phenomenon_time: latest.map(|latest| latest.phenomenon_time),
            result_time: latest.map(|latest| latest.result_time),
            result: latest.and_then(|latest| latest.result),
            level: stream.level,
            health: stream.health,
            since: stream.since,
            tally: stream.tally,
            findings: stream.findings.clone(),
            reads_per_person: self.reads_per_person(home, datastream),
        })
    }

    /// What a datastream reads for each person, as learned; nothing for an indicator.
    fn reads_per_person(&self, home: &Home, datastream: DatastreamIx) -> Option<RatioState> {
        let rate = &self.state.streams[datastream.index()].rate;
        match home.site.datastreams[datastream.index()].role {
            Role::Indicator => None,
            Role::GateCount { .. } | Role::LinkCount { .. } => Some(rate.view(1.0, 0.0)),
            Role::AreaCount { .. } => {
                let family = self.state.families.get(home.family_of[datastream.index()]).copied().unwrap_or_default();
                Some(rate.view(family.factor, family.variance))
            }
            Role::GroupCount { .. } => {
                Some(phone_ratio((home, &self.state), datastream).unwrap_or_else(|| rate.view(1.0, 0.0)))
            }
        }
    }

    /// A measure now.
    pub fn measure(&self, measure: MeasureIx) -> Option<MeasureView> {
        let (state, since) = *self.state.measures.get(measure.index())?;
        Some(MeasureView { measure, state, since })
    }

    /// Every zone, in the site's order.
    pub fn zones(&self) -> impl Iterator<Item = ZoneState> + '_ {
        let count = self.site().map_or(0, |site: &Site| site.zones.len());
        (0..count).filter_map(|ix| self.zone(ix.into()))
    }
}
