//! What changed (events) and what the shell must do (effects).
//!
//! Not here: how events reach a screen (api) or effects are run (the binary).
//! Invariant: values may be merged latest-wins by whoever streams them; every other event is passed on one by one.

use serde::{Deserialize, Serialize};

use crate::{
    ConsoleIx, DatastreamIx, Finding, FindingChange, GroupIx, HumanRecord, MeasureIx, MeasureState, Observation, Time,
    Warning, WarningChange, ZoneIx,
};

/// What `apply` returns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What changed, in order.
    pub events: Vec<Event>,
    /// What the shell must do.
    pub effects: Vec<Effect>,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A datastream has a new latest value: read it from the city.
    DatastreamValue(DatastreamIx),
    /// A zone's state changed: read it from the city.
    ZoneValue(ZoneIx),
    /// A group's state changed: read it from the city.
    GroupValue(GroupIx),
    /// A zone's estimate on the minute, for history; never revised.
    ZoneSample(ZoneSample),
    /// A group's estimate on the minute, for history; never revised.
    GroupSample(GroupSample),
    /// What a locked place tells of the counters that lead into it.
    Balance(Box<Balance>),
    /// The site was adopted; every event before it, in the same entry too, speaks of the site before.
    SiteAdopted,
    /// An observation was taken: what the store's history and rollups add.
    Observed(Observation),
    /// An observation came after its place in order was passed.
    Late(Observation),
    /// An observation replaced an earlier result of the same phenomenon time.
    Revised {
        /// The new one.
        observation: Observation,
        /// The result it replaced.
        was: Option<f64>,
    },
    /// An observation was seen before and changed nothing.
    Duplicate(Observation),
    /// An input was refused and changed nothing but the counters.
    Rejected(Rejection),
    /// People were added or taken by a measurement rather than by a flow (INV-03).
    Corrected(Correction),
    /// A datastream fell silent or speaks again.
    Feed {
        /// Which.
        datastream: DatastreamIx,
        /// Its health.
        health: FeedHealth,
        /// Since when.
        since: Time,
    },
    /// Something was found wrong with a sensor, or is over.
    Finding {
        /// Which sensor.
        datastream: DatastreamIx,
        /// What happened.
        change: FindingChange,
        /// The finding.
        finding: Box<Finding>,
        /// When.
        at: Time,
    },
    /// A warning changed.
    Warning {
        /// What happened.
        change: WarningChange,
        /// The warning after it.
        warning: Box<Warning>,
        /// When.
        at: Time,
    },
    /// A measure changed state.
    Measure {
        /// Which.
        measure: MeasureIx,
        /// Its state now.
        state: MeasureState,
        /// When.
        at: Time,
    },
    /// A human observation was taken or ran out.
    Human {
        /// What was said.
        record: Box<HumanRecord>,
        /// True at the end of its time.
        expired: bool,
    },
    /// A command was carried out.
    Done,
}

/// A zone's estimate at a minute.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZoneSample {
    /// Which zone.
    pub zone: ZoneIx,
    /// The minute.
    pub at: Time,
    /// People.
    pub people: f64,
    /// Lower bound of the 90 % interval.
    pub p05: f64,
    /// Lower bound of the 50 % interval.
    pub p25: f64,
    /// Upper bound of the 50 % interval.
    pub p75: f64,
    /// Upper bound of the 90 % interval.
    pub p95: f64,
}

/// A group's estimate at a minute.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupSample {
    /// Which group.
    pub group: GroupIx,
    /// The minute.
    pub at: Time,
    /// People.
    pub people: f64,
    /// Lower bound of the 90 % interval.
    pub p05: f64,
    /// Lower bound of the 50 % interval.
    pub p25: f64,
    /// Upper bound of the 50 % interval.
    pub p75: f64,
    /// Upper bound of the 90 % interval.
    pub p95: f64,
}

/// From one locking of a zone to the next everybody who came in went out: what the counters say of that.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// The locked zone.
    pub zone: ZoneIx,
    /// When the span began: the locking before, or the first count.
    pub from: Time,
    /// When the zone was locked.
    pub to: Time,
    /// People counted in.
    pub counted_in: f64,
    /// People counted out.
    pub counted_out: f64,
    /// People read out for each one read in, as estimated: the asymmetry of the counters, 1 when they agree.
    pub out_per_in: f64,
    /// Lower bound of its 90 % interval.
    pub p05: f64,
    /// Upper bound of its 90 % interval.
    pub p95: f64,
}

/// A change of people that no flow explains.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// Which zone.
    pub zone: ZoneIx,
    /// When.
    pub at: Time,
    /// People added (negative: taken).
    pub people: f64,
    /// What it rests on.
    pub by: CorrectionCause,
}

/// What a correction rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CorrectionCause {
    /// An area count.
    AreaCount {
        /// The datastream.
        datastream: DatastreamIx,
        /// The phenomenon time of its observation.
        phenomenon_time: Time,
    },
    /// A count of a group's people.
    GroupCount {
        /// The datastream.
        datastream: DatastreamIx,
        /// The phenomenon time of its observation.
        phenomenon_time: Time,
    },
    /// An officer's count or bound.
    Human,
    /// The zone is locked, hence empty.
    Locked,
    /// Exchange that no counter sees, as learned from the measurements so far.
    Unmeasured,
    /// What was counted before is read anew after a measurement taught how much the counters miss.
    Relearned,
    /// More people were counted out than were in: the counters are wrong, and nobody is below zero.
    Floor,
}

/// Why an input was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rejection {
    /// The observation, if it was one.
    pub observation: Option<Observation>,
    /// Why.
    pub reason: RejectionReason,
}

/// Reasons for refusing an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RejectionReason {
    /// The datastream is not in the site.
    UnknownDatastream,
    /// The phenomenon time lies further ahead than the stream allows.
    Future,
    /// The result is not a finite number.
    NotFinite,
    /// A count is negative.
    Negative,
    /// Below the stream's plausible minimum.
    BelowMin,
    /// Above the stream's plausible maximum.
    AboveMax,
    /// No site has been adopted yet.
    NoSite,
    /// The site's tables contradict each other.
    UnsoundSite,
    /// The place is not in the site, or cannot carry what was said.
    UnknownPlace,
    /// There is no such warning, or it is closed.
    UnknownWarning,
    /// The warning is acknowledged already.
    AlreadyAcknowledged,
    /// Shelving of this level must end sooner, or its end has passed.
    ShelveTooLong,
    /// A critical cannot be taken out of service.
    CriticalStaysInService,
    /// There is no such measure.
    UnknownMeasure,
    /// In force is observed, never commanded; off and in force are the only states observed.
    StateNotAllowed,
    /// A number in it is not finite, negative or out of order.
    BadNumber,
    /// There is no such effect waiting.
    UnknownEffect,
    /// The schema is newer than this engine.
    UnknownSchema,
}

/// Health of a feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedHealth {
    /// Nothing has come yet.
    #[default]
    Waiting,
    /// It speaks as often as it should.
    Speaking,
    /// It should have spoken: what rests on it is unknown.
    Silent,
}

/// Number of an effect: counted by the engine within the site's log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EffectId(pub u64);

/// Something the shell must do; unanswered ones are handed out again after a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Its number, which goes out with it so that a receiver can tell a repetition.
    pub id: EffectId,
    /// What to do.
    pub kind: EffectKind,
}

/// What the shell must do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EffectKind {
    /// Tell a console outside the page (a webhook), if one is set up for it.
    Notify {
        /// Which console.
        console: ConsoleIx,
        /// The warning as it stands.
        warning: Box<Warning>,
    },
}
