//! The CSV reader: no panic, and the same rows whole and in chunks.
#![no_main]

use formats::csv::{CsvReader, visit};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut whole = Vec::new();
    let outcome = visit(bytes, |row| whole.push(format!("{row:?}")));
    let mut pieces = Vec::new();
    let mut reader = CsvReader::default();
    // The first byte chooses the size of the chunks.
    let size = bytes.first().map_or(1, |byte| usize::from(*byte) + 1);
    let fed = bytes.chunks(size).try_for_each(|chunk| reader.feed(chunk, |row| pieces.push(format!("{row:?}"))));
    let fed = fed.and_then(|()| reader.finish(|row| pieces.push(format!("{row:?}"))));
    assert_eq!(outcome.is_ok(), fed.is_ok());
    assert_eq!(whole, pieces);
});
