//! What the world shows of itself: people in every zone at the end of a step, and who passed where during it.
//!
//! Not here: who they are (nobody outside the world may know), what a sensor makes of it (`sensing`).
//! Invariant: people in a zone at a moment are those at the moment before, plus forward less backward through its
//! gates, along its links and aside.

use city::{Site, Time};

/// People through a gate or along a link in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    /// Into the site, or along a link.
    pub forward: u32,
    /// Out of the site, or against a link.
    pub backward: u32,
}

/// The world at the end of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Whole minutes since the start, at the end of the step.
    pub minute: usize,
    /// The end of the step.
    pub time: Time,
    /// Length of the step that the passages are about, seconds: a divisor of 60; 0 for the very first moment.
    pub span_s: u32,
    /// People in each zone at `time`.
    pub people: Vec<u32>,
    /// People through each gate during the step: forward is in.
    pub gates: Vec<Passage>,
    /// People along each link during the step: forward is from its `from` to its `to`.
    pub links: Vec<Passage>,
    /// People into (forward) and out of (backward) each zone past every counter during the step.
    pub aside: Vec<Passage>,
}

impl Moment {
    /// A moment of a site without people.
    pub fn empty(site: &Site, time: Time) -> Self {
        Self {
            minute: 0,
            time,
            span_s: 0,
            people: vec![0; site.zones.len()],
            gates: vec![Passage::default(); site.gates.len()],
            links: vec![Passage::default(); site.links.len()],
            aside: vec![Passage::default(); site.zones.len()],
        }
    }
}
