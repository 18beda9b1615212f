use std::any::Any;

use perf_core::sync::Arc;
use perf_core::time::{self, Instant};

use crate::expiry::Expiry;
use crate::value::CacheValue;

/// What the local tier's own structures and the two allocations of an entry take, roughly.
const OVERHEAD_BYTES: usize = 416;

/// A value as the local tier holds it: shared, never copied, never decoded.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    value: Arc<dyn Any + Send + Sync>,
    deadline: Instant,
    weight: u32,
}

impl Entry {
    /// `encoded` is the value's length in bytes when encoded; it stands for what the value holds
    /// on the heap.
    pub(crate) fn new<V: CacheValue>(
        key: &str,
        value: Arc<V>,
        encoded: usize,
        expiry: Expiry,
    ) -> Self {
        let weight = OVERHEAD_BYTES + key.len() + size_of::<V>() + encoded;
        Self { value, deadline: expiry.deadline, weight: u32::try_from(weight).unwrap_or(u32::MAX) }
    }

    /// The value, if it is of this type and its time is not over.
    pub(crate) fn value<V: CacheValue>(self) -> Option<Arc<V>> {
        let value = self.value.downcast().ok()?;
        (time::now() < self.deadline).then_some(value)
    }

    pub(crate) fn weight(&self) -> u32 {
        self.weight
    }
}
