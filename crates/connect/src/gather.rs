//! Gathering rows into one batch: resolving, counting, refusing, putting in order.
//!
//! Not here: where the rows come from (`file`, `push`).
//! Invariant: rows = observations + outside + refused; at most `limit` observations are held, at 28 bytes each.

use std::ops::ControlFlow;

use city::{DatastreamIx, Observation, ObservationBatch, Time};
use formats::{Problem, Problems, Reason, Row, quoted};

use crate::Lookup;

/// Which observations are wanted, by result time: from the first moment on, before the second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first result time wanted; absent: from the beginning.
    pub from: Option<Time>,
    /// The first result time no longer wanted; absent: to the end.
    pub to: Option<Time>,
}

impl Window {
    fn holds(&self, time: Time) -> bool {
        self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
    }
}

pub(crate) struct Gatherer<'l> {
    lookup: &'l Lookup,
    window: Window,
    limit: usize,
    pub batch: ObservationBatch,
    pub problems: Problems,
    pub rows: u64,
    pub missing: u64,
    pub outside: u64,
}

impl<'l> Gatherer<'l> {
    pub(crate) fn new(lookup: &'l Lookup, window: Window, limit: usize) -> Self {
        Self {
            lookup,
            window,
            limit,
            batch: ObservationBatch::default(),
            problems: Problems::default(),
            rows: 0,
            missing: 0,
            outside: 0,
        }
    }

    /// Takes a row and tells the observation it is, if it is held; breaks off once more came than may be.
    pub(crate) fn take(&mut self, row: Row<'_>) -> ControlFlow<(), Option<Observation>> {
        self.rows += 1;
        match row {
            Err(problem) => self.problems.push(problem),
            Ok(record) => match self.lookup.resolve(&record) {
                Some(observation) => return self.observation(observation),
                None => self.problems.push(Problem {
                    place: record.place,
                    reason: Reason::UnknownDatastream { id: quoted(&record.datastream) },
                }),
            },
        }
        ControlFlow::Continue(None)
    }

    fn observation(&mut self, observation: Observation) -> ControlFlow<(), Option<Observation>> {
        if !self.window.holds(observation.result_time) {
            self.outside += 1;
            return ControlFlow::Continue(None);
        }
        if self.batch.len() == self.limit {
            return ControlFlow::Break(());
        }
        self.missing += u64::from(observation.result.is_none());
        self.batch.push(observation);
        ControlFlow::Continue(Some(observation))
    }
}

/// The rows of a batch in the order of their result times, ties in the order they had.
pub(crate) fn in_result_order(batch: ObservationBatch) -> ObservationBatch {
    if batch.result_times().is_sorted() {
        return batch;
    }
    let times = batch.result_times();
    // A batch is limited far below u32::MAX rows.
    let mut order: Vec<u32> = (0..batch.len() as u32).collect();
    order.sort_by_key(|row| times[*row as usize]);
    permuted(&batch, &order)
}

fn permuted(batch: &ObservationBatch, order: &[u32]) -> ObservationBatch {
    fn column<T: Copy>(values: &[T], order: &[u32]) -> Vec<T> {
        order.iter().map(|row| values[*row as usize]).collect()
    }
    let datastreams: Vec<DatastreamIx> = column(batch.datastreams(), order);
    ObservationBatch::from_columns(
        datastreams,
        column(batch.phenomenon_times(), order),
        column(batch.result_times(), order),
        column(batch.results(), order),
    )
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use city::{Datastream, Site};

    use super::*;

    fn lookup() -> Lookup {
        let stream = Datastream {
            id: "a".into(),
            name: city::Bilingual::same("a"),
            unit: "1".to_owned(),
            ..Datastream::default()
        };
        Lookup::new(&Site { datastreams: vec![stream], ..Site::default() })
    }

    fn gather(limit: usize, rows: &str) -> (usize, bool) {
        let lookup = lookup();
        let mut gatherer = Gatherer::new(&lookup, Window::default(), limit);
        let text = format!("phenomenonTime,datastream,result\n{rows}");
        let mut full = false;
        formats::csv::visit(text.as_bytes(), |row| full |= gatherer.take(row).is_break()).unwrap();
        (gatherer.batch.len(), full)
    }

    #[test]
    fn no_more_than_the_limit_is_held_and_one_more_is_noticed() {
        let row = "2020-01-01T00:00:00Z,a,1\n";
        assert_eq!(gather(3, &row.repeat(3)), (3, false));
        assert_eq!(gather(3, &row.repeat(5)), (3, true));
        assert_eq!(gather(3, &format!("{}2020-01-01T00:00:00Z,b,1\n", row.repeat(3))), (3, false));
    }
}
