use std::fmt;
use std::thread;

use perf_core::sync::{Arc, AtomicU64, Ordering};
use quick_cache::sync::Cache;
use quick_cache::{Lifecycle, OptionsBuilder, Weighter};

use super::{Entry, LocalTier};

/// What quick_cache has for each entry: its place in a list and in a hash table, measured, see
/// `tests/memory.rs`.
const OVERHEAD_BYTES: u64 = 16 + SLOT_BYTES;
/// A place in the list. Keys that were evicted lately keep one, as a ghost, without key and value.
const SLOT_BYTES: u64 = size_of::<(Arc<str>, Entry)>() as u64 + 21;

const MIB: u64 = 1024 * 1024;
/// Of a shard's share, what a single entry may take: quick_cache admits no more than fits into its
/// hot part.
const HOT_SHARE: f64 = 0.97;
/// One entry in so many bytes of the budget; it decides how many ghosts there are, which is half as many.
const BYTES_PER_ESTIMATED_ENTRY: u64 = 1024;

/// quick_cache, bounded by weight.
///
/// Invariants:
/// 1. Ghosts are paid from the budget in advance, since nothing counts them later.
/// 2. What is too heavy for a shard never gets to quick_cache, which would drop it without a word.
pub(crate) struct QuickTier {
    entries: Cache<Arc<str>, Entry, Weigh, foldhash::quality::RandomState, Collect>,
    heaviest: u64,
    evictions: AtomicU64,
}

impl QuickTier {
    pub(crate) fn new(max_bytes: u64) -> Self {
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        let shards = shards(max_bytes, cores);
        let ghosts = max_bytes / BYTES_PER_ESTIMATED_ENTRY / 2;
        // quick_cache takes shards away again when they are to hold less than 32 entries each.
        let estimated = (2 * ghosts).max(32 * shards);
        let options = OptionsBuilder::new()
            .shards(shards as usize)
            .estimated_items_capacity(usize::try_from(estimated).unwrap_or(usize::MAX))
            .weight_capacity(max_bytes - ghosts * SLOT_BYTES)
            .hot_allocation(HOT_SHARE)
            .build()
            .expect("both capacities are set");
        let entries = Cache::with_options(options, Weigh, Default::default(), Collect);
        let heaviest = (entries.shard_capacity() as f64 * HOT_SHARE) as u64;
        Self { entries, heaviest, evictions: AtomicU64::new(0) }
    }
}

/// Few enough for large entries, enough for many threads.
fn shards(max_bytes: u64, cores: u64) -> u64 {
    let most = (max_bytes / (32 * MIB)).max(8).min(4 * cores.next_power_of_two());
    let shards = most.min(max_bytes / MIB).max(1);
    1 << shards.ilog2()
}

impl LocalTier for QuickTier {
    fn get(&self, key: &str) -> Option<Entry> {
        self.entries.get(key)
    }

    fn insert(&self, key: Arc<str>, entry: Entry) {
        if Weigh.weight(&key, &entry) > self.heaviest {
            self.entries.remove(&*key);
            self.evictions.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let mut evicted = Evicted::default();
        self.entries.insert_with_lifecycle(key.clone(), entry, &mut evicted);
        let evictions = evicted.count_but_for(&key);
        if evictions > 0 {
            self.evictions.fetch_add(evictions, Ordering::Relaxed);
        }
    }

    fn remove(&self, key: &str) {
        self.entries.remove(key);
    }

    fn remove_if(&self, key: &str, condition: &dyn Fn(&Entry) -> bool) -> bool {
        self.entries.remove_if(key, condition).is_some()
    }

    fn sweep(&self, condition: &mut dyn FnMut(&str, &Entry) -> bool) -> u64 {
        let mut removed = 0;
        // `retain` would hold the lock of a whole shard while it asks.
        for (key, entry) in self.entries.iter() {
            let is_meant = |current: &Entry| current.is_same(&entry);
            if condition(&key, &entry) && self.entries.remove_if(&*key, is_meant).is_some() {
                removed += 1;
            }
        }
        removed
    }

    fn bytes(&self) -> u64 {
        self.entries.weight()
    }

    fn overhead_bytes(&self) -> u32 {
        OVERHEAD_BYTES as u32
    }

    fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for QuickTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuickTier").field("heaviest", &self.heaviest).finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Arc<str>, Entry> for Weigh {
    fn weight(&self, _: &Arc<str>, entry: &Entry) -> u64 {
        u64::from(entry.weight()) + OVERHEAD_BYTES
    }
}

/// What one insertion displaces, to be dropped when the shard's lock is free again.
#[derive(Default)]
struct Evicted {
    first: Option<(Arc<str>, Entry)>,
    more: Vec<(Arc<str>, Entry)>,
}

impl Evicted {
    /// An entry that was replaced is told like one that was evicted.
    fn count_but_for(&self, replaced: &str) -> u64 {
        let keys = || self.first.iter().chain(&self.more).map(|(key, _)| &**key);
        keys().count() as u64 - u64::from(keys().any(|key| key == replaced))
    }
}

#[derive(Clone)]
struct Collect;

impl Lifecycle<Arc<str>, Entry> for Collect {
    type RequestState = Evicted;

    fn on_evict(&self, evicted: &mut Evicted, key: Arc<str>, entry: Entry) {
        if evicted.first.is_none() {
            evicted.first = Some((key, entry));
        } else {
            evicted.more.push((key, entry));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_few_where_the_budget_is_small_and_many_where_it_is_large() {
        assert_eq!([1, MIB, 2 * MIB, 9 * MIB].map(|budget| shards(budget, 2)), [1, 1, 2, 8]);
        assert_eq!([64, 512, 4096].map(|mib| shards(mib * MIB, 2)), [8, 8, 8]);
        assert_eq!(
            [64, 512, 4096, u64::MAX / MIB].map(|mib| shards(mib * MIB, 64)),
            [8, 16, 128, 256]
        );
    }
}
