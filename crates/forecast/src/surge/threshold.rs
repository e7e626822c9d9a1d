//! Alarms from evidence, and the threshold that keeps them within a budget.
//!
//! Not here: evidence (`filter`).
//! Invariant: an alarm is raised at a tick with a value alone; the threshold chosen had no more false alarms on the days
//! it was chosen on than the budget allows.

use serde::{Deserialize, Serialize};

/// An alarm ends when evidence has been below this share of the threshold …
const RELEASE: f32 = 0.5;
/// … for so many values.
const QUIET: u8 = 2;
/// Halvings of the interval in which the threshold lies.
const HALVINGS: usize = 24;

/// Whether a series is in alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alarm {
    pub is_on: bool,
    quiet: u8,
}

/// What a tick did to an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing.
    None,
    /// It was raised.
    Raised,
    /// It ended.
    Ended,
}

impl Alarm {
    /// Takes the evidence of a tick, NaN where there was no value.
    pub(crate) fn observe(&mut self, evidence: f32, threshold: f32) -> Turn {
        if evidence.is_nan() {
            return Turn::None;
        }
        if !self.is_on {
            if evidence >= threshold {
                *self = Self { is_on: true, quiet: 0 };
                return Turn::Raised;
            }
            return Turn::None;
        }
        self.quiet = if evidence < RELEASE * threshold { self.quiet + 1 } else { 0 };
        if self.quiet < QUIET {
            return Turn::None;
        }
        *self = Self::default();
        Turn::Ended
    }

    /// Ends it without a word of the series.
    pub(crate) fn end(&mut self) -> Turn {
        let was_on = std::mem::take(self).is_on;
        if was_on { Turn::Ended } else { Turn::None }
    }
}

/// Evidence of one series over successive ticks of training.
pub(crate) struct Trace {
    /// NaN where missing.
    pub evidence: Vec<f32>,
    /// Where a raised alarm is not false.
    pub is_felt: Vec<bool>,
}

impl Trace {
    /// False alarms at a threshold.
    pub(crate) fn false_alarms(&self, threshold: f32) -> usize {
        let mut alarm = Alarm::default();
        let turns = self.evidence.iter().zip(&self.is_felt);
        turns.filter(|(evidence, is_felt)| alarm.observe(**evidence, threshold) == Turn::Raised && !**is_felt).count()
    }

    /// Values at which a false alarm could be raised.
    pub(crate) fn judged(&self) -> usize {
        self.evidence.iter().zip(&self.is_felt).filter(|(evidence, is_felt)| !evidence.is_nan() && !**is_felt).count()
    }
}

/// The least threshold found with no more than `allowed` false alarms.
pub(crate) fn threshold(traces: &[Trace], allowed: f64) -> f32 {
    let all = traces.iter().flat_map(|trace| &trace.evidence).filter(|evidence| !evidence.is_nan());
    let most = all.fold(0.0_f32, |most, evidence| most.max(*evidence));
    let (mut low, mut high) = (0.0_f32, most * 1.001 + 1e-3);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        let count: usize = traces.iter().map(|trace| trace.false_alarms(middle)).sum();
        if count as f64 > allowed {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_keeps_to_the_budget_and_an_event_costs_nothing() {
        let mut evidence = vec![0.0; 100];
        for (at, height) in [(10, 4.0), (30, 6.0), (50, 9.0), (70, 5.0)] {
            evidence[at] = height;
        }
        let mut is_felt = vec![false; 100];
        is_felt[50] = true;
        let traces = [Trace { evidence, is_felt }];
        let chosen = threshold(&traces, 1.0);
        assert!((5.0..6.0).contains(&chosen), "{chosen}");
        assert_eq!(traces[0].false_alarms(chosen), 1);
    }

    #[test]
    fn an_alarm_outlives_one_low_value_and_a_gap() {
        let mut alarm = Alarm::default();
        let turns: Vec<Turn> =
            [9.0, 1.0, f32::NAN, 9.0, 1.0, 1.0].iter().map(|evidence| alarm.observe(*evidence, 8.0)).collect();
        assert_eq!(turns, [Turn::Raised, Turn::None, Turn::None, Turn::None, Turn::None, Turn::Ended]);
    }
}
