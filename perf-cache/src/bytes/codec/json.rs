use super::faithful::{Faithful, Losses};
use super::limited::Limited;
use crate::bytes::bounded;
use crate::value::CacheValue;

const LOSSES: Losses = Losses { nested_none: true, not_finite: true, left_out: false };

pub(super) fn write<V: CacheValue>(value: &V, payload: &mut Limited) -> bool {
    serde_json::to_writer(payload, &Faithful::new(value, LOSSES)).is_ok()
}

pub(super) fn read<V: CacheValue>(payload: &[u8]) -> Option<V> {
    let mut deserializer = serde_json::Deserializer::from_slice(payload);
    let value = bounded::deserialize(&mut deserializer, payload.len())?;
    deserializer.end().is_ok().then_some(value)
}
