//! Reads a site folder from disk for the commands that need a site.
//!
//! Not here: what makes a site right (formats).
//! Invariant: a site with an error is never used; every problem is printed with its place and remedy.

use std::path::Path;

use anyhow::Context;
use city::Site;
use formats::site::{Severity, SiteReading, SiteTexts, read};
use sim::demand::{Demand, usual};

use super::WrongUse;

/// The largest site file that is read, bytes.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Reads `site.toml` and, if present, `site.geojson`.
pub fn reading(folder: &Path) -> anyhow::Result<SiteReading> {
    if !folder.is_dir() {
        return Err(WrongUse(format!(
            "{} is not a folder; a site is a folder with a site.toml in it (make one with `yiwang init`)",
            folder.display()
        ))
        .into());
    }
    let toml = text(&folder.join("site.toml"))?;
    let geojson_path = folder.join("site.geojson");
    let geojson = if geojson_path.exists() { Some(text(&geojson_path)?) } else { None };
    let name =
        folder.canonicalize().ok().and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    Ok(read(SiteTexts { toml: &toml, geojson: geojson.as_deref(), folder_name: name.as_deref().unwrap_or("site") }))
}

/// The site in a folder; its errors are printed and end the command.
pub fn site(folder: &Path) -> anyhow::Result<Site> {
    let reading = reading(folder)?;
    for problem in reading.problems.iter().filter(|problem| problem.severity == Severity::Error) {
        eprintln!("{}/{problem}", folder.display());
    }
    reading.site.with_context(|| {
        format!("the site in {} has errors; `yiwang check {}` shows them all", folder.display(), folder.display())
    })
}

/// Who comes to the site: its `demand.toml`, or a usual day where it has none.
pub fn demand(folder: &Path, site: &Site) -> anyhow::Result<Demand> {
    let path = folder.join("demand.toml");
    if !path.exists() {
        return Ok(usual(site));
    }
    let reading = sim::demand::read(&text(&path)?, site);
    for problem in &reading.problems {
        eprintln!("{}/{problem}", folder.display());
    }
    reading.demand.with_context(|| format!("{} has errors", path.display()))
}

fn text(path: &Path) -> anyhow::Result<String> {
    let size = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    anyhow::ensure!(
        size <= MAX_FILE_BYTES,
        "{} has {size} bytes; a site file may have {MAX_FILE_BYTES}: leave out scenery",
        path.display()
    );
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8; save it as UTF-8", path.display()))
}
