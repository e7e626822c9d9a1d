//! `phenomenonTime,datastream,direction,rate`: what a sensor really read for each person, from that time to the next.
//!
//! Not here: how rates are learned or scored.
//! Invariant: a rate's direction is that of its datastream, which therefore counts people.

use std::collections::BTreeMap;

use city::{DatastreamIx, GateFlow, LinkFlow, Role, Site, Time};

use super::{Datastreams, TakenRow, Told};
use crate::problem::{Reason, quoted};
use crate::stamp::PHENOMENON_TIME;

/// The directions, as they are written.
const DIRECTIONS: [&str; 6] = ["in", "out", "forward", "backward", "area", "group"];

/// The direction of a datastream that counts people.
pub fn direction(role: Role) -> Option<&'static str> {
    match role {
        Role::GateCount { flow: GateFlow::In, .. } => Some("in"),
        Role::GateCount { flow: GateFlow::Out, .. } => Some("out"),
        Role::LinkCount { flow: LinkFlow::Forward, .. } => Some("forward"),
        Role::LinkCount { flow: LinkFlow::Backward, .. } => Some("backward"),
        Role::AreaCount { .. } => Some("area"),
        Role::GroupCount { .. } => Some("group"),
        Role::Indicator => None,
    }
}

/// Reads rows of rates.
#[derive(Debug)]
pub struct Rates {
    datastreams: Datastreams,
    directions: Vec<Option<&'static str>>,
    told: BTreeMap<(DatastreamIx, Time), u64>,
}

/// A true rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateRow {
    /// From when on.
    pub from: Time,
    /// Which sensor.
    pub datastream: DatastreamIx,
    /// What it reads for each person.
    pub rate: f64,
}

impl Told for Rates {
    type Row = RateRow;
    const COLUMNS: &'static [&'static str] = &[PHENOMENON_TIME, "datastream", "direction", "rate"];

    fn about(site: &Site) -> Self {
        let directions = site.datastreams.iter().map(|stream| direction(stream.role)).collect();
        Self { datastreams: Datastreams::of(site), directions, told: BTreeMap::new() }
    }

    fn take(&mut self, TakenRow(mut row): TakenRow<'_>) -> Result<RateRow, Reason> {
        let from = row.time(0)?.ok_or(Reason::Absent { field: PHENOMENON_TIME })?;
        let (id, word) = (row.text(1)?, row.text(2)?);
        let datastream = self.datastreams.find(&id)?;
        if !DIRECTIONS.contains(&word.as_str()) {
            let known = DIRECTIONS.join(", ");
            return Err(Reason::UnknownWord { field: "direction", text: quoted(&word), known });
        }
        match self.directions[datastream.index()] {
            None => return Err(Reason::CountsNobody { id: quoted(&id) }),
            Some(own) if own != word => {
                return Err(Reason::OtherDirection { id: quoted(&id), own, text: quoted(&word) });
            }
            Some(_) => {}
        }
        let (rate, line) = (row.amount(3)?, row.place.row());
        match *self.told.entry((datastream, from)).or_insert(line) {
            first if first == line => Ok(RateRow { from, datastream, rate }),
            first => Err(Reason::Repeated { line: first }),
        }
    }
}
