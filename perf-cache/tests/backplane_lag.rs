//! How long what is told takes to be heard, and who else is heard.

use std::time::{Duration, Instant};

use perf_cache::{Cache, testing};
use perf_core::recorder::Backplane;
use perf_core::{Label, Recorder};
use testbed::{FaultProxy, Redis};

const MINUTE: Duration = Duration::from_secs(60);
const LATENCY: Duration = Duration::from_millis(100);

async fn introduce(recorder: &Recorder, cache: &Cache) {
    recorder.scope(Label::job("put")).run(cache.insert("a", 1_u8, MINUTE)).await;
}

fn backplane(recorder: &Recorder) -> Backplane {
    let state = recorder.snapshot().caches.remove(0).state.expect("the cache has told it");
    state.backplane.expect("there is Redis")
}

/// Asks until it is as it must become.
async fn until(recorder: &Recorder, is_so: impl Fn(&Backplane) -> bool) -> Backplane {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let now = backplane(recorder);
        if is_so(&now) {
            return now;
        }
        assert!(Instant::now() < deadline, "{now:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_slow_way_to_redis_shows_as_lag_and_a_silent_one_as_lag_that_grows() {
    let redis = Redis::start().expect("redis-server is installed");
    let proxy = FaultProxy::start(redis.port()).expect("a port");
    let builder = Cache::builder().redis(proxy.url()).redis_time_limit(Duration::from_secs(10));
    let cache = builder.staleness_bound(8 * LATENCY).build().await.expect("Redis answers");
    let recorder = Recorder::builder().build();
    introduce(&recorder, &cache).await;
    assert!(backplane(&recorder).lag > Duration::ZERO, "it has heard itself");

    proxy.latency(LATENCY);
    let slow = until(&recorder, |now| now.lag >= LATENCY).await;
    assert_eq!((slow.processes, slow.longest_silence), (0, Duration::ZERO), "no others");
    proxy.blackhole();
    until(&recorder, |now| now.lag >= 15 * LATENCY).await;
    proxy.heal().expect("the port is there");
    until(&recorder, |now| now.lag < 15 * LATENCY).await;
}

#[test]
fn a_process_that_falls_silent_is_seen_to_and_in_the_end_forgotten() {
    testing::run(1, |world| async move {
        let second = Duration::from_secs(1);
        let recorder = Recorder::builder().build();
        let one = world.node("one").build().await.expect("a node");
        introduce(&recorder, &one).await;
        let quiet = world.node("quiet").build().await.expect("a node");
        let _lively = world.node("lively").build().await.expect("a node");
        tokio::time::sleep(5 * second).await;
        let now = backplane(&recorder);
        assert_eq!(now.processes, 2);
        assert!(now.longest_silence <= 2 * second, "{now:?}");

        drop(quiet);
        tokio::time::sleep(20 * second).await;
        let now = backplane(&recorder);
        assert_eq!(now.processes, 2);
        assert!(now.longest_silence >= 17 * second, "{now:?}");
        tokio::time::sleep(40 * second).await;
        let now = backplane(&recorder);
        assert_eq!(now.processes, 1);
        assert!(now.longest_silence <= 2 * second, "{now:?}");
    });
}

#[test]
fn lag_is_counted_on_while_the_channel_is_broken() {
    testing::run(1, |world| async move {
        let recorder = Recorder::builder().build();
        let cache = world.node("one").build().await.expect("a node");
        introduce(&recorder, &cache).await;
        assert_eq!(backplane(&recorder).lag, Duration::ZERO, "nothing takes time here");
        world.cut("one", testing::Cut::Fails);
        tokio::time::sleep(MINUTE).await;
        let lag = backplane(&recorder).lag;
        assert!(lag >= Duration::from_secs(57), "{lag:?}");
        world.heal("one");
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(backplane(&recorder).lag, Duration::ZERO);
    });
}

#[tokio::test]
async fn a_cache_without_redis_has_no_backplane() {
    let cache = Cache::builder().build().await.expect("defaults are valid");
    let recorder = Recorder::builder().build();
    introduce(&recorder, &cache).await;
    let state = recorder.snapshot().caches.remove(0).state.expect("the cache has told it");
    assert_eq!((state.backplane, state.redis), (None, Vec::new()));
}
