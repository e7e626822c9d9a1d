//! Demand held back: more people arrive at a stair or narrow link than it passes, and they wait before it.
//!
//! Not here: the two minutes it must last (warn), queues further back (queue).
//! Invariant: people who stand and look beside a link with room in it are not held back.

use city::{DatastreamIx, FigureKind, Level, LinkIx, LinkKind, MeasureKind, Place, ZoneIx, ZoneKind};

use super::memory::Slope;
use super::ways::width_m;
use super::{Density, Margin, Sign, figure};
use crate::turn::Turn;

/// Demand held back so long is unsafe, seconds (DESIGN, crowd physics).
pub const HELD_BACK_S: u32 = 120;

/// A link that passes this share of its capacity, both ways together, is full: two-way stairs carry 0.75 to 0.94 of what
/// they carry one way (DESIGN, links).
pub const SATURATED_SHARE: f64 = 0.75;

/// A level link wider than this is not narrow, m.
const NARROW_M: f64 = 10.0;

/// A way that usually carries less than this has no demand to hold back, people per metre and second.
const DEMAND_PER_M_S: f64 = 0.1;

/// A way that passes this share of what it usually does is blocked.
const BLOCKED_SHARE: f64 = 0.5;

/// Before a blocked way the density must rise by this, people/m² per minute.
const PRESSING_PER_MIN: f64 = 0.05;

/// Below this density nobody waits (Fruin's bound of level of service E), people/m².
const FREE_PER_M2: f64 = 1.08;

/// One way through a link.
struct Way {
    upstream: ZoneIx,
    /// People per second this way, and what it usually is.
    passing: f64,
    usual: Option<f64>,
    /// Both ways.
    total: f64,
    capacity: f64,
    width_m: f64,
    /// Density upstream, and how it moves.
    density: Density,
    slope: Slope,
    /// From which density people wait there.
    waits_from: f64,
    /// From which it is a warning by itself.
    warns_from: f64,
    is_standing: bool,
    is_guided: bool,
}

impl Way {
    fn holds_back(&self, margin: Margin) -> bool {
        margin.read(self.density) >= margin.at_least(self.waits_from)
            && self.slope.stays(self.density.likely)
            && (self.is_full(margin) || self.is_blocked(margin))
    }

    /// More press on.
    fn presses(&self, margin: Margin) -> bool {
        self.slope.is_rising() && self.slope.per_min >= margin.at_least(PRESSING_PER_MIN)
    }

    /// Passes what it can. Where people stand and look most of it must be theirs, and more must come.
    fn is_full(&self, margin: Margin) -> bool {
        let looks = self.is_standing && !(self.presses(margin) && self.passing * 2.0 >= self.total);
        !looks && self.total >= margin.at_least(SATURATED_SHARE) * self.capacity
    }

    /// Passes far less than it did, while more press on. Where people stand and look, or are guided, that is no sign.
    fn is_blocked(&self, margin: Margin) -> bool {
        let Some(usual) = self.usual else { return false };
        !self.is_standing
            && !self.is_guided
            && usual >= DEMAND_PER_M_S * self.width_m
            && self.passing <= margin.at_most(BLOCKED_SHARE) * usual
            && margin.read(self.density) >= margin.at_least(self.warns_from)
            && self.presses(margin)
    }
}

impl Turn<'_> {
    /// What is held back at a link, the worse of both ways.
    pub(super) fn held_back(&self, link: LinkIx) -> Option<Sign> {
        let config = &self.site().links[link.index()];
        let counted = self.home.ways.links[link.index()];
        let is_narrow = config.kind != LinkKind::Level || width_m(config) <= NARROW_M;
        if !is_narrow {
            return None;
        }
        let forward = self.way(link, config.from, (counted.forward, counted.backward));
        let backward = self.way(link, config.to, (counted.backward, counted.forward));
        let ways = [forward, backward].into_iter().flatten();
        let signs = ways.map(|way| {
            let (level, held) = self.graded(Level::Warning, |margin| way.holds_back(margin));
            (level, held, way)
        });
        let worst = signs.filter(|(_, held, _)| *held > Level::Normal).max_by_key(|(level, held, _)| (*level, *held));
        let (level, held, way) = worst?;
        if self.is_in_force(MeasureKind::Close, Place::Link(link)) {
            return None;
        }
        Some(self.held_back_sign(&way, level, held))
    }

    fn held_back_sign(&self, way: &Way, level: Level, held: Level) -> Sign {
        let arriving = way.total + self.people_per_s(way.upstream, way.slope.per_min.max(0.0));
        let zone = &self.site().zones[way.upstream.index()];
        let area_m2 = zone.area_m2.as_ref().map_or(0.0, |area| area.value);
        let waiting = (way.density.likely - FREE_PER_M2).max(0.0) * area_m2 / zone.peak_factor;
        let figures = vec![
            figure(FigureKind::ArrivingPerS, arriving),
            figure(FigureKind::PassingPerS, way.total),
            figure(FigureKind::CapacityPerS, way.capacity),
            figure(FigureKind::WaitingPeople, waiting),
            figure(FigureKind::DensityPerM2, way.density.likely),
        ];
        Sign { level, held, value: way.density.likely, threshold: way.waits_from, figures }
    }

    /// One way through a link; `None` unless it is counted and fresh, and the density before it has a trend.
    fn way(
        &self,
        link: LinkIx,
        upstream: ZoneIx,
        (along, against): (Option<DatastreamIx>, Option<DatastreamIx>),
    ) -> Option<Way> {
        let zone = &self.site().zones[upstream.index()];
        let ladder = zone.ladder.value;
        let waits_from = match zone.kind {
            // A stair that carries all it can is as dense as its warning level, and nobody waits on it.
            ZoneKind::Stair | ZoneKind::Landing => ladder.critical,
            ZoneKind::Moving if zone.peak_factor <= 1.0 => ladder.caution,
            _ => ladder.warning,
        };
        let density = self.peak_from(upstream, waits_from * self.clear_margin().0)?;
        let flow = self.flow(along?)?;
        let config = &self.site().links[link.index()];
        let width_m = width_m(config);
        let guided = [MeasureKind::OneWay, MeasureKind::HumanWall, MeasureKind::Meter];
        Some(Way {
            upstream,
            passing: flow.brief,
            usual: flow.usual(),
            total: flow.brief + self.passing(against).unwrap_or(0.0),
            capacity: width_m * config.capacity_per_m_s,
            width_m,
            density,
            slope: self.state.precursors.trends[upstream.index()].slope()?,
            waits_from,
            warns_from: ladder.warning,
            is_standing: self.is_for_standing(upstream),
            is_guided: guided.into_iter().any(|kind| self.is_in_force(kind, Place::Link(link))),
        })
    }
}
