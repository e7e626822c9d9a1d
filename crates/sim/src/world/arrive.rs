//! People come by gates and past them, and go.
//!
//! Not here: what they do inside (`walk`).
//! Invariant: who wants to come, when and by which gate depends on the seed only; a measure changes where they get in.

use super::World;
use super::crowd::{Doing, Line};
use super::draw::{Draws, Subject};

/// What a person draws for; a stage of the visit has a block of its own.
pub(crate) mod draw {
    pub(crate) const PURPOSE: u64 = 0;
    pub(crate) const OBEDIENCE: u64 = 1;
    pub(crate) const PACE: u64 = 2;
    pub(crate) const GATE: u64 = 3;
    pub(crate) const ASIDE_IN: u64 = 4;
    pub(crate) const ASIDE_OUT: u64 = 5;
    pub(crate) const RETURN: u64 = 6;
    pub(crate) const EXIT: u64 = 7;
    pub(crate) const DETOUR: u64 = 8;
    pub(crate) const PATIENCE: u64 = 10;
    pub(crate) const CROWD: u64 = 11;
    pub(crate) const FIRST: u64 = 12;
    /// Blocks of sixteen by stage.
    pub(crate) const STAGE: u64 = 1 << 8;
    /// By link.
    pub(crate) const WAY: u64 = 1 << 20;
    /// By tenth of a second: what happens more than once.
    pub(crate) const MOMENT: u64 = 1 << 32;
    /// By show.
    pub(crate) const SHOW: u64 = 1 << 41;
}

/// A detour to another gate, shortest and further, s: on foot from the next gate, or by the next station.
const DETOUR_S: [[f64; 2]; 2] = [[180.0, 420.0], [600.0, 900.0]];
/// Who finds no room inside looks again after, s.
const ROOM_S: u32 = 20;

impl World {
    /// Those who come in this step.
    pub(crate) fn come(&mut self) {
        let day_number = if self.is_whole_days() { self.step / self.steps_of_a_day() } else { self.day };
        let day = Draws::new(self.seed, Subject::Day, u64::from(day_number));
        let mut volume = 1.0 + self.demand.vary.volume_share * (2.0 * day.unit(0) - 1.0);
        if day_number > 0 {
            volume *= (1.0 + self.demand.vary.day_share * day.normal(4)).max(0.0);
        }
        let per_step = self.demand.arrivals_per_min.at(self.minute()) * volume * f64::from(self.demand.step_s) / 60.0;
        let gates = self.gate_shares.len() as u64;
        for gate in 0..self.gate_shares.len() {
            let mean = per_step * self.gate_shares[gate] * self.rules.surge[gate];
            let step = u64::from(self.day) << 32 | u64::from(self.step);
            let count = Draws::new(self.seed, Subject::Arrivals, step * gates + gate as u64).poisson(mean);
            for _ in 0..count {
                let number = self.next_number;
                self.next_number += 1;
                let mut person = self.person(number, gate, gate as u64);
                let within = self.draws(number).unit(draw::GATE);
                person.ready_ds = self.now_ds() + (within * f64::from(self.demand.step_s) * 10.0) as u32;
                let index = self.crowd.add(person);
                self.crowd.schedule(index, self.step);
            }
        }
    }

    /// A person stands outside a gate.
    pub(crate) fn come_in(&mut self, index: u32) {
        let person = self.crowd.people[index as usize];
        let gate = usize::from(person.gate);
        let zone = usize::from(self.network.gates[gate]);
        if !self.rules.lets_in(gate, person.class()) {
            return self.go_round(index, gate);
        }
        if let Some((_, classes)) = self.rules.meters[gate]
            && classes >> person.class() & 1 == 1
        {
            self.crowd.people[index as usize].doing = Doing::Metered;
            let mut line = self.metered[gate].0;
            self.crowd.push(&mut line, index);
            self.metered[gate].0 = line;
            return;
        }
        if self.people[zone] >= self.network.zones[zone].full || !self.rules.open[zone] {
            self.crowd.people[index as usize].ready_ds = self.now_ds() + 10 * ROOM_S;
            return self.crowd.schedule(index, self.step + 1);
        }
        self.enter(index);
    }

    /// In by the person's gate, or past it.
    fn enter(&mut self, index: u32) {
        let person = &mut self.crowd.people[index as usize];
        let gate = usize::from(person.gate);
        let zone = usize::from(self.network.gates[gate]);
        person.zone = zone as u16;
        let (number, at) = (person.number, person.ready_ds);
        self.people[zone] += 1;
        if self.draws(number).unit(draw::ASIDE_IN) < self.aside_share[zone] {
            self.moment.aside[zone].forward += 1;
        } else {
            self.moment.gates[gate].forward += 1;
        }
        self.next_visit(index, at.max(self.now_ds()));
        let goal = self.target(&self.crowd.people[index as usize]) as u16;
        let minute = (self.now().since(self.demand.start).seconds() / 60.0) as u32;
        self.tally.came(minute, gate as u16, goal);
    }

    /// The gate is shut: another one, later.
    fn go_round(&mut self, index: u32, shut: usize) {
        let person = self.crowd.people[index as usize];
        let draws = self.draws(person.number);
        let open = |gate: &usize| *gate != shut && self.rules.lets_in(*gate, person.class());
        let shares = self.gate_shares.iter().enumerate().filter(|(gate, _)| open(gate));
        let total: f64 = shares.clone().map(|(_, share)| share).sum();
        let mut left = draws.unit(draw::DETOUR) * total;
        let mut to = shut;
        for (gate, share) in shares {
            if *share > 0.0 {
                to = gate;
                left -= share;
                if left < 0.0 {
                    break;
                }
            }
        }
        let [least, more] = DETOUR_S[usize::from(self.rules.skipped[shut])];
        let after_s = least + more * draws.unit(draw::DETOUR + 1);
        let now_ds = self.now_ds();
        let person = &mut self.crowd.people[index as usize];
        person.gate = to as u16;
        person.ready_ds = now_ds + (10.0 * after_s) as u32;
        self.crowd.schedule(index, self.step + 1);
    }

    /// Metered gates let their number in.
    pub(crate) fn let_metered_in(&mut self) {
        for gate in 0..self.metered.len() {
            if self.metered[gate].0.len == 0 {
                continue;
            }
            // A gate that is no longer metered lets everyone in at once, as room allows.
            let per_min = self.rules.meters[gate].map_or(f64::INFINITY, |meter| meter.0);
            let mut credit =
                (self.metered[gate].1 + per_min * f64::from(self.demand.step_s) / 60.0).min(per_min.max(1.0));
            let zone = usize::from(self.network.gates[gate]);
            let mut line = std::mem::replace(&mut self.metered[gate].0, Line::EMPTY);
            while credit >= 1.0 && self.people[zone] < self.network.zones[zone].full && self.rules.open[zone] {
                let Some(index) = self.crowd.pop(&mut line) else { break };
                credit -= 1.0;
                self.enter(index);
            }
            self.metered[gate] = (line, if credit.is_finite() { credit } else { 0.0 });
        }
    }

    /// A person has reached the gate to leave by.
    pub(crate) fn go_out(&mut self, index: u32) {
        let person = self.crowd.people[index as usize];
        let (gate, zone) = (usize::from(person.gate), usize::from(person.zone));
        if !self.rules.lets_out(gate, person.class()) {
            return self.leave(index, person.ready_ds);
        }
        self.people[zone] -= 1;
        if self.draws(person.number).unit(draw::ASIDE_OUT) < self.aside_share[zone] {
            self.moment.aside[zone].backward += 1;
        } else {
            self.moment.gates[gate].backward += 1;
        }
        self.crowd.remove(index);
    }
}
