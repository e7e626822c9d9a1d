//! How many people are in each zone at each minute: the totals, shared out by how full a place is at 16:00.
//!
//! Not here: how they get there (`gates`, `flow`).
//! Invariant: zones of the core add up to the core's total, zones of the greater area to the area's; a zone closed
//! to pedestrians has none.

use city::{Access, GroupId, MeasureKind, Place, Site, ZoneKind};

use crate::chance::{Chance, Stream, share_out};
use crate::curve::Curve;
use crate::evening::EveningError;
use crate::measures::Spell;
use crate::timeline::{MINUTES, Totals, show_pulse, time_of};

/// The group with the core's zones.
pub(crate) const CORE_GROUP: &str = "waterfront";
/// The group with all zones.
pub(crate) const GREATER_GROUP: &str = "greater";

/// Density on the opened road relative to the core's mean: an assumption.
const ROAD_SHARE: f64 = 0.6;
/// How much of its crowd a place beside an opened road keeps: an assumption.
const RELIEF: f64 = 0.8;
/// How much of its crowd a stair keeps once it is one-way: an assumption.
const ONE_WAY_SHARE: f64 = 0.5;
/// Minutes in which people spread onto an opened road, or a stair empties.
const SPREAD_MIN: f64 = 10.0;
/// Standard deviation of a place's slow wandering around its share, and how much of it is left after a minute.
const WANDER: f64 = 0.025;
const MEMORY: f64 = 0.93;

/// What the targets know of a zone.
#[derive(Clone, Debug)]
struct Ground {
    /// In the core, in the rest of the greater area, or in neither.
    part: Option<Part>,
    /// Its pull on people when open, in people at 16:00.
    pull: f64,
    kind: ZoneKind,
    /// Closed to pedestrians at first.
    road: bool,
    /// The measures that open it, open a road beside it, or make it one-way: positions among the spells.
    opens: Vec<usize>,
    relieved_by: Vec<usize>,
    one_way_by: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Core,
    Rest,
}

/// People in each zone at each minute from 16:00 to 23:00.
pub(crate) fn targets(site: &Site, spells: &[Spell], seed: u64) -> Result<Vec<Vec<u32>>, EveningError> {
    let grounds = survey(site, spells)?;
    let totals = Totals::new();
    let stair_surge = Curve::through(&[(0.0, 1.0), (60.0, 1.03), (110.0, 1.12), (170.0, 1.05), (240.0, 1.0)]);
    let mut chance = Chance::new(seed, Stream::Places);
    let mut wander = vec![0.0; grounds.len()];
    let mut rows = Vec::with_capacity(MINUTES + 1);
    for minute in 0..=MINUTES {
        if minute > 0 {
            for offset in &mut wander {
                *offset = *offset * MEMORY + chance.normal() * step_sd();
            }
        }
        let pull = |(ground, offset): (&Ground, &f64)| {
            let surge = if matches!(ground.kind, ZoneKind::Stair | ZoneKind::Landing) {
                stair_surge.at(minute as f64)
            } else {
                1.0
            };
            ground.weight(spells, minute) * surge * (1.0 + offset)
        };
        let weights: Vec<f64> = grounds.iter().zip(&wander).map(pull).collect();
        let core = totals.core(minute);
        let rest = totals.greater(minute).saturating_sub(core);
        rows.push(share(&grounds, &weights, [core, rest]));
    }
    Ok(rows)
}

/// The step that keeps the wandering at its standard deviation.
fn step_sd() -> f64 {
    WANDER * (1.0 - MEMORY * MEMORY).sqrt()
}

fn share(grounds: &[Ground], weights: &[f64], [core, rest]: [u32; 2]) -> Vec<u32> {
    let of = |part: Part| -> Vec<f64> {
        grounds
            .iter()
            .zip(weights)
            .map(|(ground, weight)| if ground.part == Some(part) { *weight } else { 0.0 })
            .collect()
    };
    let (core, rest) = (share_out(core, &of(Part::Core)), share_out(rest, &of(Part::Rest)));
    core.into_iter().zip(rest).map(|(core, rest)| core + rest).collect()
}

impl Ground {
    /// Its pull in `minute`, before its own wandering.
    fn weight(&self, spells: &[Spell], minute: usize) -> f64 {
        let extent =
            |by: &[usize]| by.iter().map(|index| spells[*index].extent(time_of(minute), SPREAD_MIN)).fold(0.0, f64::max);
        if self.road {
            return self.pull * extent(&self.opens);
        }
        let relief = 1.0 - (1.0 - RELIEF) * extent(&self.relieved_by);
        let one_way = 1.0 - (1.0 - ONE_WAY_SHARE) * extent(&self.one_way_by);
        // While a show runs, people stand where they can see it.
        let show = if self.kind == ZoneKind::Standing && show_pulse(minute) < 1.0 { 1.02 } else { 1.0 };
        self.pull * relief * one_way * show
    }
}

fn survey(site: &Site, spells: &[Spell]) -> Result<Vec<Ground>, EveningError> {
    let members = |id: &str| -> Result<Vec<usize>, EveningError> {
        let ix = site.group_ix(&GroupId::from(id)).ok_or_else(|| EveningError::NoGroup { id: id.to_owned() })?;
        Ok(site.groups[ix.index()].members.iter().map(|zone| zone.index()).collect())
    };
    let (core, greater) = (members(CORE_GROUP)?, members(GREATER_GROUP)?);
    if let Some(zone) = core.iter().find(|zone| !greater.contains(zone)) {
        return Err(EveningError::CoreOutside { zone: site.zones[*zone].id.to_string() });
    }
    let walkable = |zone: usize| site.zones[zone].access == Access::Pedestrian;
    let people: f64 =
        core.iter().filter(|zone| walkable(**zone)).map(|zone| site.zones[*zone].initial.value.people).sum();
    let area = |zone: usize| site.zones[zone].area_m2.as_ref().map_or(0.0, |area| area.value);
    let core_area: f64 = core.iter().filter(|zone| walkable(**zone)).map(|zone| area(*zone)).sum();
    let road_pull = |zone: usize| if core_area > 0.0 { area(zone) * people / core_area * ROAD_SHARE } else { 0.0 };
    let ground = |index: usize| {
        let road = !walkable(index);
        Ground {
            part: match (core.contains(&index), greater.contains(&index)) {
                (true, _) => Some(Part::Core),
                (_, true) => Some(Part::Rest),
                _ => None,
            },
            pull: if road { road_pull(index) } else { site.zones[index].initial.value.people },
            kind: site.zones[index].kind,
            road,
            opens: acting(spells, |target| is_zone(target, index)),
            relieved_by: acting(spells, |target| !road && is_beside(site, target, index)),
            one_way_by: acting_one_way(site, spells, index),
        }
    };
    Ok((0..site.zones.len()).map(ground).collect())
}

/// The spells with a target of which `acts` is true.
fn acting(spells: &[Spell], acts: impl Fn(Place) -> bool) -> Vec<usize> {
    let acts = |spell: &Spell| spell.kind == MeasureKind::OpenRoad && spell.targets.iter().any(|target| acts(*target));
    spells.iter().enumerate().filter(|(_, spell)| acts(spell)).map(|(index, _)| index).collect()
}

fn is_zone(target: Place, zone: usize) -> bool {
    matches!(target, Place::Zone(ix) if ix.index() == zone)
}

/// True when a link joins the zone with the target.
fn is_beside(site: &Site, target: Place, zone: usize) -> bool {
    let joins = |from: usize, to: usize| is_zone(target, from) && to == zone || is_zone(target, to) && from == zone;
    site.links.iter().any(|link| joins(link.from.index(), link.to.index()))
}

/// A stair is one-way by a measure on a link of it.
fn acting_one_way(site: &Site, spells: &[Spell], zone: usize) -> Vec<usize> {
    if !matches!(site.zones[zone].kind, ZoneKind::Stair | ZoneKind::Landing) {
        return Vec::new();
    }
    let touches = |target: &Place| match target {
        Place::Link(ix) => {
            let link = &site.links[ix.index()];
            link.from.index() == zone || link.to.index() == zone
        }
        _ => false,
    };
    let acts = |spell: &Spell| spell.kind == MeasureKind::OneWay && spell.targets.iter().any(touches);
    spells.iter().enumerate().filter(|(_, spell)| acts(spell)).map(|(index, _)| index).collect()
}
