//! Warnings as issued: cause, level, ISA-18.2 state, and what they rest on.
//!
//! Not here: when they are raised and cleared (the engine; docs/warnings.md).
//! Invariant: at most one open warning per cause.

use serde::{Deserialize, Serialize};

use crate::{ActorId, ConsoleIx, DatastreamIx, Figure, HumanId, Level, Place, PostIx, Service, Site, Time, WarningId};

/// Why a warning exists: one open warning per cause and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// Density of a zone, peak factor included.
    Density,
    /// People in a group.
    People,
    /// An indicator's own level.
    Indicator,
    /// Words from the street.
    Word,
    /// A datastream that should speak is silent, so what rests on it is unknown.
    Silent,
    /// Many places at once below critical.
    Surge,
    /// More people arrive at a stair or narrow link than can pass it.
    HeldBack,
    /// Hardly anyone gets out of a dense place.
    Stagnation,
    /// Opposing flows on a stair have locked: neither passes, both sides fill.
    LockUp,
    /// A zone fills faster than its links can relieve it.
    Filling,
    /// A queue has reached a road or the stairs of a station.
    Queue,
    /// A reading that raises risk is doubted: somebody must look.
    Check,
}

/// A cause at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// Where.
    pub place: Place,
    /// Why.
    pub kind: CauseKind,
}

/// A warning as shown and stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// Its number.
    pub id: WarningId,
    /// Where and why.
    pub cause: Cause,
    /// Its level now; the last raised one once returned.
    pub level: Level,
    /// The worst level it ever had.
    pub worst: Level,
    /// When it first came to its worst level; absent in histories written before it was kept.
    #[serde(default)]
    pub worst_at: Option<Time>,
    /// The value that brought it there, in the unit of the cause; absent as `value` is.
    #[serde(default)]
    pub worst_value: Option<f64>,
    /// Active or returned to normal.
    pub activity: Activity,
    /// Who acknowledged its present level, and when.
    pub acknowledged: Option<Acknowledgement>,
    /// Shelving in force.
    pub shelved: Option<Shelving>,
    /// In or out of service.
    pub service: Service,
    /// When it was raised.
    pub raised_at: Time,
    /// When its present level was entered.
    pub level_at: Time,
    /// When it returned.
    pub returned_at: Option<Time>,
    /// When it was closed: returned and acknowledged, merged, or no longer judged by a changed site.
    pub closed_at: Option<Time>,
    /// The value that raised its present level, in the unit of the cause; absent for words and silence.
    pub value: Option<f64>,
    /// The threshold it reached.
    pub threshold: Option<f64>,
    /// The console it is at.
    pub console: ConsoleIx,
    /// How far it was escalated unacknowledged.
    pub escalation: Escalation,
    /// How often it has sounded: a page sounds when this grows.
    pub soundings: u32,
    /// The places of a grouped warning.
    pub members: Vec<Place>,
    /// The grouped warning that speaks for this one.
    pub grouped_in: Option<WarningId>,
    /// What it rests on.
    pub evidence: Evidence,
}

/// Active or returned (ISA-18.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activity {
    /// The cause holds.
    Active,
    /// The cause has been below for the quiet period.
    Returned,
}

/// An acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Who.
    pub by: ActorId,
    /// When.
    pub at: Time,
}

/// A shelving: who, why, until.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelving {
    /// Who.
    pub by: ActorId,
    /// When.
    pub at: Time,
    /// Why.
    pub why: String,
    /// Until when.
    pub until: Time,
}

/// How far an unacknowledged critical has gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Escalation {
    /// At its first console.
    #[default]
    First,
    /// At the next console too.
    NextConsole,
    /// At the commander's.
    Commander,
}

/// What a warning rests on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The latest observations used, at most [`Evidence::LIMIT`].
    pub observations: Vec<(DatastreamIx, Time)>,
    /// The human observation, if words raised it.
    pub human: Option<HumanId>,
    /// The numbers of a precursor or a check.
    pub figures: Vec<Figure>,
    /// The post nearest to a sensor that must be checked.
    pub post: Option<PostIx>,
}

impl Evidence {
    /// The most observations a warning names.
    pub const LIMIT: usize = 8;
}

/// What happened to a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningChange {
    /// It was raised.
    Raised,
    /// Its level rose; it sounds again.
    Worsened,
    /// Its level fell after the quiet period.
    Eased,
    /// It returned to normal.
    Returned,
    /// It was acknowledged.
    Acknowledged,
    /// It was shelved.
    Shelved,
    /// A shelving ended.
    Unshelved,
    /// It was taken out of service or put back.
    ServiceChanged,
    /// It went to another console: unacknowledged, or because its own left the site.
    Escalated,
    /// A grouped warning took it in or let it go, or a member joined.
    Grouped,
    /// It is over: returned and acknowledged, or no longer judged by a changed site.
    Closed,
}

/// What a warning names, by id: positions hold for one site only, ids over all its edits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarningIds {
    /// Where it is, as [`Site::place_id`] writes it.
    pub place: String,
    /// The console it is at.
    pub console: String,
    /// The places of a grouped warning, in their order.
    pub members: Vec<String>,
    /// The datastream of each observation it rests on, in their order.
    pub datastreams: Vec<String>,
    /// The post nearest to a sensor that must be checked; absent too in histories written before posts were named.
    #[serde(default)]
    pub post: Option<String>,
}

impl WarningIds {
    /// The ids in `site`; a position outside its tables is written as `#` and the number.
    pub fn new(site: &Site, warning: &Warning) -> Self {
        let console = site.consoles.get(warning.console.index());
        let datastream = |&(ix, _): &(DatastreamIx, Time)| {
            let stream = site.datastreams.get(ix.index());
            stream.map_or_else(|| format!("#{}", ix.0), |stream| stream.id.to_string())
        };
        Self {
            place: site.place_id(warning.cause.place),
            console: console.map_or_else(|| format!("#{}", warning.console.0), |console| console.id.to_string()),
            members: warning.members.iter().map(|place| site.place_id(*place)).collect(),
            datastreams: warning.evidence.observations.iter().map(datastream).collect(),
            post: warning.evidence.post.and_then(|ix| site.posts.get(ix.index())).map(|post| post.id.to_string()),
        }
    }
}

/// A warning as it was issued, which may be under an earlier site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IssuedWarning {
    /// The warning; where [`IssuedWarning::ids`] are known its positions are those of the site now in force, and lie
    /// outside its tables for what that site no longer has.
    #[serde(flatten)]
    pub warning: Warning,
    /// What it named when it was issued; absent in histories written before ids were kept.
    #[serde(default)]
    pub ids: Option<WarningIds>,
}
