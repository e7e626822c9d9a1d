//! Observations: validity, order, repetition, revision, lateness and silence.
//!
//! Not here: what a result does to zones (occupancy) and warnings (warn).
//! Invariant: an observation that follows its predecessor is applied at once; none is applied twice; a reading that
//! raises risk is neither held back nor dropped (INV-10); a refused one does not count as a sign of life.

use city::{
    DatastreamIx, Event, FeedHealth, Level, LevelUse, Lock, MICROS_PER_S, Observation, Rejection, RejectionReason,
    Role, Span, Time, ZoneIx,
};

use crate::stream::{HELD_MAX, Held, Reading, low_is_danger};
use crate::timers::Timer;
use crate::turn::Turn;

/// How a new observation of a known time relates to the one remembered.
enum Again {
    /// The same, or an older version.
    Repeated,
    /// A later version, or of two versions of one moment the riskier.
    Revises,
}

impl Turn<'_> {
    /// One observation at the present moment.
    pub(crate) fn observe(&mut self, row: Observation) {
        if let Err(reason) = self.validate(&row) {
            self.refuse(row, reason);
            return;
        }
        let ix = row.datastream;
        let reading =
            Reading { phenomenon_time: row.phenomenon_time, result_time: row.result_time, result: row.result };
        let config = &self.site().datastreams[ix.index()];
        let stream = &mut self.state.streams[ix.index()];
        let in_order = stream.applied.is_none_or(|applied| reading.phenomenon_time > applied);
        if in_order && stream.held.is_empty() && stream.follows(config, reading.phenomenon_time) {
            self.accept(ix, reading);
            self.take(ix, reading);
            return;
        }
        if let Some(known) = stream.recall(reading.phenomenon_time).copied() {
            self.again(ix, known, reading);
        } else if in_order {
            self.accept(ix, reading);
            self.out_of_step(ix, reading);
        } else {
            self.late(ix, reading);
        }
    }

    /// What makes an observation unusable.
    fn validate(&self, row: &Observation) -> Result<(), RejectionReason> {
        let config = self.site().datastreams.get(row.datastream.index()).ok_or(RejectionReason::UnknownDatastream)?;
        let latest = self.now().plus(Span::from_seconds(i64::from(config.future_s)));
        if row.phenomenon_time > latest {
            return Err(RejectionReason::Future);
        }
        row.result.and_then(|result| config.refuses(result)).map_or(Ok(()), Err)
    }

    /// Counts a refused observation against its sensor.
    fn refuse(&mut self, row: Observation, reason: RejectionReason) {
        self.state.tally.rejected += 1;
        if let Some(stream) = self.state.streams.get_mut(row.datastream.index()) {
            stream.tally.rejected += 1;
            let Observation { datastream, phenomenon_time, result_time, result } = row;
            self.examine_refusal(datastream, Reading { phenomenon_time, result_time, result }, reason);
        }
        self.emit(Event::Rejected(Rejection { observation: Some(row), reason }));
    }

    /// Counts a new observation, remembers it and notes that its stream speaks.
    fn accept(&mut self, ix: DatastreamIx, reading: Reading) {
        let missing = u64::from(reading.result.is_none());
        let now = self.state.now;
        let tally = &mut self.state.tally;
        tally.taken += 1;
        tally.missing += missing;
        let stream = &mut self.state.streams[ix.index()];
        stream.tally.taken += 1;
        stream.tally.missing += missing;
        stream.heard = now;
        stream.remember(reading);
        if stream.health != FeedHealth::Speaking {
            self.set_health(ix, FeedHealth::Speaking);
        }
        self.examine_arrival(ix, reading);
    }

    /// A stream falls silent or speaks (again).
    fn set_health(&mut self, ix: DatastreamIx, health: FeedHealth) {
        let now = self.now();
        let config = &self.site().datastreams[ix.index()];
        let stream = &mut self.state.streams[ix.index()];
        let was = std::mem::replace(&mut stream.health, health);
        stream.since = Some(now);
        if health == FeedHealth::Speaking && config.silent_after_s > 0 {
            let due = now.plus(Span::from_seconds(i64::from(config.silent_after_s)));
            self.state.timers.set(due, Timer::Silent(ix));
        }
        self.emit(Event::Feed { datastream: ix, health, since: now });
        self.examine_feed(ix, health);
        if was != FeedHealth::Waiting {
            self.watch_feed(ix, health);
        }
        self.feed_changed(ix);
    }

    /// Whether a stream has been quiet for too long; if it spoke meanwhile the timer moves on.
    ///
    /// A line into a locked place has nobody to count: its silence is judged from when the place opens.
    pub(crate) fn check_silence(&mut self, ix: DatastreamIx) {
        let silent_after = Span::from_seconds(i64::from(self.site().datastreams[ix.index()].silent_after_s));
        let stream = &self.state.streams[ix.index()];
        if stream.health != FeedHealth::Speaking {
            return;
        }
        let heard = self.opens_at(ix).map_or(stream.heard, |opens| stream.heard.max(opens));
        let due = heard.plus(silent_after);
        if due > self.state.now {
            self.state.timers.set(due, Timer::Silent(ix));
        } else {
            self.set_health(ix, FeedHealth::Silent);
        }
    }

    /// The locks of the places a line leads into, if all of them have one.
    fn locks(&self, ix: DatastreamIx) -> Option<[Lock; 2]> {
        let site = self.site();
        let lock = |zone: ZoneIx| site.zones[zone.index()].locked;
        match site.datastreams[ix.index()].role {
            Role::GateCount { gate, .. } => lock(site.gates[gate.index()].zone).map(|lock| [lock; 2]),
            Role::LinkCount { link, .. } => {
                let link = &site.links[link.index()];
                Some([lock(link.from)?, lock(link.to)?])
            }
            _ => None,
        }
    }

    /// When the places that a line leads into open again, if all are locked now.
    fn opens_at(&self, ix: DatastreamIx) -> Option<Time> {
        let now = self.now();
        let opens = |lock: Lock| Some(lock.locked_from(now)?.plus(Span::from_seconds(i64::from(lock.for_s))));
        let [one, other] = self.locks(ix)?.map(opens);
        Some(one?.min(other?))
    }

    /// How much of the `missed_s` before `until` people could pass a line in, seconds.
    fn open_s(&self, ix: DatastreamIx, (missed_s, until): (f64, Time)) -> f64 {
        let Some(locks) = self.locks(ix).filter(|_| missed_s > 0.0) else { return missed_s };
        let from = until.minus(Span::from_micros((missed_s * MICROS_PER_S as f64) as i64));
        let [one, other] = locks.map(|lock| lock.seconds_between(from, until));
        (missed_s - one.min(other)).max(0.0)
    }

    /// A new observation later than the applied ones that leaves a gap, or others wait already.
    fn out_of_step(&mut self, ix: DatastreamIx, reading: Reading) {
        let config = &self.site().datastreams[ix.index()];
        let until = self.after(config.reorder_s);
        let raises = self.raises_level(ix, reading);
        let stream = &mut self.state.streams[ix.index()];
        let place = stream.held.partition_point(|held| held.reading.phenomenon_time < reading.phenomenon_time);
        stream.held.insert(place, Held { reading, until });
        let is_full = stream.held.len() > HELD_MAX;
        if raises || config.reorder_s == 0 {
            self.release(ix, place + 1);
        } else if place == 0 && (is_full || stream.follows(config, reading.phenomenon_time)) {
            self.release(ix, 1);
        } else {
            self.state.timers.set(until, Timer::Drain(ix));
            if is_full {
                self.release(ix, 1);
            }
        }
    }

    /// Whether a state reading is of a raised level above the stream's present one: such a one never waits.
    fn raises_level(&self, ix: DatastreamIx, reading: Reading) -> bool {
        let Some(result) = reading.result else { return false };
        let level = self.level_of_result(ix, result);
        level > Level::Normal && level > self.state.streams[ix.index()].level
    }

    /// Applies what has waited long enough, with everything before it.
    pub(crate) fn drain(&mut self, ix: DatastreamIx) {
        let now = self.now();
        let ripe = self.state.streams[ix.index()].held.iter().rposition(|held| held.until <= now);
        if let Some(last) = ripe {
            self.release(ix, last + 1);
        }
    }

    /// Applies all that waits.
    pub(crate) fn release_all(&mut self, ix: DatastreamIx) {
        self.release(ix, self.state.streams[ix.index()].held.len());
    }

    /// Applies the first `count` held observations, and those that then follow without a gap.
    fn release(&mut self, ix: DatastreamIx, count: usize) {
        let config = &self.site().datastreams[ix.index()];
        let ripe: Vec<Held> = self.state.streams[ix.index()].held.drain(..count).collect();
        for held in ripe {
            self.take(ix, held.reading);
        }
        loop {
            let stream = &mut self.state.streams[ix.index()];
            match stream.held.first() {
                Some(next) if stream.follows(config, next.reading.phenomenon_time) => {
                    let next = stream.held.remove(0);
                    self.take(ix, next.reading);
                }
                _ => return,
            }
        }
    }

    /// Applies an observation in its place in order.
    fn take(&mut self, ix: DatastreamIx, reading: Reading) {
        self.examine(ix, reading);
        let site = self.site();
        let config = &site.datastreams[ix.index()];
        let missed = match config.role {
            Role::GateCount { .. } | Role::LinkCount { .. } => {
                let missed_s = self.state.streams[ix.index()].missed_s(config, reading.phenomenon_time);
                self.open_s(ix, (missed_s, reading.phenomenon_time))
            }
            _ => 0.0,
        };
        let stream = &mut self.state.streams[ix.index()];
        stream.applied = Some(reading.phenomenon_time);
        stream.latest = Some(reading);
        self.emit(Event::Observed(observation(ix, reading)));
        self.touch_stream(ix);
        match config.role {
            Role::Indicator => self.indicator(ix, reading.result),
            Role::GroupCount { .. } => {
                self.group_count(ix, &reading);
                self.indicator(ix, reading.result);
            }
            Role::AreaCount { zone } => self.area_count(ix, zone, reading),
            Role::GateCount { .. } | Role::LinkCount { .. } => {
                self.count(ix, reading.result, missed);
                self.indicator(ix, reading.result);
            }
        }
        self.examine_use(ix);
    }

    /// A result becomes the level of its stream, if the stream has levels of its own: an indicator's, or a counting
    /// line's, whose flow may be too much whatever the zones behind it hold.
    fn indicator(&mut self, ix: DatastreamIx, result: Option<f64>) {
        let config = &self.site().datastreams[ix.index()];
        let stream = &mut self.state.streams[ix.index()];
        if result.is_some() {
            stream.number = result;
        }
        let Some(levels) = &config.levels else { return };
        if let Some(result) = result {
            stream.level = levels.level(result);
        }
        let raised = stream.level > Level::Normal;
        if levels.purpose == LevelUse::Warn && (raised || self.is_watched(ix)) {
            self.judge_indicator(ix);
        }
    }

    /// An observation whose place in order has passed: history is revised, and people it counted are still there.
    fn late(&mut self, ix: DatastreamIx, reading: Reading) {
        let known = self.state.streams[ix.index()].may_be_known(reading.phenomenon_time);
        self.accept(ix, reading);
        self.state.tally.late += 1;
        self.state.streams[ix.index()].tally.late += 1;
        self.emit(Event::Late(observation(ix, reading)));
        if let Some(people) = reading.result
            && !known
        {
            self.add_people(ix, people);
        }
    }

    /// An observation of a phenomenon time that is remembered.
    fn again(&mut self, ix: DatastreamIx, known: Reading, reading: Reading) {
        match self.compare(ix, known, reading) {
            Again::Repeated => {
                self.state.tally.duplicates += 1;
                self.state.streams[ix.index()].tally.duplicates += 1;
                self.emit(Event::Duplicate(observation(ix, reading)));
                self.examine_repetition(ix);
            }
            Again::Revises => self.revise(ix, known, reading),
        }
    }

    /// Of two results for one phenomenon time the later stands; at equal result times the riskier (INV-10).
    fn compare(&self, ix: DatastreamIx, known: Reading, reading: Reading) -> Again {
        let same = known.result.map(f64::to_bits) == reading.result.map(f64::to_bits);
        if same || reading.result_time < known.result_time {
            return Again::Repeated;
        }
        if reading.result_time > known.result_time {
            return Again::Revises;
        }
        let config = &self.site().datastreams[ix.index()];
        let low = low_is_danger(config) || self.only_leaves(ix);
        match (known.result, reading.result) {
            (Some(was), Some(is)) if (is > was) == low => Again::Repeated,
            (Some(_), None) => Again::Repeated,
            _ => Again::Revises,
        }
    }

    /// Whether counts of a stream only ever take people away.
    fn only_leaves(&self, ix: DatastreamIx) -> bool {
        let line = self.home.lines[ix.index()];
        line.into.is_none() && line.out_of.is_some()
    }

    /// A newer result replaces the one remembered; for a count the difference enters the stock.
    fn revise(&mut self, ix: DatastreamIx, known: Reading, reading: Reading) {
        let time = reading.phenomenon_time;
        self.state.tally.revised += 1;
        let now = self.now();
        let stream = &mut self.state.streams[ix.index()];
        stream.tally.revised += 1;
        stream.heard = now;
        if let Some(slot) = stream.recall(time) {
            *slot = reading;
        }
        if let Ok(place) = stream.held.binary_search_by_key(&time, |held| held.reading.phenomenon_time) {
            // It still waits: it will be observed with its new result, at once if that raises risk.
            stream.held[place].reading = reading;
            if self.raises_level(ix, reading) {
                self.release(ix, place + 1);
            }
            return;
        }
        self.emit(Event::Revised { observation: observation(ix, reading), was: known.result });
        let stream = &mut self.state.streams[ix.index()];
        let is_latest = stream.applied == Some(time);
        if is_latest {
            stream.latest = Some(reading);
            self.touch_stream(ix);
        }
        let config = &self.site().datastreams[ix.index()];
        match config.role {
            Role::Indicator | Role::GroupCount { .. } if is_latest => self.indicator(ix, reading.result),
            Role::AreaCount { zone } if is_latest => self.area_count(ix, zone, reading),
            Role::Indicator | Role::AreaCount { .. } | Role::GroupCount { .. } => {}
            Role::GateCount { .. } | Role::LinkCount { .. } => {
                let difference = reading.result.unwrap_or(0.0) - known.result.unwrap_or(0.0);
                self.add_people(ix, difference);
                if is_latest {
                    self.indicator(ix, reading.result);
                }
            }
        }
    }
}

/// A reading with its datastream.
fn observation(datastream: DatastreamIx, reading: Reading) -> Observation {
    Observation {
        datastream,
        phenomenon_time: reading.phenomenon_time,
        result_time: reading.result_time,
        result: reading.result,
    }
}
