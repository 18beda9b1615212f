//! A map that only grows, up to a bound, and is read without a lock.

use std::hash::{BuildHasher, Hash, Hasher};

use crate::metric::Counter;
use crate::sync::{AtomicUsize, OnceLock, Ordering};

/// Open addressing over slots that are written once.
///
/// 1. A slot that is filled stays as it is, so a probe that meets an empty slot has seen every
///    entry of its hash.
/// 2. `taken` counts filled slots. It passes `capacity` by at most the number of threads that
///    fill at once, and there are at least twice as many slots.
#[derive(Debug)]
pub(crate) struct Table<K, V> {
    slots: Box<[Slot<K, V>]>,
    capacity: usize,
    taken: AtomicUsize,
    refused: Counter,
}

/// More series than this nobody reads, and the slots alone would take tens of megabytes.
const MOST: usize = 1_000_000;

type Slot<K, V> = OnceLock<Box<(K, V)>>;

impl<K, V> Table<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        let capacity = capacity.min(MOST);
        let slots = (capacity.max(1) * 2).next_power_of_two();
        Self {
            slots: (0..slots).map(|_| OnceLock::new()).collect(),
            capacity,
            taken: AtomicUsize::new(0),
            refused: Counter::new(),
        }
    }

    /// Where the entry stands whose key `is` the one sought; it is made when missing. `None` when
    /// it is missing and the table is full.
    pub(crate) fn place(
        &self,
        hash: u64,
        is: impl Fn(&K) -> bool,
        make: impl FnOnce() -> (K, V),
    ) -> Option<usize> {
        let mut make = Some(make);
        for place in self.probe(hash) {
            let slot = &self.slots[place];
            // Filled slots count as taken only afterwards: a full table is looked at once more.
            let entry = match slot.get() {
                None if self.is_full() => slot.get().map(Box::as_ref),
                None => Some(self.fill(slot, &mut make)),
                Some(entry) => Some(&**entry),
            };
            match entry {
                Some((key, _)) if is(key) => return Some(place),
                Some(_) => {}
                None => break,
            }
        }
        self.refused.add(1);
        None
    }

    /// The entry whose key `is` the one sought; none is made, and none that is missing counts.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is: impl Fn(&K) -> bool) -> Option<&(K, V)> {
        for place in self.probe(hash) {
            let entry = self.at(place)?;
            if is(&entry.0) {
                return Some(entry);
            }
        }
        None
    }

    /// The entry at a place that [`place`](Self::place) gave.
    #[inline]
    pub(crate) fn at(&self, place: usize) -> Option<&(K, V)> {
        self.slots.get(place)?.get().map(Box::as_ref)
    }

    /// The value of this key, made when missing; `None` when it is missing and the table is full.
    pub(crate) fn value(&self, hash: u64, key: &K) -> Option<&V>
    where
        K: Clone + PartialEq,
        V: Default,
    {
        let place = self.place(hash, |known| known == key, || (key.clone(), V::default()))?;
        self.at(place).map(|(_, value)| value)
    }

    /// Everything in the table, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.slots.iter().filter_map(OnceLock::get).map(Box::as_ref)
    }

    /// How often an entry was not made because the table was full.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.value()
    }

    #[inline]
    fn probe(&self, hash: u64) -> impl Iterator<Item = usize> {
        let mask = self.slots.len() - 1;
        let start = hash as usize & mask;
        (0..=mask).map(move |step| (start + step) & mask)
    }

    /// The entry of an empty slot: the one made here, or one that another thread put in first.
    fn fill<'a>(
        &self,
        slot: &'a Slot<K, V>,
        make: &mut Option<impl FnOnce() -> (K, V)>,
    ) -> &'a (K, V) {
        let mut is_ours = false;
        let entry = slot.get_or_init(|| {
            is_ours = true;
            Box::new(make.take().expect("an entry that is made has the key sought")())
        });
        if is_ours {
            self.taken.fetch_add(1, Ordering::Release);
        }
        entry
    }

    fn is_full(&self) -> bool {
        self.taken.load(Ordering::Acquire) >= self.capacity
    }
}

/// The hash of two texts, for the path of every request: `hash` of a tuple copies the texts' addresses
/// through memory that has just been written, which costs more than the hashing.
#[inline]
pub(crate) fn hash_pair(one: &str, other: &str) -> u64 {
    let mut hasher = foldhash::fast::FixedState::default().build_hasher();
    hasher.write(one.as_bytes());
    hasher.write(other.as_bytes());
    hasher.finish()
}

/// The hash by which an entry is sought; its own in every process, so for tables alone.
pub(crate) fn hash(key: &(impl Hash + ?Sized)) -> u64 {
    foldhash::fast::FixedState::default().hash_one(key)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn find(table: &Table<u64, u64>, key: u64) -> Option<u64> {
        // Few hashes for many keys, so that probes collide.
        let place = table.place(key % 7, |known| *known == key, || (key, key * 10))?;
        table.at(place).map(|entry| entry.1)
    }

    #[test]
    fn many_threads_that_insert_the_same_keys_agree_on_one_entry_each() {
        let table = Table::new(100);
        thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    (0..100).for_each(|key| assert_eq!(find(&table, key), Some(key * 10)))
                });
            }
        });
        assert_eq!(table.iter().count(), 100);
        assert_eq!(table.refused(), 0);
    }

    #[test]
    fn a_full_table_refuses_and_counts_but_still_finds() {
        let table = Table::new(3);
        let found: Vec<_> = (0..5).map(|key| find(&table, key)).collect();
        assert_eq!(found, [Some(0), Some(10), Some(20), None, None]);
        assert_eq!(find(&table, 1), Some(10));
        assert_eq!((table.iter().count(), table.refused()), (3, 2));
    }
}
