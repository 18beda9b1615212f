//! How the hit rate would change with the budget, learned from a sample of keys while they are asked for.
//!
//! A request is a hit in an LRU cache if all that was asked for since the key's last request, and the
//! key itself, fit into it. This *reuse distance*, in bytes, is measured among the keys whose hash lies
//! below a bar, and divided by their share (SHARDS: Waldspurger, Park, Garthwaite and Ahmad, FAST 2015,
//! with their adjustment: what the sample has too many requests or too few is owed to hot keys, which
//! have short distances). Both tiers keep what is asked for often better than LRU does, so that the
//! prediction is rather low for them.

#[cfg(test)]
mod tests;

use std::fmt;
use std::hash::BuildHasher;

use perf_core::metric::Counter;
use perf_core::sync::{AtomicU32, Mutex, Ordering};

use super::hottest::{self, Hottest};

/// Keys that are followed at most: 32 KiB.
const MAX_KEYS: usize = 2048;
/// At first one key in so many is followed.
const ONE_IN: u32 = 32;
/// What distances are told apart by: an eighth of a power of two.
const STEPS: u32 = 8;
const BUCKETS: usize = 48 * STEPS as usize;
/// After so many sampled requests all counts are halved, so that old ones fade.
const HALVED_AFTER: u64 = 100_000;

/// Fewer requests, by the number that the sampled ones stand for, predict nothing.
const ENOUGH: f64 = 10_000.0;

const SEED: u64 = 0x7065_7266;

/// The budgets that predictions are made for, in halves of the present one.
const HALVES: [u64; 4] = [1, 2, 4, 8];

/// A live miss-ratio curve of one cache; the look-ups that it counts tell the [`Hottest`] keys too.
///
/// # Cost
/// For a key that is not sampled one add to a counter of the thread's own and one compare; for one
/// that is, one or two microseconds at most under a lock that nobody waits for. 40 KiB.
pub(crate) struct Curve {
    /// Hashes below it are sampled. It falls when the sample is full.
    bar: AtomicU32,
    requests: Counter,
    /// What an entry takes beside its weight.
    overhead: u32,
    sample: Mutex<Sample>,
    hottest: Hottest,
}

struct Sample {
    /// The most recent last.
    keys: Vec<Key>,
    /// Beyond this distance, in bytes, no budget that is asked about has a hit.
    horizon: f64,
    /// Requests by distance; each sampled one counts as many as it stands for.
    reused: Box<[f64]>,
    /// All requests that the sampled ones stand for.
    sampled: f64,
    /// All requests there were in the same time.
    expected: f64,
    counted: u64,
    since_halved: u64,
}

#[derive(Clone, Copy)]
struct Key {
    hash: u32,
    /// `None` before a value has come.
    weight: Option<u32>,
}

impl Key {
    fn bytes(&self) -> u64 {
        self.weight.map_or(0, u64::from)
    }
}

impl Curve {
    /// A curve for a cache with this budget, in which each entry takes so many bytes beside its weight.
    pub(crate) fn new(budget_bytes: u64, overhead: u32) -> Self {
        let sample = Sample {
            keys: Vec::with_capacity(MAX_KEYS),
            horizon: budget_bytes as f64 * 4.0,
            reused: vec![0.0; BUCKETS].into(),
            sampled: 0.0,
            expected: 0.0,
            counted: 0,
            since_halved: 0,
        };
        Self {
            bar: AtomicU32::new(u32::MAX / ONE_IN),
            requests: Counter::new(),
            overhead,
            sample: Mutex::new(sample),
            hottest: Hottest::new(),
        }
    }

    /// A request for a key, with the weight of the entry that answers it. All bits of the hash must be
    /// equally good.
    #[inline]
    pub(crate) fn touch(&self, key_hash: u32, weight: u32) {
        self.count(key_hash);
        if self.is_sampled(key_hash) {
            self.take(key_hash, Some(weight.saturating_add(self.overhead)));
        }
    }

    /// A request for a key that has no entry. What it weighs is what it weighed before or what
    /// [`weigh`](Self::weigh) says later; one of which neither is known would be no hit in any cache.
    pub(crate) fn touch_missing(&self, key_hash: u32) {
        self.count(key_hash);
        if self.is_sampled(key_hash) {
            self.take(key_hash, None);
        }
    }

    /// What the value weighs that has come for a key, which is no request.
    pub(crate) fn weigh(&self, key_hash: u32, weight: u32) {
        if self.is_sampled(key_hash)
            && let Some(mut sample) = self.sample.try_lock()
            && let Some(key) = sample.keys.iter_mut().rev().find(|key| key.hash == key_hash)
        {
            key.weight = Some(weight.saturating_add(self.overhead));
        }
    }

    #[inline]
    fn count(&self, key_hash: u32) {
        if hottest::is_drawn(self.requests.count()) {
            self.hottest.take(key_hash);
        }
    }

    /// Hashes of the keys that are asked for most, with how often that was seen; in no order.
    pub(crate) fn hottest(&self) -> Vec<(u32, u32)> {
        self.hottest.counts()
    }

    #[inline]
    fn is_sampled(&self, key_hash: u32) -> bool {
        key_hash < self.bar.load(Ordering::Relaxed)
    }

    #[cold]
    fn take(&self, hash: u32, weight: Option<u32>) {
        // A request that is left out counts for less than one that makes others wait.
        let Some(mut sample) = self.sample.try_lock() else { return };
        let bar = self.bar.load(Ordering::Relaxed);
        if hash >= bar {
            return;
        }
        sample.count(Key { hash, weight }, share(bar));
        if sample.keys.len() == MAX_KEYS {
            let bar = sample.make_room(bar);
            self.bar.store(bar, Ordering::Relaxed);
        }
        if sample.since_halved >= HALVED_AFTER {
            sample.settle(self.requests.value());
            sample.halve();
        }
    }

    /// The hit rates that half, all, twice and four times this budget would have, from 0 to 1; nothing
    /// before there were enough requests.
    pub(crate) fn hit_rates(&self, budget_bytes: u64) -> Option<[(u64, f64); 4]> {
        let mut sample = self.sample.lock();
        sample.settle(self.requests.value());
        if sample.sampled < ENOUGH {
            return None;
        }
        Some(HALVES.map(|halves| {
            let budget = budget_bytes.saturating_mul(halves) / 2;
            (budget, sample.hit_rate(budget as f64))
        }))
    }
}

impl Sample {
    fn count(&mut self, mut key: Key, share: f64) {
        let known = self.keys.iter().rposition(|other| other.hash == key.hash);
        if let Some(at) = known {
            let newer: u64 = self.keys[at + 1..].iter().map(Key::bytes).sum();
            let before = self.keys.remove(at);
            key.weight = key.weight.or(before.weight);
            if before.weight.is_some() {
                let distance = newer as f64 / share + key.bytes() as f64;
                self.reused[bucket(distance)] += 1.0 / share;
            }
        }
        self.keys.push(key);
        self.sampled += 1.0 / share;
        self.since_halved += 1;
    }

    /// Forgets keys that no budget would still have; if that is not enough, lowers the bar.
    fn make_room(&mut self, bar: u32) -> u32 {
        let (mut distance, share) = (0.0, share(bar));
        let within = |key: &&Key| {
            distance += key.bytes() as f64 / share;
            distance <= self.horizon
        };
        let kept = self.keys.iter().rev().take_while(within).count();
        self.keys.drain(..self.keys.len() - kept);
        if self.keys.len() <= MAX_KEYS / 8 * 7 {
            return bar;
        }
        let bar = bar / 4 * 3;
        self.keys.retain(|key| key.hash < bar);
        bar
    }

    fn settle(&mut self, requests: u64) {
        self.expected += requests.saturating_sub(self.counted) as f64;
        self.counted = requests;
    }

    fn halve(&mut self) {
        self.reused.iter_mut().for_each(|requests| *requests /= 2.0);
        self.sampled /= 2.0;
        self.expected /= 2.0;
        self.since_halved = 0;
    }

    fn hit_rate(&self, budget: f64) -> f64 {
        let reached = bucket(budget);
        let within: f64 = self.reused[..reached].iter().sum();
        let owed_to_hot_keys = self.expected - self.sampled;
        ((within + owed_to_hot_keys) / self.expected).clamp(0.0, 1.0)
    }
}

/// The hash by which a key is sampled: the same in every process, for whoever knows keys below the bar
/// wins nothing but a microsecond of work with each.
pub(crate) fn key_hash(key: &str) -> u32 {
    (foldhash::quality::FixedState::with_seed(SEED).hash_one(key) >> 32) as u32
}

/// Which part of all keys lies below the bar.
fn share(bar: u32) -> f64 {
    f64::from(bar) / f64::from(u32::MAX)
}

fn bucket(bytes: f64) -> usize {
    let step = bytes.max(1.0).log2() * f64::from(STEPS);
    (step as usize).min(BUCKETS - 1)
}

impl fmt::Debug for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Curve").field("bar", &self.bar).finish_non_exhaustive()
    }
}
