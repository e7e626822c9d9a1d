//! A site folder as written: one type per kind of row, with the limits of each number.
//!
//! Not here: datastreams (`raw_sensors`), defaults and references between rows (`resolve`).
//! Invariant: these types are the only description of the keys. The JSON Schema is generated from them, the reader
//! checks files against that schema, and the first paragraph of each doc comment is what a person reads as a remedy.

use city::{Access, ConsoleRole, GateKind, Layout, MeasureKind, SceneryKind, ZoneKind};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::raw_sensors::RawDatastream;

/// `site.toml`
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Site")]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "rows are read one by one, so that a bad one hides no other")]
pub(super) struct RawSite {
    /// The version of this form: `schema = 1`.
    #[schemars(range(min = 1, max = 1))]
    schema: u32,
    /// The site's id; the folder's name when absent.
    #[schemars(length(min = 1, max = 200))]
    pub(super) id: Option<String>,
    /// The site's name in both languages.
    pub(super) name: RawName,
    /// IANA time zone of the place, such as "Asia/Shanghai".
    #[schemars(length(min = 1, max = 64))]
    pub(super) timezone: String,
    /// The department that owns zones and groups, hence their warnings; needed when there is more than one.
    pub(super) lead: Option<String>,
    /// Whom to thank for geometry and data, shown on the map.
    #[serde(default)]
    pub(super) attribution: String,
    /// "geographic" when positions are on the earth, "schematic" when they are only a readable drawing.
    #[serde(default)]
    #[schemars(with = "RawLayout")]
    pub(super) layout: Layout,
    /// The rules of the warnings' life cycle; each has a default.
    #[serde(default)]
    pub(super) rules: RawRules,
    /// Departments: who owns data and measures; at least one.
    #[schemars(length(min = 1))]
    department: Vec<RawDepartment>,
    /// Consoles at which warnings appear, in order of escalation; one duty console and a commander's when absent.
    #[serde(default)]
    console: Vec<RawConsole>,
    /// Zones without an outline, such as a metro network; the others are in site.geojson.
    #[serde(default)]
    zone: Vec<RawZone>,
    /// Gates without a position; the others are in site.geojson.
    #[serde(default)]
    gate: Vec<RawGate>,
    /// Zones judged together by people.
    #[serde(default)]
    group: Vec<RawGroup>,
    /// Datastreams: what is observed.
    #[serde(default)]
    datastream: Vec<RawDatastream>,
    /// Measures: what a department can do.
    #[serde(default)]
    measure: Vec<RawMeasure>,
    /// Posts: where officers stand, who can look when a sensor is doubted.
    #[serde(default)]
    post: Vec<RawPost>,
}

/// A text in both languages, as { zh-CN = "外滩", en = "The Bund" }.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "Name")]
#[serde(deny_unknown_fields)]
pub(super) struct RawName {
    /// The text in Simplified Chinese.
    #[serde(rename = "zh-CN")]
    #[schemars(length(min = 1, max = 200))]
    pub(super) zh_cn: String,
    /// The text in English.
    #[schemars(length(min = 1, max = 200))]
    pub(super) en: String,
}

/// Who owns data, measures and tasks.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Department")]
#[serde(deny_unknown_fields)]
pub(super) struct RawDepartment {
    /// Its id, unique among departments.
    #[schemars(length(min = 1, max = 200))]
    pub(super) id: String,
    /// Its name in both languages.
    pub(super) name: RawName,
}

/// A console in the duty room.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Console")]
#[serde(deny_unknown_fields)]
pub(super) struct RawConsole {
    /// Its id, unique among consoles.
    #[schemars(length(min = 1, max = 200))]
    pub(super) id: String,
    /// Its name in both languages.
    pub(super) name: RawName,
    /// Departments whose warnings appear here first; none for one that only gets escalations.
    #[serde(default)]
    pub(super) departments: Vec<String>,
    /// "duty", or "commander" for the end of every escalation.
    #[schemars(with = "RawConsoleRole")]
    pub(super) role: ConsoleRole,
}

/// A zone people are in.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Zone")]
#[serde(deny_unknown_fields)]
pub(super) struct RawZone {
    /// Its id, unique among zones.
    #[schemars(length(min = 1, max = 200))]
    pub(super) id: String,
    /// Its name in both languages.
    pub(super) name: RawName,
    /// What people do there: "moving", "standing", "stair", "landing", or "network" (in site.toml only).
    #[schemars(with = "RawZoneKind")]
    pub(super) kind: ZoneKind,
    /// Walkable area in m²; the area of the outline when absent.
    #[schemars(extend("exclusiveMinimum" = 0.0), range(max = 1_000_000.0))]
    pub(super) area_m2: Option<f64>,
    /// Where `area_m2` comes from, or "assumption: why".
    #[schemars(length(min = 1))]
    pub(super) source: Option<String>,
    /// Levels of density in people/m²; the default of its kind when absent.
    pub(super) ladder: Option<RawLadder>,
    /// How much denser its densest part is than its mean; 2.5 above 1,000 m², else 1, when absent.
    #[schemars(range(min = 1.0, max = 20.0))]
    pub(super) peak_factor: Option<f64>,
    /// People in it at the start; nobody when absent.
    pub(super) initial: Option<RawInitial>,
    /// Who may use it: "pedestrian", or "vehicle-until-opened" by a measure in force.
    #[serde(default)]
    #[schemars(with = "RawAccess")]
    pub(super) access: Access,
    /// Share of those who come or leave from outside that no counter sees (shops, hotels, side doors), 0–0.95; 0.1 when absent, 0 for a network.
    #[schemars(range(min = 0.0, max = 0.95))]
    pub(super) unmeasured_share: Option<f64>,
    /// When it is locked and hence empty, as `{ from = "…", for_s = 10800, every_s = 86400, source = "…" }`; never when absent.
    pub(super) locked: Option<RawLock>,
}

/// Times at which a zone is locked.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Lock")]
#[serde(deny_unknown_fields)]
pub(super) struct RawLock {
    /// The first time it is locked, ISO 8601 with offset.
    pub(super) from: String,
    /// For how long nobody is in it, seconds.
    #[schemars(range(min = 1, max = 31_536_000))]
    pub(super) for_s: u32,
    /// From one locking to the next, seconds, such as 86,400 for each day; 0 or absent: once.
    #[serde(default)]
    #[schemars(range(max = 31_536_000))]
    pub(super) every_s: u32,
    /// How it is known to be empty then: a citation, or "assumption: why".
    #[schemars(length(min = 1))]
    pub(super) source: Option<String>,
}

/// Three rising thresholds and where they come from.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Ladder")]
#[serde(deny_unknown_fields)]
pub(super) struct RawLadder {
    /// Caution at or above.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub(super) caution: f64,
    /// Warning at or above.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub(super) warning: f64,
    /// Critical at or above.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub(super) critical: f64,
    /// Where the thresholds come from, or "assumption: why".
    #[schemars(length(min = 1))]
    pub(super) source: String,
}

/// People in a zone at the start.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Initial")]
#[serde(deny_unknown_fields)]
pub(super) struct RawInitial {
    /// People.
    #[schemars(range(min = 0.0, max = 10_000_000.0))]
    pub(super) people: f64,
    /// One standard deviation, people.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 10_000_000.0))]
    pub(super) sd: f64,
    /// Where the number comes from, or "assumption: why".
    #[schemars(length(min = 1))]
    pub(super) source: String,
}

/// A passage between two zones, drawn as a `LineString` that touches both.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Link")]
#[serde(deny_unknown_fields)]
pub(super) struct RawLink {
    /// Its id, unique among links.
    #[schemars(length(min = 1, max = 200))]
    pub(super) id: String,
    /// Its name in both languages.
    pub(super) name: RawName,
    /// The zone it starts in.
    pub(super) from: String,
    /// The zone it ends in.
    pub(super) to: String,
    /// What it is: `"level"`, `"escalator"`, `{"ramp":{"grade":0.08}}`, `{"stair":{"rise_m":3.5,"flights":2}}` or `{"crossing":{"cycle_s":170,"green_s":60}}`.
    #[serde(default)]
    pub(super) kind: RawLinkKind,
    /// Effective width, m.
    #[schemars(extend("exclusiveMinimum" = 0.0), range(max = 200.0))]
    pub(super) width_m: f64,
    /// Where `width_m` comes from, or "assumption: why".
    #[schemars(length(min = 1))]
    pub(super) source: Option<String>,
    /// Width lost to people standing, m.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    pub(super) lost_width_m: f64,
    /// The most people who can pass a metre of its width in a second, both ways together; by its kind when absent.
    #[schemars(extend("exclusiveMinimum" = 0.0), range(max = 3.0))]
    pub(super) capacity_per_m_s: Option<f64>,
    /// Who may use it: "pedestrian", or "vehicle-until-opened" by a measure in force.
    #[serde(default)]
    #[schemars(with = "RawAccess")]
    pub(super) access: Access,
}

/// Kinds of links.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "LinkKind")]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum RawLinkKind {
    /// Level ground.
    #[default]
    Level,
    /// A ramp.
    Ramp {
        /// Rise over run, 0–1.
        #[schemars(range(min = 0.0, max = 1.0))]
        grade: f64,
    },
    /// A stair.
    Stair {
        /// Height climbed, m.
        #[schemars(extend("exclusiveMinimum" = 0.0), range(max = 200.0))]
        rise_m: f64,
        /// Number of flights.
        #[schemars(range(min = 1, max = 100))]
        flights: u32,
    },
    /// An escalator.
    Escalator,
    /// A signalled crossing.
    Crossing {
        /// Signal cycle, s.
        #[schemars(range(min = 1, max = 3600))]
        cycle_s: u32,
        /// Green for pedestrians in a cycle, s.
        #[schemars(range(min = 1, max = 3600))]
        green_s: u32,
    },
}

/// A boundary through which people enter or leave the site.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Gate")]
#[serde(deny_unknown_fields)]
pub(super) struct RawGate {
    /// Its id, unique among gates.
    #[schemars(length(min = 1, max = 200))]
    pub(super) id: String,
    /// Its name in both languages.
    pub(super) name: RawName,
    /// The zone behind it.
    pub(super) zone: String,
    /// What it is: "street", "metro", "ferry", "crossing" or "building".
    #[serde(default)]
    #[schemars(with = "RawGateKind")]
    pub(super) kind: GateKind,
}

/// Something the map shows behind the zones.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Scenery")]
#[serde(deny_unknown_fields)]
pub(super) struct RawScenery {
    /// Any id; not used.
    #[expect(dead_code, reason = "GeoJSON writers give every feature one")]
    id: Option<String>,
    /// What it is: "water", "green", "building", "road", "rail" or "label".
    #[schemars(with = "RawSceneryKind")]
    pub(super) kind: SceneryKind,
    /// Its name in both languages, if it has one.
    pub(super) name: Option<RawName>,
}

/// Zones judged together by people.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Group")]
#[serde(deny_unknown_fields)]
pub(super) struct RawGroup {
    /// Its id, unique among groups.
    #[schemars(length(min = 1, max = 200))]
    pub(super) id: String,
    /// Its name in both languages.
    pub(super) name: RawName,
    /// Its zones; at least one.
    #[schemars(length(min = 1))]
    pub(super) members: Vec<String>,
    /// Levels in people; a group without them shows its worst member's level.
    pub(super) people: Option<RawLadder>,
}

/// A post of officers on the street.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Post")]
#[serde(deny_unknown_fields)]
pub(super) struct RawPost {
    /// Its id, unique among posts.
    #[schemars(length(min = 1, max = 200))]
    pub(super) id: String,
    /// Its name in both languages, as it is called on the radio.
    pub(super) name: RawName,
    /// The zone it stands in.
    pub(super) zone: String,
    /// Where it stands, [longitude, latitude]; somewhere in its zone when absent.
    #[schemars(length(min = 2, max = 2))]
    pub(super) position: Option<Vec<f64>>,
}

/// What a department can do.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Measure")]
#[serde(deny_unknown_fields)]
pub(super) struct RawMeasure {
    /// Its id, unique among measures.
    #[schemars(length(min = 1, max = 200))]
    pub(super) id: String,
    /// Its name in both languages.
    pub(super) name: RawName,
    /// What it does.
    #[schemars(with = "RawMeasureKind")]
    pub(super) kind: MeasureKind,
    /// The zones, links and gates it acts on, as "zone/ID", "link/ID" or "gate/ID"; at least one.
    #[schemars(length(min = 1))]
    pub(super) targets: Vec<String>,
    /// The department that carries it out.
    pub(super) department: String,
    /// From order to in force, seconds.
    #[serde(default)]
    #[schemars(range(max = 86_400))]
    pub(super) setup_s: u32,
    /// Staff it needs.
    #[serde(default)]
    pub(super) staff: u32,
    /// What it costs people, in words, in both languages.
    pub(super) disruption: RawName,
    /// When it was scheduled ahead of the day: { from = "…", to = "…" }, ISO 8601 with offset.
    pub(super) scheduled: Option<RawWindow>,
}

/// A scheduled time in force.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Window")]
#[serde(deny_unknown_fields)]
pub(super) struct RawWindow {
    /// In force from, ISO 8601 with offset.
    pub(super) from: String,
    /// In force until, ISO 8601 with offset; open when absent.
    pub(super) to: Option<String>,
}

/// Rules of the warnings' life cycle.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "Rules")]
#[serde(deny_unknown_fields)]
pub(super) struct RawRules {
    /// A level counts as left only below its threshold times this; 0.9 when absent.
    #[schemars(extend("exclusiveMinimum" = 0.0), range(max = 1.0))]
    pub(super) clear_ratio: Option<f64>,
    /// How long caution must hold before it is raised, seconds; 120 when absent.
    #[schemars(range(max = 3600))]
    pub(super) dwell_caution_s: Option<u32>,
    /// How long warning must hold before it is raised, seconds; 60 when absent.
    #[schemars(range(max = 3600))]
    pub(super) dwell_warning_s: Option<u32>,
    /// How long a warning must stay below before it returns, seconds; 600 when absent.
    #[schemars(range(max = 86_400))]
    pub(super) quiet_s: Option<u32>,
    /// An unacknowledged critical goes to the next console after so many seconds; 60 when absent.
    #[schemars(range(max = 3600))]
    pub(super) next_console_s: Option<u32>,
    /// An unacknowledged critical goes to the commander after so many seconds; 180 when absent.
    #[schemars(range(max = 3600))]
    pub(super) commander_s: Option<u32>,
    /// So many places raised below critical make one grouped warning; 4 when absent.
    #[schemars(range(min = 2))]
    pub(super) group_places: Option<u32>,
    /// The window of grouping, seconds; 300 when absent.
    #[schemars(range(max = 3600))]
    pub(super) group_window_s: Option<u32>,
    /// The longest a warning may be shelved, seconds; 28,800 when absent.
    #[schemars(range(max = 86_400))]
    pub(super) shelve_max_s: Option<u32>,
    /// The longest a critical may be shelved, seconds; 600 when absent, and never more.
    #[schemars(range(max = 600))]
    pub(super) shelve_critical_max_s: Option<u32>,
    /// How long a word from the street counts when it names no end, seconds; 900 when absent.
    #[schemars(range(max = 86_400))]
    pub(super) word_holds_s: Option<u32>,
}

/// Declares the schema of an enum of `city`, which knows no schema: its names as serde writes them.
macro_rules! named_schemas {
    ($($(#[$doc:meta])* $name:ident($title:literal) = [$($variant:expr),+ $(,)?];)*) => {$(
        $(#[$doc])*
        struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> { $title.into() }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let names = [$(serde_json::json!($variant)),+];
                json_schema!({ "type": "string", "enum": names })
            }
        }
    )*};
}

pub(super) use named_schemas;

named_schemas! {
    /// Schema of [`Layout`].
    RawLayout("Layout") = [Layout::Geographic, Layout::Schematic];
    /// Schema of [`ConsoleRole`].
    RawConsoleRole("ConsoleRole") = [ConsoleRole::Duty, ConsoleRole::Commander];
    /// Schema of [`ZoneKind`].
    RawZoneKind("ZoneKind") =
        [ZoneKind::Moving, ZoneKind::Standing, ZoneKind::Stair, ZoneKind::Landing, ZoneKind::Network];
    /// Schema of [`Access`].
    RawAccess("Access") = [Access::Pedestrian, Access::VehicleUntilOpened];
    /// Schema of [`GateKind`].
    RawGateKind("GateKind") =
        [GateKind::Street, GateKind::Metro, GateKind::Ferry, GateKind::Crossing, GateKind::Building];
    /// Schema of [`SceneryKind`].
    RawSceneryKind("SceneryKind") = [
        SceneryKind::Water, SceneryKind::Green, SceneryKind::Building, SceneryKind::Road, SceneryKind::Rail,
        SceneryKind::Label,
    ];
    /// Schema of [`MeasureKind`].
    RawMeasureKind("MeasureKind") = [
        MeasureKind::OpenRoad, MeasureKind::Close, MeasureKind::OneWay, MeasureKind::Meter, MeasureKind::HumanWall,
        MeasureKind::SkipStop, MeasureKind::ExitOnly, MeasureKind::Divert,
    ];
}
