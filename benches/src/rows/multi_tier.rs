//! The same requests to two caches with moka in front and Redis behind.

use std::cell::Cell;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use multi_tier_cache::error::CacheError;
use multi_tier_cache::{CacheManager, CacheStrategy, L1Cache, L2Cache, MokaCacheConfig};
use perf_cache::Cache;
use serde::{Deserialize, Serialize};
use tokio::runtime::Builder;

use super::one_core::on_one_core;
use super::{Bench, Measured, zipf};
use crate::paired::{Effort, measure_uneven};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "multi_tier", run };

const KEYS: usize = 20_000;
const REQUESTS: usize = 500_000;
/// Entries in process: a tenth of the keys.
const ROOM: u64 = 2_000;
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
    let trace = zipf::trace(KEYS, REQUESTS);
    let (ours, peer) = runtime.block_on(async {
        let ours = ours(&redis.url()).await?;
        let settings = MokaCacheConfig { max_capacity: ROOM, time_to_live: TTL, time_to_idle: TTL };
        let front = Arc::new(L1Cache::new(settings)?);
        let back = Arc::new(L2Cache::with_url(&redis.url()).await?);
        let peer = CacheManager::new_with_backends(front, back, None)?;
        for id in 0..KEYS as u64 {
            ours_get(&ours, id).await;
            peer_get(&peer, id).await;
        }
        Ok::<_, Box<dyn Error>>((ours, peer))
    })?;
    let (ours_at, peer_at) = (Cell::new(0), Cell::new(0));
    let rounds = measure_uneven(
        effort,
        [
            Box::new(|n| {
                let requests = part(&trace, &ours_at, n);
                runtime.block_on(async {
                    let started = Instant::now();
                    for id in requests {
                        assert_eq!(ours_get(&ours, id).await, id);
                    }
                    started.elapsed()
                })
            }),
            Box::new(|n| {
                let requests = part(&trace, &peer_at, n);
                runtime.block_on(async {
                    let started = Instant::now();
                    for id in requests {
                        assert_eq!(peer_get(&peer, id).await, id);
                    }
                    started.elapsed()
                })
            }),
        ],
    );
    Ok(vec![Row::of("multi_tier, multi-tier-cache 0.6", &rounds, Goal::Ratio(1.0))])
}

/// With a budget for as many entries as the peer may have.
async fn ours(redis: &str) -> Result<Cache, Box<dyn Error>> {
    let one = Cache::builder().build().await?;
    one.insert(&key(0), product(0), TTL).await;
    let budget = one.local_bytes() * ROOM;
    Ok(Cache::builder().name("bench").redis(redis).max_bytes(budget).build().await?)
}

async fn ours_get(cache: &Cache, id: u64) -> u64 {
    let product = cache.get_or_load(&key(id), TTL, move || async move { product(id) }).await;
    product.expect("the loader does not panic").id
}

async fn peer_get(cache: &CacheManager, id: u64) -> u64 {
    let strategy = CacheStrategy::Custom(TTL);
    let load = move || async move { Ok::<_, CacheError>(product(id)) };
    let product = cache.get_or_compute_typed::<Product, _, _>(&key(id), strategy, load).await;
    product.expect("the loader does not fail").id
}

/// The next requests of the trace, which begins again at its end.
fn part<'a>(trace: &'a [u64], at: &Cell<usize>, n: u64) -> impl Iterator<Item = u64> + use<'a> {
    let from = at.get();
    at.set((from + n as usize) % trace.len());
    trace.iter().cycle().skip(from).take(n as usize).copied()
}

fn product(id: u64) -> Product {
    let description = "A thing that many people look at, in a few sentences. ".repeat(4);
    Product { id, name: format!("product {id}"), description }
}

fn key(id: u64) -> String {
    format!("product:{id}")
}
