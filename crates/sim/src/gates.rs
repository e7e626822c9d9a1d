//! How the people who come and go share the gates, and what the scheduled measures do to each.
//!
//! Not here: how many come and go in all (`timeline`).
//! Invariant: the shares of all gates add up to the totals exactly; a gate that is shut lets nobody through.

use city::{Gate, GateKind, MeasureKind, Place, Site};

use crate::chance::{Chance, share_out};
use crate::measures::Spell;
use crate::timeline::time_of;

/// Share of arrivals by gate relative to a plain street end; the kinds' defaults below. Assumptions.
const WEIGHTS: [(&str, f64); 12] = [
    ("henan-nanjing", 16.0),
    ("nanjing-east", 5.0),
    ("henan-fuzhou", 6.0),
    ("henan-jiujiang", 6.0),
    ("henan-yanan", 6.0),
    ("henan-", 5.0),
    ("sichuan-bridge", 5.0),
    ("renmin-west", 6.0),
    ("gucheng-south", 5.0),
    ("jinling-west", 5.0),
    ("jinling-ferry", 4.0),
    ("xinyongan-west", 1.5),
];

/// What is left of a station's passengers while trains skip it, for staff and stragglers.
const SKIP_STOP_SHARE: f64 = 0.02;
/// Minutes in which a measure's effect on a gate sets in.
const SET_IN_MIN: f64 = 4.0;
/// Standard deviation of a gate's share from one minute to the next.
const JITTER: f64 = 0.08;

/// People through one gate in a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    /// Into the site, or along a link.
    pub forward: u32,
    /// Out of the site, or against a link.
    pub backward: u32,
}

/// Shares `arrivals` and `departures` of the minute that ends at `minute` among the gates.
pub(crate) fn passages(
    site: &Site,
    spells: &[Spell],
    minute: usize,
    [arrivals, departures]: [u32; 2],
    chance: &mut Chance,
) -> Vec<Passage> {
    let mut weights = [Vec::new(), Vec::new()];
    for (index, gate) in site.gates.iter().enumerate() {
        let base = weight(gate);
        let open = openness(spells, index, minute);
        for (side, open) in weights.iter_mut().zip(open) {
            side.push(base * open * (1.0 + JITTER * chance.normal()).max(0.1));
        }
    }
    let [inward, outward] = [share_out(arrivals, &weights[0]), share_out(departures, &weights[1])];
    inward.into_iter().zip(outward).map(|(forward, backward)| Passage { forward, backward }).collect()
}

fn weight(gate: &Gate) -> f64 {
    let named = WEIGHTS.iter().find(|(prefix, _)| gate.id.as_str().starts_with(prefix));
    named.map_or_else(
        || match gate.kind {
            GateKind::Metro => 5.0,
            GateKind::Street => 3.5,
            GateKind::Ferry | GateKind::Crossing => 3.0,
            GateKind::Building => 1.0,
        },
        |(_, weight)| *weight,
    )
}

/// How far a gate lets people in and out, 0 to 1.
fn openness(spells: &[Spell], gate: usize, minute: usize) -> [f64; 2] {
    let mut open = [1.0, 1.0];
    let is_gate = |target: &Place| matches!(target, Place::Gate(ix) if ix.index() == gate);
    for spell in spells.iter().filter(|spell| spell.targets.iter().any(is_gate)) {
        let left = match spell.kind {
            MeasureKind::Close => [0.0, 0.0],
            MeasureKind::SkipStop => [SKIP_STOP_SHARE, SKIP_STOP_SHARE],
            MeasureKind::ExitOnly => [0.0, 1.0],
            _ => continue,
        };
        let extent = spell.extent(time_of(minute), SET_IN_MIN);
        for (open, left) in open.iter_mut().zip(left) {
            *open *= 1.0 - (1.0 - left) * extent;
        }
    }
    open
}
