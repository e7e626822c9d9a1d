//! A file of observations → the history of all series on one clock.
//!
//! Not here: rows (formats), opening and unpacking (connect).
//! Invariant: the cadence is the most frequent gap of all series; what does not lie on its grid is counted, never moved.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::Path;

use city::{MICROS_PER_S, Span, Time};
use connect::file::{MAX_FILE_ROWS, Reach, visit};
use forecast::{Calendar, History, Series};

use crate::command::WrongUse;

/// Observations of one day and series without one gap of the cadence, from so many on: another cadence.
const JUDGED: usize = 6;

/// A file, read.
#[derive(Debug, Default)]
pub struct Observations {
    names: Vec<String>,
    /// By series, in the order of the file until [`Observations::sort`].
    values: Vec<Vec<Value>>,
    /// Offsets as written, by time.
    offsets: BTreeMap<Time, i32>,
    /// What is worth knowing.
    pub notes: Vec<String>,
    /// False when rows were refused or the file broke off.
    pub is_whole: bool,
}

#[derive(Clone, Copy, Debug)]
struct Value {
    start: Time,
    /// When it became known; the end of its interval if not said.
    known: Option<Time>,
    result: Option<f64>,
}

/// A history, and which of its values were late.
pub struct Loaded {
    /// The values.
    pub history: History,
    /// Values that became known only after the end of their interval: (tick, series).
    pub late: Vec<(i64, usize)>,
}

impl Observations {
    /// Reads the file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let mut observations = Self { is_whole: true, ..Self::default() };
        let mut places: HashMap<String, usize> = HashMap::new();
        let (mut rows, mut refused) = (0_usize, formats::Problems::default());
        let mut last_offset = None;
        let reach = visit(path, |row| {
            rows += 1;
            match row {
                Ok(record) => {
                    let place = places.get(&*record.datastream).copied().unwrap_or_else(|| {
                        observations.names.push(record.datastream.to_string());
                        observations.values.push(Vec::new());
                        places.insert(record.datastream.to_string(), observations.names.len() - 1);
                        observations.names.len() - 1
                    });
                    if last_offset != Some(record.offset_s) {
                        observations.offsets.insert(record.phenomenon_time, record.offset_s);
                        last_offset = Some(record.offset_s);
                    }
                    let (start, known) = (record.phenomenon_time, record.result_time);
                    observations.values[place].push(Value { start, known, result: record.result });
                }
                Err(problem) => refused.push(problem),
            }
            if rows > MAX_FILE_ROWS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        observations.notes.extend(refused.first().iter().map(|problem| format!("observations: {problem}")));
        if refused.total() > 0 {
            observations.notes.push(format!("{} of {rows} rows were refused", refused.total()));
        }
        if let Reach::Broken { line, reason } = &reach {
            observations.notes.push(format!("observations were read up to line {line}: {reason}"));
        }
        observations.is_whole = refused.is_empty() && reach == Reach::End;
        observations.sort();
        Ok(observations)
    }

    fn sort(&mut self) {
        for values in &mut self.values {
            values.sort_by_key(|value| value.start);
        }
        // One offset for each stretch of time.
        let mut last = None;
        self.offsets.retain(|_, offset| last.replace(*offset) != Some(*offset));
    }

    /// Leaves out what lies before a time.
    pub fn forget_before(&mut self, from: Time) {
        for values in &mut self.values {
            values.retain(|value| value.start >= from);
        }
    }

    /// The first and the last start of an interval.
    pub fn span(&self) -> Option<(Time, Time)> {
        let first = self.values.iter().filter_map(|values| values.first()).map(|value| value.start).min()?;
        let last = self.values.iter().filter_map(|values| values.last()).map(|value| value.start).max()?;
        Some((first, last))
    }

    /// Offsets from UTC as written, seconds east, each from its time on.
    pub fn offsets(&self) -> Vec<(Time, i32)> {
        self.offsets.iter().map(|(time, offset)| (*time, *offset)).collect()
    }

    /// The most frequent gap between successive observations, the smaller one in a tie.
    pub fn cadence(&self) -> Option<Span> {
        let mut gaps: BTreeMap<i64, usize> = BTreeMap::new();
        for values in &self.values {
            for pair in values.windows(2) {
                let gap = pair[1].start.since(pair[0].start).micros();
                if gap > 0 {
                    *gaps.entry(gap).or_default() += 1;
                }
            }
        }
        let (gap, _) = gaps.into_iter().max_by_key(|(gap, count)| (*count, -*gap))?;
        (gap % MICROS_PER_S == 0).then(|| Span::from_micros(gap))
    }

    /// The history on the grid of a calendar. A later row of the same interval stands for the earlier one.
    pub fn history(&mut self, calendar: &Calendar) -> anyhow::Result<Loaded> {
        let Some((first, _)) = self.span() else {
            return Err(WrongUse("the file holds no observation".to_owned()).into());
        };
        let mut history = History::new(calendar.clone(), series(&self.names, &self.values), first);
        let (mut late, mut off_grid, mut coarse) = (Vec::new(), 0_usize, BTreeMap::<&str, usize>::new());
        let cadence = calendar.cadence();
        for (s, values) in self.values.iter().enumerate() {
            for of_day in values.chunk_by(|a, b| day(calendar, a.start) == day(calendar, b.start)) {
                if is_coarse(of_day, cadence) {
                    *coarse.entry(&self.names[s]).or_default() += of_day.len();
                    continue;
                }
                for value in of_day {
                    let Some(result) = value.result else { continue };
                    if !calendar.is_start(value.start) {
                        off_grid += 1;
                        continue;
                    }
                    let tick = calendar.tick(value.start);
                    history.set(tick, s, result);
                    if value.known.is_some_and(|known| known > value.start.plus(cadence)) {
                        late.push((tick, s));
                    }
                }
            }
        }
        let seconds = cadence.seconds();
        if off_grid > 0 {
            let note = format!("{off_grid} observations do not start on the grid of {seconds} s and are left out");
            self.notes.push(note);
        }
        for (name, count) in coarse {
            let note = format!("{count} observations of {name} come at another cadence than {seconds} s: left out");
            self.notes.push(note);
        }
        Ok(Loaded { history, late })
    }
}

fn day(calendar: &Calendar, at: Time) -> i64 {
    calendar.slot(calendar.tick(at)).day
}

/// Whether a day's values come at gaps that are all longer than the cadence, or mostly shorter.
fn is_coarse(of_day: &[Value], cadence: Span) -> bool {
    if of_day.len() < JUDGED {
        return false;
    }
    let gaps = || of_day.windows(2).map(|pair| pair[1].start.since(pair[0].start)).filter(|gap| *gap != Span::ZERO);
    let short = gaps().filter(|gap| *gap < cadence).count();
    gaps().all(|gap| gap > cadence) || short * 2 > of_day.len()
}

/// Series by their names: `station/entries` and `station/exits` are a pair, all entries are a group.
fn series(names: &[String], values: &[Vec<Value>]) -> Vec<Series> {
    let mut groups: Vec<&str> = names.iter().map(|name| group(name)).collect();
    groups.sort_unstable();
    groups.dedup();
    let place: HashMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let others: Vec<Option<usize>> = names.iter().map(|name| pair(name, &place)).collect();
    (names.iter().zip(values).zip(others))
        .map(|((name, values), pair)| Series {
            name: name.clone(),
            group: groups.binary_search(&group(name)).unwrap_or(0),
            pair,
            is_count: values.iter().filter_map(|value| value.result).all(|result| result.fract() == 0.0),
        })
        .collect()
}

/// The last part of a name with more than one part.
pub fn group(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(_, last)| last)
}

/// Directions that belong together.
const OPPOSITE: [(&str, &str); 3] = [("entries", "exits"), ("in", "out"), ("up", "down")];

fn pair(name: &str, places: &HashMap<&str, usize>) -> Option<usize> {
    let (place, direction) = name.rsplit_once('/')?;
    let other = OPPOSITE.iter().find_map(|(one, other)| match direction {
        _ if direction == *one => Some(*other),
        _ if direction == *other => Some(*one),
        _ => None,
    })?;
    places.get(format!("{place}/{other}").as_str()).copied()
}
