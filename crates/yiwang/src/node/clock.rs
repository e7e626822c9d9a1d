//! The site clock: wall time when live, paced data time in replay and simulation.
//!
//! Not here: the engine's time, which is the time of the last entry it applied.
//! Invariant: what it returns as "now" never goes back while the speed and the pause are changed.

use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use city::{Span, Time};

/// The fastest pace a person may set; faster is `replay --speed max`.
pub const MAX_SPEED: f64 = 36_000.0;

/// Wall time now.
pub fn wall_now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Site seconds per wall second, or as fast as the data can be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// No waiting at all.
    Max,
    /// So many site seconds per wall second.
    Times(f64),
}

impl std::str::FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let times: f64 = text.parse().map_err(|_| format!("'{text}' is neither a number nor 'max'"))?;
        if times > 0.0 && times <= MAX_SPEED {
            Ok(Self::Times(times))
        } else {
            Err(format!("a speed lies above 0 and up to {MAX_SPEED}, or is 'max'"))
        }
    }
}

/// Paced data time: starts at a moment and runs at a speed, and can be paused.
#[derive(Debug)]
pub struct PacedClock {
    state: Mutex<Paced>,
}

#[derive(Clone, Copy, Debug)]
struct Paced {
    base_site: Time,
    base_wall: Instant,
    pace: Pace,
    paused: bool,
}

impl Paced {
    fn now(&self) -> Time {
        match self.pace {
            _ if self.paused => self.base_site,
            Pace::Max => Time::MAX,
            Pace::Times(times) => {
                let micros = self.base_wall.elapsed().as_secs_f64() * times * 1e6;
                self.base_site.plus(Span::from_micros(micros as i64))
            }
        }
    }
}

impl PacedClock {
    /// A clock that reads `start` now and runs at `pace`.
    pub fn starting(start: Time, pace: Pace) -> Self {
        Self { state: Mutex::new(Paced { base_site: start, base_wall: Instant::now(), pace, paused: false }) }
    }

    /// Site time due by now: everything up to it should have been delivered.
    pub fn now(&self) -> Time {
        self.lock().now()
    }

    /// The pace, and whether it is paused.
    pub fn pace(&self) -> (Pace, bool) {
        let state = self.lock();
        (state.pace, state.paused)
    }

    /// Changes the pace and the pause from this moment on; `None` leaves it as it is.
    pub fn change(&self, pace: Option<Pace>, paused: Option<bool>) {
        let mut state = self.lock();
        state.base_site = if matches!(state.pace, Pace::Max) { state.base_site } else { state.now() };
        state.base_wall = Instant::now();
        state.pace = pace.unwrap_or(state.pace);
        state.paused = paused.unwrap_or(state.paused);
    }

    /// Sets the time it reads now; the pace stays.
    pub fn move_to(&self, time: Time) {
        let mut state = self.lock();
        (state.base_site, state.base_wall) = (time, Instant::now());
    }

    /// Says that everything up to `time` was delivered, so that a clock at full speed knows where it is.
    pub fn reached(&self, time: Time) {
        let mut state = self.lock();
        if matches!(state.pace, Pace::Max) {
            state.base_site = state.base_site.max(time);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Paced> {
        // Every write to the state is a plain assignment, so a poisoned lock still holds a sound value.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paused_clock_stands_still_and_never_goes_back() {
        let clock = PacedClock::starting(Time::from_seconds(1000), Pace::Times(60.0));
        clock.change(None, Some(true));
        let stopped = clock.now();
        assert!(stopped >= Time::from_seconds(1000));
        clock.change(Some(Pace::Times(600.0)), None);
        assert_eq!(clock.now(), stopped);
        clock.change(None, Some(false));
        assert!(clock.now() >= stopped);
    }

    #[test]
    fn a_speed_is_a_positive_number_or_max() {
        assert_eq!("max".parse::<Pace>(), Ok(Pace::Max));
        assert_eq!("600".parse::<Pace>(), Ok(Pace::Times(600.0)));
        assert!("0".parse::<Pace>().is_err());
        assert!("fast".parse::<Pace>().is_err());
        assert!("NaN".parse::<Pace>().is_err());
    }
}
