//! What a cache tells of itself.

use std::time::{Duration, Instant};

use perf_cache::Cache;
use perf_core::recorder::{BreakerState, CacheState};
use perf_core::{Label, Recorder};
use testbed::Redis;

const MINUTE: Duration = Duration::from_secs(60);

fn state(recorder: &Recorder) -> CacheState {
    let mut caches = recorder.snapshot().caches;
    caches.remove(0).state.expect("the cache has told it")
}

/// Asks until the state is as it must become.
async fn until(recorder: &Recorder, is_so: impl Fn(&CacheState) -> bool) -> CacheState {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let now = state(recorder);
        if is_so(&now) {
            return now;
        }
        assert!(Instant::now() < deadline, "{now:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_cache_tells_its_entries_bytes_budget_and_evictions() {
    let recorder = Recorder::builder().build();
    let budget = 64 * 1024;
    let cache = Cache::builder().max_bytes(budget).build().await.expect("a budget");
    let fill = async {
        for number in 0..100 {
            let load = move || async move { "x".repeat(1_000 + number) };
            cache.get_or_load(&format!("{number}"), MINUTE, load).await.expect("loaded");
        }
    };
    recorder.scope(Label::job("fill")).run(fill).await;
    let told = state(&recorder);
    assert_eq!(told.max_bytes, budget);
    assert_eq!(told.bytes, cache.local_bytes());
    assert!((20..60).contains(&told.entries), "{told:?}");
    assert_eq!(told.entries + told.evictions, 100, "{told:?}");
    assert_eq!((told.breaker, told.waiting_changes), (None, 0));
}

#[tokio::test]
async fn a_value_that_is_put_and_one_that_is_only_asked_for_tell_it_too() {
    let cache = Cache::builder().build().await.expect("defaults are valid");
    let recorders = [(); 2].map(|()| Recorder::builder().build());
    let put = cache.insert("a", 1_u8, MINUTE);
    recorders[0].scope(Label::job("put")).run(put).await;
    recorders[1].scope(Label::job("get")).run(cache.get::<u8>("b")).await;
    assert_eq!(recorders.each_ref().map(|recorder| state(recorder).entries), [1, 1]);
}

#[tokio::test]
async fn an_outage_shows_as_an_open_breaker_and_the_changes_that_wait_until_redis_is_back() {
    let recorder = Recorder::builder().build();
    let mut redis = Redis::start().expect("redis-server is installed");
    let cache = Cache::builder().redis(redis.url()).build().await.expect("Redis answers");
    let put = cache.insert("a", 1_u8, MINUTE);
    recorder.scope(Label::job("put")).run(put).await;
    let told = state(&recorder);
    assert_eq!((told.breaker, told.waiting_changes), (Some(BreakerState::Closed), 0));

    redis.stop().expect("it ran");
    cache.invalidate("a").await;
    cache.invalidate("b").await;
    let told = until(&recorder, |told| told.waiting_changes >= 2).await;
    assert_eq!(told.breaker, Some(BreakerState::Open));

    redis.restart().expect("it starts again");
    let told = until(&recorder, |told| told.breaker == Some(BreakerState::Closed)).await;
    assert_eq!(told.waiting_changes, 0);
}

/// All keys in turn, again and again: an LRU cache has a hit each time where all of them fit, and
/// never where they do not.
#[tokio::test]
async fn a_cache_that_is_too_small_for_its_keys_tells_how_much_twice_the_memory_would_bring() {
    let recorder = Recorder::builder().build();
    let cache = Cache::builder().max_bytes(4 << 20).build().await.expect("a budget");
    // Each takes 2.5 KiB with all that comes on top: 6.2 MiB.
    let ask = async {
        for number in (0..2_500).cycle().take(30_000) {
            let key = format!("{number}");
            if cache.get::<String>(&key).await.is_none() {
                cache.insert(&key, "x".repeat(2_100), MINUTE).await;
            }
        }
    };
    recorder.scope(Label::job("ask")).run(ask).await;
    let predicted = state(&recorder).predicted;
    let budgets: Vec<u64> = predicted.iter().map(|rate| rate.max_bytes >> 20).collect();
    assert_eq!(budgets, [2, 4, 8, 16]);
    let rates: Vec<f64> = predicted.iter().map(|rate| rate.hit_rate).collect();
    // What the sample has too much or too little of is laid to hot keys, so the level is rough.
    assert!(rates[2] - rates[1] > 0.6 && rates[2] > 0.85, "{rates:?}");
    assert!(rates[1] - rates[0] < 0.05 && rates[3] - rates[2] < 0.05, "{rates:?}");
}

#[tokio::test]
async fn a_few_look_ups_predict_nothing() {
    let recorder = Recorder::builder().build();
    let cache = Cache::builder().build().await.expect("defaults are valid");
    let ask = async {
        for number in 0..100 {
            cache
                .get_or_load(&format!("{number}"), MINUTE, || async { 1_u8 })
                .await
                .expect("loaded");
        }
    };
    recorder.scope(Label::job("ask")).run(ask).await;
    assert_eq!(state(&recorder).predicted, []);
}
