//! What is wrong with a sensor, and the numbers that evidence names, on the wire.
//!
//! Not here: how findings are made (the engine).
//! Invariant: a finding never stands without since when, nor a learned number without its interval.

use city::{FigureKind, Finding, RatioState, Site, Time};
use serde::Serialize;
use utoipa::ToSchema;

use super::{datastream_id, words};

/// What is wrong with a sensor now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FindingJson<'a> {
    /// What.
    #[schema(value_type = words::FindingKind)]
    pub kind: city::FindingKind,
    /// Since when the sensor has been so, as far as can be told.
    #[schema(value_type = String, format = DateTime)]
    pub since: Time,
    /// When it was found.
    #[schema(value_type = String, format = DateTime)]
    pub found_at: Time,
    /// The numbers it rests on.
    pub evidence: Vec<FigureJson>,
    /// The other datastream's id, for a duplicate or a comparison.
    #[schema(required)]
    pub other: Option<&'a str>,
    /// What the system does about it.
    #[schema(value_type = words::Response)]
    pub response: city::Response,
}

impl<'a> FindingJson<'a> {
    /// The wire form of a finding.
    pub fn new(site: &'a Site, finding: &Finding) -> Self {
        Self {
            kind: finding.kind,
            since: finding.since,
            found_at: finding.found_at,
            evidence: finding.evidence.iter().map(FigureJson::from).collect(),
            other: finding.other.map(|other| datastream_id(site, other)),
            response: finding.response,
        }
    }
}

/// A number of evidence; its kind names its unit last.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct FigureJson {
    /// What it is.
    #[schema(value_type = words::FigureKind)]
    pub kind: FigureKind,
    /// How much; null when it has no bound.
    #[schema(required, value_type = Option<f64>)]
    pub value: f64,
}

impl From<&city::Figure> for FigureJson {
    fn from(figure: &city::Figure) -> Self {
        Self { kind: figure.kind, value: figure.value }
    }
}

/// A positive number as learned.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct RatioJson {
    /// Best estimate.
    pub value: f64,
    /// Lower bound of the 90 % interval.
    pub p05: f64,
    /// Upper bound of the 90 % interval.
    pub p95: f64,
}

impl From<RatioState> for RatioJson {
    fn from(ratio: RatioState) -> Self {
        let RatioState { value, p05, p95 } = ratio;
        Self { value, p05, p95 }
    }
}
