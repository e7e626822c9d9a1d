//! A starter site from what people really have: a list of sensors, a file of observations.
//!
//! Not here: reading those files (`scan`, the binary), writing the folder (the binary).
//! Invariant: what it writes passes [`super::read`] without a problem, and no stream becomes a station's occupancy.

mod layout;
mod night;
mod plan;
mod write;

use city::Position;

pub use night::CountedQuarters;

/// A sensor as listed by its owner.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensor {
    /// Its id, the datastream's id in the observations.
    pub id: String,
    /// Its name; the id when the list has none.
    pub name: String,
    /// Where it is.
    pub position: Option<Position>,
}

/// What one pass over a file of observations says of one datastream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamSummary {
    /// The datastream's id as in the file.
    pub id: String,
    /// Rows with a result.
    pub observations: u64,
    /// Rows with an empty result.
    pub missing: u64,
    /// The most frequent gap between two phenomenon times in a row, seconds; absent below two rows.
    pub modal_gap_s: Option<u32>,
    /// Smallest result; absent without results.
    pub min: Option<f64>,
    /// Largest result.
    pub max: Option<f64>,
    /// True when every result is a whole number.
    pub whole_numbers: bool,
    /// Quantiles 0.90, 0.97 and 0.995 of the results; absent without results.
    pub quantiles: Option<[f64; 3]>,
    /// When in the day anyone was counted.
    pub counted: CountedQuarters,
}

/// What a starter site is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StarterInput {
    /// The site's name, and its id.
    pub name: String,
    /// IANA time zone; absent: from `utc_offsets_s`, else UTC.
    pub timezone: Option<String>,
    /// The different UTC offsets that occur in the observations, seconds east.
    pub utc_offsets_s: Vec<i32>,
    /// The sensors listed; may be empty.
    pub sensors: Vec<Sensor>,
    /// The datastreams of the observations; may be empty.
    pub streams: Vec<StreamSummary>,
}

/// The two files of a starter site, and what a person should know of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StarterFiles {
    /// `site.toml`.
    pub toml: String,
    /// `site.geojson`.
    pub geojson: String,
    /// Remarks, one line each: sensors without observations, an ambiguous time zone, ids left out.
    pub notes: Vec<String>,
}

/// Builds a starter site.
pub fn starter(input: &StarterInput) -> StarterFiles {
    let mut plan = plan::plan(input);
    layout::lay_out(&mut plan);
    StarterFiles { toml: write::toml(&plan), geojson: write::geojson(&plan), notes: plan.notes }
}
