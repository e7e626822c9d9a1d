//! A `[[datastream]]` as written, with the limits of each number.
//!
//! Not here: the other rows (`raw`), which key goes with which role (`streams`, `rates`).
//! Invariant: as in `raw`: the first paragraph of each doc comment is what a person reads as a remedy.

use city::{LevelUse, Side};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::raw::{RawName, named_schemas};
use super::units::UNITS;

/// A series of observations of one property at one place.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Datastream")]
#[serde(deny_unknown_fields)]
pub(super) struct RawDatastream {
    /// Its id, as in the observations; unique among datastreams.
    #[schemars(length(min = 1, max = 200))]
    pub(super) id: String,
    /// Its name in both languages.
    pub(super) name: RawName,
    /// The department that owns it.
    pub(super) department: String,
    /// Unit of the result.
    #[schemars(schema_with = "unit_schema")]
    pub(super) unit: String,
    /// Length of the interval a result is about, seconds; 0 for a momentary reading.
    #[serde(default)]
    #[schemars(range(max = 31_536_000))]
    pub(super) interval_s: u32,
    /// From the interval's end to the result, seconds.
    #[serde(default)]
    #[schemars(range(max = 31_536_000))]
    pub(super) delay_s: u32,
    /// How long an observation out of order waits for its predecessors, seconds; 60 when absent.
    #[schemars(range(max = 86_400))]
    pub(super) reorder_s: Option<u32>,
    /// How far in the future a phenomenon time may lie, seconds; 120 when absent.
    #[schemars(range(max = 86_400))]
    pub(super) future_s: Option<u32>,
    /// No observation for so long means silent, seconds; three intervals and the delay when absent, 0: never judged.
    #[schemars(range(max = 31_536_000))]
    pub(super) silent_after_s: Option<u32>,
    /// Share of one result that may be wrong beyond its lasting rate, one standard deviation, 0–1; 0.05 when absent.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(super) error_share: Option<f64>,
    /// What a counting line counts for each person who passes, { mean = …, sd = … }; 1 with the sd of `error_share` when absent.
    pub(super) detection_rate: Option<RawDetectionRate>,
    /// What an area or group count reads for each person who is there, { mean = …, sd = … }; 1 with the sd of `error_share` when absent.
    pub(super) multiplier: Option<RawMultiplier>,
    /// The kind of sensor, such as "camera" or "phone", whose members err together (rain, a full network); it errs alone when absent.
    #[schemars(length(min = 1, max = 200))]
    pub(super) family: Option<String>,
    /// What it counts: { gate = "…", flow = "in" or "out" }, { link = "…", flow = "forward" or "backward" }, { area = "…" } or { group = "…" }; an indicator when absent.
    pub(super) role: Option<RawRole>,
    /// Smallest plausible result; 0 for counts when absent.
    pub(super) min: Option<f64>,
    /// Largest plausible result: anything above is refused, so leave room for a surge.
    pub(super) max: Option<f64>,
    /// Where it is measured, [longitude, latitude].
    #[schemars(length(min = 2, max = 2))]
    pub(super) position: Option<Vec<f64>>,
    /// Levels of the result.
    pub(super) levels: Option<RawLevels>,
}

fn unit_schema(_: &mut SchemaGenerator) -> Schema {
    let symbols: Vec<&str> = UNITS.iter().map(|unit| unit.symbol).collect();
    json_schema!({ "type": "string", "enum": symbols })
}

/// What a counting line counts for each person who passes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "DetectionRate")]
#[serde(deny_unknown_fields)]
pub(super) struct RawDetectionRate {
    /// The best guess before anything is learned: above 0, at most 1.5; 0.9 for a counter that misses one person in ten.
    #[schemars(extend("exclusiveMinimum" = 0.0), range(max = 1.5))]
    pub(super) mean: f64,
    /// One standard deviation of the guess: 0 or more; 0 says that it is known.
    #[schemars(range(min = 0.0, max = 1.5))]
    pub(super) sd: f64,
    /// Where the guess comes from, or "assumption: why".
    #[expect(dead_code, reason = "read by people, not by the engine")]
    #[schemars(length(min = 1))]
    source: Option<String>,
}

/// What an area or group count reads for each person who is there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Multiplier")]
#[serde(deny_unknown_fields)]
pub(super) struct RawMultiplier {
    /// The best guess before anything is learned: above 0, at most 10; 0.4 where four people in ten carry a phone that is counted.
    #[schemars(extend("exclusiveMinimum" = 0.0), range(max = 10.0))]
    pub(super) mean: f64,
    /// One standard deviation of the guess: 0 or more; 0 says that it is known.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub(super) sd: f64,
    /// Where the guess comes from, or "assumption: why".
    #[expect(dead_code, reason = "read by people, not by the engine")]
    #[schemars(length(min = 1))]
    source: Option<String>,
}

/// What a datastream counts: one gate, link, area or group.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Role")]
#[serde(deny_unknown_fields)]
pub(super) struct RawRole {
    /// The one gate people are counted through; a sensor that counts at two is two datastreams.
    pub(super) gate: Option<String>,
    /// The one link people are counted along; a sensor that counts along two is two datastreams.
    pub(super) link: Option<String>,
    /// The one zone people are counted in; a sensor that sees two is two datastreams, or counts a group of them.
    pub(super) area: Option<String>,
    /// The one group of zones people are counted in together, as a phone network counts them.
    pub(super) group: Option<String>,
    /// The direction: "in" or "out" at a gate, "forward" or "backward" along a link.
    pub(super) flow: Option<RawFlow>,
}

/// Directions of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[schemars(rename = "Flow")]
#[serde(rename_all = "lowercase")]
pub(super) enum RawFlow {
    /// Into the site.
    In,
    /// Out of the site.
    Out,
    /// From the link's `from` to its `to`.
    Forward,
    /// From the link's `to` to its `from`.
    Backward,
}

/// Levels of a datastream's result.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Levels")]
#[serde(deny_unknown_fields)]
pub(super) struct RawLevels {
    /// Caution from here on.
    pub(super) caution: f64,
    /// Warning from here on.
    pub(super) warning: f64,
    /// Critical from here on.
    pub(super) critical: f64,
    /// The dangerous side: "above" (thresholds rise) or "below" (they fall).
    #[serde(default)]
    #[schemars(with = "RawSide")]
    pub(super) side: Side,
    /// "warn" raises warnings; "colour" only colours the map.
    #[serde(default)]
    #[schemars(with = "RawLevelUse")]
    pub(super) purpose: LevelUse,
    /// Where the thresholds come from, or "assumption: why".
    #[schemars(length(min = 1))]
    pub(super) source: String,
}

named_schemas! {
    /// Schema of [`Side`].
    RawSide("Side") = [Side::Above, Side::Below];
    /// Schema of [`LevelUse`].
    RawLevelUse("LevelUse") = [LevelUse::Warn, LevelUse::Colour];
}
