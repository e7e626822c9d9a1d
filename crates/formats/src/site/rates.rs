//! What a datastream reads for each person: the detection rate of a counting line, the multiplier of an area or group
//! count, and the family whose members err together.
//!
//! Not here: learning them (engine), the rest of a datastream (`streams`).
//! Invariant: a rate is positive, and a key that says nothing about the stream's role is an error, never ignored.

use city::{FamilyId, Ratio, Role};

use super::problem::Report;
use super::raw_sensors::RawDatastream;
use super::table::Row;

/// What it reads for each person there before anything is learned; reported when a key does not fit the role.
pub(super) fn reads_per_person(
    row: &Row<'_, RawDatastream>,
    (role, error_share): (Role, f64),
    report: &mut Report,
) -> Option<Ratio> {
    let raw = row.raw.as_ref()?;
    let rate = raw.detection_rate.as_ref().map(|rate| Ratio { mean: rate.mean, sd: rate.sd });
    let multiplier = raw.multiplier.as_ref().map(|rate| Ratio { mean: rate.mean, sd: rate.sd });
    let counts = match role {
        Role::GateCount { .. } => "counts at a gate",
        Role::LinkCount { .. } => "counts along a link",
        Role::AreaCount { .. } => "counts an area",
        Role::GroupCount { .. } => "counts a group",
        Role::Indicator => "is an indicator, which counts nobody,",
    };
    let (fitting, unfit, remedy) = match role {
        Role::GateCount { .. } | Role::LinkCount { .. } => {
            (rate, multiplier.map(|_| "multiplier"), "a counting line has a detection_rate instead")
        }
        Role::AreaCount { .. } | Role::GroupCount { .. } => {
            (multiplier, rate.map(|_| "detection_rate"), "a count of who is there has a multiplier instead")
        }
        Role::Indicator => {
            let unfit = rate.map(|_| "detection_rate").or(multiplier.map(|_| "multiplier"));
            (None, unfit, "give it the role of what it counts, or remove the key")
        }
    };
    if let Some(key) = unfit {
        report.error(row.spot(&[key]), format!("{} {counts} and has a {key}", row.owner), remedy);
        return None;
    }
    Some(fitting.unwrap_or(Ratio { mean: 1.0, sd: error_share }))
}

/// The family it belongs to.
pub(super) fn family(row: &Row<'_, RawDatastream>, role: Role, report: &mut Report) -> Option<FamilyId> {
    let name = row.raw.as_ref()?.family.as_deref()?.trim();
    if role == Role::Indicator {
        let message = format!("{} is an indicator and has the family \"{name}\"", row.owner);
        report.advice(row.spot(&["family"]), message, "remove family: only the errors of counts are shared");
    }
    Some(FamilyId::new(name))
}
