//! The state of one series: a slow level, a two-state Markov filter, and a cumulative sum; evidence of a surge.
//!
//! Not here: shapes and scales (`shape`, `learn`), thresholds (`threshold`).
//! Invariant: evidence is finite and not negative; a missing value brings none, and lets what there was fade.

use serde::{Deserialize, Serialize};

/// Sizes that a surge may have, in scales of the innovation; each is as likely as another before any value.
const SIZES: [f32; 5] = [1.2, 2.2, 4.0, 7.0, 12.0];
/// Degrees of freedom of the innovation's tails.
const TAIL: f32 = 5.0;
/// Allowance of the cumulative sum, scales.
const ALLOWANCE: f32 = 0.75;
/// Most that one value adds to the cumulative sum, and most that the sum holds.
const MOST_STEP: f32 = 5.0;
const MOST_SUM: f32 = 40.0;
/// Most that one value changes the logarithm of the odds, and the most they become.
const MOST_RATIO: f32 = 20.0;
const MOST_ODDS: f32 = 1e12;
/// Weight of the cumulative sum beside the log odds in the evidence of both.
const SUM_SHARE: f32 = 0.5;
/// The sum starts anew when the probability of a surge falls from above the first to below the second at one value.
const OVER: [f32; 2] = [0.2, 0.1];
/// Time in which the slow level follows, and mean length of a surge, seconds.
const LEVEL_S: f32 = 3.0 * 3600.0;
const SURGE_S: f32 = 3600.0;
/// Mean time between surges, seconds.
const CALM_S: f32 = 3.0 * 86_400.0;
/// Silence after which nothing of the state is left, seconds.
const FORGET_S: f32 = 2.0 * 3600.0;

/// What evidence is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Detector {
    /// The log odds of the Markov filter and the cumulative sum, added.
    Combined,
    /// The two-state Markov filter alone.
    Markov,
    /// The cumulative sum alone.
    Cusum,
    /// The value itself against one level of its series, whatever the time of day.
    Static,
}

impl Detector {
    /// All, in the order of tables.
    pub const ALL: [Self; 4] = [Self::Combined, Self::Markov, Self::Cusum, Self::Static];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Combined => "combined",
            Self::Markov => "markov",
            Self::Cusum => "cusum",
            Self::Static => "static",
        }
    }
}

/// How fast things go at a cadence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rates {
    level: f32,
    stay: f32,
    begin: f32,
    forget: u16,
}

impl Rates {
    pub(crate) fn new(cadence_s: i64) -> Self {
        let cadence = cadence_s as f32;
        Self {
            level: 1.0 - libm::expf(-cadence / LEVEL_S),
            stay: libm::expf(-cadence / SURGE_S),
            begin: (cadence / CALM_S).min(0.1),
            forget: (FORGET_S / cadence).max(1.0) as u16,
        }
    }

    /// The share of a surge's lift that is left after one interval, as expected.
    pub(crate) fn stay(&self) -> f32 {
        self.stay
    }
}

/// The state of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Standardised residual that has lasted for hours.
    level: f32,
    /// Odds of a surge of each size against none.
    odds: [f32; SIZES.len()],
    sum: f32,
    /// Intervals since the sum was last zero.
    pub since: u16,
    /// Intervals since the last value.
    silent: u16,
    /// Standardised innovation while a surge is likely, fading.
    lift: f32,
    lift_weight: f32,
}

/// What a value says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Evidence {
    pub markov: f32,
    pub cusum: f32,
}

impl Evidence {
    pub(crate) fn combined(self) -> f32 {
        self.markov + SUM_SHARE * self.cusum
    }
}

impl State {
    /// The residual expected before the next value, standardised.
    pub(crate) fn expected(&self, gain: f32) -> f32 {
        gain * self.level
    }

    /// The level.
    pub(crate) fn level(&self) -> f32 {
        self.level
    }

    /// Whether the series has been silent for so long that nothing is left.
    pub(crate) fn is_forgotten(&self, rates: &Rates) -> bool {
        self.silent >= rates.forget
    }

    /// The mean lift of what is likely a surge, in scales of the innovation.
    pub(crate) fn lift(&self) -> f32 {
        if self.lift_weight > 0.0 { (self.lift / self.lift_weight).max(0.0) } else { 0.0 }
    }

    /// Takes a standardised residual and its innovation in scales, or that there is none.
    pub(crate) fn observe(&mut self, value: Option<(f32, f32)>, rates: &Rates) -> Evidence {
        self.pass(rates);
        let Some((residual, innovation)) = value else {
            self.silent = self.silent.saturating_add(1);
            if self.silent >= rates.forget {
                *self = Self { silent: self.silent, ..Self::default() };
            }
            self.sum *= rates.stay;
            return self.evidence(rates);
        };
        self.silent = 0;
        let before = self.probability();
        self.weigh(innovation);
        self.accumulate(innovation);
        let surge = self.probability();
        if before > OVER[0] && surge < OVER[1] {
            self.sum = 0.0;
            self.since = 0;
        }
        self.level += rates.level * (1.0 - surge) * (residual.clamp(-4.0, 4.0) - self.level);
        self.lift = 0.6 * self.lift + surge * innovation;
        self.lift_weight = 0.6 * self.lift_weight + surge;
        self.evidence(rates)
    }

    /// The probability that a surge is going on.
    fn probability(&self) -> f32 {
        let odds: f32 = self.odds.iter().sum();
        odds / (1.0 + odds)
    }

    /// Lets an interval pass: surges begin and end.
    fn pass(&mut self, rates: &Rates) {
        let odds: f32 = self.odds.iter().sum();
        let calm = 1.0 - rates.begin + odds * (1.0 - rates.stay);
        let arriving = rates.begin / SIZES.len() as f32;
        self.odds.iter_mut().for_each(|of_size| *of_size = (*of_size * rates.stay + arriving) / calm);
    }

    /// Bayes' rule: the odds of each size, after an innovation.
    fn weigh(&mut self, innovation: f32) {
        let log_calm = log_tail(innovation);
        for (odds, size) in self.odds.iter_mut().zip(SIZES) {
            let ratio = libm::expf((log_tail(innovation - size) - log_calm).clamp(-MOST_RATIO, MOST_RATIO));
            *odds = (*odds * ratio).clamp(1e-12, MOST_ODDS);
        }
    }

    fn accumulate(&mut self, innovation: f32) {
        let step = innovation.min(MOST_STEP) - ALLOWANCE;
        self.sum = (self.sum + step).clamp(0.0, MOST_SUM);
        self.since = if self.sum > 0.0 { self.since.saturating_add(1) } else { 0 };
    }

    fn evidence(&self, rates: &Rates) -> Evidence {
        let before = rates.begin / (1.0 - rates.stay);
        let odds = libm::logf(self.odds.iter().sum::<f32>().max(1e-12) / before);
        Evidence { markov: odds.max(0.0), cusum: self.sum }
    }
}

/// Logarithm of Student's density, up to a constant.
fn log_tail(x: f32) -> f32 {
    -0.5 * (TAIL + 1.0) * libm::log1pf(x * x / TAIL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(innovations: &[Option<f32>]) -> Evidence {
        let (mut state, rates) = (State::default(), Rates::new(300));
        let observe = |value: &Option<f32>| state.observe(value.map(|value| (value, value)), &rates);
        innovations.iter().map(observe).last().unwrap_or_default()
    }

    #[test]
    fn three_raised_values_are_worth_more_than_one_wild_value() {
        let calm = [Some(0.3), Some(-0.8), Some(0.1)];
        let wild = after(&[&calm[..], &[Some(9.0), Some(0.0), Some(-0.3)]].concat());
        let raised = after(&[&calm[..], &[Some(2.5), Some(2.2), Some(2.8)]].concat());
        assert!(raised.combined() > 2.0 * wild.combined(), "{raised:?} {wild:?}");
    }

    #[test]
    fn silence_lets_evidence_fade_and_then_forgets_it() {
        let raised = after(&[Some(3.0); 4]);
        let faded = after(&[&[Some(3.0); 4][..], &[None; 5]].concat());
        let gone = after(&[&[Some(3.0); 4][..], &[None; 30]].concat());
        assert!(faded.combined() < raised.combined() && faded.combined() > 0.0, "{faded:?} {raised:?}");
        assert!(gone.combined() < 0.1, "{gone:?}");
    }
}
