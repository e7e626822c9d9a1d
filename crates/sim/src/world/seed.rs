//! How a day begins: who is there already, and what the seed says of places.
//!
//! Not here: who comes later (`arrive`).
//! Invariant: the same seed and day set out the same people.

use city::Site;

use super::World;
use super::arrive::draw;
use super::crowd::{Crowd, Doing, LEAVING, Line, Person};
use super::draw::{Draws, Subject};
use super::pass::Passing;

/// A zone's share of exchange past every counter lies evenly between these, times its own mean share.
const ASIDE_RANGE: [f64; 2] = [0.5, 1.5];

/// In the roster: from a zone, not by a gate.
const INSIDE: u64 = 1 << 19;

/// Share of each zone's exchange with outside that no counter sees.
pub(crate) fn aside_shares(site: &Site, seed: u64) -> Vec<f64> {
    let share = |(index, zone): (usize, &city::Zone)| {
        let unit = Draws::new(seed, Subject::Zone, index as u64).unit(0);
        zone.unmeasured_share * (ASIDE_RANGE[0] + (ASIDE_RANGE[1] - ASIDE_RANGE[0]) * unit)
    };
    site.zones.iter().enumerate().map(share).collect()
}

impl World {
    /// Sets out the people who are there when a day begins.
    pub(crate) fn set_out(&mut self) {
        self.step = 0;
        self.begun = false;
        self.crowd = Crowd::new(self.demand.step_s);
        self.people.fill(0);
        self.queues.fill(Line::EMPTY);
        self.links.fill(Passing::default());
        self.metered.fill((Line::EMPTY, 0.0));
        self.follow_rules();
        // Under the rules of another day nothing that was found holds.
        self.rules_number += 1;
        self.look();
        self.choices.follow(&self.rules, &self.network, (&self.arc_ds, &self.people), self.classes.count());
        let common =
            Draws::new(self.seed, Subject::Day, u64::from(self.day)).normal(2) * self.demand.vary.initial_share;
        for zone in 0..self.people.len() {
            let draws = Draws::new(self.seed, Subject::Zone, zone as u64);
            let initial = self.initial[zone];
            let own = initial.sd * draws.normal(2 + 2 * u64::from(self.day));
            let people = (initial.people * (1.0 + common) + own).max(0.0).round() as u32;
            // Nobody is on a road that is not theirs.
            let room = if self.rules.open[zone] { self.network.zones[zone].full } else { 0 };
            for _ in 0..people.min(room) {
                self.be_there(zone);
            }
        }
        if self.day == 0 {
            self.tally.set_initial(&self.people);
        }
    }

    /// One person who is in `zone` when the day begins.
    fn be_there(&mut self, zone: usize) {
        let number = self.next_number;
        self.next_number += 1;
        let draws = self.draws(number);
        let gate = self.choices.exit(zone, 0, draws.unit(draw::GATE)).unwrap_or(0);
        let mut person = self.person(number, gate, INSIDE | zone as u64);
        person.zone = zone as u16;
        person.goal = zone as u16;
        self.people[zone] += 1;
        let mut stages = self.stages_at(zone, person.purpose());
        // Who only walks through is soon gone: those who are there came for something that is there.
        if stages.is_empty() {
            let fits = |purpose: &usize| !self.stages_at(zone, *purpose).is_empty();
            if let Some(purpose) = (0..self.demand.purposes.len()).find(fits) {
                (stages, person) = (self.stages_at(zone, purpose), person.with_purpose(purpose as u8));
            }
        }
        let pick = (draws.unit(draw::FIRST) * stages.len() as f64) as usize;
        if let Some(stage) = stages.get(pick) {
            person.stage = *stage;
            person.doing = Doing::Staying;
            let left_s = self.begun_stay_s(&person) * draws.unit(draw::FIRST + 1);
            person.ready_ds = (10.0 * left_s) as u32;
            let index = self.crowd.add(person);
            return self.crowd.schedule(index, 0);
        }
        let leaves = draws.unit(draw::FIRST + 1) < 0.5;
        if leaves {
            person.stage = LEAVING;
        }
        let index = self.crowd.add(person);
        if leaves { self.head_on(index, None, 0) } else { self.next_visit(index, 0) }
    }

    /// Length of a stay in which the day's beginning falls, s: the longer a stay, the more often it does, so its
    /// logarithm lies a variance higher (length-biased sampling, Cox 1969).
    fn begun_stay_s(&self, person: &Person) -> f64 {
        let Some(attraction) = self.demand.attractions.get(self.attraction_of(person)) else { return 0.0 };
        let longer = libm::exp(attraction.stay_spread * attraction.stay_spread);
        (self.stay_s(person) * longer).min(60.0 * attraction.stay_most_min)
    }

    /// The stages of a purpose in which a person may be at `zone`.
    fn stages_at(&self, zone: usize, purpose: usize) -> Vec<u8> {
        let visits = &self.demand.purposes[purpose].visits;
        let fits = |visit: &crate::demand::Visit| {
            self.demand.attractions[visit.to].zones.iter().any(|place| place.0.index() == zone && place.1 > 0.0)
        };
        (0..visits.len()).filter(|at| fits(&visits[*at])).map(|at| at as u8 + 1).collect()
    }

    /// A person with everything the seed says of them, who comes by `gate` and of whom the roster notes `whence`.
    pub(crate) fn person(&mut self, number: u32, gate: usize, whence: u64) -> Person {
        let draws = self.draws(number);
        let purpose = self.purpose(draws.unit(draw::PURPOSE));
        let class = self.classes.of_person(draws.unit(draw::OBEDIENCE));
        let mut person = Person::new(number, (gate as u16, self.network.gates[gate]), (purpose as u8, class));
        // Free speeds of a holiday crowd with children: 1.2 m/s, sd 0.22.
        person.pace_cm_s = (120.0 + 22.0 * draws.about_normal(draw::PACE)).clamp(50.0, 200.0) as u8;
        let who = u64::from(number) ^ u64::from(person.pace_cm_s) << 32 ^ (purpose as u64) << 40 ^ whence << 44;
        self.roster = Draws::new(self.roster, Subject::Person, who).bits(0);
        person
    }

    fn purpose(&self, unit: f64) -> usize {
        let total: f64 = self.demand.purposes.iter().map(|purpose| purpose.share).sum();
        let mut left = unit * total;
        for (index, purpose) in self.demand.purposes.iter().enumerate() {
            left -= purpose.share;
            if left < 0.0 {
                return index;
            }
        }
        self.demand.purposes.len().saturating_sub(1)
    }

    pub(crate) fn draws(&self, number: u32) -> Draws {
        Draws::new(self.seed, Subject::Person, u64::from(number))
    }
}
