//! Measurements of one zone's people: area counts with a multiplier, officers' counts and bounds, a locked place.
//!
//! Not here: the passing of time and counts (zone), groups (basin).
//! Invariant: a saturated reading, or one that is doubted, never takes people away on its word alone; every change is a
//! correction that names its measurement (INV-03).

use city::{CorrectionCause, DatastreamIx, Time, ZoneIx};

use super::filter::{Lesson, Term};
use super::layout::{AreaAt, Layout, fresh_variance, ratio_variance};
use super::pace::scale;
use crate::stream::Reading;
use crate::turn::Turn;

/// From this density on an area count saturates more and more, people/m².
const SATURATING_PER_M2: f64 = 3.2;

/// Above this density an area count is only a lower bound, people/m² (DESIGN: counting).
pub const SATURATION_PER_M2: f64 = 4.0;

/// The densest people can be anywhere, people/m²: jam densities are reported from 5.4 (Weidmann 1993) to above 6.
pub const PHYSICAL_PER_M2: f64 = 6.0;

/// One standard deviation of an officer's count, as a share of it (assumption: crowd estimates by eye).
pub const OFFICER_ERROR_SHARE: f64 = 0.1;

/// Of the room above a saturated reading, the part up to which an estimate may lie without being pulled down.
const FULL: f64 = 0.6;

/// Innovations beyond so many standard deviations are surprises.
const SURPRISE: f64 = 3.0;

/// Readings for which a sudden fall is held to be the sensor's.
const FALLS_HELD: u8 = 3;

/// Part of such a fall, squared, that the variance takes in each time.
const FALL_KEPT: f64 = 0.1;

/// Part of each innovation in the fading mean, and the mean beyond which the estimate lags (2.4 deviations of the mean of
/// independent ones).
const LEAN_PART: f64 = 0.3;
const LEAN_MOST: f64 = 1.0;

/// Smallest variance of a reading: it is a whole number.
pub(super) const WHOLE: f64 = 0.3;

/// Variance of a reading for each person in it: heads come apart and together.
pub(super) const HEADS: f64 = 0.2;

/// How a reading of an area is to be used.
struct Look {
    /// People it speaks of, by the multiplier as learned.
    people: f64,
    /// Variance of its own error, people².
    noise: f64,
    /// How far it is saturated, 0–1.
    saturated: f64,
    /// What it may hide, people.
    hidden: f64,
    /// People who can be there beyond what it reads.
    room: f64,
    /// Whether it may not narrow anything.
    is_unweighted: bool,
}

impl Turn<'_> {
    /// An area count: a measurement of the zone's people, with an error of its own and a multiplier.
    pub(crate) fn area_count(&mut self, ix: DatastreamIx, zone: ZoneIx, reading: Reading) {
        let Some(result) = reading.result else {
            self.unsettle(zone);
            return;
        };
        self.state.streams[ix.index()].number = Some(result);
        self.state.streams[ix.index()].level = self.level_of_result(ix, result);
        let at = self.end_of(ix, reading.phenomenon_time);
        self.propagate(zone, at);
        let stock = &mut self.state.stocks[zone.index()];
        let people = stock.ledger.people();
        stock.belief.past.note(at, people);
        let look = self.look(ix, zone, result);
        let cause = CorrectionCause::AreaCount { datastream: ix, phenomenon_time: reading.phenomenon_time };
        if self.is_blank(zone) && !look.is_unweighted {
            self.begin(zone, &look, cause);
        }
        let layout = &self.home.layouts[zone.index()];
        let is_first = layout.areas.first().is_some_and(|area| area.stream == ix);
        if is_first && !look.is_unweighted {
            let people = if look.saturated > 0.0 {
                look.people.max(self.state.stocks[zone.index()].ledger.people())
            } else {
                look.people
            };
            self.state.stocks[zone.index()].belief.pace.take(at, people, &layout.usual);
        }
        self.use_look(zone, (ix, look), cause);
        self.settle(zone);
    }

    /// Whether nothing at all is known of a zone: no start was stated and nothing was counted.
    fn is_blank(&self, zone: ZoneIx) -> bool {
        let stock = &self.state.stocks[zone.index()];
        let initial = self.site().zones[zone.index()].initial.value;
        let lines = &self.home.zone_lines[zone.index()];
        let is_counted = lines.iter().any(|line| self.state.streams[line.stream.index()].applied.is_some());
        stock.shown.is_none() && initial.people == 0.0 && initial.sd == 0.0 && !is_counted
    }

    /// The first that is heard of a zone is all that is known of it.
    fn begin(&mut self, zone: ZoneIx, look: &Look, cause: CorrectionCause) {
        let layout = &self.home.layouts[zone.index()];
        let lasting = layout.areas.first().map_or(0.0, |area| {
            let belief = &self.state.stocks[zone.index()].belief;
            belief.filter.at(layout.size, area.lasting, area.lasting)
        });
        let people = look.people - self.state.stocks[zone.index()].ledger.people();
        self.correct(zone, people, cause);
        self.move_basins(zone, people);
        let belief = &mut self.state.stocks[zone.index()].belief;
        belief.filter.widen(layout.size, 0, look.noise + lasting * look.people * look.people);
        if let Some(area) = layout.areas.first() {
            belief.filter.set(layout.size, (0, area.lasting), -lasting * look.people);
        }
        for basin in &self.home.zone_basins[zone.index()] {
            let at = &self.home.basins[*basin];
            self.state.basins[*basin].widen(at, look.noise + lasting * look.people * look.people);
        }
    }

    /// What a reading of an area says by what is known of its sensor.
    fn look(&self, ix: DatastreamIx, zone: ZoneIx, result: f64) -> Look {
        let site = self.site();
        let config = &site.datastreams[ix.index()];
        let layout = &self.home.layouts[zone.index()];
        let reads = (self.state.streams[ix.index()].rate.reads * self.family_factor(ix)).max(1e-3);
        let people = result / reads;
        let area_m2 = site.zones[zone.index()].area_m2.as_ref().map(|area| area.value);
        let density = area_m2.map_or(0.0, |area_m2| result / area_m2);
        let saturated = ((density - SATURATING_PER_M2) / (SATURATION_PER_M2 - SATURATING_PER_M2)).clamp(0.0, 1.0);
        let room = area_m2.map_or(0.0, |area_m2| (PHYSICAL_PER_M2 * area_m2 - people).max(0.0));
        let known = layout.areas.iter().any(|area| area.stream == ix);
        let own = if layout.areas.first().is_some_and(|area| area.stream == ix) {
            self.paces(zone).noise
        } else {
            fresh_variance(config)
        };
        // A further area count's multiplier is not learned: its whole prior is noise each time.
        let share = own + if known { 0.0 } else { ratio_variance(config) };
        let level = scale(people.max(self.state.stocks[zone.index()].ledger.people()));
        let doubt = self.doubt(ix).max(1.0);
        let is_unweighted = !doubt.is_finite();
        let widened = if is_unweighted { 1.0 } else { doubt * doubt };
        let noise = (share * level * level + HEADS * people + WHOLE) * widened;
        Look { people, noise, saturated, hidden: saturated * room * 0.5, room, is_unweighted }
    }

    /// Lets a reading teach the zone.
    fn use_look(&mut self, zone: ZoneIx, (ix, look): (DatastreamIx, Look), cause: CorrectionCause) {
        let layout = &self.home.layouts[zone.index()];
        let people = self.state.stocks[zone.index()].ledger.people();
        let mut innovation = look.people - people;
        if look.is_unweighted {
            // It may be right: the upper bound takes it in; the estimate does not move.
            let sd = libm::sqrt(self.state.stocks[zone.index()].belief.filter.people());
            let above = (innovation / super::interval::Z_90 - sd).max(0.0);
            self.state.stocks[zone.index()].belief.hidden = above;
            return;
        }
        let now = self.now();
        let belief = &mut self.state.stocks[zone.index()].belief;
        belief.hidden = look.hidden;
        belief.looked = Some(now);
        let area = layout.areas.iter().find(|area| area.stream == ix).copied();
        let mut noise = look.noise;
        if look.saturated > 0.0 {
            // A flow that brought people where a camera can no longer count them is not carried on.
            self.state.stocks[zone.index()].belief.drift *= 1.0 - look.saturated;
        }
        if innovation < 0.0 && look.saturated > 0.0 {
            // A lower bound says little of who may be missing from it, but for what can be there at all.
            let open = 1.0 - look.saturated;
            let excess = people - (look.people + FULL * look.room);
            if excess > 0.0 {
                innovation = -excess;
                noise += 0.25 * look.room * look.room;
            } else if open > 0.0 {
                noise /= open * open * open * open;
            } else {
                return;
            }
        }
        let terms = terms(area, people);
        let terms = &terms[..if area.is_some() { 3 } else { 1 }];
        let doubtful = area.is_some_and(|_| ratio_variance(&self.site().datastreams[ix.index()]) > 0.0);
        let (more, is_surprise) = self.surprise(zone, (terms, noise, doubtful), innovation);
        noise += more;
        let layout = &self.home.layouts[zone.index()];
        let is_fixed = is_surprise || layout.is_open;
        let filter = &mut self.state.stocks[zone.index()].belief.filter;
        // Where people come and go uncounted, the count cannot teach its own error; nor can a surprise: the people or the
        // sensor have just changed.
        let considered = |state| layout.is_considered(state) || is_fixed && layout.is_ratio(state);
        if let Some(lesson) = filter.learn(terms, noise, considered) {
            self.take_lesson(zone, &lesson, innovation, cause);
        }
        self.forget_unseen(zone);
    }

    /// A surprise widens what it contradicts: the people, who may have come or gone uncounted; but a sudden fall is first
    /// held to be the sensor's, and believed when it lasts. Returns what to add to the reading's variance, and whether
    /// it is a surprise.
    fn surprise(
        &mut self,
        zone: ZoneIx,
        (terms, noise, doubtful): (&[Term], f64, bool),
        innovation: f64,
    ) -> (f64, bool) {
        let layout = &self.home.layouts[zone.index()];
        let belief = &mut self.state.stocks[zone.index()].belief;
        let expected = belief.filter.variance_of(terms) + noise;
        let square = innovation * innovation;
        let off = (innovation / libm::sqrt(expected)).clamp(-SURPRISE, SURPRISE);
        belief.lean += LEAN_PART * (off - belief.lean);
        // Where everybody is counted, it is the lines' rates that are wrong, and they learn.
        let leans = !layout.is_shut && belief.lean.abs() > LEAN_MOST && belief.lean * off > 0.0;
        if square <= SURPRISE * SURPRISE * expected {
            belief.falls = 0;
            if leans {
                // Off the same way again and again: the estimate lags behind.
                belief.filter.widen(layout.size, 0, square);
            }
            return (0.0, leans);
        }
        let excess = square - expected;
        if innovation > 0.0 || !doubtful || belief.falls >= FALLS_HELD {
            belief.filter.widen(layout.size, 0, excess);
            return (0.0, true);
        }
        belief.falls += 1;
        belief.filter.widen(layout.size, 0, FALL_KEPT * excess);
        (excess, true)
    }

    /// What was learned goes where it belongs: people into the ledger, ratios into the streams.
    pub(crate) fn take_lesson(&mut self, zone: ZoneIx, lesson: &Lesson, innovation: f64, cause: CorrectionCause) {
        let layout = &self.home.layouts[zone.index()];
        let change = |state: usize| lesson.gain[state] * innovation;
        if let Some(state) = layout.unmeasured {
            let belief = &mut self.state.stocks[zone.index()].belief;
            belief.unmeasured = (belief.unmeasured + change(state)).clamp(-0.9, 0.9);
        }
        if let Some(state) = layout.drift {
            self.state.stocks[zone.index()].belief.drift += change(state);
        }
        for area in &layout.areas {
            self.state.streams[area.stream.index()].rate.learn(change(area.lasting), change(area.lasting + 1));
        }
        self.learn_rates(zone, layout, &change);
        self.correct(zone, change(0), cause);
    }

    fn learn_rates(&mut self, zone: ZoneIx, layout: &Layout, change: &impl Fn(usize) -> f64) {
        for (ix, slot) in layout.slots.iter().enumerate().filter(|(_, slot)| slot.owned && slot.prior > 0.0) {
            let by = change(layout.first_slot + ix);
            if let Some(stream) = slot.stream {
                self.state.streams[stream.index()].rate.learn(by, 0.0);
                continue;
            }
            let lines = self.home.zone_lines[zone.index()].iter().filter(|line| line.side == ix);
            for line in lines {
                self.state.streams[line.stream.index()].rate.learn(by, 0.0);
            }
        }
    }

    /// Fuses a plain measurement of a zone's people.
    pub(crate) fn measure(&mut self, zone: ZoneIx, (people, variance): (f64, f64), cause: CorrectionCause) {
        let layout = &self.home.layouts[zone.index()];
        let stock = &mut self.state.stocks[zone.index()];
        let innovation = people - stock.ledger.people();
        let expected = stock.belief.filter.people() + variance;
        // A surprise beyond both errors means that the counts missed something; who is on the spot is believed sooner.
        let believed = if cause == CorrectionCause::Human { 1.0 } else { SURPRISE * SURPRISE };
        let excess = (innovation * innovation - believed * expected).max(0.0);
        stock.belief.filter.widen(layout.size, 0, excess);
        let lesson = stock.belief.filter.learn(&[(0, 1.0)], variance, |state| layout.is_considered(state));
        if let Some(lesson) = lesson {
            self.take_lesson(zone, &lesson, innovation, cause);
            self.move_basins(zone, lesson.gain[0] * innovation);
        }
        self.forget_unseen(zone);
    }

    /// An officer counted a zone's people.
    pub(crate) fn officer_count(&mut self, zone: ZoneIx, people: f64) {
        let sd = (OFFICER_ERROR_SHARE * people).max(1.0);
        let now = self.now();
        self.catch_up(zone, now);
        self.measure(zone, (people, sd * sd), CorrectionCause::Human);
        self.state.stocks[zone.index()].belief.hidden = 0.0;
        self.settle(zone);
    }

    /// An officer bounded a zone's people: true of the moment it is said; afterwards flows move on.
    pub(crate) fn officer_bound(&mut self, zone: ZoneIx, lower: f64, upper: f64) {
        let now = self.now();
        self.catch_up(zone, now);
        let people = self.state.stocks[zone.index()].ledger.people();
        let moved = people.clamp(lower, upper) - people;
        self.correct(zone, moved, CorrectionCause::Human);
        self.move_basins(zone, moved);
        // What is known only to lie between two bounds is spread evenly between them.
        let even = (upper - lower) * (upper - lower) / 12.0;
        let size = self.home.layouts[zone.index()].size;
        self.state.stocks[zone.index()].belief.filter.narrow(size, 0, even.max(1.0));
        self.settle(zone);
    }

    /// Before somebody on the spot is believed, the time since the latest data is in the variance.
    fn catch_up(&mut self, zone: ZoneIx, now: Time) {
        let spread = self.spread(zone);
        let size = self.home.layouts[zone.index()].size;
        let belief = &mut self.state.stocks[zone.index()].belief;
        let more = spread.sd * spread.sd - belief.filter.people();
        belief.filter.widen(size, 0, more.max(0.0));
        belief.until = belief.until.max(Some(now));
    }
}

/// The terms of an area count around `people`.
fn terms(area: Option<AreaAt>, people: f64) -> [Term; 3] {
    let people = people.max(0.0);
    let lasting = area.map_or(0, |area| area.lasting);
    [(0, 1.0), (lasting, people), (lasting + 1, people)]
}
