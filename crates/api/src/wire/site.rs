//! The site on the wire.
//!
//! Not here: its geometry (`geo`).
//! Invariant: every reference to another part of the site is by id.

use city::{Datastream, Ladder, Measure, Role, Site, Sourced, Time, WarningRules};
use serde::Serialize;
use utoipa::ToSchema;

use super::{console_id, department_id, group_id, id_at, words, zone_id};
use crate::Mode;

/// A name in both languages.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Bilingual {
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
    /// English.
    pub en: String,
}

/// The site under watch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SiteJson<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    #[schema(value_type = Bilingual)]
    pub name: &'a city::Bilingual,
    /// IANA time zone, for showing times.
    pub timezone: &'a str,
    /// What its coordinates mean.
    #[schema(value_type = words::Layout)]
    pub layout: city::Layout,
    /// Whom to thank for the geometry.
    pub attribution: &'a str,
    /// Where site time comes from.
    #[schema(value_type = words::Mode)]
    pub mode: Mode,
    /// The department that owns zones and groups.
    pub lead: &'a str,
    /// Departments.
    pub departments: Vec<DepartmentJson<'a>>,
    /// Duty consoles in order of escalation.
    pub consoles: Vec<ConsoleJson<'a>>,
    /// Zone groups.
    pub groups: Vec<GroupInfoJson<'a>>,
    /// The playbook.
    pub measures: Vec<MeasureJson<'a>>,
    /// Where officers stand.
    pub posts: Vec<PostJson<'a>>,
    /// Rules of the warnings' life cycle.
    pub rules: RulesJson,
    /// West, south, east, north in degrees; null without any position.
    #[schema(required)]
    pub bounds: Option<[f64; 4]>,
    /// The engine's version.
    pub engine: &'a str,
}

/// A department.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DepartmentJson<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    #[schema(value_type = Bilingual)]
    pub name: &'a city::Bilingual,
}

/// A console at which warnings appear.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConsoleJson<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    #[schema(value_type = Bilingual)]
    pub name: &'a city::Bilingual,
    /// Duty or commander.
    #[schema(value_type = words::ConsoleRole)]
    pub role: city::ConsoleRole,
    /// Whose warnings appear here first.
    pub departments: Vec<&'a str>,
}

/// A post of officers on the street.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PostJson<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name, as it is called on the radio.
    #[schema(value_type = Bilingual)]
    pub name: &'a city::Bilingual,
    /// The zone it stands in.
    pub zone: &'a str,
    /// Longitude and latitude, degrees; null: at its zone.
    #[schema(required)]
    pub position: Option<[f64; 2]>,
}

/// A zone group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GroupInfoJson<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    #[schema(value_type = Bilingual)]
    pub name: &'a city::Bilingual,
    /// Its member zones.
    pub members: Vec<&'a str>,
    /// Levels in people.
    #[schema(required)]
    pub people: Option<LadderJson<'a>>,
}

/// Three rising thresholds and where they come from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LadderJson<'a> {
    /// Caution at or above.
    pub caution: f64,
    /// Warning at or above.
    pub warning: f64,
    /// Critical at or above.
    pub critical: f64,
    /// The source, or the word assumption and why.
    pub source: &'a str,
}

impl<'a> From<&'a Sourced<Ladder>> for LadderJson<'a> {
    fn from(ladder: &'a Sourced<Ladder>) -> Self {
        let Ladder { caution, warning, critical } = ladder.value;
        Self { caution, warning, critical, source: &ladder.source }
    }
}

/// A measure of the playbook.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MeasureJson<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    #[schema(value_type = Bilingual)]
    pub name: &'a city::Bilingual,
    /// What it does.
    #[schema(value_type = words::MeasureKind)]
    pub kind: city::MeasureKind,
    /// Where it acts, such as `zone/road-1`.
    pub targets: Vec<String>,
    /// Who carries it out.
    pub department: &'a str,
    /// From order to in force, seconds.
    pub setup_s: u32,
    /// Staff it needs.
    pub staff: u32,
    /// What it costs people.
    #[schema(value_type = Bilingual)]
    pub disruption: &'a city::Bilingual,
    /// When it was scheduled ahead of the day.
    #[schema(required)]
    pub scheduled: Option<ScheduleJson>,
}

/// A scheduled time in force.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ScheduleJson {
    /// In force from.
    #[schema(value_type = String, format = DateTime)]
    pub from: Time,
    /// In force until; null if open.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub to: Option<Time>,
}

impl<'a> MeasureJson<'a> {
    /// The wire form of a measure.
    pub fn new(site: &'a Site, measure: &'a Measure) -> Self {
        Self {
            id: measure.id.as_str(),
            name: &measure.name,
            kind: measure.kind,
            targets: measure.targets.iter().map(|place| site.place_id(*place)).collect(),
            department: department_id(site, measure.department),
            setup_s: measure.setup_s,
            staff: measure.staff,
            disruption: &measure.disruption,
            scheduled: measure.scheduled.map(|window| ScheduleJson { from: window.from, to: window.to }),
        }
    }
}

/// Rules of the warnings' life cycle (docs/warnings.md).
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct RulesJson {
    /// A level counts as left only below its threshold times this, 0–1.
    pub clear_ratio: f64,
    /// How long caution must hold before it is raised, seconds.
    pub dwell_caution_s: u32,
    /// How long warning must hold before it is raised, seconds.
    pub dwell_warning_s: u32,
    /// How long a warning must stay below before it returns, seconds.
    pub quiet_s: u32,
    /// Unacknowledged critical goes to the next console after, seconds.
    pub next_console_s: u32,
    /// Unacknowledged critical goes to the commander after, seconds.
    pub commander_s: u32,
    /// So many places raised within the window make one grouped warning.
    pub group_places: u32,
    /// The window of grouping, seconds.
    pub group_window_s: u32,
    /// The longest a warning may be shelved, seconds.
    pub shelve_max_s: u32,
    /// The longest a critical may be shelved, seconds.
    pub shelve_critical_max_s: u32,
    /// How long a word from the street counts when it names no end, seconds.
    pub word_holds_s: u32,
}

impl From<WarningRules> for RulesJson {
    fn from(rules: WarningRules) -> Self {
        Self {
            clear_ratio: rules.clear_ratio,
            dwell_caution_s: rules.dwell_caution_s,
            dwell_warning_s: rules.dwell_warning_s,
            quiet_s: rules.quiet_s,
            next_console_s: rules.next_console_s,
            commander_s: rules.commander_s,
            group_places: rules.group_places,
            group_window_s: rules.group_window_s,
            shelve_max_s: rules.shelve_max_s,
            shelve_critical_max_s: rules.shelve_critical_max_s,
            word_holds_s: rules.word_holds_s,
        }
    }
}

impl<'a> SiteJson<'a> {
    /// The wire form of a site.
    pub fn new(site: &'a Site, mode: Mode, engine: &'a str) -> Self {
        let department = |ix: &city::DepartmentIx| department_id(site, *ix);
        Self {
            id: site.id.as_str(),
            name: &site.name,
            timezone: &site.timezone,
            layout: site.layout,
            attribution: &site.attribution,
            mode,
            lead: department_id(site, site.lead),
            departments: site
                .departments
                .iter()
                .map(|department| DepartmentJson { id: department.id.as_str(), name: &department.name })
                .collect(),
            consoles: (0..site.consoles.len())
                .zip(&site.consoles)
                .map(|(ix, console)| ConsoleJson {
                    id: console_id(site, ix.into()),
                    name: &console.name,
                    role: console.role,
                    departments: console.departments.iter().map(department).collect(),
                })
                .collect(),
            groups: site
                .groups
                .iter()
                .map(|group| GroupInfoJson {
                    id: group.id.as_str(),
                    name: &group.name,
                    members: group.members.iter().map(|ix| zone_id(site, *ix)).collect(),
                    people: group.people.as_ref().map(LadderJson::from),
                })
                .collect(),
            measures: site.measures.iter().map(|measure| MeasureJson::new(site, measure)).collect(),
            posts: site
                .posts
                .iter()
                .map(|post| PostJson {
                    id: post.id.as_str(),
                    name: &post.name,
                    zone: zone_id(site, post.zone),
                    position: post.position.map(|at| [at.lon, at.lat]),
                })
                .collect(),
            rules: site.rules.into(),
            bounds: super::geo::bounds(site),
            engine,
        }
    }
}

/// A datastream's description.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DatastreamInfoJson<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    #[schema(value_type = Bilingual)]
    pub name: &'a city::Bilingual,
    /// Who owns it.
    pub department: &'a str,
    /// Unit of the result.
    pub unit: &'a str,
    /// Length of the interval a result is about, seconds; 0 for a momentary reading.
    pub interval_s: u32,
    /// What it counts; null for an indicator.
    #[schema(required)]
    pub role: Option<RoleJson<'a>>,
    /// The zones it tells of; none for an indicator.
    pub zones: Vec<&'a str>,
    /// Longitude and latitude, degrees.
    #[schema(required)]
    pub position: Option<[f64; 2]>,
    /// Levels of an indicator.
    #[schema(required)]
    pub levels: Option<LevelsJson<'a>>,
}

/// What a datastream counts: people through a gate, along a link, in a zone or in a group of zones.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum RoleJson<'a> {
    /// Through a gate.
    Gate {
        /// The gate's id.
        gate: &'a str,
        /// `in` or `out`.
        #[schema(value_type = String)]
        flow: city::GateFlow,
    },
    /// Along a link.
    Link {
        /// The link's id.
        link: &'a str,
        /// `forward` or `backward`.
        #[schema(value_type = String)]
        flow: city::LinkFlow,
    },
    /// In a zone.
    Area {
        /// The zone's id.
        area: &'a str,
    },
    /// In a group of zones.
    Group {
        /// The group's id.
        group: &'a str,
    },
}

/// Levels of an indicator.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LevelsJson<'a> {
    /// Thresholds: rising when `side` is above, falling when below.
    pub caution: f64,
    /// See `caution`.
    pub warning: f64,
    /// See `caution`.
    pub critical: f64,
    /// Which side is dangerous.
    #[schema(value_type = words::Side)]
    pub side: city::Side,
    /// Warn or colour only.
    #[schema(value_type = words::LevelUse)]
    pub purpose: city::LevelUse,
    /// Where the thresholds come from.
    pub source: &'a str,
}

impl<'a> DatastreamInfoJson<'a> {
    /// The wire form of a datastream's description.
    pub fn new(site: &'a Site, stream: &'a Datastream) -> Self {
        let role = match stream.role {
            Role::GateCount { gate, flow } => {
                Some(RoleJson::Gate { gate: id_at(&site.gates, gate.index(), |gate| gate.id.as_str()), flow })
            }
            Role::LinkCount { link, flow } => {
                Some(RoleJson::Link { link: id_at(&site.links, link.index(), |link| link.id.as_str()), flow })
            }
            Role::AreaCount { zone } => Some(RoleJson::Area { area: zone_id(site, zone) }),
            Role::GroupCount { group } => Some(RoleJson::Group { group: group_id(site, group) }),
            Role::Indicator => None,
        };
        Self {
            id: stream.id.as_str(),
            name: &stream.name,
            department: department_id(site, stream.department),
            unit: &stream.unit,
            interval_s: stream.interval_s,
            role,
            zones: zones_of(site, stream.role),
            position: stream.position.map(|at| [at.lon, at.lat]),
            levels: stream.levels.as_ref().map(|levels| LevelsJson {
                caution: levels.caution,
                warning: levels.warning,
                critical: levels.critical,
                side: levels.side,
                purpose: levels.purpose,
                source: &levels.source,
            }),
        }
    }
}

/// The zones whose people a stream of this role tells of.
fn zones_of(site: &Site, role: Role) -> Vec<&str> {
    match role {
        Role::GateCount { gate, .. } => {
            site.gates.get(gate.index()).map(|gate| zone_id(site, gate.zone)).into_iter().collect()
        }
        Role::LinkCount { link, .. } => {
            let ends = site.links.get(link.index()).map(|link| [zone_id(site, link.from), zone_id(site, link.to)]);
            ends.into_iter().flatten().collect()
        }
        Role::AreaCount { zone } => vec![zone_id(site, zone)],
        Role::GroupCount { group } => {
            let members = site.groups.get(group.index()).into_iter().flat_map(|group| &group.members);
            members.map(|zone| zone_id(site, *zone)).collect()
        }
        Role::Indicator => Vec::new(),
    }
}
