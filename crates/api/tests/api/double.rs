//! A desk and an intake in memory, just enough of each to see what the API makes of them.
//!
//! Not here: any rule of the engine.
//! Invariant: state and frames change under one lock, as the desk's contract asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use api::{
    AppState, Body, BodyProblem, Busy, ClockChange, ClockRefused, Decoded, Desk, DeskView, Encoding, Frame, Gauge,
    HistoryAnswer, HistoryError, HistoryPoints, HistoryQuery, Intake, IntakeError, Limits, Mode, PeoplePoint,
    Readiness, Receipt, Sending, SeriesRef, Stream, StreamLimits, Submission, WarningsQuery, WindowPoint,
};
use city::{
    Acknowledgement, Activity, Bilingual, Cause, CauseKind, Command, Console, ConsoleIx, ConsoleRole, Datastream,
    DatastreamIx, DatastreamState, Department, DepartmentIx, Digest, Escalation, Event, Evidence, Fact, FeedHealth,
    Figure, FigureKind, Finding, FindingKind, Gate, GateFlow, GateIx, GateKind, Group, GroupIx, HumanId, HumanRecord,
    Input, IssuedWarning, Knowledge, Level, Measure, MeasureIx, MeasureKind, MeasureState, MeasureView, Observation,
    Occupancy, Place, Polygon, Position, Post, RejectionReason, Role, Seq, Service, Site, Span, Tally, Time, Warning,
    WarningChange, WarningId, WarningIds, Zone, ZoneIx, ZoneState,
};
use tokio::sync::oneshot;

/// What the next submissions meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Taking,
    Full,
    DiskFull,
    DiskFullLater,
    Gone,
    Panicking,
}

pub struct World {
    pub view: DeskView,
    pub mood: Mood,
    pub submissions: Vec<Submission>,
    tokens: HashMap<(String, String), (Digest, Seq)>,
}

pub struct Double {
    pub world: Mutex<World>,
    pub stream: Arc<Stream>,
}

pub fn time(seconds: i64) -> Time {
    Time::from_seconds(1_570_012_200 + seconds)
}

/// A desk over a small site, with `streams` datastreams.
pub fn desk(streams: usize, limits: StreamLimits) -> Arc<Double> {
    let site = Arc::new(site(streams));
    let stream = Stream::new(0x5f3a, limits);
    let datastreams = (0..streams).map(|ix| value(ix.into(), ix as f64)).collect();
    let view = DeskView {
        site,
        seq: Seq(7),
        stream_id: stream.tip(),
        site_time: time(0),
        mode: Mode::Simulated,
        speed: 60.0,
        paused: false,
        zones: vec![zone_state(72_000.0)],
        groups: Vec::new(),
        datastreams,
        measures: vec![MeasureView { measure: MeasureIx(0), state: MeasureState::Planned, since: None }],
        warnings: vec![warning(WarningId(1))],
        humans: Vec::new(),
    };
    let world = World { view, mood: Mood::default(), submissions: Vec::new(), tokens: HashMap::new() };
    Arc::new(Double { world: Mutex::new(world), stream })
}

/// The state of the API over a desk.
pub fn state(desk: &Arc<Double>) -> AppState {
    AppState::new(desk.clone(), Arc::new(Lines), Arc::clone(&desk.stream), "test-engine")
}

/// A router over a fresh desk.
pub fn app() -> (axum::Router, Arc<Double>) {
    app_with(Limits::default())
}

pub fn app_with(limits: Limits) -> (axum::Router, Arc<Double>) {
    let desk = desk(3, StreamLimits::default());
    (api::router(state(&desk).with_limits(limits)), desk)
}

fn site(streams: usize) -> Site {
    let square = vec![[121.49, 31.23], [121.50, 31.23], [121.50, 31.24], [121.49, 31.23]];
    let ring = square.into_iter().map(|[lon, lat]| Position { lon, lat }).collect();
    let datastream = |ix: usize| Datastream {
        id: format!("east/o'hare-{ix}").as_str().into(),
        name: Bilingual::new("东", "East"),
        department: DepartmentIx(0),
        role: if ix == 0 { Role::GateCount { gate: GateIx(0), flow: GateFlow::In } } else { Role::Indicator },
        unit: "people".into(),
        interval_s: 60,
        delay_s: 5,
        reorder_s: 60,
        future_s: 120,
        silent_after_s: 185,
        min: None,
        max: None,
        error_share: 0.05,
        reads_per_person: city::Ratio::default(),
        family: None,
        levels: None,
        position: Some(Position { lon: 121.495, lat: 31.235 }),
    };
    let zone = Zone {
        id: "levee-3".into(),
        name: Bilingual::new("堤三", "Levee 3"),
        kind: city::ZoneKind::Standing,
        polygon: Some(Polygon { rings: vec![ring] }),
        area_m2: None,
        ladder: city::Sourced::new(city::Ladder::STANDING, "assumption"),
        peak_factor: 1.0,
        initial: city::Sourced::default(),
        access: city::Access::Pedestrian,
        unmeasured_share: 0.0,
        locked: None,
    };
    let measure = Measure {
        id: "open/road".into(),
        name: Bilingual::new("开路", "Open the road"),
        kind: MeasureKind::OpenRoad,
        targets: vec![Place::Zone(ZoneIx(0))],
        department: DepartmentIx(0),
        setup_s: 600,
        staff: 20,
        disruption: Bilingual::default(),
        scheduled: None,
    };
    Site {
        id: "bund".into(),
        departments: vec![Department { id: "police".into(), name: Bilingual::same("police") }],
        consoles: vec![Console {
            id: "duty".into(),
            name: Bilingual::same("duty"),
            departments: vec![DepartmentIx(0)],
            role: ConsoleRole::Duty,
        }],
        zones: vec![zone],
        gates: vec![Gate {
            id: "east".into(),
            name: Bilingual::same("east"),
            zone: ZoneIx(0),
            kind: GateKind::Street,
            position: None,
        }],
        groups: vec![group()],
        datastreams: (0..streams).map(datastream).collect(),
        measures: vec![measure],
        posts: vec![post()],
        ..Site::default()
    }
}

fn group() -> Group {
    Group {
        id: "waterfront".into(),
        name: Bilingual::new("滨江", "Waterfront"),
        members: vec![ZoneIx(0)],
        people: None,
    }
}

fn post() -> Post {
    Post {
        id: "post-12".into(),
        name: Bilingual::new("十二号岗", "Post 12"),
        zone: ZoneIx(0),
        position: Some(Position { lon: 121.496, lat: 31.236 }),
    }
}

pub fn value(datastream: DatastreamIx, result: f64) -> DatastreamState {
    DatastreamState {
        datastream,
        phenomenon_time: Some(time(-60)),
        result_time: Some(time(-5)),
        result: Some(result),
        level: Level::Normal,
        health: FeedHealth::Speaking,
        since: Some(time(-600)),
        tally: Tally::default(),
        findings: Vec::new(),
        reads_per_person: None,
    }
}

/// A camera that has repeated one number.
pub fn finding() -> Finding {
    Finding {
        kind: FindingKind::Stuck,
        since: time(-900),
        found_at: time(-300),
        evidence: vec![
            Figure { kind: FigureKind::Reading, value: 412.0 },
            Figure { kind: FigureKind::Count, value: 15.0 },
            Figure { kind: FigureKind::Deviations, value: f64::INFINITY },
        ],
        other: Some(DatastreamIx(0)),
        response: city::Response::Unweighted,
    }
}

pub fn zone_state(people: f64) -> ZoneState {
    ZoneState {
        zone: ZoneIx(0),
        knowledge: Knowledge::Known,
        occupancy: Some(Occupancy { people, p05: people * 0.9, p95: people * 1.1 }),
        density_per_m2: Some(2.5),
        peak_density_per_m2: Some(4.8),
        level_of_service: Some(city::LevelOfService::F),
        level: Level::Critical,
        in_per_min: 300.0,
        out_per_min: 250.0,
        as_of: Some(time(-5)),
        open: true,
        officer: None,
    }
}

pub fn warning(id: WarningId) -> Warning {
    Warning {
        id,
        cause: Cause { place: Place::Zone(ZoneIx(0)), kind: CauseKind::Density },
        level: Level::Critical,
        worst: Level::Critical,
        worst_at: Some(time(-60)),
        worst_value: None,
        activity: Activity::Active,
        acknowledged: None,
        shelved: None,
        service: Service::In,
        raised_at: time(-120),
        level_at: time(-60),
        returned_at: None,
        closed_at: None,
        value: Some(4.8),
        threshold: Some(4.7),
        console: ConsoleIx(0),
        escalation: Escalation::First,
        soundings: 1,
        members: Vec::new(),
        grouped_in: None,
        evidence: Evidence { observations: vec![(DatastreamIx(0), time(-60))], human: None, ..Evidence::default() },
    }
}

impl Double {
    pub fn mood(&self, mood: Mood) {
        self.world.lock().unwrap().mood = mood;
    }

    /// Sets a datastream's latest value and streams it: the state first, then the frame, under one lock.
    pub fn set(&self, datastream: DatastreamIx, result: f64) {
        let mut world = self.world.lock().unwrap();
        let state = value(datastream, result);
        world.view.seq.0 += 1;
        world.view.datastreams[datastream.index()] = state.clone();
        let frame = Frame::Values {
            seq: world.view.seq,
            site_time: world.view.site_time,
            zones: Vec::new(),
            groups: Vec::new(),
            datastreams: vec![state],
        };
        let site = Arc::clone(&world.view.site);
        world.view.stream_id = self.stream.publish(&site, &frame);
    }
}

impl World {
    fn apply(&mut self, input: &Input) -> Result<Vec<Event>, RejectionReason> {
        match input {
            Input::Command(Command::Acknowledge { warning }) => self.acknowledge(*warning),
            Input::Command(Command::Shelve { until, .. })
                if until.since(self.view.site_time) > Span::from_seconds(600) =>
            {
                Err(RejectionReason::ShelveTooLong)
            }
            Input::Command(Command::Service { service: Service::Out, .. }) => {
                Err(RejectionReason::CriticalStaysInService)
            }
            Input::Command(Command::SetMeasure { state: MeasureState::InForce, .. }) => {
                Err(RejectionReason::StateNotAllowed)
            }
            Input::Command(Command::SetMeasure { measure, state, .. })
            | Input::Fact(Fact::MeasureObserved { measure, state }) => {
                Ok(vec![Event::Measure { measure: *measure, state: *state, at: self.view.site_time }])
            }
            Input::Fact(Fact::Human(observation)) => {
                let record = HumanRecord {
                    id: HumanId(1),
                    at: self.view.site_time,
                    until: time(900),
                    observation: observation.clone(),
                };
                Ok(vec![Event::Human { record: Box::new(record), expired: false }])
            }
            _ => Ok(vec![Event::Done]),
        }
    }

    fn acknowledge(&mut self, id: WarningId) -> Result<Vec<Event>, RejectionReason> {
        let at = self.view.site_time;
        let open = self.view.warnings.iter_mut().find(|warning| warning.id == id);
        let warning = open.ok_or(RejectionReason::UnknownWarning)?;
        if warning.acknowledged.is_some() {
            return Err(RejectionReason::AlreadyAcknowledged);
        }
        warning.acknowledged = Some(Acknowledgement { by: "local".into(), at });
        Ok(vec![Event::Warning { change: WarningChange::Acknowledged, warning: Box::new(warning.clone()), at }])
    }

    fn receive(&mut self, submission: Submission) -> Receipt {
        if let Some(token) = &submission.token {
            let key = (submission.source.to_string(), token.key.clone());
            match self.tokens.get(&key) {
                Some((body, seq)) if *body == token.body => {
                    return Receipt::Taken { seq: *seq, outcome: Ok(Vec::new()), sending: Sending::Repeated };
                }
                Some(_) => return Receipt::Conflict,
                None => drop(self.tokens.insert(key, (token.body, Seq(self.view.seq.0 + 1)))),
            }
        }
        self.view.seq.0 += 1;
        let outcome = self.apply(&submission.input);
        self.submissions.push(submission);
        Receipt::Taken { seq: self.view.seq, outcome, sending: Sending::First }
    }
}

impl Desk for Double {
    fn site(&self) -> Arc<Site> {
        Arc::clone(&self.world.lock().unwrap().view.site)
    }

    fn view(&self) -> Arc<DeskView> {
        Arc::new(self.world.lock().unwrap().view.clone())
    }

    fn submit(&self, submission: Submission) -> Result<oneshot::Receiver<Receipt>, Busy> {
        let (answer, receipt) = oneshot::channel();
        let mut world = self.world.lock().unwrap();
        let outcome = match world.mood {
            Mood::Full => return Err(Busy::QueueFull),
            Mood::DiskFull => return Err(Busy::Refusing { why: "no space left".into() }),
            Mood::Gone => return Ok(receipt),
            Mood::DiskFullLater => Receipt::Refused { why: "no space left".into() },
            Mood::Panicking => {
                drop(world);
                panic!("a bug")
            }
            Mood::Taking => world.receive(submission),
        };
        drop(answer.send(outcome));
        Ok(receipt)
    }

    fn set_clock(&self, change: ClockChange) -> Result<(), ClockRefused> {
        let mut world = self.world.lock().unwrap();
        if world.view.mode == Mode::Live {
            return Err(ClockRefused::Live);
        }
        world.view.speed = change.speed.unwrap_or(world.view.speed);
        world.view.paused = change.paused.unwrap_or(world.view.paused);
        Ok(())
    }

    fn history(&self, query: HistoryQuery) -> Result<HistoryAnswer, HistoryError> {
        if self.world.lock().unwrap().mood == Mood::DiskFull {
            return Err(HistoryError::Unavailable { why: "the file is damaged".into() });
        }
        let points = match (query.series, query.window) {
            (_, Some(_)) => HistoryPoints::Windows(vec![WindowPoint {
                start: query.from,
                count: 4,
                sum: 10.0,
                min: 1.0,
                max: 4.0,
                last: 4.0,
            }]),
            (SeriesRef::Datastream(_), None) => {
                HistoryPoints::Results(vec![(query.from, Some(1.0)), (query.from, None)])
            }
            (SeriesRef::Zone(_) | SeriesRef::Group(_), None) => {
                HistoryPoints::People(vec![PeoplePoint { time: query.from, people: 5.0, p05: 4.0, p95: 6.0 }])
            }
        };
        Ok(HistoryAnswer { points, more: query.limit == 1 })
    }

    fn issued_warnings(&self, query: WarningsQuery) -> Result<Vec<IssuedWarning>, HistoryError> {
        let open = IssuedWarning { warning: warning(WarningId(1)), ids: None };
        // Issued under an earlier site: what it named is no longer in the tables.
        let closed = Warning {
            closed_at: Some(time(-10)),
            cause: Cause { place: Place::Zone(ZoneIx(u32::MAX)), kind: CauseKind::Density },
            console: ConsoleIx(u32::MAX),
            members: vec![Place::Group(GroupIx(u32::MAX))],
            evidence: Evidence {
                observations: vec![(DatastreamIx(u32::MAX), time(-20))],
                human: None,
                ..Evidence::default()
            },
            ..warning(WarningId(2))
        };
        let ids = WarningIds {
            place: "zone/former".into(),
            console: "former-desk".into(),
            members: vec!["group/former".into()],
            datastreams: vec!["former/in".into()],
            post: Some("former-post".into()),
        };
        let closed = IssuedWarning { warning: closed, ids: Some(ids) };
        Ok([open, closed].into_iter().take(query.limit).collect())
    }

    fn readiness(&self) -> Readiness {
        let reasons = match self.world.lock().unwrap().mood {
            Mood::DiskFull => vec!["the log refuses writes: no space left".to_owned()],
            _ => Vec::new(),
        };
        Readiness { reasons }
    }

    fn gauges(&self) -> Vec<Gauge> {
        vec![Gauge { name: "yiwang_queue_depth", value: 3.0 }]
    }
}

/// Reads one number a line; `bad` is a problem of its line, `broken` of the whole.
struct Lines;

impl Intake for Lines {
    fn decode(&self, body: Body) -> Result<Decoded, IntakeError> {
        let text = String::from_utf8_lossy(&body.bytes).into_owned();
        let problem = |place: String| BodyProblem {
            place,
            message: "not a number".to_owned(),
            remedy: "write a number".to_owned(),
        };
        if body.encoding == Encoding::Gzip && !body.bytes.starts_with(&[0x1f, 0x8b]) {
            return Err(IntakeError::Malformed(BodyProblem {
                place: "byte 0".to_owned(),
                message: "the gzip is truncated".to_owned(),
                remedy: "send it whole".to_owned(),
            }));
        }
        let mut decoded = Decoded::default();
        for (line, text) in text.lines().enumerate() {
            match text {
                "broken" => return Err(IntakeError::Malformed(problem("line 1".to_owned()))),
                "bomb" => return Err(IntakeError::TooLarge("it unpacks to more than 256 MiB".to_owned())),
                _ => {}
            }
            let place = format!("line {}", line + 1);
            let Ok(result) = text.parse() else {
                decoded.unread += 1;
                decoded.problems.push(problem(place));
                continue;
            };
            if result < 0.0 {
                decoded.barred += 1;
                decoded.problems.push(BodyProblem { message: "it is negative".to_owned(), ..problem(place) });
            }
            decoded.batch.push(Observation {
                datastream: DatastreamIx(0),
                phenomenon_time: time(0),
                result_time: time(0),
                result: Some(result),
            });
        }
        Ok(decoded)
    }
}
