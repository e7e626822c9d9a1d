//! What is wrong with a record: where it is, why it was refused, what to do.
//!
//! Not here: problems of a site folder (`site`), what the engine refuses later.
//! Invariant: a problem costs exactly one record; collecting problems takes bounded memory.

use std::fmt;

use serde::{Serialize, Serializer};

/// How many problems [`Problems`] keeps; further ones are only counted.
pub const KEPT_PROBLEMS: usize = 20;

/// Longest piece of foreign text repeated in a message, characters.
pub const QUOTED_CHARS: usize = 64;

/// Where a record stands in its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordPlace {
    /// The line of a text file on which the record starts, the first line being 1.
    Line(u64),
    /// The document: it holds one observation.
    Document,
    /// A group of a `DataArray` as a whole.
    Group {
        /// How many rows of the document came before it, and one.
        row: u64,
        /// Which group, from 0 as in a JSON pointer.
        group: u32,
    },
    /// A row of a `DataArray`.
    Element {
        /// Which row of the whole document, from 1.
        row: u64,
        /// Which group, from 0 as in a JSON pointer.
        group: u32,
        /// Which row of the group, from 0.
        index: u32,
    },
}

impl RecordPlace {
    /// The line, or the number of the record in its document; from 1.
    pub const fn row(self) -> u64 {
        match self {
            Self::Line(row) | Self::Group { row, .. } | Self::Element { row, .. } => row,
            Self::Document => 1,
        }
    }
}

impl fmt::Display for RecordPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Document => f.write_str("the observation"),
            Self::Group { group, .. } => write!(f, "/{group}"),
            Self::Element { group, index, .. } => write!(f, "/{group}/dataArray/{index}"),
        }
    }
}

/// Why a record was refused. Texts are quoted as found, cut to [`QUOTED_CHARS`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Bytes that are no text.
    #[error("{field} is not UTF-8 text")]
    NotUtf8 {
        /// Which field.
        field: &'static str,
    },
    /// A row with too few or too many fields.
    #[error("the row has {found} fields where the header has {expected}")]
    Ragged {
        /// Fields of the header or components.
        expected: usize,
        /// Fields of the row.
        found: usize,
    },
    /// A field too long to be what it should be.
    #[error("{field} is longer than {limit} bytes")]
    FieldTooLong {
        /// Which field.
        field: &'static str,
        /// Bytes allowed.
        limit: usize,
    },
    /// A row too long to be a row.
    #[error("the row is longer than {limit} bytes")]
    RowTooLong {
        /// Bytes allowed.
        limit: usize,
    },
    /// A quotation mark that is not closed, or stands inside an unquoted field.
    #[error("a quotation mark is out of place")]
    Quote,
    /// No such field, or an empty one.
    #[error("{field} is absent")]
    Absent {
        /// Which field.
        field: &'static str,
    },
    /// Not a time at all.
    #[error("{field} '{text}' is not an ISO 8601 time")]
    NotATime {
        /// Which field.
        field: &'static str,
        /// As found.
        text: String,
    },
    /// A time whose offset from UTC is not said.
    #[error("{field} '{text}' has no UTC offset")]
    NoOffset {
        /// Which field.
        field: &'static str,
        /// As found.
        text: String,
    },
    /// A time before 1900 or after 2199.
    #[error("{field} '{text}' lies outside 1900 to 2199")]
    TimeOutOfRange {
        /// Which field.
        field: &'static str,
        /// As found.
        text: String,
    },
    /// An interval that ends before it starts.
    #[error("the interval '{text}' ends before it starts")]
    IntervalBackwards {
        /// As found.
        text: String,
    },
    /// Not a number.
    #[error("{field} '{text}' is not a number")]
    NotANumber {
        /// Which field.
        field: &'static str,
        /// As found.
        text: String,
    },
    /// Not-a-number, an infinity, or a number too large to hold.
    #[error("{field} '{text}' is not a finite number")]
    NotFinite {
        /// Which field.
        field: &'static str,
        /// As found.
        text: String,
    },
    /// A negative number where none can be.
    #[error("{field} '{text}' is negative")]
    Negative {
        /// Which field.
        field: &'static str,
        /// As found.
        text: String,
    },
    /// A time between two minutes where only whole ones mean anything.
    #[error("{field} '{text}' does not lie on a whole minute")]
    NotOnTheMinute {
        /// Which field.
        field: &'static str,
        /// As found.
        text: String,
    },
    /// A row that says again what another said before.
    #[error("it says again what line {line} says")]
    Repeated {
        /// The line that said it first.
        line: u64,
    },
    /// A word that is none of those known.
    #[error("{field} '{text}' is none of {known}")]
    UnknownWord {
        /// Which field.
        field: &'static str,
        /// As found.
        text: String,
        /// Those known, separated by commas.
        known: String,
    },
    /// A direction in which the datastream does not count.
    #[error("datastream '{id}' counts '{own}', not '{text}'")]
    OtherDirection {
        /// The datastream.
        id: String,
        /// Its own direction.
        own: &'static str,
        /// As found.
        text: String,
    },
    /// A datastream that counts no people.
    #[error("datastream '{id}' counts no people")]
    CountsNobody {
        /// The datastream.
        id: String,
    },
    /// A zone the site does not have.
    #[error("zone '{id}' is not in the site")]
    UnknownZone {
        /// Its id as found.
        id: String,
    },
    /// A datastream the site does not have.
    #[error("datastream '{id}' is not in the site")]
    UnknownDatastream {
        /// Its id as found.
        id: String,
    },
    /// The record names another datastream than its address.
    #[error("datastream '{id}' is not '{address}', to which it was sent")]
    OtherDatastream {
        /// Its id as found.
        id: String,
        /// The id in the address.
        address: String,
    },
    /// A line or element that is not the JSON it should be.
    #[error("not the JSON expected: {message}")]
    Json {
        /// What the JSON reader says.
        message: String,
    },
    /// A value of the wrong JSON type.
    #[error("{field} is not {expected}")]
    WrongType {
        /// Which field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl Reason {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotUtf8 { .. } => "save the file as UTF-8",
            Self::Ragged { .. } => "give every row as many fields as the header; quote a field that contains a comma",
            Self::FieldTooLong { .. } | Self::RowTooLong { .. } => "look for a missing comma or line break",
            Self::Quote => "close the quotation mark on its row; write a quotation mark inside a quoted field twice",
            Self::Absent { .. } => "fill it in; only a result may be empty, which means missing",
            Self::NotATime { .. } | Self::NoOffset { .. } => {
                "write times with date, time and UTC offset: 2019-10-02T18:50:00+08:00"
            }
            Self::TimeOutOfRange { .. } => "correct the year",
            Self::IntervalBackwards { .. } => "write its start first and a later end second",
            Self::NotANumber { .. } => "write a number with a decimal point and no unit, or leave it empty if missing",
            Self::NotFinite { .. } => "leave the result empty (JSON: null) if it is missing",
            Self::Negative { .. } => "correct it; there is no fewer than none",
            Self::NotOnTheMinute { .. } => {
                "give the people at whole minutes, as 18:50:00; estimates are shown on the minute, and a count between \
                 two is of neither"
            }
            Self::Repeated { .. } => "remove one of the two rows",
            Self::UnknownWord { .. } => "write one of those, in small letters",
            Self::OtherDirection { .. } | Self::CountsNobody { .. } => "correct the datastream or the direction",
            Self::UnknownZone { .. } => "correct the id, or add the zone to the site",
            Self::UnknownDatastream { .. } => "correct the id, or add the datastream to site.toml",
            Self::OtherDatastream { .. } => "send it to its own datastream's address",
            Self::Json { .. } => "send one JSON object with phenomenonTime, datastream and result",
            Self::WrongType { .. } => "correct the type; an id is a text or number, a result a number or null",
        }
    }
}

/// `text` cut to [`QUOTED_CHARS`] for a message.
pub fn quoted(text: &str) -> String {
    text.chars().take(QUOTED_CHARS).collect()
}

/// A refused record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub place: RecordPlace,
    /// Why it was refused.
    pub reason: Reason,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.place, self.reason, self.reason.remedy())
    }
}

/// As `{row, place, reason, remedy}`, the form that scripts rely on.
impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'a> {
            row: u64,
            place: String,
            reason: String,
            remedy: &'a str,
        }
        Shape {
            row: self.place.row(),
            place: self.place.to_string(),
            reason: self.reason.to_string(),
            remedy: self.reason.remedy(),
        }
        .serialize(serializer)
    }
}

/// The first [`KEPT_PROBLEMS`] problems and the number of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    first: Vec<Problem>,
    total: u64,
}

impl Problems {
    /// Counts a problem and keeps it if there is room.
    pub fn push(&mut self, problem: Problem) {
        self.total += 1;
        if self.first.len() < KEPT_PROBLEMS {
            self.first.push(problem);
        }
    }

    /// The first ones, in the order of the input.
    pub fn first(&self) -> &[Problem] {
        &self.first
    }

    /// How many there were: as many records were refused.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// True when there were none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }
}
