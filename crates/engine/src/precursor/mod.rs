//! Precursors of a crush: what the flows say before a big number does (docs/warnings.md, rows 47 to 60).
//!
//! Not here: how long evidence must hold and what becomes of a warning (warn), how many people are where (estimate).
//! Invariant: a precursor is raised only by passages that are counted and fresh; silence neither raises one nor lets
//! one go. Densities are what the estimate is sure of three to one, never its upper bound: what is merely uncertain is no
//! precursor.
//!
//! A precursor is judged on the minute; a lock-up also whenever a count of its stair comes in. [`memory`] is what must be
//! remembered for that, [`ways`] what follows from the site.

mod filling;
mod held_back;
mod lock_up;
pub(crate) mod memory;
mod queue;
mod stagnation;
pub(crate) mod ways;

use city::{
    Access, Cause, CauseKind, DatastreamIx, Figure, FigureKind, Knowledge, Level, MeasureKind, Place, Span, ZoneIx,
    ZoneKind,
};

use self::memory::{Flow, Usual};
use self::ways::{Door, Exit};
use crate::measures::in_force;
use crate::turn::Turn;
use crate::warn::Evident;

pub use self::filling::FILLING_HORIZON_S;
pub use self::held_back::{HELD_BACK_S, SATURATED_SHARE};
pub use self::lock_up::LOCKED_SHARE;
pub use self::stagnation::{STAGNANT_OUTFLOW_PER_M_S, STAGNATION_PER_M2, STAGNATION_S};

/// A count older than its interval and this is not of now, seconds.
const FRESH_S: i64 = 90;

/// An area count this old may still contradict what lines say.
const CONTRADICTS_FOR: Span = Span::from_seconds(75);

/// Kinds of precursors, in the order they are judged in: a queue asks what is held back.
pub(crate) const KINDS: [CauseKind; 5] =
    [CauseKind::HeldBack, CauseKind::Stagnation, CauseKind::LockUp, CauseKind::Filling, CauseKind::Queue];

/// What the numbers of a precursor say.
pub(crate) struct Sign {
    /// The level they reach.
    level: Level,
    /// The level they have not left.
    held: Level,
    /// The number that decides.
    value: f64,
    /// The threshold it is compared with.
    pub(crate) threshold: f64,
    /// All numbers.
    pub(crate) figures: Vec<Figure>,
}

/// How strictly a rule is read: to raise as written, to hold with the clear margin.
#[derive(Clone, Copy)]
struct Margin(f64);

impl Margin {
    /// A threshold that must be reached.
    fn at_least(self, threshold: f64) -> f64 {
        threshold * self.0
    }

    /// A threshold that must not be passed.
    fn at_most(self, threshold: f64) -> f64 {
        threshold / self.0
    }

    /// The density to read: to raise what is surely there, to hold what is likely.
    fn read(self, density: Density) -> f64 {
        if self.0 < 1.0 { density.likely } else { density.surely }
    }
}

/// Density of the densest part of a zone, people/m².
#[derive(Clone, Copy, Debug)]
struct Density {
    /// By the estimate.
    likely: f64,
    /// What it is at least, three to one.
    surely: f64,
}

/// No more people than this stand on a square metre of a whole zone: an estimate above it is an error of its lines.
const POSSIBLE_PER_M2: f64 = 10.0;

/// From the estimate to its lower quartile, as a share of the way to its upper 95 % bound (normal distribution).
const QUARTILE_SHARE: f64 = 0.41;

/// As written.
const STRICT: Margin = Margin(1.0);

fn figure(kind: FigureKind, value: f64) -> Figure {
    Figure { kind, value }
}

impl Turn<'_> {
    /// A zone was settled: note what its lines carried, judge the stair it is part of or leads to.
    pub(crate) fn look_ahead(&mut self, zone: ZoneIx) {
        let home = self.home;
        let mut stairs = home.ways.stair_of[zone.index()];
        for line in &home.zone_lines[zone.index()] {
            if self.take_flow(line.stream) {
                stairs = stairs.or(home.ways.stair_of_line[line.stream.index()]);
            }
        }
        if let Some(stair) = stairs {
            self.judge_precursor(Cause { place: home.ways.stairs[stair].place, kind: CauseKind::LockUp });
        }
    }

    /// The minute is full: note the densities, judge every precursor.
    pub(crate) fn look_ahead_minute(&mut self) {
        let home = self.home;
        for ix in 0..self.state.stocks.len() {
            let peak = self.peak_now(ix.into()).filter(|_| self.knowledge(ix.into()) != Knowledge::Unknown);
            let trend = &mut self.state.precursors.trends[ix];
            match peak {
                Some(peak) => trend.push(peak),
                None => trend.forget(),
            }
        }
        for (ix, counted) in home.ways.links.iter().enumerate() {
            if counted.forward.is_some() || counted.backward.is_some() {
                self.judge_precursor(Cause { place: Place::Link(ix.into()), kind: CauseKind::HeldBack });
            }
        }
        for stair in &home.ways.stairs {
            self.judge_precursor(Cause { place: stair.place, kind: CauseKind::LockUp });
        }
        for ix in 0..self.state.stocks.len() {
            let place = Place::Zone(ix.into());
            self.judge_precursor(Cause { place, kind: CauseKind::Stagnation });
            self.judge_precursor(Cause { place, kind: CauseKind::Filling });
            if home.site.zones[ix].access == Access::VehicleUntilOpened {
                self.judge_precursor(Cause { place, kind: CauseKind::Queue });
            }
        }
        for ix in 0..home.site.gates.len() {
            self.judge_precursor(Cause { place: Place::Gate(ix.into()), kind: CauseKind::Queue });
        }
    }

    /// What precursors rest on fell silent or speaks again: judge those that are under watch.
    pub(crate) fn look_again(&mut self) {
        let watched: Vec<Cause> =
            self.state.watches.keys().copied().filter(|cause| KINDS.contains(&cause.kind)).collect();
        for cause in watched {
            self.judge_precursor(cause);
        }
    }

    /// Judges one precursor.
    fn judge_precursor(&mut self, cause: Cause) {
        let sign = self.sign(cause);
        let is_normal = sign.as_ref().is_none_or(|sign| sign.level == Level::Normal);
        if is_normal && !self.state.watches.contains(cause) {
            return;
        }
        let known = self.is_all_heard(cause);
        let evident = match sign {
            Some(Sign { level, held, value, .. }) => Evident { level, held, known, value: Some(value) },
            None => Evident { known, ..Evident::default() },
        };
        self.judge(cause, evident);
    }

    /// What the numbers of a cause say; `None` when there is no sign of it or its passages are not known.
    pub(crate) fn sign(&self, cause: Cause) -> Option<Sign> {
        match (cause.kind, cause.place) {
            (CauseKind::HeldBack, Place::Link(link)) => self.held_back(link),
            (CauseKind::LockUp, place) => self.lock_up(place),
            (CauseKind::Stagnation, Place::Zone(zone)) => self.stagnation(zone),
            (CauseKind::Filling, Place::Zone(zone)) => self.filling(zone),
            (CauseKind::Queue, Place::Gate(gate)) => self.queue_at_gate(gate),
            (CauseKind::Queue, Place::Zone(zone)) => self.queue_on_road(zone),
            _ => None,
        }
    }

    /// The numbers of a precursor, and for how long it has been so.
    pub(crate) fn precursor_figures(&self, cause: Cause) -> Vec<Figure> {
        let Some(sign) = self.sign(cause) else { return Vec::new() };
        let since = self.state.watches.get(&cause).and_then(|watch| watch.warning_since);
        let lasts = since.map(|since| figure(FigureKind::ForS, self.now().since(since).seconds()));
        sign.figures.into_iter().chain(lasts).collect()
    }

    /// The datastreams a precursor rests on, lines first; none for another cause.
    pub(crate) fn precursor_streams(&self, cause: Cause) -> Vec<DatastreamIx> {
        if !KINDS.contains(&cause.kind) {
            return Vec::new();
        }
        let ways = &self.home.ways;
        let mut streams = Vec::new();
        let mut zones = Vec::new();
        match cause.place {
            Place::Link(link) => {
                let config = &self.site().links[link.index()];
                streams.extend(
                    [ways.links[link.index()].forward, ways.links[link.index()].backward].into_iter().flatten(),
                );
                zones.extend([config.from, config.to]);
            }
            Place::Gate(gate) => {
                streams.extend(
                    [ways.gates[gate.index()].forward, ways.gates[gate.index()].backward].into_iter().flatten(),
                );
                zones.push(self.site().gates[gate.index()].zone);
            }
            Place::Zone(zone) => match ways.stair_of[zone.index()].map(|stair| &ways.stairs[stair]) {
                Some(stair) if cause.kind == CauseKind::LockUp => {
                    streams.extend(stair.exits.iter().flat_map(|exit| [exit.leave, exit.enter]).flatten());
                    zones.extend(&stair.zones);
                }
                _ => zones.push(zone),
            },
            _ => {}
        }
        for stream in zones.into_iter().flat_map(|zone| self.home.streams_of(zone)) {
            if !streams.contains(&stream) {
                streams.push(stream);
            }
        }
        streams
    }

    /// Whether all a precursor rests on speaks, and its lines have counted lately.
    fn is_all_heard(&self, cause: Cause) -> bool {
        let streams = self.precursor_streams(cause);
        let is_line = |ix: &DatastreamIx| self.home.ways.brief_s[ix.index()].is_some();
        streams.iter().filter(|ix| is_line(ix)).all(|ix| self.flow(*ix).is_some())
            && self.is_heard(streams.iter().copied())
    }

    /// Notes what a line carried in an interval that is not noted yet. True if there was one.
    fn take_flow(&mut self, ix: DatastreamIx) -> bool {
        let Some(brief_s) = self.home.ways.brief_s[ix.index()] else { return false };
        let config = &self.site().datastreams[ix.index()];
        let stream = &self.state.streams[ix.index()];
        let Some(end) = stream.end_after(self.home.intervals[ix.index()]) else { return false };
        let is_missing = stream.latest.is_none_or(|latest| latest.result.is_none());
        if is_missing || self.state.precursors.flows[ix.index()].until >= Some(end) {
            return false;
        }
        let Some(per_s) = self.line_rate_per_s(ix) else { return false };
        let interval_s = f64::from(config.interval_s);
        let usual = if self.is_locked(ix) { Usual::HeldStill } else { Usual::Follows };
        self.state.precursors.flows[ix.index()].take(per_s, (interval_s, brief_s), end, usual);
        true
    }

    /// What a line carries; `None` unless it has counted lately.
    fn flow(&self, ix: DatastreamIx) -> Option<&Flow> {
        let config = &self.site().datastreams[ix.index()];
        let flow = &self.state.precursors.flows[ix.index()];
        let fresh_s = FRESH_S + i64::from(config.interval_s) + i64::from(config.delay_s);
        let is_fresh = flow.until?.plus(Span::from_seconds(fresh_s)) >= self.now();
        is_fresh.then_some(flow)
    }

    /// What passes now, people per second; `None` unless it is counted and fresh.
    fn passing(&self, line: Option<DatastreamIx>) -> Option<f64> {
        Some(self.flow(line?)?.brief)
    }

    /// Density of the densest part of a zone, people/m².
    fn peak_now(&self, zone: ZoneIx) -> Option<f64> {
        let area_m2 = self.site().zones[zone.index()].area_m2.as_ref()?.value;
        let mean = self.state.stocks[zone.index()].shown?.people / area_m2;
        Some(mean.min(POSSIBLE_PER_M2) * self.site().zones[zone.index()].peak_factor)
    }

    /// The same with what it is at least, where it is `from` or above.
    fn peak_from(&self, zone: ZoneIx, from: f64) -> Option<Density> {
        if self.peak_now(zone)? < from { None } else { self.peak(zone) }
    }

    /// The same with what it is at least: nothing where an area count contradicts it, where one that repeats another or
    /// itself may have made it, or where it cannot be.
    fn peak(&self, zone: ZoneIx) -> Option<Density> {
        let (mean, upper) = self.density_now(zone)?;
        let factor = self.site().zones[zone.index()].peak_factor;
        let at_least = (mean - QUARTILE_SHARE * (upper - mean)).max(0.0);
        let caution = self.site().zones[zone.index()].ladder.value.caution;
        let is_doubtful = mean > POSSIBLE_PER_M2 || self.is_contradicted(zone, caution) || self.is_misled(zone);
        let surely = if is_doubtful { 0.0 } else { at_least };
        Some(Density { likely: mean.min(POSSIBLE_PER_M2) * factor, surely: surely * factor })
    }

    /// Whether an area count as recent as the counts of lines, of a camera that nothing was found against, sees a zone
    /// whose densest part is below `per_m2`: then a line that reads too little makes it look full.
    fn is_contradicted(&self, zone: ZoneIx, per_m2: f64) -> bool {
        let config = &self.site().zones[zone.index()];
        let Some(area_m2) = config.area_m2.as_ref().map(|area| area.value) else { return false };
        let least = per_m2 / config.peak_factor;
        self.home.zone_areas[zone.index()].iter().any(|ix| {
            let stream = &self.state.streams[ix.index()];
            let seen = stream.latest.filter(|_| stream.findings.is_empty());
            let people = seen.filter(|latest| latest.phenomenon_time.plus(CONTRADICTS_FOR) >= self.now());
            let reads = self.site().datastreams[ix.index()].reads_per_person.mean.max(f64::MIN_POSITIVE);
            people.and_then(|latest| latest.result).is_some_and(|result| result / reads / area_m2 < least)
        })
    }

    /// Whether an area count of a zone was found to repeat another or itself: what it said before that is in the estimate.
    fn is_misled(&self, zone: ZoneIx) -> bool {
        self.home.zone_areas[zone.index()].iter().any(|ix| self.doubt(*ix) == f64::INFINITY)
    }

    /// Change of a zone's people, per second, while its density changes by `per_m2_min`.
    fn people_per_s(&self, zone: ZoneIx, per_m2_min: f64) -> f64 {
        let config = &self.site().zones[zone.index()];
        let area_m2 = config.area_m2.as_ref().map_or(0.0, |area| area.value);
        per_m2_min / 60.0 * area_m2 / config.peak_factor
    }

    /// Whether people stand and look in a zone rather than pass.
    fn is_for_standing(&self, zone: ZoneIx) -> bool {
        self.site().zones[zone.index()].kind == ZoneKind::Standing
    }

    /// Whether a measure of a kind is in force at a place.
    fn is_in_force(&self, kind: MeasureKind, place: Place) -> bool {
        in_force(self.site(), self.state, place).any(|it| it == kind)
    }

    /// Whether people may leave by an exit: not closed, and no road of vehicles.
    fn is_passable(&self, exit: &Exit) -> bool {
        let place = match exit.door {
            Door::Link(link) => Place::Link(link),
            Door::Gate(gate) => Place::Gate(gate),
        };
        let is_road = exit.beyond.is_some_and(|zone| {
            self.site().zones[zone.index()].access == Access::VehicleUntilOpened
                && !self.is_in_force(MeasureKind::OpenRoad, Place::Zone(zone))
        });
        !is_road && !self.is_in_force(MeasureKind::Close, place)
    }

    /// The clear margin of the site.
    fn clear_margin(&self) -> Margin {
        Margin(self.site().rules.clear_ratio.max(0.5))
    }

    /// The level of something that is there or not: strictly, and with the clear margin.
    fn graded(&self, level: Level, holds: impl Fn(Margin) -> bool) -> (Level, Level) {
        if holds(STRICT) {
            (level, level)
        } else if holds(self.clear_margin()) {
            (Level::Normal, level)
        } else {
            (Level::Normal, Level::Normal)
        }
    }
}

impl crate::index::Home {
    /// Whether the site still has what a precursor is judged by.
    pub(crate) fn judges_precursor(&self, cause: Cause) -> bool {
        let has_area =
            |zone: ZoneIx| self.site.zones[zone.index()].area_m2.is_some() && self.streams_of(zone).next().is_some();
        match (cause.kind, cause.place) {
            (CauseKind::HeldBack, Place::Link(link)) => {
                let config = &self.site.links[link.index()];
                let counted = self.ways.links[link.index()];
                (counted.forward.is_some() || counted.backward.is_some())
                    && (has_area(config.from) || has_area(config.to))
            }
            (CauseKind::LockUp, place) => {
                self.ways.stair_at(place).is_some_and(|stair| stair.exits.iter().any(Exit::is_counted))
            }
            (CauseKind::Stagnation, Place::Zone(zone)) => {
                has_area(zone) && stagnation::is_counted(&self.ways.exits[zone.index()])
            }
            (CauseKind::Filling, Place::Zone(zone)) => has_area(zone),
            (CauseKind::Queue, Place::Gate(gate)) => {
                queue::has_stairs(self.site.gates[gate.index()].kind) && has_area(self.site.gates[gate.index()].zone)
            }
            (CauseKind::Queue, Place::Zone(zone)) => self.site.zones[zone.index()].access == Access::VehicleUntilOpened,
            _ => false,
        }
    }
}
