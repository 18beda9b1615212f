//! The form of a value in bytes: MessagePack, with fields by name.
//!
//! By name, because two versions of a service share one Redis during a deploy: a field that was
//! added or moved must not be read into another one.

use rmp_serde::encode::Error;

use crate::fingerprint;
use crate::value::CacheValue;

/// Values nested deeper are not read back: each level takes stack, and a stack that overflows ends the
/// process.
const MAX_DEPTH: usize = 128;

/// Stands in the envelope for this codec.
pub(crate) const ID: u8 = 1;

pub(crate) fn write<V: CacheValue>(value: &V, bytes: &mut Vec<u8>) -> Result<(), Error> {
    rmp_serde::encode::write_named(bytes, value)
}

pub(crate) fn read<V: CacheValue>(bytes: &[u8]) -> Option<V> {
    let mut payload = rmp_serde::Deserializer::from_read_ref(bytes);
    payload.set_max_depth(MAX_DEPTH);
    V::deserialize(&mut payload).ok()
}

/// Which type a payload holds.
pub(crate) fn schema<V>() -> u64 {
    fingerprint::of(std::any::type_name::<V>().as_bytes())
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Deserialize, Serialize)]
    struct Nested {
        inner: Option<Box<Nested>>,
    }

    #[test]
    fn a_value_that_is_nested_too_deep_is_not_read_back() {
        let is_read = |depth| {
            let nest = |inner, _| Nested { inner: Some(Box::new(inner)) };
            let value = (0..depth).fold(Nested { inner: None }, nest);
            let mut bytes = Vec::new();
            write(&value, &mut bytes).unwrap();
            read::<Nested>(&bytes).is_some()
        };
        assert!(is_read(30));
        assert!(!is_read(300));
    }
}
