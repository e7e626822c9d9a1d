//! Frames: what the stream says, in domain types, and their one serialisation.
//!
//! Not here: the ring that keeps and hands them out (`stream`).
//! Invariant: a frame is serialised once, whoever reads it, and its JSON holds no line break.

use axum::body::Bytes;
use city::{
    Correction, CorrectionCause, DatastreamIx, DatastreamState, FeedHealth, Finding, FindingChange, GroupState,
    HumanRecord, MeasureIx, MeasureState, Seq, Site, Time, Warning, WarningChange, ZoneState,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::StreamId;
use crate::wire::{
    DatastreamJson, FindingJson, GroupJson, HumanJson, WarningJson, ZoneJson, datastream_id, measure_id, words, zone_id,
};

/// What the stream says.
#[derive(Clone, Debug)]
pub enum Frame {
    /// Values that changed, latest wins, at most 20 ms old.
    Values {
        /// The last entry they come from.
        seq: Seq,
        /// Site time.
        site_time: Time,
        /// Zones that changed.
        zones: Vec<ZoneState>,
        /// Groups that changed.
        groups: Vec<GroupState>,
        /// Datastreams that changed.
        datastreams: Vec<DatastreamState>,
    },
    /// A warning changed.
    Warning {
        /// The entry.
        seq: Seq,
        /// What happened.
        change: WarningChange,
        /// When.
        at: Time,
        /// The warning after it.
        warning: Box<Warning>,
    },
    /// A measure changed state.
    Measure {
        /// The entry.
        seq: Seq,
        /// Which.
        measure: MeasureIx,
        /// Its state now.
        state: MeasureState,
        /// When.
        at: Time,
    },
    /// A datastream fell silent or speaks again.
    Feed {
        /// The entry.
        seq: Seq,
        /// Which.
        datastream: DatastreamIx,
        /// Its health.
        health: FeedHealth,
        /// Since when.
        since: Time,
    },
    /// Something was found wrong with a sensor, or is over.
    Finding {
        /// The entry.
        seq: Seq,
        /// Which sensor.
        datastream: DatastreamIx,
        /// What happened.
        change: FindingChange,
        /// The finding.
        finding: Box<Finding>,
        /// When.
        at: Time,
    },
    /// A human observation was taken, or ran out.
    Human {
        /// The entry.
        seq: Seq,
        /// What was said.
        record: Box<HumanRecord>,
        /// True at the end of its time.
        expired: bool,
    },
    /// People were added or taken by a measurement rather than a flow.
    Correction {
        /// The entry.
        seq: Seq,
        /// The correction.
        correction: Correction,
    },
    /// The clock, at least once a wall second: the keep-alive too.
    Clock {
        /// Site time.
        site_time: Time,
        /// Site seconds per wall second; infinite when as fast as possible.
        speed: f64,
        /// True while it stands still.
        paused: bool,
    },
    /// Another site was adopted: reload everything.
    Site,
}

/// Data of a `values` event.
#[derive(Serialize, ToSchema)]
pub struct ValuesJson<'a> {
    /// The last entry they come from.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// Site time.
    #[schema(value_type = String, format = DateTime)]
    pub site_time: Time,
    /// Zones that changed.
    pub zones: Vec<ZoneJson<'a>>,
    /// Groups that changed.
    pub groups: Vec<GroupJson<'a>>,
    /// Datastreams that changed.
    pub datastreams: Vec<DatastreamJson<'a>>,
}

/// Data of a `warning` event.
#[derive(Serialize, ToSchema)]
pub struct WarningEventJson<'a> {
    /// The entry.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// What happened.
    #[schema(value_type = words::WarningChange)]
    pub change: WarningChange,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// The warning after it.
    pub warning: WarningJson<'a>,
}

/// Data of a `measure` event.
#[derive(Serialize, ToSchema)]
pub struct MeasureEventJson<'a> {
    /// The entry.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// Its id.
    pub id: &'a str,
    /// Its state now.
    #[schema(value_type = words::MeasureState)]
    pub state: MeasureState,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
}

/// Data of a `feed` event.
#[derive(Serialize, ToSchema)]
pub struct FeedEventJson<'a> {
    /// The entry.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// The datastream's id.
    pub datastream: &'a str,
    /// Its health.
    #[schema(value_type = words::FeedHealth)]
    pub health: FeedHealth,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Time,
}

/// Data of a `finding` event.
#[derive(Serialize, ToSchema)]
pub struct FindingEventJson<'a> {
    /// The entry.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// The datastream's id.
    pub datastream: &'a str,
    /// What happened.
    #[schema(value_type = words::FindingChange)]
    pub change: FindingChange,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// The finding.
    pub finding: FindingJson<'a>,
}

/// Data of a `human` event.
#[derive(Serialize, ToSchema)]
pub struct HumanEventJson<'a> {
    /// The entry.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// What was said.
    pub human: HumanJson<'a>,
    /// True at the end of its time.
    pub expired: bool,
}

/// Data of a `correction` event.
#[derive(Serialize, ToSchema)]
pub struct CorrectionEventJson<'a> {
    /// The entry.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// The zone's id.
    pub zone: &'a str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// People added (negative: taken).
    pub people: f64,
    /// What it rests on: `area-count`, `group-count`, `human`, `locked`, `unmeasured`, `relearned` or `floor`.
    pub by: &'static str,
    /// The datastream of an area or group count.
    #[schema(required)]
    pub datastream: Option<&'a str>,
    /// The phenomenon time of its observation.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub phenomenon_time: Option<Time>,
}

/// Data of a `clock` event.
#[derive(Serialize, ToSchema)]
pub struct ClockJson {
    /// Site time.
    #[schema(value_type = String, format = DateTime)]
    pub site_time: Time,
    /// Site seconds per wall second; null when as fast as possible.
    #[schema(required, value_type = Option<f64>)]
    pub speed: f64,
    /// True while it stands still.
    pub paused: bool,
}

/// Data of a `reset` event.
#[derive(Serialize, ToSchema)]
pub struct ResetJson {
    /// Why the stream cannot go on without a gap.
    pub why: &'static str,
}

/// Data of a `site` event: nothing.
#[derive(Serialize, ToSchema)]
pub struct SiteEventJson {}

impl Frame {
    /// The frame as an event of the stream, with its id.
    pub(crate) fn serialise(&self, site: &Site, id: StreamId) -> Bytes {
        let mut event = Vec::with_capacity(self.size_guessed());
        match self {
            Self::Values { seq, site_time, zones, groups, datastreams } => {
                let data = ValuesJson {
                    seq: *seq,
                    site_time: *site_time,
                    zones: zones.iter().map(|state| ZoneJson::new(site, state)).collect(),
                    groups: groups.iter().map(|state| GroupJson::new(site, state)).collect(),
                    datastreams: datastreams.iter().map(|state| DatastreamJson::new(site, state)).collect(),
                };
                write_event(&mut event, id, "values", &data);
            }
            &Self::Warning { seq, change, at, ref warning } => {
                let warning = WarningJson::new(site, warning);
                write_event(&mut event, id, "warning", &WarningEventJson { seq, change, at, warning });
            }
            &Self::Measure { seq, measure, state, at } => {
                let data = MeasureEventJson { seq, id: measure_id(site, measure), state, at };
                write_event(&mut event, id, "measure", &data);
            }
            &Self::Feed { seq, datastream, health, since } => {
                let datastream = datastream_id(site, datastream);
                write_event(&mut event, id, "feed", &FeedEventJson { seq, datastream, health, since });
            }
            &Self::Finding { seq, datastream, change, ref finding, at } => {
                let (datastream, finding) = (datastream_id(site, datastream), FindingJson::new(site, finding));
                write_event(&mut event, id, "finding", &FindingEventJson { seq, datastream, change, at, finding });
            }
            &Self::Human { seq, ref record, expired } => {
                let human = HumanJson::new(site, record);
                write_event(&mut event, id, "human", &HumanEventJson { seq, human, expired });
            }
            Self::Correction { seq, correction } => {
                write_event(&mut event, id, "correction", &correction_json(site, *seq, correction));
            }
            &Self::Clock { site_time, speed, paused } => {
                write_event(&mut event, id, "clock", &ClockJson { site_time, speed, paused });
            }
            Self::Site => write_event(&mut event, id, "site", &SiteEventJson {}),
        }
        Bytes::from(event)
    }

    /// Bytes that hold most frames of its kind, so that writing seldom moves what is written.
    fn size_guessed(&self) -> usize {
        match self {
            Self::Values { zones, groups, datastreams, .. } => {
                256 + zones.len() * 384 + groups.len() * 192 + datastreams.len() * 320
            }
            _ => 1024,
        }
    }
}

fn correction_json<'a>(site: &'a Site, seq: Seq, correction: &Correction) -> CorrectionEventJson<'a> {
    let (by, datastream, phenomenon_time) = match correction.by {
        CorrectionCause::AreaCount { datastream, phenomenon_time } => {
            ("area-count", Some(datastream_id(site, datastream)), Some(phenomenon_time))
        }
        CorrectionCause::GroupCount { datastream, phenomenon_time } => {
            ("group-count", Some(datastream_id(site, datastream)), Some(phenomenon_time))
        }
        CorrectionCause::Human => ("human", None, None),
        CorrectionCause::Locked => ("locked", None, None),
        CorrectionCause::Unmeasured => ("unmeasured", None, None),
        CorrectionCause::Relearned => ("relearned", None, None),
        CorrectionCause::Floor => ("floor", None, None),
    };
    CorrectionEventJson {
        seq,
        zone: zone_id(site, correction.zone),
        at: correction.at,
        people: correction.people,
        by,
        datastream,
        phenomenon_time,
    }
}

/// Appends `id: …`, `event: …`, `data: …` and the blank line that ends an event.
pub(crate) fn write_event(out: &mut Vec<u8>, id: StreamId, name: &str, data: &impl Serialize) {
    out.extend_from_slice(format!("id: {id}\n").as_bytes());
    write_unnumbered(out, name, data);
}

/// The same without an id.
fn write_unnumbered(out: &mut Vec<u8>, name: &str, data: &impl Serialize) {
    out.extend_from_slice(format!("event: {name}\ndata: ").as_bytes());
    let start = out.len();
    // Strings and numbers into memory: no error exists, and an empty object is the harmless answer to one.
    if serde_json::to_writer(&mut *out, data).is_err() {
        out.truncate(start);
        out.extend_from_slice(b"{}");
    }
    out.extend_from_slice(b"\n\n");
}

/// A `reset` event. Its empty id makes a browser forget the last one, so that it comes back for a new view.
pub(crate) fn reset_event(why: &'static str) -> Bytes {
    let mut event = b"id:\n".to_vec();
    write_unnumbered(&mut event, "reset", &ResetJson { why });
    Bytes::from(event)
}
