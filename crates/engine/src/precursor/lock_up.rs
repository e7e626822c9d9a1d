//! Lock-up: opposing flows on a stair that stop each other; neither passes, and people press in from both sides.
//!
//! Not here: a stair that only passes less than arrives (`held_back`).
//! Invariant: a stair that empties, or that a measure closes, has not locked; a lock is critical the moment it is seen.

use city::{DatastreamIx, FigureKind, Level, MeasureKind, Place, ZoneIx};

use super::memory::EMPTYING_SHARE_PER_MIN;
use super::ways::{Exit, Stair};
use super::{Margin, STRICT, Sign, figure};
use crate::turn::Turn;

/// A flow has collapsed when it is below this share of what it was in the last ten minutes.
pub const LOCKED_SHARE: f64 = 0.4;

/// Hardly anyone comes in any more below this share of the usual.
const SHUT_SHARE: f64 = 0.6;

/// A flow below this is none that another could lock with, people per metre and second.
const FLOWING_PER_M_S: f64 = 0.04;

/// A camera that reads less than this share of a density sees that it is not there: two standard deviations of one.
const CAMERA_SHARE: f64 = 0.8;

/// Three minutes ago the stair was no denser than now divided by this.
const NOT_EMPTYING: f64 = 0.9;

/// People who leave by one exit, or come in by it.
#[derive(Clone, Copy)]
struct Current {
    now: f64,
    usual: f64,
    /// Whether there is usually enough of it to oppose another.
    flows: bool,
}

impl Current {
    /// Hardly anyone passes any more; what was never there has nothing to lose.
    fn is_down(self, margin: Margin) -> bool {
        self.now <= margin.at_most(LOCKED_SHARE) * self.usual || !self.flows && self.now <= self.usual
    }
}

impl Turn<'_> {
    /// Whether the stair that is named by `place` has locked.
    pub(super) fn lock_up(&self, place: Place) -> Option<Sign> {
        let stair = self.home.ways.stair_at(place)?;
        if ![STRICT, self.clear_margin()].into_iter().any(|margin| self.may_be_full(stair, margin)) {
            return None;
        }
        let inside = stair
            .inside
            .iter()
            .filter_map(|section| self.both_ways(section))
            .find(|ways| ways.iter().all(|current| current.flows && current.is_down(self.clear_margin())));
        let currents = match inside {
            Some(section) => section,
            None => self.currents(stair)?,
        };
        if currents.iter().filter(|current| current.flows).count() < 2 {
            return None;
        }
        let holds = |margin: Margin| {
            currents.iter().all(|current| current.is_down(margin))
                && (self.is_packed(stair, Level::Critical, margin)
                    || self.is_shut(stair, margin)
                        && (self.is_packed(stair, Level::Warning, margin) || self.fills_on_both_sides(stair, margin)))
        };
        let (level, held) = self.graded(Level::Critical, holds);
        if held == Level::Normal || self.is_closed(stair) {
            return None;
        }
        let (now, usual) = currents.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.now, sum.1 + one.usual));
        let share = if usual > 0.0 { now / usual } else { 0.0 };
        let densest = stair.zones.iter().filter_map(|zone| self.peak_now(*zone)).fold(0.0, f64::max);
        let figures = vec![
            figure(FigureKind::ForwardPerS, currents.first().map_or(0.0, |current| current.now)),
            figure(FigureKind::BackwardPerS, currents.get(1).map_or(0.0, |current| current.now)),
            figure(FigureKind::Expected, usual),
            figure(FigureKind::Share, share),
            figure(FigureKind::DensityPerM2, densest),
        ];
        Some(Sign { level, held, value: share, threshold: LOCKED_SHARE, figures })
    }

    /// Whether a measure closes a stair or a part of it.
    fn is_closed(&self, stair: &Stair) -> bool {
        let links = stair.links.iter().map(|link| Place::Link(*link));
        let zones = stair.zones.iter().map(|zone| Place::Zone(*zone));
        links.chain(zones).any(|place| self.is_in_force(MeasureKind::Close, place))
    }

    /// Whether the line counts a stair that is locked.
    pub(super) fn is_locked(&self, line: DatastreamIx) -> bool {
        let Some(stair) = self.home.ways.stair_of_line[line.index()] else { return false };
        let place = self.home.ways.stairs[stair].place;
        let cause = city::Cause { place, kind: city::CauseKind::LockUp };
        self.state.watches.get(&cause).is_some_and(|watch| watch.evident.held > Level::Normal)
    }

    /// What passes through a stair, each way: people who leave by each counted exit; with one counted exit those who
    /// come in by it too. `None` unless it is counted, fresh and known for long enough.
    fn currents(&self, stair: &Stair) -> Option<Vec<Current>> {
        let counted: Vec<&Exit> = stair.exits.iter().filter(|exit| exit.is_counted()).collect();
        match counted[..] {
            [] => None,
            [only] => self.both_ways(only),
            _ => counted.iter().map(|exit| self.current(exit.leave, exit.width_m)).collect(),
        }
    }

    /// What passes one counted section, each way.
    fn both_ways(&self, section: &Exit) -> Option<Vec<Current>> {
        [section.leave, section.enter].into_iter().map(|line| self.current(line, section.width_m)).collect()
    }

    fn current(&self, line: Option<DatastreamIx>, width_m: f64) -> Option<Current> {
        let flow = self.flow(line?)?;
        let usual = flow.usual()?;
        Some(Current { now: flow.brief, usual, flows: usual >= FLOWING_PER_M_S * width_m })
    }

    /// Whether fewer come in, all exits together, than usually do: a stair that takes in what it always does has not locked,
    /// whatever a counter says of those who leave, until it is so dense that it must have.
    fn is_shut(&self, stair: &Stair, margin: Margin) -> bool {
        let lines = stair.exits.iter().filter(|exit| exit.is_counted()).filter_map(|exit| self.flow(exit.enter?));
        let (now, usual) =
            lines.fold((0.0, 0.0), |sum, flow| (sum.0 + flow.brief, sum.1 + flow.usual().unwrap_or(flow.brief)));
        now <= margin.at_most(SHUT_SHARE) * usual
    }

    /// Whether a stair is dense enough to be packed, or it and the place it begins in to fill: the quickest to look at.
    fn may_be_full(&self, stair: &Stair, margin: Margin) -> bool {
        let reaches = |zone: ZoneIx, level: Level| {
            let from = margin.at_least(self.site().zones[zone.index()].ladder.value.threshold(level));
            self.peak_now(zone).unwrap_or(0.0) >= from
        };
        let is_packed = |zone: &ZoneIx| reaches(*zone, Level::Warning) || reaches(*zone, Level::Critical);
        let beside = stair.exits.iter().filter_map(|exit| exit.beyond);
        stair.zones.iter().any(is_packed)
            || stair.zones.iter().copied().chain(beside).all(|zone| reaches(zone, Level::Caution))
    }

    /// Whether the stair itself is at a level or above and does not empty.
    fn is_packed(&self, stair: &Stair, level: Level, margin: Margin) -> bool {
        stair.zones.iter().any(|zone| {
            let Some(density) = self.peak(*zone) else { return false };
            let per_m2 = density.likely;
            let packed_from = self.site().zones[zone.index()].ladder.value.threshold(level);
            let lately = self.state.precursors.trends[zone.index()].lately();
            // A lock that is seen must be there for a camera too, as far as it reads right.
            let is_seen = || density.surely > 0.0 && !self.is_contradicted(*zone, CAMERA_SHARE * packed_from);
            (margin.0 < 1.0 || is_seen())
                && per_m2 >= margin.at_least(packed_from)
                && lately.is_none_or(|lately| per_m2 >= NOT_EMPTYING * lately)
        })
    }

    /// Whether people gather on all sides of the stair.
    fn fills_on_both_sides(&self, stair: &Stair, margin: Margin) -> bool {
        let mut sides: Vec<ZoneIx> = stair.exits.iter().filter_map(|exit| exit.beyond).collect();
        if stair.zones.is_empty()
            && let Place::Link(link) = stair.place
        {
            sides.push(self.site().links[link.index()].from);
        }
        let stays = |zone: ZoneIx| {
            let slope = self.state.precursors.trends[zone.index()].slope();
            let per_m2 = self.peak_now(zone).unwrap_or(0.0);
            let caution = self.site().zones[zone.index()].ladder.value.caution;
            let fills = slope.is_some_and(|slope| {
                slope.is_rising() || margin.0 < 1.0 && slope.per_min > -EMPTYING_SHARE_PER_MIN * per_m2
            });
            per_m2 >= margin.at_least(caution) && fills
        };
        let is_occupied = stair.zones.iter().all(|zone| {
            let caution = self.site().zones[zone.index()].ladder.value.caution;
            self.peak_now(*zone).is_some_and(|per_m2| per_m2 >= margin.at_least(caution))
        });
        sides.len() >= 2 && is_occupied && sides.into_iter().all(stays)
    }
}
