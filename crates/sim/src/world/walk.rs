//! What a person does next: to the next place, a stay there, home.
//!
//! Not here: passing from zone to zone (`pass`), coming and going (`arrive`).
//! Invariant: each step of a person ends in exactly one list of the crowd.

use city::ZoneKind;

use super::World;
use super::arrive::draw;
use super::crowd::{Doing, LEAVING, Person};
use super::network::ArcIx;
use super::routes::{KNOWN_FOR_S, NO_WAY, Seen};

/// Speed falls in a straight line with density and reaches nothing at 1/0.26 per m² (Older 1968: 1.31 − 0.34 k m/s);
/// people in a crowd still shuffle. On a stair people stand closer (a step each) and it falls less: with 0.16 a stair
/// carries 0.85 people per metre and second up, as Fruin (1971) counted.
const SLOWER_PER_M2: f64 = 0.26;
const SLOWER_ON_STAIR_PER_M2: f64 = 0.16;
const SHUFFLE: f64 = 0.12;
/// Standard deviation of what a person makes of a way's length, as a share.
const WAY_NOISE: f64 = 0.12;
/// Of those who find a place too full, the share who look for another.
const LOOK_ON_SHARE: f64 = 0.85;
/// Who knows no way waits, s.
const NO_WAY_WAIT_S: u32 = 60;
/// On a road that is given back people look up every so often, s; and what a piece of the rest of a stay is.
const LOOK_UP_S: u32 = 120;
const PIECE_S: u32 = 6;
/// Who has seen a show to its end goes within, s.
const EBB_S: f64 = 360.0;

impl World {
    /// What a person did is done.
    pub(crate) fn ready(&mut self, index: u32) {
        let person = self.crowd.people[index as usize];
        if person.ready_ds >= self.now_ds() + self.demand.step_s * 10 {
            return self.crowd.schedule(index, self.step + 1);
        }
        match person.doing {
            Doing::Outside => self.come_in(index),
            Doing::Walking => self.join(index),
            Doing::Arriving => self.settle(index),
            Doing::Staying => self.stayed(index),
            Doing::GoingOut => self.go_out(index),
            // Neither is in the calendar.
            Doing::Metered | Doing::Waiting => {}
        }
    }

    /// Goes on in the person's zone, having come by `came`, at `at_ds`.
    pub(crate) fn head_on(&mut self, index: u32, came: Option<usize>, at_ds: u32) {
        let person = self.crowd.people[index as usize];
        let zone = usize::from(person.zone);
        let leaving = person.stage == LEAVING;
        let target = self.target(&person);
        if target == zone {
            let doing = if leaving { Doing::GoingOut } else { Doing::Arriving };
            let spot = 0.3 + 1.2 * self.draws(person.number).unit(draw::STAGE + 16 * u64::from(person.stage) + 9);
            let metres = self.network.leg_m(zone, came, None) * spot;
            return self.walk(index, (doing, 0), metres / self.speed(&person, zone, 0), at_ds);
        }
        if let Some(arc) = self.way(&person, zone, target) {
            let metres = self.network.leg_m(zone, came, Some(arc.link()));
            return self.walk(index, (Doing::Walking, arc.0), metres / self.speed(&person, zone, arc.way()), at_ds);
        }
        self.wait_for_a_way(index, at_ds);
    }

    /// The zone a person is going to: of the present place, or of the gate to leave by.
    pub(crate) fn target(&self, person: &Person) -> usize {
        let zone = if person.stage == LEAVING { self.network.gates[usize::from(person.gate)] } else { person.goal };
        usize::from(zone)
    }

    /// Nothing leads there now: waits a little where one is.
    fn wait_for_a_way(&mut self, index: u32, at_ds: u32) {
        let person = &mut self.crowd.people[index as usize];
        person.doing = Doing::Staying;
        person.port = 0;
        person.ready_ds = at_ds + 10 * NO_WAY_WAIT_S;
        self.crowd.schedule(index, self.step + 1);
    }

    fn walk(&mut self, index: u32, (doing, port): (Doing, u16), seconds: f64, at_ds: u32) {
        let person = &mut self.crowd.people[index as usize];
        person.doing = doing;
        person.port = port;
        person.ready_ds = at_ds + (10.0 * seconds.clamp(0.5, 3_600.0)) as u32;
        // What ends within this step is looked at in the next: nobody crosses two zones in one.
        self.crowd.schedule(index, self.step + 1);
    }

    /// Density of a zone, per m².
    pub(crate) fn density(&self, zone: usize) -> f64 {
        f64::from(self.people[zone]) / self.network.zones[zone].area_m2
    }

    /// What is left of free speed at the zone's density.
    pub(crate) fn slowed(&self, zone: usize) -> f64 {
        let slower = if self.network.zones[zone].is_steep() { SLOWER_ON_STAIR_PER_M2 } else { SLOWER_PER_M2 };
        (1.0 - slower * self.density(zone)).max(SHUFFLE)
    }

    fn speed(&self, person: &Person, zone: usize, way: usize) -> f64 {
        0.01 * f64::from(person.pace_cm_s) * self.network.zones[zone].pace[way] * self.slowed(zone)
    }

    /// The arc a person takes from `zone` to `target`: the quickest as this person sees it, of those that lead nearer.
    pub(crate) fn way(&mut self, person: &Person, zone: usize, target: usize) -> Option<ArcIx> {
        let draws = self.draws(person.number);
        let known = KNOWN_FOR_S / self.demand.step_s;
        let seen = Seen {
            network: &self.network,
            rules: &self.rules,
            arc_ds: &self.arc_ds,
            step: self.step,
            oldest: self.step.saturating_sub(known),
            rules_number: self.rules_number,
        };
        let to_go = self.routes.to(target, person.class(), &seen);
        let mut best: Option<(f64, ArcIx)> = None;
        for arc in &self.network.out[zone] {
            let rest = to_go[self.network.head(*arc)];
            if rest == NO_WAY || rest >= to_go[zone] || !self.rules.lets(*arc, person.class()) {
                continue;
            }
            let time = f64::from(rest) + f64::from(self.arc_ds[arc.index()]);
            let mind = 1.0 + WAY_NOISE * draws.about_normal(draw::WAY + arc.link() as u64);
            let felt = time * mind.max(0.2);
            if best.is_none_or(|(least, _)| felt < least) {
                best = Some((felt, *arc));
            }
        }
        best.map(|(_, arc)| arc)
    }

    /// The next place of the person's purpose, or home.
    pub(crate) fn next_visit(&mut self, index: u32, at_ds: u32) {
        let willing = self.demand.stay_on.at(self.minute());
        loop {
            let person = self.crowd.people[index as usize];
            let stage = usize::from(person.stage);
            let visits = &self.demand.purposes[person.purpose()].visits;
            let Some(visit) = visits.get(stage).copied().filter(|_| person.stage != LEAVING) else {
                return self.leave(index, at_ds);
            };
            self.crowd.people[index as usize].stage += 1;
            let draws = self.draws(person.number);
            let block = draw::STAGE + 16 * stage as u64;
            // Where a person goes first they go whatever the hour: that is what they came for.
            let chance = if stage == 0 { visit.chance } else { visit.chance * willing.min(1.0) };
            if draws.unit(block) >= chance {
                continue;
            }
            let units = [draws.unit(block + 2), draws.unit(block + 3)];
            let sent = self.choices.diverted(visit.to, &self.rules, (person.class(), units));
            let place = sent.or_else(|| self.choices.place(visit.to, usize::from(person.zone), draws.unit(block + 1)));
            if let Some(place) = place {
                self.crowd.people[index as usize].goal = place as u16;
                return self.head_on(index, None, at_ds);
            }
        }
    }

    /// Home: by the gate the person came by, or by another.
    pub(crate) fn leave(&mut self, index: u32, at_ds: u32) {
        let person = self.crowd.people[index as usize];
        let draws = self.draws(person.number);
        let again = person.stage == LEAVING;
        let gate = usize::from(person.gate);
        let back =
            !again && draws.unit(draw::RETURN) < self.demand.return_share && self.rules.lets_out(gate, person.class());
        if !back {
            let draw = if again { draw::MOMENT + u64::from(at_ds) } else { draw::EXIT };
            if let Some(exit) = self.choices.exit(usize::from(person.zone), person.class(), draws.unit(draw)) {
                self.crowd.people[index as usize].gate = exit as u16;
            }
        }
        self.crowd.people[index as usize].stage = LEAVING;
        let gate = usize::from(self.crowd.people[index as usize].gate);
        if self.rules.lets_out(gate, person.class()) {
            return self.head_on(index, None, at_ds);
        }
        self.wait_for_a_way(index, at_ds);
    }

    /// A person has come to the place: stays, or finds it too full and looks on.
    fn settle(&mut self, index: u32) {
        let person = self.crowd.people[index as usize];
        let zone = usize::from(person.zone);
        let draws = self.draws(person.number);
        let again = draw::MOMENT + u64::from(person.ready_ds);
        let bears = self.demand.crowd_per_m2 * (1.0 + 0.15 * draws.about_normal(draw::CROWD));
        let shut = !self.rules.open[zone];
        if shut || (self.density(zone) > bears && draws.unit(again) < LOOK_ON_SHARE) {
            let to = self.attraction_of(&person);
            let other = |attempt: u64| self.choices.place(to, zone, draws.unit(again + (attempt << 40)));
            if let Some(place) = (1..4).filter_map(other).find(|place| *place != zone) {
                self.crowd.people[index as usize].goal = place as u16;
                return self.head_on(index, None, person.ready_ds);
            }
        }
        let pieces = (self.stay_s(&person) / f64::from(PIECE_S)).clamp(1.0, f64::from(u16::MAX)) as u16;
        self.stay(index, pieces, person.ready_ds);
    }

    /// Stays for so many pieces from `at_ds` on.
    fn stay(&mut self, index: u32, pieces: u16, at_ds: u32) {
        let on_road = self.network.zones[usize::from(self.crowd.people[index as usize].zone)].vehicle;
        let now = if on_road { pieces.min((LOOK_UP_S / PIECE_S) as u16) } else { pieces };
        let person = &mut self.crowd.people[index as usize];
        person.doing = Doing::Staying;
        person.port = pieces - now;
        person.ready_ds = at_ds + u32::from(now) * PIECE_S * 10;
        self.crowd.schedule(index, self.step + 1);
    }

    /// The attraction of the person's present stage.
    pub(crate) fn attraction_of(&self, person: &Person) -> usize {
        let visits = &self.demand.purposes[person.purpose()].visits;
        visits.get(usize::from(person.stage).saturating_sub(1)).map_or(0, |visit| visit.to)
    }

    /// How long the person wants to stay at the place of the present stage, s.
    pub(crate) fn stay_s(&self, person: &Person) -> f64 {
        let Some(attraction) = self.demand.attractions.get(self.attraction_of(person)) else { return 0.0 };
        let block = draw::STAGE + 16 * u64::from(person.stage.saturating_sub(1));
        let longer = libm::exp(attraction.stay_spread * self.draws(person.number).normal(block + 4));
        let willing = self.demand.stay_on.at(self.minute());
        60.0 * (attraction.stay_median_min * longer).min(attraction.stay_most_min) * willing
    }

    /// A stay, or a piece of one, is over.
    fn stayed(&mut self, index: u32) {
        let person = self.crowd.people[index as usize];
        let zone = usize::from(person.zone);
        if person.stage == LEAVING {
            return self.leave(index, person.ready_ds);
        }
        if self.rules.open[zone] {
            if person.port > 0 {
                return self.stay(index, person.port, person.ready_ds);
            }
            if let Some(held_s) = self.held(&person, zone) {
                return self.stay(index, (held_s / f64::from(PIECE_S)).max(1.0) as u16, person.ready_ds);
            }
        }
        self.next_visit(index, person.ready_ds);
    }

    /// How much longer a show holds a person, s; none when there is none or it does not.
    fn held(&self, person: &Person, zone: usize) -> Option<f64> {
        let shows = self.demand.shows.filter(|_| self.network.zones[zone].kind == ZoneKind::Standing)?;
        let since = self.minute() - shows.from_min;
        let show = (since / shows.every_min).floor();
        let into = since - show * shows.every_min;
        if since < 0.0 || shows.from_min + show * shows.every_min > shows.to_min || into >= shows.lasts_min {
            return None;
        }
        let draws = self.draws(person.number);
        let draw = draw::SHOW + 2 * show as u64;
        let left_s = 60.0 * (shows.lasts_min - into) + EBB_S * draws.unit(draw + 1);
        (draws.unit(draw) < shows.held_share).then_some(left_s)
    }
}
