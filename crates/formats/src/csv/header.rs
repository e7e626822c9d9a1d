//! The header of a CSV text: which column is what.
//!
//! Not here: rows.
//! Invariant: a header is accepted only if each known column occurs at most once and no column looks like a misspelt one.

use std::borrow::Cow;

use super::DATASTREAM;
use super::lines::Utf16;
use crate::number::RESULT;
use crate::problem::{Reason, quoted};
use crate::stamp::{PHENOMENON_TIME, RESULT_TIME};

/// So many edits apart, a column's name counts as a misspelling of a known one.
const MISSPELT: usize = 2;

/// Longest header repeated in a message, characters.
const SHOWN_HEADER: usize = 200;

/// Why a text as a whole is not observations.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// Nothing in it.
    #[error("there is nothing in it; its first line must be: phenomenonTime,datastream,result")]
    Empty,
    /// UTF-16, which spreadsheets write as "Unicode text".
    #[error("it is UTF-16 text; save it as CSV in UTF-8")]
    Utf16,
    /// Columns are missing.
    #[error(
        "wrong header: no column {}; found: {found}. The first line must be phenomenonTime,datastream,result, with commas, and may add resultTime",
        missing.join(", ")
    )]
    Missing {
        /// The columns that are missing.
        missing: Vec<&'static str>,
        /// The header as found.
        found: String,
    },
    /// A column that seems to be meant as a known one.
    #[error(
        "wrong header: column '{found}' looks like '{meant}'; write it exactly so, or rename it if it is something else"
    )]
    Misspelt {
        /// As found.
        found: String,
        /// The known column.
        meant: &'static str,
    },
    /// A known column occurs twice.
    #[error("wrong header: column '{column}' occurs twice; remove one")]
    Twice {
        /// The column.
        column: &'static str,
    },
    /// The first line cannot be split into columns.
    #[error("wrong header: {reason}; the first line must be phenomenonTime,datastream,result")]
    BadHeader {
        /// Why not.
        reason: Reason,
    },
}

impl From<Utf16> for CsvError {
    fn from(_: Utf16) -> Self {
        Self::Utf16
    }
}

/// Positions of the known columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// Columns in all.
    pub count: usize,
    pub phenomenon_time: usize,
    pub datastream: usize,
    pub result: usize,
    pub result_time: Option<usize>,
}

impl Columns {
    /// From the fields of the first line.
    pub(super) fn read<'a>(fields: impl Iterator<Item = Cow<'a, [u8]>>) -> Result<Self, CsvError> {
        let names: Vec<String> = fields.map(|field| String::from_utf8_lossy(&field).trim().to_owned()).collect();
        let phenomenon_time = find(&names, PHENOMENON_TIME)?;
        let datastream = find(&names, DATASTREAM)?;
        let result = find(&names, RESULT)?;
        let result_time = find(&names, RESULT_TIME)?;
        let (Some(phenomenon_time), Some(datastream), Some(result)) = (phenomenon_time, datastream, result) else {
            let needed = [(PHENOMENON_TIME, phenomenon_time), (DATASTREAM, datastream), (RESULT, result)];
            return Err(CsvError::Missing {
                missing: needed.iter().filter(|(_, at)| at.is_none()).map(|(name, _)| *name).collect(),
                found: names.join(",").chars().take(SHOWN_HEADER).collect(),
            });
        };
        Ok(Self { count: names.len(), phenomenon_time, datastream, result, result_time })
    }
}

/// Where `column` is, if it is there; a column that is not there must not seem to be meant by another name.
fn find(names: &[String], column: &'static str) -> Result<Option<usize>, CsvError> {
    let mut at = names.iter().enumerate().filter(|(_, name)| *name == column).map(|(at, _)| at);
    let first = at.next();
    if at.next().is_some() {
        return Err(CsvError::Twice { column });
    }
    if first.is_none()
        && let Some(found) = names.iter().find(|name| looks_like(name, column))
    {
        return Err(CsvError::Misspelt { found: quoted(found), meant: column });
    }
    Ok(first)
}

/// True when `name` is `known` but for case, separators or a slip of the finger.
fn looks_like(name: &str, known: &str) -> bool {
    let is_known = [PHENOMENON_TIME, DATASTREAM, RESULT, RESULT_TIME].contains(&name);
    let bare: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    !is_known && name.len() <= 2 * known.len() && strsim::levenshtein(&bare, &known.to_ascii_lowercase()) <= MISSPELT
}
