//! The lines of a CSV text that comes whole or in chunks: split, counted, never lost one for another.
//!
//! Not here: what columns there are and what they mean.
//! Invariant: lines are handed out in order; a bad one costs itself alone; memory is bounded by [`MAX_ROW_BYTES`].

use super::split::{Ending, Fields, Taken};
use crate::problem::Reason;
use crate::record::MAX_ROW_BYTES;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text is UTF-16, which spreadsheets write as "Unicode text".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Utf16;

/// A line that is not blank: its number and its fields in these bytes, or why it cannot be split.
pub(crate) type Line<'f, 'a> = (u64, Result<(&'f Fields, &'a [u8]), Reason>);

/// Splits a text.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    fields: Fields,
    /// Lines consumed.
    consumed: u64,
    /// Inside a line that is too long and already reported.
    skipping: bool,
    /// The start of the text, where a byte-order mark may stand, is behind.
    started: bool,
}

impl Lines {
    /// Consumes the whole lines at the start of `bytes`; returns how many bytes that were.
    pub(crate) fn consume<'a, E: From<Utf16>>(
        &mut self,
        bytes: &'a [u8],
        ending: Ending,
        mut take: impl FnMut(Line<'_, 'a>) -> Result<(), E>,
    ) -> Result<usize, E> {
        let mut at = 0;
        if !self.started {
            match text_start(bytes, ending)? {
                Some(start) => at = start,
                None => return Ok(0),
            }
            self.started = true;
        }
        while at < bytes.len() {
            let rest = &bytes[at..];
            if self.skipping {
                let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return Ok(bytes.len()) };
                self.skipping = false;
                at += end + 1;
                continue;
            }
            match self.fields.take_row(rest, ending) {
                Taken::Row { used, lines } => {
                    if !self.fields.is_blank() {
                        take((self.consumed + 1, Ok((&self.fields, rest))))?;
                    }
                    self.consumed += lines;
                    at += used;
                }
                Taken::Bad { used, reason } => {
                    self.consumed += 1;
                    take((self.consumed, Err(reason)))?;
                    at += used;
                }
                Taken::Endless => {
                    self.consumed += 1;
                    take((self.consumed, Err(Reason::RowTooLong { limit: MAX_ROW_BYTES })))?;
                    self.skipping = true;
                }
                Taken::NotYet => return Ok(at),
            }
        }
        Ok(at)
    }

    /// Lines consumed.
    pub(crate) fn consumed(&self) -> u64 {
        self.consumed
    }
}

/// Where a text starts behind a byte-order mark; `None` while too few bytes have come to tell.
fn text_start(bytes: &[u8], ending: Ending) -> Result<Option<usize>, Utf16> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Utf16);
    }
    if bytes.len() < BYTE_ORDER_MARK.len() && ending == Ending::MoreMayCome {
        return Ok(None);
    }
    Ok(Some(if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }))
}
