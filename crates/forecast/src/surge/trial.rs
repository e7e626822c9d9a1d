//! What surge detection is worth on past days: thresholds set on some days, judged on others.
//!
//! Not here: reading files and printing (the shell).
//! Invariant: days that are judged set no shape, no scale and no threshold; what is known of events never reaches the
//! detector on a day that is judged.

use city::{MICROS_PER_S, Span, Time};

use super::filter::{Detector, State};
use super::learn::{Held, Learned, walk};
use super::shape::{PastDay, Shaper};
use super::threshold::{Alarm, Turn, threshold};
use crate::calendar::{Calendar, Event};
use crate::chance::split_mix;
use crate::history::History;
use crate::occasions::{AFTER_S, BEFORE_S};
use crate::profile::{from_root, to_root};
use crate::settings::Refusal;

/// A surge that is raised from this long before an event's end until this long after it is the event's, seconds.
const HIT_S: (i64, i64) = (3600, 2 * 3600);
/// Share of the hit window that must hold values for an event to count.
const LEAST_DATA: f64 = 0.5;
/// Days from which on whole weeks are left out together.
const DAYS_FOR_WEEKS: usize = 56;
/// Parts of the days; each is judged by what the others teach.
const FOLDS: i64 = 5;
/// Share of the budget that training days may use up: on other days there are somewhat more false alarms.
const BUDGET_SHARE: f64 = 0.75;

/// What is tried.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialPlan {
    /// False alarms allowed in a day of one series.
    pub false_alarms_per_day: f64,
    /// Learn from ticks before this one and judge the others; if absent, every part of the days by all others.
    pub train_until: Option<i64>,
    /// Whether the events of training days are known for what they are.
    pub training_events: TrainingEvents,
    /// Surges to add to the judged days.
    pub injections: Option<Injections>,
}

/// What is known of events on training days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainingEvents {
    /// Intervals near them are left out of shapes, scales and thresholds.
    Known,
    /// Nothing: their surges are false alarms like others.
    Unknown,
}

/// Surges that are added: on each judged day and series one of each size, at a random time.
#[derive(Clone, Debug, PartialEq)]
pub struct Injections {
    /// Sizes, in mean values of the series.
    pub sizes: Vec<f64>,
    /// Intervals.
    pub length: usize,
    /// Where they begin.
    pub seed: u64,
}

/// An event that is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// When it ended.
    pub end: Time,
    /// The end of the interval at which its surge was raised, in any series.
    pub raised: Option<Time>,
}

/// Surges of one size.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InjectedScore {
    /// In mean values of the series.
    pub size: f64,
    /// How many there were, without those that began while the series was in alarm.
    pub n: usize,
    /// How many began while the series was in alarm.
    pub in_alarm: usize,
    /// Intervals until each that was found was raised, the one it began with included; rising.
    pub delays: Vec<usize>,
}

/// What one detector did.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialScore {
    /// The detector.
    pub detector: Detector,
    /// Thresholds, one for each part of the days.
    pub thresholds: Vec<f32>,
    /// Days of one series that were judged, without the time in which events are felt.
    pub series_days: f64,
    /// Raised where no event is felt.
    pub false_alarms: usize,
    /// By series.
    pub false_by_series: Vec<usize>,
    /// Raised where an event is felt, but not near its end.
    pub during_events: usize,
    /// Share of judged values in alarm.
    pub alarmed_share: f64,
    /// Events with data on judged days.
    pub events: Vec<Judged>,
    /// Injected surges.
    pub injected: Vec<InjectedScore>,
}

/// A part of the days.
struct Part<'a> {
    held: Vec<Held<'a>>,
    learned: Learned,
    thresholds: Vec<f32>,
}

/// Tries all detectors, in the order of [`Detector::ALL`].
pub fn trial(history: &History, plan: &TrialPlan) -> Result<Vec<TrialScore>, Refusal> {
    let calendar = history.calendar();
    let is_known = plan.training_events == TrainingEvents::Known;
    let is_felt = |tick: i64| is_known && is_felt(calendar, tick);
    let span = (history.end_tick() - history.first_tick()) as usize / calendar.slots();
    let block_days = if span >= DAYS_FOR_WEEKS { 7 } else { 1 };
    let days = PastDay::all(history, block_days, &is_felt);
    if days.len() < 2 {
        return Err(Refusal::NoValues);
    }
    let slots_a_day = slots_a_day(&days, history.series().len());
    let mut scores: Vec<TrialScore> = Detector::ALL.iter().map(|detector| empty(*detector, history, plan)).collect();
    let folds = if plan.train_until.is_some() { 1 } else { FOLDS };
    for fold in 0..folds {
        let judged = |day: &PastDay| match plan.train_until {
            Some(until) => calendar.slot(until).day <= day.number,
            None => day.block.rem_euclid(FOLDS) == fold,
        };
        if !days.iter().any(judged) || days.iter().all(judged) {
            continue;
        }
        let part = learn(history, &days, plan, (&judged, slots_a_day));
        judge(history, &part, &mut scores, slots_a_day);
        for (size, at) in plan.injections.iter().flat_map(|plan| plan.sizes.iter().zip(0..)) {
            inject(history, &part, plan, (*size, at), &mut scores);
        }
    }
    for score in &mut scores {
        score.events.sort_by_key(|event| event.end);
        score.injected.iter_mut().for_each(|injected| injected.delays.sort_unstable());
    }
    Ok(scores)
}

fn empty(detector: Detector, history: &History, plan: &TrialPlan) -> TrialScore {
    let sizes = plan.injections.iter().flat_map(|injections| &injections.sizes);
    TrialScore {
        detector,
        thresholds: Vec::new(),
        series_days: 0.0,
        false_alarms: 0,
        false_by_series: vec![0; history.series().len()],
        during_events: 0,
        alarmed_share: 0.0,
        events: Vec::new(),
        injected: sizes.map(|size| InjectedScore { size: *size, ..InjectedScore::default() }).collect(),
    }
}

/// Values that a day of a series mostly has.
pub(crate) fn slots_a_day(days: &[PastDay], series: usize) -> f64 {
    let mut counts: Vec<usize> = Vec::new();
    for day in days {
        for s in 0..series {
            let seen = day.roots.iter().skip(s).step_by(series).filter(|root| !root.is_nan()).count();
            if seen > 0 {
                counts.push(seen);
            }
        }
    }
    counts.sort_unstable();
    counts.get(counts.len() / 2).map_or(1.0, |count| *count as f64)
}

/// Learns from the days that are not judged, and makes the judged ones ready.
fn learn<'a>(
    history: &History,
    days: &'a [PastDay],
    plan: &TrialPlan,
    (judged, slots_a_day): (&dyn Fn(&PastDay) -> bool, f64),
) -> Part<'a> {
    let calendar = history.calendar();
    let shaper = Shaper {
        days: days.iter().filter(|day| !judged(day)).collect(),
        slots: calendar.slots(),
        series: history.series().len(),
        cadence_s: calendar.cadence().micros() / MICROS_PER_S,
    };
    let training = held_out(&shaper);
    let learned = Learned::new(&shaper, &training, history.series());
    let thresholds = thresholds(&learned, &training, plan.false_alarms_per_day / slots_a_day);
    let of_judged = days.iter().filter(|day| judged(day));
    let held = of_judged.map(|day| Held { day, base: shaper.held(day, None) }).collect();
    Part { held, learned, thresholds }
}

/// Training days, each held against the shape of the other blocks.
pub(crate) fn held_out<'a>(shaper: &Shaper<'a>) -> Vec<Held<'a>> {
    let base = |day: &PastDay| shaper.held(day, Some(day.block));
    shaper.days.iter().map(|day| Held { day, base: base(day) }).collect()
}

/// The thresholds of all detectors that keep to a budget of false alarms for each value.
pub(crate) fn thresholds(learned: &Learned, training: &[Held<'_>], budget_per_value: f64) -> Vec<f32> {
    let of_detector = |traces: &Vec<super::threshold::Trace>| {
        let judged: usize = traces.iter().map(super::threshold::Trace::judged).sum();
        threshold(traces, BUDGET_SHARE * budget_per_value * judged as f64)
    };
    learned.traces(training).iter().map(of_detector).collect()
}

/// Counts what the detectors do on the judged days.
fn judge(history: &History, part: &Part<'_>, scores: &mut [TrialScore], slots_a_day: f64) {
    let (calendar, count) = (history.calendar(), history.series().len());
    for (score, threshold) in scores.iter_mut().zip(&part.thresholds) {
        score.thresholds.push(*threshold);
        score.events.extend(events_with_data(history, &part.held));
    }
    let mut states = vec![State::default(); count];
    let mut alarms = vec![vec![Alarm::default(); count]; scores.len()];
    let (mut values, mut alarmed) = (0_usize, vec![0_usize; scores.len()]);
    walk(&part.held, |held, slot, is_break| {
        if is_break {
            states.fill(State::default());
            alarms.iter_mut().flatten().for_each(|alarm| *alarm = Alarm::default());
        }
        let tick = calendar.tick_of(crate::calendar::Slot { day: held.day.number, slot });
        let is_felt = is_felt(calendar, tick);
        for (s, readings) in part.learned.observe(&mut states, slot, held.row(slot, count)).iter().enumerate() {
            if readings[0].is_nan() {
                continue;
            }
            values += usize::from(!is_felt);
            for (at, score) in scores.iter_mut().enumerate() {
                let turn = alarms[at][s].observe(readings[at], part.thresholds[at]);
                alarmed[at] += usize::from(alarms[at][s].is_on && !is_felt);
                if turn == Turn::Raised {
                    note_alarm(score, (s, is_felt), calendar.start(tick + 1));
                }
            }
        }
    });
    let days = values as f64 / slots_a_day;
    for (score, alarmed) in scores.iter_mut().zip(alarmed) {
        let before = score.alarmed_share * score.series_days;
        score.series_days += days;
        score.alarmed_share = (before + alarmed as f64 / slots_a_day) / score.series_days.max(1e-9);
    }
}

/// Puts an alarm to an event, or counts it as false.
fn note_alarm(score: &mut TrialScore, (series, is_felt): (usize, bool), raised: Time) {
    let near = |event: &&mut Judged| {
        let after_s = raised.since(event.end).micros() / MICROS_PER_S;
        (-HIT_S.0..=HIT_S.1).contains(&after_s)
    };
    match score.events.iter_mut().find(near) {
        Some(event) => event.raised = event.raised.or(Some(raised)),
        None if is_felt => score.during_events += 1,
        None => {
            score.false_alarms += 1;
            score.false_by_series[series] += 1;
        }
    }
}

/// Events whose hit window lies in judged days and mostly holds values.
fn events_with_data(history: &History, held: &[Held<'_>]) -> Vec<Judged> {
    let calendar = history.calendar();
    let in_part = |tick: i64| {
        let day = calendar.slot(tick).day;
        held.binary_search_by_key(&day, |held| held.day.number).is_ok()
    };
    let has_data = |event: &&Event| {
        let (from, to) = (-HIT_S.0, HIT_S.1);
        let at = |seconds: i64| calendar.tick(event.end.plus(Span::from_seconds(seconds)));
        let ticks = at(from)..at(to);
        let seen = |tick: &i64| in_part(*tick) && history.row(*tick).iter().any(|value| !value.is_nan());
        let all = (ticks.end - ticks.start).max(1) as f64;
        in_part(calendar.tick(event.end)) && ticks.filter(seen).count() as f64 >= LEAST_DATA * all
    };
    let events = calendar.events().iter().filter(has_data);
    events.map(|event| Judged { end: event.end, raised: None }).collect()
}

/// Whether an event is felt at a tick.
pub(crate) fn is_felt(calendar: &Calendar, tick: i64) -> bool {
    let at = calendar.start(tick);
    let (before, after) = (Span::from_seconds(BEFORE_S), Span::from_seconds(AFTER_S));
    calendar.events().iter().any(|event| at >= event.begin.minus(before) && at < event.end.plus(after))
}

/// Adds a surge of one size to every judged day and series, and sees when it is raised.
fn inject(
    history: &History,
    part: &Part<'_>,
    plan: &TrialPlan,
    (size, place): (f64, usize),
    scores: &mut [TrialScore],
) {
    let Some(injections) = &plan.injections else { return };
    let count = history.series().len();
    let mut states = vec![State::default(); count];
    let mut alarms = vec![vec![Alarm::default(); count]; scores.len()];
    let mut begins: Vec<Option<usize>> = Vec::new();
    let mut found = vec![vec![false; count]; scores.len()];
    let mut roots = vec![0.0; count];
    walk(&part.held, |held, slot, is_break| {
        if is_break {
            states.fill(State::default());
            alarms.iter_mut().flatten().for_each(|alarm| *alarm = Alarm::default());
        }
        if slot == 0 {
            begins = (0..count).map(|s| begin(held.day, (s, count), injections)).collect();
            found.iter_mut().flatten().for_each(|found| *found = false);
        }
        let mut row = held.row(slot, count);
        roots.copy_from_slice(row.roots);
        let into = |s: usize| begins[s].and_then(|begin| slot.checked_sub(begin)).filter(|at| *at < injections.length);
        for (s, root) in roots.iter_mut().enumerate().filter(|(s, _)| into(*s).is_some()) {
            let more = (size * f64::from(part.learned.means[s])).round() as f32;
            *root = to_root(from_root(*root) + more);
        }
        row.roots = &roots;
        for (s, readings) in part.learned.observe(&mut states, slot, row).iter().enumerate() {
            for (at, score) in scores.iter_mut().enumerate() {
                if begins[s] == Some(slot) {
                    found[at][s] = alarms[at][s].is_on;
                    score.injected[place].in_alarm += usize::from(alarms[at][s].is_on);
                    score.injected[place].n += usize::from(!alarms[at][s].is_on);
                }
                let turn = alarms[at][s].observe(readings[at], part.thresholds[at]);
                if let (Turn::Raised, Some(into), false) = (turn, into(s), found[at][s]) {
                    found[at][s] = true;
                    score.injected[place].delays.push(into + 1);
                }
            }
        }
    });
}

/// Where on a day the surge of a series begins: a slot from which on all its intervals have values.
fn begin(day: &PastDay, (series, count): (usize, usize), injections: &Injections) -> Option<usize> {
    let seen = |slot: usize| !day.roots[slot * count + series].is_nan();
    let slots = day.is_felt.len();
    let fits = |slot: &usize| (*slot..slot + injections.length).all(seen);
    let places: Vec<usize> = (0..(slots + 1).saturating_sub(injections.length)).filter(fits).collect();
    let mixed = [day.number as u64, series as u64].iter().fold(injections.seed, |state, part| split_mix(state ^ part));
    places.get((mixed % (places.len().max(1) as u64)) as usize).copied()
}
