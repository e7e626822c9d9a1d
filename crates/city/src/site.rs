//! The site under watch, resolved: tables of departments, zones, links, gates, datastreams and rules.
//!
//! Not here: the folder it is read from and its problems (formats), its live state (engine).
//! Invariant: every `…Ix` in a site lies inside the table it points into, and every ladder rises.
//! The site reader guarantees it; [`Site::is_sound`] checks it where a site comes from anywhere else.

use serde::{Deserialize, Serialize};

use crate::{
    Bilingual, ConsoleId, ConsoleIx, Datastream, DatastreamId, DatastreamIx, DepartmentId, DepartmentIx, GateId,
    GateIx, GroupId, GroupIx, Ladder, LinkId, LinkIx, Measure, MeasureId, MeasureIx, Place, Polygon, Position, PostId,
    PostIx, Role, SiteId, Sourced, Span, Time, ZoneId, ZoneIx,
};

/// A place under watch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Its id: the folder's name unless given.
    pub id: SiteId,
    /// Its name.
    pub name: Bilingual,
    /// IANA time zone, used by the shell and the page only.
    pub timezone: String,
    /// Departments that own its data and measures.
    pub departments: Vec<Department>,
    /// The department that owns zones and groups, hence their warnings.
    pub lead: DepartmentIx,
    /// Duty consoles in order of escalation.
    pub consoles: Vec<Console>,
    /// Zones.
    pub zones: Vec<Zone>,
    /// Zone groups.
    pub groups: Vec<Group>,
    /// Links between zones.
    pub links: Vec<Link>,
    /// Gates to the world outside.
    pub gates: Vec<Gate>,
    /// Datastreams, the position being what the log writes.
    pub datastreams: Vec<Datastream>,
    /// The playbook.
    pub measures: Vec<Measure>,
    /// Where officers stand, who can look when a sensor is doubted.
    pub posts: Vec<Post>,
    /// Rules of the warnings' life cycle.
    pub rules: WarningRules,
    /// What the map shows behind the zones.
    pub scenery: Vec<Scenery>,
    /// Whom to thank for the geometry, shown on the map.
    pub attribution: String,
    /// Whether positions are on the earth or only a readable drawing.
    pub layout: Layout,
}

/// What the site's coordinates mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// WGS84 positions.
    #[default]
    Geographic,
    /// A drawing: nobody may read distances or directions from it.
    Schematic,
}

/// A department.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Department {
    /// Its id.
    pub id: DepartmentId,
    /// Its name.
    pub name: Bilingual,
}

/// A console at which warnings appear.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Console {
    /// Its id.
    pub id: ConsoleId,
    /// Its name.
    pub name: Bilingual,
    /// Whose warnings appear here first; empty for one that only gets escalations.
    pub departments: Vec<DepartmentIx>,
    /// Duty or commander.
    pub role: ConsoleRole,
}

/// What a console is in the chain of escalation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConsoleRole {
    /// A duty officer's.
    Duty,
    /// The commander's: the end of every escalation.
    Commander,
}

/// A post of officers on the street.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// Its name, as it is called on the radio.
    pub name: Bilingual,
    /// The zone it stands in.
    pub zone: ZoneIx,
    /// Where it is on the map; absent: at its zone.
    pub position: Option<Position>,
}

/// A zone: a polygon people are in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    /// Its id.
    pub id: ZoneId,
    /// Its name.
    pub name: Bilingual,
    /// What people do there.
    pub kind: ZoneKind,
    /// Its outline; absent for a network that is nowhere.
    pub polygon: Option<Polygon>,
    /// Walkable area in m²; absent where density has no meaning (a metro network).
    pub area_m2: Option<Sourced<f64>>,
    /// Levels of density, people/m².
    pub ladder: Sourced<Ladder>,
    /// How much denser its densest part is than its mean; 1 for small zones.
    pub peak_factor: f64,
    /// People in it at the start, with one standard deviation.
    pub initial: Sourced<Estimate>,
    /// Who may use it.
    pub access: Access,
    /// Share of the people who come into or leave the zone from outside that no counter of the site sees (shops, hotels,
    /// side doors), 0–1.
    pub unmeasured_share: f64,
    /// When it is locked and hence known to be empty.
    pub locked: Option<Lock>,
}

/// Times at which a place is locked, again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The first time it is locked.
    pub from: Time,
    /// For how long, seconds.
    pub for_s: u32,
    /// From one locking to the next, seconds; 0: once.
    pub every_s: u32,
}

impl Lock {
    /// The start of the first locking that ends after `now`; `None` when the last is over.
    pub fn next_from(&self, now: Time) -> Option<Time> {
        let (for_us, every_us) = (i64::from(self.for_s) * 1_000_000, i64::from(self.every_s) * 1_000_000);
        let since = now.since(self.from).micros() - for_us;
        if since < 0 {
            return Some(self.from);
        }
        if every_us == 0 {
            return None;
        }
        let rounds = since / every_us + 1;
        Some(self.from.plus(Span::from_micros(rounds.saturating_mul(every_us))))
    }

    /// For how long the place is locked between two times, seconds; lockings beyond the first 64 are left out.
    pub fn seconds_between(&self, from: Time, to: Time) -> f64 {
        let (mut locked_s, mut at) = (0.0, from);
        for _ in 0..64 {
            let Some(start) = self.next_from(at).filter(|start| *start < to) else { break };
            let end = start.plus(Span::from_seconds(i64::from(self.for_s)));
            locked_s += end.min(to).since(start.max(from)).seconds();
            if end >= to {
                break;
            }
            at = end;
        }
        locked_s
    }

    /// Since when the place is locked at `now`; `None` when it is not.
    pub fn locked_from(&self, now: Time) -> Option<Time> {
        self.next_from(now).filter(|from| *from <= now)
    }
}

/// A number of people with one standard deviation.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Estimate {
    /// People.
    pub people: f64,
    /// One standard deviation, people.
    pub sd: f64,
}

/// Kinds of zones; each has its default ladder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ZoneKind {
    /// People walk through.
    #[default]
    Moving,
    /// People stand and look.
    Standing,
    /// A stair or ramp.
    Stair,
    /// A landing between flights.
    Landing,
    /// People riding or waiting somewhere inside a transport network: no area, no density.
    Network,
}

impl ZoneKind {
    /// The default ladder, people/m²; for a network it is never compared.
    pub const fn ladder(self) -> Ladder {
        match self {
            Self::Moving | Self::Network => Ladder::MOVING,
            Self::Standing => Ladder::STANDING,
            Self::Stair | Self::Landing => Ladder::STAIR,
        }
    }
}

/// Who may use a zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Pedestrians, always.
    #[default]
    Pedestrian,
    /// Vehicles until a measure in force opens it to pedestrians.
    VehicleUntilOpened,
}

/// Zones judged together by people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: Bilingual,
    /// Its member zones.
    pub members: Vec<ZoneIx>,
    /// Levels in people.
    pub people: Option<Sourced<Ladder>>,
}

/// A passage between two zones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// Its name.
    pub name: Bilingual,
    /// The zone it starts in.
    pub from: ZoneIx,
    /// The zone it ends in.
    pub to: ZoneIx,
    /// What it is.
    pub kind: LinkKind,
    /// Effective width, m.
    pub width_m: Sourced<f64>,
    /// Width lost to people standing, m.
    pub lost_width_m: f64,
    /// The most people that can pass a metre of its width in a second, both ways together.
    pub capacity_per_m_s: f64,
    /// Who may use it.
    pub access: Access,
    /// Its line on the map.
    pub line: Vec<Position>,
}

/// Kinds of links.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// Level ground.
    Level,
    /// A ramp.
    Ramp {
        /// Rise over run, 0–1.
        grade: f64,
    },
    /// A stair.
    Stair {
        /// Height climbed, m.
        rise_m: f64,
        /// Number of flights.
        flights: u32,
    },
    /// An escalator.
    Escalator,
    /// A signalled crossing.
    Crossing {
        /// Signal cycle, s.
        cycle_s: u32,
        /// Green for pedestrians in a cycle, s.
        green_s: u32,
    },
}

impl LinkKind {
    /// The usual capacity, people per metre and second: 1.22 on the level (Weidmann 1993), 0.85 on stairs (mean of up
    /// and down, Weidmann 1993), 1.25 on escalators, and the green share of the level's at signals.
    pub fn capacity_per_m_s(self) -> f64 {
        match self {
            Self::Ramp { grade } => 1.22 * (1.0 - 2.0 * grade).clamp(0.5, 1.0),
            Self::Stair { .. } => 0.85,
            Self::Escalator => 1.25,
            Self::Crossing { cycle_s, green_s } if cycle_s > 0 => {
                1.22 * (f64::from(green_s) / f64::from(cycle_s)).clamp(0.0, 1.0)
            }
            Self::Level | Self::Crossing { .. } => 1.22,
        }
    }
}

/// A boundary through which people enter or leave the site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Its id.
    pub id: GateId,
    /// Its name.
    pub name: Bilingual,
    /// The zone behind it.
    pub zone: ZoneIx,
    /// What it is.
    pub kind: GateKind,
    /// Where it is on the map; absent when the site has no coordinates.
    pub position: Option<Position>,
}

/// Kinds of gates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateKind {
    /// The end of a street.
    #[default]
    Street,
    /// A metro station's exit.
    Metro,
    /// A ferry pier.
    Ferry,
    /// A tunnel or bridge.
    Crossing,
    /// Shops, hotels and side doors.
    Building,
}

/// Rules of the warnings' life cycle (docs/warnings.md).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WarningRules {
    /// A level counts as left only below its threshold times this, 0–1.
    pub clear_ratio: f64,
    /// How long caution must hold before it is raised, seconds.
    pub dwell_caution_s: u32,
    /// How long warning must hold before it is raised, seconds; critical never waits.
    pub dwell_warning_s: u32,
    /// How long a warning must stay below before it returns to normal or a lower level, seconds.
    pub quiet_s: u32,
    /// Unacknowledged critical goes to the next console after, seconds.
    pub next_console_s: u32,
    /// Unacknowledged critical goes to the commander after, seconds.
    pub commander_s: u32,
    /// So many places raised below critical within `group_window_s` make one grouped warning.
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

impl Default for WarningRules {
    fn default() -> Self {
        Self {
            clear_ratio: 0.9,
            dwell_caution_s: 120,
            dwell_warning_s: 60,
            quiet_s: 600,
            next_console_s: 60,
            commander_s: 180,
            group_places: 4,
            group_window_s: 300,
            shelve_max_s: 8 * 3600,
            shelve_critical_max_s: 600,
            word_holds_s: 900,
        }
    }
}

/// Something the map shows behind the zones: it has no state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenery {
    /// What it is.
    pub kind: SceneryKind,
    /// Its name; empty when it has none.
    pub name: Bilingual,
    /// Its outline or line.
    pub shape: SceneryShape,
}

/// Kinds of scenery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SceneryKind {
    /// River, lake, sea.
    Water,
    /// Park, lawn.
    Green,
    /// A block of buildings.
    Building,
    /// A street.
    Road,
    /// A railway or metro line.
    Rail,
    /// A name on the map.
    Label,
}

/// Shapes of scenery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SceneryShape {
    /// An area.
    Area(Polygon),
    /// A line.
    Line(Vec<Position>),
    /// A point.
    Point(Position),
}

macro_rules! finders {
    ($($(#[$doc:meta])* $name:ident($table:ident, $id:ident) -> $ix:ident;)*) => {
        impl Site {$(
            $(#[$doc])*
            pub fn $name(&self, id: &$id) -> Option<$ix> {
                self.$table.iter().position(|item| &item.id == id).map($ix::from)
            }
        )*}
    };
}

finders! {
    /// The zone with this id.
    zone_ix(zones, ZoneId) -> ZoneIx;
    /// The group with this id.
    group_ix(groups, GroupId) -> GroupIx;
    /// The link with this id.
    link_ix(links, LinkId) -> LinkIx;
    /// The gate with this id.
    gate_ix(gates, GateId) -> GateIx;
    /// The datastream with this id; linear, so build a map for bulk look-ups.
    datastream_ix(datastreams, DatastreamId) -> DatastreamIx;
    /// The department with this id.
    department_ix(departments, DepartmentId) -> DepartmentIx;
    /// The measure with this id.
    measure_ix(measures, MeasureId) -> MeasureIx;
    /// The console with this id.
    console_ix(consoles, ConsoleId) -> ConsoleIx;
    /// The post with this id.
    post_ix(posts, PostId) -> PostIx;
}

impl Site {
    /// True when every index of the site points into its table and every ladder rises.
    ///
    /// A site from the reader is sound; one from a damaged log may not be, and the engine refuses it.
    pub fn is_sound(&self) -> bool {
        let department = |ix: DepartmentIx| ix.index() < self.departments.len();
        let zone = |ix: ZoneIx| ix.index() < self.zones.len();
        let role = |role: &Role| match *role {
            Role::GateCount { gate, .. } => gate.index() < self.gates.len(),
            Role::LinkCount { link, .. } => link.index() < self.links.len(),
            Role::AreaCount { zone: ix } => zone(ix),
            Role::GroupCount { group } => group.index() < self.groups.len(),
            Role::Indicator => true,
        };
        department(self.lead)
            && self.posts.iter().all(|post| zone(post.zone))
            && !self.consoles.is_empty()
            && self.consoles.iter().flat_map(|console| &console.departments).all(|ix| department(*ix))
            && self.zones.iter().all(|zone| zone.ladder.value.is_rising() && zone.peak_factor >= 1.0)
            && self.groups.iter().flat_map(|group| &group.members).all(|ix| zone(*ix))
            && self.links.iter().all(|link| zone(link.from) && zone(link.to))
            && self.gates.iter().all(|gate| zone(gate.zone))
            && self.datastreams.iter().all(|stream| department(stream.department) && role(&stream.role))
            && self
                .measures
                .iter()
                .all(|measure| department(measure.department) && measure.targets.iter().all(|place| self.has(*place)))
    }

    /// True when the place lies inside the site's tables.
    pub fn has(&self, place: Place) -> bool {
        match place {
            Place::Zone(ix) => ix.index() < self.zones.len(),
            Place::Group(ix) => ix.index() < self.groups.len(),
            Place::Link(ix) => ix.index() < self.links.len(),
            Place::Gate(ix) => ix.index() < self.gates.len(),
            Place::Datastream(ix) => ix.index() < self.datastreams.len(),
            Place::Site => true,
        }
    }

    /// The id of a place, as `zone/levee-3`, `group/waterfront`, `datastream/s00/entries` or `site`.
    pub fn place_id(&self, place: Place) -> String {
        let unknown = |ix: usize| format!("#{ix}");
        match place {
            Place::Zone(ix) => {
                format!("zone/{}", self.zones.get(ix.index()).map_or(unknown(ix.index()), |zone| zone.id.to_string()))
            }
            Place::Group(ix) => {
                format!(
                    "group/{}",
                    self.groups.get(ix.index()).map_or(unknown(ix.index()), |group| group.id.to_string())
                )
            }
            Place::Link(ix) => {
                format!("link/{}", self.links.get(ix.index()).map_or(unknown(ix.index()), |link| link.id.to_string()))
            }
            Place::Gate(ix) => {
                format!("gate/{}", self.gates.get(ix.index()).map_or(unknown(ix.index()), |gate| gate.id.to_string()))
            }
            Place::Datastream(ix) => format!(
                "datastream/{}",
                self.datastreams.get(ix.index()).map_or(unknown(ix.index()), |stream| stream.id.to_string())
            ),
            Place::Site => "site".to_owned(),
        }
    }

    /// The place with this id, as written by [`Site::place_id`].
    pub fn place(&self, id: &str) -> Option<Place> {
        if id == "site" {
            return Some(Place::Site);
        }
        let (kind, name) = id.split_once('/')?;
        match kind {
            "zone" => self.zone_ix(&name.into()).map(Place::Zone),
            "group" => self.group_ix(&name.into()).map(Place::Group),
            "link" => self.link_ix(&name.into()).map(Place::Link),
            "gate" => self.gate_ix(&name.into()).map(Place::Gate),
            "datastream" => self.datastream_ix(&name.into()).map(Place::Datastream),
            _ => None,
        }
    }
}
