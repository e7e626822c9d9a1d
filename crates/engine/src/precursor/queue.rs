//! Queues: one that reaches the stairs of a station or a pier, one that reaches a road vehicles use.
//!
//! Not here: what holds the people back (`held_back`, `lock_up`).
//! Invariant: a gate that a measure shuts, and a road that is opened to pedestrians, have no queue.

use city::{
    Access, Cause, CauseKind, FigureKind, GateIx, GateKind, Level, LinkIx, MeasureKind, Place, ZoneIx, ZoneKind,
};

use super::{Margin, Sign, figure};
use crate::turn::Turn;

/// A gate passes hardly anyone below this share of what it usually passes.
const SHUT_SHARE: f64 = 0.4;

/// A gate that usually passes less has no queue to make, people per second.
const BUSY_PER_S: f64 = 0.25;

/// So many zones back from what holds it a queue is followed.
const CHAIN_MAX: usize = 8;

/// People on a road, mean people/m², that are more than a few who cross.
const ON_ROAD_PER_M2: f64 = 0.25;

/// Whether a gate of this kind has stairs that a queue can reach.
pub(super) fn has_stairs(kind: GateKind) -> bool {
    matches!(kind, GateKind::Metro | GateKind::Ferry)
}

impl Turn<'_> {
    /// Whether a queue has reached a station or a pier: its zone is dense and does not empty, and either it is part of a
    /// queue before something that holds people back, or hardly anyone gets through the gate any more.
    pub(super) fn queue_at_gate(&self, gate: GateIx) -> Option<Sign> {
        let config = &self.site().gates[gate.index()];
        if !has_stairs(config.kind) {
            return None;
        }
        let density = self.peak(config.zone)?;
        let per_m2 = density.likely;
        let warns_from = self.site().zones[config.zone.index()].ladder.value.warning;
        if per_m2 < warns_from * self.clear_margin().0 || !self.is_filling_up(config.zone, per_m2) {
            return None;
        }
        let shut_by = [MeasureKind::Close, MeasureKind::SkipStop, MeasureKind::Meter, MeasureKind::ExitOnly];
        let place = Place::Gate(gate);
        let is_shut = shut_by.into_iter().any(|kind| self.is_in_force(kind, place));
        let is_chained = self.is_backed_up(config.zone);
        let holds = |margin: Margin| {
            margin.read(density) >= margin.at_least(warns_from)
                && (is_chained || !is_shut && self.is_choked(gate, margin))
        };
        let (level, held) = self.graded(Level::Warning, holds);
        let counted = self.home.ways.gates[gate.index()];
        let figures = vec![
            figure(FigureKind::DensityPerM2, per_m2),
            figure(FigureKind::ForwardPerS, self.passing(counted.forward).unwrap_or(0.0)),
            figure(FigureKind::BackwardPerS, self.passing(counted.backward).unwrap_or(0.0)),
        ];
        (held > Level::Normal).then_some(Sign { level, held, value: per_m2, threshold: warns_from, figures })
    }

    /// Whether a queue has reached a road that vehicles use: a pavement beside it is overfull or part of a queue, or
    /// people of a full pavement stand on the road.
    pub(super) fn queue_on_road(&self, road: ZoneIx) -> Option<Sign> {
        let on_road =
            self.peak(road).map_or(0.0, |density| density.surely / self.site().zones[road.index()].peak_factor);
        let exits = &self.home.ways.exits[road.index()];
        let beside = exits.iter().filter_map(|exit| exit.beyond).filter(|zone| self.is_pavement(*zone));
        let signs = beside.filter_map(|zone| {
            let ladder = self.site().zones[zone.index()].ladder.value;
            let density = self.peak(zone)?;
            let (mean, _) = self.density_now(zone)?;
            let per_m2 = density.likely;
            if per_m2 < ladder.caution * self.clear_margin().0 || !self.is_filling_up(zone, per_m2) {
                return None;
            }
            let is_chained = per_m2 >= ladder.warning * self.clear_margin().0 && self.is_backed_up(zone);
            let holds = |margin: Margin| {
                let per_m2 = margin.read(density);
                let is_overfull = per_m2 >= margin.at_least(ladder.critical) && mean >= margin.at_least(ladder.caution);
                is_overfull
                    || is_chained && per_m2 >= margin.at_least(ladder.warning)
                    || per_m2 >= margin.at_least(ladder.caution) && on_road >= margin.at_least(ON_ROAD_PER_M2)
            };
            let (level, held) = self.graded(Level::Warning, holds);
            (held > Level::Normal).then_some((level, held, per_m2, ladder.warning))
        });
        let worst = signs.max_by(|one, other| one.0.cmp(&other.0).then(one.2.total_cmp(&other.2)));
        let (level, held, per_m2, threshold) = worst?;
        if self.is_in_force(MeasureKind::OpenRoad, Place::Zone(road)) {
            return None;
        }
        let figures =
            vec![figure(FigureKind::DensityPerM2, per_m2), figure(FigureKind::WaitingPeople, self.people_on(road))];
        Some(Sign { level, held, value: per_m2, threshold, figures })
    }

    /// People on a road.
    fn people_on(&self, road: ZoneIx) -> f64 {
        self.state.stocks[road.index()].shown.map_or(0.0, |shown| shown.people)
    }

    /// Whether people walk in a zone and no vehicle does.
    fn is_pavement(&self, zone: ZoneIx) -> bool {
        let zone = &self.site().zones[zone.index()];
        zone.access == Access::Pedestrian && zone.kind == ZoneKind::Moving
    }

    /// Whether a dense zone keeps its people or gets more.
    fn is_filling_up(&self, zone: ZoneIx, per_m2: f64) -> bool {
        let slope = self.state.precursors.trends[zone.index()].slope();
        slope.is_some_and(|slope| slope.stays(per_m2))
    }

    /// Whether a gate that is usually busy passes hardly anyone, one way or the other.
    fn is_choked(&self, gate: GateIx, margin: Margin) -> bool {
        let counted = self.home.ways.gates[gate.index()];
        [counted.forward, counted.backward].into_iter().flatten().filter_map(|line| self.flow(line)).any(|flow| {
            let usual = flow.usual().unwrap_or(0.0);
            usual >= BUSY_PER_S && flow.brief <= margin.at_most(SHUT_SHARE) * usual
        })
    }

    /// Whether a chain of dense zones leads from `zone` to a link with a warning that people are held back there.
    fn is_backed_up(&self, zone: ZoneIx) -> bool {
        let ways = &self.home.ways;
        let is_dense = |zone: ZoneIx| {
            let warns_from = self.site().zones[zone.index()].ladder.value.warning;
            self.peak_now(zone).is_some_and(|per_m2| per_m2 >= warns_from)
        };
        let mut chain = vec![zone];
        let mut next = 0;
        while let Some(zone) = chain.get(next).copied() {
            for exit in &ways.exits[zone.index()] {
                let super::ways::Door::Link(link) = exit.door else { continue };
                if self.is_stopped(link) {
                    return true;
                }
                if let Some(beyond) = exit.beyond
                    && chain.len() < CHAIN_MAX
                    && !chain.contains(&beyond)
                    && is_dense(beyond)
                {
                    chain.push(beyond);
                }
            }
            next += 1;
        }
        false
    }

    /// Whether people are held back at a link, by an open warning.
    fn is_stopped(&self, link: LinkIx) -> bool {
        let cause = Cause { place: Place::Link(link), kind: CauseKind::HeldBack };
        self.state
            .watches
            .get(&cause)
            .is_some_and(|watch| watch.warning.is_some() && watch.evident.held > Level::Normal)
    }
}
