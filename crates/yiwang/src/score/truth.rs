//! What really was: people in zones at whole minutes, from a file or a simulation.
//!
//! Not here: reading files (formats, connect).
//! Invariant: a group's truth exists only at moments at which that of every member does.

use city::{GroupIx, Site, Time, ZoneIx};

use super::series::Series;

/// People in every zone, by time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truth {
    zones: Vec<Series<f64>>,
}

impl Truth {
    /// Nothing yet of the zones of `site`.
    pub fn of(site: &Site) -> Self {
        Self { zones: vec![Series::default(); site.zones.len()] }
    }

    /// Says how many people were in a zone; a zone outside the site is nobody's.
    pub fn say(&mut self, zone: ZoneIx, at: Time, people: f64) {
        if let Some(series) = self.zones.get_mut(zone.index()) {
            series.put(at, people);
        }
    }

    /// People in a zone over time.
    pub fn zone(&self, zone: ZoneIx) -> Option<&Series<f64>> {
        self.zones.get(zone.index())
    }

    /// Whether it tells of this zone at this moment.
    pub fn tells(&self, zone: ZoneIx, at: Time) -> bool {
        self.zone(zone).is_some_and(|series| series.at(at).is_some())
    }

    /// People in a group over time.
    pub fn group(&self, site: &Site, group: GroupIx) -> Series<f64> {
        let mut sums = Series::default();
        let members = site.groups.get(group.index()).map_or(&[][..], |group| &group.members);
        let Some((first, others)) = members.split_first() else { return sums };
        let Some(leading) = self.zone(*first) else { return sums };
        for (at, people) in leading.iter() {
            let more = others.iter().try_fold(people, |sum, zone| Some(sum + self.zone(*zone)?.at(at)?));
            if let Some(people) = more {
                sums.put(at, people);
            }
        }
        sums
    }
}
