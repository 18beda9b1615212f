//! A value that the local tier has, from one and from two threads.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use perf_cache::{Cache, LocalStore};
use tokio::runtime::Builder;

use super::threads::on_each_of;
use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "local_hit", run };

const KEYS: usize = 1_000;
const TTL: Duration = Duration::from_secs(600);

fn run(effort: Effort) -> Measured {
    let keys: Vec<String> = (0..KEYS).map(|n| format!("product:{n}")).collect();
    let (on_moka, on_quick) =
        (cache(&keys, LocalStore::Moka)?, cache(&keys, LocalStore::QuickCache)?);
    let moka = moka::sync::Cache::builder().max_capacity(10_000).time_to_live(TTL).build();
    let quick = quick_cache::sync::Cache::new(10_000);
    for key in &keys {
        moka.insert(key.clone(), Arc::new(key.len()));
        quick.insert(key.clone(), Arc::new(key.len()));
    }
    let row = |name: &str, threads, ours: &Cache, peer: &(dyn Fn(&str) -> Hit + Sync), goal| {
        let rounds = measure(
            effort,
            [
                Box::new(|n| on_each_of(threads, || || timed(&keys, n, |key| ours.get_local(key)))),
                Box::new(|n| on_each_of(threads, || || timed(&keys, n, peer))),
            ],
        );
        Row::of(name, &rounds, goal)
    };
    let moka = |key: &str| moka.get(key);
    let quick = |key: &str| quick.get(key);
    Ok(vec![
        row("local_hit, moka::sync::Cache::get", 1, &on_moka, &moka, Goal::Ratio(1.2)),
        row("local_hit, moka, 2 threads", 2, &on_moka, &moka, Goal::Ratio(1.2)),
        row("local_hit, quick_cache::sync::Cache::get", 1, &on_quick, &quick, Goal::Nanos(60.0)),
        row("local_hit, quick_cache, 2 threads", 2, &on_quick, &quick, Goal::Nanos(60.0)),
    ])
}

type Hit = Option<Arc<usize>>;

fn cache(keys: &[String], store: LocalStore) -> Result<Cache, Box<dyn std::error::Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let cache = runtime.block_on(Cache::builder().name("bench").local_store(store).build())?;
    for key in keys {
        runtime.block_on(cache.insert(key, key.len(), TTL));
    }
    Ok(cache)
}

fn timed(keys: &[String], repetitions: u64, get: impl Fn(&str) -> Hit) -> Duration {
    let started = Instant::now();
    for key in keys.iter().cycle().take(repetitions as usize) {
        black_box(get(black_box(key)).expect("a hit"));
    }
    started.elapsed()
}
