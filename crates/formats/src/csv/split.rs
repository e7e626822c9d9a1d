//! Splitting a row into fields, quoted or not.
//!
//! Not here: what the fields mean.
//! Invariant: time is linear in the text even when every line opens a quotation mark, since a row that stays open
//! is given up at the first misplaced mark or after [`MAX_ROW_BYTES`].

use std::borrow::Cow;

use crate::problem::Reason;
use crate::record::MAX_ROW_BYTES;

/// Whether more bytes may follow those at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The text may go on.
    MoreMayCome,
    /// This is the end of the text.
    Final,
}

/// What was found at the start of the bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// A row of so many bytes on so many lines.
    Row { used: usize, lines: u64 },
    /// A line of so many bytes that cannot be split.
    Bad { used: usize, reason: Reason },
    /// A line longer than any row.
    Endless,
    /// A row that is not at its end.
    NotYet,
}

#[derive(Clone, Copy, Debug)]
struct Field {
    start: usize,
    end: usize,
    /// Holds doubled quotation marks.
    escaped: bool,
}

/// The fields of the row split last, as ranges of its bytes.
#[derive(Debug, Default)]
pub(super) struct Fields {
    fields: Vec<Field>,
}

impl Fields {
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// A line without anything on it.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.fields[..], [Field { start, end, .. }] if start == end)
    }

    /// The text of a field of the row that starts at `bytes`.
    pub(super) fn text<'a>(&self, bytes: &'a [u8], column: usize) -> Cow<'a, [u8]> {
        let Some(field) = self.fields.get(column) else { return Cow::Borrowed(&[]) };
        let text = &bytes[field.start..field.end];
        if !field.escaped {
            return Cow::Borrowed(text);
        }
        let mut plain = Vec::with_capacity(text.len());
        let mut second = false;
        for byte in text {
            // Of each pair of quotation marks the second one counts.
            let first = *byte == b'"' && !second;
            if !first {
                plain.push(*byte);
            }
            second = first;
        }
        Cow::Owned(plain)
    }

    /// The texts of all fields.
    pub(super) fn texts<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = Cow<'a, [u8]>> {
        (0..self.len()).map(move |column| self.text(bytes, column))
    }

    /// Splits the row at the start of `bytes`.
    pub(super) fn take_row(&mut self, bytes: &[u8], ending: Ending) -> Taken {
        self.fields.clear();
        let mut start = 0;
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b',' => {
                    self.plain(start, at);
                    start = at + 1;
                }
                b'\n' => {
                    self.plain(start, without_return(bytes, start, at));
                    return if at > MAX_ROW_BYTES { too_long(at + 1) } else { Taken::Row { used: at + 1, lines: 1 } };
                }
                b'"' => return self.take_quoted_row(bytes, ending),
                _ => {}
            }
        }
        if bytes.len() > MAX_ROW_BYTES {
            return Taken::Endless;
        }
        match ending {
            Ending::MoreMayCome => Taken::NotYet,
            Ending::Final => {
                self.plain(start, without_return(bytes, start, bytes.len()));
                Taken::Row { used: bytes.len(), lines: 1 }
            }
        }
    }

    fn plain(&mut self, start: usize, end: usize) {
        self.fields.push(Field { start, end, escaped: false });
    }

    /// The same for a row with a quotation mark somewhere.
    fn take_quoted_row(&mut self, bytes: &[u8], ending: Ending) -> Taken {
        self.fields.clear();
        let row = &bytes[..bytes.len().min(MAX_ROW_BYTES)];
        let (mut start, mut lines) = (0, 1);
        loop {
            let end = if row.get(start) == Some(&b'"') {
                match self.quoted(row, start, &mut lines) {
                    Quoted::End(end) => end,
                    Quoted::Open if row.len() == bytes.len() && ending == Ending::MoreMayCome => return Taken::NotYet,
                    Quoted::Open | Quoted::Misplaced => return bad_line(bytes, ending),
                }
            } else {
                let length = row[start..].iter().position(|byte| matches!(byte, b',' | b'\n' | b'"'));
                let end = length.map_or(row.len(), |length| start + length);
                let at_break = row.get(end) != Some(&b',');
                self.plain(start, if at_break { without_return(row, start, end) } else { end });
                end
            };
            match row.get(end) {
                Some(b',') => start = end + 1,
                Some(b'\n') => return Taken::Row { used: end + 1, lines },
                Some(b'\r') if row.get(end + 1) == Some(&b'\n') => return Taken::Row { used: end + 2, lines },
                None if row.len() < bytes.len() => return bad_line(bytes, ending),
                None if ending == Ending::Final => return Taken::Row { used: end, lines },
                None => return Taken::NotYet,
                Some(b'\r') if end + 1 == bytes.len() => {
                    return if ending == Ending::Final { Taken::Row { used: end + 1, lines } } else { Taken::NotYet };
                }
                Some(_) => return bad_line(bytes, ending),
            }
        }
    }

    /// The quoted field that starts at `start`; its end is the position behind the closing mark.
    fn quoted(&mut self, row: &[u8], start: usize, lines: &mut u64) -> Quoted {
        let (mut at, mut escaped) = (start + 1, false);
        while let Some(byte) = row.get(at) {
            match byte {
                b'"' if row.get(at + 1) == Some(&b'"') => {
                    escaped = true;
                    at += 1;
                }
                b'"' => {
                    if !matches!(row.get(at + 1), None | Some(b',' | b'\n' | b'\r')) {
                        return Quoted::Misplaced;
                    }
                    self.fields.push(Field { start: start + 1, end: at, escaped });
                    return Quoted::End(at + 1);
                }
                b'\n' => *lines += 1,
                _ => {}
            }
            at += 1;
        }
        Quoted::Open
    }
}

enum Quoted {
    End(usize),
    Open,
    Misplaced,
}

fn without_return(bytes: &[u8], start: usize, end: usize) -> usize {
    if end > start && bytes[end - 1] == b'\r' { end - 1 } else { end }
}

fn too_long(used: usize) -> Taken {
    Taken::Bad { used, reason: Reason::RowTooLong { limit: MAX_ROW_BYTES } }
}

/// The first line alone is given up; what follows is tried again.
fn bad_line(bytes: &[u8], ending: Ending) -> Taken {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) if end <= MAX_ROW_BYTES => Taken::Bad { used: end + 1, reason: Reason::Quote },
        Some(end) => too_long(end + 1),
        None if bytes.len() > MAX_ROW_BYTES => Taken::Endless,
        None if ending == Ending::MoreMayCome => Taken::NotYet,
        None => Taken::Bad { used: bytes.len(), reason: Reason::Quote },
    }
}
