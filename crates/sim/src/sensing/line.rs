//! Line counters: how many of those who pass a gate or a link each direction's counter counts.
//!
//! Not here: faults (`fault`), how the count travels (`delivery`).
//! Invariant: the true rate lies within the settings' bounds in every step, and a device's two directions differ by
//! no more than its asymmetry.

use city::{DatastreamIx, Gate, GateFlow, GateKind, Link, LinkFlow, Role, Site};

use super::rates::Share;
use super::settings::Lines;
use super::wander::Wander;
use crate::chance::{Chance, Purpose};
use crate::world::{Moment, Passage};

/// Width people pass a gate over, m, by its kind: an assumption, as a site gives gates none.
fn gate_width_m(gate: &Gate) -> f64 {
    match gate.kind {
        GateKind::Street => 8.0,
        GateKind::Metro | GateKind::Ferry => 5.0,
        GateKind::Crossing => 6.0,
        GateKind::Building => 3.0,
    }
}

/// The narrowest a link can be to people, m.
const NARROWEST_M: f64 = 0.5;

fn link_width_m(link: &Link) -> f64 {
    (link.width_m.value - link.lost_width_m).max(NARROWEST_M)
}

/// Where a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Gate(usize),
    Link(usize),
}

/// What counts at one gate or link, both ways.
#[derive(Clone, Debug)]
struct Device {
    line: Line,
    width_m: f64,
    detection: f64,
    slope: f64,
    asymmetry: f64,
    wander: Wander,
}

/// One direction of a device: a datastream.
#[derive(Clone, Debug)]
struct Counter {
    datastream: DatastreamIx,
    device: usize,
    /// Along the device's forward direction: in, or from a link's start to its end.
    forward: bool,
    counted: u32,
    chance: Chance,
}

/// All line counters of a site.
#[derive(Clone, Debug)]
pub(crate) struct LineCounters {
    settings: Lines,
    devices: Vec<Device>,
    counters: Vec<Counter>,
}

impl LineCounters {
    pub(crate) fn new(site: &Site, settings: Lines, seed: u64) -> Self {
        let mut counters = Self { settings, devices: Vec::new(), counters: Vec::new() };
        for (index, stream) in site.datastreams.iter().enumerate() {
            let (line, forward) = match stream.role {
                Role::GateCount { gate, flow } => (Line::Gate(gate.index()), flow == GateFlow::In),
                Role::LinkCount { link, flow } => (Line::Link(link.index()), flow == LinkFlow::Forward),
                Role::AreaCount { .. } | Role::GroupCount { .. } | Role::Indicator => continue,
            };
            let device = counters.device_at(site, line, seed);
            let chance = Chance::own(seed, Purpose::Count, stream.id.as_str());
            let datastream = DatastreamIx::from(index);
            counters.counters.push(Counter { datastream, device, forward, counted: 0, chance });
        }
        counters
    }

    /// The device of a line, made at its first counter; both directions share it.
    fn device_at(&mut self, site: &Site, line: Line, seed: u64) -> usize {
        if let Some(known) = self.devices.iter().rposition(|device| device.line == line) {
            return known;
        }
        let (id, width_m) = match line {
            Line::Gate(ix) => (format!("gate/{}", site.gates[ix].id), gate_width_m(&site.gates[ix])),
            Line::Link(ix) => (format!("link/{}", site.links[ix].id), link_width_m(&site.links[ix])),
        };
        self.devices.push(Device::new((line, width_m), &self.settings, (seed, &id)));
        self.devices.len() - 1
    }

    /// Lets those who passed in the moment's step be counted, and tells `rates` how many of them should be.
    pub(crate) fn watch(&mut self, moment: &Moment, mut rates: impl FnMut(DatastreamIx, Share)) {
        let span_s = f64::from(moment.span_s);
        for device in &mut self.devices {
            device.wander.advance(span_s);
        }
        for counter in &mut self.counters {
            let device = &self.devices[counter.device];
            let passage = device.passage(moment);
            let people = if counter.forward { passage.forward } else { passage.backward };
            let rate = device.rate(&self.settings, passage, [span_s, sign(counter.forward)]);
            rates(counter.datastream, Share { people: f64::from(people), rate });
            let nobody = counter.chance.poisson(self.settings.false_per_min * span_s / 60.0);
            counter.counted += counter.chance.binomial(people, rate) + nobody;
        }
    }

    /// What each counter due has counted since it was last read: `due` says which are.
    pub(crate) fn read(&mut self, due: impl Fn(DatastreamIx) -> bool, mut readings: impl FnMut(DatastreamIx, f64)) {
        for counter in self.counters.iter_mut().filter(|counter| due(counter.datastream)) {
            readings(counter.datastream, f64::from(core::mem::take(&mut counter.counted)));
        }
    }
}

fn sign(forward: bool) -> f64 {
    if forward { 1.0 } else { -1.0 }
}

impl Device {
    /// A device on a line of a width, m, with what lasts drawn under its id.
    fn new((line, width_m): (Line, f64), settings: &Lines, (seed, id): (u64, &str)) -> Self {
        let mut chance = Chance::own(seed, Purpose::Device, id);
        Self {
            line,
            width_m,
            detection: settings.detection_mean + settings.detection_sd * chance.normal(),
            slope: chance.between(settings.slope),
            asymmetry: settings.asymmetry * chance.signed(),
            wander: Wander::new(settings.wandering, Chance::own(seed, Purpose::Wander, id)),
        }
    }

    fn passage(&self, moment: &Moment) -> Passage {
        let passages = match self.line {
            Line::Gate(gate) => moment.gates.get(gate),
            Line::Link(link) => moment.links.get(link),
        };
        passages.copied().unwrap_or_default()
    }

    /// The share of those who pass that a direction (`sign` 1 forward, −1 backward) counts in a step of `span_s`.
    fn rate(&self, settings: &Lines, passage: Passage, [span_s, sign]: [f64; 2]) -> f64 {
        let both = f64::from(passage.forward) + f64::from(passage.backward);
        let per_m_s = if span_s > 0.0 { both / (self.width_m * span_s) } else { 0.0 };
        let seen = self.detection + self.wander.share() - self.slope * per_m_s;
        let rate = seen * (1.0 + sign * self.asymmetry / 2.0);
        rate.clamp(settings.within.least, settings.within.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensing::settings::Wandering;

    fn device(seed: u64, settings: &Lines) -> Device {
        let still = Lines { wandering: Wandering { sd: 0.0, memory_s: 1.0 }, ..*settings };
        Device::new((Line::Gate(0), 4.0), &still, (seed, "gate/g"))
    }

    #[test]
    fn detection_falls_with_flow_and_stays_within_its_bounds() {
        let settings = Lines::default();
        let at = |device: &Device, people: u32| {
            device.rate(&settings, Passage { forward: people, backward: people }, [60.0, 1.0])
        };
        let mut lost = 0.0;
        for seed in 0..200 {
            let device = device(seed, &settings);
            let (empty, busy) = (at(&device, 0), at(&device, 120));
            assert!(busy <= empty, "{seed}");
            assert!([empty, busy].iter().all(|rate| (0.75..=0.98).contains(rate)), "{empty} {busy}");
            lost += (empty - busy) / 200.0;
        }
        // One person per metre and second costs the mean slope, 8 percentage points.
        assert!((lost - 0.08).abs() < 0.015, "{lost}");
    }

    #[test]
    fn the_two_directions_differ_by_up_to_five_per_cent_and_no_more() {
        let settings = Lines::default();
        let mut ratios: Vec<f64> = (0..400)
            .map(|seed| {
                let device = device(seed, &settings);
                let way = |sign| device.rate(&settings, Passage { forward: 20, backward: 20 }, [60.0, sign]);
                way(1.0) / way(-1.0) - 1.0
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        assert!(ratios[0] >= -0.0501 && ratios[399] <= 0.0513, "{} {}", ratios[0], ratios[399]);
        assert!(ratios[0] < -0.04 && ratios[399] > 0.04, "{} {}", ratios[0], ratios[399]);
        let mean = ratios.iter().sum::<f64>() / 400.0;
        assert!(mean.abs() < 0.005, "{mean}");
    }
}
