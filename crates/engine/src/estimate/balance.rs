//! Balancing: groups and the site learn from all their sensors together, and their zones follow.
//!
//! Not here: what a basin consists of (basin), what single zones learn (zone, area).
//! Invariant: after it the members of a basin add up to about its people; each change is a correction (INV-03).
//!
//! A zone hardly knows whether its camera or the crowd changed; a basin does, since its border is counted and its cameras
//! err independently but for what their family shares. So the factor of a family is learned by the whole site, and
//! what the basins know is shared out over their zones in proportion to what each does not know (the least-squares
//! reconciliation of hierarchical sums; Wickramasuriya, Athanasopoulos and Hyndman 2019).

use city::{CorrectionCause, DatastreamIx, FeedHealth, GroupIx, Span, ZoneIx};
use serde::{Deserialize, Serialize};

use super::area::{HEADS, WHOLE};
use super::basin::{Basin, BasinAt, LEVEL_LEAST};
use super::filter::Term;
use super::interval::Spread;
use super::layout::{STATES_MAX, fresh_variance, wandering_variance};
use super::pace::scale;
use super::rate::Rate;
use super::zone::{LOOK_STALE_S, RATE_MEMORY_S, STEP_MAX_S};
use crate::occupancy::{SETTLE_S, Stock};
use crate::stream::UNSEEN_MAX_S;
use crate::timers::Timer;
use crate::turn::Turn;

/// From one balancing to the next, at least, seconds.
const BALANCE_S: i64 = 20;

/// Time in which a family's factor may wander by its prior deviation, seconds (assumption).
const FAMILY_MEMORY_S: f64 = 5400.0;

/// The same for what is left of the multipliers of a group's own cameras in their sum (assumption).
const GROUP_MEMORY_S: f64 = 7200.0;

/// An innovation counts at most as so many standard deviations; where people come and go uncounted, one so large is believed.
const SURPRISE: f64 = 3.5;

/// Part of each innovation in the fading mean, and the mean beyond which what is measured has changed.
const LEAN_PART: f64 = 0.4;
const LEAN_MOST: f64 = 0.7;

/// The least a basin's deviation is taken for, as a share.
const LEAST_SHARE: f64 = 0.004;

/// What all sensors of a group may have in common that no model of them names, one standard deviation as a share
/// (assumption).
const GROUP_LEAST: f64 = 0.01;

/// Corrections smaller than this many people, and than this share of the deviation, are left for the next time.
const CORRECTION_LEAST: (f64, f64) = (0.5, 0.03);

/// The largest deviation, as a share of its people, with which a zone takes part in a reconciliation.
const SHARE_MOST: f64 = 0.2;

/// How stiffly members follow: variance of a basin's own error in the reconciliation, as a share of its members'.
const RECONCILED: f64 = 0.1;

/// A change of all that is read, less what was counted, by this share within some minutes is no movement where every border
/// is counted.
const LEAP: f64 = 0.025;

/// Cameras and counts that speak of moments further apart than this are not brought together, seconds.
const BEHIND_MOST_S: f64 = 180.0;

/// Successive looks hold many of the same readings, and what wanders in each of them: so many count as one.
const LOOKS_AGREE: f64 = 4.0;

/// What a family's members have in common, as the whole site knows it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Family {
    /// Logarithm of the factor.
    pub(crate) log: f64,
    /// The factor.
    pub(crate) factor: f64,
    /// Variance of the logarithm.
    pub(crate) variance: f64,
}

impl Default for Family {
    fn default() -> Self {
        Self { log: 0.0, factor: 1.0, variance: 0.0 }
    }
}

/// All that the area counts of a basin say together.
struct Sight {
    /// People by the cameras of each family.
    seen: [f64; STATES_MAX],
    /// What they read, by what the site says of each and not by what their families share, with the rest.
    read: f64,
    /// People of zones without a fresh camera, as estimated.
    rest: f64,
    /// Variance of both, without what families share.
    noise: f64,
    /// People times the moment, in seconds from now, of which their camera speaks.
    moment_s: f64,
    /// Cameras used.
    looked: u32,
}

impl Turn<'_> {
    /// Factor of a datastream's family; 1 for none.
    pub(crate) fn family_factor(&self, ix: DatastreamIx) -> f64 {
        self.state.families.get(self.home.family_of[ix.index()]).map_or(1.0, |family| family.factor)
    }

    /// Variance of the logarithm of a datastream's family factor.
    pub(crate) fn family_variance(&self, ix: DatastreamIx) -> f64 {
        self.state.families.get(self.home.family_of[ix.index()]).map_or(0.0, |family| family.variance)
    }

    /// A count, as people, that crosses borders of basins.
    pub(crate) fn pass_borders(&mut self, ix: DatastreamIx, people: f64, noise: f64) {
        let latest = self.state.streams[ix.index()].latest.map(|latest| self.end_of(ix, latest.phenomenon_time));
        for (basin, side) in &self.home.line_basins[ix.index()] {
            let basin = &mut self.state.basins[*basin];
            basin.flow[*side] += people;
            basin.noise += noise;
            basin.counted = basin.counted.max(latest);
        }
    }

    /// Somebody who was there changed a zone's people: its basins follow.
    pub(crate) fn move_basins(&mut self, zone: ZoneIx, people: f64) {
        for basin in &self.home.zone_basins[zone.index()] {
            self.state.basins[*basin].gain(&self.home.basins[*basin], people);
        }
    }

    /// A count of a group's people.
    pub(crate) fn group_count(&mut self, ix: DatastreamIx, reading: &crate::stream::Reading) {
        let Some(result) = reading.result else { return };
        for (at, basin) in self.home.basins.iter().zip(&mut self.state.basins) {
            if let Some(place) = at.phones.iter().position(|phone| *phone == ix) {
                basin.news[place] = Some((result, reading.phenomenon_time));
            }
        }
        self.balance_soon();
    }

    /// Something changed: balance when the others are in too.
    pub(crate) fn balance_soon(&mut self) {
        if self.state.balance_due.is_some() || self.state.basins.is_empty() {
            return;
        }
        let soon = self.after(SETTLE_S);
        let last = self.state.basins.iter().filter_map(|basin| basin.at).max();
        let due = last.map_or(soon, |last| soon.max(last.plus(Span::from_seconds(BALANCE_S))));
        self.state.balance_due = Some(due);
        self.state.timers.set(due, Timer::Balance);
    }

    /// The time to balance has come.
    pub(crate) fn balance(&mut self) {
        if self.state.balance_due.is_none_or(|due| due > self.now()) {
            return;
        }
        self.state.balance_due = None;
        let home = self.home;
        let before: Vec<f64> = self.state.basins.iter().map(|basin| basin.people).collect();
        let mut taught = vec![None; home.basins.len()];
        for (ix, at) in home.basins.iter().enumerate() {
            self.let_basin_pass(ix, at);
            self.look_at_basin(ix, at);
            taught[ix] = self.hear_phones(ix, at);
        }
        self.follow_unseen(&before);
        self.reconcile(&taught);
        for at in &home.basins {
            if let Some(group) = at.group {
                self.touch_group(group);
                self.judge_group(group);
            }
        }
    }

    /// Time and counted people pass for a basin.
    fn let_basin_pass(&mut self, ix: usize, at: &BasinAt) {
        let now = self.now();
        let last = self.state.basins[ix].at;
        let span_s = last.map_or(0.0, |last| now.since(last).seconds().clamp(0.0, UNSEEN_MAX_S));
        if at.group.is_none() {
            self.fade_families(span_s);
        }
        let (unseen, unsure) = self.unseen_at_border(at, span_s);
        let datastreams = &self.site().datastreams;
        let basin = &mut self.state.basins[ix];
        basin.at = Some(now);
        basin.pass_border(at, (unseen, unsure), span_s);
        let size = at.size();
        let moving_per_s = basin.moving_per_s(at);
        basin.filter.widen(size, 0, moving_per_s * span_s);
        for family in 0..at.families {
            let state = BasinAt::family_state(family);
            let memory_s = if at.group.is_none() { FAMILY_MEMORY_S } else { GROUP_MEMORY_S };
            let keeps = libm::exp(-span_s / memory_s);
            basin.filter.fade(size, state, keeps);
            basin.filter.widen(size, state, (1.0 - keeps * keeps) * at.family);
            basin.families[family] *= keeps;
        }
        for (phone, stream) in at.phones.iter().enumerate() {
            let wandering = wandering_variance(&datastreams[stream.index()]);
            basin.filter.widen(size, at.phone_state(phone), 2.0 * wandering * span_s / RATE_MEMORY_S);
        }
    }

    /// What a family has in common fades as far as it is not seen anew.
    fn fade_families(&mut self, span_s: f64) {
        for family in &mut self.state.families {
            family.log *= libm::exp(-span_s / FAMILY_MEMORY_S);
            family.factor = libm::exp(family.log);
        }
    }

    /// People who may have passed silent lines of a border within a span, in and out, and the variance of that.
    fn unseen_at_border(&self, at: &BasinAt, span_s: f64) -> ([f64; 2], f64) {
        let (mut unseen, mut variance) = ([0.0; 2], 0.0);
        for (line, side) in &at.lines {
            let stream = &self.state.streams[line.index()];
            if stream.health != FeedHealth::Silent {
                continue;
            }
            let passed = stream.people_per_s(&self.site().datastreams[line.index()]) * span_s;
            unseen[*side] += passed;
            // The usual flow is a guess, wrong the same way from minute to minute.
            variance += 0.1 * passed * (passed + 2.0 * self.silent_people(*line));
        }
        (unseen, variance)
    }

    /// All area counts of a basin as one measurement.
    fn look_at_basin(&mut self, ix: usize, at: &BasinAt) {
        let sight = self.sight(at);
        let size = at.size();
        let now = self.now();
        let basin = &mut self.state.basins[ix];
        if sight.looked == 0 {
            basin.looked = 0;
            return;
        }
        let seen = sight.seen.iter().sum::<f64>();
        // What came and went from the moment of which the cameras speak to that of which the counts speak.
        let counted_s = basin.counted.map_or(0.0, |counted| counted.since(now).seconds());
        let behind_s = (counted_s - sight.moment_s / seen.max(1.0)).clamp(-BEHIND_MOST_S, BEHIND_MOST_S);
        let came = basin.flowing * behind_s;
        let people = (seen + sight.rest + came).max(0.0);
        // With many cameras more or less the sum is of something else.
        let is_same = basin.looked.abs_diff(sight.looked) <= 1 + sight.looked / 50;
        if basin.looked != sight.looked {
            basin.pace.interrupt();
            basin.looked = sight.looked;
            basin.seen = None;
        }
        basin.pace.take(now, people, &at.usual);
        let mut terms = [(0, 1.0); STATES_MAX];
        let mut innovation = basin.off(people);
        let level = basin.level();
        for family in 0..at.families {
            // A share of what was read, not of the estimate: or the coefficient would move with the error and bend the gain.
            let share = sight.seen[family] / (people + LEVEL_LEAST);
            terms[1 + family] = (BasinAt::family_state(family), share);
            innovation -= share * basin.families[family];
        }
        let terms = &terms[..=at.families];
        let noise = LOOKS_AGREE * sight.noise / (level * level);
        let expected = basin.filter.variance_of(terms) + noise;
        let off = (innovation / libm::sqrt(expected)).clamp(-SURPRISE, SURPRISE);
        basin.lean += LEAN_PART * (off - basin.lean);
        let leans = basin.lean.abs() > LEAN_MOST && basin.lean * off > 0.0;
        let factor = sight.read / (seen + sight.rest).max(1.0);
        let leap = basin.leap(now, (sight.read + factor * came, factor));
        if at.is_open && (leans || off.abs() >= SURPRISE) {
            basin.filter.widen(size, 0, innovation * innovation);
        }
        // All cameras at once read otherwise than the counted border allows: something covers them, or lifts.
        if !at.is_open && is_same && leap.abs() > LEAP {
            for family in 0..at.families {
                basin.filter.widen(size, BasinAt::family_state(family), (leap * leap).min(1.0));
            }
        }
        self.teach_basin((ix, at), terms, (innovation, noise));
    }

    /// Lets a measurement teach a basin; the site's family factors become everybody's.
    fn teach_basin(&mut self, (ix, at): (usize, &BasinAt), terms: &[Term], (innovation, noise): (f64, f64)) {
        let size = at.size();
        let basin = &mut self.state.basins[ix];
        let Some(lesson) = basin.filter.learn(terms, noise, |_| false) else { return };
        let change = |state: usize| lesson.gain[state] * innovation;
        basin.correct(change(0));
        for side in 0..2 {
            basin.rates[side] = (basin.rates[side] + change(at.rate_state(side))).clamp(-1.0, 1.0);
        }
        if let Some(state) = at.drift_state() {
            basin.drift += change(state);
        }
        for (phone, log) in basin.phones.iter_mut().enumerate() {
            *log = (*log + change(at.phone_state(phone))).clamp(-3.0, 3.0);
        }
        for (family, log) in basin.families.iter_mut().enumerate() {
            *log = (*log + change(BasinAt::family_state(family))).clamp(-1.5, 1.5);
        }
        let short = LEAST_SHARE * LEAST_SHARE - basin.filter.people();
        basin.filter.widen(size, 0, short.max(0.0));
        if at.group.is_none() {
            for (family, log) in basin.families.iter_mut().enumerate() {
                let known = &mut self.state.families[family];
                known.log = (known.log + std::mem::take(log)).clamp(-1.5, 1.5);
                known.factor = libm::exp(known.log);
                let state = BasinAt::family_state(family);
                known.variance = at.shared * basin.filter.at(size, state, state);
            }
        }
    }

    /// What the area counts of a basin say together.
    fn sight(&self, at: &BasinAt) -> Sight {
        let mut sight = Sight { seen: [0.0; STATES_MAX], read: 0.0, rest: 0.0, noise: 0.0, moment_s: 0.0, looked: 0 };
        for zone in &at.members {
            if let Some((ix, people, noise)) = self.look_now(*zone) {
                sight.seen[self.home.family_of[ix.index()]] += people;
                sight.read += people * self.family_factor(ix);
                sight.moment_s += people * self.moment_s(ix);
                sight.noise += noise;
                sight.looked += 1;
            } else {
                let spread = self.spread(*zone);
                sight.rest += spread.people;
                sight.read += spread.people;
                sight.noise += spread.sd * spread.sd;
            }
        }
        sight
    }

    /// The moment of which a datastream's latest reading speaks, in seconds from now.
    fn moment_s(&self, ix: DatastreamIx) -> f64 {
        let latest = self.state.streams[ix.index()].latest;
        latest.map_or(0.0, |latest| self.end_of(ix, latest.phenomenon_time).since(self.now()).seconds())
    }

    /// The first area count of a zone, if it speaks of now and may be believed, with its doubt.
    fn seen_now(&self, zone: ZoneIx) -> Option<(DatastreamIx, f64)> {
        let ix = *self.home.zone_areas[zone.index()].first()?;
        let stream = &self.state.streams[ix.index()];
        let latest = stream.latest?;
        latest.result?;
        stream.number?;
        let is_fresh = stream.health == FeedHealth::Speaking
            && self.now().since(self.end_of(ix, latest.phenomenon_time)).seconds() <= LOOK_STALE_S;
        let doubt = self.doubt(ix).max(1.0);
        (is_fresh && doubt.is_finite()).then_some((ix, doubt))
    }

    /// The same as people, with its variance.
    fn look_now(&self, zone: ZoneIx) -> Option<(DatastreamIx, f64, f64)> {
        let (ix, doubt) = self.seen_now(zone)?;
        let stream = &self.state.streams[ix.index()];
        let stock = &self.state.stocks[zone.index()];
        let mut people = stream.number? / (stream.rate.reads * self.family_factor(ix)).max(1e-3);
        if stock.belief.hidden > 0.0 {
            people = people.max(stock.ledger.people());
        }
        let level = scale(people);
        let noise = self.paces(zone).noise * level * level * doubt * doubt + people.max(0.0) * HEADS + WHOLE;
        Some((ix, people, noise + 0.1 * stock.belief.hidden * stock.belief.hidden))
    }

    /// News of group counts; the one that taught most recently, if any.
    fn hear_phones(&mut self, ix: usize, at: &BasinAt) -> Option<CorrectionCause> {
        let site = self.site();
        let mut taught = None;
        for (phone, stream) in at.phones.iter().enumerate() {
            let Some((result, phenomenon_time)) = self.state.basins[ix].news[phone].take() else { continue };
            let doubt = self.doubt(*stream).max(1.0);
            if !doubt.is_finite() {
                continue;
            }
            let config = &site.datastreams[stream.index()];
            let basin = &mut self.state.basins[ix];
            let mean = if config.reads_per_person.mean > 0.0 { config.reads_per_person.mean } else { 1.0 };
            let people = result / (mean * libm::exp(basin.phones[phone]));
            let innovation = basin.off(people);
            let level = basin.level();
            let terms = [(0, 1.0), (at.phone_state(phone), basin.people / level)];
            let mut noise = (fresh_variance(config) + people.max(1.0) / (level * level)) * doubt * doubt;
            let expected = basin.filter.variance_of(&terms) + noise;
            if innovation < 0.0 {
                // A full network counts too few: such a reading says little of who is not there.
                noise *= 4.0;
            }
            if innovation * innovation > 9.0 * expected {
                let excess = innovation * innovation - expected;
                basin.filter.widen(at.size(), at.phone_state(phone), excess.min(1.0));
            }
            self.teach_basin((ix, at), &terms, (innovation, noise));
            taught = Some(CorrectionCause::GroupCount { datastream: *stream, phenomenon_time });
        }
        taught
    }

    /// A zone whose area count is missed, and whose lines tell a part only, fills and empties with the smallest basin it is in.
    fn follow_unseen(&mut self, before: &[f64]) {
        let home = self.home;
        for (zone, inside) in home.zone_basins.iter().enumerate() {
            let layout = &home.layouts[zone];
            let is_missed = layout.is_open && layout.drift.is_some() && self.seen_now(zone.into()).is_none();
            let smallest = inside.iter().min_by_key(|basin| home.basins[**basin].members.len());
            let Some(basin) = smallest.filter(|_| is_missed) else {
                self.state.stocks[zone].belief.level = None;
                continue;
            };
            let people = self.state.stocks[zone].ledger.people().max(0.0);
            let level = self.state.stocks[zone].belief.level.unwrap_or(people);
            let (was, is) = (before[*basin], self.state.basins[*basin].people);
            let ratio = if was > 1.0 { (is / was).clamp(0.8, 1.25) } else { 1.0 };
            self.state.stocks[zone].belief.level = Some(level * ratio);
            if (level * ratio - people).abs() >= CORRECTION_LEAST.0 && self.state.stocks[zone].pending.is_none() {
                self.correct(zone.into(), level * ratio - people, CorrectionCause::Unmeasured);
            }
        }
    }

    /// Shares out what the basins know over their zones.
    fn reconcile(&mut self, taught: &[Option<CorrectionCause>]) {
        let home = self.home;
        let count = home.basins.len();
        let mut normal = vec![0.0; count * count];
        let mut missing: Vec<f64> = self.state.basins.iter().map(|basin| basin.people).collect();
        let is_seen = self.state.basins.iter().any(|basin| basin.looked > 0);
        // Where cameras pull their zones back, one without would gather all that never adds up.
        let mut takes_part = vec![false; home.zone_basins.len()];
        for (zone, inside) in home.zone_basins.iter().enumerate() {
            let stock = &self.state.stocks[zone];
            takes_part[zone] = !is_seen || self.seen_now(zone.into()).is_some();
            let variance = if takes_part[zone] { share_variance(stock) } else { 0.0 };
            let people = stock.ledger.people();
            for one in inside {
                missing[*one] -= people;
                for other in inside {
                    normal[one * count + other] += variance;
                }
            }
        }
        for ix in 0..count {
            let own = normal[ix * count + ix];
            normal[ix * count + ix] = own + RECONCILED * own + 1e-6;
        }
        let Some(shares) = solve(&mut normal, &mut missing) else { return };
        for (zone, inside) in home.zone_basins.iter().enumerate() {
            let variance = if takes_part[zone] { share_variance(&self.state.stocks[zone]) } else { 0.0 };
            let share: f64 = inside.iter().map(|basin| shares[*basin]).sum();
            let cause = inside.iter().rev().find_map(|basin| taught[*basin]).unwrap_or(CorrectionCause::Relearned);
            self.follow(zone.into(), variance * share, cause);
        }
    }

    /// A zone follows its basins by `people`.
    fn follow(&mut self, zone: ZoneIx, people: f64, cause: CorrectionCause) {
        let stock = &self.state.stocks[zone.index()];
        let sd = libm::sqrt(stock.belief.filter.people());
        let people = people.max(-stock.ledger.people().max(0.0));
        if people.abs() >= CORRECTION_LEAST.0 && people.abs() >= CORRECTION_LEAST.1 * sd && stock.pending.is_none() {
            self.correct(zone, people, cause);
        }
        if self.state.stocks[zone.index()].shown.is_some() && self.state.stocks[zone.index()].pending.is_none() {
            self.show(zone);
            self.touch_zone(zone);
            self.judge_zone(zone);
        }
    }
}

/// The variance by which a zone takes part in what its basins lack.
fn share_variance(stock: &Stock) -> f64 {
    let most = SHARE_MOST * scale(stock.ledger.people());
    stock.belief.filter.people().min(most * most)
}

/// How sure a group's people are, from its basin; `None` if it has none.
pub(crate) fn group_spread(
    (home, state): (&crate::index::Home, &crate::state::State),
    group: GroupIx,
    people: f64,
) -> Option<Spread> {
    let ix = home.group_basins[group.index()]?;
    let (at, basin): (&BasinAt, &Basin) = (&home.basins[ix], state.basins.get(ix)?);
    let level = basin.level();
    let age_s = basin.at.map_or(0.0, |at| state.now.since(at).seconds().clamp(0.0, STEP_MAX_S));
    let moving = basin.moving_per_s(at) * level * level + basin.net_per_s;
    let apart = people - basin.people;
    let shared: f64 = state.families.iter().map(|family| family.variance).fold(0.0, f64::max);
    let seen = if basin.looked > 0 { people } else { 0.0 };
    let least = GROUP_LEAST * people;
    let variance =
        basin.variance() + moving * (age_s + 60.0) + 0.25 * apart * apart + shared * seen * seen + least * least;
    let hidden = at.members.iter().map(|zone| state.stocks[zone.index()].belief.hidden).sum();
    Some(Spread { people, sd: libm::sqrt(variance), hidden })
}

/// What a group count reads for each person, as its basin learned it.
pub(crate) fn phone_ratio(
    (home, state): (&crate::index::Home, &crate::state::State),
    ix: DatastreamIx,
) -> Option<city::RatioState> {
    home.basins.iter().zip(&state.basins).find_map(|(at, basin)| {
        let phone = at.phones.iter().position(|phone| *phone == ix)?;
        let variance = basin.filter.at(at.size(), at.phone_state(phone), at.phone_state(phone));
        let mut rate: Rate = state.streams[ix.index()].rate;
        rate.variance = variance;
        Some(rate.view(libm::exp(basin.phones[phone]), 0.0))
    })
}

/// Solves a symmetric positive system in place by elimination without exchange of rows; `None` if it is singular.
fn solve(matrix: &mut [f64], right: &mut [f64]) -> Option<Vec<f64>> {
    let count = right.len();
    for pivot in 0..count {
        let own = matrix[pivot * count + pivot];
        if own.is_nan() || own <= 0.0 {
            return None;
        }
        for row in pivot + 1..count {
            let factor = matrix[row * count + pivot] / own;
            if factor == 0.0 {
                continue;
            }
            for column in pivot..count {
                matrix[row * count + column] -= factor * matrix[pivot * count + column];
            }
            right[row] -= factor * right[pivot];
        }
    }
    let mut solution = vec![0.0; count];
    for row in (0..count).rev() {
        let known: f64 = (row + 1..count).map(|column| matrix[row * count + column] * solution[column]).sum();
        solution[row] = (right[row] - known) / matrix[row * count + row];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_symmetric_system_is_solved() {
        let mut matrix = vec![4.0, 1.0, 0.5, 1.0, 3.0, 0.0, 0.5, 0.0, 2.0];
        let copy = matrix.clone();
        let mut right = vec![1.0, 2.0, 3.0];
        let solution = solve(&mut matrix, &mut right).unwrap();
        for (row, expected) in [1.0, 2.0, 3.0].into_iter().enumerate() {
            let found: f64 = (0..3).map(|column| copy[row * 3 + column] * solution[column]).sum();
            assert!((found - expected).abs() < 1e-12);
        }
        assert!(solve(&mut [0.0], &mut [1.0]).is_none());
    }
}
