//! From a datastream's id to its place in the site, the default of its result times, and its limits.
//!
//! Not here: what happens to unknown ids (`gather`).
//! Invariant: look-ups only; nothing depends on the order of the map.

use std::collections::HashMap;

use city::{Datastream, DatastreamIx, Observation, RejectionReason, Site, Span};
use formats::Record;

#[derive(Clone, Copy, Debug)]
struct Target {
    datastream: DatastreamIx,
    /// From the start of the interval to the default result time: `interval_s` + `delay_s`.
    until_result: Span,
}

/// The datastreams of a site by id. Built once for each site.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    targets: HashMap<String, Target>,
    streams: Vec<Datastream>,
}

impl Lookup {
    /// The look-up of a site.
    pub fn new(site: &Site) -> Self {
        let target = |(index, stream): (usize, &Datastream)| {
            let until_result = Span::from_seconds(i64::from(stream.interval_s) + i64::from(stream.delay_s));
            (stream.id.to_string(), Target { datastream: DatastreamIx::from(index), until_result })
        };
        Self { targets: site.datastreams.iter().enumerate().map(target).collect(), streams: site.datastreams.clone() }
    }

    /// The observation a record says; `None` if the site has no such datastream.
    ///
    /// A result time that is not said is the end of the interval plus the stream's delay.
    pub fn resolve(&self, record: &Record<'_>) -> Option<Observation> {
        let target = self.targets.get(&*record.datastream)?;
        Some(Observation {
            datastream: target.datastream,
            phenomenon_time: record.phenomenon_time,
            result_time: record.result_time.unwrap_or_else(|| record.phenomenon_time.plus(target.until_result)),
            result: record.result,
        })
    }

    /// The datastream and why it refuses the observation's result, if it does.
    pub fn refuses(&self, observation: &Observation) -> Option<(&Datastream, RejectionReason)> {
        let stream = self.streams.get(observation.datastream.index())?;
        Some((stream, stream.refuses(observation.result?)?))
    }
}
