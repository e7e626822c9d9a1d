//! How fast a number of people changes beyond what is counted, and how noisy its readings are, learned from the readings.
//!
//! Not here: the filters that use it.
//! Invariant: both are bounded and the movement is never nothing.
//!
//! Of successive readings less what was counted between them, `D`, a random walk of variance `q` read with independent
//! errors of variance `r` has `E[D²] = q + 2r` and `E[D·D′] = −r` (method of moments; Mehra 1970). Both are followed with
//! a fading memory, in shares of the number read, and begin with what the site says.

use city::Time;
use serde::{Deserialize, Serialize};

/// Readings after which the memory fades no slower.
const MEMORY: f64 = 40.0;

/// So many readings what the site says is worth.
const PRIOR_WEIGHT: f64 = 8.0;

/// Numbers below this many people are judged as if they were so many.
const SCALE_MIN: f64 = 8.0;

/// A change counts at most as so many times the variance usual so far: the rest is a jump.
const USUAL_MOST: f64 = 9.0;

/// What the site says before anything is learned, shares squared for one reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usual {
    /// Variance of what moves uncounted from one reading to the next.
    pub(crate) moving: f64,
    /// The least it is taken for.
    pub(crate) moving_least: f64,
    /// Variance of one reading's own error.
    pub(crate) noise: f64,
}

/// What was learned so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pace {
    weight: f64,
    square: f64,
    product: f64,
    last_change: Option<f64>,
    last: Option<(Time, f64)>,
    /// Net people counted since the last reading.
    pub(crate) moved: f64,
    /// Variance of the counts since the last reading, people², as far as it is none of movement's.
    pub(crate) heard: f64,
    /// Seconds from one reading to the next, as usual.
    between_s: f64,
}

/// The variances in force, shares squared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Paces {
    /// Of uncounted movement, per second.
    pub(crate) moving_per_s: f64,
    /// Of one reading's own error.
    pub(crate) noise: f64,
    /// Mean square of uncounted changes less that error, per second squared.
    pub(crate) square_per_s2: f64,
}

/// The scale of shares.
pub(crate) fn scale(people: f64) -> f64 {
    people.max(SCALE_MIN)
}

impl Pace {
    /// Takes a reading in; `at` is when it was true.
    /// Returns how many times larger than usual the uncounted change was, as a ratio of squares.
    pub(crate) fn take(&mut self, at: Time, people: f64, usual: &Usual) -> f64 {
        if self.weight == 0.0 {
            *self = Self {
                weight: PRIOR_WEIGHT,
                square: usual.moving + 2.0 * usual.noise,
                product: -usual.noise,
                between_s: 60.0,
                ..*self
            };
        }
        let moved = std::mem::take(&mut self.moved);
        let heard = std::mem::take(&mut self.heard);
        let Some((before, was)) = self.last.replace((at, people)) else { return 0.0 };
        let span_s = at.since(before).seconds();
        if span_s <= 0.0 {
            return 0.0;
        }
        self.between_s += (span_s.clamp(1.0, 3600.0) - self.between_s) / (self.weight + 1.0).min(MEMORY);
        if span_s > 1.5 * self.between_s {
            // Some readings are missing: the change is of another span.
            self.last_change = None;
            return 0.0;
        }
        let level = scale(0.5 * (people + was));
        let change = (people - was - moved) / level;
        let heard = heard / (level * level);
        let usually = self.square.max(0.0) + heard;
        let most = libm::sqrt(USUAL_MOST * usually);
        let surprise = change * change / usually.max(1e-12);
        let change = change.clamp(-most, most);
        let part = 1.0 / (self.weight + 1.0).min(MEMORY);
        self.weight += 1.0;
        self.square += part * (change * change - heard - self.square);
        if let Some(last) = self.last_change {
            self.product += part * (change * last - self.product);
        }
        self.last_change = Some(change);
        surprise
    }

    /// The next reading is of something else than the last one.
    pub(crate) fn interrupt(&mut self) {
        self.last = None;
        self.last_change = None;
        self.moved = 0.0;
        self.heard = 0.0;
    }

    /// The variances in force.
    pub(crate) fn paces(&self, usual: &Usual) -> Paces {
        if self.weight == 0.0 {
            return Paces {
                moving_per_s: usual.moving / 60.0,
                noise: usual.noise,
                square_per_s2: usual.moving / 3600.0,
            };
        }
        let noise = (-self.product).clamp(usual.noise * 0.1, usual.noise * 6.0);
        let moving = (self.square - 2.0 * noise).clamp(usual.moving_least, 1.0);
        let between_s = self.between_s.max(1.0);
        Paces { moving_per_s: moving / between_s, noise, square_per_s2: moving / (between_s * between_s) }
    }
}

#[cfg(test)]
mod tests {
    use city::Span;

    use super::*;

    const USUAL: Usual = Usual { moving: 0.0025, moving_least: 1e-5, noise: 0.0018 };

    /// Numbers spread evenly with a standard deviation of 1.
    fn dice(state: &mut u64) -> f64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((*state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5) * libm::sqrt(12.0)
    }

    fn learned(moving: f64, noise: f64) -> Paces {
        let (mut pace, mut seed, mut people) = (Pace::default(), 7, 1000.0);
        for minute in 0..400 {
            people += 1000.0 * moving * dice(&mut seed);
            let reading = people + 1000.0 * noise * dice(&mut seed);
            pace.take(Time::from_seconds(60 * minute), reading, &USUAL);
            // The walk is pulled back so that shares keep their meaning.
            people += 0.03 * (1000.0 - people);
        }
        pace.paces(&USUAL)
    }

    #[test]
    fn movement_and_noise_are_told_apart() {
        let (still, moving) = (learned(0.002, 0.03), learned(0.03, 0.005));
        assert!((0.015..0.045).contains(&libm::sqrt(still.noise)), "{still:?}");
        assert!(still.moving_per_s < 0.2 * moving.moving_per_s, "{still:?} {moving:?}");
        assert!((0.02..0.05).contains(&libm::sqrt(moving.moving_per_s * 60.0)), "{moving:?}");
    }

    #[test]
    fn what_is_counted_is_no_movement() {
        let (mut pace, mut people) = (Pace::default(), 500.0);
        for minute in 0..60 {
            pace.take(Time::from_seconds(60 * minute), people, &USUAL);
            people += 100.0;
            pace.moved = 100.0;
        }
        let span = Span::from_seconds(60);
        assert!(span.seconds() > 0.0);
        assert!(libm::sqrt(pace.paces(&USUAL).moving_per_s * 60.0) < 0.03);
    }
}
