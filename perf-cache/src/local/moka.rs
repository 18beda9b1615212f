use std::fmt;

use moka::notification::RemovalCause;
use perf_core::sync::{Arc, AtomicU64, Ordering};

use super::{Entry, LocalTier};

/// What moka holds for an entry beside key and value: measured, see `tests/memory.rs`.
const OVERHEAD_BYTES: u32 = 336 + size_of::<Entry>() as u32;

/// moka, bounded by weight. Its own expiry stays off: entries carry theirs, and those past it wait
/// for eviction.
pub(crate) struct MokaTier {
    entries: moka::sync::Cache<Arc<str>, Entry, foldhash::quality::RandomState>,
    max_bytes: u64,
    evictions: Arc<AtomicU64>,
}

impl MokaTier {
    pub(crate) fn new(max_bytes: u64) -> Self {
        let evictions = Arc::new(AtomicU64::new(0));
        let counter = evictions.clone();
        let entries = moka::sync::Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|_: &Arc<str>, entry: &Entry| weigh(entry))
            .eviction_listener(move |_, _, cause| {
                if cause == RemovalCause::Size {
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            })
            .build_with_hasher(foldhash::quality::RandomState::default());
        Self { entries, max_bytes, evictions }
    }
}

fn weigh(entry: &Entry) -> u32 {
    entry.weight().saturating_add(OVERHEAD_BYTES)
}

impl LocalTier for MokaTier {
    fn get(&self, key: &str) -> Option<Entry> {
        self.entries.get(key)
    }

    fn insert(&self, key: Arc<str>, entry: Entry) {
        // moka would make room for it first when it is to replace one.
        if u64::from(weigh(&entry)) > self.max_bytes {
            self.entries.invalidate(&key);
            self.evictions.fetch_add(1, Ordering::Relaxed);
        } else {
            self.entries.insert(key, entry);
        }
    }

    fn remove(&self, key: &str) {
        self.entries.invalidate(key);
    }

    fn remove_if(&self, key: &str, condition: &dyn Fn(&Entry) -> bool) -> bool {
        // moka's own compare-and-remove wants an owned key and does not wait for plain inserts either.
        let meets = self.entries.get(key).is_some_and(|entry| condition(&entry));
        meets && self.entries.remove(key).is_some()
    }

    fn sweep(&self, condition: &mut dyn FnMut(&str, &Entry) -> bool) -> u64 {
        let mut removed = 0;
        for (key, entry) in &self.entries {
            if condition(&key, &entry) && self.entries.remove(&**key).is_some() {
                removed += 1;
            }
        }
        removed
    }

    fn bytes(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.entries.weighted_size()
    }

    fn overhead_bytes(&self) -> u32 {
        OVERHEAD_BYTES
    }

    fn len(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.entries.entry_count()
    }

    fn evictions(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.evictions.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for MokaTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MokaTier").finish_non_exhaustive()
    }
}
