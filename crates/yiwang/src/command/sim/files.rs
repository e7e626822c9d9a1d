//! The files of a run, written as it goes.
//!
//! Not here: what is in them (sim); their description is docs/simulation.md.
//! Invariant: rows are written when they arise, so memory does not grow; compressed files carry no time, so the same
//! run gives the same bytes.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use city::{Datastream, Observation, Site, Span, Time};
use flate2::Compression;
use flate2::write::GzEncoder;
use sim::{Moment, Play, Rate, Step};

use super::WrongUse;

/// The names of the files, and the first line of each.
const OBSERVATIONS: (&str, &str) = ("observations.csv.gz", "phenomenonTime,datastream,result,resultTime");
const TRUTH: (&str, &str) = ("truth.csv.gz", "phenomenonTime,zone,occupancy");
const FAULTS: (&str, &str) = ("faults.csv", "datastream,kind,from,to");
const RATES: (&str, &str) = ("rates.csv", "phenomenonTime,datastream,direction,rate");
const DEMAND: (&str, &str) = ("demand.csv", "from,to,gate,destination,people_per_min");
const INITIAL: (&str, &str) = ("initial.csv", "zone,occupancy");

/// How often the truth is written, seconds.
const TRUTH_EVERY_S: i64 = 60;

/// What was written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) truth_rows: u64,
}

type Plain = BufWriter<File>;
type Packed = GzEncoder<Plain>;

/// The open files.
pub(super) struct Files {
    observations: Packed,
    truth: Packed,
    faults: Plain,
    rates: Plain,
    initial: Plain,
    demand: Plain,
    /// Ids as fields of a row.
    datastreams: Vec<String>,
    directions: Vec<&'static str>,
    zones: Vec<String>,
    gates: Vec<String>,
    /// The people at the start are written.
    begun: bool,
    written: Written,
}

impl Files {
    /// Opens every file in `folder`, which must be absent, empty, or hold files of an earlier run only.
    pub(super) fn create(folder: &Path, site: &Site) -> anyhow::Result<Self> {
        refuse_other_files(folder)?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let direction = |stream: &Datastream| formats::reality::direction(stream.role).unwrap_or_default();
        Ok(Self {
            observations: packed(folder, OBSERVATIONS)?,
            truth: packed(folder, TRUTH)?,
            faults: plain(folder, FAULTS)?,
            rates: plain(folder, RATES)?,
            initial: plain(folder, INITIAL)?,
            demand: plain(folder, DEMAND)?,
            datastreams: site.datastreams.iter().map(|stream| field(stream.id.as_str())).collect(),
            directions: site.datastreams.iter().map(direction).collect(),
            zones: site.zones.iter().map(|zone| field(zone.id.as_str())).collect(),
            gates: site.gates.iter().map(|gate| field(gate.id.as_str())).collect(),
            begun: false,
            written: Written::default(),
        })
    }

    /// Writes what a step brought.
    pub(super) fn step(&mut self, step: &Step) -> io::Result<()> {
        self.truth(&step.moment)?;
        // Once only: each day of an evening played again starts with such a moment.
        if !self.begun {
            self.initial(&step.moment)?;
            self.begun = true;
        }
        let mut stamp = Stamp::default();
        for row in &step.rows {
            self.row(row, &mut stamp)?;
        }
        step.rates.iter().try_for_each(|rate| self.rate(rate, &mut stamp))
    }

    fn row(&mut self, row: &Observation, stamp: &mut Stamp) -> io::Result<()> {
        self.written.rows += 1;
        let id = &self.datastreams[row.datastream.index()];
        write!(self.observations, "{},{id},", stamp.text(row.phenomenon_time))?;
        if let Some(result) = row.result {
            write!(self.observations, "{result}")?;
        }
        writeln!(self.observations, ",{}", row.result_time)
    }

    fn truth(&mut self, moment: &Moment) -> io::Result<()> {
        if !moment.time.micros().rem_euclid(TRUTH_EVERY_S * city::MICROS_PER_S).eq(&0) {
            return Ok(());
        }
        let time = moment.time.to_string();
        for (zone, people) in self.zones.iter().zip(&moment.people) {
            writeln!(self.truth, "{time},{zone},{people}")?;
            self.written.truth_rows += 1;
        }
        Ok(())
    }

    fn initial(&mut self, moment: &Moment) -> io::Result<()> {
        self.zones.iter().zip(&moment.people).try_for_each(|(zone, people)| writeln!(self.initial, "{zone},{people}"))
    }

    fn rate(&mut self, rate: &Rate, stamp: &mut Stamp) -> io::Result<()> {
        let (id, direction) = (&self.datastreams[rate.datastream.index()], self.directions[rate.datastream.index()]);
        writeln!(self.rates, "{},{id},{direction},{:.5}", stamp.text(rate.from), rate.rate)
    }

    /// Who came, for a what-if.
    fn demand(&mut self, play: &Play) -> io::Result<()> {
        let at = |minutes: u32| play.start().plus(Span::from_seconds(i64::from(minutes) * 60));
        for row in play.demand_rows() {
            let (gate, zone) = (&self.gates[row.gate.index()], &self.zones[row.destination.index()]);
            writeln!(self.demand, "{},{},{gate},{zone},{}", at(row.from_min), at(row.to_min), row.people_per_min)?;
        }
        Ok(())
    }

    /// Writes what is known at the end, the demand and the faults, and closes every file.
    pub(super) fn finish(mut self, play: &Play) -> io::Result<Written> {
        self.demand(play)?;
        for fault in play.faults() {
            let id = &self.datastreams[fault.datastream.index()];
            writeln!(self.faults, "{id},{},{},{}", fault.kind.name(), fault.from, fault.to)?;
        }
        self.observations.finish()?.flush()?;
        self.truth.finish()?.flush()?;
        for mut file in [self.faults, self.rates, self.initial, self.demand] {
            file.flush()?;
        }
        Ok(self.written)
    }
}

/// The text of the last time, which many rows share.
#[derive(Default)]
struct Stamp {
    time: Option<Time>,
    text: String,
}

impl Stamp {
    fn text(&mut self, time: Time) -> &str {
        if self.time != Some(time) {
            (self.time, self.text) = (Some(time), time.to_string());
        }
        &self.text
    }
}

/// An id as a field of a row.
fn field(id: &str) -> String {
    if id.contains([',', '"', '\n', '\r']) { format!("\"{}\"", id.replace('"', "\"\"")) } else { id.to_owned() }
}

fn plain(folder: &Path, file: (&str, &str)) -> anyhow::Result<Plain> {
    created(folder, file, |file| file)
}

fn packed(folder: &Path, file: (&str, &str)) -> anyhow::Result<Packed> {
    created(folder, file, |file| GzEncoder::new(file, Compression::fast()))
}

/// A new file with its first line.
fn created<W: Write>(folder: &Path, (name, header): (&str, &str), over: fn(Plain) -> W) -> anyhow::Result<W> {
    let path = folder.join(name);
    let open = || -> io::Result<W> {
        let mut file = over(BufWriter::new(File::create(&path)?));
        writeln!(file, "{header}")?;
        Ok(file)
    };
    open().with_context(|| format!("cannot write {}", path.display()))
}

/// Refuses a folder with anything but the files of an earlier run, so that no work is overwritten.
fn refuse_other_files(folder: &Path) -> anyhow::Result<()> {
    let own = [OBSERVATIONS, TRUTH, FAULTS, RATES, DEMAND, INITIAL].map(|(name, _)| name);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(WrongUse(format!("--out: {} is a file; name a folder", folder.display())).into());
        }
        Err(error) => return Err(error).with_context(|| format!("cannot look into {}", folder.display())),
    };
    for entry in entries {
        let name = entry.with_context(|| format!("cannot look into {}", folder.display()))?.file_name();
        if !own.iter().any(|own| name == *own) {
            let (folder, name) = (folder.display(), name.to_string_lossy().into_owned());
            let message = format!("--out: {folder} holds {name}, which is no file of a run; name a new folder");
            return Err(WrongUse(message).into());
        }
    }
    Ok(())
}
