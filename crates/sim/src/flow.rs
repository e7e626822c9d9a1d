//! People along every link in a minute, both ways.
//!
//! Not here: the network they spread over (`graph`).
//! Invariant: what the links bring a zone, less what they take, is exactly its need; a one-way link carries nobody
//! the wrong way.

use city::{Link, LinkKind, Site};

use crate::evening::EveningError;
use crate::gates::Passage;
use crate::graph::{Edge, Network};

/// How the links are used in a minute.
#[derive(Clone, Debug)]
pub(crate) struct Ways<'a> {
    pub(crate) minute: usize,
    /// Links that may be used only against their direction.
    pub(crate) one_way: Vec<bool>,
    /// People in each zone.
    pub(crate) people: &'a [u32],
}

/// People each way per metre of width and minute where both sides are busy: assumptions, below the capacity of about 60.
const LEVEL_RATE: f64 = 10.0;
const STAIR_RATE: f64 = 14.0;
const CROSSING_RATE: f64 = 17.0;
/// Density at which a side counts as busy, people/m².
const BUSY_PER_M2: f64 = 1.0;
/// How often the one-way current is doubled before the need is given up.
const ATTEMPTS: u32 = 8;

/// People along each link of the site.
pub(crate) fn gross(
    site: &Site,
    network: &Network,
    need: &[i64],
    ways: &Ways<'_>,
) -> Result<Vec<Passage>, EveningError> {
    within_reach(site, network, need)?;
    let net = one_way_net(site, network, need, ways)?;
    let mut passages = vec![Passage::default(); site.links.len()];
    for (edge, net) in network.edges().iter().zip(net) {
        let link = &site.links[edge.link];
        let both = if ways.one_way[edge.link] { 0 } else { exchange(site, link, ways) };
        let people = |net: i64| u32::try_from(net.max(0)).unwrap_or(u32::MAX);
        passages[edge.link] = Passage { forward: both + people(net), backward: both + people(-net) };
    }
    Ok(passages)
}

/// Net flows that respect the one-way links, by giving them a current that nothing can turn round.
fn one_way_net(site: &Site, network: &Network, need: &[i64], ways: &Ways<'_>) -> Result<Vec<i64>, EveningError> {
    let current = |edge: &Edge, factor: f64| {
        let link = &site.links[edge.link];
        if ways.one_way[edge.link] {
            -(link.width_m.value * STAIR_RATE * fill(site, link, ways) * factor).round() as i64
        } else {
            0
        }
    };
    let mut factor = 1.0;
    for _ in 0..ATTEMPTS {
        let push: Vec<i64> = network.edges().iter().map(|edge| current(edge, factor)).collect();
        let net = network.net(need, &push);
        let turned = network.edges().iter().zip(&net).any(|(edge, net)| ways.one_way[edge.link] && *net > 0);
        if !turned {
            return Ok(net);
        }
        factor = factor * 1.5 + 0.5;
    }
    Err(EveningError::WrongWay { minute: ways.minute })
}

/// Every part of the network must be able to meet its own need.
fn within_reach(site: &Site, network: &Network, need: &[i64]) -> Result<(), EveningError> {
    let mut sums = vec![0i64; need.len()];
    for (zone, need) in need.iter().enumerate() {
        sums[network.tree_of(zone)] += need;
    }
    match sums.iter().position(|sum| *sum != 0) {
        Some(zone) => Err(EveningError::CutOff { zone: site.zones[zone].id.to_string() }),
        None => Ok(()),
    }
}

/// People who use a link each way without changing what its sides hold.
fn exchange(site: &Site, link: &Link, ways: &Ways<'_>) -> u32 {
    let width = (link.width_m.value - link.lost_width_m).max(0.5);
    let rate = match link.kind {
        LinkKind::Level => LEVEL_RATE,
        LinkKind::Ramp { .. } | LinkKind::Stair { .. } | LinkKind::Escalator => STAIR_RATE,
        LinkKind::Crossing { cycle_s, green_s } => CROSSING_RATE * green_in_minute(ways.minute, cycle_s, green_s),
    };
    (width * rate * fill(site, link, ways)).round() as u32
}

/// How busy the emptier side is, 0 to 1.
fn fill(site: &Site, link: &Link, ways: &Ways<'_>) -> f64 {
    let density = |zone: usize| match &site.zones[zone].area_m2 {
        Some(area) => f64::from(ways.people[zone]) / area.value.max(1.0),
        None => BUSY_PER_M2,
    };
    (density(link.from.index()).min(density(link.to.index())) / BUSY_PER_M2).min(1.0)
}

/// Green time of a signal inside the minute that ends at `minute`, relative to its share of all minutes.
fn green_in_minute(minute: usize, cycle_s: u32, green_s: u32) -> f64 {
    let (cycle, green) = (u64::from(cycle_s.max(1)), u64::from(green_s.min(cycle_s)));
    let start = (minute.max(1) as u64 - 1) * 60;
    let lit = (start..start + 60).filter(|second| second % cycle < green).count();
    if green == 0 { 0.0 } else { lit as f64 / 60.0 * cycle as f64 / green as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn green_time_averages_to_its_share() {
        let sum: f64 = (1..=17 * 60).map(|minute| green_in_minute(minute, 170, 70)).sum();
        assert!((sum / (17.0 * 60.0) - 1.0).abs() < 1e-9);
        assert!(green_in_minute(1, 170, 70) > 2.4 && green_in_minute(2, 170, 70) < 0.5);
    }
}
