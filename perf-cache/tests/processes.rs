//! Several processes on one Redis: what one of them invalidates, no other may serve for long, and
//! nobody may store again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use perf_cache::{Cache, Claim, Policy};
use testbed::Redis;
use tokio::sync::Notify;

const MINUTE: Duration = Duration::from_secs(60);
/// Longer than a busy machine holds a message up.
const PATIENCE: Duration = Duration::from_secs(20);

fn own_redis() -> Redis {
    Redis::start().expect("redis-server is installed")
}

/// A cache as another process would have it.
async fn process(redis: &Redis) -> Cache {
    let limit = Duration::from_secs(10);
    let cache = Cache::builder().name("shop").redis(redis.url()).redis_time_limit(limit);
    cache.build().await.expect("Redis answers")
}

async fn load(cache: &Cache, key: &str, policy: &Policy, value: u32) -> u32 {
    let loaded = cache.get_or_load(key, policy, move || async move { value });
    *loaded.await.expect("it loads")
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until the other process finds in Redis what this one has loaded.
async fn until_found(other: &Cache, key: &str, value: u32) {
    until("it is found in Redis", async || other.get::<u32>(key).await.as_deref() == Some(&value))
        .await;
}

#[tokio::test]
async fn what_one_process_invalidates_leaves_the_memory_of_all() {
    let redis = own_redis();
    let (one, other) = (process(&redis).await, process(&redis).await);
    let policy = Policy::ttl(MINUTE).tag("teas");
    for (round, key) in ["by key", "by tag", "by pattern", "by all"].into_iter().enumerate() {
        assert_eq!(load(&one, key, &policy, 1).await, 1);
        until_found(&other, key, 1).await;
        assert_eq!(other.get_local::<u32>(key).as_deref(), Some(&1));
        match round {
            0 => one.invalidate(key).await,
            1 => one.invalidate_tag("teas").await,
            2 => one.invalidate_matching("by p*").await,
            _ => one.invalidate_all().await,
        }
        assert_eq!(one.get::<u32>(key).await, None, "{key}: here at once");
        until("the other process hears of it", async || other.get_local::<u32>(key).is_none())
            .await;
        assert_eq!(other.get::<u32>(key).await, None, "{key}: nor does Redis give it");
        assert_eq!(load(&other, key, &policy, 2).await, 2, "{key}");
        until_found(&one, key, 2).await;
    }
}

#[tokio::test]
async fn a_load_in_another_process_that_began_before_an_invalidation_is_not_stored_in_redis() {
    let redis = own_redis();
    let (one, other) = (process(&redis).await, process(&redis).await);
    for round in 0..4 {
        let (key, gate) = (format!("tea {round}"), Arc::new(Notify::new()));
        let (asking, open, name) = (other.clone(), gate.clone(), key.clone());
        let slow = tokio::spawn(async move {
            let policy = Policy::ttl(MINUTE).tag("teas");
            let load = || async move {
                open.notified().await;
                1_u32
            };
            asking.get_or_load(&name, policy, load).await
        });
        let placed = format!("shop:{key}");
        until("the load has begun", async || {
            redis.command(&["EXISTS", &placed]).expect("Redis answers") == "1"
        })
        .await;
        match round {
            0 => one.invalidate(&key).await,
            1 => one.invalidate_tag("teas").await,
            2 => one.invalidate_matching("tea 2*").await,
            _ => one.invalidate_all().await,
        }
        gate.notify_one();
        assert_eq!(*slow.await.expect("no panic").expect("it loads"), 1, "it had asked before");
        // Whatever is written of it is written now.
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(one.get::<u32>(&key).await, None, "round {round}");
        until("the other process hears of it", async || other.get::<u32>(&key).await.is_none())
            .await;
    }
}

#[tokio::test]
async fn a_write_that_arrives_after_an_invalidation_is_refused() {
    let redis = own_redis();
    let (one, other) = (process(&redis).await, process(&redis).await);
    let Claim::Load(loading) = other.claim::<u32>("tea").await else {
        panic!("nobody else loads");
    };
    one.insert("tea", 2_u32, MINUTE).await;
    loading.finish(1, MINUTE);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let onlooker = process(&redis).await;
    assert_eq!(onlooker.get::<u32>("tea").await.as_deref(), Some(&2));
}

#[tokio::test]
async fn a_burst_of_inserts_is_all_there_for_others() {
    let redis = own_redis();
    let (one, other) = (process(&redis).await, process(&redis).await);
    let keys: Vec<_> = (0..500).map(|key| format!("tea {key}")).collect();
    let inserts = keys.iter().map(|key| one.insert(key, 7_u32, MINUTE));
    futures_util::future::join_all(inserts).await;
    for key in &keys {
        assert_eq!(other.get::<u32>(key).await.as_deref(), Some(&7), "{key}");
    }
}

#[tokio::test]
async fn what_was_told_while_the_channel_was_broken_is_made_up_for() {
    let redis = own_redis();
    let (one, other) = (process(&redis).await, process(&redis).await);
    let policy = Policy::ttl(MINUTE);
    for round in 0..5 {
        let key = format!("tea {round}");
        assert_eq!(load(&one, &key, &policy, 1).await, 1);
        until_found(&other, &key, 1).await;
        // Every listener loses its connection, and with it what is told before it is back.
        redis.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).expect("Redis answers");
        one.invalidate(&key).await;
        until("the other process has looked again", async || {
            other.get::<u32>(&key).await.is_none()
        })
        .await;
    }
}

#[tokio::test]
async fn a_tag_that_redis_has_evicted_never_makes_an_old_value_good() {
    let redis = own_redis();
    let (one, other) = (process(&redis).await, process(&redis).await);
    let policy = Policy::ttl(MINUTE).tag("teas");
    assert_eq!(load(&one, "tea", &policy, 1).await, 1);
    until_found(&other, "tea", 1).await;
    one.invalidate_tag("teas").await;
    let evict =
        "for _, key in ipairs(redis.call('KEYS', '@shop:tag:*')) do redis.call('DEL', key) end";
    redis.command(&["EVAL", &format!("{evict} return 1"), "0"]).expect("Redis answers");
    let onlooker = process(&redis).await;
    assert_eq!(onlooker.get::<u32>("tea").await, None);
}

#[tokio::test]
async fn a_key_that_somebody_deletes_in_redis_leaves_the_memory_with_tracking() {
    let redis = own_redis();
    let cache = Cache::builder().name("shop").redis(redis.url()).tracking(true);
    let cache = cache.build().await.expect("Redis answers");
    cache.insert("tea", 1_u32, MINUTE).await;
    assert_eq!(cache.get_local::<u32>("tea").as_deref(), Some(&1));
    redis.command(&["DEL", "shop:tea"]).expect("Redis answers");
    until("it is heard of", async || cache.get_local::<u32>("tea").is_none()).await;
}

#[tokio::test]
async fn a_claim_that_refreshes_does_not_take_the_value_it_is_to_replace_for_a_new_one() {
    let redis = own_redis();
    let (cache, other) = (process(&redis).await, process(&redis).await);
    let Claim::Load(loading) = cache.claim::<u32>("tea").await else {
        panic!("nobody else loads");
    };
    loading.finish(1, Policy::ttl(MINUTE).refresh_at(0.0));
    until_found(&other, "tea", 1).await;
    let Claim::Load(refreshing) = cache.claim::<u32>("tea").await else {
        panic!("it is time to load it anew");
    };
    refreshing.finish(2, MINUTE);
    until("the new value is in Redis", async || {
        process(&redis).await.get::<u32>("tea").await.as_deref() == Some(&2)
    })
    .await;
}

#[tokio::test]
async fn ten_processes_that_ask_for_a_cold_key_at_once_load_it_once_where_that_is_wanted() {
    let redis = own_redis();
    let build = async || {
        let limit = Duration::from_secs(10);
        let cache = Cache::builder().name("shop").redis(redis.url()).redis_time_limit(limit);
        cache.one_load_across_processes(PATIENCE).build().await.expect("Redis answers")
    };
    let mut processes = Vec::new();
    for _ in 0..10 {
        processes.push(build().await);
    }
    let loads = Arc::new(AtomicU32::new(0));
    let asking = processes.iter().map(|cache| {
        let loads = loads.clone();
        cache.get_or_load("tea", MINUTE, move || async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            loads.fetch_add(1, Ordering::SeqCst)
        })
    });
    for loaded in futures_util::future::join_all(asking).await {
        assert_eq!(*loaded.expect("it loads"), 0);
    }
    assert_eq!(loads.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_process_that_dies_while_it_loads_holds_nobody_up_for_longer_than_the_wait() {
    let redis = own_redis();
    let wait = Duration::from_millis(300);
    let cache = Cache::builder().name("shop").redis(redis.url()).one_load_across_processes(wait);
    let (dying, waiting) = (process(&redis).await, cache.build().await.expect("Redis answers"));
    let Claim::Load(_never_ends) = dying.claim::<u32>("tea").await else {
        panic!("nobody else loads");
    };
    let started = Instant::now();
    assert_eq!(load(&waiting, "tea", &Policy::ttl(MINUTE), 7).await, 7);
    assert!(started.elapsed() >= wait, "{:?}", started.elapsed());
}
