//! The life of a warning: raised, worsened, eased, returned, closed.
//!
//! Not here: when (watch), grouping (group), commands (command).
//! Invariant: a warning sounds when it is raised or worsens, unless a group speaks for it; a closed one is forgotten
//! here and kept as issued by the store.

use city::{Activity, Cause, CauseKind, Escalation, Event, Level, Place, Service, Warning, WarningChange, WarningId};

use crate::timers::Timer;
use crate::turn::Turn;

/// Adds a sounding, unless the warning is shelved, out of service or spoken for.
pub(super) fn sound(warning: &mut Warning) {
    if warning.shelved.is_none() && warning.service == Service::In && warning.grouped_in.is_none() {
        warning.soundings += 1;
    }
}

impl Turn<'_> {
    /// Reports a change of an open warning.
    pub(super) fn report(&mut self, change: WarningChange, id: WarningId) {
        let at = self.now();
        if let Some(warning) = self.state.warnings.get(&id) {
            let warning = Box::new(warning.clone());
            self.emit(Event::Warning { change, warning, at });
        }
    }

    /// A new warning that has not sounded and is not yet reported.
    pub(super) fn open(&mut self, cause: Cause, level: Level) -> WarningId {
        let now = self.now();
        let id = WarningId(self.state.last_warning.0 + 1);
        self.state.last_warning = id;
        let watch = self.state.watches.watch(cause);
        watch.warning = Some(id);
        watch.quiet_since = None;
        let value = watch.evident.value;
        let warning = Warning {
            id,
            cause,
            level,
            worst: level,
            worst_at: Some(now),
            worst_value: value,
            activity: Activity::Active,
            acknowledged: None,
            shelved: None,
            service: Service::In,
            raised_at: now,
            level_at: now,
            returned_at: None,
            closed_at: None,
            value,
            threshold: self.threshold(cause, level),
            console: self.home.console(cause.place),
            escalation: Escalation::First,
            soundings: 0,
            members: Vec::new(),
            grouped_in: None,
            evidence: self.evidence(cause),
        };
        self.state.warnings.insert(id, warning);
        id
    }

    /// Raises a warning, alone or as a member of a group.
    pub(super) fn raise(&mut self, cause: Cause, level: Level) {
        if cause.kind == CauseKind::Silent && matches!(cause.place, Place::Datastream(_)) && self.group_silence(cause) {
            return;
        }
        let id = self.open(cause, level);
        self.annunciate(id, WarningChange::Raised);
    }

    /// Sounds and reports a warning that has just become active: alone, as a member, or as a critical.
    fn annunciate(&mut self, id: WarningId, change: WarningChange) {
        if self.group_surge(id, change) {
            return;
        }
        if let Some(warning) = self.state.warnings.get_mut(&id) {
            sound(warning);
        }
        self.report(change, id);
        self.begin_escalation(id);
    }

    /// A warning on the list whose cause is there again: unacknowledged, and it sounds.
    pub(super) fn reactivate(&mut self, id: WarningId, level: Level) {
        self.enter_level(id, level);
        if let Some(warning) = self.state.warnings.get_mut(&id) {
            warning.activity = Activity::Active;
            warning.returned_at = None;
        }
        self.annunciate(id, WarningChange::Worsened);
    }

    /// The level rises: a fresh acknowledgement is needed and shelving ends.
    pub(super) fn worsen(&mut self, id: WarningId, level: Level) {
        let spoken_for = self.state.warnings.get(&id).and_then(|warning| warning.grouped_in);
        self.enter_level(id, level);
        if let Some(surge) = spoken_for {
            if level == Level::Critical {
                self.leave_surge(id);
            } else {
                self.report(WarningChange::Worsened, id);
                self.lift_surge(surge, level);
                return;
            }
        }
        if let Some(warning) = self.state.warnings.get_mut(&id) {
            sound(warning);
        }
        self.report(WarningChange::Worsened, id);
        self.begin_escalation(id);
    }

    /// Writes a level that was reached into a warning. Shelving ends if it is worse than the last one: a cause that
    /// only comes and goes is what shelving is for.
    pub(super) fn enter_level(&mut self, id: WarningId, level: Level) {
        let now = self.now();
        let Some(cause) = self.state.warnings.get(&id).map(|warning| warning.cause) else { return };
        let (threshold, evidence) = (self.threshold(cause, level), self.evidence(cause));
        let console = self.home.console(cause.place);
        let mut value = None;
        if let Some(watch) = self.state.watches.get_mut(&cause) {
            watch.quiet_since = None;
            value = watch.evident.value;
        }
        let Some(warning) = self.state.warnings.get_mut(&id) else { return };
        let worsens = level > warning.level;
        warning.level = level;
        if level > warning.worst {
            (warning.worst, warning.worst_at, warning.worst_value) = (level, Some(now), value);
        }
        warning.level_at = now;
        warning.acknowledged = None;
        warning.value = value.or(warning.value);
        warning.threshold = threshold.or(warning.threshold);
        // What is there again after a while may show no figures at this moment: the last that were seen stand.
        let figures = std::mem::replace(&mut warning.evidence, evidence).figures;
        if warning.evidence.figures.is_empty() {
            warning.evidence.figures = figures;
        }
        if warning.cause.kind != CauseKind::Surge {
            warning.console = console;
        }
        warning.escalation = Escalation::First;
        if worsens && let Some(shelving) = warning.shelved.take() {
            self.state.timers.cancel(shelving.until, Timer::Unshelve(id));
        }
    }

    /// The level falls: the acknowledgement stands.
    pub(super) fn ease(&mut self, id: WarningId, level: Level) {
        let now = self.now();
        let Some(warning) = self.state.warnings.get_mut(&id) else { return };
        warning.level = level;
        warning.level_at = now;
        let (cause, surge) = (warning.cause, warning.grouped_in);
        let threshold = self.threshold(cause, level);
        let value = self.state.watches.get(&cause).and_then(|watch| watch.evident.value);
        if let Some(warning) = self.state.warnings.get_mut(&id) {
            warning.threshold = threshold;
            warning.value = value;
        }
        self.report(WarningChange::Eased, id);
        if let Some(surge) = surge {
            self.settle_surge(surge);
        }
    }

    /// The cause is gone: the warning returns, and closes if nothing more is asked of anyone.
    pub(super) fn come_back(&mut self, id: WarningId) {
        let now = self.now();
        let Some(warning) = self.state.warnings.get_mut(&id) else { return };
        warning.activity = Activity::Returned;
        warning.returned_at = Some(now);
        let surge = warning.grouped_in;
        self.report(WarningChange::Returned, id);
        self.close_if_over(id);
        if let Some(surge) = surge {
            self.settle_surge(surge);
        }
    }

    /// Closes a returned warning that is acknowledged, was never above caution, or was spoken for.
    pub(super) fn close_if_over(&mut self, id: WarningId) {
        let now = self.now();
        let Some(warning) = self.state.warnings.get_mut(&id) else { return };
        let answered =
            warning.acknowledged.is_some() || warning.worst <= Level::Caution || warning.grouped_in.is_some();
        if warning.activity != Activity::Returned || warning.service == Service::Out || !answered {
            return;
        }
        warning.closed_at = Some(now);
        let (cause, shelved) = (warning.cause, warning.shelved.as_ref().map(|shelving| shelving.until));
        if let Some(until) = shelved {
            self.state.timers.cancel(until, Timer::Unshelve(id));
        }
        self.report(WarningChange::Closed, id);
        self.state.warnings.remove(&id);
        self.state.joined_at.remove(&id);
        if let Some(watch) = self.state.watches.get_mut(&cause) {
            watch.warning = None;
        }
        self.ungroup_members(id);
        self.forget_if_idle(cause);
    }
}
