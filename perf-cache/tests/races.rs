//! Readers on several threads race a writer that invalidates in every way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use perf_cache::{Cache, Claim, LoadError, Loaded, Policy};
use tokio::task::yield_now;

const WRITES: u64 = 500;

/// What the writer has written, and what of that it has made known to the cache.
#[derive(Default)]
struct World {
    truth: AtomicU64,
    invalidated: AtomicU64,
    /// How many loads have read the truth.
    reads: AtomicU64,
}

impl World {
    fn read(&self) -> u64 {
        let truth = self.truth.load(Ordering::SeqCst);
        self.reads.fetch_add(1, Ordering::SeqCst);
        truth
    }

    fn oldest_allowed(&self) -> u64 {
        self.invalidated.load(Ordering::SeqCst)
    }
}

#[derive(Clone, Copy)]
enum By {
    Tag,
    Pattern,
    All,
    Turns,
}

/// Stale almost at once, so that stale values race too.
fn policy() -> Policy {
    let minute = Duration::from_secs(60);
    Policy::ttl(Duration::from_millis(1))
        .stale_while_revalidate(minute)
        .stale_if_error(minute)
        .refresh_at(0.5)
}

async fn yield_often() {
    for _ in 0..4 {
        yield_now().await;
    }
}

async fn read_through(cache: &Cache, world: &Arc<World>, by: By, round: u64) {
    let (oldest, reading) = (world.oldest_allowed(), world.clone());
    let load = move |_| async move {
        let value = reading.read();
        yield_often().await;
        match (round % 4, by) {
            (0, _) => Err("closed"),
            // The tag comes with the value alone.
            (_, By::Tag | By::Turns) => Ok(Loaded::value(value).tag("drinks")),
            (_, By::Pattern | By::All) => Ok(Loaded::value(value)),
        }
    };
    match cache.load_with("shop:tea", policy(), load).await {
        Ok(value) => assert!(*value.expect("there is one") >= oldest, "a load"),
        Err(LoadError::Failed(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

async fn claim(cache: &Cache, world: &World, by: By, round: u64) {
    let oldest = world.oldest_allowed();
    match cache.claim::<u64>("shop:tea").await {
        Claim::Hit(value) => assert!(*value >= oldest, "a claim"),
        Claim::Load(loading) => {
            let value = world.read();
            yield_often().await;
            match (round % 4, by) {
                (0, _) => drop(loading.fail()),
                (_, By::Tag | By::Turns) => drop(loading.finish(value, policy().tag("drinks"))),
                (_, By::Pattern | By::All) => drop(loading.finish(value, policy())),
            }
        }
        other => panic!("{other:?}"),
    }
}

async fn race(by: By) {
    let cache = Cache::builder().build().await.expect("defaults are valid");
    let world = Arc::new(World::default());
    let readers: Vec<_> = (0..4)
        .map(|reader| {
            let (cache, world) = (cache.clone(), world.clone());
            tokio::spawn(async move {
                let mut round = reader;
                while world.oldest_allowed() < WRITES {
                    round += 1;
                    let oldest = world.oldest_allowed();
                    if let Some(value) = cache.get_local::<u64>("shop:tea") {
                        assert!(*value >= oldest, "a look");
                    }
                    if reader % 2 == 0 {
                        read_through(&cache, &world, by, round).await;
                    } else {
                        claim(&cache, &world, by, round).await;
                    }
                    yield_now().await;
                }
            })
        })
        .collect();
    for write in 1..=WRITES {
        world.truth.store(write, Ordering::SeqCst);
        match (by, write % 3) {
            (By::Tag, _) | (By::Turns, 0) => cache.invalidate_tag("drinks").await,
            (By::Pattern, _) | (By::Turns, 1) => cache.invalidate_matching("shop:*").await,
            (By::All, _) | (By::Turns, _) => cache.invalidate_all().await,
        }
        world.invalidated.store(write, Ordering::SeqCst);
        // Not before another load has read what will be outdated when it ends.
        let reads = world.reads.load(Ordering::SeqCst);
        while write < WRITES && world.reads.load(Ordering::SeqCst) == reads {
            yield_now().await;
        }
    }
    for reader in readers {
        reader.await.expect("nothing stale was seen");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_sees_what_was_invalidated_by_tag() {
    race(By::Tag).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_sees_what_was_invalidated_by_pattern() {
    race(By::Pattern).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_sees_what_was_invalidated_as_a_whole() {
    race(By::All).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_sees_what_was_invalidated_in_turns() {
    race(By::Turns).await;
}
