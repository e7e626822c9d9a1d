//! A list of sensors as CSV, `id,name,lat,lon` → sensors and the rows that were refused.
//!
//! Not here: observations (`crate::csv`), what becomes of a sensor (`starter`).
//! Invariant: a bad row costs that row only; an id is listed at most once.

use std::collections::BTreeSet;
use std::fmt;

use city::Position;

use super::conform::cut;
use super::starter::Sensor;

/// The most sensors of a list.
pub const MAX_SENSORS: usize = 50_000;

/// The most refused rows that are told apart.
const MAX_LISTED: usize = 100;

/// A list that gives nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SensorListError {
    /// No header.
    #[error("the list is empty; its first line must be id,name,lat,lon")]
    Empty,
    /// A header without an id.
    #[error("the header '{found}' has no column 'id'; its first line must be id,name,lat,lon")]
    NoId {
        /// The header as found, cut.
        found: String,
    },
    /// More rows than are read.
    #[error("more than {MAX_SENSORS} sensors; split the list in two sites")]
    TooMany,
}

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SensorProblem {
    /// The line it begins on; the header is line 1.
    pub line: u64,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: &'static str,
}

impl fmt::Display for SensorProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.line, self.message, self.remedy)
    }
}

/// What a list holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SensorList {
    /// The sensors, in the order of the list.
    pub sensors: Vec<Sensor>,
    /// Refused rows, the first hundred of them.
    pub problems: Vec<SensorProblem>,
}

/// Where the columns are.
struct Columns {
    id: usize,
    name: Option<usize>,
    lat: Option<usize>,
    lon: Option<usize>,
}

/// Reads a list of sensors. The columns may stand in any order; `name`, `lat` and `lon` may be absent or empty.
pub fn sensor_list(bytes: &[u8]) -> Result<SensorList, SensorListError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let header = reader.byte_headers().cloned().map_err(|_| SensorListError::Empty)?;
    let columns = columns(&header)?;
    let mut list = SensorList::default();
    let mut known = BTreeSet::new();
    let mut row = csv::ByteRecord::new();
    // Flexible rows of bytes in memory cannot fail to be read.
    while reader.read_byte_record(&mut row).unwrap_or(false) {
        if list.sensors.len() == MAX_SENSORS {
            return Err(SensorListError::TooMany);
        }
        let line = row.position().map_or(0, csv::Position::line);
        match sensor(&row, &columns) {
            Ok(sensor) if known.insert(sensor.id.clone()) => list.sensors.push(sensor),
            Ok(sensor) => {
                list.refuse(line, (format!("sensor \"{}\" is listed twice", cut(&sensor.id)), "keep one of the rows"));
            }
            Err(why) => list.refuse(line, why),
        }
    }
    Ok(list)
}

impl SensorList {
    fn refuse(&mut self, line: u64, (message, remedy): (String, &'static str)) {
        if self.problems.len() < MAX_LISTED {
            self.problems.push(SensorProblem { line, message, remedy });
        }
    }
}

fn columns(header: &csv::ByteRecord) -> Result<Columns, SensorListError> {
    let find = |name: &str| header.iter().position(|field| field.eq_ignore_ascii_case(name.as_bytes()));
    if header.iter().all(<[u8]>::is_empty) {
        return Err(SensorListError::Empty);
    }
    let found = || {
        let fields: Vec<_> = header.iter().map(String::from_utf8_lossy).collect();
        cut(&fields.join(","))
    };
    let id = find("id").ok_or_else(|| SensorListError::NoId { found: found() })?;
    Ok(Columns { id, name: find("name"), lat: find("lat"), lon: find("lon") })
}

fn sensor(row: &csv::ByteRecord, columns: &Columns) -> Result<Sensor, (String, &'static str)> {
    let field = |column: Option<usize>| {
        let bytes = column.and_then(|column| row.get(column)).unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|_| ("a field is not UTF-8 text".to_owned(), "save the list as UTF-8"))
    };
    let id = field(Some(columns.id))?;
    if id.is_empty() {
        return Err(("the id is empty".to_owned(), "give the sensor the id its observations carry"));
    }
    let name = field(columns.name)?;
    let position = match (field(columns.lat)?, field(columns.lon)?) {
        ("", "") => None,
        (lat, lon) => Some(position(id, lat, lon)?),
    };
    Ok(Sensor { id: id.to_owned(), name: if name.is_empty() { id } else { name }.to_owned(), position })
}

fn position(id: &str, lat: &str, lon: &str) -> Result<Position, (String, &'static str)> {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let id = cut(id);
    let (Some(lat), Some(lon)) = (number(lat), number(lon)) else {
        let message = format!("sensor \"{id}\": lat '{}', lon '{}' are not two numbers", cut(lat), cut(lon));
        return Err((message, "write both in degrees, or leave both empty"));
    };
    if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lon) {
        let message = format!("sensor \"{id}\": lat {lat}, lon {lon} is not on the earth");
        return Err((message, "lat is -90 to 90, lon is -180 to 180; are they swapped?"));
    }
    Ok(Position { lon, lat })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_any_order_and_extra_ones_are_ignored() {
        let text = "\u{feff}LON,kind,id,Lat\r\n144.96, x ,a,-37.8\r\n,,b,\r\n";
        let list = sensor_list(text.as_bytes()).unwrap();
        assert_eq!(list.problems, []);
        assert_eq!(list.sensors[0].position, Some(Position { lon: 144.96, lat: -37.8 }));
        assert_eq!(list.sensors[1], Sensor { id: "b".to_owned(), name: "b".to_owned(), position: None });
    }

    #[test]
    fn a_bad_row_is_named_and_costs_that_row_only() {
        let text = "id,name,lat,lon\na,A,1,2\n,B,1,2\nc,C,x,2\nd,D,144,-37\na,again,1,2\ne,E,,5\nf,F,3,4\n";
        let list = sensor_list(text.as_bytes()).unwrap();
        assert_eq!(list.sensors.iter().map(|sensor| sensor.id.as_str()).collect::<Vec<_>>(), ["a", "f"]);
        assert_eq!(list.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
        assert_eq!(
            list.problems[1].to_string(),
            "4: sensor \"c\": lat 'x', lon '2' are not two numbers (write both in degrees, or leave both empty)"
        );
    }

    #[test]
    fn a_list_without_ids_is_refused() {
        assert_eq!(sensor_list(b""), Err(SensorListError::Empty));
        assert_eq!(sensor_list(b"name,lat\nx,1\n"), Err(SensorListError::NoId { found: "name,lat".to_owned() }));
    }

    #[test]
    fn a_row_that_is_not_utf8_is_refused_alone() {
        let list = sensor_list(b"id,name\na,\xff\nb,B\n").unwrap();
        assert_eq!((list.sensors.len(), list.problems.len()), (1, 1));
    }
}
