//! The watch of one cause: how long its evidence has been at a level, and how long it has been quiet.
//!
//! Not here: where evidence comes from (judge), what happens to the warning (life).
//! Invariant: a level counts as reached after its dwell without a break, as left after the quiet time without a break
//! in which all evidence was known.

use city::{Activity, Cause, CauseKind, Level, Service, Span, Time, WarningId, WarningRules};
use serde::{Deserialize, Serialize};

use crate::precursor::{HELD_BACK_S, STAGNATION_S};
use crate::timers::Timer;
use crate::turn::Turn;

/// What the evidence of a cause says now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Evident {
    /// The level it reaches.
    pub(crate) level: Level,
    /// The level it has not left, with the clear ratio; never below `level`.
    pub(crate) held: Level,
    /// Whether all it rests on speaks.
    pub(crate) known: bool,
    /// The value, in the unit of the cause.
    pub(crate) value: Option<f64>,
}

/// A cause under watch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Watch {
    /// What its evidence says.
    pub(crate) evident: Evident,
    /// Since when it has been at caution or above.
    pub(crate) caution_since: Option<Time>,
    /// Since when it has been at warning or above.
    pub(crate) warning_since: Option<Time>,
    /// Since when it has been quieter than its warning.
    pub(crate) quiet_since: Option<Time>,
    /// The worst level seen in that time.
    pub(crate) quiet_worst: Level,
    /// Its open warning.
    pub(crate) warning: Option<WarningId>,
}

/// Dwell before caution and before warning, seconds.
fn dwell_s(kind: CauseKind, rules: &WarningRules) -> (u32, u32) {
    match kind {
        CauseKind::Word | CauseKind::Check => (0, 0),
        CauseKind::HeldBack => (HELD_BACK_S, HELD_BACK_S),
        CauseKind::Stagnation => (STAGNATION_S, STAGNATION_S),
        _ => (rules.dwell_caution_s, rules.dwell_warning_s),
    }
}

/// `seconds` as a span.
pub(super) fn span(seconds: u32) -> Span {
    Span::from_seconds(i64::from(seconds))
}

impl Watch {
    /// When a dwell or quiet period that runs is over.
    pub(super) fn dues(&self, kind: CauseKind, rules: &WarningRules) -> impl Iterator<Item = Time> + use<> {
        let (caution_s, warning_s) = dwell_s(kind, rules);
        let runs =
            [(self.caution_since, caution_s), (self.warning_since, warning_s), (self.quiet_since, rules.quiet_s)];
        runs.into_iter().filter_map(|(since, seconds)| Some(since?.plus(span(seconds))))
    }

    /// The level whose dwell is over.
    fn ripe(&self, kind: CauseKind, rules: &WarningRules, now: Time) -> Level {
        let (caution_s, warning_s) = dwell_s(kind, rules);
        let over = |since: Option<Time>, dwell_s| since.is_some_and(|since| since.plus(span(dwell_s)) <= now);
        if self.evident.level == Level::Critical {
            Level::Critical
        } else if over(self.warning_since, warning_s) {
            Level::Warning
        } else if over(self.caution_since, caution_s) {
            Level::Caution
        } else {
            Level::Normal
        }
    }
}

impl Turn<'_> {
    /// Takes in what a cause's evidence says now.
    pub(crate) fn judge(&mut self, cause: Cause, evident: Evident) {
        if evident.level == Level::Normal && !self.state.watches.contains(cause) {
            return;
        }
        let now = self.now();
        let (caution_s, warning_s) = dwell_s(cause.kind, &self.site().rules);
        let watch = self.state.watches.watch(cause);
        watch.evident = evident;
        let dwells = [
            (&mut watch.caution_since, Level::Caution, caution_s),
            (&mut watch.warning_since, Level::Warning, warning_s),
        ];
        for (since, level, dwell_s) in dwells {
            if evident.level < level {
                *since = None;
            } else if since.is_none() {
                *since = Some(now);
                self.state.timers.set(now.plus(span(dwell_s)), Timer::Watch(cause));
            }
        }
        self.step(cause);
    }

    /// Moves a cause's warning on as far as its evidence and the time allow.
    pub(crate) fn step(&mut self, cause: Cause) {
        let Some(watch) = self.state.watches.get(&cause).copied() else { return };
        let ripe = watch.ripe(cause.kind, &self.site().rules, self.now());
        let open = watch.warning.and_then(|id| self.state.warnings.get(&id));
        match open.map(|warning| (warning.id, warning.service, warning.activity, warning.level)) {
            None if ripe > Level::Normal => self.raise(cause, ripe),
            Some((id, Service::Out, ..)) if ripe == Level::Critical => self.back_in_service(id, ripe),
            None | Some((_, Service::Out, ..)) => {}
            Some((id, _, Activity::Returned, _)) if ripe > Level::Normal => self.reactivate(id, ripe),
            Some((_, _, Activity::Returned, _)) => {}
            Some((id, _, Activity::Active, level)) if ripe > level => self.worsen(id, ripe),
            Some((id, _, Activity::Active, level)) => self.quieten(cause, id, level),
        }
        self.forget_if_idle(cause);
    }

    /// Times the quiet of an active warning and eases it when the quiet is over.
    fn quieten(&mut self, cause: Cause, id: WarningId, level: Level) {
        let now = self.now();
        let quiet_s = self.site().rules.quiet_s;
        let Some(watch) = self.state.watches.get_mut(&cause) else { return };
        let held = watch.evident.held;
        if !watch.evident.known || held >= level {
            watch.quiet_since = None;
            return;
        }
        let Some(since) = watch.quiet_since else {
            watch.quiet_since = Some(now);
            watch.quiet_worst = held;
            self.state.timers.set(now.plus(span(quiet_s)), Timer::Watch(cause));
            return;
        };
        watch.quiet_worst = watch.quiet_worst.max(held);
        if since.plus(span(quiet_s)) > now {
            return;
        }
        let eased = watch.quiet_worst;
        watch.quiet_since = None;
        if eased == Level::Normal {
            self.come_back(id);
        } else {
            self.ease(id, eased);
            self.quieten(cause, id, eased);
        }
    }

    /// Ends the watch of a cause that is normal and has no open warning.
    pub(super) fn forget_if_idle(&mut self, cause: Cause) {
        let idle = |watch: &Watch| watch.warning.is_none() && watch.evident.level == Level::Normal;
        if self.state.watches.get(&cause).is_some_and(idle) {
            self.state.watches.remove(&cause);
        }
    }
}
