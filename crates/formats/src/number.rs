//! Results as written: a finite number, or missing.
//!
//! Not here: plausibility (engine).
//! Invariant: a result that is returned is finite, and zero is never negative, so that equal results have equal bits.

use crate::problem::{Reason, quoted};
use crate::record::MAX_FIELD_BYTES;

/// The name of the field in messages.
pub(crate) const RESULT: &str = "result";

/// Most digits that the fast path adds up: all such integers are exact in a float.
const EXACT_DIGITS: usize = 15;

/// The result that `text` says; empty means missing.
pub fn read_result(text: &[u8]) -> Result<Option<f64>, Reason> {
    read_number(RESULT, text)
}

/// The number that `text` says; empty means none.
pub(crate) fn read_number(field: &'static str, text: &[u8]) -> Result<Option<f64>, Reason> {
    if let Some(whole) = whole(text) {
        return Ok(Some(whole));
    }
    if text.len() > MAX_FIELD_BYTES {
        return Err(Reason::FieldTooLong { field, limit: MAX_FIELD_BYTES });
    }
    let text = std::str::from_utf8(text).map_err(|_| Reason::NotUtf8 { field })?.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<f64>() {
        // Adding zero turns -0 into 0.
        Ok(value) if value.is_finite() => Ok(Some(value + 0.0)),
        Ok(_) => Err(Reason::NotFinite { field, text: quoted(text) }),
        Err(_) => Err(Reason::NotANumber { field, text: quoted(text) }),
    }
}

/// A few digits and nothing else: most counts.
fn whole(text: &[u8]) -> Option<f64> {
    if text.is_empty() || text.len() > EXACT_DIGITS {
        return None;
    }
    let mut value = 0_i64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(value as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_and_empty_is_missing() {
        assert_eq!(read_result(b"17"), Ok(Some(17.0)));
        assert_eq!(read_result(b" 4.483 "), Ok(Some(4.483)));
        assert_eq!(read_result(b"-1e3"), Ok(Some(-1000.0)));
        assert_eq!(read_result(b""), Ok(None));
        assert_eq!(read_result(b"  "), Ok(None));
        assert_eq!(read_result(b"-0").unwrap().unwrap().to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn what_is_no_finite_number_is_refused() {
        for text in ["NaN", "inf", "-Infinity", "1e999"] {
            assert!(matches!(read_result(text.as_bytes()), Err(Reason::NotFinite { .. })), "{text}");
        }
        for text in ["many", "1,5", "12 people", "0x10", "--1", "."] {
            assert!(matches!(read_result(text.as_bytes()), Err(Reason::NotANumber { .. })), "{text}");
        }
        assert!(matches!(read_result(&[b'9'; 600]), Err(Reason::FieldTooLong { .. })));
        assert!(matches!(read_result(&[0xff]), Err(Reason::NotUtf8 { .. })));
    }

    proptest! {
        #[test]
        fn a_printed_number_comes_back_with_the_same_bits(value in proptest::num::f64::NORMAL) {
            let read = read_result(value.to_string().as_bytes());
            prop_assert_eq!(read, Ok(Some(value)));
        }
    }
}
