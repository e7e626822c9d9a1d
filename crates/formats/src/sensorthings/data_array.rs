//! The `DataArray` of `CreateObservations`: groups of rows, each group of one Datastream with named components.
//!
//! Not here: a single Observation (`single`).
//! Invariant: rows are read in one pass as they come when their group's Datastream and components stand before them,
//! and from their text at the group's end otherwise, with the same outcome. The count a group claims is not used.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{SensorThingsError, linked};
use crate::json::{self, Raw};
use crate::problem::{Problem, Reason, RecordPlace};
use crate::record::{Parsed, Record, Row};
use crate::stamp::StampReader;

/// Most components a group may have.
const MAX_COMPONENTS: usize = 32;

/// Reads a `DataArray` document.
pub fn parse(bytes: &[u8]) -> Result<Parsed<'_>, SensorThingsError> {
    let mut parsed = Parsed::default();
    visit(bytes, |row| parsed.take(row))?;
    Ok(parsed)
}

/// Reads a `DataArray` document and hands each row to `visitor` in order. On an error the rows handed out before it
/// are to be thrown away.
pub fn visit<'a>(bytes: &'a [u8], visitor: impl FnMut(Row<'a>)) -> Result<(), SensorThingsError> {
    let mut reader = Reader { visitor, stamps: StampReader::default(), group: 0, row: 0 };
    let mut document = serde_json::Deserializer::from_slice(bytes);
    document.deserialize_seq(Document(&mut reader))?;
    Ok(document.end()?)
}

struct Reader<V> {
    visitor: V,
    stamps: StampReader,
    /// The group being read, from 0.
    group: u32,
    /// Rows of the document so far.
    row: u64,
}

impl<'a, V: FnMut(Row<'a>)> Reader<V> {
    fn refuse_group(&mut self, reason: Reason) {
        self.row += 1;
        (self.visitor)(Err(Problem { place: RecordPlace::Group { row: self.row, group: self.group }, reason }));
    }
}

/// What a component of a row is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Component {
    PhenomenonTime,
    ResultTime,
    Result,
    Unused,
}

impl From<&str> for Component {
    fn from(name: &str) -> Self {
        match name {
            "phenomenonTime" => Self::PhenomenonTime,
            "resultTime" => Self::ResultTime,
            "result" => Self::Result,
            _ => Self::Unused,
        }
    }
}

/// What the rows of a group have in common.
struct Frame<'a> {
    datastream: Result<Cow<'a, str>, Reason>,
    components: Vec<Component>,
}

struct Document<'r, V>(&'r mut Reader<V>);

impl<'a, V: FnMut(Row<'a>)> Visitor<'a> for Document<'_, V> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of groups")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut groups: A) -> Result<(), A::Error> {
        while groups.next_element_seed(Group(self.0))?.is_some() {
            self.0.group += 1;
        }
        Ok(())
    }
}

struct Group<'r, V>(&'r mut Reader<V>);

impl<'a, V: FnMut(Row<'a>)> DeserializeSeed<'a> for Group<'_, V> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a, V: FnMut(Row<'a>)> Visitor<'a> for Group<'_, V> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a group with Datastream, components and dataArray")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        let reader = self.0;
        let (mut datastream, mut components, mut late, mut seen) = (None, None, None, false);
        while let Some(key) = members.next_key::<Cow<'a, str>>()? {
            match &*key {
                "Datastream" => datastream = Some(linked(members.next_value()?)),
                "components" => components = Some(roles(members.next_value()?)),
                "dataArray" => {
                    seen = true;
                    if let (Some(datastream), Some(Ok(components))) = (&datastream, &components) {
                        let frame =
                            Frame { datastream: Clone::clone(datastream), components: Clone::clone(components) };
                        members.next_value_seed(Rows { reader, frame })?;
                    } else {
                        late = Some(members.next_value::<&'a RawValue>()?);
                    }
                }
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        let datastream = datastream.unwrap_or(Err(Reason::Absent { field: "Datastream" }));
        match (components.unwrap_or(Err(Reason::Absent { field: "components" })), late) {
            (Err(reason), _) => {
                reader.refuse_group(reason);
            }
            (Ok(components), Some(rows)) => {
                let rows = &mut serde_json::Deserializer::from_str(rows.get());
                Rows { reader, frame: Frame { datastream, components } }
                    .deserialize(rows)
                    .map_err(serde::de::Error::custom)?;
            }
            (Ok(_), None) if !seen => {
                reader.refuse_group(Reason::Absent { field: "dataArray" });
            }
            (Ok(_), None) => {}
        }
        Ok(())
    }
}

fn roles(raw: &RawValue) -> Result<Vec<Component>, Reason> {
    let field = "components";
    let names: Vec<Cow<'_, str>> =
        serde_json::from_str(raw.get()).map_err(|_| Reason::WrongType { field, expected: "an array of names" })?;
    if names.len() > MAX_COMPONENTS {
        return Err(Reason::FieldTooLong { field, limit: MAX_COMPONENTS });
    }
    let roles: Vec<Component> = names.iter().map(|name| Component::from(&**name)).collect();
    let times = |wanted| roles.iter().filter(|role| **role == wanted).count();
    match (times(Component::PhenomenonTime), times(Component::Result), times(Component::ResultTime)) {
        (0, ..) => Err(Reason::Absent { field: "component phenomenonTime" }),
        (_, 0, _) => Err(Reason::Absent { field: "component result" }),
        (1, 1, 0 | 1) => Ok(roles),
        _ => Err(Reason::WrongType { field, expected: "without repetition" }),
    }
}

/// The rows of a group.
struct Rows<'r, 'a, V> {
    reader: &'r mut Reader<V>,
    frame: Frame<'a>,
}

impl<'a, V: FnMut(Row<'a>)> DeserializeSeed<'a> for Rows<'_, 'a, V> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a, V: FnMut(Row<'a>)> Visitor<'a> for Rows<'_, 'a, V> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of rows")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut rows: A) -> Result<(), A::Error> {
        let Self { reader, frame } = self;
        let mut index = 0;
        while let Some(cells) = rows.next_element_seed(Cells(&frame.components))? {
            reader.row += 1;
            let place = RecordPlace::Element { row: reader.row, group: reader.group, index };
            let record = record(place, cells, &frame, &mut reader.stamps);
            (reader.visitor)(record.map_err(|reason| Problem { place, reason }));
            index += 1;
        }
        Ok(())
    }
}

fn record<'a>(
    place: RecordPlace,
    found: Found<'a>,
    frame: &Frame<'a>,
    stamps: &mut StampReader,
) -> Result<Record<'a>, Reason> {
    let datastream = frame.datastream.clone()?;
    let Found::Cells { count, phenomenon_time, result_time, result } = found else {
        return Err(Reason::WrongType { field: "the row", expected: "an array" });
    };
    if count != frame.components.len() {
        return Err(Reason::Ragged { expected: frame.components.len(), found: count });
    }
    let stamp = json::phenomenon_time(stamps, phenomenon_time)?;
    Ok(Record {
        datastream,
        phenomenon_time: stamp.time,
        offset_s: stamp.offset_s,
        result_time: json::result_time(stamps, result_time)?,
        result: json::result(result)?,
        place,
    })
}

/// One row.
struct Cells<'r>(&'r [Component]);

#[derive(Clone, Copy)]
enum Found<'a> {
    Cells { count: usize, phenomenon_time: Raw<'a>, result_time: Raw<'a>, result: Raw<'a> },
    NoArray,
}

impl<'a> DeserializeSeed<'a> for Cells<'_> {
    type Value = Found<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Found<'a>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Cells<'_> {
    type Value = Found<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut cells: A) -> Result<Found<'a>, A::Error> {
        let (mut count, mut phenomenon_time, mut result_time, mut result) = (0, None, None, None);
        while let Some(cell) = cells.next_element::<&'a RawValue>()? {
            match self.0.get(count) {
                Some(Component::PhenomenonTime) => phenomenon_time = Some(cell),
                Some(Component::ResultTime) => result_time = Some(cell),
                Some(Component::Result) => result = Some(cell),
                Some(Component::Unused) | None => {}
            }
            count += 1;
        }
        Ok(Found::Cells { count, phenomenon_time, result_time, result })
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<Found<'a>, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Found::NoArray)
    }

    fn visit_unit<E>(self) -> Result<Found<'a>, E> {
        Ok(Found::NoArray)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Found<'a>, E> {
        Ok(Found::NoArray)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Found<'a>, E> {
        Ok(Found::NoArray)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Found<'a>, E> {
        Ok(Found::NoArray)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Found<'a>, E> {
        Ok(Found::NoArray)
    }

    fn visit_str<E>(self, _: &str) -> Result<Found<'a>, E> {
        Ok(Found::NoArray)
    }
}
