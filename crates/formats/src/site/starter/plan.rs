//! What a starter site will hold: streams, the places they belong to, gates, levels, time zone.
//!
//! Not here: where things are drawn (`layout`), how they are written (`write`).
//! Invariant: a stream is a gate's count only when both directions are there, and every gate opens on one network.

use std::collections::{BTreeMap, BTreeSet};

use city::{Bilingual, Ladder, Layout, Position};

use crate::site::nearest::list;

use super::night::{Gap, gap};
use super::{Sensor, StarterInput, StreamSummary};

/// Fewer results than this say nothing about the 0.5 % that P99.5 leaves above.
pub const LEVELS_FROM_OBSERVATIONS: u64 = 200;

/// The longest id or name that is written, characters.
const MAX_CHARS: usize = 200;

/// The longest interval that is believed, s.
const MAX_INTERVAL_S: u32 = 31_536_000;

const ENTRIES: &str = "/entries";
const EXITS: &str = "/exits";

/// A starter site before it is drawn.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) timezone: String,
    pub(super) layout: Layout,
    pub(super) streams: Vec<Stream>,
    /// The places streams belong to, in the order they are drawn.
    pub(super) places: Vec<Spot>,
    /// The hours in which no gate counts anyone.
    pub(super) night: Option<Gap>,
    pub(super) notes: Vec<String>,
}

/// A place with one or more streams: a station, a counter.
#[derive(Debug, Default)]
pub(super) struct Spot {
    /// The part of the streams' ids they share; a gate's id when it is one.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_gate: bool,
    pub(super) position: Option<Position>,
    /// Its tile in a schematic drawing.
    pub(super) tile: Option<[Position; 2]>,
}

/// A datastream to be written.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: String,
    pub(super) name: Bilingual,
    /// Position in [`Plan::places`].
    pub(super) place: usize,
    pub(super) flow: Option<Flow>,
    pub(super) interval_s: Option<u32>,
    pub(super) min_is_zero: bool,
    pub(super) levels: Option<Ladder>,
    pub(super) position: Option<Position>,
}

/// Through a gate, in or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    In,
    Out,
}

/// Decides what the site holds.
pub(super) fn plan(input: &StarterInput) -> Plan {
    let mut notes = Vec::new();
    let sensors = sensors(input, &mut notes);
    let streams = summaries(input, &sensors, &mut notes);
    let gates = gates(&streams, &mut notes);
    let mut plan = Plan { name: shown(&input.name, "site"), notes, ..Plan::default() };
    plan.timezone = timezone(input, &mut plan.notes);
    plan.night = night(&streams, &gates, &mut plan.notes);
    let mut known: BTreeMap<(String, bool), usize> = BTreeMap::new();
    for summary in streams.values() {
        let (place, flow) = place_of(&summary.id, &gates);
        let index = *known.entry((place.to_owned(), flow.is_some())).or_insert_with(|| {
            let sensor = sensors.get(summary.id.as_str()).or_else(|| sensors.get(place));
            plan.places.push(Spot {
                id: place.to_owned(),
                name: shown(sensor.map_or(place, |sensor| &sensor.name), place),
                is_gate: flow.is_some(),
                position: sensor.and_then(|sensor| sensor.position).filter(is_on_earth),
                tile: None,
            });
            plan.places.len() - 1
        });
        plan.streams.push(stream(summary, (&plan.places[index], index), flow));
    }
    let located = plan.places.iter().filter(|place| place.position.is_some()).count();
    plan.layout = if located > 0 { Layout::Geographic } else { Layout::Schematic };
    if located > 0 && located < plan.places.len() {
        let without = plan.places.len() - located;
        plan.notes.push(format!("{without} places have no coordinates: they are in the lists, not on the map"));
    }
    plan
}

fn stream(summary: &StreamSummary, (place, index): (&Spot, usize), flow: Option<Flow>) -> Stream {
    let name = match flow {
        Some(Flow::In) => Bilingual::new(format!("{} 进站", place.name), format!("{} entries", place.name)),
        Some(Flow::Out) => Bilingual::new(format!("{} 出站", place.name), format!("{} exits", place.name)),
        None => Bilingual::same(&place.name),
    };
    Stream {
        id: summary.id.clone(),
        name,
        place: index,
        flow,
        interval_s: interval_s(summary),
        min_is_zero: flow.is_some() || (summary.whole_numbers && summary.min.is_some_and(|min| min >= 0.0)),
        levels: levels(summary),
        position: place.position,
    }
}

/// The sensors by id; the first of two with one id.
fn sensors<'a>(input: &'a StarterInput, notes: &mut Vec<String>) -> BTreeMap<&'a str, &'a Sensor> {
    let mut sensors: BTreeMap<&str, &Sensor> = BTreeMap::new();
    for sensor in &input.sensors {
        if sensors.contains_key(sensor.id.as_str()) {
            notes.push(format!("sensor \"{}\" is listed twice: the first is used", sensor.id));
        } else {
            sensors.insert(&sensor.id, sensor);
        }
    }
    sensors
}

/// One summary per stream, by id: those observed, then sensors that were not.
fn summaries(
    input: &StarterInput,
    sensors: &BTreeMap<&str, &Sensor>,
    notes: &mut Vec<String>,
) -> BTreeMap<String, StreamSummary> {
    let mut streams: BTreeMap<String, StreamSummary> = BTreeMap::new();
    let mut left_out = 0_usize;
    for summary in &input.streams {
        if writable(&summary.id) {
            streams.entry(summary.id.clone()).or_insert_with(|| summary.clone());
        } else {
            left_out += 1;
        }
    }
    let heard: BTreeSet<&str> =
        input.streams.iter().flat_map(|summary| [summary.id.as_str(), prefix(&summary.id)]).collect();
    let silent: Vec<&str> = sensors.keys().copied().filter(|id| !heard.contains(id)).collect();
    for id in &silent {
        if writable(id) {
            streams.insert((*id).to_owned(), StreamSummary { id: (*id).to_owned(), ..StreamSummary::default() });
        } else {
            left_out += 1;
        }
    }
    if !silent.is_empty() && !input.streams.is_empty() {
        let named = list(&silent);
        notes.push(format!(
            "{} sensors have no observation in the file and are written as silent: {named}",
            silent.len()
        ));
    }
    if left_out > 0 {
        notes.push(format!("{left_out} ids are empty, too long or contain line breaks, and are left out"));
    }
    streams
}

/// The names that have both entries and exits, each with an interval.
fn gates(streams: &BTreeMap<String, StreamSummary>, notes: &mut Vec<String>) -> BTreeSet<String> {
    let counts = |id: &str| streams.get(id).map(|summary| interval_s(summary).is_some());
    let names = streams.keys().filter_map(|id| id.strip_suffix(ENTRIES).or_else(|| id.strip_suffix(EXITS)));
    let names: BTreeSet<&str> = names.filter(|name| !name.is_empty()).collect();
    let mut gates = BTreeSet::new();
    let mut refused = Vec::new();
    for name in names {
        if counts(&format!("{name}{ENTRIES}")) == Some(true) && counts(&format!("{name}{EXITS}")) == Some(true) {
            gates.insert(name.to_owned());
        } else {
            refused.push(name);
        }
    }
    if !refused.is_empty() {
        let why = "without both entries and exits over an interval, these are indicators, not gates";
        notes.push(format!("{why}: {}", list(&refused)));
    }
    gates
}

/// The hours in which no gate counts anyone.
fn night(streams: &BTreeMap<String, StreamSummary>, gates: &BTreeSet<String>, notes: &mut Vec<String>) -> Option<Gap> {
    let counts = || streams.values().filter(|summary| place_of(&summary.id, gates).1.is_some());
    let interval_s = counts().filter_map(interval_s).max()?;
    let gap = gap(counts().map(|summary| &summary.counted), interval_s);
    notes.push(gap.as_ref().map_or_else(
        || {
            let why = "no hours without counts on at least 3 days and 9 in 10 of them";
            format!("{why}: nothing says when the network is empty, and its estimate grows wide; give it `locked` if it closes")
        },
        |gap| format!("the network is locked at night ({}): take `locked` out if it runs then", gap.source()),
    ));
    gap
}

/// The place a stream belongs to, and its direction if the place is a gate.
fn place_of<'a>(id: &'a str, gates: &BTreeSet<String>) -> (&'a str, Option<Flow>) {
    match (id.strip_suffix(ENTRIES), id.strip_suffix(EXITS)) {
        (Some(name), _) if gates.contains(name) => (name, Some(Flow::In)),
        (_, Some(name)) if gates.contains(name) => (name, Some(Flow::Out)),
        _ => (id, None),
    }
}

/// The id without its direction.
fn prefix(id: &str) -> &str {
    id.strip_suffix(ENTRIES).or_else(|| id.strip_suffix(EXITS)).unwrap_or(id)
}

fn interval_s(summary: &StreamSummary) -> Option<u32> {
    summary.modal_gap_s.filter(|gap| (1..=MAX_INTERVAL_S).contains(gap))
}

/// Levels from the stream's own past; none where it says too little or the quantiles coincide.
fn levels(summary: &StreamSummary) -> Option<Ladder> {
    let [caution, warning, critical] =
        summary.quantiles.filter(|_| summary.observations >= LEVELS_FROM_OBSERVATIONS)?;
    let ladder = if summary.whole_numbers {
        Ladder { caution: caution.ceil(), warning: warning.ceil(), critical: critical.ceil() }
    } else {
        Ladder { caution, warning, critical }
    };
    ladder.is_rising().then_some(ladder)
}

fn timezone(input: &StarterInput, notes: &mut Vec<String>) -> String {
    if let Some(given) = &input.timezone {
        return given.clone();
    }
    let offsets: BTreeSet<i32> = input.utc_offsets_s.iter().copied().collect();
    let only = offsets.first().copied().filter(|_| offsets.len() == 1);
    match only {
        Some(0) => "Etc/UTC".to_owned(),
        // Etc names count west of Greenwich: +08:00 is Etc/GMT-8.
        Some(offset) if offset % 3600 == 0 && (-12..=14).contains(&(offset / 3600)) => {
            format!("Etc/GMT{:+}", -(offset / 3600))
        }
        _ => {
            let why = match offsets.len() {
                0 => "nothing tells the time zone".to_owned(),
                1 => "the offset is not a whole hour".to_owned(),
                _ => format!("the file has {} UTC offsets (summer time?)", offsets.len()),
            };
            notes.push(format!("{why}: times are shown in UTC; set timezone in site.toml, or give --timezone"));
            "Etc/UTC".to_owned()
        }
    }
}

fn is_on_earth(position: &Position) -> bool {
    (-180.0..=180.0).contains(&position.lon) && (-90.0..=90.0).contains(&position.lat)
}

/// True when the reader accepts the text as an id.
fn writable(id: &str) -> bool {
    !id.trim().is_empty() && id.chars().count() <= MAX_CHARS && !id.chars().any(char::is_control)
}

/// A name as it may be shown: one line, not empty, not too long.
fn shown(name: &str, otherwise: &str) -> String {
    // Room is left for "entries" and "exits" behind it.
    let line: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_CHARS - 20).collect();
    let line = line.trim();
    if line.is_empty() { otherwise.chars().take(MAX_CHARS - 20).collect() } else { line.to_owned() }
}
