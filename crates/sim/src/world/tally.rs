//! What the run was, in the form in which a what-if takes it: who came, and who was there at the start.
//!
//! Not here: writing files.
//! Invariant: counts of people by time, gate and place; nothing of a single person.

use std::collections::BTreeMap;

use city::{GateIx, ZoneIx};

/// Length of a row's span, minutes.
const SPAN_MIN: u32 = 10;

/// People who came by a gate for a place, per minute of a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DemandRow {
    /// Start of the span, minutes after the start of the world.
    pub from_min: u32,
    /// End of the span.
    pub to_min: u32,
    /// The gate they came by.
    pub gate: GateIx,
    /// The zone they went to first; for those who only walk through, the zone of the gate they left by.
    pub destination: ZoneIx,
    /// People per minute.
    pub people_per_min: f64,
}

/// People in a zone at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitialRow {
    /// The zone.
    pub zone: ZoneIx,
    /// People.
    pub occupancy: u32,
}

/// Counts of who came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    came: BTreeMap<(u32, u16, u16), u32>,
    initial: Vec<u32>,
}

impl Tally {
    pub(crate) fn came(&mut self, minute: u32, gate: u16, goal: u16) {
        *self.came.entry((minute / SPAN_MIN, gate, goal)).or_default() += 1;
    }

    pub(crate) fn set_initial(&mut self, people: &[u32]) {
        self.initial = people.to_vec();
    }

    pub(crate) fn rows(&self) -> Vec<DemandRow> {
        let row = |(&(span, gate, goal), people): (&(u32, u16, u16), &u32)| DemandRow {
            from_min: span * SPAN_MIN,
            to_min: (span + 1) * SPAN_MIN,
            gate: GateIx::from(usize::from(gate)),
            destination: ZoneIx::from(usize::from(goal)),
            people_per_min: f64::from(*people) / f64::from(SPAN_MIN),
        };
        self.came.iter().map(row).collect()
    }

    pub(crate) fn initial(&self) -> Vec<InitialRow> {
        let row = |(zone, people): (usize, &u32)| InitialRow { zone: ZoneIx::from(zone), occupancy: *people };
        self.initial.iter().enumerate().map(row).collect()
    }
}
