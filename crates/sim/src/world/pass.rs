//! From zone to zone: queues at links, first come first served, as many as the width lets through.
//!
//! Not here: which way a person takes (`walk`).
//! Invariant: who passes leaves one zone and enters the other in the same instant; a full zone takes nobody; nobody
//! passes an arc that is shut to them.

use super::World;
use super::arrive::draw;
use super::crowd::{Doing, Line};
use super::network::ArcIx;
use super::routes::free_ds;

/// Two flows of equal size on a stair carry so much less than one.
const TWO_WAY_LOSS: f64 = 0.15;
/// Opposing flows on a stair lose their capacity between these densities, per m², and keep so little of it.
const LOCKING_PER_M2: [f64; 2] = [3.8, 5.2];
const LOCKED_SHARE: f64 = 0.02;
/// People hesitate to step into a crowd denser than this, the more up to the second, per m²; on the level and on stairs.
const CROWDED_PER_M2: [[f64; 2]; 2] = [[1.4, 3.2], [2.0, 4.6]];
/// Nobody on a stair as dense as this can turn.
const NO_TURNING_PER_M2: f64 = 4.0;
/// A human wall keeps the crossing clear for so long before it lets the other side go, s; its cycle where there is no
/// signal, s.
const WALL_CLEARS_S: u32 = 10;
const WALL_CYCLE_S: u32 = 170;
/// How much of the flow of late is kept at each step.
const MEMORY: f64 = 0.9;
/// Who has waited so long looks for another way, s; and gives the place up, shortest and further, s.
const LOOK_AGAIN_S: u32 = 180;
const GIVE_UP_S: [f64; 2] = [420.0, 600.0];

/// What a link has of late.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Passing {
    /// Passages it may still make.
    credit: f64,
    /// People who passed or wanted to each way in a step, of late.
    of_late: [f64; 2],
}

impl World {
    /// A person has come to the end of a zone and waits to pass.
    pub(crate) fn join(&mut self, index: u32) {
        let person = self.crowd.people[index as usize];
        let arc = usize::from(person.port);
        if !self.rules.lets(ArcIx(person.port), person.class()) {
            // It was shut while the person walked towards it.
            return self.head_on(index, None, person.ready_ds);
        }
        self.crowd.people[index as usize].doing = Doing::Waiting;
        let mut line = self.queues[arc];
        self.crowd.push(&mut line, index);
        self.queues[arc] = line;
    }

    /// Lets through every link who can pass in this step.
    pub(crate) fn pass(&mut self) {
        for link in 0..self.links.len() {
            let waiting = [self.queues[2 * link].len, self.queues[2 * link + 1].len];
            let of_late = self.links[link].of_late;
            self.links[link].of_late =
                [0, 1].map(|way| MEMORY * of_late[way] + (1.0 - MEMORY) * f64::from(waiting[way]));
            if waiting == [0, 0] {
                self.links[link].credit = 0.0;
                continue;
            }
            self.serve(link);
        }
    }

    fn serve(&mut self, link: usize) {
        let open = self.open_s(link);
        let per_s = self.network.links[link].open_per_s * self.kept(link);
        let budget = per_s * open[0].max(open[1]);
        let mut credit = (self.links[link].credit + budget).min(budget.max(1.0));
        // Fewer step into a crowd than would onto free ground, each way for itself.
        let mut room =
            [0, 1].map(|way| budget * self.inviting(self.network.head(ArcIx((2 * link + way) as u16))) + 1.0);
        let mut may = [open[0] > 0.0 && !self.rules.locked[link], open[1] > 0.0 && !self.rules.locked[link]];
        while credit >= 1.0 {
            let Some(way) = self.first_of(link, may) else { break };
            let arc = ArcIx((2 * link + way) as u16);
            let head = self.network.head(arc);
            if self.people[head] >= self.network.zones[head].full || room[way] < 1.0 {
                may[way] = false;
                continue;
            }
            room[way] -= 1.0;
            credit -= 1.0;
            self.cross(arc, head);
        }
        self.links[link].credit = credit;
    }

    /// The share of those who might step into a zone in a while that do: all onto free ground, few into a crowd.
    fn inviting(&self, zone: usize) -> f64 {
        let [from, to] = CROWDED_PER_M2[usize::from(self.network.zones[zone].is_steep())];
        ((to - self.density(zone)) / (to - from)).clamp(0.05, 1.0)
    }

    /// The way whose first person came first.
    fn first_of(&self, link: usize, may: [bool; 2]) -> Option<usize> {
        let since = |way: usize| {
            let first = self.queues[2 * link + way].first().filter(|_| may[way])?;
            Some(self.crowd.people[first as usize].ready_ds)
        };
        match (since(0), since(1)) {
            (Some(along), Some(against)) => Some(usize::from(against < along)),
            (Some(_), None) => Some(0),
            (None, Some(_)) => Some(1),
            (None, None) => None,
        }
    }

    fn cross(&mut self, arc: ArcIx, head: usize) {
        let mut line = self.queues[arc.index()];
        let Some(index) = self.crowd.pop(&mut line) else { return };
        self.queues[arc.index()] = line;
        let now_ds = self.now_ds();
        let person = &mut self.crowd.people[index as usize];
        let tail = usize::from(person.zone);
        person.zone = head as u16;
        let at_ds = person.ready_ds.max(now_ds);
        self.people[tail] -= 1;
        self.people[head] += 1;
        let passage = &mut self.moment.links[arc.link()];
        if arc.way() == 0 {
            passage.forward += 1;
        } else {
            passage.backward += 1;
        }
        self.head_on(index, Some(arc.link()), at_ds);
    }

    /// For how much of the step each way is open, s.
    fn open_s(&self, link: usize) -> [f64; 2] {
        let step_s = self.demand.step_s;
        let way = &self.network.links[link];
        // Neighbouring signals do not change together.
        let now = self.step * step_s + 37 * link as u32;
        let green = |from: u32, to: u32, cycle: u32| {
            (0..step_s).filter(|second| (from..to).contains(&((now + second) % cycle))).count() as f64
        };
        if self.rules.walled[link] {
            let cycle = way.signal.map_or(WALL_CYCLE_S, |signal| signal.0).max(4 * WALL_CLEARS_S);
            let half = cycle / 2;
            return [green(0, half - WALL_CLEARS_S, cycle), green(half, cycle - WALL_CLEARS_S, cycle)];
        }
        match way.signal {
            Some((cycle, green_s)) => [green(0, green_s, cycle); 2],
            None => [f64::from(step_s); 2],
        }
    }

    /// The share of its capacity that a stair keeps: two flows hinder each other, and the more the denser it is.
    fn kept(&self, link: usize) -> f64 {
        let way = &self.network.links[link];
        let [along, against] = self.links[link].of_late;
        if !way.steep || along + against <= 0.0 {
            return 1.0;
        }
        // 1 for two equal flows, 0 for one alone.
        let opposing = 4.0 * along * against / ((along + against) * (along + against));
        let [from, to] = LOCKING_PER_M2;
        let locking = ((self.steep_density(link) - from) / (to - from)).clamp(0.0, 1.0);
        ((1.0 - TWO_WAY_LOSS * opposing) * (1.0 - opposing * locking)).max(LOCKED_SHARE)
    }

    /// The greater density of the stairs or landings a link joins.
    fn steep_density(&self, link: usize) -> f64 {
        let way = &self.network.links[link];
        let density = |zone: usize| if self.network.zones[zone].is_steep() { self.density(zone) } else { 0.0 };
        density(usize::from(way.from)).max(density(usize::from(way.to)))
    }

    /// What people see of each arc: how long its queue takes to pass, and the zone behind it.
    pub(crate) fn look(&mut self) {
        for arc in (0..self.arc_ds.len()).map(|arc| ArcIx(arc as u16)) {
            let link = arc.link();
            let way = &self.network.links[link];
            let (wait_s, share) = match (self.rules.walled[link], way.signal) {
                (true, _) => (45.0, 0.44),
                (false, Some((cycle, green))) => {
                    let (cycle, red) = (f64::from(cycle), f64::from(cycle - green));
                    (red * red / (2.0 * cycle), 1.0 - red / cycle)
                }
                (false, None) => (0.0, 1.0),
            };
            let both = f64::from(self.queues[arc.index()].len) + 0.5 * f64::from(self.queues[arc.index() ^ 1].len);
            let per_s = way.open_per_s * share * self.kept(link);
            let queue_s = (both / per_s).min(1_800.0);
            let head = self.network.head(arc);
            let walk_ds = f64::from(free_ds(&self.network, head)) / self.slowed(head);
            self.arc_ds[arc.index()] = (walk_ds + 10.0 * (wait_s + queue_s)).clamp(1.0, 1e7) as u32;
        }
    }

    /// Everyone who waits or walks chooses anew: what is in force has changed.
    pub(crate) fn turn_all(&mut self) {
        for arc in 0..self.queues.len() {
            let mut line = std::mem::replace(&mut self.queues[arc], Line::EMPTY);
            while let Some(index) = self.crowd.pop(&mut line) {
                self.head_on(index, None, self.now_ds());
            }
        }
    }

    /// Those who have waited long look for another way, or give the place up.
    pub(crate) fn reconsider(&mut self) {
        let now_ds = self.now_ds();
        for arc in (0..self.queues.len()).map(|arc| ArcIx(arc as u16)) {
            let waited = |ready_ds: u32| now_ds.saturating_sub(ready_ds) / 10;
            let first = self.queues[arc.index()].first();
            if first.is_none_or(|first| waited(self.crowd.people[first as usize].ready_ds) < LOOK_AGAIN_S) {
                continue;
            }
            let tail = self.network.tail(arc);
            if self.network.links[arc.link()].steep && self.density(tail) > NO_TURNING_PER_M2 {
                continue;
            }
            let mut line = std::mem::replace(&mut self.queues[arc.index()], Line::EMPTY);
            let mut stay = Line::EMPTY;
            while let Some(index) = self.crowd.pop(&mut line) {
                let person = self.crowd.people[index as usize];
                let patience_s = GIVE_UP_S[0] + GIVE_UP_S[1] * self.draws(person.number).unit(draw::PATIENCE);
                let waited_s = waited(person.ready_ds);
                if f64::from(waited_s) > patience_s {
                    // Who is on the way out tries another gate.
                    self.next_visit(index, now_ds);
                } else if waited_s >= LOOK_AGAIN_S && self.sees_better(index, arc) {
                    self.head_on(index, None, now_ds);
                } else {
                    self.crowd.push(&mut stay, index);
                }
            }
            self.queues[arc.index()] = stay;
        }
    }

    /// True when a waiting person would now take another way: one in three looks around in a minute.
    fn sees_better(&mut self, index: u32, arc: ArcIx) -> bool {
        let person = self.crowd.people[index as usize];
        let looks = self.draws(person.number).unit(draw::MOMENT + u64::from(self.now_ds())) < 0.33;
        looks && self.way(&person, usize::from(person.zone), self.target(&person)).is_some_and(|other| other != arc)
    }
}
