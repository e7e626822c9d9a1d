//! The accumulator of scores: one case at a time, figures at the end.
//!
//! Not here: which cases there are (compare), where truth and estimates come from.
//! Invariant: a case without an estimate is counted as unknown and never as right; two accumulators merge to what one
//! would have made of both their cases.

use serde::Serialize;

/// An estimate with its two intervals, people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Best estimate.
    pub people: f64,
    /// Bounds of the 90 % interval.
    pub p05: f64,
    /// Lower bound of the 50 % interval.
    pub p25: f64,
    /// Upper bound of the 50 % interval.
    pub p75: f64,
    /// Upper bound of the 90 % interval.
    pub p95: f64,
}

/// Half-widths of a normal distribution's 50 % and 90 % intervals, standard deviations.
const HALF_WIDTHS: (f64, f64) = (0.674_489_750_196_081_7, 1.644_853_626_951_472_2);

impl Band {
    /// The intervals of a normal distribution, cut off at nobody.
    pub fn normal(people: f64, sd: f64) -> Self {
        let (half, ninety) = (HALF_WIDTHS.0 * sd, HALF_WIDTHS.1 * sd);
        let floor = |bound: f64| bound.max(0.0);
        Self {
            people,
            p05: floor(people - ninety),
            p25: floor(people - half),
            p75: floor(people + half),
            p95: floor(people + ninety),
        }
    }
}

/// Where a minute lies from the maximum of its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Within [`super::compare::PEAK_WITHIN`] of it.
    Peak,
    /// Elsewhere.
    Else,
}

/// One place at one minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// People who were there.
    pub truth: f64,
    /// What was shown; absent while unknown.
    pub estimate: Option<Band>,
    /// Where the minute lies.
    pub phase: Phase,
    /// From how many people on the place is at level warning; absent where people have no level.
    pub danger_from: Option<f64>,
}

/// Sums over cases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accuracy {
    minutes: u64,
    unknown: u64,
    truth: f64,
    error: f64,
    abs_error: f64,
    inside_50: u64,
    inside_90: u64,
    width_90: f64,
    peak_minutes: u64,
    peak_truth: f64,
    peak_abs_error: f64,
    peak_width_90: f64,
    danger: u64,
    danger_missed: u64,
    danger_unknown: u64,
}

impl Accuracy {
    /// Takes a case.
    pub fn take(&mut self, case: &Case) {
        let danger = case.danger_from.filter(|from| case.truth >= *from);
        let Some(band) = case.estimate else {
            self.unknown += 1;
            self.danger_unknown += u64::from(danger.is_some());
            return;
        };
        let within = |low: f64, high: f64| u64::from(low <= case.truth && case.truth <= high);
        let (error, width) = (band.people - case.truth, band.p95 - band.p05);
        self.minutes += 1;
        self.truth += case.truth;
        self.error += error;
        self.abs_error += error.abs();
        self.inside_50 += within(band.p25, band.p75);
        self.inside_90 += within(band.p05, band.p95);
        self.width_90 += width;
        if case.phase == Phase::Peak {
            self.peak_minutes += 1;
            self.peak_truth += case.truth;
            self.peak_abs_error += error.abs();
            self.peak_width_90 += width;
        }
        if let Some(from) = danger {
            self.danger += 1;
            self.danger_missed += u64::from(band.p95 < from);
        }
    }

    /// Takes the cases of another.
    pub fn merge(&mut self, other: &Self) {
        self.minutes += other.minutes;
        self.unknown += other.unknown;
        self.truth += other.truth;
        self.error += other.error;
        self.abs_error += other.abs_error;
        self.inside_50 += other.inside_50;
        self.inside_90 += other.inside_90;
        self.width_90 += other.width_90;
        self.peak_minutes += other.peak_minutes;
        self.peak_truth += other.peak_truth;
        self.peak_abs_error += other.peak_abs_error;
        self.peak_width_90 += other.peak_width_90;
        self.danger += other.danger;
        self.danger_missed += other.danger_missed;
        self.danger_unknown += other.danger_unknown;
    }

    /// True when there was no case at all.
    pub fn is_empty(&self) -> bool {
        self.minutes + self.unknown == 0
    }

    /// The figures over `zones` places.
    pub fn figures(&self, zones: usize) -> Figures {
        let mean = |sum: f64, count: u64| (count > 0).then(|| sum / count as f64);
        let share = |sum: f64, whole: f64| (whole > 0.0).then(|| sum / whole);
        Figures {
            mae: mean(self.abs_error, self.minutes),
            mae_peak: mean(self.peak_abs_error, self.peak_minutes),
            bias: mean(self.error, self.minutes),
            coverage_50: mean(self.inside_50 as f64, self.minutes),
            coverage_90: mean(self.inside_90 as f64, self.minutes),
            width_90: mean(self.width_90, self.minutes),
            missed_danger: mean(self.danger_missed as f64, self.danger).unwrap_or(0.0),
            zones,
            minutes: self.minutes,
            unknown: self.unknown,
            mae_share: share(self.abs_error, self.truth),
            mae_peak_share: share(self.peak_abs_error, self.peak_truth),
            width_90_share: share(self.width_90, self.truth),
            width_90_peak_share: share(self.peak_width_90, self.peak_truth),
            danger_minutes: self.danger,
            danger_missed: self.danger_missed,
            danger_unknown: self.danger_unknown,
        }
    }
}

/// Scores of estimates against the truth (docs/scores.md); people and shares. Absent where nothing was scored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Mean absolute error, people.
    pub mae: Option<f64>,
    /// The same near each place's maximum.
    pub mae_peak: Option<f64>,
    /// Mean error, people: positive when too many were shown.
    pub bias: Option<f64>,
    /// Share of minutes whose truth lay within the 50 % interval.
    pub coverage_50: Option<f64>,
    /// Share of minutes whose truth lay within the 90 % interval.
    pub coverage_90: Option<f64>,
    /// Mean width of the 90 % interval, people.
    pub width_90: Option<f64>,
    /// Of the minutes whose true level was warning or worse, the share whose upper bound lay below warning.
    pub missed_danger: f64,
    /// Places scored.
    pub zones: usize,
    /// Minutes scored, place by place.
    pub minutes: u64,
    /// Minutes with a truth and no estimate.
    pub unknown: u64,
    /// Sum of absolute errors over sum of truths.
    pub mae_share: Option<f64>,
    /// The same near each place's maximum.
    pub mae_peak_share: Option<f64>,
    /// Sum of widths over sum of truths.
    pub width_90_share: Option<f64>,
    /// The same near each place's maximum.
    pub width_90_peak_share: Option<f64>,
    /// Minutes scored whose true level was warning or worse.
    pub danger_minutes: u64,
    /// Of those, the ones missed.
    pub danger_missed: u64,
    /// Minutes at warning or worse with no estimate.
    pub danger_unknown: u64,
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the cases are whole numbers of people")]
mod tests {
    use super::*;

    fn case(truth: f64, people: f64, half: f64) -> Case {
        let estimate = Some(Band {
            people,
            p05: people - half,
            p25: people - half / 2.0,
            p75: people + half / 2.0,
            p95: people + half,
        });
        Case { truth, estimate, phase: Phase::Else, danger_from: Some(100.0) }
    }

    fn of(cases: &[Case]) -> Accuracy {
        let mut accuracy = Accuracy::default();
        for case in cases {
            accuracy.take(case);
        }
        accuracy
    }

    #[test]
    fn figures_are_those_reckoned_by_hand() {
        let peak = Case { phase: Phase::Peak, ..case(120.0, 90.0, 20.0) };
        // Errors +4, −30, 0; truths 10, 120, 50; widths 16, 40, 8.
        let figures = of(&[case(10.0, 14.0, 8.0), peak, case(50.0, 50.0, 4.0)]).figures(2);
        assert_eq!(figures.mae, Some(34.0 / 3.0));
        assert_eq!(figures.bias, Some(-26.0 / 3.0));
        assert_eq!(figures.coverage_50, Some(2.0 / 3.0), "10 lies on the bound of 10 to 18");
        assert_eq!(figures.coverage_90, Some(2.0 / 3.0));
        assert_eq!(figures.width_90, Some(64.0 / 3.0));
        assert_eq!((figures.mae_peak, figures.mae_peak_share), (Some(30.0), Some(0.25)));
        assert_eq!((figures.mae_share, figures.width_90_share), (Some(34.0 / 180.0), Some(64.0 / 180.0)));
        assert_eq!(figures.width_90_peak_share, Some(40.0 / 120.0));
        assert_eq!((figures.zones, figures.minutes, figures.unknown), (2, 3, 0));
    }

    #[test]
    fn danger_is_missed_only_when_the_upper_bound_lies_below_it() {
        let figures = of(&[case(100.0, 80.0, 20.0), case(100.0, 80.0, 19.0), case(99.0, 0.0, 0.0)]).figures(1);
        assert_eq!((figures.danger_minutes, figures.danger_missed, figures.missed_danger), (2, 1, 0.5));
    }

    #[test]
    fn a_minute_without_an_estimate_is_unknown_and_scores_nothing() {
        let unknown = Case { estimate: None, ..case(150.0, 0.0, 0.0) };
        let figures = of(&[unknown]).figures(1);
        assert_eq!((figures.minutes, figures.unknown, figures.danger_unknown), (0, 1, 1));
        assert_eq!((figures.mae, figures.coverage_90, figures.missed_danger), (None, None, 0.0));
    }

    #[test]
    fn merged_accumulators_are_what_one_makes_of_all_cases() {
        let cases = [case(10.0, 14.0, 8.0), case(120.0, 90.0, 20.0), case(7.0, 7.0, 1.0)];
        let mut first = of(&cases[..1]);
        first.merge(&of(&cases[1..]));
        assert_eq!(first, of(&cases));
    }

    #[test]
    fn the_intervals_of_a_normal_distribution_never_reach_below_nobody() {
        let band = Band::normal(10.0, 10.0);
        assert_eq!(band.p05, 0.0);
        assert!((band.p95 - 26.448_536).abs() < 1e-5 && (band.p25 - 3.255_102).abs() < 1e-5);
    }
}
