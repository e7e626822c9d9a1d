//! Datastreams: what a sensor is, what it tells the engine, and how far it may be trusted before anything is learned.
//!
//! Not here: what was observed (observation), how it does now (state, finding).
//! Invariant: a datastream has one role, hence tells of one place.

use serde::{Deserialize, Serialize};

use crate::{
    Bilingual, DatastreamId, DepartmentIx, FamilyId, GateIx, GroupIx, IndicatorLevels, LinkIx, Position,
    RejectionReason, ZoneIx,
};

/// The largest count one result may carry, people: more is a broken sensor, whatever its `max`.
pub const COUNT_MAX: f64 = 1e7;

/// A series of observations of one property at one place, owned by one department.
///
/// The default is an indicator of momentary results, without limits or levels, that is never judged silent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Datastream {
    /// Its id.
    pub id: DatastreamId,
    /// Its name.
    pub name: Bilingual,
    /// Who owns it.
    pub department: DepartmentIx,
    /// What the engine does with it.
    pub role: Role,
    /// Unit of the result, such as `people`, `vehicles`, `m`, `m3/s`, `1`.
    pub unit: String,
    /// Length of the interval a result is about, seconds; 0 for a momentary reading.
    pub interval_s: u32,
    /// From the interval's end to the result, seconds.
    pub delay_s: u32,
    /// How long an observation out of order is held for its predecessors, seconds.
    pub reorder_s: u32,
    /// How far in the future a phenomenon time may lie, seconds.
    pub future_s: u32,
    /// No observation for so long means silent, seconds; 0: never judged.
    pub silent_after_s: u32,
    /// Smallest plausible result; below it is rejected.
    pub min: Option<f64>,
    /// Largest plausible result; above it is rejected.
    pub max: Option<f64>,
    /// Share of its count that may be wrong, one standard deviation, 0–1.
    pub error_share: f64,
    /// What it reads for each person there, before anything is learned: the detection rate of a counting line, the
    /// multiplier of an area or group count.
    pub reads_per_person: Ratio,
    /// The kind of sensor it is, whose members err together; absent: it errs alone.
    pub family: Option<FamilyId>,
    /// Levels of the indicator.
    pub levels: Option<IndicatorLevels>,
    /// Where it is on the map.
    pub position: Option<Position>,
}

impl Datastream {
    /// Why a result can be no result of it, whatever else is known; `None` when it can.
    pub fn refuses(&self, result: f64) -> Option<RejectionReason> {
        let is_count = self.role != Role::Indicator;
        if !result.is_finite() {
            Some(RejectionReason::NotFinite)
        } else if is_count && result < 0.0 {
            Some(RejectionReason::Negative)
        } else if self.min.is_some_and(|min| result < min) {
            Some(RejectionReason::BelowMin)
        } else if self.max.is_some_and(|max| result > max) || is_count && result > COUNT_MAX {
            Some(RejectionReason::AboveMax)
        } else {
            None
        }
    }
}

/// A positive number with one standard deviation.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Ratio {
    /// The best guess.
    pub mean: f64,
    /// One standard deviation.
    pub sd: f64,
}

impl Default for Ratio {
    /// One for one, without doubt.
    fn default() -> Self {
        Self { mean: 1.0, sd: 0.0 }
    }
}

/// What a datastream tells the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// People through a gate in an interval.
    GateCount {
        /// The gate.
        gate: GateIx,
        /// Into or out of the site.
        flow: GateFlow,
    },
    /// People along a link in an interval.
    LinkCount {
        /// The link.
        link: LinkIx,
        /// Along or against it.
        flow: LinkFlow,
    },
    /// People in a zone at a moment.
    AreaCount {
        /// The zone.
        zone: ZoneIx,
    },
    /// People in a group of zones at a moment, as a phone network or a ticketing system counts them.
    GroupCount {
        /// The group.
        group: GroupIx,
    },
    /// A vital sign of the city: shown, judged by its own levels, never an occupancy.
    #[default]
    Indicator,
}

/// Direction through a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateFlow {
    /// Into the site.
    In,
    /// Out of the site.
    Out,
}

/// Direction along a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkFlow {
    /// From the link's `from` to its `to`.
    Forward,
    /// From its `to` to its `from`.
    Backward,
}
