//! Indicators of the five departments: traffic, halls, queues, ambulances, calls, the river, and the state of works.
//!
//! Not here: counts of people (`sensing`).
//! Invariant: every indicator draws from one stream of chance in the order of the site; a stream of an unknown
//! family says nothing rather than something invented, and one that counts people nothing whatever its id.
//!
//! All sizes are assumptions (docs/evening.md); what bears on the crowd follows the truth and the measures.

use city::{GateKind, MeasureKind, Place, Role, Site, Time, ZoneId};

use crate::chance::{Chance, Purpose};
use crate::world::{Moment, Spell};

/// What an indicator can see at a minute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) site: &'a Site,
    pub(crate) spells: &'a [Spell],
    pub(crate) moment: &'a Moment,
    /// How hard it rains, 0 to 1.
    pub(crate) rain: f64,
}

/// The site's indicators.
#[derive(Clone, Debug)]
pub(crate) struct Indicators {
    chance: Chance,
    /// Ambulances out of each post, by datastream.
    out: Vec<u32>,
}

/// 16:00 in Shanghai on the day of the evening; hours of the day are told from it.
const START: Time = Time::from_seconds(1_570_003_200);
/// Minutes after 16:00 from which people go home.
const GOING_HOME_MIN: usize = 170;
/// The groups that bear on the indicators, with the people at their peak that evening.
const CORE: (&str, f64) = ("waterfront", 72_000.0);
const GREATER: (&str, f64) = ("greater", 220_000.0);
/// Rain in a shower, mm/h.
const SHOWER_MM_H: f64 = 2.0;
/// Ambulances at a post.
const AMBULANCES: u32 = 4;
/// Lowest levee step, m above the Wusong datum.
const STEP_M: f64 = 4.7;
/// Mean stage and amplitude of the tide at Huangpu Park, m; its period and last high water, hours after midnight.
const TIDE: [f64; 4] = [2.5, 1.3, 12.42, 15.7];
/// Suzhou Creek behind its gate, and the sump of the pumping station, m.
const CREEK_M: f64 = 2.6;
const SUMP_M: f64 = 0.9;
/// Flood gates in the wall that stand open on a dry evening.
const OPEN_FLOOD_GATES: f64 = 11.0;
/// Density at which a railing or pavement carries its design load, people/m².
const DESIGN_PER_M2: f64 = 2.6;

impl Scene<'_> {
    /// Minutes since 16:00 in Shanghai, on any day.
    fn minute(&self) -> usize {
        const DAY_MIN: usize = 1_440;
        let minutes = self.moment.time.since(START).minutes().rem_euclid(DAY_MIN as f64);
        minutes as usize % DAY_MIN
    }

    /// People in a group relative to its peak, 0 to 1 and a little more.
    fn crowd(&self, (group, peak): (&str, f64)) -> f64 {
        let Some(ix) = self.site.group_ix(&group.into()) else { return 0.0 };
        let there = |zone: &city::ZoneIx| self.moment.people.get(zone.index()).copied().unwrap_or(0);
        f64::from(self.site.groups[ix.index()].members.iter().map(there).sum::<u32>()) / peak
    }

    /// How far measures of a kind are in force, 0 to 1.
    fn extent(&self, kind: MeasureKind, set_in_min: f64) -> f64 {
        let extents = self
            .spells
            .iter()
            .filter(|spell| spell.kind == kind)
            .map(|spell| extent(spell, self.moment.time, set_in_min));
        extents.fold(0.0, f64::max)
    }

    /// True when minutes after 16:00 lie in the range.
    fn during(&self, from: usize, to: usize) -> bool {
        (from..to).contains(&self.minute())
    }

    /// Mean density of a zone.
    fn density(&self, zone: &str) -> Option<f64> {
        let ix = self.site.zone_ix(&ZoneId::from(zone))?;
        let area = self.site.zones[ix.index()].area_m2.as_ref()?;
        Some(f64::from(self.moment.people.get(ix.index()).copied().unwrap_or(0)) / area.value.max(1.0))
    }
}

impl Indicators {
    pub(crate) fn new(site: &Site, seed: u64) -> Self {
        Self { chance: Chance::own(seed, Purpose::Count, "indicators"), out: vec![1; site.datastreams.len()] }
    }

    /// What indicator `index` says at the scene's minute.
    pub(crate) fn read(&mut self, scene: &Scene<'_>, index: usize) -> Option<f64> {
        let stream = &scene.site.datastreams[index];
        if stream.role != Role::Indicator {
            return None;
        }
        let (family, name) = stream.id.as_str().split_once('/')?;
        match family {
            "road" => Some(self.vehicles(scene, name)),
            "metro" | "ferry" => Some(self.waiting(scene, name)),
            "ambulance" => Some(self.ambulances(scene, index)),
            "route" => Some(self.route(scene, name)),
            "calls-110" => Some(self.calls(scene, name, 4.0)),
            "calls-119" => Some(self.calls(scene, name, 0.7)),
            "calls-120" => Some(self.calls(scene, name, 2.2)),
            "stage" => Some(self.stage(scene, name)),
            "flood-gates" => Some(OPEN_FLOOD_GATES),
            "drainage" => Some(self.gauge(SUMP_M)),
            "rain" => Some((scene.rain * SHOWER_MM_H * 10.0).round() / 10.0),
            "condition" | "works" => Some(state_of(scene, name)),
            "load" => Some(self.load(scene, name)),
            _ => None,
        }
    }

    fn about(&mut self, mean: f64, share: f64) -> f64 {
        (mean * (1.0 + share * self.chance.normal())).max(0.0)
    }

    fn vehicles(&mut self, scene: &Scene<'_>, name: &str) -> f64 {
        let closed = scene.extent(MeasureKind::OpenRoad, 3.0);
        let evening = 1.0 - 0.35 * (scene.minute() as f64 / 420.0);
        let mean = match name {
            "e1-north" | "e1-south" => 17.0 * (1.0 - closed),
            "e2-north" | "e2-south" => 24.0 - 7.0 * closed,
            "bund-tunnel-north" | "bund-tunnel-south" => 44.0 + 7.0 * closed,
            "yanan-east" | "yanan-west" => 38.0 - 6.0 * scene.crowd(GREATER),
            _ => 16.0 - 6.0 * scene.crowd(GREATER),
        };
        self.about(mean * evening, 0.1).round()
    }

    fn waiting(&mut self, scene: &Scene<'_>, name: &str) -> f64 {
        let skipped = scene.extent(MeasureKind::SkipStop, 8.0);
        let crowd = scene.crowd(GREATER);
        let going = if scene.during(GOING_HOME_MIN, 400) { 1.0 } else { 0.6 };
        let mean = match name.split('/').next().unwrap_or_default() {
            "nanjing-east" => (1_300.0 + 900.0 * crowd) * (1.0 - 0.9 * skipped),
            "yuyuan" => 500.0 + (1_000.0 + 650.0 * skipped) * crowd * going,
            _ => 420.0 * (1.0 - ferry_cut(scene)) * crowd,
        };
        self.about(mean, 0.05).round()
    }

    /// Free vehicles of a post: each minute one may be called out, and each one out may come back.
    fn ambulances(&mut self, scene: &Scene<'_>, index: usize) -> f64 {
        let called = 0.022 * (0.4 + scene.crowd(CORE));
        if self.chance.unit() < called {
            self.out[index] = (self.out[index] + 1).min(AMBULANCES);
        }
        if self.chance.unit() < f64::from(self.out[index]) / 28.0 {
            self.out[index] -= 1;
        }
        f64::from(AMBULANCES - self.out[index])
    }

    fn route(&mut self, scene: &Scene<'_>, name: &str) -> f64 {
        let lost = match name {
            "fuzhou" => 38.0,
            "beijing" => 28.0,
            _ => 18.0,
        };
        (92.0 - lost * scene.crowd(GREATER) + 2.0 * self.chance.normal()).round().clamp(0.0, 100.0)
    }

    fn calls(&mut self, scene: &Scene<'_>, area: &str, at_peak: f64) -> f64 {
        let share = match area {
            "core" => 1.0,
            "nanjing" => 0.8,
            _ => 0.5,
        };
        f64::from(self.chance.poisson(at_peak * share * (0.3 + 0.7 * scene.crowd(CORE))))
    }

    /// A stage above the Wusong datum, or how far the water is below the lowest step.
    fn stage(&mut self, scene: &Scene<'_>, name: &str) -> f64 {
        let [mean, amplitude, period, high] = TIDE;
        let hour = 16.0 + scene.minute() as f64 / 60.0;
        let river = mean + amplitude * libm::cos(core::f64::consts::TAU * (hour - high) / period);
        self.gauge(match name {
            "suzhou-creek" => CREEK_M,
            "levee-steps" => STEP_M - river,
            _ => river,
        })
    }

    /// A gauge reads centimetres and is a centimetre off.
    fn gauge(&mut self, metres: f64) -> f64 {
        ((metres + 0.01 * self.chance.normal()) * 100.0).round() / 100.0
    }

    fn load(&mut self, scene: &Scene<'_>, name: &str) -> f64 {
        let zone = if name == "waibaidu" { "waibaidu-bridge" } else { name };
        let density = scene.density(zone).unwrap_or(0.0);
        self.about(100.0 * density / DESIGN_PER_M2, 0.03).round()
    }
}

/// How far a measure has set in, 0 to 1: it fills in `fill_min` minutes and is cleared in as many before its end.
fn extent(spell: &Spell, now: Time, fill_min: f64) -> f64 {
    if !spell.covers(now) {
        return 0.0;
    }
    let since = now.since(spell.from).minutes();
    let left = spell.to.map_or(f64::INFINITY, |to| to.since(now).minutes());
    (since / fill_min).min(left / fill_min).clamp(0.0, 1.0)
}

/// How far boats are cut: by closures of ferry gates.
fn ferry_cut(scene: &Scene<'_>) -> f64 {
    let is_ferry = |place: &Place| match place {
        Place::Gate(ix) => scene.site.gates[ix.index()].kind == GateKind::Ferry,
        _ => false,
    };
    let cuts =
        scene.spells.iter().filter(|spell| spell.kind == MeasureKind::Close && spell.targets.iter().any(is_ferry));
    cuts.map(|spell| extent(spell, scene.moment.time, 10.0)).fold(0.0, f64::max)
}

/// Two small matters in an otherwise sound evening: a loose tread at Fuzhou Road, a shifted hoarding on Jiujiang Road.
fn state_of(scene: &Scene<'_>, name: &str) -> f64 {
    let watched = match name {
        "stair-fuzhou" => scene.during(190, 240),
        "jiujiang" => scene.during(155, 210),
        _ => false,
    };
    if watched { 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_whose_id_sounds_like_an_indicator_says_nothing_here() {
        let reading = formats::site::read(formats::site::SiteTexts {
            toml: include_str!("../../../sites/bund/site.toml"),
            geojson: Some(include_str!("../../../sites/bund/site.geojson")),
            folder_name: "bund",
        });
        let mut site = reading.site.unwrap();
        let counter = site.datastreams.iter().position(|stream| stream.role != Role::Indicator).unwrap();
        site.datastreams[counter].id = "metro/exit-1".into();
        let metro = site.datastreams.iter().position(|stream| stream.id.as_str() == "metro/yuyuan/concourse").unwrap();
        let moment = Moment::empty(&site, START);
        let scene = Scene { site: &site, spells: &[], moment: &moment, rain: 0.0 };
        let mut indicators = Indicators::new(&site, 1);
        assert_eq!(indicators.read(&scene, counter), None);
        assert!(indicators.read(&scene, metro).is_some());
    }
}
