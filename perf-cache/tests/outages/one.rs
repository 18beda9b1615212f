use testbed::{FaultProxy, Redis};

use crate::storm::Storm;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_redis_that_is_slow_silent_deaf_and_cut_off() {
    let redis = Redis::start().expect("redis-server is installed");
    let proxy = FaultProxy::start(redis.port()).expect("a free port");
    // The process that invalidates is the one that is cut off.
    let storm = Storm::over(&proxy.url(), &redis.url()).await;
    storm.blow(300).await;
    for disturb in [
        &(|| proxy.latency(std::time::Duration::from_millis(60))) as &(dyn Fn() + Sync),
        &|| proxy.lose_replies(),
        &|| proxy.blackhole(),
        &|| proxy.reset(),
    ] {
        disturb();
        storm.blow(900).await;
        proxy.heal().expect("its port is still there");
        storm.blow(900).await;
    }
    storm.calm_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_redis_that_freezes_is_killed_and_starts_empty() {
    let mut redis = Redis::start().expect("redis-server is installed");
    let storm = Storm::over(&redis.url(), &redis.url()).await;
    storm.blow(300).await;
    redis.freeze().expect("the server is ours");
    storm.blow(900).await;
    redis.thaw().expect("the server is ours");
    storm.blow(2_000).await;
    redis.stop().expect("the server is ours");
    storm.blow(900).await;
    redis.restart().expect("the server is ours");
    storm.blow(500).await;
    storm.calm_down().await;
}
