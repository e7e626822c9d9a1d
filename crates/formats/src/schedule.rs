//! Lists that go with a file of observations: what is known ahead, and which observations to leave out.
//!
//! Not here: opening files (the binary), what an event does (forecast).
//! Invariant: a bad row costs that row only; no event ends before it begins.

use city::Time;

use crate::number::read_number;
use crate::problem::{Problem, Problems, Reason, RecordPlace, quoted};
use crate::record::MAX_FIELD_BYTES;
use crate::stamp::{PHENOMENON_TIME, StampReader};

/// The kind of an event whose list does not say.
const EVENT: &str = "event";

/// Something known ahead.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// `holiday` and `workday` say what the local days from begin to end are like; any other kind has an effect of its
    /// own. `event` where the list has no column `kind`.
    pub kind: String,
    /// When it begins.
    pub begin: Time,
    /// When it ends.
    pub end: Time,
    /// How many people are expected.
    pub attendance: Option<f64>,
}

/// An observation to leave out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapRow {
    /// Its datastream.
    pub datastream: String,
    /// Start of its interval.
    pub phenomenon_time: Time,
}

/// What a list holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<R> {
    /// The good rows, in the order of the list.
    pub rows: Vec<R>,
    /// The others.
    pub problems: Problems,
}

/// A list that gives nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the first line must have the columns {expected}; found: {found}")]
pub struct ListError {
    expected: &'static str,
    found: String,
}

/// Reads `begin,end[,attendance][,kind]`; columns in any order, others are ignored.
pub fn read_events(bytes: &[u8]) -> Result<Listed<EventRow>, ListError> {
    let mut stamps = StampReader::default();
    read(bytes, ["begin", "end"], "begin,end", |row| {
        let mut time = |field: &'static str| Ok(stamps.read(field, row.field(field)?)?.time);
        let (begin, end) = (time("begin")?, time("end")?);
        if end < begin {
            return Err(Reason::IntervalBackwards { text: format!("{begin}/{end}") });
        }
        let attendance = read_number("attendance", row.field("attendance")?)?;
        if let Some(people) = attendance.filter(|people| *people < 0.0) {
            return Err(Reason::Negative { field: "attendance", text: quoted(&people.to_string()) });
        }
        let kind = std::str::from_utf8(row.field("kind")?).map_err(|_| Reason::NotUtf8 { field: "kind" })?.trim();
        let kind = if kind.is_empty() { EVENT } else { kind }.to_owned();
        Ok(EventRow { kind, begin, end, attendance })
    })
}

/// Reads `phenomenonTime,datastream`; columns in any order, others are ignored.
pub fn read_gaps(bytes: &[u8]) -> Result<Listed<GapRow>, ListError> {
    let mut stamps = StampReader::default();
    read(bytes, [PHENOMENON_TIME, "datastream"], "phenomenonTime,datastream", |row| {
        let phenomenon_time = stamps.read(PHENOMENON_TIME, row.field(PHENOMENON_TIME)?)?.time;
        let field = "datastream";
        let datastream = std::str::from_utf8(row.field(field)?).map_err(|_| Reason::NotUtf8 { field })?.trim();
        if datastream.is_empty() {
            return Err(Reason::Absent { field });
        }
        Ok(GapRow { datastream: datastream.to_owned(), phenomenon_time })
    })
}

/// A row whose fields are found by name.
struct NamedRow<'a> {
    header: &'a csv::ByteRecord,
    row: &'a csv::ByteRecord,
}

impl NamedRow<'_> {
    /// The field in a column; empty if there is no such column.
    fn field(&self, name: &'static str) -> Result<&[u8], Reason> {
        let place = self.header.iter().position(|column| column == name.as_bytes());
        let bytes = place.and_then(|place| self.row.get(place)).unwrap_or_default();
        if bytes.len() > MAX_FIELD_BYTES {
            return Err(Reason::FieldTooLong { field: name, limit: MAX_FIELD_BYTES });
        }
        Ok(bytes)
    }
}

fn read<R, const N: usize>(
    bytes: &[u8],
    needed: [&'static str; N],
    expected: &'static str,
    mut take: impl FnMut(&NamedRow<'_>) -> Result<R, Reason>,
) -> Result<Listed<R>, ListError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let header = reader.byte_headers().cloned().unwrap_or_default();
    if needed.iter().any(|name| header.iter().all(|column| column != name.as_bytes())) {
        let found: Vec<_> = header.iter().map(String::from_utf8_lossy).collect();
        return Err(ListError { expected, found: quoted(&found.join(",")) });
    }
    let (mut listed, mut row) = (Listed { rows: Vec::new(), problems: Problems::default() }, csv::ByteRecord::new());
    // Flexible rows of bytes in memory cannot fail to be read.
    while reader.read_byte_record(&mut row).unwrap_or(false) {
        let place = RecordPlace::Line(row.position().map_or(0, csv::Position::line));
        match take(&NamedRow { header: &header, row: &row }) {
            Ok(taken) => listed.rows.push(taken),
            Err(reason) => listed.problems.push(Problem { place, reason }),
        }
    }
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_by_the_names_of_their_columns() {
        let text = b"begin,end,attendance,away_team\n2005-04-12T13:10:00-07:00,2005-04-12T16:23:00-07:00,55892,SF\n";
        let listed = read_events(text).unwrap();
        assert_eq!(listed.rows.len(), 1);
        assert_eq!((listed.rows[0].kind.as_str(), listed.rows[0].attendance), ("event", Some(55_892.0)));
    }

    #[test]
    fn an_event_that_ends_before_it_begins_costs_its_row() {
        let text = b"kind,begin,end\nholiday,2019-01-01T00:00:00+08:00,2019-01-01T23:59:59+08:00\n\
                     game,2019-01-02T12:00:00+08:00,2019-01-02T10:00:00+08:00\n";
        let listed = read_events(text).unwrap();
        assert_eq!((listed.rows.len(), listed.problems.total()), (1, 1));
        assert!(matches!(listed.problems.first()[0].reason, Reason::IntervalBackwards { .. }));
    }

    #[test]
    fn a_list_without_its_columns_is_refused() {
        assert!(read_events(b"from,to\n").unwrap_err().to_string().contains("begin,end"));
        assert!(read_gaps(b"").is_err());
        let listed = read_gaps(b"datastream,phenomenonTime\ns00/entries,2019-01-01T05:30:00+08:00\n,x\n").unwrap();
        assert_eq!((listed.rows.len(), listed.problems.total()), (1, 1));
    }
}
