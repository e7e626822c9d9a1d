//! Grouping: many places raised at once make one surge, many feeds silent at once make one silence.
//!
//! Not here: criticals, which are never grouped.
//! Invariant: a member is silent and its group has sounded; a group is active while one of its members is.

use city::{Activity, Cause, CauseKind, ConsoleIx, FeedHealth, Level, Place, Service, WarningChange, WarningId};

use super::life::sound;
use super::watch::{Evident, span};
use crate::turn::Turn;

/// Places a surge lists; more join and are silent, but are not named.
const MEMBERS_LISTED_MAX: usize = 200;

/// A place that its surge has named already is news after so many seconds in which none joined: a place that comes and
/// goes is no alarm each time (ISA-18.2, chattering).
const NAMED_PAUSE_S: u32 = 1800;

/// The cause of a silence of many feeds.
const SILENCE: Cause = Cause { place: Place::Site, kind: CauseKind::Silent };

/// Kinds that a surge may speak for.
fn is_groupable(kind: CauseKind) -> bool {
    matches!(
        kind,
        CauseKind::Density | CauseKind::People | CauseKind::Indicator | CauseKind::Filling | CauseKind::Check
    )
}

impl Turn<'_> {
    /// Puts a warning that has just become active into a surge, if there is one or this makes one. True if it did,
    /// and then everything is reported.
    pub(super) fn group_surge(&mut self, id: WarningId, change: WarningChange) -> bool {
        let Some(warning) = self.state.warnings.get(&id) else { return false };
        if warning.level == Level::Critical || !is_groupable(warning.cause.kind) {
            return false;
        }
        let console = warning.console;
        if let Some(surge) = self.active_surge(console) {
            self.join(surge, id, change);
            return true;
        }
        let members = self.raised_lately(console);
        if members.len() < self.site().rules.group_places.max(2) as usize {
            return false;
        }
        self.form_surge(&members, id, change)
    }

    /// The surge that speaks at a console.
    fn active_surge(&self, console: ConsoleIx) -> Option<WarningId> {
        self.state.joined_at.keys().copied().find(|id| {
            self.state.warnings.get(id).is_some_and(|surge| {
                surge.console == console && surge.activity == Activity::Active && surge.service == Service::In
            })
        })
    }

    /// Warnings below critical at a console that became active within the window and speak for themselves.
    fn raised_lately(&self, console: ConsoleIx) -> Vec<WarningId> {
        let since = self.now().minus(span(self.site().rules.group_window_s));
        let lately = self.state.warnings.values().filter(|warning| {
            is_groupable(warning.cause.kind)
                && warning.level < Level::Critical
                && warning.activity == Activity::Active
                && warning.service == Service::In
                && warning.grouped_in.is_none()
                && warning.console == console
                && warning.level_at >= since
        });
        lately.map(|warning| warning.id).collect()
    }

    /// Makes one surge of `members`, the last of which is the new warning `id`.
    fn form_surge(&mut self, members: &[WarningId], id: WarningId, change: WarningChange) -> bool {
        let Some(first) = self.state.warnings.get(&members[0]).map(|warning| (warning.cause.place, warning.console))
        else {
            return false;
        };
        let place = if first.1 == self.home.console(Place::Site) { Place::Site } else { first.0 };
        let cause = Cause { place, kind: CauseKind::Surge };
        let warnings = &self.state.warnings;
        let level = members.iter().filter_map(|id| warnings.get(id)).map(|warning| warning.level).max();
        let level = level.unwrap_or(Level::Caution);
        let known = self.state.watches.get(&cause).and_then(|watch| watch.warning);
        let surge = match known.and_then(|known| self.state.warnings.get(&known)) {
            Some(surge) if surge.service == Service::Out => return false,
            Some(surge) => {
                let surge = surge.id;
                self.enter_level(surge, level);
                surge
            }
            None => self.open(cause, level),
        };
        let listed: Vec<Place> = members
            .iter()
            .filter_map(|id| self.state.warnings.get(id).map(|warning| warning.cause.place))
            .take(MEMBERS_LISTED_MAX)
            .collect();
        if let Some(warning) = self.state.warnings.get_mut(&surge) {
            warning.activity = Activity::Active;
            warning.returned_at = None;
            warning.members = listed;
            sound(warning);
        }
        self.state.joined_at.insert(surge, self.state.now);
        self.report(if known.is_some() { WarningChange::Worsened } else { WarningChange::Raised }, surge);
        for member in members {
            if let Some(warning) = self.state.warnings.get_mut(member) {
                warning.grouped_in = Some(surge);
            }
            self.report(if *member == id { change } else { WarningChange::Grouped }, *member);
        }
        true
    }

    /// A warning joins an active surge: silent, unless it is as bad as the surge and none such joined for a while.
    fn join(&mut self, surge: WarningId, id: WarningId, change: WarningChange) {
        let now = self.now();
        let window = span(self.site().rules.group_window_s);
        let Some(member) = self.state.warnings.get_mut(&id) else { return };
        member.grouped_in = Some(surge);
        let (place, level) = (member.cause.place, member.level);
        self.report(change, id);
        let Some(warning) = self.state.warnings.get_mut(&surge) else { return };
        let is_listed = warning.members.contains(&place) || warning.members.len() >= MEMBERS_LISTED_MAX;
        let pause = if is_listed { span(NAMED_PAUSE_S).max(window) } else { window };
        let is_as_bad = level >= warning.level;
        let is_news = is_as_bad && self.state.joined_at.get(&surge).is_some_and(|last| last.plus(pause) < now);
        if is_as_bad {
            self.state.joined_at.insert(surge, now);
        }
        if !is_listed {
            warning.members.push(place);
        }
        if level > warning.level {
            self.lift_surge(surge, level);
        } else if is_news {
            warning.acknowledged = None;
            sound(warning);
            self.report(WarningChange::Grouped, surge);
        } else if !is_listed {
            self.report(WarningChange::Grouped, surge);
        }
    }

    /// A member rose above its surge, below critical: the surge worsens and sounds once for all of them.
    pub(super) fn lift_surge(&mut self, surge: WarningId, level: Level) {
        if self.state.warnings.get(&surge).is_none_or(|warning| warning.level >= level) {
            return;
        }
        self.enter_level(surge, level);
        if let Some(warning) = self.state.warnings.get_mut(&surge) {
            sound(warning);
        }
        self.state.joined_at.insert(surge, self.state.now);
        self.report(WarningChange::Worsened, surge);
    }

    /// A member that turned critical speaks for itself again.
    pub(super) fn leave_surge(&mut self, id: WarningId) {
        let Some(member) = self.state.warnings.get_mut(&id) else { return };
        let place = member.cause.place;
        if let Some(surge) = member.grouped_in.take() {
            if let Some(warning) = self.state.warnings.get_mut(&surge) {
                warning.members.retain(|listed| *listed != place);
            }
            self.settle_surge(surge);
        }
    }

    /// A surge follows its members down: it eases with the worst of them and returns with the last.
    pub(super) fn settle_surge(&mut self, surge: WarningId) {
        let members = self
            .state
            .warnings
            .values()
            .filter(|warning| warning.grouped_in == Some(surge) && warning.activity == Activity::Active);
        let worst = members.map(|warning| warning.level).max().unwrap_or_default();
        let Some(warning) = self.state.warnings.get(&surge) else { return };
        if warning.activity != Activity::Active || warning.cause.kind != CauseKind::Surge {
            // A silence of many rests on all the feeds it names, with or without a warning of their own.
            return;
        }
        if worst == Level::Normal {
            self.come_back(surge);
        } else if worst < warning.level {
            self.ease(surge, worst);
        }
    }

    /// Lets one warning speak for a feed that is silent together with others. True if it does.
    pub(super) fn group_silence(&mut self, cause: Cause) -> bool {
        let now = self.now();
        let window = span(self.site().rules.group_window_s);
        let open = self.state.watches.get(&SILENCE).and_then(|watch| watch.warning);
        let silent = self.silent_causes();
        if open.is_none() {
            let lately = silent.iter().filter(|(_, since)| since.plus(window) >= now).count();
            if lately < self.site().rules.group_places.max(2) as usize {
                return false;
            }
        }
        if open.and_then(|id| self.state.warnings.get(&id)).is_some_and(|group| group.members.contains(&cause.place)) {
            return true;
        }
        self.state.watches.watch(SILENCE).evident =
            Evident { level: Level::Caution, held: Level::Caution, known: true, value: None };
        let group = open.unwrap_or_else(|| self.open(SILENCE, Level::Caution));
        self.speak_for(group, &silent, open.is_none());
        true
    }

    /// Feeds that are silent now, with since when.
    fn silent_causes(&self) -> Vec<(Cause, city::Time)> {
        let watches = self.state.watches.iter().filter(|(cause, watch)| {
            cause.kind == CauseKind::Silent
                && matches!(cause.place, Place::Datastream(_))
                && watch.evident.level > Level::Normal
        });
        watches.filter_map(|(cause, watch)| watch.caution_since.map(|since| (*cause, since))).collect()
    }

    /// The group names the silent feeds and sounds if it is new, or if none joined it for a while.
    fn speak_for(&mut self, group: WarningId, silent: &[(Cause, city::Time)], is_new: bool) {
        let now = self.now();
        let window = span(self.site().rules.group_window_s);
        let last = self.state.watches.get(&SILENCE).and_then(|watch| watch.caution_since);
        if let Some(watch) = self.state.watches.get_mut(&SILENCE) {
            // For a group the beginning of its caution is when a feed last joined.
            watch.caution_since = Some(now);
        }
        let Some(warning) = self.state.warnings.get_mut(&group) else { return };
        warning.members.extend(silent.iter().map(|(cause, _)| cause.place));
        warning.members.sort_unstable();
        warning.members.dedup();
        let was_returned = warning.activity == Activity::Returned;
        warning.activity = Activity::Active;
        warning.returned_at = None;
        if is_new || was_returned || last.is_none_or(|last| last.plus(window) < now) {
            warning.acknowledged = None;
            sound(warning);
        }
        self.report(if is_new { WarningChange::Raised } else { WarningChange::Grouped }, group);
        let own: Vec<WarningId> = silent
            .iter()
            .filter_map(|(cause, _)| self.state.watches.get(cause).and_then(|watch| watch.warning))
            .filter(|id| self.state.warnings.get(id).is_some_and(|warning| warning.grouped_in.is_none()))
            .collect();
        for id in own {
            if let Some(warning) = self.state.warnings.get_mut(&id) {
                warning.grouped_in = Some(group);
            }
            self.report(WarningChange::Grouped, id);
        }
    }

    /// A silence of many ends when all of its feeds have spoken for the quiet time.
    pub(super) fn judge_silence(&mut self) {
        let Some(id) = self.state.watches.get(&SILENCE).and_then(|watch| watch.warning) else { return };
        let Some(group) = self.state.warnings.get(&id) else { return };
        let is_silent = group.members.iter().any(|place| match place {
            Place::Datastream(ix) => self.state.streams[ix.index()].health == FeedHealth::Silent,
            _ => false,
        });
        let level = if is_silent { Level::Caution } else { Level::Normal };
        self.judge(SILENCE, Evident { level, held: level, known: true, value: None });
    }
}
