//! What people do with a warning: acknowledge, shelve, unshelve, take out of service.
//!
//! Not here: who may (policy, in the shell).
//! Invariant: a refused command changes nothing; a critical is shelved shortly or not at all, and stays in service.

use city::{
    Acknowledgement, Activity, ActorId, CauseKind, Command, Event, Level, RejectionReason, Service, Shelving, Time,
    Warning, WarningChange, WarningId,
};

use super::life::sound;
use super::watch::span;
use crate::timers::Timer;
use crate::turn::Turn;

impl Turn<'_> {
    /// A command about a warning.
    pub(crate) fn command(&mut self, command: &Command, by: &ActorId) {
        let done = match command {
            Command::Acknowledge { warning } => self.acknowledge(*warning, by),
            Command::Shelve { warning, why, until } => self.shelve(*warning, why, (by, *until)),
            Command::Unshelve { warning } => self.unshelve_by_hand(*warning),
            Command::Service { warning, service, .. } => self.set_service(*warning, *service),
            Command::SetMeasure { .. } => Ok(()),
        };
        match done {
            Ok(()) => self.emit(Event::Done),
            Err(reason) => self.reject(reason),
        }
    }

    fn known(&self, id: WarningId) -> Result<&Warning, RejectionReason> {
        self.state.warnings.get(&id).ok_or(RejectionReason::UnknownWarning)
    }

    fn acknowledge(&mut self, id: WarningId, by: &ActorId) -> Result<(), RejectionReason> {
        let warning = self.known(id)?;
        if warning.acknowledged.is_some() {
            return Err(RejectionReason::AlreadyAcknowledged);
        }
        let is_surge = warning.cause.kind == CauseKind::Surge;
        self.mark_acknowledged(id, by);
        if is_surge {
            let unanswered = self
                .state
                .warnings
                .values()
                .filter(|warning| warning.grouped_in == Some(id) && warning.acknowledged.is_none());
            let members: Vec<WarningId> = unanswered.map(|warning| warning.id).collect();
            for member in members {
                self.mark_acknowledged(member, by);
            }
        }
        Ok(())
    }

    fn mark_acknowledged(&mut self, id: WarningId, by: &ActorId) {
        let at = self.now();
        if let Some(warning) = self.state.warnings.get_mut(&id) {
            warning.acknowledged = Some(Acknowledgement { by: by.clone(), at });
        }
        self.report(WarningChange::Acknowledged, id);
        self.close_if_over(id);
    }

    fn shelve(&mut self, id: WarningId, why: &str, who: (&ActorId, Time)) -> Result<(), RejectionReason> {
        let (by, until) = who;
        let at = self.now();
        let rules = self.site().rules;
        let limit_s = match self.known(id)?.level {
            Level::Critical => rules.shelve_critical_max_s,
            _ => rules.shelve_max_s,
        };
        if until <= at || until > at.plus(span(limit_s)) {
            return Err(RejectionReason::ShelveTooLong);
        }
        let shelving = Shelving { by: by.clone(), at, why: why.to_owned(), until };
        let before = self.state.warnings.get_mut(&id).and_then(|warning| warning.shelved.replace(shelving));
        if let Some(before) = before {
            self.state.timers.cancel(before.until, Timer::Unshelve(id));
        }
        self.state.timers.set(until, Timer::Unshelve(id));
        self.report(WarningChange::Shelved, id);
        Ok(())
    }

    /// The time of a shelving is over.
    pub(crate) fn shelving_ends(&mut self, id: WarningId) {
        let now = self.now();
        let over = |warning: &Warning| warning.shelved.as_ref().is_some_and(|shelving| shelving.until <= now);
        if self.state.warnings.get(&id).is_some_and(over) {
            self.unshelve(id);
        }
    }

    fn unshelve_by_hand(&mut self, id: WarningId) -> Result<(), RejectionReason> {
        self.known(id)?;
        self.unshelve(id);
        Ok(())
    }

    /// Ends a shelving; what is still active and unacknowledged sounds.
    fn unshelve(&mut self, id: WarningId) {
        let Some(warning) = self.state.warnings.get_mut(&id) else { return };
        let Some(shelving) = warning.shelved.take() else { return };
        if warning.activity == Activity::Active && warning.acknowledged.is_none() {
            sound(warning);
        }
        self.state.timers.cancel(shelving.until, Timer::Unshelve(id));
        self.report(WarningChange::Unshelved, id);
    }

    fn set_service(&mut self, id: WarningId, service: Service) -> Result<(), RejectionReason> {
        let warning = self.known(id)?;
        if service == Service::Out && warning.level == Level::Critical && warning.activity == Activity::Active {
            return Err(RejectionReason::CriticalStaysInService);
        }
        if warning.service == service {
            return Ok(());
        }
        let cause = warning.cause;
        self.write_service(id, service);
        if service == Service::In {
            // Judged again at once: what worsened meanwhile is raised, what is gone starts its quiet time.
            self.step(cause);
            self.close_if_over(id);
        }
        Ok(())
    }

    fn write_service(&mut self, id: WarningId, service: Service) {
        let Some(warning) = self.state.warnings.get_mut(&id) else { return };
        warning.service = service;
        let cause = warning.cause;
        if let Some(watch) = self.state.watches.get_mut(&cause) {
            watch.quiet_since = None;
        }
        self.report(WarningChange::ServiceChanged, id);
    }

    /// A cause that was out of service reached critical: nobody may miss it.
    pub(super) fn back_in_service(&mut self, id: WarningId, level: Level) {
        self.write_service(id, Service::In);
        if self.state.warnings.get(&id).is_some_and(|warning| warning.activity == Activity::Returned) {
            self.reactivate(id, level);
        } else {
            self.worsen(id, level);
        }
    }
}
