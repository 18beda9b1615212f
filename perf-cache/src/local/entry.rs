use std::any::Any;

use perf_core::sync::Arc;
use perf_core::time::{self, Instant};

use super::weigh;
use crate::expiry::Expiry;
use crate::value::CacheValue;

/// A value as the local tier holds it: shared, never copied, never decoded.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    value: Arc<dyn Any + Send + Sync>,
    deadline: Instant,
    weight: u32,
}

impl Entry {
    pub(crate) fn new<V: CacheValue>(key: &str, value: Arc<V>, expiry: Expiry) -> Self {
        let weight = weigh::shared_str(key) + weigh::shared(&*value);
        Self { value, deadline: expiry.deadline, weight: u32::try_from(weight).unwrap_or(u32::MAX) }
    }

    /// The value, if it is of this type and its time is not over.
    pub(crate) fn value<V: CacheValue>(self) -> Option<Arc<V>> {
        let value = self.value.downcast().ok()?;
        (time::now() < self.deadline).then_some(value)
    }

    /// What key and value hold in memory, in bytes; the tier's own structures come on top.
    pub(crate) fn weight(&self) -> u32 {
        self.weight
    }

    #[cfg(any(test, feature = "quick_cache"))]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.value, &other.value)
    }
}
