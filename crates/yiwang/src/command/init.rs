//! `yiwang init DIR`: a working starter site from a list of sensors, a file of observations, or both.
//!
//! Not here: what the site holds (formats), reading observations (connect), reading the list (`sensors`).
//! Invariant: nothing is written unless the folder is new or empty and the site passes `yiwang check`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use connect::file::{Reach, Scanned, scan};
use formats::scan::ScannedStream;
use formats::site::{
    SITE_GEOJSON, SITE_TOML, Sensor, SiteTexts, StarterFiles, StarterInput, read, sensor_list, starter,
};

use super::{Verdict, WrongUse};

/// `yiwang init`.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// The folder to make; it must be new or empty.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// A CSV file of sensors with the header `id,name,lat,lon`; other columns are ignored.
    #[arg(long, value_name = "FILE.csv")]
    pub sensors: Option<PathBuf>,
    /// A CSV file of observations, `.csv` or `.csv.gz`.
    #[arg(long, value_name = "FILE.csv[.gz]")]
    pub observations: Option<PathBuf>,
    /// The site's name; the folder's name if absent.
    #[arg(long)]
    pub name: Option<String>,
    /// IANA time zone, such as Asia/Shanghai; from the observations' offset if absent.
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
}

/// The largest list of sensors that is read, bytes.
const MAX_SENSORS_BYTES: u64 = 16 * 1024 * 1024;

/// Makes a starter site.
pub fn run(args: &InitArgs) -> anyhow::Result<Verdict> {
    if args.sensors.is_none() && args.observations.is_none() {
        let message = "nothing to make a site from: give --sensors FILE.csv, --observations FILE.csv[.gz], or both";
        return Err(WrongUse(message.to_owned()).into());
    }
    refuse_used_folder(&args.folder)?;
    let (sensors, refused_sensors) = args.sensors.as_deref().map(sensors).transpose()?.unwrap_or_default();
    let scanned = args.observations.as_deref().map(scan).transpose()?.unwrap_or_default();
    let refused_rows = report_rows(&scanned);
    let input = input(args, sensors, &scanned);
    if input.streams.is_empty() && input.sensors.is_empty() {
        bail!("the files hold no sensor and no observation that can be read; nothing was made");
    }
    let files = starter(&input);
    let made = check(&files, &args.folder)?;
    write(&args.folder, &files)?;
    for note in &files.notes {
        eprintln!("note: {note}");
    }
    println!("made {} with {made}", args.folder.display());
    println!("next: {}", next_command(args));
    Ok(if refused_sensors || refused_rows { Verdict::Fails } else { Verdict::Holds })
}

/// Refuses a folder that holds anything, so that no work is overwritten.
fn refuse_used_folder(folder: &Path) -> anyhow::Result<()> {
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(WrongUse(format!("{} is not empty; name a new folder", folder.display())).into()),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            Err(WrongUse(format!("{} is a file; name a new folder", folder.display())).into())
        }
        Err(error) => Err(error).with_context(|| format!("cannot look into {}", folder.display())),
    }
}

/// The sensors of a list, and whether any row was refused.
fn sensors(path: &Path) -> anyhow::Result<(Vec<Sensor>, bool)> {
    let size = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    if size > MAX_SENSORS_BYTES {
        bail!("{} has {size} bytes; a list of sensors has at most {MAX_SENSORS_BYTES}", path.display());
    }
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let list = sensor_list(&bytes).with_context(|| path.display().to_string())?;
    for problem in &list.problems {
        eprintln!("{}:{problem}", path.display());
    }
    Ok((list.sensors, !list.problems.is_empty()))
}

/// Prints what was refused of the observations; true if anything was.
fn report_rows(scanned: &Scanned) -> bool {
    let problems = &scanned.report.problems;
    for problem in problems.first() {
        eprintln!("observations: {problem}");
    }
    if problems.total() > 0 {
        eprintln!(
            "{} of {} rows were refused; the site is made from the others",
            problems.total(),
            scanned.report.rows
        );
    }
    if let Reach::Broken { line, reason } = &scanned.report.reach {
        eprintln!("observations were read up to line {line}: {reason}");
    }
    problems.total() > 0 || scanned.report.reach != Reach::End
}

fn input(args: &InitArgs, sensors: Vec<Sensor>, scanned: &Scanned) -> StarterInput {
    let folder_name =
        || args.folder.file_name().map_or_else(|| "site".to_owned(), |name| name.to_string_lossy().into_owned());
    StarterInput {
        name: args.name.clone().unwrap_or_else(folder_name),
        timezone: args.timezone.clone(),
        utc_offsets_s: scanned.streams.iter().flat_map(|stream| stream.utc_offsets_s.iter().copied()).collect(),
        sensors,
        streams: scanned.streams.iter().map(ScannedStream::summary).collect(),
    }
}

/// Reads the site back before it is written; what it holds, in words.
fn check(files: &StarterFiles, folder: &Path) -> anyhow::Result<String> {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let texts =
        SiteTexts { toml: &files.toml, geojson: Some(&files.geojson), folder_name: name.as_deref().unwrap_or("site") };
    let reading = read(texts);
    let Some(site) = reading.site else {
        let problems: Vec<String> = reading.problems.iter().map(ToString::to_string).collect();
        bail!("nothing was made, because the site would have these problems:\n{}", problems.join("\n"));
    };
    let gates = match site.gates.len() {
        0 => String::new(),
        gates => format!(", {} of one network", counted(gates, "gate")),
    };
    Ok(format!("{}{gates}; time zone {}", counted(site.datastreams.len(), "datastream"), site.timezone))
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn write(folder: &Path, files: &StarterFiles) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in [(SITE_TOML, &files.toml), (SITE_GEOJSON, &files.geojson)] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn next_command(args: &InitArgs) -> String {
    let folder = quoted(&args.folder);
    match &args.observations {
        Some(observations) => format!("yiwang serve --site {folder} --replay {}", quoted(observations)),
        None => format!("yiwang serve --site {folder} --data {}", quoted(&args.folder.with_extension("data"))),
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
