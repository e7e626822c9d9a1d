//! Stagnation: a dense place that hardly anyone gets out of.
//!
//! Not here: stairs whose opposing flows lock (`lock_up`).
//! Invariant: judged only where everybody who leaves is counted, and never where people stand and look unless more press in.

use city::{FigureKind, Level, ZoneIx};

use super::ways::{Door, Exit};
use super::{Margin, Sign, figure};
use crate::turn::Turn;

/// Above this density a place stagnates if nothing gets out, people/m² (DESIGN, precursors).
pub const STAGNATION_PER_M2: f64 = 3.0;

/// Below this outflow it does, people per metre and second of an exit on the level (DESIGN, precursors).
pub const STAGNANT_OUTFLOW_PER_M_S: f64 = 0.8;

/// A place must stagnate for so long, seconds: one count that is late or lost makes nobody stand.
pub const STAGNATION_S: u32 = 120;

/// The capacity that outflow is a part of (Weidmann 1993); exits that can pass less have a threshold less in proportion.
const LEVEL_CAPACITY_PER_M_S: f64 = 1.22;

/// Where people stand and look, inflow must exceed outflow by this factor to be pressure.
const PRESSURE: f64 = 1.2;

/// Whether all who leave by these exits are counted, and each exit has a width.
pub(super) fn is_counted(exits: &[Exit]) -> bool {
    !exits.is_empty() && exits.iter().all(|exit| exit.is_counted() && matches!(exit.door, Door::Link(_)))
}

/// What leaves and enters a place.
#[derive(Clone, Copy, Default)]
struct Turnover {
    out_per_s: f64,
    in_per_s: f64,
    width_m: f64,
    /// What would be enough, people per second.
    enough_per_s: f64,
}

impl Turn<'_> {
    /// Whether a zone stagnates.
    pub(super) fn stagnation(&self, zone: ZoneIx) -> Option<Sign> {
        let density = self.peak_from(zone, STAGNATION_PER_M2 * self.clear_margin().0)?;
        let per_m2 = density.likely;
        let turnover = self.turnover(&self.home.ways.exits[zone.index()])?;
        let slope = self.state.precursors.trends[zone.index()].slope()?;
        let presses = turnover.in_per_s >= PRESSURE * turnover.out_per_s && slope.is_rising();
        let counts = slope.stays(per_m2) && (presses || !self.is_for_standing(zone));
        let holds = |margin: Margin| {
            counts
                && margin.read(density) > margin.at_least(STAGNATION_PER_M2)
                && turnover.out_per_s < margin.at_most(turnover.enough_per_s)
        };
        let (level, held) = self.graded(Level::Warning, holds);
        if held == Level::Normal {
            return None;
        }
        let outflow = turnover.out_per_s / turnover.width_m;
        let threshold = turnover.enough_per_s / turnover.width_m;
        let figures = vec![
            figure(FigureKind::OutflowPerMS, outflow),
            figure(FigureKind::DensityPerM2, per_m2),
            figure(FigureKind::PassingPerS, turnover.out_per_s),
            figure(FigureKind::ArrivingPerS, turnover.in_per_s),
        ];
        Some(Sign { level, held, value: outflow, threshold, figures })
    }

    /// What passes the exits that are open; `None` unless all are counted and fresh and one is open.
    fn turnover(&self, exits: &[Exit]) -> Option<Turnover> {
        if !is_counted(exits) {
            return None;
        }
        let mut sum = Turnover::default();
        for exit in exits {
            sum.out_per_s += self.passing(exit.leave)?;
            sum.in_per_s += self.passing(exit.enter)?;
            if self.is_passable(exit) {
                sum.width_m += exit.width_m;
                let share = (exit.capacity_per_m_s / LEVEL_CAPACITY_PER_M_S).min(1.0);
                sum.enough_per_s += STAGNANT_OUTFLOW_PER_M_S * share * exit.width_m;
            }
        }
        (sum.width_m > 0.0).then_some(sum)
    }
}
