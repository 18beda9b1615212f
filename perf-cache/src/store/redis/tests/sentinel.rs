//! Whether the primary that the sentinels name is the one that is used.

use testbed::RedisSentinel;

use super::*;
use crate::store::{Change, Notice, Store as _};

async fn watched(sentinel: &RedisSentinel) -> Arc<RedisStore> {
    let settings =
        RedisSettings { prefix: PREFIX.to_owned(), tracking: false, ..RedisSettings::default() };
    Arc::new(RedisStore::connect(&sentinel.url(), settings).await.expect("a store"))
}

async fn hears_itself(store: &RedisStore, receiver: &mut mpsc::Receiver<Heard>) {
    let key = format!("key {}", fastrand::u64(..));
    let told = Heard::Notice(Notice { ticket: TICKET, change: Change::Key(key.as_str().into()) });
    until(async || {
        let _ = store.remove(&key, TICKET).await;
        let mut soon = tokio::time::timeout(Duration::from_millis(50), receiver.recv()).await;
        while let Ok(Some(what)) = &soon {
            if *what == told {
                return true;
            }
            soon = tokio::time::timeout(Duration::from_millis(50), receiver.recv()).await;
        }
        false
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_primary_is_followed_when_the_old_one_is_gone() {
    let mut sentinel = RedisSentinel::start().expect("a watched pair");
    let store = watched(&sentinel).await;
    let mut receiver = listening(&store).await;
    hears_itself(&store, &mut receiver).await;
    sentinel.kill_primary().expect("killed");
    assert_eq!(heard(&mut receiver).await, Heard::Broken);
    sentinel.await_failover().expect("a new primary");
    until(async || store.lease("tea", LONG).await.is_ok()).await;
    let held = sentinel.command_on_primary(&["EXISTS", "shop:tea"]).expect("an answer");
    assert_eq!(held.integer(), Some(1));
    hears_itself(&store, &mut receiver).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_primary_that_still_takes_writes_is_left_at_once() {
    let mut sentinel = RedisSentinel::start().expect("a watched pair");
    let store = watched(&sentinel).await;
    let mut receiver = listening(&store).await;
    let old = sentinel.primary_port();
    // The sentinels take about ten seconds to demote it; here they never can.
    for command in ["-slaveof", "-replicaof"] {
        let forbid = ["ACL", "SETUSER", "default", command];
        sentinel.command_on_primary(&forbid).expect("a right less");
    }
    let port = sentinel.sentinel_ports()[0];
    let url = format!("redis://127.0.0.1:{port}/");
    let client = redis::Client::open(url).expect("the URL of a sentinel");
    let mut asking = client.get_multiplexed_async_connection().await.expect("a connection");
    let mut failover = redis::cmd("SENTINEL");
    failover.arg("FAILOVER").arg(name(&sentinel));
    failover.exec_async(&mut asking).await.expect("a failover");
    sentinel.await_failover().expect("a new primary");
    assert_ne!(sentinel.primary_port(), old);
    assert_eq!(heard(&mut receiver).await, Heard::Broken);
    assert_eq!(heard(&mut receiver).await, Heard::Opened);
    let url = format!("redis://127.0.0.1:{old}/");
    let client = redis::Client::open(url).expect("the URL of the old primary");
    let mut old = client.get_multiplexed_async_connection().await.expect("a connection");
    until(async || {
        store.lease("tea", LONG).await.expect("a lease");
        let held = sentinel.command_on_primary(&["EXISTS", "shop:tea"]).expect("an answer");
        held.integer() == Some(1)
    })
    .await;
    // It would have taken the write as well.
    let role: Vec<redis::Value> = redis::cmd("ROLE").query_async(&mut old).await.expect("a role");
    let role: String = redis::from_redis_value_ref(&role[0]).expect("a name");
    assert_eq!(role, "master");
    hears_itself(&store, &mut receiver).await;
}

/// The name of the primary, which ends the URL.
fn name(sentinel: &RedisSentinel) -> String {
    let url = sentinel.url();
    url.rsplit('/').next().expect("a name").to_owned()
}
