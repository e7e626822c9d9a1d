//! The writer of history: takes the engine's events, saves them in flushes.
//!
//! Not here: reading, the SQL of late points and loading (`writer/…` below), when a flush is due (the shell; a flush
//! happens by itself only to bound memory).
//! Invariant: a flush saves everything recorded so far in one transaction together with `complete_to`, so that a
//! crash loses nothing that re-applying the entries after it does not bring back.

mod late;
mod load;
mod save;

use std::fs;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use city::{Event, Seq, Site, Time};

use super::open::{Open, Row};
use super::reader::Pool;
use super::tables::{HISTORY_FILE, KIND};
use super::{HistoryReader, IssuedChange, SeriesKey};
use crate::StoreError;
use crate::sqlite::{Database, Upkeep};
pub(super) use late::upsert;
use save::Plan;

/// So many unsaved points make a flush by themselves.
const UNSAVED_LIMIT: usize = 1 << 17;
/// Pages in the write-ahead log before they are copied into the file: fewer than a large flush has, so that what
/// stays in it is one flush.
const WAL_PAGES: u32 = 16;

/// What the writer and its readers share.
pub(super) struct Shared {
    open: RwLock<Open>,
    pub(super) pool: Pool,
}

impl Shared {
    /// The open points, to read. A panic elsewhere leaves them as the last complete change made them.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Open> {
        self.open.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Open> {
        self.open.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The history of a site, for its one writer; it needs the folder's lock, which [`crate::Store`] holds.
pub struct History {
    database: Database,
    shared: Arc<Shared>,
    complete_to: Seq,
    recorded_to: Seq,
    generation: u64,
    unsaved: usize,
    segments: Segments,
    /// Whether the database names every series: a name is saved with the first flush that may need it.
    names_saved: bool,
}

/// What the segment table holds.
#[derive(Clone, Copy, Debug, Default)]
struct Segments {
    count: usize,
    points: usize,
}

impl History {
    /// Opens the history in `dir`, making it if need be.
    ///
    /// When it is damaged, [`History::discard`] it, open it anew and re-apply the log.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(dir).map_err(|error| StoreError::io(dir, error))?;
        let file = dir.join(HISTORY_FILE);
        let database = Database::open(&file, &KIND, &Upkeep { synchronous: "NORMAL", wal_pages: WAL_PAGES })?;
        let loaded = load::load(&database)?;
        Ok(Self {
            database,
            shared: Arc::new(Shared { open: RwLock::new(loaded.open), pool: Pool::new(file) }),
            complete_to: loaded.complete_to,
            recorded_to: loaded.complete_to,
            generation: loaded.generation,
            unsaved: 0,
            segments: loaded.segments,
            names_saved: true,
        })
    }

    /// Moves a damaged history in `dir` aside, as `history.db.damaged`.
    pub fn discard(dir: &Path) -> Result<(), StoreError> {
        for suffix in ["", "-wal", "-shm"] {
            let file = dir.join(format!("{HISTORY_FILE}{suffix}"));
            let aside = dir.join(format!("{HISTORY_FILE}.damaged{suffix}"));
            if file.exists() {
                fs::rename(&file, &aside).map_err(|error| StoreError::io(&file, error))?;
            }
        }
        Ok(())
    }

    /// A reader of this history; it sees what is recorded at once, and outlives the writer.
    pub fn reader(&self) -> HistoryReader {
        HistoryReader::new(Arc::clone(&self.shared))
    }

    /// The last entry whose events survive a crash. Events up to it (and all recorded since) are ignored when they
    /// come again, so the shell re-applies the log from any snapshot at or before it.
    pub fn complete_to(&self) -> Seq {
        self.complete_to
    }

    /// Resolves the series of the site in force when recording starts. A series keeps its past by its id, whatever its
    /// position in the site's tables. A site adopted later comes with its entry: [`History::record_change`].
    pub fn adopt(&mut self, site: &Site) {
        self.names_saved &= !self.shared.write().adopt(site);
    }

    /// Takes all events of an entry that adopted no site. Events of an entry recorded before are ignored.
    ///
    /// On an error (a flush by itself met a full disk) everything stays in memory and the next flush tries again.
    pub fn record(&mut self, seq: Seq, time: Time, events: &[Event]) -> Result<(), StoreError> {
        self.record_change(seq, time, events, None)
    }

    /// Takes all events of one entry, and the site it adopted if it did: events before [`Event::SiteAdopted`] are of
    /// the site before, those after it of the new one. Of an entry recorded before, only the site is taken.
    ///
    /// Fails as [`History::record`] does.
    pub fn record_change(
        &mut self,
        seq: Seq,
        time: Time,
        events: &[Event],
        adopted: Option<&Site>,
    ) -> Result<(), StoreError> {
        let is_new = seq > self.recorded_to;
        let adoption = events.iter().position(|event| matches!(event, Event::SiteAdopted)).unwrap_or(0);
        let (before, after) = events.split_at(if adopted.is_some() { adoption } else { 0 });
        if is_new {
            self.recorded_to = seq;
            self.shared.write().as_of = time;
            self.take(seq, before);
        }
        if let Some(site) = adopted {
            self.adopt(site);
        }
        if is_new {
            self.take(seq, after);
        }
        if self.unsaved < UNSAVED_LIMIT {
            return Ok(());
        }
        // If it fails, the next attempt by itself waits for as many points again.
        self.unsaved = 0;
        self.flush()
    }

    /// Takes events of the site in force.
    fn take(&mut self, seq: Seq, events: &[Event]) {
        let mut open = self.shared.write();
        for event in events {
            let (key, row) = match event {
                Event::Observed(observation) | Event::Late(observation) | Event::Revised { observation, .. } => {
                    (SeriesKey::Datastream(observation.datastream), Row::of(observation))
                }
                Event::ZoneSample(sample) => (SeriesKey::Zone(sample.zone), Row::of_zone(sample)),
                Event::GroupSample(sample) => (SeriesKey::Group(sample.group), Row::of_group(sample)),
                Event::Warning { change, warning, at } => {
                    let issued = open.names.issue(warning);
                    open.warnings.push(IssuedChange { seq, at: *at, change: *change, issued });
                    continue;
                }
                _ => continue,
            };
            if let Some(place) = open.place(key) {
                open.series[place as usize].put(row);
                self.unsaved += 1;
            }
        }
    }

    /// Saves everything recorded so far.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        if self.recorded_to == self.complete_to {
            return Ok(());
        }
        let generation = self.generation + 1;
        let open = self.shared.read();
        let mut plan = Plan::of(&open, generation, self.segments);
        plan.names = (!self.names_saved).then(|| save::names(&open));
        late::plan(&self.database, &open, &mut plan)?;
        drop(open);
        let complete_to = self.recorded_to;
        self.database.write(|transaction| plan.save(transaction, complete_to))?;

        let mut open = self.shared.write();
        for place in &plan.closed {
            open.series[*place as usize].chunked(generation);
        }
        open.series.iter_mut().for_each(super::open::OpenSeries::saved);
        open.warnings.clear();
        drop(open);
        self.segments = plan.segments_after(self.segments);
        (self.generation, self.complete_to, self.unsaved) = (generation, complete_to, 0);
        self.names_saved = true;
        Ok(())
    }

    /// Forgets everything, so that the log can be re-applied from its base.
    pub fn clear(&mut self) -> Result<(), StoreError> {
        self.database.write(|transaction| {
            transaction.execute_batch(
                "DELETE FROM chunk; DELETE FROM segment; DELETE FROM warning; DELETE FROM warning_change;
                 UPDATE mark SET value = 0;",
            )
        })?;
        let mut open = self.shared.write();
        open.series.iter_mut().for_each(|series| *series = super::open::OpenSeries::new(series.has_bounds));
        open.warnings.clear();
        drop(open);
        (self.complete_to, self.recorded_to, self.generation, self.unsaved) = (Seq(0), Seq(0), 0, 0);
        self.segments = Segments::default();
        Ok(())
    }
}
