//! The driver: delivers replayed or simulated input to the node in site-time order, at the pace of a clock.
//!
//! Not here: reading files (connect) and making up an evening (sim).
//! Invariant: everything up to a moment is delivered before the tick of that moment, so the pace changes no state.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use city::{ActorId, Fact, Input, ObservationBatch, SourceId, Span, Time};

use super::clock::{Pace, PacedClock};
use super::inlet::Inlet;
use super::proposal::{At, Proposal};

/// How often a paced driver looks what is due.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Site time after the last fact at which a series ends: what the engine holds for a predecessor is let go by then.
const DRAIN: Span = Span::from_seconds(120);

/// One thing to deliver, and the site time it is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// Site time.
    pub time: Time,
    /// What enters.
    pub input: Input,
    /// Who caused it; the source itself if absent.
    pub actor: Option<ActorId>,
}

/// Delivers a series of facts.
pub struct Driver<I> {
    /// What to deliver, in time order.
    pub series: I,
    /// The pace.
    pub clock: Arc<PacedClock>,
    /// Where it goes.
    pub inlet: Inlet,
    /// The name its entries carry as source.
    pub source: SourceId,
    /// Set to stop early.
    pub stop: Arc<AtomicBool>,
    /// The moment of the last tick, with which the series ends; [`DRAIN`] after the last fact if absent.
    pub until: Option<Time>,
}

/// Why a driver ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Everything was delivered.
    Delivered,
    /// It was stopped, or the node is gone.
    Stopped,
}

impl<I: Iterator<Item = Due>> Driver<I> {
    /// Delivers everything, ending with a tick at the end, so that every timer due by then has fired.
    pub fn run(mut self) -> Ended {
        let mut reached = None;
        while let Some(due) = self.series.next() {
            if self.wait_for(due.time) == Ended::Stopped {
                return Ended::Stopped;
            }
            reached = Some(due.time);
            if !self.deliver(due.input, due.time, due.actor) {
                return Ended::Stopped;
            }
            self.clock.reached(due.time);
        }
        let end = self.until.or(reached.map(|last| last.plus(DRAIN)));
        let Some(end) = end else { return Ended::Delivered };
        if self.wait_for(end) == Ended::Stopped || !self.deliver(Input::Tick, end, None) {
            return Ended::Stopped;
        }
        Ended::Delivered
    }

    fn deliver(&self, input: Input, time: Time, actor: Option<ActorId>) -> bool {
        let mut proposal = Proposal::system(input, self.source.as_str(), At::Site(time));
        proposal.actor = actor.unwrap_or_else(|| self.source.as_str().into());
        self.inlet.put(proposal).is_ok()
    }

    /// Waits until the clock has reached `time`, with ticks on the way so that the picture ages visibly.
    fn wait_for(&self, time: Time) -> Ended {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Ended::Stopped;
            }
            let now = self.clock.now();
            if now >= time {
                return Ended::Delivered;
            }
            let (pace, paused) = self.clock.pace();
            if !paused && pace != Pace::Max && !self.deliver(Input::Tick, now, None) {
                return Ended::Stopped;
            }
            std::thread::park_timeout(LOOK_EVERY);
        }
    }
}

/// The last moment before one that is excluded: a tick there lets every timer due before the end fire, and what is due
/// at the end itself can still come after it.
pub fn last_before(end: Time) -> Time {
    end.minus(Span::from_micros(1))
}

/// A simulation as a series, from the log's head on.
///
/// What the log's last moment holds may be incomplete; sending it again changes nothing.
pub fn simulated(evening: impl Iterator<Item = sim::Simulated>, head: Time) -> impl Iterator<Item = Due> {
    evening.skip_while(move |simulated| simulated.time < head).map(|simulated| {
        let sim::Simulated { time, input, actor } = simulated;
        Due { time, input, actor }
    })
}

/// What of a series comes before a moment: of a batch that reaches it, the rows that are due sooner.
pub fn before(series: impl Iterator<Item = Due>, end: Option<Time>) -> impl Iterator<Item = Due> {
    let end = end.unwrap_or(Time::MAX);
    let mut is_over = false;
    series.map_while(move |due| {
        if is_over {
            return None;
        }
        is_over = due.time >= end;
        if !is_over {
            return Some(due);
        }
        let Input::Fact(Fact::Observations(batch)) = due.input else { return None };
        let sooner: ObservationBatch = batch.iter().filter(|row| row.result_time < end).collect();
        let time = sooner.result_times().iter().copied().max()?;
        Some(Due { time, input: Input::Fact(Fact::Observations(sooner)), actor: due.actor })
    })
}

/// The batches of a file as a series: each is due at its last row's result time.
pub fn batches(batches: impl Iterator<Item = ObservationBatch>) -> impl Iterator<Item = Due> {
    batches.filter_map(|batch| {
        let time = batch.result_times().iter().copied().max()?;
        Some(Due { time, input: Input::Fact(Fact::Observations(batch)), actor: None })
    })
}

/// The batches of a file as a series to watch: whole batches up to `start`, and after it one fact a moment, so that
/// nothing waits for a later row of its batch.
pub fn moments(batches: impl Iterator<Item = ObservationBatch>, start: Time) -> impl Iterator<Item = Due> {
    self::batches(batches.flat_map(move |batch| split(&batch, start)))
}

/// The rows in their order, cut where the moment they are due changes; all that is due by `start` is one moment.
fn split(batch: &ObservationBatch, start: Time) -> Vec<ObservationBatch> {
    let mut parts: Vec<ObservationBatch> = Vec::new();
    let mut moment = None;
    for observation in batch.iter() {
        let due = observation.result_time.max(start);
        match parts.last_mut() {
            Some(part) if moment == Some(due) => part.push(observation),
            _ => {
                let mut part = ObservationBatch::default();
                part.push(observation);
                parts.push(part);
            }
        }
        moment = Some(due);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use city::{DatastreamIx, Observation};

    fn batch(result_times_s: &[i64]) -> ObservationBatch {
        let mut batch = ObservationBatch::default();
        for second in result_times_s {
            let time = Time::from_micros(second * 1_000_000);
            let datastream = DatastreamIx::from(0);
            batch.push(Observation { datastream, phenomenon_time: time, result_time: time, result: Some(1.0) });
        }
        batch
    }

    #[test]
    fn a_series_ends_before_the_moment_that_is_excluded() {
        let at = |second: i64| Time::from_micros(second * 1_000_000);
        let taken = |end: i64| -> Vec<_> {
            let series = batches([batch(&[10, 20]), batch(&[25, 30, 35]), batch(&[40])].into_iter());
            before(series, Some(at(end))).map(|due| due.time).collect()
        };
        assert_eq!(taken(30), [at(20), at(25)]);
        assert_eq!(taken(25), [at(20)]);
        assert_eq!(taken(41), [at(20), at(35), at(40)]);
    }

    #[test]
    fn a_watched_replay_delivers_each_moment_at_its_own_time_and_the_past_at_once() {
        let start = Time::from_micros(20_000_000);
        let due: Vec<_> = moments([batch(&[5, 10, 20, 30]), batch(&[30, 40, 40])].into_iter(), start)
            .map(|due| match due.input {
                Input::Fact(Fact::Observations(part)) => (due.time, part.len()),
                other => panic!("{other:?}"),
            })
            .collect();
        let at = |second: i64| Time::from_micros(second * 1_000_000);
        assert_eq!(due, [(at(20), 3), (at(30), 1), (at(30), 1), (at(40), 2)]);
    }
}
