//! Many keys at once: batches that overlap, fail, are invalidated midway or dropped.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use perf_cache::{Cache, CacheTier, Claim, LoadError, Policy, Warmed};
use testbed::Redis;
use tokio::sync::{Notify, Semaphore};
use tokio::task::yield_now;

const MINUTE: Duration = Duration::from_secs(60);
/// Longer than a busy machine holds a message up.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the shop is closed")]
struct Closed;

/// What the loader was asked for, call by call.
#[derive(Clone, Default)]
struct Calls(Arc<std::sync::Mutex<Vec<Vec<String>>>>);

impl Calls {
    fn all(&self) -> Vec<Vec<String>> {
        self.0.lock().expect("nobody panics").clone()
    }

    async fn lengths(self, keys: Vec<String>) -> Result<HashMap<String, usize>, Infallible> {
        self.0.lock().expect("nobody panics").push(keys.clone());
        Ok(keys.into_iter().map(|key| (key.clone(), key.len())).collect())
    }
}

async fn in_process() -> Cache {
    Cache::builder().build().await.expect("defaults are valid")
}

/// A cache as another process would have it.
async fn process(redis: &Redis) -> Cache {
    let limit = Duration::from_secs(10);
    let cache = Cache::builder().name("shop").redis(redis.url()).redis_time_limit(limit);
    cache.build().await.expect("Redis answers")
}

async fn lengths(
    cache: &Cache,
    keys: &[&str],
    policy: &Policy,
    calls: &Calls,
) -> Vec<Option<usize>> {
    let calls = calls.clone();
    let loaded =
        cache.get_many_or_load(keys, policy.clone(), move |keys| calls.clone().lengths(keys));
    plain(loaded.await.expect("it loads"))
}

fn plain<V: Copy>(values: Vec<Option<Arc<V>>>) -> Vec<Option<V>> {
    values.into_iter().map(|value| value.map(|value| *value)).collect()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn calls_of(redis: &Redis, command: &str) -> u64 {
    let stats = redis.command(&["INFO", "commandstats"]).expect("Redis answers");
    let name = format!("cmdstat_{command}:calls=");
    let counted = stats.split(&name).nth(1).and_then(|rest| rest.split(',').next());
    counted.map_or(0, |count| count.parse().expect("a number"))
}

#[tokio::test]
async fn one_call_loads_each_missing_key_once_in_the_order_of_the_question() {
    let (cache, calls, policy) = (in_process().await, Calls::default(), Policy::ttl(MINUTE));
    cache.insert("tea", 30_usize, MINUTE).await;
    let asked = ["milk", "tea", "sugar", "milk"];
    let expected = [Some(4), Some(30), Some(5), Some(4)];
    assert_eq!(lengths(&cache, &asked, &policy, &calls).await, expected);
    assert_eq!(calls.all(), [["milk", "sugar"]]);
    assert_eq!(lengths(&cache, &asked, &policy, &calls).await, expected);
    assert_eq!(plain(cache.get_many::<usize>(&asked).await), expected);
    assert_eq!(calls.all().len(), 1, "all are kept");
    assert_eq!(lengths(&cache, &[], &policy, &calls).await, []);
    assert_eq!(calls.all().len(), 1, "nothing is asked for, nothing is loaded");
}

#[tokio::test]
async fn ten_thousand_keys_are_one_call() {
    let (cache, calls) = (in_process().await, Calls::default());
    let keys: Vec<String> = (0..10_000).map(|n| format!("key {n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let values = lengths(&cache, &keys, &Policy::ttl(MINUTE), &calls).await;
    assert!(keys.iter().zip(values).all(|(key, value)| value == Some(key.len())));
    assert_eq!(calls.all().iter().map(Vec::len).collect::<Vec<_>>(), [10_000]);
}

#[tokio::test]
async fn what_the_loader_leaves_out_is_absent_for_as_long_as_the_policy_says() {
    for (policy, loads) in [(Policy::ttl(MINUTE).negative(MINUTE), 1), (Policy::ttl(MINUTE), 2)] {
        let (cache, calls) = (in_process().await, Arc::new(AtomicUsize::new(0)));
        for _ in 0..2 {
            let count = calls.clone();
            let load = move |_| {
                count.fetch_add(1, Ordering::Relaxed);
                async { Ok::<_, Infallible>(vec![("tea", 7), ("never asked for", 1)]) }
            };
            let loaded = cache.get_many_or_load(&["tea", "ale"], policy.clone(), load).await;
            assert_eq!(plain(loaded.expect("it loads")), [Some(7), None]);
        }
        assert_eq!(calls.load(Ordering::Relaxed), loads);
        assert_eq!(cache.get_local::<i32>("never asked for"), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overlapping_batches_in_any_order_load_each_key_once_and_all_end() {
    for round in 0..50 {
        let (cache, calls) = (in_process().await, Calls::default());
        let names: Vec<String> = (0..20).map(|n| format!("{round}:{n}")).collect();
        let batches = (0..8).map(|batch| {
            let (cache, calls, mut keys) = (cache.clone(), calls.clone(), names.clone());
            keys.rotate_left(batch * 2);
            if batch % 2 == 0 {
                keys.reverse();
            }
            keys.truncate(15);
            tokio::spawn(async move {
                let load = move |keys| {
                    let calls = calls.clone();
                    async move {
                        yield_now().await;
                        calls.lengths(keys).await
                    }
                };
                let loaded = cache.get_many_or_load(&keys, MINUTE, load).await;
                assert!(loaded.expect("it loads").iter().all(Option::is_some));
            })
        });
        let ended = tokio::time::timeout(PATIENCE, join_all(batches)).await;
        ended
            .expect("no batch waits for ever")
            .into_iter()
            .for_each(|batch| batch.expect("no panic"));
        let mut loaded = calls.all().concat();
        let all = loaded.len();
        loaded.sort();
        loaded.dedup();
        assert_eq!(all, loaded.len(), "each key once");
    }
}

#[tokio::test]
async fn a_batch_waits_for_a_key_that_a_single_load_is_loading() {
    let (cache, calls) = (in_process().await, Calls::default());
    let Claim::Load(loading) = cache.claim::<usize>("tea").await else {
        panic!("nobody else loads");
    };
    let batch = tokio::spawn({
        let (cache, calls) = (cache.clone(), calls.clone());
        async move { lengths(&cache, &["tea", "milk"], &Policy::ttl(MINUTE), &calls).await }
    });
    until("its own key is there", async || cache.get_local::<usize>("milk").is_some()).await;
    loading.finish(77, MINUTE);
    assert_eq!(batch.await.expect("no panic"), [Some(77), Some(4)]);
    assert_eq!(calls.all(), [["milk"]]);
}

#[tokio::test]
async fn a_key_that_its_loader_gave_up_is_loaded_by_the_batch_that_waits() {
    let (cache, calls) = (in_process().await, Calls::default());
    let Claim::Load(loading) = cache.claim::<usize>("tea").await else {
        panic!("nobody else loads");
    };
    let batch = tokio::spawn({
        let (cache, calls) = (cache.clone(), calls.clone());
        async move { lengths(&cache, &["tea", "milk"], &Policy::ttl(MINUTE), &calls).await }
    });
    until("its own key is there", async || cache.get_local::<usize>("milk").is_some()).await;
    drop(loading);
    assert_eq!(batch.await.expect("no panic"), [Some(3), Some(4)]);
    assert_eq!(calls.all(), [["milk"], ["tea"]]);
}

#[tokio::test]
async fn a_failed_batch_is_the_error_of_all_who_wait_and_leaves_nothing() {
    let (cache, gate) = (in_process().await, Arc::new(Notify::new()));
    let open = gate.clone();
    let load = move |_| {
        let open = open.clone();
        async move {
            open.notified().await;
            Err::<Vec<(String, u32)>, _>(Closed)
        }
    };
    let batch = cache.get_many_or_load(&["tea", "milk"], MINUTE, load);
    let single = cache.try_get_or_load("milk", MINUTE, || async { Ok::<u32, Closed>(1) });
    let (batch, single, ()) = tokio::join!(biased; batch, single, async { gate.notify_one() });
    let (Err(LoadError::Failed(one)), Err(LoadError::Failed(other))) = (batch, single) else {
        panic!("both fail");
    };
    assert!(Arc::ptr_eq(&one, &other));
    let load = |_| async { Ok::<_, Closed>(vec![("tea", 1_u32), ("milk", 2)]) };
    let retry = cache.get_many_or_load(&["tea", "milk"], MINUTE, load).await;
    assert_eq!(plain(retry.expect("the next load succeeds")), [Some(1), Some(2)]);
}

#[tokio::test]
async fn a_loader_that_panics_or_takes_too_long_is_an_error_and_the_keys_are_free() {
    let cache = in_process().await;
    let panicking = |_| async { panic!("no leaves") as Result<Vec<(String, u32)>, Closed> };
    let outcome = cache.get_many_or_load(&["tea", "milk"], MINUTE, panicking).await;
    assert!(matches!(outcome, Err(LoadError::Panicked { message }) if &*message == "no leaves"));
    let policy = Policy::ttl(MINUTE).hard_timeout(Duration::from_millis(1));
    let endless = |_| std::future::pending::<Result<Vec<(String, u32)>, Closed>>();
    let outcome = cache.get_many_or_load(&["tea", "milk"], policy, endless).await;
    assert!(matches!(outcome, Err(LoadError::TimedOut { .. })));
    assert!(matches!(cache.claim::<u32>("tea").await, Claim::Load(_)));
}

#[tokio::test]
async fn a_batch_that_is_invalidated_midway_keeps_nothing_of_the_old() {
    let policy = Policy::ttl(MINUTE).tag("drinks");
    for what in ["key", "tag", "pattern", "all"] {
        let (cache, gate) = (in_process().await, Arc::new(Semaphore::new(0)));
        let begun = Arc::new(Notify::new());
        let batch = tokio::spawn({
            let (cache, gate, begun, policy) =
                (cache.clone(), gate.clone(), begun.clone(), policy.clone());
            async move {
                let load = move |_| {
                    let (gate, begun) = (gate.clone(), begun.clone());
                    async move {
                        begun.notify_one();
                        _ = gate.acquire().await;
                        Ok::<_, Infallible>(vec![("tea", 1), ("milk", 1)])
                    }
                };
                cache.get_many_or_load(&["tea", "milk"], policy, load).await
            }
        });
        begun.notified().await;
        match what {
            "key" => cache.invalidate("tea").await,
            "tag" => cache.invalidate_tag("drinks").await,
            "pattern" => cache.invalidate_matching("t*").await,
            _ => cache.invalidate_all().await,
        }
        gate.add_permits(1);
        let loaded = batch.await.expect("no panic").expect("it loads");
        assert_eq!(plain(loaded), [Some(1), Some(1)], "its caller had asked before");
        assert_eq!(cache.get_local::<i32>("tea"), None, "{what}");
        let is_other_kept = cache.get_local::<i32>("milk").is_some();
        assert_eq!(is_other_kept, matches!(what, "key" | "pattern"), "{what}");
    }
}

/// A batch whose loader waits for ever, and what that loader holds.
fn endless(cache: &Cache, alive: &Arc<()>) -> tokio::task::JoinHandle<()> {
    let (cache, alive) = (cache.clone(), alive.clone());
    tokio::spawn(async move {
        let load = move |_| {
            let alive = alive.clone();
            async move {
                let _alive = alive;
                std::future::pending::<Result<Vec<(String, u32)>, Closed>>().await
            }
        };
        _ = cache.get_many_or_load(&["tea", "milk"], MINUTE, load).await;
    })
}

#[tokio::test]
async fn a_batch_that_is_dropped_stops_its_load_unless_another_waits_for_one_of_its_keys() {
    let (cache, alive) = (in_process().await, Arc::new(()));
    let batch = endless(&cache, &alive);
    until("it loads", async || Arc::strong_count(&alive) > 2).await;
    let waiting = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get_or_load("milk", MINUTE, || async { 1_u32 }).await }
    });
    yield_now().await;
    batch.abort();
    assert!(batch.await.is_err_and(|error| error.is_cancelled()));
    for _ in 0..100 {
        yield_now().await;
    }
    assert!(Arc::strong_count(&alive) > 1, "another caller waits for the milk");
    waiting.abort();
    _ = waiting.await;
    until("the load is stopped", async || Arc::strong_count(&alive) == 1).await;
    assert!(matches!(cache.claim::<u32>("tea").await, Claim::Load(_)));
    assert!(matches!(cache.claim::<u32>("milk").await, Claim::Load(_)));
}

#[tokio::test]
async fn a_warm_up_counts_what_it_loads_what_is_there_and_what_fails() {
    let cache = in_process().await;
    cache.insert("tea", 1_u32, MINUTE).await;
    let load = |key: String| async move { if key == "ale" { Err(Closed) } else { Ok(2_u32) } };
    let mut told = Vec::new();
    let tell = |warmed: Warmed| told.push(warmed.total());
    let warmed = cache.warm(["tea", "milk", "ale"], MINUTE, 2, load, tell).await;
    assert_eq!((warmed.loaded, warmed.already_there, warmed.failed), (1, 1, 1));
    assert_eq!(told, [1, 2, 3]);
    assert_eq!(cache.get_local::<u32>("milk").as_deref(), Some(&2));
}

#[tokio::test]
async fn a_thousand_missing_keys_are_one_mget_and_are_found_by_another_process() {
    let redis = Redis::start().expect("redis-server is installed");
    let (one, other, calls) = (process(&redis).await, process(&redis).await, Calls::default());
    let keys: Vec<String> = (0..1_000).map(|n| format!("key {n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let policy = Policy::ttl(MINUTE).tag("drinks");
    let mgets = calls_of(&redis, "mget");
    let loaded = lengths(&one, &keys, &policy, &calls).await;
    assert!(loaded.iter().all(Option::is_some));
    assert_eq!(calls_of(&redis, "mget") - mgets, 1);
    until("all are in Redis", async || {
        let probe = process(&redis).await;
        probe.get_many::<usize>(&keys).await.iter().all(Option::is_some)
    })
    .await;
    let mgets = calls_of(&redis, "mget");
    assert_eq!(lengths(&other, &keys, &policy, &calls).await, loaded);
    assert_eq!(calls_of(&redis, "mget") - mgets, 1);
    assert_eq!(calls.all().len(), 1, "the other process loads nothing");
    let found = other.look_up::<usize>("key 7").await.expect("it is kept");
    assert_eq!((found.tier, found.is_stale, *found), (CacheTier::Local, false, 5));
    let found = process(&redis).await.look_up::<usize>("key 7").await.expect("it is in Redis");
    assert_eq!((found.tier, found.is_stale, *found), (CacheTier::Remote, false, 5));
    one.invalidate_tag("drinks").await;
    assert!(one.get_many::<usize>(&keys).await.iter().all(Option::is_none));
}

#[tokio::test]
async fn a_batch_loads_without_redis_when_that_is_gone() {
    let mut redis = Redis::start().expect("redis-server is installed");
    let (cache, calls) = (process(&redis).await, Calls::default());
    redis.stop().expect("it stops");
    let policy = Policy::ttl(MINUTE);
    assert_eq!(lengths(&cache, &["tea", "milk"], &policy, &calls).await, [Some(3), Some(4)]);
    assert_eq!(calls.all(), [["tea", "milk"]]);
}

#[tokio::test(start_paused = true)]
async fn single_look_ups_of_one_window_are_one_call_and_a_full_batch_does_not_wait() {
    let (cache, calls) = (in_process().await, Calls::default());
    let (window, load) = (Duration::from_millis(1), calls.clone());
    let lengths = cache.batching(MINUTE, window, 3, move |keys| load.clone().lengths(keys));
    let (tea, milk) = tokio::join!(biased; lengths.get("tea"), lengths.get("milk"));
    assert_eq!(plain(vec![tea.expect("it loads"), milk.expect("it loads")]), [Some(3), Some(4)]);
    assert_eq!(calls.all(), [["tea", "milk"]]);

    let began = tokio::time::Instant::now();
    let asked = ["ale", "gin", "rum"].map(|key| lengths.get(key));
    assert!(join_all(asked).await.into_iter().all(|value| value.is_ok()));
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(calls.all().len(), 2);
}
