//! Tables derived from a site once: which streams touch which zones, which console hears what.
//!
//! Not here: any state.
//! Invariant: a function of the site alone, so it is in no snapshot and in no hash.

use std::sync::Arc;

use city::{
    ConsoleIx, ConsoleRole, DatastreamIx, DepartmentIx, Escalation, GateFlow, GroupIx, LinkFlow, Place, Role, Site,
    Span, ZoneIx,
};

use crate::estimate::basin::{BasinAt, basins, families};
use crate::estimate::layout::{Layout, Tables, layouts};
use crate::precursor::ways::Ways;
use crate::rows::Rows;
use crate::stream::interval;

/// A site with its derived tables.
#[derive(Debug)]
pub(crate) struct Home {
    /// The site.
    pub(crate) site: Arc<Site>,
    /// By datastream: the zones its counts enter and leave.
    pub(crate) lines: Vec<Line>,
    /// By zone: the counting lines that touch it.
    pub(crate) zone_lines: Rows<ZoneLine>,
    /// By zone: the area counts of it.
    pub(crate) zone_areas: Rows<DatastreamIx>,
    /// By zone: the lines and area counts of it, in this order.
    zone_streams: Rows<DatastreamIx>,
    /// By datastream: the length of the interval a result is about.
    pub(crate) intervals: Vec<Span>,
    /// By zone: the groups it is in.
    pub(crate) zone_groups: Rows<GroupIx>,
    /// By zone: the states of its filter.
    pub(crate) layouts: Vec<Layout>,
    /// By datastream: the states its rate has in the zone it enters and the one it leaves.
    pub(crate) line_states: Vec<[usize; 2]>,
    /// The whole site and its groups as numbers of people.
    pub(crate) basins: Vec<BasinAt>,
    /// By datastream: the basins whose border it counts, into (0) or out of (1).
    pub(crate) line_basins: Rows<(usize, usize)>,
    /// By zone: the basins it is in.
    pub(crate) zone_basins: Rows<usize>,
    /// By group: its basin, if it is one.
    pub(crate) group_basins: Vec<Option<usize>>,
    /// By datastream: its family among area counts.
    pub(crate) family_of: Vec<usize>,
    /// How many families there are.
    pub(crate) families: usize,
    /// Zones that are locked at times.
    pub(crate) locked: Vec<ZoneIx>,
    /// The ways out of places.
    pub(crate) ways: Ways,
    /// By department: the console that hears its warnings first.
    consoles: Vec<ConsoleIx>,
    /// The end of every escalation.
    pub(crate) commander: ConsoleIx,
}

/// Where a counting line puts people and takes them from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Line {
    /// They enter this zone.
    pub(crate) into: Option<ZoneIx>,
    /// They leave this zone.
    pub(crate) out_of: Option<ZoneIx>,
}

/// A counting line as one of its zones sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ZoneLine {
    /// The datastream.
    pub(crate) stream: DatastreamIx,
    /// 0 when people enter the zone by it, 1 when they leave.
    pub(crate) side: usize,
}

impl Home {
    /// The tables of `site`; `None` if it is unsound or a number in it cannot be reckoned with.
    pub(crate) fn new(site: Arc<Site>) -> Option<Self> {
        if !site.is_sound() || !has_usable_numbers(&site) {
            return None;
        }
        let mut zone_lines = vec![Vec::new(); site.zones.len()];
        let mut zone_areas = vec![Vec::new(); site.zones.len()];
        let mut zone_groups = vec![Vec::new(); site.zones.len()];
        let mut lines = Vec::with_capacity(site.datastreams.len());
        for (ix, stream) in site.datastreams.iter().enumerate() {
            let line = line(&site, stream.role);
            for (side, zone) in [line.into, line.out_of].into_iter().enumerate() {
                if let Some(zone) = zone {
                    zone_lines[zone.index()].push(ZoneLine { stream: ix.into(), side });
                }
            }
            if let Role::AreaCount { zone } = stream.role {
                zone_areas[zone.index()].push(DatastreamIx::from(ix));
            }
            lines.push(line);
        }
        for (ix, group) in site.groups.iter().enumerate() {
            for zone in &group.members {
                zone_groups[zone.index()].push(GroupIx::from(ix));
            }
        }
        let consoles = (0..site.departments.len()).map(|ix| console_of(&site, ix.into())).collect();
        let commander = commander(&site);
        let tables = Tables { site: &site, lines: &lines, zone_lines: &zone_lines, zone_areas: &zone_areas };
        let (layouts, line_states) = layouts(&tables);
        let (family_of, families) = families(&site);
        let basins = basins(&tables, families);
        let mut line_basins = vec![Vec::new(); site.datastreams.len()];
        let mut zone_basins = vec![Vec::new(); site.zones.len()];
        for (ix, basin) in basins.iter().enumerate() {
            basin.lines.iter().for_each(|(line, side)| line_basins[line.index()].push((ix, *side)));
            basin.members.iter().for_each(|zone| zone_basins[zone.index()].push(ix));
        }
        let basin_of = |group: usize| basins.iter().position(|at| at.group == Some(group.into()));
        let group_basins = (0..site.groups.len()).map(basin_of).collect();
        let is_locked = |ix: &usize| site.zones[*ix].locked.is_some();
        let locked = (0..site.zones.len()).filter(is_locked).map(ZoneIx::from).collect();
        let ways = Ways::new(&site);
        let streams_of = |(lines, areas): (&Vec<ZoneLine>, &Vec<DatastreamIx>)| {
            lines.iter().map(|line| line.stream).chain(areas.iter().copied()).collect()
        };
        let zone_streams: Vec<Vec<DatastreamIx>> = zone_lines.iter().zip(&zone_areas).map(streams_of).collect();
        let intervals = site.datastreams.iter().map(interval).collect();
        Some(Self {
            site,
            lines,
            zone_lines: zone_lines.into(),
            zone_areas: zone_areas.into(),
            zone_streams: zone_streams.into(),
            intervals,
            zone_groups: zone_groups.into(),
            layouts,
            line_states,
            basins,
            line_basins: line_basins.into(),
            zone_basins: zone_basins.into(),
            group_basins,
            family_of,
            families,
            locked,
            ways,
            consoles,
            commander,
        })
    }

    /// The console that hears warnings of `place` first.
    pub(crate) fn console(&self, place: Place) -> ConsoleIx {
        let department = match place {
            Place::Datastream(ix) => self.site.datastreams.get(ix.index()).map(|stream| stream.department),
            _ => None,
        };
        let department = department.unwrap_or(self.site.lead);
        self.consoles.get(department.index()).copied().unwrap_or_default()
    }

    /// Where a warning goes whose console is gone: the lead's first console, or the commander's if it was there.
    pub(crate) fn fallback(&self, escalation: Escalation) -> ConsoleIx {
        if escalation == Escalation::Commander { self.commander } else { self.console(Place::Site) }
    }

    /// The duty console after `console`, round the table; the commander's if there is no other.
    pub(crate) fn next_console(&self, console: ConsoleIx) -> ConsoleIx {
        let count = self.site.consoles.len();
        (1..count)
            .map(|step| (console.index() + step) % count)
            .find(|ix| self.site.consoles[*ix].role == ConsoleRole::Duty)
            .map_or(self.commander, ConsoleIx::from)
    }

    /// The zones a stream tells of.
    pub(crate) fn zones_of(&self, stream: DatastreamIx) -> impl Iterator<Item = ZoneIx> + use<> {
        let line = self.lines.get(stream.index()).copied().unwrap_or_default();
        let area = match self.site.datastreams.get(stream.index()).map(|stream| stream.role) {
            Some(Role::AreaCount { zone }) => Some(zone),
            _ => None,
        };
        [line.into, line.out_of, area].into_iter().flatten()
    }

    /// Every stream that tells of a zone.
    pub(crate) fn streams_of(&self, zone: ZoneIx) -> impl Iterator<Item = DatastreamIx> + '_ {
        self.zone_streams.get(zone.index()).iter().copied()
    }
}

/// Where a stream's counts go.
fn line(site: &Site, role: Role) -> Line {
    match role {
        Role::GateCount { gate, flow: GateFlow::In } => {
            Line { into: Some(site.gates[gate.index()].zone), out_of: None }
        }
        Role::GateCount { gate, flow: GateFlow::Out } => {
            Line { into: None, out_of: Some(site.gates[gate.index()].zone) }
        }
        Role::LinkCount { link, flow } => {
            let link = &site.links[link.index()];
            match flow {
                LinkFlow::Forward => Line { into: Some(link.to), out_of: Some(link.from) },
                LinkFlow::Backward => Line { into: Some(link.from), out_of: Some(link.to) },
            }
        }
        Role::AreaCount { .. } | Role::GroupCount { .. } | Role::Indicator => Line::default(),
    }
}

/// The first duty console of a department, else the first duty console, else the first.
fn console_of(site: &Site, department: DepartmentIx) -> ConsoleIx {
    let duty = |role| role == ConsoleRole::Duty;
    let own = site.consoles.iter().position(|console| duty(console.role) && console.departments.contains(&department));
    own.or_else(|| site.consoles.iter().position(|console| duty(console.role))).unwrap_or(0).into()
}

/// The commander's console, else the last.
fn commander(site: &Site) -> ConsoleIx {
    let found = site.consoles.iter().position(|console| console.role == ConsoleRole::Commander);
    found.unwrap_or(site.consoles.len().saturating_sub(1)).into()
}

/// Whether every number the engine reckons with is finite and in its range.
fn has_usable_numbers(site: &Site) -> bool {
    let share = |value: f64| (0.0..=1.0).contains(&value);
    let amount = |value: f64| value.is_finite() && value >= 0.0;
    site.zones.iter().all(|zone| {
        amount(zone.initial.value.people)
            && amount(zone.initial.value.sd)
            && zone.peak_factor.is_finite()
            && share(zone.unmeasured_share)
            && zone.area_m2.as_ref().is_none_or(|area| area.value.is_finite() && area.value > 0.0)
    }) && site.datastreams.iter().all(|stream| {
        let ratio = stream.reads_per_person;
        share(stream.error_share)
            && ratio.mean.is_finite()
            && ratio.mean > 0.0
            && amount(ratio.sd)
            && stream.levels.as_ref().is_none_or(|levels| levels.oriented(0.0).0.is_rising())
    }) && site.groups.iter().all(|group| group.people.as_ref().is_none_or(|people| people.value.is_rising()))
        && share(site.rules.clear_ratio)
}
