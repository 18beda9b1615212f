//! Whether a cluster is one store, also after one of its primaries is gone.

use std::collections::BTreeSet;

use testbed::RedisCluster;

use super::*;
use crate::fence::TagId;
use crate::store::{Base, Change, Found, Generation, Lease, Store as _, Sweep};

async fn join(cluster: &RedisCluster) -> Arc<RedisStore> {
    let settings =
        RedisSettings { prefix: PREFIX.to_owned(), tracking: false, ..RedisSettings::default() };
    Arc::new(RedisStore::connect(&cluster.url(), settings).await.expect("a store"))
}

async fn sweep_all(store: &RedisStore, pattern: &str, mut sweep: Sweep) -> Sweep {
    until(async || {
        // A cluster that has just changed refuses some commands.
        if let Ok(next) = store.sweep(pattern, sweep.clone(), 50).await {
            sweep = next;
        }
        sweep.begun && sweep.cursors.is_empty()
    })
    .await;
    sweep
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_tags_in_all_slots_are_one_store() {
    let cluster = RedisCluster::start().expect("a cluster");
    let (one, two) = (join(&cluster).await, join(&cluster).await);
    let mut listeners = [listening(&one).await, listening(&two).await];
    let keys: Vec<String> = (0..300).map(|key| format!("key {key}")).collect();
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    for key in &names {
        one.remove(key, TICKET).await.expect("a removal");
        let lease = one.lease(key, LONG).await.expect("a lease");
        let Lease::Load { generation, first: true, .. } = lease else {
            panic!("{key} is there: {lease:?}");
        };
        let base = Base::Placeholder(generation);
        assert!(two.publish(key, &base, key.as_bytes(), LONG).await.expect("a publish"));
    }
    for receiver in &mut listeners {
        // Different nodes tell in an order of their own.
        let mut told = BTreeSet::new();
        for _ in &names {
            match heard(receiver).await {
                Heard::Notice(notice) => match notice.change {
                    Change::Key(key) => told.insert(key.to_string()),
                    change => panic!("{change:?} was told"),
                },
                what => panic!("{what:?} was heard"),
            };
        }
        assert!(told.iter().eq(keys.iter().collect::<BTreeSet<_>>()));
    }
    let found = one.read(&names).await.expect("a read");
    let values = keys.iter().map(|key| Found::Value(key.clone().into_bytes()));
    assert!(found.into_iter().eq(values));

    let tags: Vec<TagId> = (0..30).map(|tag| TagId::of(&format!("tag {tag}"))).collect();
    let before = one.tags(&tags, LONG).await.expect("all tags");
    let version = one.invalidate_tag(tags[20], LONG, TICKET).await.expect("a version");
    let after = two.tags(&tags, LONG).await.expect("all tags");
    for (before, after) in before.iter().zip(&after) {
        let invalidated = after.current.tag == tags[20];
        assert_eq!(before.current.tag, after.current.tag);
        assert_eq!(before == after, !invalidated);
    }
    assert_eq!(after[20].invalidated, version);

    one.reopen("another", Generation::new(), LONG, TICKET).await.expect("opened");
    let first = one.sweep("key *", Sweep::default(), 50).await.expect("a step");
    assert_eq!(first.cursors.len(), 3, "{first:?}");
    assert_eq!(sweep_all(&one, "key *", first).await.removed, 300);
    let found = one.read(&names).await.expect("a read");
    assert!(found.iter().all(|found| *found == Found::Nothing));
    let another = one.read(&["another"]).await.expect("a read");
    assert!(matches!(another[..], [Found::Placeholder(_)]), "{another:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_takes_over_is_written_heard_and_swept() {
    let mut cluster = RedisCluster::start().expect("a cluster");
    let store = join(&cluster).await;
    let mut receiver = listening(&store).await;
    let keys: Vec<String> = (0..300).map(|key| format!("key {key}")).collect();
    for key in &keys {
        store.lease(key, LONG).await.expect("a lease");
    }
    let half = store.sweep("key *", Sweep::default(), 20).await.expect("a step");
    assert!(half.removed < 300 && !half.cursors.is_empty(), "{half:?}");

    let old = cluster.primary_of("shop:key 1").expect("a primary");
    cluster.kill(old).expect("killed");
    cluster.await_new_primary("shop:key 1").expect("a new primary");
    until(async || store.lease("key 1", LONG).await.is_ok()).await;
    // What was swept is not counted again, and nothing that matches is left.
    sweep_all(&store, "key *", half).await;
    for key in &keys {
        assert_eq!(store.read(&[key]).await.expect("a read"), [Found::Nothing], "{key}");
    }

    // Whoever listened at the node that is gone is told, and hears again.
    while let Ok(what) = receiver.try_recv() {
        assert!(matches!(what, Heard::Broken | Heard::Opened), "{what:?}");
    }
    until(async || {
        store.remove("last", TICKET).await.expect("a removal");
        let soon = tokio::time::timeout(Duration::from_millis(50), receiver.recv()).await;
        matches!(soon, Ok(Some(Heard::Notice(_))))
    })
    .await;
}

#[tokio::test]
async fn tracking_and_databases_are_refused_on_a_cluster() {
    let settings =
        RedisSettings { prefix: PREFIX.to_owned(), tracking: true, ..RedisSettings::default() };
    let url = "redis+cluster://127.0.0.1:1";
    let error = RedisStore::connect(url, settings.clone()).await.expect_err("tracking");
    assert!(matches!(error, crate::BuildError::RedisUnusable { .. }), "{error:?}");
    let error = RedisStore::connect(&format!("{url}/7"), settings).await.expect_err("a database");
    assert!(matches!(error, crate::BuildError::RedisUrl { .. }), "{error:?}");
}
