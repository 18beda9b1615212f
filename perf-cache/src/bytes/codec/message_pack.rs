//! By name, because two versions of a service share one Redis during a deploy: a field that was added
//! or moved must not be read into another one.

use rmp_serde::decode::{Deserializer, Error};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::faithful::{Faithful, Losses};
use super::limited::Limited;
use crate::bytes::bounded::{self, MAX_DEPTH};
use crate::value::CacheValue;

const LOSSES: Losses = Losses { nested_none: true, not_finite: false, left_out: false };

pub(super) fn write<V: CacheValue>(value: &V, payload: &mut Limited) -> bool {
    rmp_serde::encode::write_named(payload, &Faithful::new(value, LOSSES)).is_ok()
}

pub(super) fn read<V: CacheValue>(payload: &[u8]) -> Option<V> {
    let mut deserializer = Deserializer::from_read_ref(payload);
    deserializer.set_max_depth(MAX_DEPTH);
    let value = bounded::deserialize(&mut deserializer, payload.len())?;
    // The only way to learn from this deserializer that nothing is left.
    let next = IgnoredAny::deserialize(&mut deserializer);
    matches!(next, Err(Error::InvalidMarkerRead(_))).then_some(value)
}
