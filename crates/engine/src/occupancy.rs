//! Occupancy: when zones and groups are settled, what is then shown of them, and the samples of each minute.
//!
//! Not here: the numbers and how sure they are (estimate), warnings (warn), what a screen shows (views).
//! Invariant: people = initial + inflow − outflow + corrections, each correction an event (INV-03); a link takes from
//! one zone exactly what it gives to the other.
//!
//! A zone is *settled*, that is floored, shown and judged, when all its lines that are not silent have counted up to the
//! same moment, or [`SETTLE_S`] after the first of them did. Without that the in-count of a minute alone, a moment before
//! the out-count, would look like a surge.

pub use city::COUNT_MAX;
use city::{
    Correction, CorrectionCause, DatastreamIx, Event, FeedHealth, GroupIx, GroupSample, Knowledge, Level, Occupancy,
    Role, Span, Time, ZoneIx, ZoneSample,
};
use serde::{Deserialize, Serialize};

pub use crate::estimate::area::SATURATION_PER_M2;
use crate::estimate::interval::{Spread, Z_50, Z_90};
use crate::estimate::lock::Locking;
use crate::estimate::zone::Belief;
use crate::index::Home;
use crate::state::{Ledger, State};
use crate::timers::Timer;
use crate::turn::Turn;
use crate::views::group_people;

/// How long a zone waits for its other lines before it is judged with those that are in, seconds.
pub const SETTLE_S: u32 = 5;

/// Silence of everything that tells of a zone for so long makes it unknown, seconds.
pub const UNKNOWN_AFTER_S: u32 = 3600;

/// Groups of up to so many members are judged as soon as all of them are settled; larger ones after [`SETTLE_S`].
const SMALL_GROUP: usize = 16;

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
    /// What is believed of them.
    pub(crate) belief: Belief,
    /// What lines read in and out since the last locking, or ever.
    pub(crate) counted: [f64; 2],
    /// The last locking.
    pub(crate) span: Locking,
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
    /// One standard deviation of what a sensor may hide, people; upward only.
    pub(crate) hidden: f64,
    /// End of the latest interval it rests on.
    pub(crate) as_of: Option<Time>,
    /// When it was judged.
    pub(crate) at: Time,
}

impl Shown {
    /// As a distribution.
    pub(crate) fn spread(&self) -> Spread {
        Spread { people: self.people, sd: self.sd, hidden: self.hidden }
    }

    /// With the 90 % interval, which never reaches below nobody.
    pub(crate) fn occupancy(&self) -> Occupancy {
        let (p05, p95) = self.spread().bounds(Z_90);
        Occupancy { people: self.people, p05, p95 }
    }
}

impl Stock {
    /// At the start of a site.
    pub(crate) fn at_start(home: &Home, zone: ZoneIx) -> Self {
        let initial = home.site.zones[zone.index()].initial.value;
        let filter = home.layouts[zone.index()].start(&home.site, zone, initial.sd * initial.sd);
        Self {
            ledger: Ledger { initial: initial.people, ..Ledger::default() },
            belief: Belief { filter, ..Belief::default() },
            ..Self::default()
        }
    }
}

impl Turn<'_> {
    /// Counts of a zone came: judge it now if they are complete, soon otherwise.
    pub(crate) fn unsettle(&mut self, zone: ZoneIx) {
        if self.is_complete(zone) {
            self.settle(zone);
        } else if self.state.stocks[zone.index()].pending.is_none() {
            let due = self.after(SETTLE_S);
            self.state.stocks[zone.index()].pending = Some(self.now());
            self.state.timers.set(due, Timer::Settle(zone));
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
            let Some(end) = stream.end_after(self.home.intervals[line.stream.index()]) else { return false };
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
        self.add_unmeasured(zone);
        let as_of = self.as_of(zone);
        if let Some(as_of) = as_of {
            self.propagate(zone, as_of);
        }
        self.floor(zone);
        self.share_rates(zone);
        self.show_as_of(zone, as_of);
        self.touch_zone(zone);
        self.judge_zone(zone);
        for group in &self.home.zone_groups[zone.index()] {
            self.unsettle_group(*group);
        }
        self.look_ahead(zone);
        self.balance_soon();
        self.keep_sampling();
    }

    /// Nobody is below zero: by as much the counters are wrong, and so may they be from now on.
    fn floor(&mut self, zone: ZoneIx) {
        let people = self.state.stocks[zone.index()].ledger.people();
        if people < 0.0 {
            self.correct(zone, -people, CorrectionCause::Floor);
            let size = self.home.layouts[zone.index()].size;
            self.state.stocks[zone.index()].belief.filter.widen(size, 0, 0.25 * people * people);
        }
    }

    /// Recomputes what is shown of a zone.
    pub(crate) fn show(&mut self, zone: ZoneIx) {
        self.show_as_of(zone, self.as_of(zone));
    }

    fn show_as_of(&mut self, zone: ZoneIx, as_of: Option<Time>) {
        if as_of.is_none()
            && self.state.stocks[zone.index()].shown.is_none()
            && self.knowledge(zone) == Knowledge::Unknown
        {
            return;
        }
        let Spread { people, sd, hidden } = self.spread(zone);
        let at = self.now();
        self.state.stocks[zone.index()].shown = Some(Shown { people, sd, hidden, as_of, at });
    }

    /// End of the latest interval a zone rests on.
    fn as_of(&self, zone: ZoneIx) -> Option<Time> {
        let end = |ix: DatastreamIx| self.state.streams[ix.index()].end_after(self.home.intervals[ix.index()]);
        self.home.streams_of(zone).filter_map(end).max()
    }

    /// Adds people that no flow explains.
    pub(crate) fn correct(&mut self, zone: ZoneIx, people: f64, by: CorrectionCause) {
        if people == 0.0 {
            return;
        }
        self.state.stocks[zone.index()].ledger.corrections += people;
        let at = self.now();
        self.emit(Event::Corrected(Correction { zone, at, people, by }));
    }

    /// What is known of a zone.
    pub(crate) fn knowledge(&self, zone: ZoneIx) -> Knowledge {
        knowledge(self.state, self.home.streams_of(zone))
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
        let members = &self.site().groups[group.index()].members;
        let waits = |zone: &ZoneIx| self.state.stocks[zone.index()].pending.is_some();
        // A large group is summed once for all its members' readings, not for each.
        if members.len() <= SMALL_GROUP && !members.iter().any(waits) {
            self.settle_group(group);
        } else if self.state.unsettled_groups.insert(group) {
            let due = self.after(SETTLE_S);
            self.state.timers.set(due, Timer::SettleGroup(group));
        }
    }

    /// What a group rests on is known, or no longer: a large one is judged once for all its feeds that change together.
    pub(crate) fn group_changed(&mut self, group: GroupIx) {
        if self.site().groups[group.index()].members.len() > SMALL_GROUP {
            self.unsettle_group(group);
        } else {
            self.touch_group(group);
            self.judge_group(group);
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
        if let Some(due) = self.state.balance_due {
            self.state.timers.set(due, Timer::Balance);
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
            if self.state.stocks[ix].pending.is_none() {
                self.show(zone);
            }
            if knowledge == Knowledge::Partial {
                self.touch_zone(zone);
            }
            let spread = self.state.stocks[ix].shown.unwrap_or(shown).spread();
            let ((p05, p95), (p25, p75)) = (spread.bounds(Z_90), spread.bounds(Z_50));
            self.emit(Event::ZoneSample(ZoneSample { zone, at: now, people: spread.people, p05, p25, p75, p95 }));
        }
        if any {
            self.sample_groups();
        }
        self.state.sampling = any;
        if any {
            self.state.timers.set(now.plus(MINUTE), Timer::Minute);
        }
    }

    /// Each group's estimate on the minute.
    fn sample_groups(&mut self) {
        let at = self.now();
        for ix in 0..self.site().groups.len() {
            let group = GroupIx::from(ix);
            let (shown, unknown) = group_people(self.home, self.state, group);
            if unknown as usize >= self.site().groups[ix].members.len() {
                continue;
            }
            let spread = shown.spread();
            let ((p05, p95), (p25, p75)) = (spread.bounds(Z_90), spread.bounds(Z_50));
            self.emit(Event::GroupSample(GroupSample { group, at, people: spread.people, p05, p25, p75, p95 }));
        }
    }
}

/// What is known from `sources`: nothing while all wait or have been silent for long, part while some are.
pub(crate) fn knowledge(state: &State, sources: impl Iterator<Item = DatastreamIx>) -> Knowledge {
    let (mut speaking, mut lately, mut all) = (0_u32, 0_u32, 0_u32);
    let since = state.now.minus(Span::from_seconds(i64::from(UNKNOWN_AFTER_S)));
    for ix in sources {
        let stream = &state.streams[ix.index()];
        all += 1;
        speaking += u32::from(stream.health == FeedHealth::Speaking);
        lately += u32::from(stream.health == FeedHealth::Silent && stream.heard > since);
    }
    match speaking {
        0 if lately == 0 => Knowledge::Unknown,
        _ if speaking == all => Knowledge::Known,
        _ => Knowledge::Partial,
    }
}
