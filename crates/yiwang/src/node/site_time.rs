//! What the screens are told about time: the mode, the speed, and the site time to show.
//!
//! Not here: the engine's own time, which only entries move.
//! Invariant: a replay or simulation never looks live.

use std::sync::Arc;

use api::{ClockChange, ClockRefused, Mode};
use city::Time;

use super::clock::{MAX_SPEED, Pace, PacedClock, wall_now};

/// Where site time comes from.
pub struct SiteTime {
    mode: Mode,
    paced: Option<Arc<PacedClock>>,
}

impl SiteTime {
    /// The wall clock.
    pub fn live() -> Self {
        Self { mode: Mode::Live, paced: None }
    }

    /// Data time at the pace of `clock`.
    pub fn paced(mode: Mode, clock: Arc<PacedClock>) -> Self {
        Self { mode, paced: Some(clock) }
    }

    /// The mode.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Site seconds per wall second, and whether it stands still.
    pub fn speed(&self) -> (f64, bool) {
        match self.paced.as_ref().map(|clock| clock.pace()) {
            None => (1.0, false),
            Some((Pace::Max, paused)) => (f64::INFINITY, paused),
            Some((Pace::Times(times), paused)) => (times, paused),
        }
    }

    /// The site time to show when the engine has reached `applied`.
    pub fn shown(&self, applied: Time) -> Time {
        if self.paced.is_some() { applied } else { wall_now().max(applied) }
    }

    /// Changes speed or pause of a replay or simulation.
    pub fn change(&self, change: ClockChange) -> Result<(), ClockRefused> {
        let clock = self.paced.as_ref().ok_or(ClockRefused::Live)?;
        let pace = match change.speed {
            None => None,
            Some(times) if times > 0.0 && times <= MAX_SPEED => Some(Pace::Times(times)),
            Some(_) => return Err(ClockRefused::Speed),
        };
        clock.change(pace, change.paused);
        Ok(())
    }
}
