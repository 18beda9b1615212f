//! A value that only Redis has, one after the other and with 64 callers at once.

use std::time::{Duration, Instant};

use perf_cache::Cache;
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};

use super::one_core::on_one_core;
use super::{Bench, Measured};
use crate::paired::{Effort, measure_uneven};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "redis_hit", run };

const KEYS: u64 = 1_000;
const IN_FLIGHT: u64 = 64;
const TTL: Duration = Duration::from_secs(3_600);

#[derive(Clone, Serialize, Deserialize)]
struct Product {
    id: u64,
    name: String,
    description: String,
}

fn run(effort: Effort) -> Measured {
    on_one_core(effort, on_this_core)
}

fn on_this_core(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let redis = testbed::Redis::start()?;
    let client = redis::Client::open(redis.url())?;
    // No entry fits into one byte, so nothing stays in process.
    let cache = Cache::builder().name("bench").redis(redis.url()).max_bytes(1).build();
    let (ours, peer) = runtime.block_on(async {
        let cache = cache.await?;
        let mut peer = client.get_multiplexed_async_connection().await?;
        for id in 0..KEYS {
            let product = product(id);
            let bytes = rmp_serde::to_vec(&product)?;
            cache.insert(&ours_key(id), product, TTL).await;
            peer.set::<_, _, ()>(peer_key(id), bytes).await?;
        }
        Ok::<_, Box<dyn std::error::Error>>((cache, peer))
    })?;
    let row = |name: &str, tasks, most| {
        let rounds = measure_uneven(
            effort,
            [
                Box::new(|n| at_once(&runtime, tasks, n, || ours_get(ours.clone()))),
                Box::new(|n| at_once(&runtime, tasks, n, || peer_get(peer.clone()))),
            ],
        );
        Row::of(name, &rounds, Goal::Ratio(most))
    };
    Ok(vec![
        row("redis_hit, redis-rs GET + decoding", 1, 1.1),
        // 0.85 times the throughput.
        row("redis_hit, 64 in flight", IN_FLIGHT, 1.176),
    ])
}

fn ours_get(cache: Cache) -> impl AsyncFn(u64) -> u64 + 'static {
    async move |id| cache.get::<Product>(&ours_key(id)).await.expect("Redis has it").id
}

fn peer_get(connection: MultiplexedConnection) -> impl AsyncFn(u64) -> u64 + 'static {
    async move |id| {
        let bytes: Vec<u8> = connection.clone().get(peer_key(id)).await.expect("Redis has it");
        rmp_serde::from_slice::<Product>(&bytes).expect("a product").id
    }
}

/// `repetitions` calls by so many tasks at once.
fn at_once<G: AsyncFn(u64) -> u64 + 'static>(
    runtime: &Runtime,
    tasks: u64,
    repetitions: u64,
    get: impl Fn() -> G,
) -> Duration {
    let local = tokio::task::LocalSet::new();
    local.block_on(runtime, async {
        let started = Instant::now();
        let tasks: Vec<_> = (0..tasks)
            .map(|task| {
                let get = get();
                tokio::task::spawn_local(async move {
                    for n in (task..repetitions).step_by(tasks as usize) {
                        let id = n * 7_919 % KEYS;
                        assert_eq!(get(id).await, id);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("a get never fails");
        }
        started.elapsed()
    })
}

fn product(id: u64) -> Product {
    let description = "A thing that many people look at, in a few sentences. ".repeat(4);
    Product { id, name: format!("product {id}"), description }
}

fn ours_key(id: u64) -> String {
    format!("product:{id}")
}

fn peer_key(id: u64) -> String {
    format!("peer:product:{id}")
}
