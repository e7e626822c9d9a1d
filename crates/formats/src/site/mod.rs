//! A site folder: `site.toml` and `site.geojson` as texts → the resolved [`Site`], with every problem at once.
//!
//! Not here: opening the folder (the binary), the live state (engine).
//! Invariant: no text makes the reader panic, and a site is returned only when no problem is an error.

mod conform;
mod coverage;
mod geojson_text;
mod nearest;
mod node;
mod organisation;
mod places;
mod problem;
mod rates;
mod raw;
mod raw_sensors;
mod resolve;
mod schema;
mod sensors;
mod shape;
mod starter;
mod streams;
mod table;
mod toml_text;
mod units;
mod zones;

use city::Site;

use problem::Report;

pub(crate) use nearest::{did_you_mean, list};

pub use geojson_text::MAX_GEOJSON_BYTES;
pub use problem::{MAX_PROBLEMS, SITE_GEOJSON, SITE_TOML, Severity, SiteProblem};
pub use schema::{feature_schema, site_schema};
pub use sensors::{MAX_SENSORS, SensorList, SensorListError, SensorProblem, sensor_list};
pub use starter::{CountedQuarters, Sensor, StarterFiles, StarterInput, StreamSummary, starter};
pub use toml_text::MAX_TOML_BYTES;
pub use units::{UNITS, Unit};

/// The texts of a site folder.
#[derive(Clone, Copy, Debug)]
pub struct SiteTexts<'a> {
    /// The text of `site.toml`.
    pub toml: &'a str,
    /// The text of `site.geojson`, if there is one.
    pub geojson: Option<&'a str>,
    /// The folder's name: the site's id when `site.toml` gives none.
    pub folder_name: &'a str,
}

/// What reading a site folder gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SiteReading {
    /// The site; absent when any problem is an error.
    pub site: Option<Site>,
    /// All problems, in the order of the files and lines.
    pub problems: Vec<SiteProblem>,
}

/// Reads a site folder.
///
/// All problems are found in one go, except that rows are not looked at while `site.toml` is not TOML.
pub fn read(texts: SiteTexts<'_>) -> SiteReading {
    let mut report = Report::default();
    let toml = texts.toml.trim_start_matches('\u{feff}');
    let root = toml_text::tree(toml, &mut report);
    let geojson = texts.geojson.map(|text| text.trim_start_matches('\u{feff}'));
    let features = geojson.map_or(Some(Vec::new()), |text| geojson_text::features(text, &mut report));
    let site = root.and_then(|root| resolve::resolve(&root, features, texts.folder_name, &mut report));
    SiteReading { site, problems: report.into_problems() }
}
