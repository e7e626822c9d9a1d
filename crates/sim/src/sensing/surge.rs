//! A surge: people who come into a gate's zone past every counter, so that its camera alone can see them.
//!
//! Not here: the crowd of the evening (`world`).
//! Invariant: people stay conserved: the surge comes and goes aside, and nobody of it walks on to another zone.

use city::{Site, Time};

use super::settings::Surge;
use crate::world::Moment;

/// Time in which it comes, and in which it goes, seconds.
const COMES_S: f64 = 300.0;
const GOES_S: f64 = 600.0;

/// The surge laid over the world.
#[derive(Clone, Debug)]
pub(crate) struct Overlay {
    surge: Surge,
    zone: usize,
    /// People at its height, known once it has begun.
    height: Option<u32>,
    /// People of it in the zone.
    there: u32,
}

impl Overlay {
    /// `None` for a gate the site does not have.
    pub(crate) fn new(site: &Site, surge: Surge) -> Option<Self> {
        let zone = site.gates.get(surge.gate.index())?.zone.index();
        Some(Self { surge, zone, height: None, there: 0 })
    }

    /// Adds the surge to a moment.
    pub(crate) fn lay(&mut self, moment: &mut Moment) {
        let (Some(people), Some(aside)) = (moment.people.get_mut(self.zone), moment.aside.get_mut(self.zone)) else {
            return;
        };
        let extent = self.extent(moment.time);
        if extent > 0.0 && self.height.is_none() {
            self.height = Some((f64::from(*people) * (self.surge.times - 1.0).max(0.0)).round() as u32);
        }
        let wanted = (f64::from(self.height.unwrap_or(0)) * extent).round() as u32;
        aside.forward += wanted.saturating_sub(self.there);
        aside.backward += self.there.saturating_sub(wanted);
        *people += wanted;
        self.there = wanted;
    }

    /// How much of it is there, 0 to 1.
    fn extent(&self, now: Time) -> f64 {
        let since_s = now.since(self.surge.from).seconds();
        let left_s = COMES_S + f64::from(self.surge.lasts_s) + GOES_S - since_s;
        (since_s / COMES_S).min(left_s / GOES_S).clamp(0.0, 1.0)
    }
}
