//! Occupancy: people in zones and groups, from flows and measurements, with their uncertainty.
//!
//! Not here: warnings (warn), what a screen shows (views).
//! Invariant: people = initial + inflow − outflow + corrections, each correction an event (INV-03); a link takes from
//! one zone exactly what it gives to the other.
//!
//! A zone is *settled*, that is floored, shown and judged, when all its lines that are not silent have counted up to the
//! same moment, or [`SETTLE_S`] after the first of them did. Without that the in-count of a minute alone, a moment before
//! the out-count, would look like a surge.

pub use city::COUNT_MAX;
use city::{
    Correction, CorrectionCause, DatastreamIx, Event, FeedHealth, GroupIx, Knowledge, Level, Occupancy, Role, Span,
    Time, Zone, ZoneIx, ZoneSample,
};
use serde::{Deserialize, Serialize};

use crate::index::ZoneLine;
use crate::state::Ledger;
use crate::stream::{Counted, Reading, Stream, UNSEEN_MAX_S};
use crate::timers::Timer;
use crate::turn::Turn;

/// How long a zone waits for its other lines before it is judged with those that are in, seconds.
pub const SETTLE_S: u32 = 5;

/// Above this density an area count saturates and its error is doubled, people/m² (DESIGN: counting).
pub const SATURATION_PER_M2: f64 = 4.0;

/// One standard deviation of an officer's count, as a share of it (assumption: crowd estimates by eye).
pub const OFFICER_ERROR_SHARE: f64 = 0.1;

/// Share of a measurement's error that repeating it never averages away: most of it is bias.
const LASTING_ERROR_SHARE: f64 = 0.5;

/// Half-width of the 90 % interval of a normal distribution, standard deviations.
pub(crate) const Z_90: f64 = 1.644_853_626_951_472_2;

/// Half-width of the 50 % interval of a normal distribution, standard deviations.
const Z_50: f64 = 0.674_489_750_196_081_7;

/// A zone that heard nothing for so long is sampled no more, seconds.
const SAMPLE_STALE_S: i64 = 24 * 3600;

/// Ends of intervals this close together are the same moment.
const UNEVEN: Span = Span::from_micros(500_000);

/// A minute.
const MINUTE: Span = Span::from_seconds(60);

/// A zone's people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stock {
    /// Where they come from.
    pub(crate) ledger: Ledger,
    /// Variance at the last measurement, people².
    pub(crate) variance: f64,
    /// Since when counts wait to be judged.
    pub(crate) pending: Option<Time>,
    /// What was last judged; absent until something was heard.
    pub(crate) shown: Option<Shown>,
}

/// A zone's estimate as judged and shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shown {
    /// People.
    pub(crate) people: f64,
    /// One standard deviation, people.
    pub(crate) sd: f64,
    /// End of the latest interval it rests on.
    pub(crate) as_of: Option<Time>,
    /// When it was judged.
    pub(crate) at: Time,
}

impl Shown {
    /// With the 90 % interval, which never reaches below nobody.
    pub(crate) fn occupancy(&self) -> Occupancy {
        let half = Z_90 * self.sd;
        Occupancy { people: self.people, p05: (self.people - half).max(0.0), p95: self.people + half }
    }
}

impl Stock {
    /// At the start of a site.
    pub(crate) fn at_start(zone: &Zone) -> Self {
        let initial = zone.initial.value;
        Self {
            ledger: Ledger { initial: initial.people, ..Ledger::default() },
            variance: initial.sd * initial.sd,
            pending: None,
            shown: None,
        }
    }
}

/// A measurement of a zone's people.
struct Measurement {
    people: f64,
    sd: f64,
    cause: CorrectionCause,
}

impl Turn<'_> {
    /// A count of a gate or link, in its place in order.
    pub(crate) fn count(&mut self, ix: DatastreamIx, result: Option<f64>, missed_s: f64) {
        let config = &self.site().datastreams[ix.index()];
        let stream = &mut self.state.streams[ix.index()];
        let unseen_s = missed_s + if result.is_none() { f64::from(config.interval_s) } else { 0.0 };
        if unseen_s > 0.0 {
            let unseen = stream.rate_per_s(config) * unseen_s;
            stream.counted.iter_mut().for_each(|side| side.unseen += unseen);
        }
        if result.is_some() {
            stream.number = result;
        }
        self.add_people(ix, result.unwrap_or(0.0));
    }

    /// People (or a revision's difference) pass a counting line.
    pub(crate) fn add_people(&mut self, ix: DatastreamIx, people: f64) {
        let line = self.home.lines[ix.index()];
        for counted in &mut self.state.streams[ix.index()].counted {
            counted.people += people;
        }
        if let Some(zone) = line.into {
            self.state.stocks[zone.index()].ledger.inflow += people;
        }
        if let Some(zone) = line.out_of {
            self.state.stocks[zone.index()].ledger.outflow += people;
        }
        for zone in [line.into, line.out_of].into_iter().flatten() {
            self.unsettle(zone);
        }
    }

    /// Counts of a zone came: judge it now if they are complete, soon otherwise.
    fn unsettle(&mut self, zone: ZoneIx) {
        if self.state.stocks[zone.index()].pending.is_none() {
            let due = self.after(SETTLE_S);
            self.state.stocks[zone.index()].pending = Some(self.now());
            self.state.timers.set(due, Timer::Settle(zone));
        }
        if self.is_complete(zone) {
            self.settle(zone);
        }
    }

    /// Whether all lines of a zone that are not silent have counted up to the same moment, give or take half a second.
    ///
    /// A line that has never spoken may be about to: its zone waits for it each time.
    fn is_complete(&self, zone: ZoneIx) -> bool {
        let mut bounds: Option<(Time, Time)> = None;
        for line in &self.home.zone_lines[zone.index()] {
            let stream = &self.state.streams[line.stream.index()];
            if stream.health == FeedHealth::Silent {
                continue;
            }
            let Some(end) = stream.end(&self.site().datastreams[line.stream.index()]) else { return false };
            let (low, high) = bounds.map_or((end, end), |(low, high)| (low.min(end), high.max(end)));
            if high.since(low) > UNEVEN {
                return false;
            }
            bounds = Some((low, high));
        }
        true
    }

    /// The wait of a zone is over.
    pub(crate) fn settle_if_due(&mut self, zone: ZoneIx) {
        let pending = self.state.stocks[zone.index()].pending;
        if pending.is_some_and(|since| since.plus(Span::from_seconds(i64::from(SETTLE_S))) <= self.now()) {
            self.settle(zone);
        }
    }

    /// Floors, shows and judges a zone.
    pub(crate) fn settle(&mut self, zone: ZoneIx) {
        if let Some(since) = self.state.stocks[zone.index()].pending.take() {
            self.state.timers.cancel(since.plus(Span::from_seconds(i64::from(SETTLE_S))), Timer::Settle(zone));
        }
        let people = self.state.stocks[zone.index()].ledger.people();
        if people < 0.0 {
            self.correct(zone, -people, CorrectionCause::Floor);
        }
        self.show(zone);
        self.touch_zone(zone);
        self.judge_zone(zone);
        for group in &self.home.zone_groups[zone.index()] {
            self.unsettle_group(*group);
        }
        self.look_ahead(zone);
        self.keep_sampling();
    }

    /// Recomputes what is shown of a zone.
    fn show(&mut self, zone: ZoneIx) {
        let as_of = self.as_of(zone);
        if as_of.is_none()
            && self.state.stocks[zone.index()].shown.is_none()
            && self.knowledge(zone) == Knowledge::Unknown
        {
            return;
        }
        let sd = libm::sqrt(self.variance(zone));
        let now = self.now();
        let stock = &mut self.state.stocks[zone.index()];
        let people = stock.ledger.people().max(0.0);
        stock.shown = Some(Shown { people, sd, as_of, at: now });
    }

    /// End of the latest interval a zone rests on.
    fn as_of(&self, zone: ZoneIx) -> Option<Time> {
        let end = |ix: DatastreamIx| self.state.streams[ix.index()].end(&self.site().datastreams[ix.index()]);
        self.home.streams_of(zone).filter_map(end).max()
    }

    /// Variance of a zone's people: of the last measurement, plus each line's error since, which is bias and so grows
    /// in proportion to what the line has counted; lines err independently of each other.
    fn variance(&self, zone: ZoneIx) -> f64 {
        let mut variance = self.state.stocks[zone.index()].variance;
        for line in &self.home.zone_lines[zone.index()] {
            let error = self.line_error(*line);
            variance += error * error;
        }
        variance
    }

    /// What a line may have miscounted since its zone's last measurement, people.
    pub(crate) fn line_error(&self, line: ZoneLine) -> f64 {
        let config = &self.site().datastreams[line.stream.index()];
        let stream = &self.state.streams[line.stream.index()];
        let counted = stream.counted[line.side];
        let mut error = config.error_share * counted.people.abs() + counted.unseen;
        if stream.health == FeedHealth::Silent
            && let Some(end) = stream.end(config)
        {
            error += stream.rate_per_s(config) * self.now().since(end).seconds().clamp(0.0, UNSEEN_MAX_S);
        }
        error
    }

    /// Adds people that no flow explains.
    fn correct(&mut self, zone: ZoneIx, people: f64, by: CorrectionCause) {
        if people == 0.0 {
            return;
        }
        self.state.stocks[zone.index()].ledger.corrections += people;
        let at = self.now();
        self.emit(Event::Corrected(Correction { zone, at, people, by }));
    }

    /// An area count: a measurement of the zone's people, with an error of its own.
    pub(crate) fn area_count(&mut self, ix: DatastreamIx, zone: ZoneIx, reading: Reading) {
        let site = self.site();
        let Some(people) = reading.result else {
            self.unsettle(zone);
            return;
        };
        self.state.streams[ix.index()].number = Some(people);
        self.state.streams[ix.index()].level = self.level_of_result(ix, people);
        let area_m2 = site.zones[zone.index()].area_m2.as_ref().map(|area| area.value);
        let saturated = area_m2.is_some_and(|area_m2| people / area_m2 > SATURATION_PER_M2);
        let share = site.datastreams[ix.index()].error_share * if saturated { 2.0 } else { 1.0 };
        let cause = CorrectionCause::AreaCount { datastream: ix, phenomenon_time: reading.phenomenon_time };
        self.measure(zone, &Measurement { people, sd: (share * people).max(1.0), cause });
        self.settle(zone);
    }

    /// Fuses a measurement with what the flows say, each weighed by its variance.
    fn measure(&mut self, zone: ZoneIx, measurement: &Measurement) {
        let own = measurement.sd * measurement.sd;
        let people = self.state.stocks[zone.index()].ledger.people();
        let innovation = measurement.people - people;
        let counted = self.home.zone_lines[zone.index()]
            .iter()
            .any(|line| self.state.streams[line.stream.index()].applied.is_some());
        // Without a line nothing else is known; a surprise beyond both errors means the flows missed something.
        let prior = self.variance(zone).max(innovation * innovation - own);
        let gain = if counted { prior / (prior + own) } else { 1.0 };
        self.correct(zone, gain * innovation, measurement.cause);
        let lasting = LASTING_ERROR_SHARE * measurement.sd;
        let posterior = if counted { (1.0 - gain) * prior } else { own };
        self.state.stocks[zone.index()].variance = posterior.max(lasting * lasting);
        for line in &self.home.zone_lines[zone.index()] {
            self.state.streams[line.stream.index()].counted[line.side] = Counted::default();
        }
    }

    /// An officer counted a zone's people.
    pub(crate) fn officer_count(&mut self, zone: ZoneIx, people: f64) {
        let sd = (OFFICER_ERROR_SHARE * people).max(1.0);
        self.measure(zone, &Measurement { people, sd, cause: CorrectionCause::Human });
        self.settle(zone);
    }

    /// An officer bounded a zone's people: true of the moment it is said; afterwards flows move on.
    pub(crate) fn officer_bound(&mut self, zone: ZoneIx, lower: f64, upper: f64) {
        let people = self.state.stocks[zone.index()].ledger.people();
        self.correct(zone, people.clamp(lower, upper) - people, CorrectionCause::Human);
        self.settle(zone);
    }

    /// What is known of a zone.
    pub(crate) fn knowledge(&self, zone: ZoneIx) -> Knowledge {
        knowledge(&self.state.streams, self.home.streams_of(zone))
    }

    /// The level of one result of a stream by itself.
    pub(crate) fn level_of_result(&self, ix: DatastreamIx, result: f64) -> Level {
        let config = &self.site().datastreams[ix.index()];
        match config.role {
            Role::Indicator | Role::GateCount { .. } | Role::LinkCount { .. } | Role::GroupCount { .. } => {
                config.levels.as_ref().map_or(Level::Normal, |levels| levels.level(result))
            }
            Role::AreaCount { zone } => {
                let zone = &self.site().zones[zone.index()];
                zone.area_m2
                    .as_ref()
                    .map_or(Level::Normal, |area| zone.ladder.value.level(result / area.value * zone.peak_factor))
            }
        }
    }

    /// A member changed: judge the group when all members are in.
    pub(crate) fn unsettle_group(&mut self, group: GroupIx) {
        if self.state.unsettled_groups.insert(group) {
            let due = self.after(SETTLE_S);
            self.state.timers.set(due, Timer::SettleGroup(group));
        }
        let waits = |zone: &ZoneIx| self.state.stocks[zone.index()].pending.is_some();
        if !self.site().groups[group.index()].members.iter().any(waits) {
            self.settle_group(group);
        }
    }

    /// The wait of a group is over.
    pub(crate) fn settle_group_if_due(&mut self, group: GroupIx) {
        if self.state.unsettled_groups.contains(&group) {
            self.settle_group(group);
        }
    }

    fn settle_group(&mut self, group: GroupIx) {
        self.state.unsettled_groups.remove(&group);
        self.touch_group(group);
        self.judge_group(group);
    }

    /// The timers of zones that wait, and of the minute.
    pub(crate) fn set_zone_timers(&mut self) {
        for (ix, stock) in self.state.stocks.iter().enumerate() {
            if let Some(since) = stock.pending {
                let due = since.plus(Span::from_seconds(i64::from(SETTLE_S)));
                self.state.timers.set(due, Timer::Settle(ix.into()));
            }
        }
        if self.state.sampling {
            self.state.timers.set(self.state.now.floor(MINUTE).plus(MINUTE), Timer::Minute);
        }
    }

    /// Starts the minute timer if it does not run.
    fn keep_sampling(&mut self) {
        if !self.state.sampling {
            self.state.sampling = true;
            let next = self.now().floor(MINUTE).plus(MINUTE);
            self.state.timers.set(next, Timer::Minute);
        }
    }

    /// The minute is full: note what each zone is estimated at, and widen what rests on silent feeds.
    pub(crate) fn sample_zones(&mut self) {
        let now = self.now();
        let mut any = false;
        for ix in 0..self.state.stocks.len() {
            let zone = ZoneIx::from(ix);
            let Some(shown) = self.state.stocks[ix].shown else { continue };
            let heard = shown.as_of.unwrap_or(shown.at);
            if now.since(heard) > Span::from_seconds(SAMPLE_STALE_S) {
                continue;
            }
            any = true;
            let knowledge = self.knowledge(zone);
            if knowledge == Knowledge::Unknown {
                continue;
            }
            if knowledge == Knowledge::Partial && self.state.stocks[ix].pending.is_none() {
                self.show(zone);
                self.touch_zone(zone);
            }
            let shown = self.state.stocks[ix].shown.unwrap_or(shown);
            let Occupancy { people, p05, p95 } = shown.occupancy();
            let half = Z_50 * shown.sd;
            let (p25, p75) = ((people - half).max(0.0), people + half);
            self.emit(Event::ZoneSample(ZoneSample { zone, at: now, people, p05, p25, p75, p95 }));
        }
        self.state.sampling = any;
        if any {
            self.state.timers.set(now.plus(MINUTE), Timer::Minute);
        }
    }
}

/// What is known from `sources`: nothing while all wait or are silent, part while some do.
pub(crate) fn knowledge(streams: &[Stream], sources: impl Iterator<Item = DatastreamIx>) -> Knowledge {
    let (mut speaking, mut all) = (0_u32, 0_u32);
    for ix in sources {
        all += 1;
        speaking += u32::from(streams[ix.index()].health == FeedHealth::Speaking);
    }
    match speaking {
        0 => Knowledge::Unknown,
        _ if speaking == all => Knowledge::Known,
        _ => Knowledge::Partial,
    }
}
