//! Wire formats and site folders: text in, records and problems out.
//!
//! Not here: I/O, clocks, compression (connect), the meaning of an observation (engine).
//! Invariant: pure and total; one bad record never loses the rest.

pub mod csv;
pub mod ndjson;
pub mod reality;
pub mod scan;
pub mod schedule;
pub mod sensorthings;
pub mod site;

mod json;
mod measure_text;
mod number;
mod problem;
mod record;
mod stamp;

pub use measure_text::{GivenMeasure, MAX_MEASURE_BYTES, MeasureTextError, OpenWay, measure_kinds, read_measure};
pub use number::read_result;
pub use problem::{KEPT_PROBLEMS, Problem, Problems, QUOTED_CHARS, Reason, RecordPlace, quoted};
pub use record::{MAX_FIELD_BYTES, MAX_ROW_BYTES, Parsed, Record, Row};
pub use stamp::{PHENOMENON_TIME, RESULT_TIME, Stamp, StampReader};
