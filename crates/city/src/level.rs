//! Density, Fruin level of service, and the operational ladder normal → caution → warning → critical.
//!
//! Not here: dwell, quiet periods and hysteresis (the engine's warnings).
//! Invariant: a ladder rises strictly, so a higher density is never a lower level.

use serde::{Deserialize, Serialize};

/// The operational level of a place or an indicator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing to do.
    #[default]
    Normal,
    /// Watch.
    Caution,
    /// Act.
    Warning,
    /// Danger to life.
    Critical,
}

impl Level {
    /// The three levels above normal, rising.
    pub const RAISED: [Self; 3] = [Self::Caution, Self::Warning, Self::Critical];
}

/// Three strictly rising thresholds, in the unit of what they judge.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Ladder {
    /// Caution at or above.
    pub caution: f64,
    /// Warning at or above.
    pub warning: f64,
    /// Critical at or above.
    pub critical: f64,
}

impl Ladder {
    /// Default for zones where people walk, people/m² (DESIGN §2).
    pub const MOVING: Self = Self { caution: 2.0, warning: 3.0, critical: 4.0 };
    /// Default for zones where people stand and look, people/m² (UK guidance: 4.7 for standing areas).
    pub const STANDING: Self = Self { caution: 2.0, warning: 3.0, critical: 4.7 };
    /// Default for stairs and landings, people/m².
    pub const STAIR: Self = Self { caution: 1.5, warning: 2.2, critical: 2.7 };

    /// The level of `value`; not-a-number is [`Level::Normal`] and must be caught before.
    pub fn level(&self, value: f64) -> Level {
        if value >= self.critical {
            Level::Critical
        } else if value >= self.warning {
            Level::Warning
        } else if value >= self.caution {
            Level::Caution
        } else {
            Level::Normal
        }
    }

    /// The threshold of a raised level; for [`Level::Normal`] negative infinity.
    pub fn threshold(&self, level: Level) -> f64 {
        match level {
            Level::Normal => f64::NEG_INFINITY,
            Level::Caution => self.caution,
            Level::Warning => self.warning,
            Level::Critical => self.critical,
        }
    }

    /// True when the thresholds are finite and rise strictly.
    pub fn is_rising(&self) -> bool {
        self.caution < self.warning
            && self.warning < self.critical
            && self.critical.is_finite()
            && self.caution.is_finite()
    }
}

/// Which side of an indicator's thresholds is dangerous.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// High values are dangerous (a river stage).
    #[default]
    Above,
    /// Low values are dangerous (ambulances free); the ladder is of the negated value.
    Below,
}

/// What an indicator's levels are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LevelUse {
    /// They raise warnings.
    #[default]
    Warn,
    /// They only colour the map: thresholds taken from the stream's own past, not from a safety limit.
    Colour,
}

/// Levels of an indicator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IndicatorLevels {
    /// Thresholds as written: rising for [`Side::Above`], falling for [`Side::Below`].
    pub caution: f64,
    /// See `caution`.
    pub warning: f64,
    /// See `caution`.
    pub critical: f64,
    /// Which side is dangerous.
    pub side: Side,
    /// Warn or colour.
    pub purpose: LevelUse,
    /// Where the thresholds come from.
    pub source: String,
}

impl IndicatorLevels {
    /// The level of `value`.
    pub fn level(&self, value: f64) -> Level {
        let (ladder, value) = self.oriented(value);
        ladder.level(value)
    }

    /// The ladder and the value turned so that higher is more dangerous.
    pub fn oriented(&self, value: f64) -> (Ladder, f64) {
        let sign = match self.side {
            Side::Above => 1.0,
            Side::Below => -1.0,
        };
        let ladder =
            Ladder { caution: sign * self.caution, warning: sign * self.warning, critical: sign * self.critical };
        (ladder, sign * value)
    }
}

/// Fruin's level of service for walkways (Fruin 1971).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LevelOfService {
    /// Below 0.31 people/m².
    A,
    /// From 0.31.
    B,
    /// From 0.43.
    C,
    /// From 0.72.
    D,
    /// From 1.08.
    E,
    /// From 2.17.
    F,
}

impl LevelOfService {
    /// The level of a density in people/m².
    pub fn of(density_per_m2: f64) -> Self {
        match density_per_m2 {
            d if d >= 2.17 => Self::F,
            d if d >= 1.08 => Self::E,
            d if d >= 0.72 => Self::D,
            d if d >= 0.43 => Self::C,
            d if d >= 0.31 => Self::B,
            _ => Self::A,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fruin_bounds_are_those_of_the_walkway_scale() {
        let bounds = [(0.30, 'A'), (0.31, 'B'), (0.43, 'C'), (0.72, 'D'), (1.08, 'E'), (2.16, 'E'), (2.17, 'F')];
        for (density, name) in bounds {
            assert_eq!(format!("{:?}", LevelOfService::of(density)), name.to_string(), "{density}");
        }
    }

    #[test]
    fn a_level_below_turns_the_ladder() {
        let levels = IndicatorLevels {
            caution: 3.0,
            warning: 2.0,
            critical: 1.0,
            side: Side::Below,
            purpose: LevelUse::Warn,
            source: String::new(),
        };
        assert_eq!(levels.level(4.0), Level::Normal);
        assert_eq!(levels.level(3.0), Level::Caution);
        assert_eq!(levels.level(0.5), Level::Critical);
    }
}
