//! Evidence: what the state says of each cause.
//!
//! Not here: how long it must hold (watch).
//! Invariant: evidence that rests on a silent feed or a missing result is never "known".

use city::{
    Cause, CauseKind, DatastreamIx, Evidence, FeedHealth, GroupIx, HumanId, Ladder, Level, LevelUse, Place, Time,
    ZoneIx,
};

use super::watch::Evident;
use crate::turn::Turn;
use crate::views::crowding;

/// The level `value` has not left: at or above its threshold less the clear margin.
fn held(ladder: &Ladder, value: f64, clear_ratio: f64) -> Level {
    let clear = |threshold: f64| threshold - (1.0 - clear_ratio) * threshold.abs();
    let reached = Level::RAISED.into_iter().rev().find(|level| value >= clear(ladder.threshold(*level)));
    reached.unwrap_or_default()
}

impl Turn<'_> {
    /// The density of a zone.
    pub(crate) fn judge_zone(&mut self, zone: ZoneIx) {
        let cause = Cause { place: Place::Zone(zone), kind: CauseKind::Density };
        let Some(crowding) = crowding(self.home, self.state, zone) else { return };
        if crowding.level == Level::Normal && !self.state.watches.contains(cause) {
            return;
        }
        let ladder = self.site().zones[zone.index()].ladder.value;
        let evident = Evident {
            level: crowding.level,
            held: held(&ladder, crowding.peak_per_m2, self.site().rules.clear_ratio),
            known: self.is_heard(self.home.streams_of(zone)),
            value: Some(crowding.peak_per_m2),
        };
        self.judge(cause, evident);
    }

    /// The people in a group.
    pub(crate) fn judge_group(&mut self, group: GroupIx) {
        let config = &self.site().groups[group.index()];
        let Some(ladder) = config.people.as_ref().map(|people| people.value) else { return };
        let cause = Cause { place: Place::Group(group), kind: CauseKind::People };
        let shown = config.members.iter().filter_map(|zone| self.state.stocks[zone.index()].shown);
        let people = shown.fold(0.0, |sum, shown| sum + shown.people);
        if ladder.level(people) == Level::Normal && !self.state.watches.contains(cause) {
            return;
        }
        let home = self.home;
        let streams = config.members.iter().flat_map(|zone| home.streams_of(*zone));
        let evident = Evident {
            level: ladder.level(people),
            held: held(&ladder, people, self.site().rules.clear_ratio),
            known: self.is_heard(streams),
            value: Some(people),
        };
        self.judge(cause, evident);
    }

    /// An indicator's own level, if it is there to warn.
    pub(crate) fn judge_indicator(&mut self, ix: DatastreamIx) {
        let Some(levels) = &self.site().datastreams[ix.index()].levels else { return };
        let Some(number) = self.state.streams[ix.index()].number else { return };
        if levels.purpose != LevelUse::Warn {
            return;
        }
        let (ladder, oriented) = levels.oriented(number);
        let evident = Evident {
            level: ladder.level(oriented),
            held: held(&ladder, oriented, self.site().rules.clear_ratio),
            known: self.is_heard(std::iter::once(ix)),
            value: Some(number),
        };
        self.judge(indicator_cause(ix), evident);
    }

    /// Whether an indicator is under watch.
    pub(crate) fn is_watched(&self, ix: DatastreamIx) -> bool {
        self.state.watches.contains(indicator_cause(ix))
    }

    /// The words in force for a place.
    pub(crate) fn judge_words(&mut self, place: Place) {
        let level = self.state.worst_word(place).map_or(Level::Normal, |(level, _)| level);
        self.judge(Cause { place, kind: CauseKind::Word }, Evident { level, held: level, known: true, value: None });
        if let Place::Zone(zone) = place {
            self.touch_zone(zone);
        }
    }

    /// A feed fell silent or speaks again.
    pub(crate) fn watch_feed(&mut self, ix: DatastreamIx, health: FeedHealth) {
        let level = if health == FeedHealth::Silent { Level::Caution } else { Level::Normal };
        let cause = Cause { place: Place::Datastream(ix), kind: CauseKind::Silent };
        self.judge(cause, Evident { level, held: level, known: true, value: None });
        self.judge_silence();
    }

    /// A doubted reading raises risk, or no longer.
    pub(crate) fn judge_check_cause(&mut self, ix: DatastreamIx, level: Level) {
        let cause = Cause { place: Place::Datastream(ix), kind: CauseKind::Check };
        let value = self.state.streams[ix.index()].number;
        self.judge(cause, Evident { level, held: level, known: true, value });
    }

    /// What rests on a feed is known, or no longer.
    pub(crate) fn feed_changed(&mut self, ix: DatastreamIx) {
        if self.is_watched(ix) {
            self.judge_indicator(ix);
        }
        for zone in self.home.zones_of(ix) {
            self.touch_zone(zone);
            self.judge_zone(zone);
            for group in &self.home.zone_groups[zone.index()] {
                self.group_changed(*group);
            }
        }
        self.look_again();
    }

    /// Whether something speaks, and nothing is silent or says "missing".
    pub(crate) fn is_heard(&self, streams: impl Iterator<Item = DatastreamIx>) -> bool {
        let mut any = false;
        for ix in streams {
            let stream = &self.state.streams[ix.index()];
            let missing = stream.latest.is_some_and(|latest| latest.result.is_none());
            if stream.health == FeedHealth::Silent || missing {
                return false;
            }
            any |= stream.health == FeedHealth::Speaking;
        }
        any
    }

    /// The threshold of a level, in the unit of the cause and as written.
    pub(super) fn threshold(&self, cause: Cause, level: Level) -> Option<f64> {
        let site = self.site();
        match (cause.kind, cause.place) {
            (CauseKind::Density, Place::Zone(zone)) => Some(site.zones[zone.index()].ladder.value.threshold(level)),
            (CauseKind::People, Place::Group(group)) => {
                site.groups[group.index()].people.as_ref().map(|people| people.value.threshold(level))
            }
            (CauseKind::Indicator, Place::Datastream(ix)) => {
                let levels = site.datastreams[ix.index()].levels.as_ref()?;
                let as_written = Ladder { caution: levels.caution, warning: levels.warning, critical: levels.critical };
                Some(as_written.threshold(level))
            }
            _ => self.sign(cause).map(|sign| sign.threshold),
        }
    }

    /// What a cause rests on now.
    pub(super) fn evidence(&self, cause: Cause) -> Evidence {
        let home = self.home;
        let heard = |ix: DatastreamIx| self.state.streams[ix.index()].applied.map(|time: Time| (ix, time));
        let observations = match (cause.kind, cause.place) {
            (CauseKind::Density, Place::Zone(zone)) => {
                home.streams_of(zone).filter_map(heard).take(Evidence::LIMIT).collect()
            }
            (CauseKind::People, Place::Group(group)) => {
                let members = self.site().groups[group.index()].members.iter();
                members.flat_map(|zone| home.streams_of(*zone)).filter_map(heard).take(Evidence::LIMIT).collect()
            }
            (CauseKind::Indicator | CauseKind::Silent | CauseKind::Check, Place::Datastream(ix)) => {
                heard(ix).into_iter().collect()
            }
            _ => self.precursor_streams(cause).into_iter().filter_map(heard).take(Evidence::LIMIT).collect(),
        };
        let word = if cause.kind == CauseKind::Word { self.state.worst_word(cause.place) } else { None };
        let (figures, post) = match (cause.kind, cause.place) {
            (CauseKind::Check, Place::Datastream(ix)) => (self.check_figures(ix), self.check_post(ix)),
            _ => (self.precursor_figures(cause), None),
        };
        Evidence { observations, human: word.map(|(_, id): (Level, HumanId)| id), figures, post }
    }
}

/// The cause of an indicator's own level.
fn indicator_cause(ix: DatastreamIx) -> Cause {
    Cause { place: Place::Datastream(ix), kind: CauseKind::Indicator }
}
