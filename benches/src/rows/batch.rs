//! A thousand values that only Redis has: all at once, and one after the other.

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use perf_cache::Cache;
use tokio::runtime::{Builder, Runtime};

use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "batch", run };

const KEYS: usize = 1_000;
const TTL: Duration = Duration::from_secs(3_600);

/// On one core, the server too, for the reason that `pooled_query` has.
fn run(effort: Effort) -> Measured {
    let pinned = thread::spawn(move || {
        let core = core_affinity::get_core_ids().and_then(|cores| cores.first().copied());
        if !core.is_some_and(core_affinity::set_for_current) {
            return Err("this machine does not let a thread choose its core".to_owned());
        }
        on_this_core(effort).map_err(|error| error.to_string())
    });
    Ok(pinned.join().map_err(|_| "the bench panicked")??)
}

fn on_this_core(effort: Effort) -> Result<Vec<Row>, Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let redis = testbed::redis();
    // No value fits into this budget, so that each is asked for in Redis.
    let cache = Cache::builder().name("bench").redis(redis.url()).prefix(redis.prefix());
    let cache = runtime.block_on(cache.max_bytes(1).build())?;
    let keys: Vec<String> = (0..KEYS).map(|n| format!("product:{n}")).collect();
    for key in &keys {
        runtime.block_on(cache.insert(key, key.len(), TTL));
    }
    let rounds = measure(
        effort,
        [
            Box::new(|repetitions| at_once(&runtime, &cache, &keys, repetitions)),
            Box::new(|repetitions| one_by_one(&runtime, &cache, &keys, repetitions)),
        ],
    );
    Ok(vec![Row::of("1,000-key batch, 1,000 single GETs", &rounds, Goal::Ratio(0.05))])
}

fn at_once(runtime: &Runtime, cache: &Cache, keys: &[String], repetitions: u64) -> Duration {
    runtime.block_on(async {
        let started = Instant::now();
        for _ in 0..repetitions {
            let values = cache.get_many::<usize>(keys).await;
            assert!(values.iter().all(Option::is_some), "Redis has them all");
        }
        started.elapsed()
    })
}

fn one_by_one(runtime: &Runtime, cache: &Cache, keys: &[String], repetitions: u64) -> Duration {
    runtime.block_on(async {
        let started = Instant::now();
        for _ in 0..repetitions {
            for key in keys {
                assert!(cache.get::<usize>(key).await.is_some(), "Redis has it");
            }
        }
        started.elapsed()
    })
}
