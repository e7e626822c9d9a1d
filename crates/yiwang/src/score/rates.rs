//! Learned detection rates beside the true ones.
//!
//! Not here: how they are learned (engine), where the true ones come from.
//! Invariant: errors are in percentage points of the rate; a rate that was not learned is unknown, never right.

use std::collections::BTreeMap;

use city::{DatastreamIx, GateFlow, LinkFlow, RatioState, Role, Site, Span, Time, ZoneIx};
use serde::Serialize;

use super::series::Series;
use super::sources::Sources;

/// Learning may take so long.
pub const LEARNING: Span = Span::from_seconds(3600);
/// An error up to so many percentage points is as good as none.
const CLOSE_PP: f64 = 1.0;

/// What a sensor really read for each person over some minutes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrueRate {
    /// The end of the minutes: by then it could have been learned.
    pub until: Time,
    /// The sensor.
    pub datastream: DatastreamIx,
    /// People read for each person.
    pub rate: f64,
}

/// Sums of errors.
#[derive(Clone, Debug, Default, PartialEq)]
struct RateSums {
    minutes: u64,
    unknown: u64,
    abs_pp: f64,
    sum_pp: f64,
    close: u64,
    inside_90: u64,
    prior_abs_pp: f64,
}

impl RateSums {
    /// Takes an error beside that of what was believed before anything was learned.
    fn take(&mut self, truth: f64, learned: Option<RatioState>, prior: f64) {
        let Some(learned) = learned else {
            self.unknown += 1;
            return;
        };
        let error_pp = (learned.value - truth) * 100.0;
        self.minutes += 1;
        self.sum_pp += error_pp;
        self.abs_pp += error_pp.abs();
        self.close += u64::from(error_pp.abs() <= CLOSE_PP);
        self.inside_90 += u64::from(learned.p05 <= truth && truth <= learned.p95);
        self.prior_abs_pp += (prior - truth).abs() * 100.0;
    }

    fn merge(&mut self, other: &Self) {
        self.minutes += other.minutes;
        self.unknown += other.unknown;
        self.abs_pp += other.abs_pp;
        self.sum_pp += other.sum_pp;
        self.close += other.close;
        self.inside_90 += other.inside_90;
        self.prior_abs_pp += other.prior_abs_pp;
    }

    fn figures(&self) -> RateFigures {
        let mean = |sum: f64| (self.minutes > 0).then(|| sum / self.minutes as f64);
        RateFigures {
            mae_pp: mean(self.abs_pp),
            bias_pp: mean(self.sum_pp),
            within_1_pp: mean(self.close as f64),
            coverage_90: mean(self.inside_90 as f64),
            prior_mae_pp: mean(self.prior_abs_pp),
            minutes: self.minutes,
            unknown: self.unknown,
        }
    }
}

/// Sums of one kind of error, from the beginning and once there was time to learn.
#[derive(Clone, Debug, Default, PartialEq)]
struct Learning {
    all: RateSums,
    after_first_hour: RateSums,
}

impl Learning {
    /// Takes an error; `late` once there was time to learn.
    fn take(&mut self, late: bool, truth: f64, (learned, prior): (Option<RatioState>, f64)) {
        self.all.take(truth, learned, prior);
        if late {
            self.after_first_hour.take(truth, learned, prior);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.all.merge(&other.all);
        self.after_first_hour.merge(&other.after_first_hour);
    }

    fn report(&self) -> LearningScores {
        LearningScores { all: self.all.figures(), after_first_hour: self.after_first_hour.figures() }
    }
}

/// Sums over one or more runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RateTallies {
    lines: Learning,
    beside_area: Learning,
    away_from_area: Learning,
    asymmetry: Learning,
    asymmetry_beside_area: Learning,
    multipliers: Learning,
}

impl RateTallies {
    /// Holds what was learned (by datastream and minute) against the true rates.
    pub fn of(site: &Site, sources: &Sources, truth: &[TrueRate], learned: &[Series<RatioState>]) -> Self {
        let mut tallies = Self::default();
        let Some(first) = truth.iter().map(|rate| rate.until).min() else { return tallies };
        let mut at_once: BTreeMap<(Time, Pair), [Option<Side>; 2]> = BTreeMap::new();
        for rate in truth {
            let stream = &site.datastreams[rate.datastream.index()];
            let (prior, late) = (stream.reads_per_person.mean, rate.until >= first.plus(LEARNING));
            let learned = learned.get(rate.datastream.index()).and_then(|series| series.latest(rate.until));
            let Some((place, way)) = pair(stream.role) else {
                tallies.multipliers.take(late, rate.rate, (learned, prior));
                continue;
            };
            let beside = place.is_beside_area(site, sources);
            let split = if beside { &mut tallies.beside_area } else { &mut tallies.away_from_area };
            split.take(late, rate.rate, (learned, prior));
            tallies.lines.take(late, rate.rate, (learned, prior));
            at_once.entry((rate.until, place)).or_default()[way] = Some((rate.rate, learned, prior));
        }
        for ((at, pair), sides) in at_once {
            if let [Some(there), Some(back)] = sides {
                tallies.asymmetry(there, back, (at >= first.plus(LEARNING), pair.is_beside_area(site, sources)));
            }
        }
        tallies
    }

    /// The error of how much more a line reads back than there, for each person.
    fn asymmetry(&mut self, there: Side, back: Side, (late, beside): (bool, bool)) {
        if there.0 <= 0.0 {
            return;
        }
        let ratio = |there: RatioState, back: RatioState| {
            // Half-widths add in quadrature, relative to the values.
            let value = back.value / there.value;
            let low = ((1.0 - back.p05 / back.value).powi(2) + (there.p95 / there.value - 1.0).powi(2)).sqrt();
            let high = ((back.p95 / back.value - 1.0).powi(2) + (1.0 - there.p05 / there.value).powi(2)).sqrt();
            RatioState { value, p05: value * (1.0 - low), p95: value * (1.0 + high) }
        };
        let usable = |state: &RatioState| state.value > 0.0;
        let learned = there.1.filter(usable).zip(back.1.filter(usable)).map(|(there, back)| ratio(there, back));
        let (truth, prior) = (back.0 / there.0, if there.2 > 0.0 { back.2 / there.2 } else { 1.0 });
        let split = beside.then_some(&mut self.asymmetry_beside_area);
        for learning in std::iter::once(&mut self.asymmetry).chain(split) {
            learning.take(late, truth, (learned, prior));
        }
    }

    /// Takes the sums of another run.
    pub fn merge(&mut self, other: &Self) {
        self.lines.merge(&other.lines);
        self.beside_area.merge(&other.beside_area);
        self.away_from_area.merge(&other.away_from_area);
        self.asymmetry.merge(&other.asymmetry);
        self.asymmetry_beside_area.merge(&other.asymmetry_beside_area);
        self.multipliers.merge(&other.multipliers);
    }

    /// The figures.
    pub fn report(&self) -> RateScores {
        RateScores {
            lines: self.lines.report(),
            beside_area: self.beside_area.report(),
            away_from_area: self.away_from_area.report(),
            asymmetry: self.asymmetry.report(),
            asymmetry_beside_area: self.asymmetry_beside_area.report(),
            multipliers: self.multipliers.report(),
        }
    }
}

/// One of two lines: its true rate, what was learned of it, and what was believed before.
type Side = (f64, Option<RatioState>, f64);

/// Two lines that count opposite ways at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Pair {
    Gate(usize),
    Link(usize),
}

impl Pair {
    /// Whether some zone beside the lines has its people counted.
    fn is_beside_area(self, site: &Site, sources: &Sources) -> bool {
        let has_area = |zone: ZoneIx| !sources.areas[zone.index()].is_empty();
        match self {
            Self::Gate(gate) => has_area(site.gates[gate].zone),
            Self::Link(link) => has_area(site.links[link].from) || has_area(site.links[link].to),
        }
    }
}

/// Where a line counts, and which of the two ways.
fn pair(role: Role) -> Option<(Pair, usize)> {
    match role {
        Role::GateCount { gate, flow } => Some((Pair::Gate(gate.index()), usize::from(flow == GateFlow::Out))),
        Role::LinkCount { link, flow } => Some((Pair::Link(link.index()), usize::from(flow == LinkFlow::Backward))),
        _ => None,
    }
}

/// How rates were learned (docs/scores.md).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RateScores {
    /// Every counting line.
    #[serde(flatten)]
    pub lines: LearningScores,
    /// Lines with a counted zone on either side.
    pub beside_area: LearningScores,
    /// The other lines.
    pub away_from_area: LearningScores,
    /// People read out (back) for each one read in (there), of lines that count both ways.
    pub asymmetry: LearningScores,
    /// The same where a zone on either side is counted.
    pub asymmetry_beside_area: LearningScores,
    /// Counts of people in zones and groups: what they read for each person there.
    pub multipliers: LearningScores,
}

/// Scores from the beginning, and once there was time to learn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LearningScores {
    /// From the beginning.
    #[serde(flatten)]
    pub all: RateFigures,
    /// From an hour after the first true rate.
    pub after_first_hour: RateFigures,
}

/// Errors of rates, percentage points; absent where nothing was scored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RateFigures {
    /// Mean absolute error.
    pub mae_pp: Option<f64>,
    /// Mean error.
    pub bias_pp: Option<f64>,
    /// Share of minutes within one percentage point.
    pub within_1_pp: Option<f64>,
    /// Share of minutes whose true rate lay within the 90 % interval.
    pub coverage_90: Option<f64>,
    /// Mean absolute error of what the site says before anything is learned.
    pub prior_mae_pp: Option<f64>,
    /// Minutes scored, line by line.
    pub minutes: u64,
    /// Minutes without a learned rate.
    pub unknown: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hall() -> Site {
        let texts = formats::site::SiteTexts {
            toml: include_str!("../../tests/scored/hall/site.toml"),
            geojson: Some(include_str!("../../tests/scored/hall/site.geojson")),
            folder_name: "hall",
        };
        formats::site::read(texts).site.unwrap()
    }

    fn close(value: Option<f64>, expected: f64) -> bool {
        value.is_some_and(|value| (value - expected).abs() < 1e-9)
    }

    #[test]
    fn rates_and_asymmetries_are_scored_as_reckoned_by_hand() {
        let (site, at) = (hall(), Time::from_seconds);
        let rate = |second: i64, stream: u32, rate: f64| TrueRate {
            until: at(second),
            datastream: DatastreamIx(stream),
            rate,
        };
        let truth =
            [rate(600, 0, 0.9), rate(600, 1, 0.81), rate(4_800, 0, 0.9), rate(4_800, 1, 0.81), rate(600, 2, 1.0)];
        let mut learned = vec![Series::default(); 3];
        learned[0].put(at(0), RatioState { value: 0.92, p05: 0.9, p95: 0.94 });
        learned[1].put(at(0), RatioState { value: 0.81, p05: 0.8, p95: 0.82 });
        let scores = RateTallies::of(&site, &Sources::of(&site), &truth, &learned).report();
        let lines = &scores.lines.all;
        assert!(close(lines.mae_pp, 1.0) && close(lines.bias_pp, 1.0), "two points, none: {lines:?}");
        assert!(close(lines.within_1_pp, 0.5) && close(lines.coverage_90, 1.0), "{lines:?}");
        assert!(close(lines.prior_mae_pp, 14.5), "the site says one for one: {lines:?}");
        assert_eq!((lines.minutes, scores.lines.after_first_hour.minutes), (4, 2));
        let asymmetry = &scores.asymmetry.all;
        assert!(close(asymmetry.bias_pp, (0.81 / 0.92 - 0.9) * 100.0), "{asymmetry:?}");
        assert_eq!(scores.beside_area.all.minutes, 4, "the hall has a camera");
        assert_eq!(
            (scores.multipliers.all.minutes, scores.multipliers.all.unknown),
            (0, 1),
            "nothing was learned of it"
        );
    }
}
