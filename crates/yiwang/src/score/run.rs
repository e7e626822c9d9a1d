//! A simulated evening through the engine in memory, with its truth beside it.
//!
//! Not here: the node (log, history, screens), which plays the same inputs to the same state.
//! Invariant: the engine sees what it would see through the log, entry by entry.

use std::sync::Arc;

use city::{Digest, ENTRY_SCHEMA, Entry, Fact, Input, Seq, Site, Span, Time, ZoneIx};
use engine::City;
use sim::{Evening, PlayStart};

use super::Reality;
use super::faults::Fault;
use super::gather::{Gathered, Wanted};
use super::rates::TrueRate;
use super::truth::Truth;
use crate::node::Onlooker;

/// Site time after the last input at which a run ends.
const DRAIN: Span = Span::from_seconds(120);
/// A minute.
const MINUTE: Span = Span::from_seconds(60);

/// What came of an evening.
pub struct Run {
    /// What it showed.
    pub gathered: Gathered,
    /// What really was.
    pub reality: Reality,
    /// The state at its end.
    pub state_hash: Digest,
}

/// A city in memory that takes one input after the other.
pub struct InMemory {
    /// The city.
    pub city: City,
    /// What came of the latest input; its memory is used again for the next.
    pub outcome: city::Outcome,
    seq: u64,
}

impl InMemory {
    /// A city that has adopted `site` at `time`.
    pub fn starting(site: &Site, time: Time) -> Self {
        let mut memory = Self { city: City::default(), outcome: city::Outcome::default(), seq: 0 };
        memory.take(time, Input::Fact(Fact::Site(Box::new(site.clone()))));
        memory
    }

    /// Applies an input at a site time.
    pub fn take(&mut self, time: Time, input: Input) {
        self.seq += 1;
        let entry = Entry {
            seq: Seq(self.seq),
            time,
            actor: "bench".into(),
            source: "bench".into(),
            schema: ENTRY_SCHEMA,
            input,
        };
        engine::apply_into(&mut self.city, &entry, &mut self.outcome);
    }
}

/// Plays an evening at `site`.
pub fn evening(site: &Arc<Site>, start: PlayStart<'_>) -> anyhow::Result<Run> {
    let mut gathered = Gathered::new(Arc::clone(site), Wanted::Everything).with_rates();
    let mut evening = Evening::new(start)?;
    let mut memory = InMemory::starting(site, evening.start());
    let mut last = evening.start();
    let mut reality = Told::of(site);
    while let Some(step) = evening.step() {
        reality.step(&step.moment, &step.rates);
        for simulated in step.inputs {
            last = simulated.time;
            memory.take(last, simulated.input);
            gathered.applied(&memory.city, &memory.outcome.events);
        }
    }
    memory.take(last.plus(DRAIN), Input::Tick);
    gathered.applied(&memory.city, &memory.outcome.events);
    let reality = reality.whole(&evening, None);
    Ok(Run { gathered, reality, state_hash: memory.city.state_hash() })
}

/// What a simulation tells of itself as it goes.
pub struct Told {
    truth: Truth,
    rates: Vec<TrueRate>,
}

impl Told {
    /// Nothing yet.
    pub fn of(site: &Site) -> Self {
        Self { truth: Truth::of(site), rates: Vec::new() }
    }

    /// Takes a step; people count at whole minutes.
    pub fn step(&mut self, moment: &sim::Moment, rates: &[sim::Rate]) {
        if moment.time == moment.time.floor(MINUTE) {
            for (zone, people) in moment.people.iter().enumerate() {
                self.truth.say(ZoneIx::from(zone), moment.time, f64::from(*people));
            }
        }
        self.rates.extend(rates.iter().map(|rate| TrueRate {
            until: rate.from.plus(Span::from_seconds(i64::from(sim::RATE_EVERY_S))),
            datastream: rate.datastream,
            rate: rate.rate,
        }));
    }

    /// All of it, once the evening is over, or was cut before `to`: what has not begun by then did not happen.
    pub fn whole(self, evening: &Evening, to: Option<Time>) -> Reality {
        let faults = evening.play().faults().into_iter().filter(|fault| to.is_none_or(|to| fault.from < to));
        let fault = |fault: sim::Injected| {
            let sim::Injected { datastream, kind, from, to } = fault;
            Fault { datastream, kind, from, to }
        };
        Reality { truth: self.truth, faults: Some(faults.map(fault).collect()), rates: Some(self.rates) }
    }
}
