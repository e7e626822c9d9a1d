//! Views of the live state: what a screen shows of a zone, a group, a datastream, a measure.
//!
//! Not here: the state itself (engine) and its wire form (api).
//! Invariant: a number of people never stands without its interval, nor a value without its age.

use serde::{Deserialize, Serialize};

use crate::{DatastreamIx, FeedHealth, Finding, GroupIx, Level, LevelOfService, MeasureIx, MeasureState, Time, ZoneIx};

/// People, with the 90 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Occupancy {
    /// Best estimate, people.
    pub people: f64,
    /// Lower bound, people.
    pub p05: f64,
    /// Upper bound, people.
    pub p95: f64,
}

/// Whether a state may be believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Knowledge {
    /// Nothing measures it, or nothing has come yet.
    #[default]
    Unknown,
    /// Some of what measures it is silent: shown with its age, never as fine.
    Partial,
    /// All that measures it speaks.
    Known,
}

/// A zone now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZoneState {
    /// Which.
    pub zone: ZoneIx,
    /// Whether to believe it.
    pub knowledge: Knowledge,
    /// People in it; absent while unknown.
    pub occupancy: Option<Occupancy>,
    /// Mean density, people/m²; absent without area.
    pub density_per_m2: Option<f64>,
    /// Density of its densest part: mean × peak factor.
    pub peak_density_per_m2: Option<f64>,
    /// Fruin level of the mean density; absent for networks.
    pub level_of_service: Option<LevelOfService>,
    /// Operational level, from the peak density; words from the street included.
    pub level: Level,
    /// People entering per minute, from the latest counts of its gates and links.
    pub in_per_min: f64,
    /// People leaving per minute.
    pub out_per_min: f64,
    /// The end of the latest interval it rests on.
    pub as_of: Option<Time>,
    /// True while pedestrians may be in it.
    pub open: bool,
    /// What an officer set or bounded, beside the machine's estimate.
    pub officer: Option<OfficerView>,
}

/// An officer's count or bound in force.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfficerView {
    /// At least, people.
    pub lower: f64,
    /// At most, people.
    pub upper: f64,
    /// Said at.
    pub at: Time,
    /// Counts until.
    pub until: Time,
}

/// A group now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupState {
    /// Which.
    pub group: GroupIx,
    /// The least of its members'.
    pub knowledge: Knowledge,
    /// People in all its known members.
    pub occupancy: Option<Occupancy>,
    /// Never better than its worst member's.
    pub level: Level,
    /// Members whose people are unknown.
    pub unknown_members: u32,
}

/// A datastream now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatastreamState {
    /// Which.
    pub datastream: DatastreamIx,
    /// Phenomenon time of the latest observation.
    pub phenomenon_time: Option<Time>,
    /// Its result time.
    pub result_time: Option<Time>,
    /// Its result; absent when the source said "missing".
    pub result: Option<f64>,
    /// Its level.
    pub level: Level,
    /// Whether it speaks.
    pub health: FeedHealth,
    /// Since when it has been so.
    pub since: Option<Time>,
    /// What was refused, late, duplicate or missing so far.
    pub tally: Tally,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// What it reads for each person there, as learned; absent for indicators.
    pub reads_per_person: Option<RatioState>,
}

/// A positive number as learned, with its 90 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RatioState {
    /// Best estimate.
    pub value: f64,
    /// Lower bound.
    pub p05: f64,
    /// Upper bound.
    pub p95: f64,
}

/// Counts of what came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Observations taken, missing ones included.
    pub taken: u64,
    /// Of those, missing results.
    pub missing: u64,
    /// Refused.
    pub rejected: u64,
    /// Seen before.
    pub duplicates: u64,
    /// Came after their place in order.
    pub late: u64,
    /// Replaced an earlier result.
    pub revised: u64,
}

/// A measure now.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasureView {
    /// Which.
    pub measure: MeasureIx,
    /// Its state.
    pub state: MeasureState,
    /// Since when.
    pub since: Option<Time>,
}
