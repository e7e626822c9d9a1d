//! Datastreams: roles, defaults, plausible range, levels.
//!
//! Not here: what a result means for each person (`rates`), judging observations (engine).
//! Invariant: a count has an interval, a direction and the unit `people`; levels are in order on their side.

use std::collections::BTreeMap;

use city::{
    Datastream, DatastreamId, DepartmentIx, GateFlow, GateIx, GroupIx, IndicatorLevels, LevelUse, LinkFlow, LinkIx,
    Position, Role, ZoneIx,
};

use super::problem::Report;
use super::rates::{family, reads_per_person};
use super::raw::{RawDepartment, RawGate, RawGroup, RawLink, RawZone};
use super::raw_sensors::{RawDatastream, RawFlow, RawLevels, RawRole};
use super::table::{Row, Table, name};

/// How long an observation out of order waits, unless the stream says otherwise, s.
pub const REORDER_S: u32 = 60;
/// How far in the future a phenomenon time may lie, unless the stream says otherwise, s.
pub const FUTURE_S: u32 = 120;
/// Intervals without an observation before a stream counts as silent, unless it says otherwise.
pub const SILENT_INTERVALS: u32 = 3;
/// Share of a count that may be wrong, unless the stream says otherwise.
pub const ERROR_SHARE: f64 = 0.05;

type Streamed<'r, 'a> = &'r Row<'a, RawDatastream>;

/// The tables a datastream refers to.
pub(super) struct Places<'a> {
    pub(super) departments: &'a Table<'a, RawDepartment>,
    pub(super) zones: &'a Table<'a, RawZone>,
    pub(super) links: &'a Table<'a, RawLink>,
    pub(super) gates: &'a Table<'a, RawGate>,
    pub(super) groups: &'a Table<'a, RawGroup>,
}

/// Resolves all datastreams; `None` where one was reported.
pub(super) fn datastreams(
    table: &Table<'_, RawDatastream>,
    places: &Places<'_>,
    report: &mut Report,
) -> Vec<Option<Datastream>> {
    let streams: Vec<_> = table.rows.iter().map(|row| datastream(row, places, report)).collect();
    advise_on_doubles(table, &streams, report);
    streams
}

fn datastream(row: Streamed<'_, '_>, places: &Places<'_>, report: &mut Report) -> Option<Datastream> {
    let Some(raw) = row.raw.as_ref() else {
        check_references(row, places, report);
        return None;
    };
    let department = places.departments.find(&raw.department, row.asks("department"), report);
    let role = raw.role.as_ref().map_or(Some(Role::Indicator), |raw| role(row, raw, places, report));
    let position = position(row, raw.position.as_deref(), report);
    let levels = raw.levels.as_ref().map(|raw| levels(row, raw, report));
    let (department, role) = (DepartmentIx::from(department?), role?);
    check_count(row, raw, role, report);
    let min = raw.min.or((role != Role::Indicator).then_some(0.0));
    check_range(row, (min, raw.max), report);
    let silent_after_s = silent_after_s(row, raw, role, report);
    let error_share = raw.error_share.unwrap_or(ERROR_SHARE);
    let reads_per_person = reads_per_person(row, (role, error_share), report)?;
    Some(Datastream {
        id: DatastreamId::new(&raw.id),
        name: name(&raw.name),
        department,
        role,
        unit: raw.unit.clone(),
        interval_s: raw.interval_s,
        delay_s: raw.delay_s,
        reorder_s: raw.reorder_s.unwrap_or(REORDER_S),
        future_s: raw.future_s.unwrap_or(FUTURE_S),
        silent_after_s,
        min,
        max: raw.max,
        error_share,
        reads_per_person,
        family: family(row, role, report),
        levels,
        position,
    })
}

/// The references of a row that does not conform, so that they do not wait for its other mistakes to be mended.
fn check_references(row: Streamed<'_, '_>, places: &Places<'_>, report: &mut Report) {
    row.check_reference(&["department"], places.departments, report);
    row.check_reference(&["role", "gate"], places.gates, report);
    row.check_reference(&["role", "link"], places.links, report);
    row.check_reference(&["role", "area"], places.zones, report);
    row.check_reference(&["role", "group"], places.groups, report);
}

fn role(row: Streamed<'_, '_>, raw: &RawRole, places: &Places<'_>, report: &mut Report) -> Option<Role> {
    let asks = |key: &'static str| super::table::Asker { key, ..row.asks("role") };
    match (&raw.gate, &raw.link, &raw.area, &raw.group) {
        (Some(gate), None, None, None) => {
            let gate = places.gates.find(gate, asks("role.gate"), report);
            let flow = match raw.flow {
                Some(RawFlow::In) => Some(GateFlow::In),
                Some(RawFlow::Out) => Some(GateFlow::Out),
                other => wrong_flow(row, other, ("gate", "\"in\" or \"out\""), report),
            };
            Some(Role::GateCount { gate: GateIx::from(gate?), flow: flow? })
        }
        (None, Some(link), None, None) => {
            let link = places.links.find(link, asks("role.link"), report);
            let flow = match raw.flow {
                Some(RawFlow::Forward) => Some(LinkFlow::Forward),
                Some(RawFlow::Backward) => Some(LinkFlow::Backward),
                other => wrong_flow(row, other, ("link", "\"forward\" or \"backward\""), report),
            };
            Some(Role::LinkCount { link: LinkIx::from(link?), flow: flow? })
        }
        (None, None, Some(zone), None) => {
            no_flow(row, raw, "an area", report);
            places.zones.find(zone, asks("role.area"), report).map(|zone| Role::AreaCount { zone: ZoneIx::from(zone) })
        }
        (None, None, None, Some(group)) => {
            no_flow(row, raw, "a group", report);
            let group = places.groups.find(group, asks("role.group"), report);
            group.map(|group| Role::GroupCount { group: GroupIx::from(group) })
        }
        (None, None, None, None) => {
            let message = format!("{}: its role names nothing", row.owner);
            report.error(
                row.spot(&["role"]),
                message,
                "name one of gate, link, area or group; an indicator has no role",
            );
            None
        }
        _ => {
            let named = [("gate", &raw.gate), ("link", &raw.link), ("area", &raw.area), ("group", &raw.group)];
            let named: Vec<&str> = named.iter().filter(|(_, id)| id.is_some()).map(|(key, _)| *key).collect();
            let message = format!("{}: its role names {} at once", row.owner, named.join(" and "));
            report.error(
                row.spot(&["role"]),
                message,
                "keep one: a result counts one place only; a sensor that reports for two is two datastreams",
            );
            None
        }
    }
}

fn no_flow(row: Streamed<'_, '_>, raw: &RawRole, counted: &str, report: &mut Report) {
    if raw.flow.is_some() {
        let message = format!("{} counts {counted} and has a flow", row.owner);
        report.error(row.spot(&["role", "flow"]), message, format!("remove flow: {counted} has no direction"));
    }
}

fn wrong_flow<T>(
    row: Streamed<'_, '_>,
    flow: Option<RawFlow>,
    (place, allowed): (&str, &str),
    report: &mut Report,
) -> Option<T> {
    let found = match flow {
        None => "has no flow".to_owned(),
        Some(flow) => format!("flows {}", format!("{flow:?}").to_lowercase()),
    };
    report.error(
        row.spot(&["role"]),
        format!("{} counts at a {place} and {found}", row.owner),
        format!("set flow = {allowed}"),
    );
    None
}

/// What every count of people needs.
fn check_count(row: Streamed<'_, '_>, raw: &RawDatastream, role: Role, report: &mut Report) {
    let counts_flow = matches!(role, Role::GateCount { .. } | Role::LinkCount { .. });
    if counts_flow && raw.interval_s == 0 {
        let message = format!("{} counts people in an interval and does not say how long it is", row.owner);
        report.error(row.spot(&["interval_s"]), message, "add interval_s, such as interval_s = 60");
    }
    if role != Role::Indicator && raw.unit != "people" {
        let message = format!("{} counts people in the unit \"{}\"", row.owner, raw.unit);
        report.error(row.spot(&["unit"]), message, "set unit = \"people\", or remove the role");
    }
    // An indicator may be negative: a temperature, a stage below datum.
    if let Some(min) = raw.min.filter(|min| *min < 0.0 && role != Role::Indicator) {
        report.error(row.spot(&["min"]), format!("{} counts people and min is {min}", row.owner), "set min = 0");
    }
}

fn check_range(row: Streamed<'_, '_>, (min, max): (Option<f64>, Option<f64>), report: &mut Report) {
    if let (Some(min), Some(max)) = (min, max)
        && min >= max
    {
        let message = format!("{}: min {min} is not below max {max}: every result would be refused", row.owner);
        report.error(row.spot(&["max"]), message, "make min < max");
    }
}

fn silent_after_s(row: Streamed<'_, '_>, raw: &RawDatastream, role: Role, report: &mut Report) -> u32 {
    if let Some(given) = raw.silent_after_s {
        return given;
    }
    if raw.interval_s > 0 {
        return raw.interval_s.saturating_mul(SILENT_INTERVALS).saturating_add(raw.delay_s);
    }
    if matches!(role, Role::GateCount { .. } | Role::LinkCount { .. }) {
        // Its missing interval has been reported.
        return 0;
    }
    let warns = raw.levels.as_ref().is_some_and(|levels| levels.purpose == LevelUse::Warn);
    if warns || role != Role::Indicator {
        let message = format!("{} is momentary, so its silence would never be noticed", row.owner);
        report.advice(row.node.spot, message, "add silent_after_s: a silent sensor is unknown, never fine");
    }
    0
}

/// A position as a row lists it: reported when it is not on the earth.
pub(super) fn position<T>(row: &Row<'_, T>, raw: Option<&[f64]>, report: &mut Report) -> Option<Position> {
    let [lon, lat] = raw? else { return None };
    let (lon, lat) = (*lon, *lat);
    if (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat) {
        return Some(Position { lon, lat });
    }
    let swapped = (-90.0..=90.0).contains(&lon) && (-180.0..=180.0).contains(&lat);
    let remedy = if swapped { "longitude comes first: swap them" } else { "write [longitude, latitude] in degrees" };
    report.error(
        row.spot(&["position"]),
        format!("{}: position [{lon}, {lat}] is not on the earth", row.owner),
        remedy,
    );
    None
}

fn levels(row: Streamed<'_, '_>, raw: &RawLevels, report: &mut Report) -> IndicatorLevels {
    let levels = IndicatorLevels {
        caution: raw.caution,
        warning: raw.warning,
        critical: raw.critical,
        side: raw.side,
        purpose: raw.purpose,
        source: raw.source.clone(),
    };
    if !levels.oriented(0.0).0.is_rising() {
        let (side, order) = match raw.side {
            city::Side::Above => ("above", "caution < warning < critical"),
            city::Side::Below => ("below", "caution > warning > critical"),
        };
        let message = format!(
            "{}: levels out of order for side \"{side}\": {}, {}, {}",
            row.owner, raw.caution, raw.warning, raw.critical
        );
        report.error(row.spot(&["levels"]), message, format!("make {order}"));
    }
    levels
}

/// Two streams with one role add up: right for two turnstiles of a gate, wrong for two cameras on one.
fn advise_on_doubles(table: &Table<'_, RawDatastream>, streams: &[Option<Datastream>], report: &mut Report) {
    let mut seen: BTreeMap<Role, usize> = BTreeMap::new();
    for (position, stream) in streams.iter().enumerate() {
        let Some(role) = stream.as_ref().map(|stream| stream.role) else { continue };
        if matches!(role, Role::Indicator | Role::AreaCount { .. } | Role::GroupCount { .. }) {
            continue;
        }
        let first = *seen.entry(role).or_insert(position);
        if first != position {
            let (row, other) = (&table.rows[position], &table.rows[first]);
            let message = format!("{} and {} count the same flow: their counts add up", other.owner, row.owner);
            report.advice(row.spot(&["role"]), message, "if they see the same people, make one an indicator");
        }
    }
}
