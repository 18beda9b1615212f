//! The keys that one process is asked for most, and how the next one begins with them.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use perf_cache::{Cache, Loaded, LocalStore, Policy, Warmed, testing};
use perf_core::{Label, Recorder};
use testbed::Redis;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A thousand keys, of which the first twenty are asked for far more often than all others.
async fn serve(cache: &Cache) {
    for number in 0..1_000 {
        cache.insert(&format!("product:{number}"), number, 30 * DAY).await;
    }
    for round in 0..40_000_u64 {
        let cold = format!("product:{}", round % 1_000);
        let hot = format!("product:{}", round % 20);
        for key in [cold, hot.clone(), hot.clone(), hot] {
            assert!(cache.get_local::<i32>(&key).is_some(), "{key}");
        }
    }
}

fn is_hot(key: &str) -> bool {
    key.strip_prefix("product:").is_some_and(|number| number.parse::<u64>().is_ok_and(|n| n < 20))
}

async fn on(redis: &Redis) -> Cache {
    let builder = Cache::builder().name("shop").redis(redis.url());
    builder.redis_time_limit(Duration::from_secs(10)).build().await.expect("Redis answers")
}

#[tokio::test]
async fn a_new_process_warms_itself_with_what_the_last_one_was_asked_for_most() {
    let redis = Redis::start().expect("redis-server is installed");
    let last = on(&redis).await;
    assert!(last.stored_hottest().await.is_empty(), "nobody has stored any");
    serve(&last).await;
    assert_eq!(last.save_hottest(20).await, 20);
    let left: u64 =
        redis.command(&["PTTL", "@shop:hottest"]).expect("Redis answers").parse().expect("a ttl");
    assert!(Duration::from_millis(left) > 6 * DAY, "{left}");
    last.invalidate_all().await;
    drop(last);

    let new = on(&redis).await;
    let keys = new.stored_hottest().await;
    assert_eq!(keys.len(), 20);
    assert!(keys.iter().all(|key| is_hot(key)), "{keys:?}");
    let loads = Arc::new(AtomicU64::new(0));
    let counter = loads.clone();
    let load = move |key: String| {
        counter.fetch_add(1, Ordering::Relaxed);
        async move { Ok::<_, Infallible>(key.len()) }
    };
    let mut steps: Vec<Warmed> = Vec::new();
    let warmed = new.warm(keys.clone(), MINUTE, 4, load, |step| steps.push(step)).await;
    assert_eq!((warmed.loaded, warmed.failed, loads.load(Ordering::Relaxed)), (20, 0, 20));
    assert_eq!(steps.iter().map(Warmed::total).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    assert!(keys.iter().all(|key| new.get_local::<usize>(key).is_some()));
}

#[tokio::test]
async fn each_local_store_knows_the_hottest_keys_and_no_report_has_one() {
    let stores = [
        LocalStore::Moka,
        #[cfg(feature = "quick_cache")]
        LocalStore::QuickCache,
    ];
    for store in stores {
        let cache = Cache::builder().local_store(store).build().await.expect("defaults are valid");
        let recorder = Recorder::builder().build();
        recorder.scope(Label::job("serve")).run(serve(&cache)).await;
        let hottest = cache.hottest(10);
        assert_eq!(hottest.len(), 10);
        assert!(hottest.iter().all(|key| is_hot(key)), "{hottest:?}");
        assert!(cache.hottest(usize::MAX).len() <= 1_000);
        assert_eq!((cache.save_hottest(10).await, cache.stored_hottest().await.len()), (0, 0));
        let snapshot = recorder.snapshot();
        let json = serde_json::to_string(&snapshot).expect("JSON");
        for told in [snapshot.to_string(), json, format!("{cache:?}")] {
            assert!(!told.contains("product:"), "{told}");
        }
    }
}

#[test]
fn what_was_invalidated_and_what_is_known_to_be_absent_is_no_hot_key() {
    testing::run(1, |world| async move {
        let cache = world.node("shop").build().await.expect("a node");
        let policy = Policy::ttl(MINUTE).negative(MINUTE);
        let nothing = |_| async { Ok::<_, Infallible>(Loaded::<u8>::absent()) };
        for _ in 0..2_000 {
            for key in ["gone", "there"] {
                cache.get_or_load(key, &policy, || async { 1_u8 }).await.expect("loaded");
            }
            let found = cache.load_with("absent", &policy, nothing).await.expect("loaded");
            assert_eq!(found, None);
        }
        cache.invalidate("gone").await;
        assert_eq!(cache.hottest(10), ["there"]);
    });
}

#[test]
fn the_list_is_kept_for_a_week_and_an_empty_one_takes_no_ones_place() {
    testing::run(1, |world| async move {
        // So that weeks have few signs of life.
        let node = |name| world.node(name).staleness_bound(DAY / 24).build();
        let one = node("one").await.expect("a node");
        let other = node("other").await.expect("a node");
        serve(&one).await;
        assert_eq!(one.save_hottest(5).await, 5);
        assert_eq!(other.save_hottest(5).await, 0, "it was asked for nothing");
        assert_eq!(other.stored_hottest().await, one.hottest(5));
        tokio::time::sleep(6 * DAY).await;
        assert_eq!(other.stored_hottest().await.len(), 5);
        tokio::time::sleep(2 * DAY).await;
        assert_eq!(other.stored_hottest().await.len(), 0);

        assert_eq!(one.save_hottest(5).await, 5);
        world.forget();
        tokio::time::sleep(MINUTE).await;
        assert_eq!(other.stored_hottest().await.len(), 0, "a Redis that has lost everything");
        world.cut_all(testing::Cut::Hangs);
        assert_eq!((one.save_hottest(5).await, other.stored_hottest().await.len()), (0, 0));
    });
}

#[tokio::test]
async fn what_somebody_else_has_put_in_the_place_of_the_list_is_no_list() {
    let redis = Redis::start().expect("redis-server is installed");
    let cache = on(&redis).await;
    let huge = "x".repeat(8 << 20);
    for write in [
        &["SET", "@shop:hottest", "not a list"][..],
        &["SET", "@shop:hottest", &huge],
        &["LPUSH", "@shop:hottest", "a list of Redis"],
    ] {
        redis.command(&["DEL", "@shop:hottest"]).expect("Redis answers");
        redis.command(write).expect("Redis answers");
        assert_eq!(cache.stored_hottest().await, [""; 0]);
    }
    serve(&cache).await;
    assert_eq!(cache.save_hottest(3).await, 3, "it takes its place");
    assert_eq!(cache.stored_hottest().await.len(), 3);
}
