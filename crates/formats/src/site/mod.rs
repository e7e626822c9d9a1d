//! A site folder: `site.toml` and `site.geojson` as texts → the resolved [`Site`], with every problem at once.
//!
//! Not here: opening the folder (the binary), the live state (engine).
//! Invariant: no text makes the reader panic, and a site is returned only when no problem is an error.

mod problem;
mod starter;

use city::Site;

pub use problem::{SITE_GEOJSON, SITE_TOML, Severity, SiteProblem};
pub use starter::{Sensor, StarterFiles, StarterInput, StreamSummary, starter};

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
pub fn read(texts: SiteTexts<'_>) -> SiteReading {
    let _ = texts;
    SiteReading::default()
}
