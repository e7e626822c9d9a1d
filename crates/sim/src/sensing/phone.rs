//! Phone networks: how many phones each counts in a group of zones, or in a zone.
//!
//! Not here: how full the networks are (`shared`), when the number comes (`delivery`).
//! Invariant: all counts of phones share the networks' loss, so that they are wrong together.

use city::{Datastream, DatastreamIx, Role, Site, ZoneIx};

use super::rates::Share;
use super::settings::Phones;
use super::wander::Wander;
use crate::chance::{Chance, Purpose};
use crate::world::Moment;

/// The family of phone counts.
const PHONE_FAMILY: &str = "phone";

/// True for a stream that counts phones: every count of a group, and an area count of the family `phone`.
pub(super) fn is_phone(stream: &Datastream) -> bool {
    match stream.role {
        Role::GroupCount { .. } => true,
        Role::AreaCount { .. } => stream.family.as_ref().is_some_and(|family| family.as_str() == PHONE_FAMILY),
        Role::GateCount { .. } | Role::LinkCount { .. } | Role::Indicator => false,
    }
}

/// One count of phones.
#[derive(Clone, Debug)]
struct Count {
    datastream: DatastreamIx,
    members: Vec<ZoneIx>,
    lasting: f64,
    wander: Wander,
    chance: Chance,
}

/// All counts of phones.
#[derive(Clone, Debug)]
pub(crate) struct PhoneCounters {
    settings: Phones,
    counts: Vec<Count>,
}

impl PhoneCounters {
    pub(crate) fn new(site: &Site, settings: Phones, seed: u64) -> Self {
        let mut counts = Vec::new();
        for (index, stream) in site.datastreams.iter().enumerate().filter(|(_, stream)| is_phone(stream)) {
            let members = match stream.role {
                Role::GroupCount { group } => site.groups[group.index()].members.clone(),
                Role::AreaCount { zone } => vec![zone],
                Role::GateCount { .. } | Role::LinkCount { .. } | Role::Indicator => continue,
            };
            let id = stream.id.as_str();
            counts.push(Count {
                datastream: DatastreamIx::from(index),
                members,
                lasting: Chance::own(seed, Purpose::Device, id).between(settings.multiplier),
                wander: Wander::new(settings.wandering, Chance::own(seed, Purpose::Wander, id)),
                chance: Chance::own(seed, Purpose::Count, id),
            });
        }
        Self { settings, counts }
    }

    /// Lets the moment's step pass for what wanders.
    pub(crate) fn watch(&mut self, moment: &Moment) {
        self.counts.iter_mut().for_each(|count| count.wander.advance(f64::from(moment.span_s)));
    }

    /// What each count due reads with `network` of the networks left; its true multiplier goes to `rates`.
    pub(crate) fn read(
        &mut self,
        (moment, network): (&Moment, f64),
        due: impl Fn(DatastreamIx) -> bool,
        mut readings: impl FnMut(DatastreamIx, f64, Share),
    ) {
        for count in self.counts.iter_mut().filter(|count| due(count.datastream)) {
            let there = |zone: &ZoneIx| moment.people.get(zone.index()).copied().unwrap_or(0);
            let people = f64::from(count.members.iter().map(there).sum::<u32>());
            let rate = count.lasting * (1.0 + count.wander.share()) * network;
            let noise = 1.0 + self.settings.noise_share * count.chance.normal();
            readings(count.datastream, (people * rate * noise).round().max(0.0), Share { people, rate });
        }
    }
}
