//! The two trees of a folder → the resolved site: tables in a fixed order, every reference an index.
//!
//! Not here: single rows (`zones`, `places`, `streams`, `organisation`), the keys (`raw`).
//! Invariant: a site is returned only when nothing was reported as an error, and then it is sound.

use city::{Layout, Site, SiteId};
use serde_json::json;

use super::conform::{conforms, cut};
use super::coverage::{self, Written};
use super::geojson_text::Feature;
use super::nearest::{did_you_mean, nearest};
use super::node::{Content, Node};
use super::organisation::{consoles, department, lead, measure, rules};
use super::places::{Ground, gate, group, link, post, scenery};
use super::problem::Report;
use super::raw::{RawScenery, RawSite};
use super::schema::{self, FEATURES};
use super::streams::{Places, datastreams};
use super::table::{Row, Table, name, read};
use super::zones::{outlines, overlaps, zones};

/// The tables of rows in `site.toml`; each row is read on its own.
const ROWS: [&str; 8] = ["department", "console", "zone", "gate", "group", "datastream", "measure", "post"];

/// Resolves a folder; without features, whose file is broken, only the rows of `site.toml` are looked at one by one.
pub(super) fn resolve(
    root: &Node,
    features: Option<Vec<Feature>>,
    folder_name: &str,
    report: &mut Report,
) -> Option<Site> {
    let is_whole = features.is_some();
    let mut features = features.unwrap_or_default();
    check_features(&mut features, report);
    let features = features.as_slice();
    let head = head(root, report);
    let layout = head.as_ref().map_or(Layout::default(), |head| head.layout);
    let departments_table = Table::gather("department", root, features, report);
    let zones_table = Table::gather("zone", root, features, report);
    let links_table = Table::gather("link", root, features, report);
    let gates_table = Table::gather("gate", root, features, report);
    let groups_table = Table::gather("group", root, features, report);
    let consoles_table = Table::gather("console", root, features, report);
    let streams_table = Table::gather("datastream", root, features, report);
    let measures_table = Table::gather("measure", root, features, report);
    let posts_table = Table::gather("post", root, features, report);
    let scenery_table: Table<'_, RawScenery> = Table::gather("scenery", root, features, report);
    if !is_whole {
        return None;
    }

    let zones = zones(&zones_table, layout, report);
    let (plane, outlines) = outlines(&zones);
    overlaps(&zones_table, &outlines, report);
    let ground = Ground { table: &zones_table, plane, outlines: &outlines };
    let places = Places {
        departments: &departments_table,
        zones: &zones_table,
        links: &links_table,
        gates: &gates_table,
        groups: &groups_table,
    };
    let links = each(&links_table, |row| link(row, &ground, report));
    let gates = each(&gates_table, |row| gate(row, &zones_table, report));
    let groups = each(&groups_table, |row| group(row, &zones_table, report));
    let scenery = each(&scenery_table, |row| scenery(row, report));
    let consoles = consoles(&consoles_table, &departments_table, report);
    let datastreams = datastreams(&streams_table, &places, report);
    let measures = each(&measures_table, |row| measure(row, &places, report));
    let posts = each(&posts_table, |row| post(row, &zones_table, report));
    let head = head?;
    let lead = lead(head.lead.as_deref(), &departments_table, root, report);
    let rules = rules(&head.rules, root, report);
    check_timezone(&head, root, report);
    if report.errors() > 0 {
        return None;
    }
    let site = Site {
        id: SiteId::new(head.id.unwrap_or_else(|| folder_name.to_owned())),
        name: name(&head.name),
        timezone: head.timezone,
        departments: each(&departments_table, department).into_iter().collect::<Option<_>>()?,
        lead,
        consoles: consoles.into_iter().collect::<Option<_>>()?,
        zones: zones.into_iter().collect::<Option<_>>()?,
        groups: groups.into_iter().collect::<Option<_>>()?,
        links: links.into_iter().collect::<Option<_>>()?,
        gates: gates.into_iter().collect::<Option<_>>()?,
        datastreams: datastreams.into_iter().collect::<Option<_>>()?,
        measures: measures.into_iter().collect::<Option<_>>()?,
        posts: posts.into_iter().collect::<Option<_>>()?,
        rules,
        scenery: scenery.into_iter().collect::<Option<_>>()?,
        attribution: head.attribution,
        layout: head.layout,
    };
    // A row that cannot be read might be the very sensor that is missed, so this is said of sound folders only.
    let written = Written { zones: &zones_table, groups: &groups_table, streams: &streams_table };
    coverage::advise(&written, &site, report);
    Some(site)
}

fn each<T, R>(table: &Table<'_, T>, resolve: impl FnMut(&Row<'_, T>) -> Option<R>) -> Vec<Option<R>> {
    table.rows.iter().map(resolve).collect()
}

/// The keys of the file that are not rows.
fn head(root: &Node, report: &mut Report) -> Option<RawSite> {
    let mut schema = schema::of::<RawSite>();
    for rows in ROWS {
        schema["properties"][rows]["items"] = json!({ "type": "object" });
    }
    if !conforms(root, &schema, "", report) {
        return None;
    }
    let mut alone = root.clone();
    if let Content::Table(members) = &mut alone.content {
        members.retain(|member| !ROWS.contains(&member.key.as_str()));
        members.push(super::node::Member {
            key: "department".to_owned(),
            spot: root.spot,
            node: Node { spot: root.spot, content: Content::List(Vec::new()) },
        });
    }
    read(&alone, "the file", report)
}

/// Reports features of an unknown kind; a near miss is read as what was meant, so that it causes no echoes.
fn check_features(features: &mut [Feature], report: &mut Report) {
    let known: Vec<&str> = FEATURES.iter().map(|(is, _)| *is).collect();
    for feature in features.iter_mut().filter(|feature| !known.contains(&feature.is.as_str())) {
        let message = format!("a feature is a \"{}\", which is not known", cut(&feature.is));
        report.error(feature.node.spot, message, did_you_mean(&feature.is, &known));
        if let Some(meant) = nearest(&feature.is, &known) {
            meant.clone_into(&mut feature.is);
        }
    }
}

/// The core holds no time-zone database; the form of the name is all it can judge.
fn check_timezone(head: &RawSite, root: &Node, report: &mut Report) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
    if !head.timezone.chars().all(plain) {
        let message = format!("timezone \"{}\" is not an IANA name", cut(&head.timezone));
        report.error(root.spot_of(&["timezone"]), message, "write one such as \"Asia/Shanghai\" or \"Etc/GMT-8\"");
    }
}
