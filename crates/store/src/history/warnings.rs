//! Warnings as issued: every change, and each warning as it stands.
//!
//! Not here: judging them.
//! Invariant: a change once issued is never altered; the same change recorded again is the same row; it names what it named then.

use std::sync::Arc;

use city::{IssuedWarning, Seq, Time, WarningChange, WarningId};
use rusqlite::{Connection, Row, params};

use super::names::Names;
use super::{HistoryReader, IssuedChange};
use crate::StoreError;

/// Saves changes, in order.
pub(super) fn save(conn: &Connection, changes: &[IssuedChange]) -> rusqlite::Result<()> {
    let mut append = conn.prepare_cached("INSERT OR REPLACE INTO warning_change VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    let mut latest = conn.prepare_cached("INSERT OR REPLACE INTO warning VALUES (?1, ?2, ?3, ?4)")?;
    let (mut seq, mut n) = (Seq(0), 0);
    for issued in changes {
        n = if issued.seq == seq { n + 1 } else { 0 };
        seq = issued.seq;
        let warning = &issued.issued.warning;
        let id = warning.id.0 as i64;
        let change = to_json(&issued.change)?;
        let json = to_json(&issued.issued)?;
        append.execute(params![seq.0 as i64, n, id, issued.at.micros(), change, json])?;
        latest.execute(params![id, warning.raised_at.micros(), warning.closed_at.map(Time::micros), json])?;
    }
    Ok(())
}

fn to_json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn from_json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

impl HistoryReader {
    /// Warnings in force at some time in `from..to`, as they stand after their latest change, newest first.
    ///
    /// Like all readings of warnings, with the ids they were issued with and the positions those have now.
    pub fn warnings(&self, from: Time, to: Time, limit: usize) -> Result<Vec<IssuedWarning>, StoreError> {
        // Unsaved changes first: a flush between the two looks shows a change twice, never not at all.
        let unsaved = self.unsaved_changes(|_| true);
        let sql = "SELECT json FROM warning WHERE raised_at < ?2 AND (closed_at IS NULL OR closed_at >= ?1)
                   ORDER BY raised_at DESC, id DESC LIMIT ?3";
        let most = i64::try_from(limit.saturating_add(unsaved.len())).unwrap_or(i64::MAX);
        let mut warnings: Vec<IssuedWarning> = self.query(|conn| {
            let mut select = conn.prepare_cached(sql)?;
            select.query_map(params![from.micros(), to.micros(), most], |row| from_json(row, 0))?.collect()
        })?;
        for IssuedChange { issued, .. } in unsaved {
            warnings.retain(|earlier| earlier.warning.id != issued.warning.id);
            warnings.push(issued);
        }
        warnings.retain(|IssuedWarning { warning, .. }| {
            warning.raised_at < to && warning.closed_at.is_none_or(|closed| closed >= from)
        });
        warnings.sort_by_key(|issued| std::cmp::Reverse((issued.warning.raised_at, issued.warning.id)));
        warnings.truncate(limit);
        let names = self.names();
        Ok(warnings.into_iter().map(|issued| names.resolve(issued)).collect())
    }

    /// A warning as it stands after its latest change.
    pub fn warning(&self, id: WarningId) -> Result<Option<IssuedWarning>, StoreError> {
        Ok(self.warning_changes(id)?.pop().map(|change| change.issued))
    }

    /// Every change of a warning, in order.
    pub fn warning_changes(&self, id: WarningId) -> Result<Vec<IssuedChange>, StoreError> {
        let unsaved = self.unsaved_changes(|change| change.issued.warning.id == id);
        let sql = "SELECT seq, at, change, json FROM warning_change WHERE id = ?1 ORDER BY seq, n";
        let mut changes: Vec<IssuedChange> = self.query(|conn| {
            let mut select = conn.prepare_cached(sql)?;
            let issued = |row: &Row<'_>| {
                Ok(IssuedChange {
                    seq: Seq(row.get::<_, i64>(0)? as u64),
                    at: Time::from_micros(row.get(1)?),
                    change: from_json::<WarningChange>(row, 2)?,
                    issued: from_json(row, 3)?,
                })
            };
            select.query_map([id.0 as i64], issued)?.collect()
        })?;
        let saved = changes.last().map_or(Seq(0), |issued| issued.seq);
        changes.extend(unsaved.into_iter().filter(|issued| issued.seq > saved));
        let names = self.names();
        Ok(changes.into_iter().map(|change| IssuedChange { issued: names.resolve(change.issued), ..change }).collect())
    }

    fn names(&self) -> Arc<Names> {
        Arc::clone(&self.shared.read().names)
    }

    fn unsaved_changes(&self, wanted: impl Fn(&IssuedChange) -> bool) -> Vec<IssuedChange> {
        self.shared.read().warnings.iter().filter(|issued| wanted(issued)).cloned().collect()
    }
}
