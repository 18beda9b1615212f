use std::any::Any;

use perf_core::sync::Arc;
use perf_core::time::{AtomicInstant, Duration, Instant};

use crate::fence::{Epoch, TagId};
use crate::value::CacheValue;

/// What the local tier's own structures and the two allocations of an entry take, roughly.
const OVERHEAD_BYTES: usize = 416;

/// A value as the local tier holds it: shared, never copied, never decoded.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) value: Arc<dyn Any + Send + Sync>,
    pub(crate) made: Instant,
    pub(crate) fresh_until: Instant,
    /// The last epoch in which the value was seen good.
    pub(crate) seen: Epoch,
    /// Tells whether the store still has this very value.
    pub(crate) id: u64,
    pub(crate) weight: u32,
    /// What most entries do without.
    pub(crate) extra: Option<Arc<Extra>>,
}

/// Stands for a value that the loader did not find.
#[derive(Debug)]
pub(crate) struct Absent;

#[derive(Debug)]
pub(crate) struct Extra {
    pub(crate) tags: Box<[TagId]>,
    /// From when on it is loaded anew by whoever asks.
    pub(crate) refresh_from: Instant,
    /// How long it is served while that goes on.
    pub(crate) revalidate_until: Instant,
    /// How long it is served when that fails.
    pub(crate) usable_until: Instant,
    /// After a failed load, when to try again.
    pub(crate) retry_from: AtomicInstant,
    pub(crate) retry_after: Duration,
    pub(crate) idle: Option<Idle>,
}

#[derive(Debug)]
pub(crate) struct Idle {
    pub(crate) limit: Duration,
    pub(crate) asked: AtomicInstant,
}

impl Entry {
    /// The value, if it is of this type.
    pub(crate) fn value<V: CacheValue>(&self) -> Option<Arc<V>> {
        self.value.clone().downcast().ok()
    }

    pub(crate) fn is_absent(&self) -> bool {
        self.value.is::<Absent>()
    }

    pub(crate) fn tags(&self) -> &[TagId] {
        self.extra.as_ref().map_or(&[], |extra| &extra.tags)
    }

    /// Whether it is this very entry, whatever epoch it was seen good in.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.value, &other.value) && self.made == other.made
    }

    pub(crate) fn weight(&self) -> u32 {
        self.weight
    }
}

/// `encoded` is the value's length in bytes when encoded; it stands for what the value holds on the
/// heap.
pub(crate) fn weigh<V>(key: &str, encoded: usize) -> u32 {
    let weight = OVERHEAD_BYTES + key.len() + size_of::<V>() + encoded;
    u32::try_from(weight).unwrap_or(u32::MAX)
}
