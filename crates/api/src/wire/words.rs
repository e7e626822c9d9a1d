//! The fixed words of the API, for its schema only: values are written by the domain types themselves.
//!
//! Not here: any behaviour.
//! Invariant: each lists exactly what the domain type of the same name writes; a test compares them.
#![allow(missing_docs, reason = "each word is documented on the domain type of the same name")]

use serde::Serialize;
use utoipa::ToSchema;

macro_rules! words {
    ($($(#[$meta:meta])* $name:ident [$case:tt] { $($variant:ident),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = $case)]
        pub enum $name { $($variant),* }

        #[cfg(test)]
        impl $name {
            /// Every word, as written.
            pub(crate) fn all() -> Vec<String> {
                vec![$(serde_json::to_string(&Self::$variant).unwrap()),*]
            }
        }
    )*};
}

words! {
    /// Operational level of a place or an indicator.
    Level ["lowercase"] { Normal, Caution, Warning, Critical }
    /// Whether a state may be believed; never shown as fine when unknown.
    Knowledge ["lowercase"] { Unknown, Partial, Known }
    /// Fruin's level of service for walkways.
    LevelOfService ["UPPERCASE"] { A, B, C, D, E, F }
    /// Whether a datastream speaks as often as it should.
    FeedHealth ["lowercase"] { Waiting, Speaking, Silent }
    /// What is wrong with a sensor.
    FindingKind ["kebab-case"] { Silent, Dropout, Stuck, Jump, Skew, Bias, Duplicate }
    /// What the system does about a finding.
    Response ["kebab-case"] { Widened, Unweighted, Check, Shifted }
    /// What happened to a finding.
    FindingChange ["kebab-case"] { Found, Ended }
    /// What a number of evidence is; the unit is last in the name.
    FigureKind ["snake_case"] {
        Reading, Expected, ExpectedP05, ExpectedP95, Deviations, Count, Share, ReadsPerPerson, ForS, SkewS, ArrivingPerS,
        CapacityPerS, PassingPerS, WaitingPeople, OutflowPerMS, DensityPerM2, ForwardPerS, BackwardPerS, RisePerM2Min,
        ReliefPerM2Min, CriticalInS,
    }
    /// State of a measure; in force is observed on the street, never assumed.
    MeasureState ["kebab-case"] { Off, Planned, Ordered, InForce }
    /// What a measure does.
    MeasureKind ["kebab-case"] { OpenRoad, Close, OneWay, Meter, HumanWall, SkipStop, ExitOnly, Divert }
    /// Why a warning exists.
    CauseKind ["kebab-case"] { Density, People, Indicator, Word, Silent, Surge, HeldBack, Stagnation, LockUp, Filling, Queue, Check }
    /// Active or returned to normal (ISA-18.2).
    Activity ["lowercase"] { Active, Returned }
    /// Whether a warning's cause is judged.
    Service ["kebab-case"] { In, Out }
    /// How far an unacknowledged critical has gone.
    Escalation ["kebab-case"] { First, NextConsole, Commander }
    /// What happened to a warning.
    WarningChange ["kebab-case"] {
        Raised, Worsened, Eased, Returned, Acknowledged, Shelved, Unshelved, ServiceChanged, Escalated, Grouped, Closed,
    }
    /// What the site's coordinates mean.
    Layout ["lowercase"] { Geographic, Schematic }
    /// A duty officer's console or the commander's.
    ConsoleRole ["lowercase"] { Duty, Commander }
    /// Where site time comes from.
    Mode ["lowercase"] { Live, Replay, Simulated }
    /// Which side of an indicator's thresholds is dangerous.
    Side ["lowercase"] { Above, Below }
    /// Whether an indicator's levels warn or only colour the map.
    LevelUse ["lowercase"] { Warn, Colour }
}

/// What a person on the spot says.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Saying {
    /// A count of the people in the zone.
    Count { people: f64 },
    /// At least and at most so many people.
    Bound { lower: f64, upper: f64 },
    /// The crowd does not move.
    NotMoving,
    /// People are pressed together.
    Pressed,
    /// Someone has fallen.
    Fallen,
    /// All is well again.
    Clear,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Serialize>(listed: &[String], written: impl IntoIterator<Item = T>) {
        let written: Vec<_> = written.into_iter().map(|word| serde_json::to_string(&word).unwrap()).collect();
        assert_eq!(listed, written);
    }

    #[test]
    fn the_schema_lists_the_words_the_domain_writes() {
        use city::WarningChange as Change;
        check(&Level::all(), [city::Level::Normal].into_iter().chain(city::Level::RAISED));
        check(&Knowledge::all(), [city::Knowledge::Unknown, city::Knowledge::Partial, city::Knowledge::Known]);
        check(&LevelOfService::all(), [0.0, 0.31, 0.43, 0.72, 1.08, 2.17].map(city::LevelOfService::of));
        check(&FeedHealth::all(), [city::FeedHealth::Waiting, city::FeedHealth::Speaking, city::FeedHealth::Silent]);
        {
            use city::MeasureState::{InForce, Off, Ordered, Planned};
            check(&MeasureState::all(), [Off, Planned, Ordered, InForce]);
        }
        {
            use city::MeasureKind::{Close, Divert, ExitOnly, HumanWall, Meter, OneWay, OpenRoad, SkipStop};
            check(&MeasureKind::all(), [OpenRoad, Close, OneWay, Meter, HumanWall, SkipStop, ExitOnly, Divert]);
        }
        {
            use city::CauseKind::{
                Check, Density, Filling, HeldBack, Indicator, LockUp, People, Queue, Silent, Stagnation, Surge, Word,
            };
            check(
                &CauseKind::all(),
                [Density, People, Indicator, Word, Silent, Surge, HeldBack, Stagnation, LockUp, Filling, Queue, Check],
            );
        }
        check(&Activity::all(), [city::Activity::Active, city::Activity::Returned]);
        check(&Service::all(), [city::Service::In, city::Service::Out]);
        {
            use city::Escalation::{Commander, First, NextConsole};
            check(&Escalation::all(), [First, NextConsole, Commander]);
        }
        check(
            &WarningChange::all(),
            [
                Change::Raised,
                Change::Worsened,
                Change::Eased,
                Change::Returned,
                Change::Acknowledged,
                Change::Shelved,
                Change::Unshelved,
                Change::ServiceChanged,
                Change::Escalated,
                Change::Grouped,
                Change::Closed,
            ],
        );
        check(&Layout::all(), [city::Layout::Geographic, city::Layout::Schematic]);
        check(&ConsoleRole::all(), [city::ConsoleRole::Duty, city::ConsoleRole::Commander]);
        check(&Mode::all(), [crate::Mode::Live, crate::Mode::Replay, crate::Mode::Simulated]);
        check(&Side::all(), [city::Side::Above, city::Side::Below]);
        check(&LevelUse::all(), [city::LevelUse::Warn, city::LevelUse::Colour]);
    }

    #[test]
    fn the_schema_lists_the_words_of_findings() {
        check(&FindingKind::all(), city::FindingKind::ALL);
        {
            use city::Response::{Check, Shifted, Unweighted, Widened};
            check(&Response::all(), [Widened, Unweighted, Check, Shifted]);
        }
        check(&FindingChange::all(), [city::FindingChange::Found, city::FindingChange::Ended]);
        {
            use city::FigureKind as Kind;
            check(
                &FigureKind::all(),
                [
                    Kind::Reading,
                    Kind::Expected,
                    Kind::ExpectedP05,
                    Kind::ExpectedP95,
                    Kind::Deviations,
                    Kind::Count,
                    Kind::Share,
                    Kind::ReadsPerPerson,
                    Kind::ForS,
                    Kind::SkewS,
                    Kind::ArrivingPerS,
                    Kind::CapacityPerS,
                    Kind::PassingPerS,
                    Kind::WaitingPeople,
                    Kind::OutflowPerMS,
                    Kind::DensityPerM2,
                    Kind::ForwardPerS,
                    Kind::BackwardPerS,
                    Kind::RisePerM2Min,
                    Kind::ReliefPerM2Min,
                    Kind::CriticalInS,
                ],
            );
        }
    }

    #[test]
    fn a_saying_is_written_as_listed() {
        let both = [
            (city::Saying::Count { people: 1.0 }, Saying::Count { people: 1.0 }),
            (city::Saying::Bound { lower: 1.0, upper: 2.0 }, Saying::Bound { lower: 1.0, upper: 2.0 }),
            (city::Saying::NotMoving, Saying::NotMoving),
            (city::Saying::Pressed, Saying::Pressed),
            (city::Saying::Fallen, Saying::Fallen),
            (city::Saying::Clear, Saying::Clear),
        ];
        for (domain, listed) in both {
            assert_eq!(serde_json::to_string(&domain).unwrap(), serde_json::to_string(&listed).unwrap());
        }
    }
}
