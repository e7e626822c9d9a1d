//! Where everything of one site is in the next: positions translated by id.
//!
//! Not here: the state that moves (carry).
//! Invariant: no two positions of the old site have the same place in the new one.

use std::collections::BTreeMap;

use city::{
    Cause, CauseKind, ConsoleIx, DatastreamIx, GateIx, GroupIx, LevelUse, LinkIx, MeasureIx, Place, Role, ZoneIx,
};

use crate::index::Home;
use crate::precursor;

/// By position in the old site: the position in the new one, if the id is still there.
pub(crate) struct Moved {
    zones: Vec<Option<ZoneIx>>,
    groups: Vec<Option<GroupIx>>,
    links: Vec<Option<LinkIx>>,
    gates: Vec<Option<GateIx>>,
    datastreams: Vec<Option<DatastreamIx>>,
    measures: Vec<Option<MeasureIx>>,
    consoles: Vec<Option<ConsoleIx>>,
    /// Datastreams that tell the same of the same as before.
    carried: Vec<Option<DatastreamIx>>,
}

/// Positions of the old ids among the new ones; of an id that is there twice the first counts.
fn by_id<'a, Id: Ord + 'a, Ix: From<usize>>(
    old: impl Iterator<Item = &'a Id>,
    new: impl Iterator<Item = &'a Id>,
) -> Vec<Option<Ix>> {
    let mut places = BTreeMap::new();
    for (ix, id) in new.enumerate() {
        places.entry(id).or_insert(ix);
    }
    old.map(|id| places.remove(id).map(Ix::from)).collect()
}

macro_rules! by_ids {
    ($old:expr, $new:expr, $table:ident) => {
        by_id($old.site.$table.iter().map(|item| &item.id), $new.site.$table.iter().map(|item| &item.id))
    };
}

/// The new position of an old one.
fn at<Ix: Copy>(table: &[Option<Ix>], ix: usize) -> Option<Ix> {
    table.get(ix).copied().flatten()
}

impl Moved {
    /// From one site to the next.
    pub(crate) fn new(old: &Home, new: &Home) -> Self {
        let mut moved = Self {
            zones: by_ids!(old, new, zones),
            groups: by_ids!(old, new, groups),
            links: by_ids!(old, new, links),
            gates: by_ids!(old, new, gates),
            datastreams: by_ids!(old, new, datastreams),
            measures: by_ids!(old, new, measures),
            consoles: by_ids!(old, new, consoles),
            carried: Vec::new(),
        };
        let same = |(ix, to): (usize, &Option<DatastreamIx>)| to.filter(|to| moved.tells_the_same(old, new, (ix, *to)));
        moved.carried = moved.datastreams.iter().enumerate().map(same).collect();
        moved
    }

    /// Whether a datastream's results mean what they meant: same role and zones, interval and unit.
    fn tells_the_same(&self, old: &Home, new: &Home, (from, to): (usize, DatastreamIx)) -> bool {
        let (was, is) = (&old.site.datastreams[from], &new.site.datastreams[to.index()]);
        let role = match was.role {
            Role::GateCount { gate, flow } => at(&self.gates, gate.index()).map(|gate| Role::GateCount { gate, flow }),
            Role::LinkCount { link, flow } => at(&self.links, link.index()).map(|link| Role::LinkCount { link, flow }),
            Role::AreaCount { zone } => self.zone(zone).map(|zone| Role::AreaCount { zone }),
            Role::GroupCount { group } => self.group(group).map(|group| Role::GroupCount { group }),
            Role::Indicator => Some(Role::Indicator),
        };
        let (line, new_line) = (old.lines[from], new.lines[to.index()]);
        let same_zone = |was: Option<ZoneIx>, is: Option<ZoneIx>| was.map(|was| self.zone(was)) == is.map(Some);
        role == Some(is.role)
            && was.interval_s == is.interval_s
            && was.unit == is.unit
            && same_zone(line.into, new_line.into)
            && same_zone(line.out_of, new_line.out_of)
    }

    /// A zone's new position.
    pub(crate) fn zone(&self, zone: ZoneIx) -> Option<ZoneIx> {
        at(&self.zones, zone.index())
    }

    /// A group's.
    pub(crate) fn group(&self, group: GroupIx) -> Option<GroupIx> {
        at(&self.groups, group.index())
    }

    /// A datastream's, whatever it tells now.
    pub(crate) fn datastream(&self, datastream: DatastreamIx) -> Option<DatastreamIx> {
        at(&self.datastreams, datastream.index())
    }

    /// A datastream's, if its state still means something.
    pub(crate) fn carried(&self, datastream: DatastreamIx) -> Option<DatastreamIx> {
        at(&self.carried, datastream.index())
    }

    /// A measure's.
    pub(crate) fn measure(&self, measure: MeasureIx) -> Option<MeasureIx> {
        at(&self.measures, measure.index())
    }

    /// A console's.
    pub(crate) fn console(&self, console: ConsoleIx) -> Option<ConsoleIx> {
        at(&self.consoles, console.index())
    }

    /// A place's.
    pub(crate) fn place(&self, place: Place) -> Option<Place> {
        match place {
            Place::Zone(ix) => self.zone(ix).map(Place::Zone),
            Place::Group(ix) => self.group(ix).map(Place::Group),
            Place::Link(ix) => at(&self.links, ix.index()).map(Place::Link),
            Place::Gate(ix) => at(&self.gates, ix.index()).map(Place::Gate),
            Place::Datastream(ix) => self.datastream(ix).map(Place::Datastream),
            Place::Site => Some(Place::Site),
        }
    }

    /// A cause's.
    pub(crate) fn cause(&self, cause: Cause) -> Option<Cause> {
        self.place(cause.place).map(|place| Cause { place, kind: cause.kind })
    }

    /// Whether the new site still judges a cause of the old one: its place is there and something tells of it.
    pub(crate) fn is_judged(&self, new: &Home, cause: Cause) -> bool {
        let is_measured = |zone: ZoneIx| new.streams_of(zone).next().is_some();
        match (cause.kind, cause.place, self.place(cause.place)) {
            (_, _, None) => false,
            (CauseKind::Density, _, Some(Place::Zone(zone))) => {
                new.site.zones[zone.index()].area_m2.is_some() && is_measured(zone)
            }
            (CauseKind::People, _, Some(Place::Group(group))) => {
                let group = &new.site.groups[group.index()];
                group.people.is_some() && group.members.iter().copied().any(is_measured)
            }
            (CauseKind::Indicator, _, Some(Place::Datastream(ix))) => {
                let stream = &new.site.datastreams[ix.index()];
                let warns = stream.levels.as_ref().is_some_and(|levels| levels.purpose == LevelUse::Warn);
                !matches!(stream.role, Role::AreaCount { .. }) && warns
            }
            (CauseKind::Silent, Place::Datastream(was), Some(_)) => {
                self.carried(was).is_some_and(|ix| new.site.datastreams[ix.index()].silent_after_s > 0)
            }
            (CauseKind::Check, Place::Datastream(was), Some(_)) => self.carried(was).is_some(),
            (kind, _, Some(place)) if precursor::KINDS.contains(&kind) => new.judges_precursor(Cause { place, kind }),
            _ => true,
        }
    }

    /// By new position: zones of both sites that other datastreams tell of than before.
    pub(crate) fn fed_otherwise(&self, old: &Home, new: &Home) -> Vec<ZoneIx> {
        let carried: std::collections::BTreeSet<DatastreamIx> = self.carried.iter().flatten().copied().collect();
        let both = (0..old.site.zones.len()).map(ZoneIx::from).filter_map(|was| self.zone(was).map(|is| (was, is)));
        let mut changed: Vec<ZoneIx> = both
            .filter(|(was, is)| {
                old.streams_of(*was).any(|ix| self.carried(ix).is_none())
                    || new.streams_of(*is).any(|ix| !carried.contains(&ix))
            })
            .map(|(_, is)| is)
            .collect();
        changed.sort_unstable();
        changed
    }
}
