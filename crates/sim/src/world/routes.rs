//! How long it takes from anywhere to a zone, as people see it: by walking times and the queues of the moment.
//!
//! Not here: whether a person minds (`choice` of a way is each person's own, in `walk`).
//! Invariant: times are whole tenths of a second, so that equal ways are told apart the same way everywhere.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::network::Network;
use super::rules::Rules;

/// No way leads there.
pub(crate) const NO_WAY: u32 = u32::MAX;
/// How old what people know of the way may be, s.
pub(crate) const KNOWN_FOR_S: u32 = 120;

/// Times to one zone.
#[derive(Clone, Debug, Default)]
struct Tree {
    /// When it was found, step; and under which rules.
    found: Option<(u32, u32)>,
    to_go_ds: Vec<u32>,
}

/// Times to every zone that someone goes to, by class of obedience.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    trees: Vec<Tree>,
    zones: usize,
    heap: BinaryHeap<Reverse<(u32, u16)>>,
}

/// What a tree is found from.
pub(crate) struct Seen<'a> {
    pub(crate) network: &'a Network,
    pub(crate) rules: &'a Rules,
    /// Time each arc takes: its queue and the zone behind it, tenths of a second.
    pub(crate) arc_ds: &'a [u32],
    /// Step of the moment, the oldest step that still holds, and the number of the rules.
    pub(crate) step: u32,
    pub(crate) oldest: u32,
    pub(crate) rules_number: u32,
}

impl Routes {
    pub(crate) fn new(zones: usize, classes: usize) -> Self {
        Self { trees: vec![Tree::default(); zones * classes], zones, heap: BinaryHeap::new() }
    }

    /// Times from every zone to `goal` for people of `class`, found anew when they are old.
    pub(crate) fn to(&mut self, goal: usize, class: u8, seen: &Seen<'_>) -> &[u32] {
        let slot = usize::from(class) * self.zones + goal;
        let fresh =
            self.trees[slot].found.is_some_and(|(step, rules)| step >= seen.oldest && rules == seen.rules_number);
        if !fresh {
            self.find(slot, goal, class, seen);
        }
        &self.trees[slot].to_go_ds
    }

    /// Dijkstra (1959) from the goal against the arcs.
    fn find(&mut self, slot: usize, goal: usize, class: u8, seen: &Seen<'_>) {
        let mut to_go = std::mem::take(&mut self.trees[slot].to_go_ds);
        to_go.clear();
        to_go.resize(self.zones, NO_WAY);
        to_go[goal] = 0;
        self.heap.clear();
        self.heap.push(Reverse((0, goal as u16)));
        while let Some(Reverse((time, zone))) = self.heap.pop() {
            if time > to_go[usize::from(zone)] {
                continue;
            }
            for arc in &seen.network.into[usize::from(zone)] {
                if !seen.rules.lets(*arc, class) {
                    continue;
                }
                let (tail, through) = (seen.network.tail(*arc), time.saturating_add(seen.arc_ds[arc.index()]));
                if through < to_go[tail] {
                    to_go[tail] = through;
                    self.heap.push(Reverse((through, tail as u16)));
                }
            }
        }
        self.trees[slot] = Tree { found: Some((seen.step, seen.rules_number)), to_go_ds: to_go };
    }
}

/// Times between all zones as people see them, minutes: how far they think a place is.
pub(crate) fn far_min(network: &Network, rules: &Rules, arc_ds: &[u32]) -> Vec<Vec<f32>> {
    let zones = network.zones.len();
    let mut routes = Routes::new(zones, 1);
    let seen = Seen { network, rules, arc_ds, step: 0, oldest: 0, rules_number: 0 };
    let mut far = vec![vec![f32::INFINITY; zones]; zones];
    for goal in 0..zones {
        for (row, time) in far.iter_mut().zip(routes.to(goal, 0, &seen)) {
            if *time != NO_WAY {
                row[goal] = *time as f32 / 600.0;
            }
        }
    }
    far
}

/// Time through an empty zone at a usual pace, tenths of a second.
pub(crate) fn free_ds(network: &Network, zone: usize) -> u32 {
    const USUAL_M_PER_S: f64 = 1.2;
    let ground = &network.zones[zone];
    (10.0 * 0.6 * ground.length_m / (USUAL_M_PER_S * ground.pace[0])).ceil().max(1.0) as u32
}
