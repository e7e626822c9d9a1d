//! Departments, consoles, measures and the rules of warnings.
//!
//! Not here: what is measured (`streams`) and where (`zones`, `places`).
//! Invariant: every department's warnings reach a duty console, and every escalation ends at a commander's.

use city::{
    Bilingual, Console, ConsoleId, ConsoleRole, Department, DepartmentId, DepartmentIx, GateIx, LinkIx, Measure,
    MeasureId, MeasureKind, MeasureWindow, Place, Time, WarningRules, ZoneIx,
};

use super::node::{Node, Spot};
use super::problem::Report;
use super::raw::{RawConsole, RawDepartment, RawMeasure, RawRules, RawWindow};
use super::streams::Places;
use super::table::{Asker, Row, Table, name};

/// Resolves a department.
pub(super) fn department(row: &Row<'_, RawDepartment>) -> Option<Department> {
    let raw = row.raw.as_ref()?;
    Some(Department { id: DepartmentId::new(&raw.id), name: name(&raw.name) })
}

/// The department that owns zones and groups.
pub(super) fn lead(
    given: Option<&str>,
    table: &Table<'_, RawDepartment>,
    root: &Node,
    report: &mut Report,
) -> DepartmentIx {
    let spot = root.spot_of(&["lead"]);
    if let Some(id) = given {
        let found = table.find(id, Asker { owner: "the site", key: "lead", spot }, report);
        return DepartmentIx::from(found.unwrap_or_default());
    }
    if table.rows.len() > 1 {
        let remedy = "add lead: the department that owns the zones";
        report.error(spot, "the site has several departments and no lead", remedy);
    }
    DepartmentIx(0)
}

/// Resolves the consoles, or makes the default ones.
pub(super) fn consoles(
    table: &Table<'_, RawConsole>,
    departments: &Table<'_, RawDepartment>,
    report: &mut Report,
) -> Vec<Option<Console>> {
    if table.rows.is_empty() {
        let all = (0..departments.rows.len()).map(DepartmentIx::from).collect();
        return vec![
            Some(default_console(ConsoleRole::Duty, all)),
            Some(default_console(ConsoleRole::Commander, Vec::new())),
        ];
    }
    let consoles: Vec<_> = table.rows.iter().map(|row| console(row, departments, report)).collect();
    check_chain(table, departments, report);
    consoles
}

fn default_console(role: ConsoleRole, departments: Vec<DepartmentIx>) -> Console {
    let (id, name) = match role {
        ConsoleRole::Duty => ("duty", Bilingual::new("值班台", "Duty console")),
        ConsoleRole::Commander => ("commander", Bilingual::new("指挥长", "Commander")),
    };
    Console { id: ConsoleId::from(id), name, departments, role }
}

fn console(row: &Row<'_, RawConsole>, departments: &Table<'_, RawDepartment>, report: &mut Report) -> Option<Console> {
    let Some(raw) = row.raw.as_ref() else {
        row.check_reference(&["departments"], departments, report);
        return None;
    };
    let found: Vec<_> =
        raw.departments.iter().filter_map(|id| departments.find(id, row.asks("departments"), report)).collect();
    let departments = found.into_iter().map(DepartmentIx::from).collect();
    Some(Console { id: ConsoleId::new(&raw.id), name: name(&raw.name), departments, role: raw.role })
}

/// Reports what would leave a warning without anyone to see it.
fn check_chain(table: &Table<'_, RawConsole>, departments: &Table<'_, RawDepartment>, report: &mut Report) {
    let raws = || table.rows.iter().filter_map(|row| row.raw.as_ref());
    if raws().count() < table.rows.len() {
        return;
    }
    let spot = table.rows[0].node.spot;
    let has = |role: ConsoleRole| raws().any(|raw| raw.role == role);
    if !has(ConsoleRole::Commander) {
        report.error(
            spot,
            "no console is the commander's: escalations would end nowhere",
            "add a [[console]] with role = \"commander\"",
        );
    }
    if !has(ConsoleRole::Duty) {
        report.error(
            spot,
            "no console is on duty: warnings would appear nowhere",
            "add a [[console]] with role = \"duty\"",
        );
        return;
    }
    for row in &departments.rows {
        let Some(raw) = &row.raw else { continue };
        if !raws().any(|console| console.departments.contains(&raw.id)) {
            let message = format!("{} is at no console: its warnings would appear nowhere", row.owner);
            report.error(row.node.spot, message, "add it to the departments of a [[console]]");
        }
    }
}

/// Resolves a measure.
pub(super) fn measure(row: &Row<'_, RawMeasure>, places: &Places<'_>, report: &mut Report) -> Option<Measure> {
    let Some(raw) = row.raw.as_ref() else {
        row.check_reference(&["department"], places.departments, report);
        return None;
    };
    let department = places.departments.find(&raw.department, row.asks("department"), report);
    let targets: Vec<Place> =
        raw.targets.iter().filter_map(|target| self::target(row, target, places, report)).collect();
    if raw.kind == MeasureKind::OpenRoad {
        advise_on_roads(row, &targets, places, report);
    }
    let scheduled = raw.scheduled.as_ref().and_then(|window| self::window(row, window, report));
    Some(Measure {
        id: MeasureId::new(&raw.id),
        name: name(&raw.name),
        kind: raw.kind,
        targets,
        department: DepartmentIx::from(department?),
        setup_s: raw.setup_s,
        staff: raw.staff,
        disruption: name(&raw.disruption),
        scheduled,
    })
}

fn target(row: &Row<'_, RawMeasure>, target: &str, places: &Places<'_>, report: &mut Report) -> Option<Place> {
    let asker = row.asks("targets");
    match target.split_once('/') {
        Some(("zone", id)) => places.zones.find(id, asker, report).map(|zone| Place::Zone(ZoneIx::from(zone))),
        Some(("link", id)) => places.links.find(id, asker, report).map(|link| Place::Link(LinkIx::from(link))),
        Some(("gate", id)) => places.gates.find(id, asker, report).map(|gate| Place::Gate(GateIx::from(gate))),
        _ => {
            let message = format!("{}: target \"{}\" is not a place", row.owner, super::conform::cut(target));
            report.error(asker.spot, message, "write zone/ID, link/ID or gate/ID");
            None
        }
    }
}

/// A road that pedestrians may use anyway is not opened by a measure.
fn advise_on_roads(row: &Row<'_, RawMeasure>, targets: &[Place], places: &Places<'_>, report: &mut Report) {
    let always_open = |place: &&Place| match place {
        Place::Zone(ix) => places.zones.raw(ix.index()).is_some_and(|raw| raw.access == city::Access::Pedestrian),
        Place::Link(ix) => places.links.raw(ix.index()).is_some_and(|raw| raw.access == city::Access::Pedestrian),
        _ => false,
    };
    let open = targets.iter().filter(always_open).count();
    if open > 0 {
        let message = format!("{}: {open} of its targets may be used by pedestrians anyway", row.owner);
        report.advice(
            row.spot(&["targets"]),
            message,
            "set their access to \"vehicle-until-opened\", or leave them out",
        );
    }
}

fn window(row: &Row<'_, RawMeasure>, raw: &RawWindow, report: &mut Report) -> Option<MeasureWindow> {
    let from = time(&raw.from, (&row.owner, row.spot(&["scheduled", "from"])), report);
    let to = raw.to.as_ref().map(|to| time(to, (&row.owner, row.spot(&["scheduled", "to"])), report));
    let (from, to) = (from?, to.flatten());
    if to.is_some_and(|to| to <= from) {
        report.error(row.spot(&["scheduled"]), format!("{}: it ends before it begins", row.owner), "make from < to");
    }
    Some(MeasureWindow { from, to })
}

/// A time as written; reported when it is none.
pub(super) fn time(text: &str, (owner, spot): (&str, Spot), report: &mut Report) -> Option<Time> {
    match text.parse() {
        Ok(time) => Some(time),
        Err(error) => {
            report.error(spot, format!("{owner}: {error}"), "write the date, the time and the offset from UTC");
            None
        }
    }
}

/// Resolves the rules of warnings.
pub(super) fn rules(raw: &RawRules, root: &Node, report: &mut Report) -> WarningRules {
    let default = WarningRules::default();
    let rules = WarningRules {
        clear_ratio: raw.clear_ratio.unwrap_or(default.clear_ratio),
        dwell_caution_s: raw.dwell_caution_s.unwrap_or(default.dwell_caution_s),
        dwell_warning_s: raw.dwell_warning_s.unwrap_or(default.dwell_warning_s),
        quiet_s: raw.quiet_s.unwrap_or(default.quiet_s),
        next_console_s: raw.next_console_s.unwrap_or(default.next_console_s),
        commander_s: raw.commander_s.unwrap_or(default.commander_s),
        group_places: raw.group_places.unwrap_or(default.group_places),
        group_window_s: raw.group_window_s.unwrap_or(default.group_window_s),
        shelve_max_s: raw.shelve_max_s.unwrap_or(default.shelve_max_s),
        shelve_critical_max_s: raw.shelve_critical_max_s.unwrap_or(default.shelve_critical_max_s),
        word_holds_s: raw.word_holds_s.unwrap_or(default.word_holds_s),
    };
    if rules.commander_s < rules.next_console_s {
        let message =
            format!("rules: commander_s {} is before next_console_s {}", rules.commander_s, rules.next_console_s);
        report.error(root.spot_of(&["rules", "commander_s"]), message, "the commander comes after the next console");
    }
    rules
}
