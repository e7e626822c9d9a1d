//! `demand.toml` as written.
//!
//! Not here: limits and references between rows (`read`).
//! Invariant: these types are the only description of the keys; a key they do not know is refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// A weight by id, each id with its place in the file.
pub(super) type Weights = BTreeMap<Spanned<String>, f64>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDemand {
    pub(super) schema: Spanned<u32>,
    pub(super) start: Spanned<String>,
    pub(super) minutes: Spanned<u32>,
    pub(super) step_s: Option<Spanned<u32>>,
    pub(super) obeyed_share: Option<Spanned<f64>>,
    pub(super) crowd_per_m2: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) vary: RawVary,
    pub(super) arrivals: RawArrivals,
    pub(super) stay_on: Option<Spanned<Vec<(f64, f64)>>>,
    #[serde(default)]
    pub(super) attraction: Vec<RawAttraction>,
    #[serde(default)]
    pub(super) purpose: Vec<RawPurpose>,
    pub(super) shows: Option<Spanned<RawShows>>,
    #[serde(default)]
    pub(super) decided: Vec<RawDecided>,
    #[serde(default)]
    pub(super) event: Vec<RawEvent>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the unit belongs to the key")]
pub(super) struct RawVary {
    pub(super) volume_share: Option<Spanned<f64>>,
    pub(super) gate_share: Option<Spanned<f64>>,
    pub(super) place_share: Option<Spanned<f64>>,
    pub(super) initial_share: Option<Spanned<f64>>,
    pub(super) day_share: Option<Spanned<f64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawArrivals {
    pub(super) per_min: Spanned<Vec<(f64, f64)>>,
    pub(super) gates: Option<Spanned<Weights>>,
    pub(super) return_share: Option<Spanned<f64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAttraction {
    pub(super) id: Spanned<String>,
    pub(super) zones: Spanned<Weights>,
    pub(super) stay_median_min: Spanned<f64>,
    pub(super) stay_spread: Spanned<f64>,
    pub(super) stay_most_min: Spanned<f64>,
    pub(super) far_min: Option<Spanned<f64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPurpose {
    pub(super) id: Spanned<String>,
    pub(super) share: Spanned<f64>,
    pub(super) visits: Spanned<Vec<RawVisit>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawVisit {
    pub(super) to: Spanned<String>,
    pub(super) chance: Spanned<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawShows {
    pub(super) from_min: f64,
    pub(super) to_min: f64,
    pub(super) every_min: f64,
    pub(super) lasts_min: f64,
    pub(super) held_share: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDecided {
    pub(super) measure: Spanned<String>,
    pub(super) at: Spanned<String>,
    pub(super) until: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEvent {
    pub(super) kind: Spanned<String>,
    pub(super) from: Spanned<String>,
    pub(super) to: Spanned<String>,
    #[serde(default)]
    pub(super) links: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) gates: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) zones: Vec<Spanned<String>>,
    pub(super) factor: Option<Spanned<f64>>,
}
