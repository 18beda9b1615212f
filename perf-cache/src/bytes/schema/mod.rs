//! Sixty-four bits that stand for the shape of a type.

use std::any::type_name;

use super::fingerprint;
use crate::value::CacheValue;

/// Which type a payload holds.
pub(crate) fn schema<V: CacheValue>() -> u64 {
    fingerprint::of(type_name::<V>().as_bytes())
}
