//! Live state on the wire: zones, groups, datastreams, measures, human observations, and the whole view.
//!
//! Not here: geometry (`geo`), warnings (`warning`).
//! Invariant: a number of people never stands without its interval, nor a value without its time.

use city::{DatastreamState, GroupState, HumanRecord, MeasureView, OfficerView, Seq, Site, Tally, Time, ZoneState};
use serde::Serialize;
use utoipa::ToSchema;

use super::{FindingJson, RatioJson, WarningJson, datastream_id, group_id, measure_id, moment, words, zone_id};
use crate::{DeskView, Mode};

/// A zone now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ZoneJson<'a> {
    /// Its id.
    pub id: &'a str,
    /// Whether to believe it.
    #[schema(value_type = words::Knowledge)]
    pub knowledge: city::Knowledge,
    /// People, best estimate; null while unknown.
    #[schema(required)]
    pub people: Option<f64>,
    /// Lower bound of the 90 % interval, people.
    #[schema(required)]
    pub p05: Option<f64>,
    /// Upper bound of the 90 % interval, people.
    #[schema(required)]
    pub p95: Option<f64>,
    /// Mean density, people/m²; null without an area.
    #[schema(required)]
    pub density_per_m2: Option<f64>,
    /// Density of its densest part, people/m².
    #[schema(required)]
    pub peak_density_per_m2: Option<f64>,
    /// Fruin level of the mean density.
    #[schema(required, value_type = Option<words::LevelOfService>)]
    pub level_of_service: Option<city::LevelOfService>,
    /// Operational level.
    #[schema(value_type = words::Level)]
    pub level: city::Level,
    /// People entering per minute.
    pub in_per_min: f64,
    /// People leaving per minute.
    pub out_per_min: f64,
    /// End of the latest interval it rests on.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    #[serde(serialize_with = "moment::optional")]
    pub as_of: Option<Time>,
    /// True while pedestrians may be in it.
    pub open: bool,
    /// What an officer set or bounded, beside the machine's estimate.
    #[schema(required)]
    pub officer: Option<OfficerJson>,
}

/// An officer's count or bound in force.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct OfficerJson {
    /// At least, people.
    pub lower: f64,
    /// At most, people.
    pub upper: f64,
    /// Said at.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Counts until.
    #[schema(value_type = String, format = DateTime)]
    pub until: Time,
}

impl From<OfficerView> for OfficerJson {
    fn from(view: OfficerView) -> Self {
        Self { lower: view.lower, upper: view.upper, at: view.at, until: view.until }
    }
}

impl<'a> ZoneJson<'a> {
    /// The wire form of a zone's state.
    pub fn new(site: &'a Site, state: &ZoneState) -> Self {
        Self {
            id: zone_id(site, state.zone),
            knowledge: state.knowledge,
            people: state.occupancy.map(|occupancy| occupancy.people),
            p05: state.occupancy.map(|occupancy| occupancy.p05),
            p95: state.occupancy.map(|occupancy| occupancy.p95),
            density_per_m2: state.density_per_m2,
            peak_density_per_m2: state.peak_density_per_m2,
            level_of_service: state.level_of_service,
            level: state.level,
            in_per_min: state.in_per_min,
            out_per_min: state.out_per_min,
            as_of: state.as_of,
            open: state.open,
            officer: state.officer.map(OfficerJson::from),
        }
    }
}

/// A group now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GroupJson<'a> {
    /// Its id.
    pub id: &'a str,
    /// The least of its members'.
    #[schema(value_type = words::Knowledge)]
    pub knowledge: city::Knowledge,
    /// People in all its known members; null while unknown.
    #[schema(required)]
    pub people: Option<f64>,
    /// Lower bound of the 90 % interval, people.
    #[schema(required)]
    pub p05: Option<f64>,
    /// Upper bound of the 90 % interval, people.
    #[schema(required)]
    pub p95: Option<f64>,
    /// Never better than its worst member's.
    #[schema(value_type = words::Level)]
    pub level: city::Level,
    /// Members whose people are unknown.
    pub unknown_members: u32,
}

impl<'a> GroupJson<'a> {
    /// The wire form of a group's state.
    pub fn new(site: &'a Site, state: &GroupState) -> Self {
        Self {
            id: group_id(site, state.group),
            knowledge: state.knowledge,
            people: state.occupancy.map(|occupancy| occupancy.people),
            p05: state.occupancy.map(|occupancy| occupancy.p05),
            p95: state.occupancy.map(|occupancy| occupancy.p95),
            level: state.level,
            unknown_members: state.unknown_members,
        }
    }
}

/// A datastream's latest value.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DatastreamJson<'a> {
    /// Its id.
    pub id: &'a str,
    /// Start of the interval the result is about.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    #[serde(serialize_with = "moment::optional")]
    pub phenomenon_time: Option<Time>,
    /// When the result became available.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    #[serde(serialize_with = "moment::optional")]
    pub result_time: Option<Time>,
    /// The result in the datastream's unit; null when missing or nothing has come.
    #[schema(required)]
    pub result: Option<f64>,
    /// Its level.
    #[schema(value_type = words::Level)]
    pub level: city::Level,
    /// Whether it speaks.
    #[schema(value_type = words::FeedHealth)]
    pub health: city::FeedHealth,
    /// Since when it has been so.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    #[serde(serialize_with = "moment::optional")]
    pub since: Option<Time>,
    /// What is wrong with it.
    pub findings: Vec<FindingJson<'a>>,
    /// What it reads for each person there, as learned; null where nothing is learned.
    #[schema(required)]
    pub reads_per_person: Option<RatioJson>,
}

impl<'a> DatastreamJson<'a> {
    /// The wire form of a datastream's state.
    pub fn new(site: &'a Site, state: &DatastreamState) -> Self {
        Self {
            id: datastream_id(site, state.datastream),
            phenomenon_time: state.phenomenon_time,
            result_time: state.result_time,
            result: state.result,
            level: state.level,
            health: state.health,
            since: state.since,
            findings: state.findings.iter().map(|finding| FindingJson::new(site, finding)).collect(),
            reads_per_person: state.reads_per_person.map(RatioJson::from),
        }
    }
}

/// Counts of what came on a datastream.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct TallyJson {
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

impl From<Tally> for TallyJson {
    fn from(tally: Tally) -> Self {
        let Tally { taken, missing, rejected, duplicates, late, revised } = tally;
        Self { taken, missing, rejected, duplicates, late, revised }
    }
}

/// A measure's state.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MeasureStateJson<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its state.
    #[schema(value_type = words::MeasureState)]
    pub state: city::MeasureState,
    /// Since when.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    #[serde(serialize_with = "moment::optional")]
    pub since: Option<Time>,
}

impl<'a> MeasureStateJson<'a> {
    /// The wire form of a measure's state.
    pub fn new(site: &'a Site, view: &MeasureView) -> Self {
        Self { id: measure_id(site, view.measure), state: view.state, since: view.since }
    }
}

/// What a person on the spot said.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HumanJson<'a> {
    /// Its number.
    #[schema(value_type = u64)]
    pub id: city::HumanId,
    /// Where, such as `zone/levee-3`.
    pub place: String,
    /// The reporter's role, never a name.
    pub role: &'a str,
    /// What.
    #[schema(value_type = words::Saying)]
    pub saying: city::Saying,
    /// Why, as a short code.
    pub reason: &'a str,
    /// When it was said.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Until when it counts.
    #[schema(value_type = String, format = DateTime)]
    pub until: Time,
}

impl<'a> HumanJson<'a> {
    /// The wire form of a human observation.
    pub fn new(site: &Site, record: &'a HumanRecord) -> Self {
        Self {
            id: record.id,
            place: site.place_id(record.observation.place),
            role: &record.observation.role,
            saying: record.observation.saying,
            reason: &record.observation.reason,
            at: record.at,
            until: record.until,
        }
    }
}

/// The whole picture at a sequence number.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ViewJson<'a> {
    /// The last entry applied.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// The stream position it belongs to: events after this id bring it up to date.
    pub stream_id: String,
    /// Site time.
    #[schema(value_type = String, format = DateTime)]
    pub site_time: Time,
    /// Where site time comes from.
    #[schema(value_type = words::Mode)]
    pub mode: Mode,
    /// Site seconds per wall second; null when as fast as possible.
    #[schema(required, value_type = Option<f64>)]
    pub speed: f64,
    /// True while it stands still.
    pub paused: bool,
    /// Every zone.
    pub zones: Vec<ZoneJson<'a>>,
    /// Every group.
    pub groups: Vec<GroupJson<'a>>,
    /// Every datastream.
    pub datastreams: Vec<DatastreamJson<'a>>,
    /// Every measure.
    pub measures: Vec<MeasureStateJson<'a>>,
    /// Open warnings.
    pub warnings: Vec<WarningJson<'a>>,
    /// Human observations that count now.
    pub humans: Vec<HumanJson<'a>>,
}

impl<'a> From<&'a DeskView> for ViewJson<'a> {
    fn from(view: &'a DeskView) -> Self {
        let site = view.site.as_ref();
        Self {
            seq: view.seq,
            stream_id: view.stream_id.to_string(),
            site_time: view.site_time,
            mode: view.mode,
            speed: view.speed,
            paused: view.paused,
            zones: view.zones.iter().map(|state| ZoneJson::new(site, state)).collect(),
            groups: view.groups.iter().map(|state| GroupJson::new(site, state)).collect(),
            datastreams: view.datastreams.iter().map(|state| DatastreamJson::new(site, state)).collect(),
            measures: view.measures.iter().map(|state| MeasureStateJson::new(site, state)).collect(),
            warnings: view.warnings.iter().map(|warning| WarningJson::new(site, warning)).collect(),
            humans: view.humans.iter().map(|record| HumanJson::new(site, record)).collect(),
        }
    }
}
