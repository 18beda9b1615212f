use perf_core::sync::Arc;

use super::{Entry, LocalTier};

/// moka, bounded by weight. Its own expiry stays off: entries carry theirs, and those past it wait
/// for eviction.
#[derive(Debug)]
pub(crate) struct MokaTier {
    entries: moka::sync::Cache<Arc<str>, Entry, foldhash::quality::RandomState>,
}

impl MokaTier {
    pub(crate) fn new(max_bytes: u64) -> Self {
        let entries = moka::sync::Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|_: &Arc<str>, entry: &Entry| entry.weight())
            .build_with_hasher(foldhash::quality::RandomState::default());
        Self { entries }
    }
}

impl LocalTier for MokaTier {
    fn get(&self, key: &str) -> Option<Entry> {
        self.entries.get(key)
    }

    fn insert(&self, key: Arc<str>, entry: Entry) {
        self.entries.insert(key, entry);
    }

    fn remove(&self, key: &str) {
        self.entries.invalidate(key);
    }

    fn bytes(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.entries.weighted_size()
    }
}
