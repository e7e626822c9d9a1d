//! A street of people for sensors to count: squares in a row, gates at its ends, every passage counted both ways, a
//! camera in every square. Seeded, small, and independent of the simulator.
//!
//! Not here: what must be found (main).
//! Invariant: people are conserved, and the same seed gives the same rows.

use city::*;

use crate::town::{at, empty_site, stream, zone};

/// Squares in a row.
pub const SQUARES: u32 = 12;

/// A small generator of numbers, the same everywhere (`SplitMix64`).
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Evenly in 0 to 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal: twelve even numbers less six.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// About a Poisson count of this mean.
    pub fn about(&mut self, mean: f64) -> f64 {
        (mean + libm::sqrt(mean) * self.normal()).round().max(0.0)
    }
}

/// The street as a site: cameras first, then gates, then links, each both ways.
pub fn site() -> Site {
    let mut site = empty_site();
    site.rules.group_places = 100;
    let named = |id: &str| Bilingual::same(id);
    for ix in 0..SQUARES {
        site.zones.push(zone(&format!("z{ix}"), ZoneKind::Moving, 2_000.0));
        site.datastreams.push(Datastream {
            interval_s: 0,
            ..stream(&format!("z{ix}/people"), Role::AreaCount { zone: ZoneIx(ix) })
        });
    }
    for (gate, square) in [0, SQUARES - 1].into_iter().enumerate() {
        let id = format!("g{gate}");
        site.gates.push(Gate {
            id: id.as_str().into(),
            name: named(&id),
            zone: ZoneIx(square),
            kind: GateKind::Street,
            position: None,
        });
        for (name, flow) in [("in", GateFlow::In), ("out", GateFlow::Out)] {
            let gate = GateIx::from(gate);
            site.datastreams.push(stream(&format!("{id}/{name}"), Role::GateCount { gate, flow }));
        }
    }
    for ix in 0..SQUARES - 1 {
        let id = format!("l{ix}");
        site.links.push(Link {
            id: id.as_str().into(),
            name: named(&id),
            from: ZoneIx(ix),
            to: ZoneIx(ix + 1),
            kind: LinkKind::Level,
            width_m: Sourced::new(8.0, "test"),
            lost_width_m: 0.0,
            capacity_per_m_s: 1.22,
            access: Access::Pedestrian,
            line: Vec::new(),
        });
        for (name, flow) in [("up", LinkFlow::Forward), ("down", LinkFlow::Backward)] {
            let link = LinkIx(ix);
            site.datastreams.push(stream(&format!("{id}/{name}"), Role::LinkCount { link, flow }));
        }
    }
    for stream in &mut site.datastreams {
        (stream.delay_s, stream.silent_after_s) = (5, 240);
    }
    site
}

/// The street's people and honest sensors.
pub struct Street {
    pub dice: Dice,
    people: Vec<f64>,
    gates: [[f64; 2]; 2],
    links: Vec<[f64; 2]>,
    ratios: Vec<f64>,
}

impl Street {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let streams = site().datastreams.len();
        let ratios = (0..streams).map(|_| 0.9 + 0.03 * dice.normal()).collect();
        Self {
            dice,
            people: vec![700.0; SQUARES as usize],
            gates: [[0.0; 2]; 2],
            links: vec![[0.0; 2]; SQUARES as usize - 1],
            ratios,
        }
    }

    /// A minute passes: an evening whose arrivals swell and ebb.
    pub fn minute(&mut self, minute: i64) {
        let swell = 1.0 + 0.4 * libm::sin(minute as f64 / 90.0);
        let last = self.people.len() - 1;
        for (gate, square) in [(0, 0), (1, last)] {
            let (inwards, outwards) = (self.dice.about(60.0 * swell), self.dice.about(self.people[square] * 0.085));
            let outwards = outwards.min(self.people[square]);
            self.people[square] += inwards - outwards;
            self.gates[gate] = [inwards, outwards];
        }
        for link in 0..self.links.len() {
            let up = self.dice.about(self.people[link] * 0.06).min(self.people[link]);
            let down = self.dice.about(self.people[link + 1] * 0.06).min(self.people[link + 1]);
            self.people[link] += down - up;
            self.people[link + 1] += up - down;
            self.links[link] = [up, down];
        }
    }

    /// What every sensor reads, in the order of the site.
    pub fn readings(&mut self) -> Vec<f64> {
        let cameras = self.people.clone();
        let lines: Vec<f64> = self.gates.iter().chain(&self.links).flatten().copied().collect();
        let squares = cameras.len();
        let truths = cameras.into_iter().chain(lines).enumerate();
        truths
            .map(|(ix, truth)| {
                let (mean, noise) = (truth * self.ratios[ix], self.dice.normal());
                let sd = if ix < squares { 0.03 * mean + 0.5 * libm::sqrt(mean) } else { 0.3 * libm::sqrt(mean) };
                (mean + sd * noise).round().max(0.0)
            })
            .collect()
    }
}

/// One minute's rows as they come.
pub fn rows(site: &Site, minute: i64, readings: &[f64]) -> Vec<Observation> {
    let row = |(ix, value): (usize, &f64)| {
        let interval_s = i64::from(site.datastreams[ix].interval_s);
        Observation {
            datastream: DatastreamIx::from(ix),
            phenomenon_time: at(60 * minute - interval_s),
            result_time: at(60 * minute + 5),
            result: Some(*value),
        }
    };
    readings.iter().enumerate().map(row).collect()
}
