use testbed::RedisSentinel;

use crate::storm::Storm;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_behind_sentinel_that_dies() {
    let mut redis = RedisSentinel::start().expect("redis-server is installed");
    let storm = Storm::over(&redis.url(), &redis.url()).await;
    storm.blow(500).await;
    redis.kill_primary().expect("the primary is ours");
    redis.await_failover().expect("the replica takes over");
    storm.blow(2_000).await;
    storm.calm_down().await;
}
