//! How much of a trace the local tiers answer, beside a plain LRU cache with room for as many entries.

use std::num::NonZeroUsize;
use std::time::Duration;

use lru::LruCache;
use perf_cache::{Cache, LocalStore};
use tokio::runtime::{Builder, Runtime};

use super::{Bench, Measured, zipf};
use crate::paired::Effort;
use crate::row::Row;

pub(crate) const BENCH: Bench = Bench { name: "hit_rate", run };

const KEYS: usize = 200_000;
const BUDGET: u64 = 4 * 1024 * 1024;
const TTL: Duration = Duration::from_secs(600);

fn run(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let requests = match effort {
        Effort::Quick => 300_000,
        Effort::Full => 2_000_000,
    };
    let trace = zipf::trace(KEYS, requests);
    let on = |store| -> Result<(f64, f64), Box<dyn std::error::Error>> {
        let cache =
            runtime.block_on(Cache::builder().max_bytes(BUDGET).local_store(store).build())?;
        runtime.block_on(cache.insert("0", 0_u64, TTL));
        let room = NonZeroUsize::new((BUDGET / cache.local_bytes()) as usize);
        Ok((rate(&runtime, &cache, &trace), lru(room.ok_or("the budget is too small")?, &trace)))
    };
    let (moka, moka_lru) = on(LocalStore::Moka)?;
    let (quick, quick_lru) = on(LocalStore::QuickCache)?;
    Ok(vec![
        Row::of_shares("hit_rate in %, moka tier, LRU", moka, moka_lru, 1.0),
        Row::of_shares("hit_rate in %, quick_cache tier, LRU", quick, quick_lru, 1.0),
        Row::of_shares("hit_rate in %, quick_cache tier, moka tier", quick, moka, 1.0),
    ])
}

fn rate(runtime: &Runtime, cache: &Cache, trace: &[u64]) -> f64 {
    let mut hits = 0;
    for number in trace {
        let key = number.to_string();
        match cache.get_local::<u64>(&key) {
            Some(_) => hits += 1,
            None => _ = runtime.block_on(cache.insert(&key, *number, TTL)),
        }
    }
    f64::from(hits) / trace.len() as f64
}

fn lru(room: NonZeroUsize, trace: &[u64]) -> f64 {
    let mut cache = LruCache::new(room);
    let hits = trace.iter().filter(|key| cache.put(**key, ()).is_some()).count();
    hits as f64 / trace.len() as f64
}
