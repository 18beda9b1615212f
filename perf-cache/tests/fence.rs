//! Invalidations that race loads: after `invalidate` has returned, nothing that was loaded before
//! it is kept or served.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use perf_cache::{Cache, Claim};
use tokio::sync::Notify;
use tokio::task::yield_now;

const MINUTE: Duration = Duration::from_secs(60);

async fn in_process() -> Cache {
    Cache::builder().build().await.expect("defaults are valid")
}

#[tokio::test]
async fn a_value_whose_load_began_before_an_invalidation_is_not_kept() {
    let (cache, gate) = (in_process().await, Arc::new(Notify::new()));
    let (asking, open) = (cache.clone(), gate.clone());
    let early = tokio::spawn(async move {
        let load = || async move {
            open.notified().await;
            "old".to_owned()
        };
        asking.get_or_load("tea", MINUTE, load).await
    });
    yield_now().await;
    cache.invalidate("tea").await;

    let late = cache.get_or_load("tea", MINUTE, || async { "new".to_owned() });
    assert_eq!(*late.await.expect("it does not wait for the old load"), "new");
    gate.notify_one();
    let early = early.await.expect("no panic").expect("it loads");
    assert_eq!(*early, "old", "its caller had asked before the invalidation");
    assert_eq!(*cache.get::<String>("tea").await.expect("it is kept"), "new");
}

/// The same race in the cache that is the local tier here: it shows that the test above can fail.
#[tokio::test]
async fn the_loading_get_of_moka_keeps_what_was_invalidated_meanwhile() {
    let (cache, gate) = (moka::future::Cache::new(10), Arc::new(Notify::new()));
    let (asking, open) = (cache.clone(), gate.clone());
    let early = tokio::spawn(async move {
        let load = async move {
            open.notified().await;
            "old"
        };
        asking.get_with("tea", load).await
    });
    yield_now().await;
    cache.invalidate("tea").await;
    gate.notify_one();
    assert_eq!(early.await.expect("no panic"), "old");
    let late = cache.get_with("tea", async { "new" }).await;
    assert_eq!(late, "old", "it asked after the invalidation and is served what was before");
}

#[tokio::test]
async fn a_claim_that_began_before_an_invalidation_keeps_nothing() {
    let cache = in_process().await;
    let Claim::Load(loading) = cache.claim::<u32>("tea").await else {
        panic!("nobody else loads");
    };
    cache.invalidate("tea").await;
    loading.finish(1, MINUTE);
    assert_eq!(cache.get_local::<u32>("tea"), None);
}

#[tokio::test]
async fn a_load_after_a_failed_one_is_fenced_too() {
    let cache = in_process().await;
    let Claim::Load(first) = cache.claim::<u32>("tea").await else {
        panic!("nobody else loads");
    };
    let waiting = cache.clone();
    let waiting = tokio::spawn(async move { waiting.claim::<u32>("tea").await });
    yield_now().await;
    first.fail();
    let Ok(Claim::Load(alone)) = waiting.await else {
        panic!("it loads for itself");
    };
    cache.invalidate("tea").await;
    alone.finish(1, MINUTE);
    assert_eq!(cache.get_local::<u32>("tea"), None);
}

#[tokio::test]
async fn an_insert_is_not_overwritten_by_a_load_that_began_before_it() {
    let cache = in_process().await;
    let Claim::Load(loading) = cache.claim::<u32>("tea").await else {
        panic!("nobody else loads");
    };
    cache.insert("tea", 2_u32, MINUTE).await;
    loading.finish(1, MINUTE);
    assert_eq!(cache.get_local::<u32>("tea").as_deref(), Some(&2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_that_race_a_writer_never_see_what_it_has_invalidated() {
    const WRITES: u64 = 20_000;
    let cache = in_process().await;
    let (truth, invalidated) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (cache, truth, invalidated) = (cache.clone(), truth.clone(), invalidated.clone());
            tokio::spawn(async move {
                while invalidated.load(Ordering::SeqCst) < WRITES {
                    let oldest = invalidated.load(Ordering::SeqCst);
                    let truth = truth.clone();
                    let load = move || async move {
                        let value = truth.load(Ordering::SeqCst);
                        yield_now().await;
                        value
                    };
                    let seen = cache.get_or_load("tea", MINUTE, load).await;
                    assert!(*seen.expect("it loads") >= oldest);
                    yield_now().await;
                }
            })
        })
        .collect();
    for write in 1..=WRITES {
        truth.store(write, Ordering::SeqCst);
        cache.invalidate("tea").await;
        invalidated.store(write, Ordering::SeqCst);
        yield_now().await;
    }
    for reader in readers {
        reader.await.expect("nothing stale was seen");
    }
}

#[tokio::test]
async fn what_was_read_from_redis_before_an_invalidation_is_not_kept() {
    let mut redis = testbed::Redis::start().expect("redis-server is installed");
    let connect = async || {
        let limit = Duration::from_secs(20);
        let cache = Cache::builder().redis(redis.url()).redis_time_limit(limit);
        cache.build().await.expect("Redis answers")
    };
    let (writer, reader) = (connect().await, connect().await);
    writer.insert("tea", 1_u32, MINUTE).await;

    redis.freeze().expect("the server is ours");
    // Polled in this order, the read stands before the deletion in the connection.
    let (read, ()) = tokio::join!(reader.get::<u32>("tea"), async {
        let asking = reader.clone();
        let deletion = tokio::spawn(async move { asking.invalidate("tea").await });
        yield_now().await;
        redis.thaw().expect("the server is ours");
        deletion.await.expect("no panic");
    });
    assert_eq!(read.as_deref(), Some(&1), "it had asked before");
    assert_eq!(reader.get_local::<u32>("tea"), None);
    assert_eq!(reader.get::<u32>("tea").await, None);
}

#[tokio::test]
async fn what_is_read_from_redis_while_an_invalidation_is_under_way_is_not_kept() {
    let space = testbed::redis();
    let connect = async || {
        let cache = Cache::builder().redis(space.url()).prefix(space.prefix());
        cache.build().await.expect("Redis answers")
    };
    let (writer, reader) = (connect().await, connect().await);
    writer.insert("tea", 1_u32, MINUTE).await;

    // Polled in this order, the read begins after the local half of the invalidation and reaches
    // Redis before its deletion.
    let ((), read) = tokio::join!(reader.invalidate("tea"), reader.get::<u32>("tea"));
    assert_eq!(read.as_deref(), Some(&1), "it came before the deletion");
    assert_eq!(reader.get_local::<u32>("tea"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_write_to_redis_that_an_invalidation_overtakes_is_deleted_again() {
    let redis = testbed::redis();
    let connect = async || {
        let cache = Cache::builder().redis(redis.url()).prefix(redis.prefix());
        cache.build().await.expect("Redis answers")
    };
    let (cache, onlooker) = (connect().await, connect().await);
    for round in 0..2_000_u32 {
        let key = format!("tea {round}");
        let Claim::Load(loading) = cache.claim::<u32>(&key).await else {
            panic!("nobody else loads");
        };
        // The write runs in a task of its own and races the deletion to the connection.
        loading.finish(round, MINUTE);
        cache.invalidate(&key).await;
    }
    // Every write is behind its deletion in time; one more round trip lets the last of them end.
    tokio::time::sleep(Duration::from_millis(300)).await;
    for round in 0..2_000_u32 {
        assert_eq!(onlooker.get::<u32>(&format!("tea {round}")).await, None, "round {round}");
    }
}
