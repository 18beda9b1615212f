//! 1,000 tasks that ask for a key that nobody has yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use perf_cache::Cache;
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "stampede", run };

const TASKS: usize = 1_000;
const TTL: Duration = Duration::from_secs(600);

fn run(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let cache = runtime.block_on(Cache::builder().name("bench").build())?;
    let moka = moka::future::Cache::builder().max_capacity(10_000).time_to_live(TTL).build();
    let ours = |key: Arc<str>, loads| {
        let cache = cache.clone();
        async move {
            let value = cache.get_or_load(&key, TTL, move || load(loads)).await;
            *value.expect("the loader does not panic")
        }
    };
    let theirs = |key: Arc<str>, loads| {
        let moka = moka.clone();
        async move { moka.get_with(key, load(loads)).await }
    };
    let rounds = measure(
        effort,
        [Box::new(|n| stampedes(&runtime, n, ours)), Box::new(|n| stampedes(&runtime, n, theirs))],
    );
    Ok(vec![Row::of("stampede, 1,000 tasks, moka get_with", &rounds, Goal::Shown)])
}

/// Takes until all other tasks wait for it.
async fn load(loads: Arc<AtomicUsize>) -> usize {
    yield_now().await;
    loads.fetch_add(1, Ordering::Relaxed)
}

fn stampedes<A: Future<Output = usize> + Send + 'static>(
    runtime: &Runtime,
    repetitions: u64,
    ask: impl Fn(Arc<str>, Arc<AtomicUsize>) -> A,
) -> Duration {
    runtime.block_on(async {
        let mut took = Duration::ZERO;
        for _ in 0..repetitions {
            // One that was never asked for.
            let key: Arc<str> = fastrand::u64(..).to_string().into();
            let loads = Arc::new(AtomicUsize::new(0));
            let started = Instant::now();
            let tasks: Vec<_> =
                (0..TASKS).map(|_| tokio::spawn(ask(key.clone(), loads.clone()))).collect();
            for task in tasks {
                assert_eq!(task.await.expect("a task never panics"), 0);
            }
            took += started.elapsed();
            assert_eq!(loads.load(Ordering::Relaxed), 1, "one load for all");
        }
        took
    })
}
