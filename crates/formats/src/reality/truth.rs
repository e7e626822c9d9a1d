//! `phenomenonTime,zone,occupancy`: people in a zone at a whole minute.
//!
//! Not here: what is made of it.
//! Invariant: each zone and minute is told once.

use std::collections::BTreeMap;

use city::{MICROS_PER_S, Site, Time, ZoneIx};

use super::{TakenRow, Told};
use crate::problem::{Reason, quoted};
use crate::stamp::PHENOMENON_TIME;

/// Microseconds in a minute.
const MINUTE: i64 = 60 * MICROS_PER_S;

/// Reads rows of truth.
#[derive(Debug)]
pub struct Truth {
    zones: BTreeMap<String, ZoneIx>,
    /// The line that told of each zone and minute.
    told: BTreeMap<(ZoneIx, Time), u64>,
}

/// People in a zone at a minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TruthRow {
    /// When; a whole minute.
    pub at: Time,
    /// Where.
    pub zone: ZoneIx,
    /// How many.
    pub people: f64,
}

impl Told for Truth {
    type Row = TruthRow;
    const COLUMNS: &'static [&'static str] = &[PHENOMENON_TIME, "zone", "occupancy"];

    fn about(site: &Site) -> Self {
        let zones = site.zones.iter().enumerate().map(|(ix, zone)| (zone.id.to_string(), ix.into()));
        Self { zones: zones.collect(), told: BTreeMap::new() }
    }

    fn take(&mut self, TakenRow(mut row): TakenRow<'_>) -> Result<TruthRow, Reason> {
        let at = row.time(0)?.ok_or(Reason::Absent { field: PHENOMENON_TIME })?;
        let id = row.text(1)?;
        let zone = *self.zones.get(&id).ok_or_else(|| Reason::UnknownZone { id: quoted(&id) })?;
        let people = row.amount(2)?;
        if at.micros().rem_euclid(MINUTE) != 0 {
            return Err(Reason::NotOnTheMinute { field: PHENOMENON_TIME, text: quoted(&row.text(0)?) });
        }
        let line = row.place.row();
        match *self.told.entry((zone, at)).or_insert(line) {
            first if first == line => Ok(TruthRow { at, zone, people }),
            first => Err(Reason::Repeated { line: first }),
        }
    }
}
