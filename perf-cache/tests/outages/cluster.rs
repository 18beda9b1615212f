use testbed::RedisCluster;

use crate::storm::Storm;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_whose_primaries_freeze_and_die() {
    let mut cluster = RedisCluster::start().expect("redis-server is installed");
    let storm = Storm::over(&cluster.url(), &cluster.url()).await;
    storm.blow(500).await;
    let frozen = cluster.primary_of("storm:key:1:x").expect("the cluster answers");
    cluster.freeze(frozen).expect("the node is ours");
    storm.blow(700).await;
    cluster.thaw(frozen).expect("the node is ours");
    storm.blow(1_500).await;
    let killed = cluster.primary_of("storm:key:2:x").expect("the cluster answers");
    cluster.kill(killed).expect("the node is ours");
    cluster.await_new_primary("storm:key:2:x").expect("the replica takes over");
    storm.blow(2_000).await;
    storm.calm_down().await;
}
