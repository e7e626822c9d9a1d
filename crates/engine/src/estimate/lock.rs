//! Locked places: empty by rule, hence a measurement of nobody and a test of the counters that lead into them.
//!
//! Not here: when places are locked (city).
//! Invariant: one balance for each locking; what the counters disagree about is a correction (INV-03).

use city::{Balance, CorrectionCause, Event, Time, ZoneIx};
use serde::{Deserialize, Serialize};

use super::interval::Z_90;
use crate::turn::Turn;

/// Counts that are on their way when a place is locked are waited for so long, seconds, or half the locking.
const GRACE_S: f64 = 900.0;

/// One standard deviation of who is left in a locked place: staff, people.
const LEFT: f64 = 3.0;

/// What the counters of a zone that is locked at times have read since the last locking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Locking {
    /// Since when.
    pub(crate) from: Option<Time>,
    /// The locking that was measured last.
    pub(crate) measured: Option<Time>,
}

impl Turn<'_> {
    /// The minute is full: zones that are locked now are empty.
    pub(crate) fn measure_locked(&mut self) {
        let (home, now) = (self.home, self.now());
        for zone in home.locked.iter().copied() {
            let Some(lock) = home.site.zones[zone.index()].locked else { continue };
            let Some(from) = lock.locked_from(now) else { continue };
            let grace_s = GRACE_S.min(0.5 * f64::from(lock.for_s));
            if now.since(from).seconds() < grace_s {
                continue;
            }
            if self.state.stocks[zone.index()].span.measured == Some(from) {
                // Nobody moves there; whom a line counts in spite of the lock is believed to be there.
                let belief = &mut self.state.stocks[zone.index()].belief;
                belief.until = Some(now);
                belief.net_per_s = 0.0;
            } else {
                self.close_span(zone, from);
            }
        }
    }

    /// A line of a zone counts: where nobody was there before, the first count begins the first span.
    pub(crate) fn begin_span(&mut self, zone: ZoneIx) {
        let now = self.now();
        let config = &self.site().zones[zone.index()];
        let span = &mut self.state.stocks[zone.index()].span;
        let nobody_yet = config.initial.value.people + config.initial.value.sd <= LEFT;
        if config.locked.is_some() && span.from.is_none() && nobody_yet {
            span.from = Some(now);
        }
    }

    /// A zone is locked: everybody who came in went out.
    fn close_span(&mut self, zone: ZoneIx, locked: Time) {
        let now = self.now();
        let stock = &mut self.state.stocks[zone.index()];
        let [counted_in, counted_out] = std::mem::take(&mut stock.counted);
        let from = stock.span.from.replace(now);
        stock.span.measured = Some(locked);
        if let Some(balance) = balance(zone, (from.unwrap_or(locked), locked), [counted_in, counted_out])
            && from.is_some()
        {
            self.emit(Event::Balance(Box::new(balance)));
        }
        self.propagate(zone, now);
        self.measure(zone, (0.0, LEFT * LEFT), CorrectionCause::Locked);
        self.settle(zone);
    }
}

/// What a span tells of the counters; `None` if too few passed.
///
/// Each count errs by its root at least, and [`LEFT`] people may be left: the interval of the logarithm of the ratio.
fn balance(zone: ZoneIx, (from, to): (Time, Time), [counted_in, counted_out]: [f64; 2]) -> Option<Balance> {
    if counted_in < 1.0 || counted_out < 1.0 {
        return None;
    }
    let left = LEFT / counted_in;
    let half = Z_90 * libm::sqrt(1.0 / counted_in + 1.0 / counted_out + left * left);
    let out_per_in = counted_out / counted_in;
    let (p05, p95) = (out_per_in * libm::exp(-half), out_per_in * libm::exp(half));
    Some(Balance { zone, from, to, counted_in, counted_out, out_per_in, p05, p95 })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_balance_names_the_asymmetry_with_an_interval_that_narrows_with_what_passed() {
        let span = (Time::from_seconds(0), Time::from_seconds(80_000));
        let day = balance(ZoneIx(0), span, [1_000_000.0, 980_000.0]).unwrap();
        assert!((day.out_per_in - 0.98).abs() < 1e-12 && day.p05 > 0.977 && day.p95 < 0.983);
        let hour = balance(ZoneIx(0), span, [1_000.0, 980.0]).unwrap();
        assert!(hour.p05 < 0.93 && hour.p95 > 1.03);
        assert!(balance(ZoneIx(0), span, [0.0, 10.0]).is_none());
    }
}
