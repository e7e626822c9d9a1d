//! Escalation of an unacknowledged critical, and the effects that carry it out of the house.
//!
//! Not here: sending anything (the shell).
//! Invariant: effects are numbered once and wait in the state until answered.

use city::{Activity, ConsoleIx, Effect, EffectId, EffectKind, Escalation, Level, Warning, WarningChange, WarningId};

use super::watch::span;
use crate::timers::Timer;
use crate::turn::Turn;

/// The most effects that wait for an answer; beyond it the oldest gives way, its moment having passed.
pub const EFFECTS_MAX: usize = 1000;

/// Whether a warning still calls for someone.
pub(super) fn calls(warning: &Warning) -> bool {
    warning.level == Level::Critical && warning.activity == Activity::Active && warning.acknowledged.is_none()
}

impl Turn<'_> {
    /// A critical that has just been raised is notified, and goes on if nobody acknowledges it.
    pub(super) fn begin_escalation(&mut self, id: WarningId) {
        let Some(warning) = self.state.warnings.get(&id).filter(|warning| calls(warning)) else { return };
        let console = warning.console;
        let rules = self.site().rules;
        for seconds in [rules.next_console_s, rules.commander_s] {
            let due = self.after(seconds);
            self.state.timers.set(due, Timer::Escalate(id));
        }
        self.notify(id, console);
    }

    /// The time to acknowledge a critical is over.
    pub(crate) fn escalate(&mut self, id: WarningId) {
        let now = self.now();
        let rules = self.site().rules;
        let Some(warning) = self.state.warnings.get(&id).filter(|warning| calls(warning)) else { return };
        let since = warning.level_at;
        let (step, console) = if since.plus(span(rules.commander_s)) <= now {
            (Escalation::Commander, self.home.commander)
        } else if since.plus(span(rules.next_console_s)) <= now {
            (Escalation::NextConsole, self.home.next_console(warning.console))
        } else {
            return;
        };
        if step <= warning.escalation {
            return;
        }
        if let Some(warning) = self.state.warnings.get_mut(&id) {
            warning.escalation = step;
            warning.console = console;
            warning.soundings += 1;
        }
        self.report(WarningChange::Escalated, id);
        self.notify(id, console);
    }

    /// Asks the shell to tell a console.
    pub(super) fn notify(&mut self, id: WarningId, console: ConsoleIx) {
        let Some(warning) = self.state.warnings.get(&id).cloned() else { return };
        self.state.last_effect = EffectId(self.state.last_effect.0 + 1);
        let id = self.state.last_effect;
        let effect = Effect { id, kind: EffectKind::Notify { console, warning: Box::new(warning) } };
        self.state.effects.insert(id, effect.clone());
        while self.state.effects.len() > EFFECTS_MAX {
            self.state.effects.pop_first();
        }
        self.hand_out(effect);
    }
}
