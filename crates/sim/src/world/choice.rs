//! Where people go next: places by what draws them and how far they are, gates to leave by.
//!
//! Not here: the way there (`routes`), the stay.
//! Invariant: a draw from a table depends on the person's draw alone.

use super::draw::{Draws, Subject};
use super::network::Network;
use super::rules::Rules;
use crate::demand::Demand;

/// A walk of so many minutes makes a gate e times less likely to be left by.
const GATE_FAR_MIN: f64 = 5.0;
/// Share of people who follow a message that sends them elsewhere, of those who obey it at all.
const DIVERTED_SHARE: f64 = 0.35;

/// A place draws less as it fills from the first to the second of these shares of the density people bear, and at last
/// so little.
const FULL_FROM_TO: [f64; 2] = [0.7, 1.15];
const LEAST_PULL: f64 = 0.03;

/// Cumulative weights with the position that each stands for.
type Table = Vec<(f32, u16)>;

/// Tables of places and gates by the zone people are in.
#[derive(Clone, Debug)]
pub(crate) struct Choices {
    /// What draws people: attraction by attraction, (zone, weight), with the seed's variation.
    pulls: Vec<Vec<(usize, f64)>>,
    gate_weights: Vec<f64>,
    far_min: Vec<Vec<f32>>,
    attraction_far_min: Vec<f64>,
    /// What is left of each zone's pull, by how full it is.
    inviting: Vec<f64>,
    crowd_per_m2: f64,
    /// By attraction and zone.
    places: Vec<Vec<Table>>,
    /// By class and zone.
    exits: Vec<Vec<Table>>,
}

impl Choices {
    pub(crate) fn new(demand: &Demand, seed: u64) -> Self {
        let vary = |zone: usize| {
            let draws = Draws::new(seed, Subject::Place, zone as u64);
            (1.0 + demand.vary.place_share * draws.normal(0)).max(0.1)
        };
        let pulls = demand.attractions.iter().map(|attraction| {
            attraction.zones.iter().map(|(zone, weight)| (zone.index(), weight * vary(zone.index()))).collect()
        });
        Self {
            pulls: pulls.collect(),
            gate_weights: demand.gates.clone(),
            far_min: Vec::new(),
            attraction_far_min: demand.attractions.iter().map(|attraction| attraction.far_min).collect(),
            inviting: Vec::new(),
            crowd_per_m2: demand.crowd_per_m2,
            places: Vec::new(),
            exits: Vec::new(),
        }
    }

    /// Makes the tables for what is in force, for how long ways take, `arc_ds`, and for how full places are.
    pub(crate) fn follow(
        &mut self,
        rules: &Rules,
        network: &Network,
        (arc_ds, people): (&[u32], &[u32]),
        classes: usize,
    ) {
        let zones = network.zones.len();
        let fullness = |zone: usize| f64::from(people[zone]) / network.zones[zone].area_m2 / self.crowd_per_m2;
        let [from, to] = FULL_FROM_TO;
        let inviting = |zone| ((to - fullness(zone)) / (to - from)).clamp(LEAST_PULL, 1.0);
        self.inviting = (0..zones).map(inviting).collect();
        self.far_min = super::routes::far_min(network, rules, arc_ds);
        self.places = (0..self.pulls.len())
            .map(|at| (0..zones).map(|zone| self.places_from(at, zone, rules)).collect())
            .collect();
        self.exits = (0..classes as u8)
            .map(|class| (0..zones).map(|zone| self.exits_from(zone, (rules, class), network)).collect())
            .collect();
    }

    fn places_from(&self, attraction: usize, zone: usize, rules: &Rules) -> Table {
        let pulls = self.pulls[attraction].iter().filter(|(place, _)| rules.open[*place]);
        let weights = pulls.map(|(place, weight)| {
            let far = f64::from(self.far_min[zone][*place]) / self.attraction_far_min[attraction];
            (weight * rules.draw[*place] * self.inviting[*place] * libm::exp(-far), *place)
        });
        table(weights)
    }

    fn exits_from(&self, zone: usize, (rules, class): (&Rules, u8), network: &Network) -> Table {
        let gates = self.gate_weights.iter().enumerate().filter(|(gate, _)| rules.lets_out(*gate, class));
        table(gates.map(|(gate, weight)| {
            let far = f64::from(self.far_min[zone][usize::from(network.gates[gate])]) / GATE_FAR_MIN;
            (weight * libm::exp(-far), gate)
        }))
    }

    /// A place of an attraction, for who is in `zone`; none when all are shut or out of reach.
    pub(crate) fn place(&self, attraction: usize, zone: usize, unit: f64) -> Option<usize> {
        pick(&self.places[attraction][zone], unit)
    }

    /// A gate to leave by, for who is in `zone`.
    pub(crate) fn exit(&self, zone: usize, class: u8, unit: f64) -> Option<usize> {
        pick(&self.exits[usize::from(class)][zone], unit)
    }

    /// Where a message sends a person of `class` who would go to a place of `attraction`, if it reaches them.
    pub(crate) fn diverted(&self, attraction: usize, rules: &Rules, (class, units): (u8, [f64; 2])) -> Option<usize> {
        if rules.diverted.is_empty() || units[0] >= DIVERTED_SHARE {
            return None;
        }
        let pull = |zone: usize| self.pulls[attraction].iter().find(|pull| pull.0 == zone).map_or(0.0, |pull| pull.1);
        let to = rules.diverted.iter().filter(|(_, classes)| classes >> class & 1 == 1);
        // Sent to a place that never drew anyone, people go there all the same.
        pick(&table(to.map(|(zone, _)| (pull(*zone).max(1e-3), *zone))), units[1])
    }
}

fn table(weights: impl Iterator<Item = (f64, usize)>) -> Table {
    let mut sum = 0.0;
    let mut table: Table = Vec::new();
    for (weight, index) in weights {
        if weight > 0.0 && weight.is_finite() {
            sum += weight;
            table.push((sum as f32, index as u16));
        }
    }
    table
}

fn pick(table: &Table, unit: f64) -> Option<usize> {
    let total = table.last()?.0;
    let at = table.partition_point(|(sum, _)| f64::from(*sum) <= unit * f64::from(total));
    Some(usize::from(table[at.min(table.len() - 1)].1))
}

/// What each gate's share of arrivals is, with the seed's variation; they add up to 1.
pub(crate) fn gate_shares(demand: &Demand, seed: u64) -> Vec<f64> {
    let vary = |gate: usize| {
        let draws = Draws::new(seed, Subject::Gate, gate as u64);
        (1.0 + demand.vary.gate_share * draws.normal(0)).max(0.1)
    };
    let weights: Vec<f64> = demand.gates.iter().enumerate().map(|(gate, weight)| weight * vary(gate)).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| if sum > 0.0 { weight / sum } else { 0.0 }).collect()
}
