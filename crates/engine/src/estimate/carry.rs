//! What is believed of zones and basins, carried over a change of the site by ids.
//!
//! Not here: what else is carried (`crate::carry`).
//! Invariant: what was learned of a datastream that stays the same, and its correlation with the people, stays.

use city::ZoneIx;

use super::balance::Family;
use super::basin::Basin;
use super::zone::Belief;
use crate::carry::Move;
use crate::occupancy::Stock;

impl Move<'_> {
    /// What is believed of a zone: errors of datastreams that stay keep their covariances, others begin anew.
    pub(crate) fn belief(&self, old: &Belief, (from, to): (ZoneIx, ZoneIx), start: &Belief) -> Belief {
        let places = self.places(from, to);
        let (was, is) = (&self.old.layouts[from.index()], &self.new.layouts[to.index()]);
        let mut filter = start.filter.clone();
        for (old_row, row) in &places {
            for (old_column, column) in &places {
                filter.set(is.size, (*row, *column), old.filter.at(was.size, *old_row, *old_column));
            }
        }
        Belief { filter, ..old.clone() }
    }

    /// By pairs: a state of the old zone and the same one of the new.
    fn places(&self, from: ZoneIx, to: ZoneIx) -> Vec<(usize, usize)> {
        let (was, is) = (&self.old.layouts[from.index()], &self.new.layouts[to.index()]);
        let mut places = vec![(0, 0)];
        places.extend(was.unmeasured.zip(is.unmeasured));
        places.extend(was.drift.zip(is.drift));
        for area in &was.areas {
            let moved = self.moved.carried(area.stream);
            if let Some(same) = is.areas.iter().find(|same| Some(same.stream) == moved) {
                places.push((area.lasting, same.lasting));
                places.push((area.lasting + 1, same.lasting + 1));
            }
        }
        for (ix, slot) in was.slots.iter().enumerate() {
            let moved = slot.stream.and_then(|stream| self.moved.carried(stream));
            let same = is.slots.iter().position(|same| match (slot.stream, same.stream) {
                (Some(_), Some(stream)) => Some(stream) == moved,
                _ => false,
            });
            places.extend(same.map(|same| (was.first_slot + ix, is.first_slot + same)));
        }
        places
    }

    /// Basins go on with the people of their new members; what they learned stays where they consist of the same kinds.
    pub(crate) fn basins(&self, old: &[Basin], (stocks, start): (&[Stock], Vec<Basin>)) -> Vec<Basin> {
        let known = |group: Option<city::GroupIx>| {
            self.old.basins.iter().position(|at| match (at.group, group) {
                (None, None) => true,
                (Some(was), Some(is)) => self.moved.group(was) == Some(is),
                _ => false,
            })
        };
        let basins = start.into_iter().zip(&self.new.basins).map(|(fresh, at)| {
            let people: f64 = at.members.iter().map(|zone| stocks[zone.index()].ledger.people().max(0.0)).sum();
            match known(at.group).and_then(|ix| old.get(ix)) {
                Some(basin) if basin.fits(at) => Basin { people, news: fresh.news, ..basin.clone() },
                _ => {
                    let sds = at.members.iter().map(|zone| libm::sqrt(stocks[zone.index()].belief.filter.people()));
                    let sd = 0.5 * sds.sum::<f64>();
                    let mut filter = fresh.filter.clone();
                    filter.set(at.size(), (0, 0), sd * sd);
                    Basin { people, filter, ..fresh }
                }
            }
        });
        basins.collect()
    }

    /// Families keep what they have in common by the families of their members.
    pub(crate) fn families(&self, old: &[Family], mut families: Vec<Family>) -> Vec<Family> {
        for (ix, stream) in self.old.site.datastreams.iter().enumerate() {
            if !matches!(stream.role, city::Role::AreaCount { .. }) {
                continue;
            }
            let Some(to) = self.moved.carried(ix.into()) else { continue };
            let (was, is) = (self.old.family_of[ix], self.new.family_of[to.index()]);
            if let (Some(known), Some(family)) = (old.get(was), families.get_mut(is)) {
                *family = *known;
            }
        }
        families
    }
}
