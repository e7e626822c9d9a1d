//! The wire types: what JSON the API speaks, with its schema.
//!
//! Not here: routing, the engine's own types.
//! Invariant: ids are text, times ISO 8601 UTC, shares 0–1, durations in seconds; an absent value is null, never left out.

mod finding;
pub mod geo;
mod moment;
pub mod site;
pub mod state;
pub mod warning;
pub mod words;

pub use finding::*;
pub use site::*;
pub use state::*;
pub use warning::*;

use city::Site;

/// The id at a position, or a text that cannot be an id where the table is shorter than it should be.
pub(crate) fn id_at<'a, T>(table: &'a [T], index: usize, id: impl Fn(&'a T) -> &'a str) -> &'a str {
    table.get(index).map_or("?", id)
}

/// The id of a datastream.
pub(crate) fn datastream_id(site: &Site, ix: city::DatastreamIx) -> &str {
    id_at(&site.datastreams, ix.index(), |stream| stream.id.as_str())
}

/// The id of a department.
pub(crate) fn department_id(site: &Site, ix: city::DepartmentIx) -> &str {
    id_at(&site.departments, ix.index(), |department| department.id.as_str())
}

/// The id of a zone.
pub(crate) fn zone_id(site: &Site, ix: city::ZoneIx) -> &str {
    id_at(&site.zones, ix.index(), |zone| zone.id.as_str())
}

/// The id of a group.
pub(crate) fn group_id(site: &Site, ix: city::GroupIx) -> &str {
    id_at(&site.groups, ix.index(), |group| group.id.as_str())
}

/// The id of a measure.
pub(crate) fn measure_id(site: &Site, ix: city::MeasureIx) -> &str {
    id_at(&site.measures, ix.index(), |measure| measure.id.as_str())
}

/// The id of a console.
pub(crate) fn console_id(site: &Site, ix: city::ConsoleIx) -> &str {
    id_at(&site.consoles, ix.index(), |console| console.id.as_str())
}
