//! Findings: what is wrong with a sensor, since when, on what evidence, and what the system does about it.
//!
//! Not here: how they are found (engine).
//! Invariant: a finding widens intervals and opens checks; it never takes away a reading that raises risk (INV-10).

use serde::{Deserialize, Serialize};

use crate::{DatastreamIx, Time};

/// What is wrong with a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Nothing came for longer than the stream allows.
    Silent,
    /// Many of its results are missing or never come.
    Dropout,
    /// It repeats one result while its surroundings change.
    Stuck,
    /// Its results leap to where nothing around it can follow.
    Jump,
    /// Its clock is ahead or behind.
    Skew,
    /// It reads lastingly more or less than its neighbours and the balance of people allow.
    Bias,
    /// It repeats what another datastream says, or the same rows over and over.
    Duplicate,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Silent, Self::Dropout, Self::Stuck, Self::Jump, Self::Skew, Self::Bias, Self::Duplicate];

    /// Its name in files and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Dropout => "dropout",
            Self::Stuck => "stuck",
            Self::Jump => "jump",
            Self::Skew => "skew",
            Self::Bias => "bias",
            Self::Duplicate => "duplicate",
        }
    }

    /// The kind of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A number that evidence names, in the unit of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is.
    pub kind: FigureKind,
    /// How much.
    pub value: f64,
}

/// What a number of evidence is; the unit is last in the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureKind {
    /// What the sensor reads, in its unit.
    Reading,
    /// What it was expected to read, in its unit.
    Expected,
    /// Lower bound of what was expected, 90 %.
    ExpectedP05,
    /// Upper bound of what was expected, 90 %.
    ExpectedP95,
    /// How far the reading lies from what was expected, standard deviations.
    Deviations,
    /// Results in a row that bear the finding out, a count.
    Count,
    /// Share of results concerned, 0–1.
    Share,
    /// What it reads for each person there, as estimated.
    ReadsPerPerson,
    /// How long it has been so, seconds.
    ForS,
    /// Clock ahead (positive) or behind, seconds.
    SkewS,
    /// People who want to pass, per second.
    ArrivingPerS,
    /// People who can pass, per second.
    CapacityPerS,
    /// People who do pass, per second.
    PassingPerS,
    /// People waiting.
    WaitingPeople,
    /// Outflow, people per metre and second.
    OutflowPerMS,
    /// Density, people/m².
    DensityPerM2,
    /// People who pass forward, per second.
    ForwardPerS,
    /// People who pass backward, per second.
    BackwardPerS,
    /// Change of density, people/m² per minute.
    RisePerM2Min,
    /// The change the links can relieve, people/m² per minute.
    ReliefPerM2Min,
    /// Time until the density is critical at this pace, seconds.
    #[serde(alias = "level_in_s")]
    CriticalInS,
}

/// What is wrong with one sensor now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// Since when the sensor has been so, as far as can be told; at or before `found_at`.
    pub since: Time,
    /// When it was found.
    pub found_at: Time,
    /// The numbers it rests on.
    pub evidence: Vec<Figure>,
    /// The other datastream, for a duplicate or a comparison.
    pub other: Option<DatastreamIx>,
    /// What the system does about it.
    pub response: Response,
}

/// What the system does about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    /// What rests on the sensor is shown with a wider interval.
    Widened,
    /// Its readings no longer narrow the estimate; a reading that raises risk is still judged.
    Unweighted,
    /// As widened, and where the reading raises risk an officer is asked to look.
    Check,
    /// Its times are corrected by the skew found, with a wider interval.
    Shifted,
}

/// What happened to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingChange {
    /// It was found.
    Found,
    /// It is over: the sensor does as it should again.
    Ended,
}
