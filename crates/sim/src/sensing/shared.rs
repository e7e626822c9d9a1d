//! What hits many sensors at once: rain before all cameras, full phone networks, a switch that takes ten sensors down.
//!
//! Not here: what hits one alone (`fault`).
//! Invariant: rain and full networks are weather, not faults: they leave every sensor as right as its surroundings
//! let it be, and only the switch's silence is listed among the faults.

use city::{DatastreamIx, Role, Site, Span, Time};

use super::fault::{Injected, counts_people};
use super::phone::is_phone;
use super::settings::Shared;
use crate::chance::{Chance, Purpose};
use crate::world::Moment;

/// Time in which rain comes and goes, seconds.
const ONSET_S: f64 = 300.0;
/// No shared cause begins earlier than this share of a day's run, nor ends later than its end.
const EARLIEST: f64 = 0.1;

/// A time from one moment to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Time,
    pub(crate) to: Time,
}

impl Window {
    pub(crate) fn covers(self, time: Time) -> bool {
        self.from <= time && time < self.to
    }

    /// A part of it of so many seconds that begins at `share` of what is left when it may not begin too early.
    pub(crate) fn part(self, share: f64, lasts_s: f64) -> Self {
        let whole_s = self.to.since(self.from).seconds();
        let earliest_s = EARLIEST * whole_s;
        let from_s = earliest_s + share * (whole_s - earliest_s - lasts_s).max(0.0);
        let at = |seconds: f64| self.from.plus(Span::from_seconds(seconds as i64));
        Self { from: at(from_s), to: at(from_s + lasts_s).min(self.to) }
    }
}

/// The shared causes of a run.
#[derive(Clone, Debug)]
pub(crate) struct SharedCauses {
    settings: Shared,
    rain: Vec<Window>,
    switches: Vec<(Window, Vec<DatastreamIx>)>,
    /// Members of each group with a count of phones, and the people its networks serve well.
    networks: Vec<(Vec<usize>, f64)>,
}

impl SharedCauses {
    pub(crate) fn new(site: &Site, settings: Shared, (days, seed): (&[Window], u64)) -> Self {
        let mut chance = Chance::own(seed, Purpose::Shared, "");
        let counting: Vec<DatastreamIx> =
            (0..site.datastreams.len()).map(DatastreamIx::from).filter(|ix| counts_people(site, *ix)).collect();
        let mut causes = Self { settings, rain: Vec::new(), switches: Vec::new(), networks: networks(site) };
        for day in days {
            let [rain, length, failure, first] = [(); 4].map(|()| chance.unit());
            if settings.rain_loss > 0.0 {
                causes.rain.push(day.part(rain, settings.rain_s.at(length)));
            }
            let behind = settings.switch_sensors.min(counting.len());
            if behind > 0 {
                let first = (first * (counting.len() - behind + 1) as f64) as usize;
                let sensors = counting[first..first + behind].to_vec();
                causes.switches.push((day.part(failure, settings.switch_s), sensors));
            }
        }
        causes
    }

    /// Share of their sight that rain leaves cameras.
    pub(crate) fn sight(&self, now: Time) -> f64 {
        1.0 - self.settings.rain_loss * self.rain_extent(now)
    }

    /// How hard it rains, 0 to 1.
    pub(crate) fn rain_extent(&self, now: Time) -> f64 {
        let extent = |rain: &Window| {
            let since = now.since(rain.from).seconds() / ONSET_S;
            let left = rain.to.since(now).seconds() / ONSET_S;
            since.min(left).clamp(0.0, 1.0)
        };
        self.rain.iter().map(extent).fold(0.0, f64::max)
    }

    /// Share of phones that the networks can tell of: each is lost with the load of the fullest.
    pub(crate) fn network(&self, moment: &Moment) -> f64 {
        let load = |(members, capacity): &(Vec<usize>, f64)| {
            let there = |zone: &usize| moment.people.get(*zone).copied().unwrap_or(0);
            f64::from(members.iter().map(there).sum::<u32>()) / capacity
        };
        let most = self.networks.iter().map(load).fold(0.0, f64::max);
        1.0 / (1.0 + self.settings.network_loss * (most - 1.0).max(0.0))
    }

    /// True while the sensor's switch is down.
    pub(crate) fn cut_off(&self, datastream: DatastreamIx, now: Time) -> bool {
        self.switches.iter().any(|(window, sensors)| window.covers(now) && sensors.contains(&datastream))
    }

    /// The silences of the switches, as faults are listed.
    pub(crate) fn silences(&self) -> impl Iterator<Item = Injected> + '_ {
        self.switches.iter().flat_map(|(window, sensors)| {
            sensors.iter().map(|datastream| Injected {
                datastream: *datastream,
                kind: city::FindingKind::Silent,
                from: window.from,
                to: window.to,
            })
        })
    }
}

/// Each group of which phones are counted, with the people its networks serve: its warning level.
fn networks(site: &Site) -> Vec<(Vec<usize>, f64)> {
    let served = |stream: &city::Datastream| match stream.role {
        Role::GroupCount { group } if is_phone(stream) => {
            let group = &site.groups[group.index()];
            let capacity = group.people.as_ref()?.value.warning;
            Some((group.members.iter().map(|zone| zone.index()).collect(), capacity.max(1.0)))
        }
        _ => None,
    };
    site.datastreams.iter().filter_map(served).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_window_lies_inside_it_and_not_at_its_beginning() {
        let run = Window { from: Time::from_seconds(0), to: Time::from_seconds(25_200) };
        for share in [0.0, 0.5, 0.999] {
            let part = run.part(share, 3_600.0);
            assert!(part.from >= Time::from_seconds(2_520) && part.to <= run.to, "{part:?}");
            assert_eq!(part.to.since(part.from), Span::from_seconds(3_600));
        }
    }
}
