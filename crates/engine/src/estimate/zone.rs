//! One zone's people between measurements: what lines count, what nobody counts, and what time alone makes uncertain.
//!
//! Not here: area counts (area), groups (basin, balance), when a zone is judged (occupancy).
//! Invariant: a line takes from one zone exactly what it gives to the other, whatever its rate is learned to be.

use city::{CorrectionCause, DatastreamIx, FeedHealth, Role, Time, ZoneIx};
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::interval::Spread;
use super::layout::{PAIR_CORRELATION, fresh_variance};
use super::pace::{Pace, Paces, scale};
use super::past::Past;
use crate::stream::UNSEEN_MAX_S;
use crate::turn::Turn;

/// Time in which a wandering multiplier forgets all but 1/e of itself, seconds (assumption).
pub(crate) const WANDER_MEMORY_S: f64 = 900.0;

/// The same for a detection rate, which follows the flow of the hour, and for the unmeasured share, seconds (assumption).
pub(crate) const RATE_MEMORY_S: f64 = 3600.0;

/// The same for a line's learned rate, and for what lasts of a device where nobody passes uncounted, seconds (assumption).
const LEVEL_MEMORY_S: f64 = 4.0 * 3600.0;
const DEVICE_MEMORY_S: f64 = 7.0 * 24.0 * 3600.0;

/// The same for a net uncounted flow, seconds (assumption).
const DRIFT_MEMORY_S: f64 = 900.0;

/// An area count older than this is no reading of now, seconds: one is missed when none was used for so long.
pub(super) const LOOK_STALE_S: f64 = 150.0;

/// The most that one standard deviation of a place of which lines alone tell a part comes to, as a share of the people who were
/// last known there or of so many to the square metre (assumption).
const LOOSE_SHARE: f64 = 0.5;
const LOOSE_PER_M2: f64 = 0.3;

/// Share of the mean square of uncounted changes that is taken for a lasting flow (assumption).
const DRIFT_SHARE: f64 = 0.25;

/// The longest time whose movement is reckoned at once, seconds.
pub(super) const STEP_MAX_S: f64 = 24.0 * 3600.0;

/// Settlings, or balancings of a basin, over which the counted net flow is followed.
pub(super) const NET_MEMORY: f64 = 12.0;

/// What is believed of a zone, beside its ledger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Belief {
    /// Covariance of the errors.
    pub(crate) filter: Filter,
    /// Movement and noise, as learned.
    pub(crate) pace: Pace,
    /// Up to when movement is in the covariance.
    pub(crate) until: Option<Time>,
    /// Net people who come past every counter, for each person counted at the gates.
    pub(crate) unmeasured: f64,
    /// Net people who come uncounted, per second, as learned from area counts.
    pub(crate) drift: f64,
    /// Without an area count: the people at the last balancing.
    pub(crate) level: Option<f64>,
    /// When an area count was last used.
    pub(crate) looked: Option<Time>,
    /// People counted at gates since the last settling.
    pub(crate) at_gates: f64,
    /// Net people counted since the last settling.
    pub(crate) net: f64,
    /// Mean square of the counted net flow, people² per second.
    pub(crate) net_per_s: f64,
    /// One standard deviation of what a saturated or doubted sensor may hide, people.
    pub(crate) hidden: f64,
    /// Falls in a row that nothing explains.
    pub(crate) falls: u8,
    /// Fading mean of the innovations, standard deviations.
    pub(crate) lean: f64,
    /// What was estimated before.
    pub(crate) past: Past,
}

impl Turn<'_> {
    /// A count of a gate or link, in its place in order.
    pub(crate) fn count(&mut self, ix: DatastreamIx, result: Option<f64>, missed_s: f64) {
        let config = &self.site().datastreams[ix.index()];
        let unseen_s = missed_s + if result.is_none() { f64::from(config.interval_s) } else { 0.0 };
        if unseen_s > 0.0 {
            self.pass_unseen(ix, unseen_s);
        }
        let stream = &mut self.state.streams[ix.index()];
        if let Some(reads) = result {
            stream.number = result;
            stream.flow.take(reads);
        }
        self.add_people(ix, result.unwrap_or(0.0));
    }

    /// For so long nobody counted at a line: as many as usual may have passed, or nobody.
    fn pass_unseen(&mut self, ix: DatastreamIx, unseen_s: f64) {
        let config = &self.site().datastreams[ix.index()];
        let stream = &mut self.state.streams[ix.index()];
        let passed = stream.people_per_s(config) * unseen_s;
        let was = stream.unseen;
        stream.unseen.iter_mut().for_each(|unseen| *unseen += passed);
        let line = self.home.lines[ix.index()];
        for (side, zone) in [line.into, line.out_of].into_iter().enumerate() {
            let Some(zone) = zone else { continue };
            let size = self.home.layouts[zone.index()].size;
            self.state.stocks[zone.index()].belief.filter.widen(size, 0, grown(was[side], passed));
        }
    }

    /// What a line reads (or a revision's difference) becomes people who pass it.
    pub(crate) fn add_people(&mut self, ix: DatastreamIx, reads: f64) {
        let line = self.home.lines[ix.index()];
        let config = &self.site().datastreams[ix.index()];
        let rate = self.state.streams[ix.index()].rate.reads;
        let people = reads / rate;
        // Each person is missed or not (binomial), and each reading has an error of its own.
        let missing = people.abs() * (1.0 / rate.min(1.0) - 1.0).max(0.02);
        let noise = missing + fresh_variance(config) * people * people;
        let is_gate = matches!(config.role, Role::GateCount { .. });
        let states = self.home.line_states[ix.index()];
        for (side, (zone, sign)) in [(line.into, 1.0), (line.out_of, -1.0)].into_iter().enumerate() {
            let Some(zone) = zone else { continue };
            self.begin_span(zone);
            let stock = &mut self.state.stocks[zone.index()];
            if side == 0 {
                stock.ledger.inflow += people;
            } else {
                stock.ledger.outflow += people;
            }
            stock.counted[side] += reads;
            let belief = &mut stock.belief;
            belief.pace.moved += sign * people;
            if self.home.layouts[zone.index()].is_shut {
                belief.pace.heard += noise;
            }
            belief.net += sign * people;
            if is_gate {
                belief.at_gates += people.abs();
            }
            belief.filter.pass(states[side], sign * people, noise);
        }
        self.pass_borders(ix, people, noise);
        for zone in [line.into, line.out_of].into_iter().flatten() {
            self.unsettle(zone);
        }
    }

    /// The variances of movement and noise of a zone.
    pub(crate) fn paces(&self, zone: ZoneIx) -> Paces {
        let layout = &self.home.layouts[zone.index()];
        let mut paces = self.state.stocks[zone.index()].belief.pace.paces(&layout.usual);
        if layout.is_shut {
            // Nobody should move uncounted there: only what stands out of the readings' noise is believed.
            let evident = paces.moving_per_s - 2.0 * paces.noise / 60.0;
            paces.moving_per_s = evident.max(layout.usual.moving_least / 60.0);
        }
        paces
    }

    /// Lets time pass for a zone's errors, up to `to`.
    pub(crate) fn propagate(&mut self, zone: ZoneIx, to: Time) {
        let layout = &self.home.layouts[zone.index()];
        let paces = self.paces(zone);
        let share = self.site().zones[zone.index()].unmeasured_share;
        let stock = &mut self.state.stocks[zone.index()];
        let scale = scale(stock.ledger.people());
        let belief = &mut stock.belief;
        let Some(until) = belief.until else {
            belief.until = Some(to);
            return;
        };
        let span_s = to.since(until).seconds().min(STEP_MAX_S);
        if span_s <= 0.0 {
            return;
        }
        belief.until = Some(to);
        belief.net_per_s += (belief.net * belief.net / span_s - belief.net_per_s) / NET_MEMORY;
        belief.net = 0.0;
        let mut drifted = 0.0;
        let filter = &mut belief.filter;
        filter.widen(layout.size, 0, paces.moving_per_s * scale * scale * span_s);
        if let Some(state) = layout.unmeasured {
            let room = share * share - filter.at(layout.size, state, state);
            filter.widen(layout.size, state, (share * share * span_s / RATE_MEMORY_S).min(room.max(0.0)));
        }
        if let Some(state) = layout.drift {
            let keeps = libm::exp(-span_s / DRIFT_MEMORY_S);
            filter.pass(state, -span_s.min(DRIFT_MEMORY_S), 0.0);
            filter.fade(layout.size, state, keeps);
            let whole = DRIFT_SHARE * paces.square_per_s2 * scale * scale;
            filter.widen(layout.size, state, (1.0 - keeps * keeps) * whole);
            drifted = belief.drift * span_s.min(DRIFT_MEMORY_S);
            // With no count to learn it anew it is still what makes up for the lines that do count.
            if belief.looked.is_some_and(|looked| to.since(looked).seconds() <= LOOK_STALE_S) {
                belief.drift *= keeps;
            }
        }
        if layout.is_open
            && let Some(area) = &self.home.site.zones[zone.index()].area_m2
        {
            // However long nobody looks, a place holds about as many as it did or as such a place usually holds.
            let most = LOOSE_SHARE * scale.max(LOOSE_PER_M2 * area.value);
            filter.narrow(layout.size, 0, most * most);
        }
        for area in &layout.areas {
            let keeps = libm::exp(-span_s / WANDER_MEMORY_S);
            let config = &self.home.site.datastreams[area.stream.index()];
            let whole = super::layout::wandering_variance(config);
            filter.fade(layout.size, area.lasting + 1, keeps);
            filter.widen(layout.size, area.lasting + 1, (1.0 - keeps * keeps) * whole);
            self.state.streams[area.stream.index()].rate.settle(keeps);
        }
        self.age_rates(zone, span_s);
        let people = self.state.stocks[zone.index()].ledger.people();
        let drifted = drifted.max(-people.max(0.0));
        if drifted.abs() >= 0.05 {
            self.correct(zone, drifted, CorrectionCause::Unmeasured);
        }
    }

    /// What was learned of the lines' rates ages.
    fn age_rates(&mut self, zone: ZoneIx, span_s: f64) {
        let layout = &self.home.layouts[zone.index()];
        let filter = &mut self.state.stocks[zone.index()].belief.filter;
        let keeps = libm::exp(-span_s / LEVEL_MEMORY_S);
        for (ix, slot) in layout.slots.iter().enumerate() {
            let state = layout.first_slot + ix;
            let Some(stream) = slot.stream.filter(|_| slot.owned) else {
                let room = (slot.most - filter.at(layout.size, state, state)).max(0.0);
                filter.widen(layout.size, state, ((slot.most - slot.prior) * span_s / RATE_MEMORY_S).min(room));
                continue;
            };
            if layout.pairs.iter().any(|pair| pair.contains(&ix)) {
                continue;
            }
            // Only differences of rates are seen: their level comes back to what the site says.
            filter.fade(layout.size, state, keeps);
            filter.widen(layout.size, state, (1.0 - keeps * keeps) * slot.most);
            self.state.streams[stream.index()].rate.revert(keeps);
        }
        let device = libm::exp(-span_s / DEVICE_MEMORY_S);
        let level = if layout.is_calibrated { device } else { keeps };
        for pair in &layout.pairs {
            // Of a line that is counted both ways only the level comes back; what the ways differ by is the device's.
            let states = pair.map(|ix| layout.first_slot + ix);
            let (own, other) = (0.5 * (level + device), 0.5 * (level - device));
            filter.mix(layout.size, states, (own, other));
            let [one, two] = pair.map(|ix| layout.slots[ix].most);
            let common = 0.5 * (1.0 - level * level) * (1.0 + PAIR_CORRELATION);
            let apart = 0.5 * (1.0 - device * device) * (1.0 - PAIR_CORRELATION);
            filter.widen(layout.size, states[0], (common + apart) * one);
            filter.widen(layout.size, states[1], (common + apart) * two);
            let between = filter.at(layout.size, states[0], states[1]);
            let more = (common - apart) * libm::sqrt(one * two);
            filter.set(layout.size, (states[0], states[1]), between + more);
            let [Some(one), Some(two)] = pair.map(|ix| layout.slots[ix].stream) else { continue };
            let learned = [one, two].map(|stream| self.state.streams[stream.index()].rate.lasting());
            for (stream, (mine, others)) in [(one, (learned[0], learned[1])), (two, (learned[1], learned[0]))] {
                self.state.streams[stream.index()].rate.learn((own - 1.0) * mine + other * others, 0.0);
            }
        }
    }

    /// Hands the uncertainty of a zone's learned rates to their streams, and takes that of the considered ones from theirs.
    pub(crate) fn share_rates(&mut self, zone: ZoneIx) {
        let layout = &self.home.layouts[zone.index()];
        let filter = &mut self.state.stocks[zone.index()].belief.filter;
        for area in &layout.areas {
            let (lasting, wandering) = (area.lasting, area.lasting + 1);
            let variance = filter.at(layout.size, lasting, lasting)
                + filter.at(layout.size, wandering, wandering)
                + 2.0 * filter.at(layout.size, lasting, wandering);
            self.state.streams[area.stream.index()].rate.variance = variance.max(0.0);
        }
        for (ix, slot) in layout.slots.iter().enumerate() {
            let state = layout.first_slot + ix;
            let Some(stream) = slot.stream else { continue };
            let rate = &mut self.state.streams[stream.index()].rate;
            if slot.owned {
                rate.variance = filter.at(layout.size, state, state);
            } else {
                filter.narrow(layout.size, state, rate.variance);
            }
        }
    }

    /// Adds who comes past every counter, as far as that was learned.
    pub(crate) fn add_unmeasured(&mut self, zone: ZoneIx) {
        let layout = &self.home.layouts[zone.index()];
        let share = self.site().zones[zone.index()].unmeasured_share;
        let belief = &mut self.state.stocks[zone.index()].belief;
        let passed = 0.5 * std::mem::take(&mut belief.at_gates);
        let Some(state) = layout.unmeasured else { return };
        if passed <= 0.0 {
            return;
        }
        belief.filter.pass(state, -passed, share * passed);
        let people = belief.unmeasured * passed;
        belief.pace.moved += people;
        if people.abs() >= 0.5 {
            self.correct(zone, people, CorrectionCause::Unmeasured);
        }
    }

    /// A zone's people and how sure that is now, the time since its latest data included.
    pub(crate) fn spread(&self, zone: ZoneIx) -> Spread {
        let layout = &self.home.layouts[zone.index()];
        let stock = &self.state.stocks[zone.index()];
        let belief = &stock.belief;
        let people = stock.ledger.people().max(0.0);
        let scale = scale(people);
        let age_s = belief.until.map_or(0.0, |until| self.now().since(until).seconds().clamp(0.0, STEP_MAX_S));
        let moving_per_s = self.paces(zone).moving_per_s * scale * scale + belief.net_per_s;
        let mut variance = belief.filter.people() + moving_per_s * age_s + self.silent_variance(zone);
        if let Some(area) = layout.areas.first() {
            // The family's error has entered as far as the people hang on the multiplier.
            let lasting = belief.filter.at(layout.size, area.lasting, area.lasting);
            let shared = self.family_variance(area.stream);
            if lasting > 0.0 {
                let hang = (-belief.filter.at(layout.size, 0, area.lasting) / lasting).clamp(0.0, scale);
                variance += shared * hang * hang;
            } else {
                variance += shared * scale * scale;
            }
        }
        Spread { people, sd: libm::sqrt(variance), hidden: belief.hidden }
    }

    /// Mean density of a zone and its upper 95 % bound, people/m².
    pub(crate) fn density_now(&self, zone: ZoneIx) -> Option<(f64, f64)> {
        let area_m2 = self.site().zones[zone.index()].area_m2.as_ref()?.value;
        let occupancy = self.state.stocks[zone.index()].shown?.occupancy();
        Some((occupancy.people / area_m2, occupancy.p95 / area_m2))
    }

    /// People who pass a counting line each second, those it misses included; `None` before it counted.
    pub(crate) fn line_rate_per_s(&self, ix: DatastreamIx) -> Option<f64> {
        let config = &self.site().datastreams[ix.index()];
        let stream = &self.state.streams[ix.index()];
        stream.number?;
        Some(stream.rate_per_s(config) / stream.rate.reads)
    }

    /// What silent lines may have let pass since they were last heard, people².
    fn silent_variance(&self, zone: ZoneIx) -> f64 {
        let mut variance = 0.0;
        for line in &self.home.zone_lines[zone.index()] {
            let stream = &self.state.streams[line.stream.index()];
            if stream.health != FeedHealth::Silent {
                continue;
            }
            variance += grown(stream.unseen[line.side], self.silent_people(line.stream));
        }
        variance
    }

    /// People who may have passed a silent line since it was last heard.
    pub(crate) fn silent_people(&self, ix: DatastreamIx) -> f64 {
        let config = &self.site().datastreams[ix.index()];
        let stream = &self.state.streams[ix.index()];
        let Some(end) = stream.end(config) else { return 0.0 };
        stream.people_per_s(config) * self.now().since(end).seconds().clamp(0.0, UNSEEN_MAX_S)
    }

    /// After a measurement what lines missed before no longer counts; what a silent one misses counts from now.
    pub(crate) fn forget_unseen(&mut self, zone: ZoneIx) {
        for line in &self.home.zone_lines[zone.index()] {
            let silent = self.state.streams[line.stream.index()].health == FeedHealth::Silent;
            let missed = if silent { -self.silent_people(line.stream) } else { 0.0 };
            self.state.streams[line.stream.index()].unseen[line.side] = missed;
        }
    }

    /// The end of the interval a reading is about.
    pub(crate) fn end_of(&self, ix: DatastreamIx, phenomenon_time: Time) -> Time {
        phenomenon_time.plus(self.home.intervals[ix.index()])
    }
}

/// By how much the variance of people who passed unseen grows when `more` pass after `was`, people².
fn grown(was: f64, more: f64) -> f64 {
    let (before, after) = (was.max(0.0), was + more);
    (after * after - before * before).max(0.0)
}
