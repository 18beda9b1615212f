//! A value that the local tier has.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use perf_cache::Cache;
use tokio::runtime::Builder;

use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "local_hit", run };

const KEYS: usize = 1_000;
const TTL: Duration = Duration::from_secs(600);

fn run(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let keys: Vec<String> = (0..KEYS).map(|n| format!("product:{n}")).collect();
    let cache = runtime.block_on(Cache::builder().name("bench").build())?;
    let moka = moka::sync::Cache::builder().max_capacity(10_000).time_to_live(TTL).build();
    for key in &keys {
        runtime.block_on(cache.insert(key, key.len(), TTL));
        moka.insert(key.clone(), Arc::new(key.len()));
    }
    let rounds = measure(
        effort,
        [
            Box::new(|repetitions| timed(&keys, repetitions, |key| cache.get_local::<usize>(key))),
            Box::new(|repetitions| timed(&keys, repetitions, |key| moka.get(key))),
        ],
    );
    Ok(vec![Row::of("local_hit, moka::sync::Cache::get", &rounds, Goal::Ratio(1.2))])
}

fn timed(keys: &[String], repetitions: u64, get: impl Fn(&str) -> Option<Arc<usize>>) -> Duration {
    let started = Instant::now();
    for key in keys.iter().cycle().take(repetitions as usize) {
        black_box(get(black_box(key)).expect("a hit"));
    }
    started.elapsed()
}
