//! The evening's clock and its totals: people in the greater area and in the core, and the day's visits.
//!
//! Not here: which zone or gate they are in (`targets`, `gates`).
//! Invariant: both totals have their only maximum at [`PEAK_MINUTE`].

use city::{Span, Time};

use crate::curve::Curve;

/// 2 October 2019, 16:00 at +08:00.
pub const START: Time = Time::from_seconds(1_570_003_200);
/// Steps of one minute from 16:00 to 23:00.
pub const MINUTES: usize = 420;
/// 18:50, the minute of the peak.
pub const PEAK_MINUTE: usize = 170;
/// 18:00, when the three measures were decided.
pub(crate) const DECISION_MINUTE: usize = 120;
/// People who came in over the day, from 06:00 to 23:00.
pub const VISITS_OF_DAY: u32 = 550_000;
/// Of those, the ones who came before 16:00: an assumption.
pub const VISITS_BEFORE_START: u32 = 190_000;

/// People in the greater area: minutes after 16:00. The peak is a fact, the rest of the shape an assumption.
const GREATER: [(f64, f64); 18] = [
    (0.0, 118_000.0),
    (30.0, 131_000.0),
    (60.0, 148_000.0),
    (90.0, 168_000.0),
    (120.0, 191_000.0),
    (150.0, 213_000.0),
    (161.0, 217_500.0),
    (170.0, 220_000.0),
    (179.0, 217_500.0),
    (190.0, 213_500.0),
    (210.0, 204_500.0),
    (240.0, 182_000.0),
    (270.0, 152_000.0),
    (300.0, 122_000.0),
    (330.0, 92_000.0),
    (360.0, 64_000.0),
    (390.0, 38_000.0),
    (420.0, 18_000.0),
];

/// People in the core, likewise.
const CORE: [(f64, f64); 18] = [
    (0.0, 38_000.0),
    (30.0, 43_000.0),
    (60.0, 49_500.0),
    (90.0, 56_500.0),
    (120.0, 63_500.0),
    (150.0, 69_500.0),
    (161.0, 71_100.0),
    (170.0, 72_000.0),
    (179.0, 71_100.0),
    (190.0, 69_600.0),
    (210.0, 66_500.0),
    (240.0, 60_000.0),
    (270.0, 50_000.0),
    (300.0, 40_000.0),
    (330.0, 30_000.0),
    (360.0, 20_000.0),
    (390.0, 11_000.0),
    (420.0, 4_500.0),
];

/// The moment `minute` minutes after 16:00.
pub fn time_of(minute: usize) -> Time {
    START.plus(Span::from_seconds(minute as i64 * 60))
}

/// What the whole area holds and exchanges, minute by minute.
#[derive(Clone, Debug)]
pub(crate) struct Totals {
    greater: Curve,
    core: Curve,
    turnover_per_min: f64,
}

impl Totals {
    pub(crate) fn new() -> Self {
        let (greater, core) = (Curve::through(&GREATER), Curve::through(&CORE));
        // The arrivals that only replace departures are what is left of the day's visits, spread like the people present.
        let rise: f64 = (0..MINUTES).map(|m| (greater.at(m as f64 + 1.0) - greater.at(m as f64)).max(0.0)).sum();
        let presence: f64 = (0..MINUTES).map(|m| greater.at(m as f64) * show_pulse(m)).sum();
        let left = f64::from(VISITS_OF_DAY - VISITS_BEFORE_START) - rise;
        Self { greater, core, turnover_per_min: (left / presence).max(0.0) }
    }

    /// People in the greater area.
    pub(crate) fn greater(&self, minute: usize) -> u32 {
        self.greater.at(minute as f64).round() as u32
    }

    /// People in the core.
    pub(crate) fn core(&self, minute: usize) -> u32 {
        self.core.at(minute as f64).round() as u32
    }

    /// People who come and are replaced in the minute that ends at `minute`.
    pub(crate) fn turnover(&self, minute: usize) -> u32 {
        let before = minute.saturating_sub(1);
        (self.greater.at(before as f64) * show_pulse(before) * self.turnover_per_min).round() as u32
    }
}

/// A light show begins every 30 minutes from 18:00 to 22:00; when it has ended, more people go and others come.
///
/// The interval is a fact; the hours, the length and the size of the pulse are assumptions.
pub(crate) fn show_pulse(minute: usize) -> f64 {
    const LENGTH_MIN: usize = 6;
    const EBB_MIN: usize = 8;
    if !(DECISION_MINUTE..=360 + LENGTH_MIN + EBB_MIN).contains(&minute) {
        return 1.0;
    }
    match minute % 30 {
        since if since < LENGTH_MIN => 0.8,
        since if since < LENGTH_MIN + EBB_MIN => 1.35,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_evening_starts_at_four_in_the_afternoon_in_shanghai() {
        assert_eq!(START, "2019-10-02T16:00:00+08:00".parse().unwrap());
        assert_eq!(time_of(PEAK_MINUTE), "2019-10-02T18:50:00+08:00".parse().unwrap());
    }

    #[test]
    fn both_totals_peak_at_ten_to_seven_only() {
        let totals = Totals::new();
        for minute in (0..=MINUTES).filter(|minute| *minute != PEAK_MINUTE) {
            assert!(totals.greater(minute) < totals.greater(PEAK_MINUTE), "{minute}");
            assert!(totals.core(minute) < totals.core(PEAK_MINUTE), "{minute}");
        }
        assert_eq!((totals.greater(PEAK_MINUTE), totals.core(PEAK_MINUTE)), (220_000, 72_000));
    }
}
