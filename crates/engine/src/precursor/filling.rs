//! Filling: a density that rises faster than the links could relieve, and will soon be critical.
//!
//! Not here: densities that are high already (warn).
//! Invariant: a rise within its own error, or one that the ways out have room for, is no precursor.

use city::{FigureKind, Level, ZoneIx, ZoneKind};

use super::ways::Exit;
use super::{Margin, Sign, figure};
use crate::turn::Turn;

/// A density that will be critical within this time is a precursor, seconds.
pub const FILLING_HORIZON_S: f64 = 600.0;

/// The least rise that counts, people/m² per minute.
const RISE_MIN: f64 = 0.03;

/// An exit nobody counts is taken to be in use by this share of its capacity (assumption).
const UNCOUNTED_USE: f64 = 0.5;

impl Turn<'_> {
    /// Whether a zone fills faster than its exits can relieve it.
    pub(super) fn filling(&self, zone: ZoneIx) -> Option<Sign> {
        let config = &self.site().zones[zone.index()];
        let ladder = config.ladder.value;
        // What enters a stair is no more than what it passes: it fills when it locks or when people are held back.
        let is_passage = matches!(config.kind, ZoneKind::Network | ZoneKind::Stair | ZoneKind::Landing);
        if is_passage {
            return None;
        }
        let density = self.peak_from(zone, ladder.caution * self.clear_margin().0)?;
        let per_m2 = density.likely;
        let slope = self.state.precursors.trends[zone.index()].slope()?;
        if !slope.is_steady() || !self.has_counted_exit(zone) {
            return None;
        }
        let relief = self.relief(zone);
        let left = (ladder.critical - per_m2).max(0.0);
        let in_s = |rise: f64| if rise > 0.0 { left / rise * 60.0 } else { f64::INFINITY };
        let holds = |margin: Margin| {
            slope.per_min >= margin.at_least(RISE_MIN)
                && margin.read(density) >= margin.at_least(ladder.caution)
                && per_m2 < margin.at_most(ladder.critical)
                && in_s(slope.per_min - margin.at_least(relief)) <= margin.at_most(FILLING_HORIZON_S)
        };
        let (level, held) = self.graded(Level::Warning, holds);
        if held == Level::Normal {
            return None;
        }
        let critical_in_s = in_s(slope.per_min - relief.min(slope.per_min * 0.5));
        let figures = vec![
            figure(FigureKind::RisePerM2Min, slope.per_min),
            figure(FigureKind::ReliefPerM2Min, relief),
            figure(FigureKind::CriticalInS, critical_in_s),
            figure(FigureKind::DensityPerM2, per_m2),
        ];
        Some(Sign { level, held, value: critical_in_s, threshold: FILLING_HORIZON_S, figures })
    }

    /// Whether a way out of a zone is open and counted: where none is, nothing is known of relief.
    fn has_counted_exit(&self, zone: ZoneIx) -> bool {
        let is_known = |exit: &Exit| self.passing(exit.leave).is_some() && self.is_passable(exit);
        self.home.ways.exits[zone.index()].iter().any(is_known)
    }

    /// By how much the room left in a zone's exits could lower the density of its densest part, people/m² per minute.
    fn relief(&self, zone: ZoneIx) -> f64 {
        let config = &self.site().zones[zone.index()];
        let Some(area_m2) = config.area_m2.as_ref().map(|area| area.value) else { return 0.0 };
        let exits = self.home.ways.exits[zone.index()].iter().filter(|exit| self.is_passable(exit));
        let room: f64 = exits.map(|exit| self.room(exit)).sum();
        room * 60.0 / area_m2 * config.peak_factor
    }

    /// What an exit could pass beyond what passes it now, people per second; less as the place behind it is fuller.
    fn room(&self, exit: &Exit) -> f64 {
        let capacity = exit.capacity_per_s();
        let passing = [exit.leave, exit.enter].map(|line| self.passing(line));
        let used = match passing {
            [Some(leave), Some(enter)] => leave + enter,
            _ => UNCOUNTED_USE * capacity,
        };
        let full = exit.beyond.map_or(0.0, |zone| {
            let critical = self.site().zones[zone.index()].ladder.value.critical;
            self.peak_now(zone).map_or(0.0, |per_m2| per_m2 / critical)
        });
        (capacity - used).max(0.0) * (1.0 - full).clamp(0.0, 1.0)
    }
}
