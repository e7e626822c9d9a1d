//! Warnings on the wire.
//!
//! Not here: when they are raised and cleared (docs/warnings.md).
//! Invariant: a warning names its cause, its console and what it rests on.

use city::{Acknowledgement, ActorId, HumanId, IssuedWarning, Shelving, Site, Time, Warning, WarningId};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Bilingual, FigureJson, console_id, datastream_id, words};

/// A warning as shown and stored.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarningJson<'a> {
    /// Its number.
    #[schema(value_type = u64)]
    pub id: WarningId,
    /// Where and why.
    pub cause: CauseJson,
    /// Its level now; the last raised one once returned.
    #[schema(value_type = words::Level)]
    pub level: city::Level,
    /// The worst level it ever had.
    #[schema(value_type = words::Level)]
    pub worst: city::Level,
    /// When it first came to its worst level; null in histories written before it was kept.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub worst_at: Option<Time>,
    /// The value that brought it there, in the unit of the cause; null as `value` is.
    #[schema(required)]
    pub worst_value: Option<f64>,
    /// Active or returned to normal.
    #[schema(value_type = words::Activity)]
    pub activity: city::Activity,
    /// Who acknowledged its present level, and when.
    #[schema(required)]
    pub acknowledged: Option<AcknowledgedJson<'a>>,
    /// Shelving in force.
    #[schema(required)]
    pub shelved: Option<ShelvedJson<'a>>,
    /// In or out of service.
    #[schema(value_type = words::Service)]
    pub service: city::Service,
    /// When it was raised.
    #[schema(value_type = String, format = DateTime)]
    pub raised_at: Time,
    /// When its present level was entered.
    #[schema(value_type = String, format = DateTime)]
    pub level_at: Time,
    /// When it returned to normal.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub returned_at: Option<Time>,
    /// When it was closed.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Time>,
    /// The value that raised its present level, in the unit of the cause; null for words and silence.
    #[schema(required)]
    pub value: Option<f64>,
    /// The threshold it reached.
    #[schema(required)]
    pub threshold: Option<f64>,
    /// The console it is at.
    pub console: &'a str,
    /// How far it was escalated unacknowledged.
    #[schema(value_type = words::Escalation)]
    pub escalation: city::Escalation,
    /// How often it has sounded: a page sounds when this grows.
    pub soundings: u32,
    /// Places of a grouped warning.
    pub members: Vec<String>,
    /// The grouped warning that speaks for this one.
    #[schema(required, value_type = Option<u64>)]
    pub grouped_in: Option<WarningId>,
    /// What it rests on.
    pub evidence: EvidenceJson<'a>,
}

/// A cause at a place.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CauseJson {
    /// Where, such as `zone/levee-3`.
    pub place: String,
    /// Why.
    #[schema(value_type = words::CauseKind)]
    pub kind: city::CauseKind,
}

/// An acknowledgement.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AcknowledgedJson<'a> {
    /// Who.
    #[schema(value_type = String)]
    pub by: &'a ActorId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
}

/// A shelving.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShelvedJson<'a> {
    /// Who.
    #[schema(value_type = String)]
    pub by: &'a ActorId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Why.
    pub why: &'a str,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub until: Time,
}

/// What a warning rests on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EvidenceJson<'a> {
    /// The latest observations used.
    pub observations: Vec<EvidenceObservationJson<'a>>,
    /// The human observation, if words raised it.
    #[schema(required, value_type = Option<u64>)]
    pub human: Option<HumanId>,
    /// The numbers of a precursor or a check.
    pub figures: Vec<FigureJson>,
    /// The post nearest to a sensor that must be checked.
    #[schema(required)]
    pub post: Option<PostNamedJson<'a>>,
}

/// A post of officers, by its name on the radio.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PostNamedJson<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name; null for one the site no longer has.
    #[schema(required, value_type = Option<Bilingual>)]
    pub name: Option<&'a city::Bilingual>,
}

/// An observation a warning rests on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EvidenceObservationJson<'a> {
    /// The datastream's id.
    pub datastream: &'a str,
    /// Start of its interval.
    #[schema(value_type = String, format = DateTime)]
    pub phenomenon_time: Time,
}

impl<'a> WarningJson<'a> {
    /// The wire form of a warning.
    pub fn new(site: &'a Site, warning: &'a Warning) -> Self {
        let observations = warning.evidence.observations.iter();
        Self {
            id: warning.id,
            cause: CauseJson { place: site.place_id(warning.cause.place), kind: warning.cause.kind },
            level: warning.level,
            worst: warning.worst,
            worst_at: warning.worst_at,
            worst_value: warning.worst_value,
            activity: warning.activity,
            acknowledged: warning.acknowledged.as_ref().map(AcknowledgedJson::from),
            shelved: warning.shelved.as_ref().map(ShelvedJson::from),
            service: warning.service,
            raised_at: warning.raised_at,
            level_at: warning.level_at,
            returned_at: warning.returned_at,
            closed_at: warning.closed_at,
            value: warning.value,
            threshold: warning.threshold,
            console: console_id(site, warning.console),
            escalation: warning.escalation,
            soundings: warning.soundings,
            members: warning.members.iter().map(|place| site.place_id(*place)).collect(),
            grouped_in: warning.grouped_in,
            evidence: EvidenceJson {
                observations: observations
                    .map(|&(stream, phenomenon_time)| EvidenceObservationJson {
                        datastream: datastream_id(site, stream),
                        phenomenon_time,
                    })
                    .collect(),
                human: warning.evidence.human,
                figures: warning.evidence.figures.iter().map(FigureJson::from).collect(),
                post: warning
                    .evidence
                    .post
                    .and_then(|ix| site.posts.get(ix.index()))
                    .map(|post| PostNamedJson { id: post.id.as_str(), name: Some(&post.name) }),
            },
        }
    }
}

impl<'a> WarningJson<'a> {
    /// The wire form of a warning as it was issued: by the ids it had then, so that what the site no longer has keeps
    /// its own.
    pub fn issued(site: &'a Site, issued: &'a IssuedWarning) -> Self {
        let mut json = Self::new(site, &issued.warning);
        let Some(ids) = &issued.ids else { return json };
        json.cause.place.clone_from(&ids.place);
        json.console = &ids.console;
        json.members.clone_from(&ids.members);
        if json.evidence.post.is_none() {
            json.evidence.post = ids.post.as_deref().map(|id| PostNamedJson { id, name: None });
        }
        for (observation, id) in json.evidence.observations.iter_mut().zip(&ids.datastreams) {
            observation.datastream = id;
        }
        json
    }
}

impl<'a> From<&'a Acknowledgement> for AcknowledgedJson<'a> {
    fn from(acknowledgement: &'a Acknowledgement) -> Self {
        Self { by: &acknowledgement.by, at: acknowledgement.at }
    }
}

impl<'a> From<&'a Shelving> for ShelvedJson<'a> {
    fn from(shelving: &'a Shelving) -> Self {
        Self { by: &shelving.by, at: shelving.at, why: &shelving.why, until: shelving.until }
    }
}
