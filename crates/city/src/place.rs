//! WGS84 positions and shapes, and the places of a site that facts and warnings speak of.
//!
//! Not here: geometry operations (area, overlap), which the site reader does once.
//! Invariant: longitude before latitude, degrees; GCJ-02 never enters.

use serde::{Deserialize, Serialize};

use crate::{DatastreamIx, GateIx, GroupIx, LinkIx, ZoneIx};

/// A WGS84 position in degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Position {
    /// Longitude, −180..=180.
    pub lon: f64,
    /// Latitude, −90..=90.
    pub lat: f64,
}

/// An outer ring and its holes, each closed (first position = last).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Polygon {
    /// The outer ring first, then holes.
    pub rings: Vec<Vec<Position>>,
}

/// A place of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Place {
    /// A zone.
    Zone(ZoneIx),
    /// A zone group.
    Group(GroupIx),
    /// A link.
    Link(LinkIx),
    /// A gate.
    Gate(GateIx),
    /// A datastream, where it is measured.
    Datastream(DatastreamIx),
    /// The whole site.
    Site,
}
