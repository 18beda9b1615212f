use super::faithful::{Faithful, Losses};
use super::limited::Limited;
use crate::bytes::bounded;
use crate::value::CacheValue;

const LOSSES: Losses = Losses { nested_none: false, not_finite: false, left_out: true };

pub(super) fn write<V: CacheValue>(value: &V, payload: &mut Limited) -> bool {
    postcard::to_io(&Faithful::new(value, LOSSES), payload).is_ok()
}

pub(super) fn read<V: CacheValue>(payload: &[u8]) -> Option<V> {
    let mut deserializer = postcard::Deserializer::from_bytes(payload);
    let value = bounded::deserialize(&mut deserializer, payload.len())?;
    deserializer.finalize().is_ok_and(<[u8]>::is_empty).then_some(value)
}
