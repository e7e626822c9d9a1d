//! Inputs other than observations: JSON, packed together for the whole block.
//!
//! Not here: observations, which are columns.
//! Invariant: what is written reads back bit for bit; packed bytes never unpack to more than was announced.

use std::borrow::Cow;
use std::io::{Read, Write};

use city::Input;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::bytes::{Reader, put_bytes};
use super::{CodecError, JSON, POSTCARD};

const PLAIN: u8 = 0;
const DEFLATED: u8 = 1;

/// Below so many bytes packing does not pay.
const PACK_FROM: usize = 128;

/// Appends an input and returns its kind.
pub(super) fn put(input: &Input, out: &mut Vec<u8>) -> Result<i64, CodecError> {
    let failed = |error: &dyn std::fmt::Display| CodecError::Input(error.to_string());
    let exact = postcard::to_stdvec(input).map_err(|error| failed(&error))?;
    let json = serde_json::to_vec(input).map_err(|error| failed(&error))?;
    // JSON has no word for a number that is not finite; such an input must still be logged as it came.
    let same = serde_json::from_slice::<Input>(&json).ok().and_then(|read| postcard::to_stdvec(&read).ok());
    if same.as_ref() == Some(&exact) {
        out.extend_from_slice(&json);
        Ok(JSON)
    } else {
        out.extend_from_slice(&exact);
        Ok(POSTCARD)
    }
}

/// Reads an input.
pub(super) fn read(kind: i64, bytes: &[u8]) -> Result<Input, CodecError> {
    match kind {
        JSON => serde_json::from_slice(bytes).map_err(|error| CodecError::Input(error.to_string())),
        POSTCARD => postcard::from_bytes(bytes).map_err(|error| CodecError::Input(error.to_string())),
        _ => Err(CodecError::Malformed("an unknown kind of entry")),
    }
}

/// Appends all inputs of a block, packed if that is smaller.
pub(super) fn put_all(inputs: &[u8], out: &mut Vec<u8>) {
    if inputs.len() >= PACK_FROM {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        if let Ok(packed) = encoder.write_all(inputs).and_then(|()| encoder.finish())
            && packed.len() < inputs.len()
        {
            out.push(DEFLATED);
            put_bytes(out, &packed);
            return;
        }
    }
    out.push(PLAIN);
    put_bytes(out, inputs);
}

/// Reads all inputs of a block, which must be `length` bytes.
pub(super) fn read_all<'a>(reader: &mut Reader<'a>, length: usize) -> Result<Cow<'a, [u8]>, CodecError> {
    let form = reader.byte()?;
    let bytes = reader.bytes()?;
    let inputs = match form {
        PLAIN => Cow::Borrowed(bytes),
        DEFLATED => {
            let mut unpacked = Vec::new();
            let limit = length as u64 + 1;
            DeflateDecoder::new(bytes)
                .take(limit)
                .read_to_end(&mut unpacked)
                .map_err(|_| CodecError::Malformed("packed inputs that cannot be unpacked"))?;
            Cow::Owned(unpacked)
        }
        _ => return Err(CodecError::Malformed("an unknown form of inputs")),
    };
    if inputs.len() == length { Ok(inputs) } else { Err(CodecError::Malformed("inputs of another length")) }
}
