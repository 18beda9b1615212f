//! What Redis says of its memory, and what it may keep to itself.

use testbed::Redis;

use super::*;
use crate::store::{Node, Store as _};

const MIB: u64 = 1024 * 1024;

async fn one(store: &RedisStore) -> Node {
    let mut nodes = store.nodes().await.expect("Redis answers");
    assert_eq!(nodes.len(), 1);
    nodes.remove(0)
}

#[tokio::test]
async fn a_server_tells_its_limit_its_policy_and_what_it_uses_and_evicts() {
    let settings = [("maxmemory", "4mb"), ("maxmemory-policy", "allkeys-lfu")];
    let server = Redis::start_with(&settings).expect("a private Redis");
    let store = store(&server).await;
    let before = one(&store).await;
    let told = &before.told;
    assert_eq!((told.max_bytes, told.eviction_policy.as_str()), (4 * MIB, "allkeys-lfu"));
    assert_eq!((&told.address, told.evicted_keys, told.evicted_per_minute), (&None, 0, None));
    assert!((100_000..4 * MIB).contains(&told.used_bytes), "{told:?}");
    assert!(told.resident_bytes > MIB && told.system_bytes > 64 * MIB, "{told:?}");
    assert!(!before.run.is_empty());

    let value = "x".repeat(64 * 1024);
    for key in 0..100 {
        server.command(&["SET", &format!("key {key}"), &value]).expect("it evicts");
    }
    server.command(&["GET", "key 99"]).expect("it is there");
    server.command(&["EXISTS", "key"]).expect("it answers");
    let after = one(&store).await;
    assert_eq!(after.run, before.run);
    assert!(after.told.evicted_keys > 20, "{after:?}");
    assert!(after.told.used_bytes > 3 * MIB, "{after:?}");
    assert!(after.told.keyspace_hits > told.keyspace_hits, "{after:?}");
}

#[tokio::test]
async fn a_server_that_starts_again_is_another_run() {
    let mut server = server();
    let store = store(&server).await;
    let before = one(&store).await;
    assert_eq!((before.told.max_bytes, before.told.eviction_policy.as_str()), (0, "noeviction"));
    server.stop().expect("stopped");
    store.nodes().await.expect_err("nobody answers");
    server.restart().expect("started");
    until(async || store.nodes().await.is_ok()).await;
    assert_ne!(one(&store).await.run, before.run);
}

#[tokio::test]
async fn a_user_who_may_not_ask_knows_nothing_and_that_is_no_error() {
    let server = server();
    let rights = ["ACL", "SETUSER", "me", "on", ">secret", "~*", "&*", "+@all", "-info"];
    server.command(&rights).expect("a user");
    let url = server.url().replace("redis://", "redis://me:secret@");
    let settings = RedisSettings { prefix: PREFIX.to_owned(), ..RedisSettings::default() };
    let store = RedisStore::connect(&url, settings).await.expect("a store");
    assert_eq!(store.nodes().await.expect("no error"), []);
}

#[cfg(feature = "cluster")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_primary_of_a_cluster_tells_of_itself_and_where_it_is() {
    let cluster = testbed::RedisCluster::start().expect("a cluster");
    cluster.command_on(1, &["CONFIG", "SET", "maxmemory", "64mb"]).expect("a limit");
    let settings = RedisSettings { prefix: PREFIX.to_owned(), ..RedisSettings::default() };
    let store = RedisStore::connect(&cluster.url(), settings).await.expect("a store");
    let told = store.nodes().await.expect("they answer");
    let mut found: Vec<_> =
        told.into_iter().map(|node| (node.told.address, node.told.max_bytes)).collect();
    found.sort();
    let limits = [0, 64 * MIB, 0];
    let ports = cluster.ports().into_iter().map(|port| Some(format!("127.0.0.1:{port}")));
    let mut expected: Vec<_> = ports.zip(limits).collect();
    expected.sort();
    assert_eq!(found, expected);

    for node in 0..6 {
        let rights = ["ACL", "SETUSER", "default", "-info"];
        cluster.command_on(node, &rights).expect("a user without the right");
    }
    assert_eq!(store.nodes().await.expect("no error"), []);
    let sweep = store.sweep("*", crate::store::Sweep::default(), 100).await;
    let sweep = sweep.expect("it goes without the run");
    assert!(sweep.begun && sweep.cursors.is_empty(), "{sweep:?}");
}
