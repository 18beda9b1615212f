//! Waiting for a connection ends in time and is recorded, however it ends.

use std::time::Duration;

use perf_core::{Label, Recorder};
use perf_db::{Db, Executor};
use tokio::time::timeout;

/// Long enough to connect on a busy machine: the time bounds that too.
async fn single(url: &str) -> Db {
    Db::builder(url)
        .name("shop")
        .max_size(1)
        .acquire_timeout(Duration::from_millis(500))
        .build()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_pool_whose_connections_are_all_in_use_says_so_in_time() {
    let database = testbed::database();
    let db = single(database.url()).await;
    let held = db.transaction().await.unwrap();
    let error = db.query("select 1", &[]).await.unwrap_err();
    assert!(error.is_timeout());
    let text = error.to_string();
    let sentence = "no connection became free within 500ms, all 1 are in use: raise max_size, or \
                    end what holds them so long; held by perf-db/tests/acquire_timeout.rs:";
    assert!(text.starts_with(sentence), "{text}");
    assert!(text.contains(" ms, idle in transaction for "), "{text}");
    drop(held);
    db.query("select 1", &[]).await.unwrap();
}

#[tokio::test]
async fn every_checkout_is_recorded_with_its_end() {
    let database = testbed::database();
    let db = single(database.url()).await;
    let recorder = Recorder::builder().build();
    let work = async {
        let held = db.transaction().await.unwrap();
        db.query("select 1", &[]).await.unwrap_err();
        let given_up = timeout(Duration::from_millis(5), db.query("select 1", &[]));
        given_up.await.unwrap_err();
        held.commit().await.unwrap();
        db.query("select 1", &[]).await.unwrap();
    };
    let ((), work) = recorder.scope(Label::job("test")).run(work).await;

    let snapshot = recorder.snapshot();
    let pool = &snapshot.pools[0];
    assert_eq!(pool.pool, "shop");
    assert_eq!(pool.wait.count, 4);
    assert_eq!((pool.errors, pool.cancelled), (1, 1));
    assert_eq!((pool.in_use, pool.max_size), (1, 1));
    assert!(work.pool_time() >= Duration::from_millis(505));
    assert_eq!(work.queries(), 3, "begin, commit and the last query");
}

#[tokio::test]
async fn the_wait_is_no_part_of_the_statement() {
    let database = testbed::database();
    let db = Db::builder(database.url()).max_size(1);
    let db = db.build().await.unwrap();
    let scope = Recorder::builder().build().scope(Label::job("test"));
    let held = db.query("select pg_sleep(0.3)", &[]);
    let waiting = async { tokio::join!(biased; held, db.query("select 1", &[])) };
    let ((first, second), work) = scope.run(waiting).await;
    first.unwrap();
    second.unwrap();
    let quick = &work.query_groups()[1];
    assert_eq!(quick.fingerprint().text(), "select ?");
    assert!(quick.time() < Duration::from_millis(200), "{:?}", quick.time());
    assert!(work.pool_time() >= Duration::from_millis(200));
}
