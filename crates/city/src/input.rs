//! What enters: facts, commands, ticks and answers; and entries, which the log holds.
//!
//! Not here: how an input gets its sequence number and time (the shell) or what it does (the engine).
//! Invariant: an entry says everything the engine may know; there is no other input.

use serde::{Deserialize, Serialize};

use crate::{
    ActorId, ConsoleIx, Digest, EffectId, HumanObservation, MeasureIx, MeasureState, ObservationBatch, Seq, Site,
    SourceId, Time, WarningId,
};

/// Version of the entry schema this code writes; it reads this and all earlier ones down to [`OLDEST_ENTRY_SCHEMA`].
pub const ENTRY_SCHEMA: u16 = 2;
/// The oldest entry schema this code reads: before it, sites had no rates, locks and posts, and nothing was released.
pub const OLDEST_ENTRY_SCHEMA: u16 = 2;

/// An input with its place in the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its position in the site's log.
    pub seq: Seq,
    /// Site time: wall time when live, result time in replay; never decreasing.
    pub time: Time,
    /// Who caused it.
    pub actor: ActorId,
    /// What it came through.
    pub source: SourceId,
    /// The schema it was written in.
    pub schema: u16,
    /// What it says.
    pub input: Input,
}

/// What enters the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// Something that is so.
    Fact(Fact),
    /// Something a person asks for.
    Command(Command),
    /// Time has passed.
    Tick,
    /// The result of an effect.
    Answer(Answer),
}

/// Something that is so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    /// The site as resolved, at the start and at each change.
    Site(Box<Site>),
    /// A new engine version begins; what it was and what state it starts from.
    Epoch {
        /// The engine's version.
        engine: String,
        /// Digest of the site it starts with.
        site: Digest,
        /// State hash it starts from; of the empty city at the first epoch.
        state: Digest,
    },
    /// Observations of sensors. Row `i` counts at site time `result_time[i]`, clamped between the time before this
    /// entry and the entry's own time, so that the state does not depend on how rows are cut into batches.
    Observations(ObservationBatch),
    /// What a person on the spot reports.
    Human(HumanObservation),
    /// A measure was seen on the street, or seen to have ended.
    MeasureObserved {
        /// Which.
        measure: MeasureIx,
        /// In force or off.
        state: MeasureState,
    },
}

/// Something a person asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// I have seen this warning.
    Acknowledge {
        /// Which.
        warning: WarningId,
    },
    /// Do not sound this warning until then.
    Shelve {
        /// Which.
        warning: WarningId,
        /// Why.
        why: String,
        /// Until when.
        until: Time,
    },
    /// End a shelving early.
    Unshelve {
        /// Which.
        warning: WarningId,
    },
    /// Take a cause out of service (maintenance) or put it back; a critical cannot be taken out.
    Service {
        /// Which.
        warning: WarningId,
        /// Out or back.
        service: Service,
        /// Why.
        why: String,
    },
    /// Plan, order or call off a measure.
    SetMeasure {
        /// Which.
        measure: MeasureIx,
        /// Planned, ordered or off; in force is only ever observed.
        state: MeasureState,
        /// Why.
        why: String,
    },
}

/// Whether a warning's cause is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Judged as usual.
    #[default]
    In,
    /// Not annunciated: out of service in the sense of ISA-18.2.
    Out,
}

/// The result of an effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// A notification was handed over, or not.
    Notified {
        /// The effect answered.
        effect: EffectId,
        /// The console it was for.
        console: ConsoleIx,
        /// What became of it.
        delivery: Delivery,
    },
}

/// What became of an outward message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivery {
    /// The receiver took it.
    Taken,
    /// It was given up, for this reason.
    Failed(String),
}
