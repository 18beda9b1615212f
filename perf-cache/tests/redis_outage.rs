//! Redis that is killed, frozen, locked or not there at all.

use std::error::Error;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use perf_cache::{BuildError, Cache, CacheBuilder, Policy};
use perf_core::recorder::BreakerState;
use perf_core::{Label, Recorder};
use testbed::Redis;

const MINUTE: Duration = Duration::from_secs(60);

fn own_redis() -> Redis {
    Redis::start().expect("redis-server is installed")
}

async fn build(builder: CacheBuilder) -> Cache {
    builder.build().await.expect("Redis answers")
}

async fn load(cache: &Cache, key: &str, value: u32) -> u32 {
    let loaded = cache.get_or_load(key, MINUTE, move || async move { value });
    *loaded.await.expect("an outage is no error")
}

/// Waits until a write that nobody awaits has reached Redis.
async fn until_written(redis: &Redis, key: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    // While it is being loaded, a placeholder is there.
    while !redis.command(&["GETRANGE", key, "0", "1"]).expect("Redis answers").starts_with("PC") {
        assert!(Instant::now() < deadline, "{key} was not written");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn what_one_process_loads_another_finds_in_redis_and_both_tell_it() {
    let redis = own_redis();
    let one = build(Cache::builder().name("shop").redis(redis.url())).await;
    let other = build(Cache::builder().name("shop").redis(redis.url())).await;
    let recorder = Recorder::builder().build();
    let (value, _) = recorder.scope(Label::job("load")).run(load(&one, "tea", 7)).await;
    assert_eq!(value, 7);
    until_written(&redis, "shop:tea").await;

    let stats = &recorder.snapshot().caches[0];
    assert_eq!((stats.local.misses, stats.remote.misses, stats.loader.hits), (1, 1, 1));
    assert_eq!(stats.remote.duration.count, 1);

    let recorder = Recorder::builder().build();
    let (value, _) = recorder.scope(Label::job("find")).run(load(&other, "tea", 0)).await;
    assert_eq!(value, 7);
    let stats = &recorder.snapshot().caches[0];
    assert_eq!((stats.local.misses, stats.remote.hits), (1, 1));
    assert_eq!((stats.loader.hits, stats.loader.misses), (0, 0));
    assert_eq!(other.get_local::<u32>("tea").as_deref(), Some(&7));
}

#[tokio::test]
async fn an_invalidation_reaches_redis() {
    let redis = own_redis();
    let cache = build(Cache::builder().redis(redis.url())).await;
    cache.insert("tea", 7_u32, MINUTE).await;
    assert_eq!(redis.command(&["EXISTS", "cache:tea"]).expect("Redis answers"), "1");
    cache.invalidate("tea").await;
    assert_eq!(redis.command(&["EXISTS", "cache:tea"]).expect("Redis answers"), "0");
}

#[tokio::test]
async fn a_killed_redis_is_no_error_to_anyone_and_is_used_again_when_it_is_back() {
    let mut redis = own_redis();
    let cache = build(Cache::builder().name("shop").redis(redis.url())).await;
    load(&cache, "before", 1).await;
    until_written(&redis, "shop:before").await;

    redis.stop().expect("the server is ours");
    let recorder = Recorder::builder().build();
    let outage = async {
        for key in ["a", "b", "c"] {
            assert_eq!(load(&cache, key, 2).await, 2);
        }
        assert_eq!(cache.get::<u32>("d").await, None);
        cache.insert("e", 5_u32, MINUTE).await;
        cache.invalidate("e").await;
        assert_eq!(load(&cache, "before", 0).await, 1, "the local tier serves on");
    };
    let started = Instant::now();
    recorder.scope(Label::job("outage")).run(outage).await;
    // Seven operations, none of which waits for its limit of 250 ms.
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(recorder.snapshot().caches[0].remote.errors >= 4);

    redis.restart().expect("the server is ours");
    let deadline = Instant::now() + Duration::from_secs(10);
    for attempt in 0.. {
        cache.insert(&format!("after {attempt}"), 3_u32, MINUTE).await;
        let key = format!("shop:after {attempt}");
        if redis.command(&["EXISTS", &key]).expect("Redis answers") == "1" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(Instant::now() < deadline, "Redis is not used again");
    }
}

#[tokio::test]
async fn a_frozen_redis_costs_the_time_limit_and_no_more() {
    const LIMIT: Duration = Duration::from_millis(250);
    let mut redis = own_redis();
    let cache = build(Cache::builder().redis(redis.url()).redis_time_limit(LIMIT)).await;
    cache.insert("hot", 1_u32, MINUTE).await;
    redis.freeze().expect("the server is ours");

    let started = Instant::now();
    assert_eq!(load(&cache, "cold", 2).await, 2);
    let waited = started.elapsed();
    // Twice the limit would be a second operation that the caller waited for.
    assert!(waited >= LIMIT && waited < 2 * LIMIT, "{waited:?}");

    let started = Instant::now();
    assert_eq!(load(&cache, "hot", 0).await, 1);
    assert!(started.elapsed() < LIMIT, "a local hit asks nobody");

    // More callers at once than the connection has room for wait no longer.
    let started = Instant::now();
    let keys: Vec<_> = (0..500).map(|key| key.to_string()).collect();
    let crowd = keys.iter().map(|key| load(&cache, key, 3));
    futures_util::future::join_all(crowd).await;
    let waited = started.elapsed();
    assert!(waited < 10 * LIMIT, "{waited:?}");
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_one_clear_sentence_without_the_password() {
    let port = {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        free.local_addr().expect("it is bound").port()
    };
    let url = format!("redis://user:hunter2@127.0.0.1:{port}");
    let error = Cache::builder().redis(url).build().await.expect_err("nobody listens");
    assert_eq!(
        error.to_string(),
        format!(
            "Redis at 127.0.0.1:{port} does not answer: start it, correct the URL given to redis() \
             (REDIS_URL, if that is where you read it from), or leave redis() out to cache in this \
             process alone"
        )
    );
    assert!(!all_of(&error).contains("hunter2"));
}

#[tokio::test]
async fn a_server_that_is_not_redis_does_not_hold_the_start_up() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("it is bound");
    let started = Instant::now();
    let built = Cache::builder().redis(format!("redis://{address}")).build().await;
    assert!(matches!(built, Err(BuildError::RedisUnreachable { .. })), "{built:?}");
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn a_locked_redis_is_told_from_an_absent_one() {
    let redis = own_redis();
    redis.command(&["CONFIG", "SET", "requirepass", "open sesame"]).expect("Redis answers");
    let address = format!("127.0.0.1:{}", redis.port());
    for url in [format!("redis://{address}"), format!("redis://:hunter2@{address}")] {
        let error = Cache::builder().redis(url).build().await.expect_err("it is locked");
        assert!(matches!(error, BuildError::RedisRefused { .. }), "{error:?}");
        assert!(!all_of(&error).contains("hunter2"), "{}", all_of(&error));
    }
    let url = format!("redis://:open%20sesame@{address}");
    build(Cache::builder().redis(url)).await;
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let refused = [
        (Cache::builder().redis("localhost and a word"), "the URL given to redis()"),
        (Cache::builder().redis("http://localhost"), "the URL given to redis()"),
        (Cache::builder().name(""), "empty name"),
        (Cache::builder().max_bytes(0), "max_bytes() is 0"),
    ];
    for (builder, sentence) in refused {
        let error = builder.build().await.expect_err(sentence).to_string();
        assert!(error.contains(sentence), "{error}");
    }
}

/// The error and all its causes, in both forms.
fn all_of(error: &dyn Error) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        text.push_str(&format!("{error} {error:?}\n"));
        next = error.source();
    }
    text
}

#[tokio::test]
async fn a_redis_without_memory_keeps_no_new_values_and_takes_every_invalidation() {
    let settings = [("maxmemory", "64mb"), ("maxmemory-policy", "noeviction")];
    let redis = Redis::start_with(&settings).expect("redis-server is installed");
    let limit = Duration::from_secs(10);
    let node = || Cache::builder().name("shop").redis(redis.url()).redis_time_limit(limit);
    let (one, other) = (build(node()).await, build(node()).await);
    let policy = Policy::ttl(MINUTE).tag("teas");
    let keys = ["by key", "by tag", "by pattern", "by all"];
    for key in keys {
        one.insert(key, 1_u32, policy.clone()).await;
        assert_eq!(other.get::<u32>(key).await.as_deref(), Some(&1), "{key}");
    }
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]).expect("no memory");
    assert_eq!(load(&one, "new", 2).await, 2, "a full Redis is no error");

    let recorder = Recorder::builder().build();
    let change = async {
        // The next one strikes what is left, or it would not be known which one did.
        one.invalidate("by key").await;
        assert_eq!(other.get::<u32>("by tag").await.as_deref(), Some(&1));
        one.invalidate_matching("by p*").await;
        assert_eq!(other.get::<u32>("by tag").await.as_deref(), Some(&1));
        one.invalidate_tag("teas").await;
        one.get::<u32>("by tag").await
    };
    assert_eq!(recorder.scope(Label::job("change")).run(change).await.0, None);
    let deadline = Instant::now() + Duration::from_secs(20);
    for key in keys {
        while other.get::<u32>(key).await.is_some() {
            assert!(Instant::now() < deadline, "{key} is still served");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    one.invalidate_all().await;
    let state = recorder.snapshot().caches.remove(0).state.expect("it is told");
    assert_eq!((state.breaker, state.waiting_changes), (Some(BreakerState::Closed), 0));
}
