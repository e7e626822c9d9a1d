//! Cameras: how many people of a zone each reads at a moment.
//!
//! Not here: faults (`fault`), the rain itself (`shared`).
//! Invariant: a camera never reads more than its cap times the zone's area, however many people are there.

use city::{DatastreamIx, Role, Site, ZoneIx};

use super::phone::is_phone;
use super::rates::Share;
use super::settings::Cameras;
use super::wander::Wander;
use crate::chance::{Chance, Purpose};
use crate::world::Moment;

/// The family of cameras whose datastream names none.
const CAMERA_FAMILY: &str = "camera";

/// One camera.
#[derive(Clone, Debug)]
struct Camera {
    datastream: DatastreamIx,
    zone: ZoneIx,
    area_m2: Option<f64>,
    lasting: f64,
    wander: Wander,
    family: usize,
    chance: Chance,
}

/// All cameras of a site.
#[derive(Clone, Debug)]
pub(crate) struct AreaCounters {
    settings: Cameras,
    cameras: Vec<Camera>,
    families: Vec<(String, Wander)>,
}

impl AreaCounters {
    pub(crate) fn new(site: &Site, settings: Cameras, seed: u64) -> Self {
        let mut counters = Self { settings, cameras: Vec::new(), families: Vec::new() };
        for (index, stream) in site.datastreams.iter().enumerate() {
            let Role::AreaCount { zone } = stream.role else { continue };
            if is_phone(stream) {
                continue;
            }
            let id = stream.id.as_str();
            let mut device = Chance::own(seed, Purpose::Device, id);
            let family = stream.family.as_ref().map_or(CAMERA_FAMILY, |family| family.as_str());
            let family = counters.family(family, seed);
            counters.cameras.push(Camera {
                datastream: DatastreamIx::from(index),
                zone,
                area_m2: site.zones[zone.index()].area_m2.as_ref().map(|area| area.value),
                lasting: (settings.multiplier_mean + settings.multiplier_sd * device.normal()).max(0.1),
                wander: Wander::new(settings.wandering, Chance::own(seed, Purpose::Wander, id)),
                family,
                chance: Chance::own(seed, Purpose::Count, id),
            });
        }
        counters
    }

    fn family(&mut self, name: &str, seed: u64) -> usize {
        self.families.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            let wander = Wander::new(self.settings.occlusion, Chance::own(seed, Purpose::Family, name));
            self.families.push((name.to_owned(), wander));
            self.families.len() - 1
        })
    }

    /// Lets the moment's step pass for what wanders.
    pub(crate) fn watch(&mut self, moment: &Moment) {
        let span_s = f64::from(moment.span_s);
        self.families.iter_mut().for_each(|(_, wander)| wander.advance(span_s));
        self.cameras.iter_mut().for_each(|camera| camera.wander.advance(span_s));
    }

    /// What each camera due reads with `rain` of its sight left; its true multiplier goes to `rates`.
    pub(crate) fn read(
        &mut self,
        (moment, rain): (&Moment, f64),
        due: impl Fn(DatastreamIx) -> bool,
        mut readings: impl FnMut(DatastreamIx, f64, Share),
    ) {
        let settings = self.settings;
        for camera in self.cameras.iter_mut().filter(|camera| due(camera.datastream)) {
            let people = f64::from(moment.people.get(camera.zone.index()).copied().unwrap_or(0));
            let family = self.families[camera.family].1.share();
            let rate = camera.lasting * (1.0 + camera.wander.share()) * (1.0 + family) * rain;
            let noise = camera.chance.normal();
            let reading = seen(&settings, camera.area_m2, [people * rate, noise]);
            readings(camera.datastream, reading, Share { people, rate });
        }
    }
}

/// What a camera over `area_m2` reads where it would read `straight` if it were not for heads behind heads, with a
/// standard normal `noise`.
fn seen(settings: &Cameras, area_m2: Option<f64>, [straight, noise]: [f64; 2]) -> f64 {
    let bent = area_m2.map_or(straight, |area| bend(settings, straight / area.max(1.0)) * area);
    let sd = libm::sqrt(
        (settings.noise_share * bent) * (settings.noise_share * bent)
            + settings.noise_root * settings.noise_root * bent,
    );
    let most = area_m2.map_or(f64::INFINITY, |area| (settings.cap_per_m2 * area).floor());
    (bent + sd * noise).round().max(0.0).min(most)
}

/// The density it reads for `straight` people/m²: straight up to the knee, and from there towards the cap.
fn bend(settings: &Cameras, straight: f64) -> f64 {
    let (knee, room) = (settings.knee_per_m2, settings.cap_per_m2 - settings.knee_per_m2);
    if straight <= knee { straight } else { knee + room * (1.0 - libm::exp((knee - straight) / room)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_reads_straight_below_the_knee_and_never_above_its_cap() {
        let settings = Cameras::default();
        let read = |people: f64, noise: f64| seen(&settings, Some(100.0), [people, noise]);
        for people in [20.0, 200.0, 370.0] {
            assert!((read(people, 0.0) - people).abs() < 0.5);
        }
        assert!((390.0..396.0).contains(&read(400.0, 0.0)), "{}", read(400.0, 0.0));
        assert!((415.0..=430.0).contains(&read(500.0, 0.0)), "{}", read(500.0, 0.0));
        for people in [600.0, 900.0, 5_000.0] {
            assert!(read(people, 4.0) <= 430.0 && read(people, 0.0) > 420.0);
        }
    }

    #[test]
    fn its_noise_is_three_per_cent_and_half_a_root() {
        let settings = Cameras::default();
        for (people, sd) in [(2_000.0, 64.0), (25.0, 2.6)] {
            let mut chance = Chance::own(3, Purpose::Count, "camera");
            let squares: f64 = (0..4_000)
                .map(|_| seen(&settings, Some(5_000.0), [people, chance.normal()]) - people)
                .map(|error| error * error)
                .sum();
            let found = libm::sqrt(squares / 4_000.0);
            assert!((found / sd - 1.0).abs() < 0.06, "{people}: {found} for {sd}");
        }
    }
}
