//! A small town for tests: a site built in a few words, a log that grows, and what changed as lines of text.
//!
//! Not here: any expectation.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use city::*;
use engine::{City, apply};

/// The day scenarios play on: 2019-10-02T00:00:00Z.
pub const DAY: &str = "2019-10-02T00:00:00Z";

/// `seconds` after the beginning of the day.
pub fn at(seconds: i64) -> Time {
    DAY.parse::<Time>().unwrap().plus(Span::from_seconds(seconds))
}

/// A site with two departments and three consoles and nothing in it.
pub fn empty_site() -> Site {
    let console = |id: &str, departments: &[u32], role| Console {
        id: id.into(),
        name: Bilingual::same(id),
        departments: departments.iter().map(|ix| DepartmentIx(*ix)).collect(),
        role,
    };
    let department = |id: &str| Department { id: id.into(), name: Bilingual::same(id) };
    Site {
        id: "town".into(),
        timezone: "UTC".to_owned(),
        departments: vec![department("police"), department("water")],
        consoles: vec![
            console("crowd", &[0], ConsoleRole::Duty),
            console("river", &[1], ConsoleRole::Duty),
            console("commander", &[], ConsoleRole::Commander),
        ],
        ..Site::default()
    }
}

/// A zone of `area_m2` without a peak factor.
pub fn zone(id: &str, kind: ZoneKind, area_m2: f64) -> Zone {
    Zone {
        id: id.into(),
        name: Bilingual::same(id),
        kind,
        polygon: None,
        area_m2: Some(Sourced::new(area_m2, "test")),
        ladder: Sourced::new(kind.ladder(), "default"),
        peak_factor: 1.0,
        initial: Sourced::default(),
        access: Access::Pedestrian,
        unmeasured_share: 0.0,
        locked: None,
    }
}

/// A stream with an interval of 60 s, no delay, never judged silent.
pub fn stream(id: &str, role: Role) -> Datastream {
    Datastream {
        id: id.into(),
        name: Bilingual::same(id),
        department: DepartmentIx(0),
        role,
        unit: "people".to_owned(),
        interval_s: 60,
        delay_s: 0,
        reorder_s: 60,
        future_s: 120,
        silent_after_s: 0,
        min: None,
        max: None,
        error_share: 0.05,
        reads_per_person: city::Ratio::default(),
        family: None,
        levels: None,
        position: None,
    }
}

/// An indicator of the water department that warns at 3.5, 4.0 and 4.5.
pub fn stage(id: &str) -> Datastream {
    let levels = IndicatorLevels {
        caution: 3.5,
        warning: 4.0,
        critical: 4.5,
        side: Side::Above,
        purpose: LevelUse::Warn,
        source: "test".to_owned(),
    };
    Datastream {
        department: DepartmentIx(1),
        unit: "m".to_owned(),
        levels: Some(levels),
        ..stream(id, Role::Indicator)
    }
}

/// Zones `z0`, `z1`… of 100 m² where people walk, each with a camera `z0/camera`.
pub fn squares(count: u32) -> Site {
    let mut site = empty_site();
    for ix in 0..count {
        site.zones.push(zone(&format!("z{ix}"), ZoneKind::Moving, 100.0));
        site.datastreams.push(stream(&format!("z{ix}/camera"), Role::AreaCount { zone: ZoneIx(ix) }));
    }
    site
}

/// A measured street: gate in and out of `street`, a link both ways to `stair`, a camera on the stair, a group of both.
pub fn street() -> Site {
    let mut site = empty_site();
    site.zones = vec![zone("street", ZoneKind::Moving, 1000.0), zone("stair", ZoneKind::Stair, 50.0)];
    site.zones[0].initial = Sourced::new(Estimate { people: 500.0, sd: 50.0 }, "assumption");
    site.gates = vec![Gate {
        id: "north".into(),
        name: Bilingual::same("north"),
        zone: ZoneIx(0),
        kind: GateKind::Street,
        position: None,
    }];
    site.links = vec![Link {
        id: "steps".into(),
        name: Bilingual::same("steps"),
        from: ZoneIx(0),
        to: ZoneIx(1),
        kind: LinkKind::Stair { rise_m: 3.5, flights: 2 },
        width_m: Sourced::new(5.0, "test"),
        lost_width_m: 0.0,
        capacity_per_m_s: 1.22,
        access: Access::Pedestrian,
        line: Vec::new(),
    }];
    site.groups = vec![Group {
        id: "all".into(),
        name: Bilingual::same("all"),
        members: vec![ZoneIx(0), ZoneIx(1)],
        people: Some(Sourced::new(Ladder { caution: 1000.0, warning: 2000.0, critical: 3000.0 }, "test")),
    }];
    let (gate, link) = (GateIx(0), LinkIx(0));
    site.datastreams = vec![
        stream("north/in", Role::GateCount { gate, flow: GateFlow::In }),
        stream("north/out", Role::GateCount { gate, flow: GateFlow::Out }),
        stream("steps/up", Role::LinkCount { link, flow: LinkFlow::Forward }),
        stream("steps/down", Role::LinkCount { link, flow: LinkFlow::Backward }),
        stream("stair/camera", Role::AreaCount { zone: ZoneIx(1) }),
        stage("stage"),
    ];
    site
}

/// A city with its log and everything that came out.
#[derive(Clone, Default)]
pub struct Town {
    pub city: City,
    pub log: Vec<Entry>,
    pub events: Vec<Event>,
    pub effects: Vec<Effect>,
}

impl Town {
    /// Adopts `site` at the beginning of the day.
    pub fn new(site: Site) -> Self {
        let mut town = Self::default();
        town.enter(0, Input::Fact(Fact::Site(Box::new(site))));
        town
    }

    /// Appends and applies an input.
    pub fn enter(&mut self, seconds: i64, input: Input) -> Vec<Event> {
        self.enter_at(at(seconds), input)
    }

    /// Appends and applies an input at a time.
    pub fn enter_at(&mut self, time: Time, input: Input) -> Vec<Event> {
        let entry = Entry {
            seq: Seq(self.log.len() as u64 + 1),
            time,
            actor: "local".into(),
            source: "test".into(),
            schema: ENTRY_SCHEMA,
            input,
        };
        let outcome = apply(&mut self.city, &entry);
        self.log.push(entry);
        self.events.extend(outcome.events.iter().cloned());
        self.effects.extend(outcome.effects);
        engine::invariants::check(&self.city).unwrap();
        outcome.events
    }

    /// The position of a datastream.
    pub fn stream(&self, id: &str) -> DatastreamIx {
        self.city.site().unwrap().datastream_ix(&id.into()).unwrap()
    }

    /// An observation of the interval that ends now.
    pub fn observe(&mut self, seconds: i64, id: &str, result: f64) -> Vec<Event> {
        let datastream = self.stream(id);
        let interval_s = self.city.site().unwrap().datastreams[datastream.index()].interval_s;
        self.observe_interval(seconds, (id, seconds - i64::from(interval_s)), Some(result))
    }

    /// An observation of the interval that starts at `from`.
    pub fn observe_interval(&mut self, seconds: i64, (id, from): (&str, i64), result: Option<f64>) -> Vec<Event> {
        let row =
            Observation { datastream: self.stream(id), phenomenon_time: at(from), result_time: at(seconds), result };
        self.enter(seconds, Input::Fact(Fact::Observations([row].into_iter().collect())))
    }

    /// The same observation every minute, `from..=to`.
    pub fn hold(&mut self, (from, to): (i64, i64), id: &str, result: f64) {
        for seconds in (from..=to).step_by(60) {
            self.observe(seconds, id, result);
        }
    }

    /// Time passes.
    pub fn tick(&mut self, seconds: i64) -> Vec<Event> {
        self.enter(seconds, Input::Tick)
    }

    /// A command.
    pub fn command(&mut self, seconds: i64, command: Command) -> Vec<Event> {
        self.enter(seconds, Input::Command(command))
    }

    /// An officer speaks.
    pub fn say(&mut self, seconds: i64, place: Place, saying: Saying) -> Vec<Event> {
        let said =
            HumanObservation { place, role: "post-12".to_owned(), saying, reason: "seen".to_owned(), expires: None };
        self.enter(seconds, Input::Fact(Fact::Human(said)))
    }

    /// The open warning of a cause.
    pub fn warning(&self, place: &str, kind: CauseKind) -> Option<&Warning> {
        let place = self.city.site().unwrap().place(place);
        self.city.warnings().find(|warning| Some(warning.cause.place) == place && warning.cause.kind == kind)
    }

    /// Its number.
    pub fn id(&self, place: &str, kind: CauseKind) -> WarningId {
        self.warning(place, kind).unwrap().id
    }

    /// Changes of warnings so far, as lines; forgets them.
    pub fn lines(&mut self) -> Vec<String> {
        let events = std::mem::take(&mut self.events);
        let site = self.city.site().unwrap();
        events.iter().filter_map(|event| line(site, event)).collect()
    }

    /// Compares the changes so far with `expected`.
    #[track_caller]
    pub fn check(&mut self, expected: &[&str]) {
        assert_eq!(self.lines(), expected);
    }

    /// Why the last input was refused.
    pub fn refusal(events: &[Event]) -> Option<RejectionReason> {
        events.iter().find_map(|event| match event {
            Event::Rejected(rejection) => Some(rejection.reason),
            _ => None,
        })
    }
}

/// A change of a warning as a line: time, change, place, cause, level, soundings.
pub fn line(site: &Site, event: &Event) -> Option<String> {
    let Event::Warning { change, warning, at } = event else { return None };
    let word = |value: &dyn erased::Name| value.name();
    let seconds = at.since(DAY.parse::<Time>().unwrap()).micros() / MICROS_PER_S;
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let grouped = warning.grouped_in.map_or(String::new(), |id| format!(" in {}", id.0));
    Some(format!(
        "{clock} {} {} {} {} #{} sounded {}{grouped}",
        word(change),
        site.place_id(warning.cause.place),
        word(&warning.cause.kind),
        word(&warning.level),
        warning.id.0,
        warning.soundings,
    ))
}

pub mod erased {
    /// The serde name of a unit variant.
    pub trait Name {
        fn name(&self) -> String;
    }

    impl<T: serde::Serialize> Name for T {
        fn name(&self) -> String {
            serde_json::to_value(self).unwrap().as_str().unwrap().to_owned()
        }
    }
}
