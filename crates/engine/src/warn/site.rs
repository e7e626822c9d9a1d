//! What a changed site means for warnings: which are closed, who hears the others, what is judged anew.
//!
//! Not here: where things are in the new site (moved).
//! Invariant: no warning waits for a place, a feed or a console that is no more, and no member of a surge that is
//! closed stays silent.

use city::{
    Activity, Cause, CauseKind, DatastreamIx, FeedHealth, Level, LevelUse, Place, Warning, WarningChange, WarningId,
};

use super::escalate::calls;
use super::life::sound;
use super::watch::span;
use crate::timers::Timer;
use crate::turn::Turn;

impl Turn<'_> {
    /// Closes the warning of every cause that is not judged any more, and forgets the cause.
    pub(crate) fn close_unjudged(&mut self, is_judged: impl Fn(Cause) -> bool) {
        let mut gone: Vec<Cause> = self.state.watches.keys().copied().filter(|cause| !is_judged(*cause)).collect();
        // Surges last: a member that goes as well has no need to sound.
        gone.sort_by_key(|cause| cause.kind == CauseKind::Surge);
        for cause in gone {
            if let Some(id) = self.state.watches.remove(&cause).and_then(|watch| watch.warning) {
                self.withdraw(id);
            }
        }
    }

    /// Closes a warning whatever its state.
    fn withdraw(&mut self, id: WarningId) {
        let now = self.now();
        let Some(warning) = self.state.warnings.get_mut(&id) else { return };
        warning.closed_at = Some(now);
        let surge = warning.grouped_in;
        self.report(WarningChange::Closed, id);
        self.state.warnings.remove(&id);
        self.state.joined_at.remove(&id);
        self.state.effects.retain(|_, effect| {
            let city::EffectKind::Notify { warning, .. } = &effect.kind;
            warning.id != id
        });
        if let Some(surge) = surge {
            self.settle_surge(surge);
        }
        self.ungroup_members(id);
    }

    /// What a closed group spoke for speaks for itself.
    pub(super) fn ungroup_members(&mut self, surge: WarningId) {
        let is_member = |warning: &&Warning| warning.grouped_in == Some(surge);
        let members: Vec<WarningId> =
            self.state.warnings.values().filter(is_member).map(|warning| warning.id).collect();
        for id in members {
            if let Some(warning) = self.state.warnings.get_mut(&id) {
                warning.grouped_in = None;
                sound_if_unanswered(warning);
            }
            self.report(WarningChange::Grouped, id);
        }
    }

    /// Warnings whose console is gone are news at the one they are at now.
    pub(crate) fn tell_consoles(&mut self, moved: &[WarningId]) {
        for id in moved {
            let Some(warning) = self.state.warnings.get_mut(id) else { continue };
            let notify = calls(warning).then_some(warning.console);
            sound_if_unanswered(warning);
            self.report(WarningChange::Escalated, *id);
            if let Some(console) = notify {
                self.notify(*id, console);
            }
        }
    }

    /// Judges all indicators and silences by the site's levels.
    pub(crate) fn judge_streams(&mut self) {
        let site = self.site();
        for (ix, config) in site.datastreams.iter().enumerate() {
            let ix = DatastreamIx::from(ix);
            let stream = &self.state.streams[ix.index()];
            let warns = config.levels.as_ref().is_some_and(|levels| levels.purpose == LevelUse::Warn);
            let is_raised = stream.level > Level::Normal;
            if stream.health == FeedHealth::Silent && config.silent_after_s > 0 {
                self.watch_feed(ix, FeedHealth::Silent);
            }
            if !matches!(config.role, city::Role::AreaCount { .. }) && warns && (is_raised || self.is_watched(ix)) {
                self.judge_indicator(ix);
            }
        }
        self.forget_unjudged_silence();
        self.judge_silence();
    }

    /// A silence of many names only feeds whose silence is judged.
    fn forget_unjudged_silence(&mut self) {
        let site = self.site();
        let is_silence = |warning: &Warning| warning.cause == Cause { place: Place::Site, kind: CauseKind::Silent };
        let Some(group) = self.state.warnings.values_mut().find(|warning| is_silence(warning)) else { return };
        group.members.retain(|place| match place {
            Place::Datastream(ix) => site.datastreams[ix.index()].silent_after_s > 0,
            _ => false,
        });
    }

    /// The timers of watches and warnings.
    pub(crate) fn set_warning_timers(&mut self) {
        let rules = self.site().rules;
        let state = &mut *self.state;
        for (cause, watch) in state.watches.iter() {
            for due in watch.dues(cause.kind, &rules) {
                state.timers.set(due, Timer::Watch(*cause));
            }
        }
        for warning in state.warnings.values() {
            if let Some(shelving) = &warning.shelved {
                state.timers.set(shelving.until, Timer::Unshelve(warning.id));
            }
            if calls(warning) {
                for seconds in [rules.next_console_s, rules.commander_s] {
                    state.timers.set(warning.level_at.plus(span(seconds)), Timer::Escalate(warning.id));
                }
            }
        }
    }
}

/// Sounds an active warning that nobody has acknowledged.
fn sound_if_unanswered(warning: &mut Warning) {
    if warning.activity == Activity::Active && warning.acknowledged.is_none() {
        sound(warning);
    }
}
