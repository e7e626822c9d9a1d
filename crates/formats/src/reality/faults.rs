//! `datastream,kind,from,to`: what was wrong with a sensor from one time to another; an empty `to` is to the end.
//!
//! Not here: how faults are held against findings.
//! Invariant: no fault ends before it begins, and none is told twice.

use std::collections::BTreeMap;

use city::{DatastreamIx, FindingKind, Site, Time};

use super::{Datastreams, TakenRow, Told};
use crate::problem::{Reason, quoted};

/// Reads rows of faults.
#[derive(Debug)]
pub struct Faults {
    datastreams: Datastreams,
    told: BTreeMap<FaultRow, u64>,
}

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultRow {
    /// The sensor.
    pub datastream: DatastreamIx,
    /// What was wrong.
    pub kind: FindingKind,
    /// Since when.
    pub from: Time,
    /// Until when; [`Time::MAX`] for one that lasts.
    pub to: Time,
}

impl Told for Faults {
    type Row = FaultRow;
    const COLUMNS: &'static [&'static str] = &["datastream", "kind", "from", "to"];

    fn about(site: &Site) -> Self {
        Self { datastreams: Datastreams::of(site), told: BTreeMap::new() }
    }

    fn take(&mut self, TakenRow(mut row): TakenRow<'_>) -> Result<FaultRow, Reason> {
        let datastream = self.datastreams.find(&row.text(0)?)?;
        let word = row.text(1)?;
        let kind = FindingKind::of(&word).ok_or_else(|| Reason::UnknownWord {
            field: "kind",
            text: quoted(&word),
            known: FindingKind::ALL.map(FindingKind::name).join(", "),
        })?;
        let from = row.time(2)?.ok_or(Reason::Absent { field: "from" })?;
        let to = row.time(3)?.unwrap_or(Time::MAX);
        if from > to {
            return Err(Reason::IntervalBackwards { text: format!("{from}/{to}") });
        }
        let (fault, line) = (FaultRow { datastream, kind, from, to }, row.place.row());
        match *self.told.entry(fault).or_insert(line) {
            first if first == line => Ok(fault),
            first => Err(Reason::Repeated { line: first }),
        }
    }
}
