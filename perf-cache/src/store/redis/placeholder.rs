//! What stands under a key while somebody loads it: `PL1` and the 16 bytes of the generation,
//! little-endian. An envelope begins otherwise.

use crate::store::{Found, Generation};

const MAGIC: [u8; 3] = *b"PL1";
const LENGTH: usize = MAGIC.len() + 16;

pub(super) fn write(generation: Generation) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    bytes[..MAGIC.len()].copy_from_slice(&MAGIC);
    bytes[MAGIC.len()..].copy_from_slice(&generation.0.to_le_bytes());
    bytes
}

pub(super) fn read(bytes: &[u8]) -> Option<Generation> {
    let generation = bytes.strip_prefix(&MAGIC)?.try_into().ok()?;
    Some(Generation(u128::from_le_bytes(generation)))
}

pub(super) fn found(bytes: Option<Vec<u8>>) -> Found {
    match bytes {
        None => Found::Nothing,
        Some(bytes) => match read(&bytes) {
            Some(generation) => Found::Placeholder(generation),
            None => Found::Value(bytes),
        },
    }
}
