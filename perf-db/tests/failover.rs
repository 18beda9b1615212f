//! The primary goes away and a replica is promoted: writes find it, and nothing written is unseen.

use std::time::Duration;

use perf_db::{Db, Executor};
use testbed::PostgresReplicas;
use tokio::time::{sleep, timeout};

async fn connected(servers: &PostgresReplicas) -> Db {
    let db = Db::builder(&servers.primary().url())
        .replica(servers.replica(0).url())
        .replica(servers.replica(1).url())
        .acquire_timeout(Duration::from_secs(60));
    db.build().await.unwrap()
}

/// Inserts until it succeeds; the port of the server that took it.
async fn write(db: &Db) -> i32 {
    let sql = "insert into fruit values (1) returning inet_server_port()";
    let write = async {
        loop {
            match db.query_one(sql, &[]).await {
                Ok(row) => return row.get(0),
                Err(error) => {
                    assert!(error.is_connection() || error.is_failover(), "{error}");
                    sleep(Duration::from_millis(20)).await;
                }
            }
        }
    };
    timeout(Duration::from_secs(60), write).await.expect("a server should take the write")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_find_the_promoted_replica_also_when_the_old_primary_comes_back() {
    let mut servers = PostgresReplicas::start(2).unwrap();
    servers.primary().sql("create table fruit (id int)").unwrap();
    servers.caught_up().unwrap();
    let db = connected(&servers).await;
    let old = i32::from(servers.primary().port());
    let promoted = i32::from(servers.replica(0).port());
    assert_eq!(write(&db).await, old);
    servers.caught_up().unwrap();

    servers.kill_primary().unwrap();
    servers.promote(0).unwrap();
    assert_eq!(write(&db).await, promoted);
    let reader = db.read();
    let found = reader.query_one("select count(*) from fruit", &[]).await.unwrap();
    assert!(found.get::<_, i64>(0) >= 1);

    // Now two servers take writes, and the one that was given up is the first in the settings.
    servers.restart_primary().unwrap();
    for _ in 0..200 {
        assert_eq!(write(&db).await, promoted);
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_waits_for_a_new_primary_and_a_pool_never_stays_with_a_demoted_one() {
    let mut servers = PostgresReplicas::start(2).unwrap();
    servers.primary().sql("create table fruit (id int)").unwrap();
    servers.caught_up().unwrap();
    let db = connected(&servers).await;
    write(&db).await;
    servers.caught_up().unwrap();
    servers.stop_primary().unwrap();
    let waiting = tokio::spawn({
        let db = db.clone();
        async move { write(&db).await }
    });
    sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished());
    servers.promote(1).unwrap();
    assert_eq!(waiting.await.unwrap(), i32::from(servers.replica(1).port()));
    // The old primary comes back as a replica of the new one, where its sessions refuse writes.
    servers.rejoin_primary(1).unwrap();
    for _ in 0..50 {
        assert_eq!(write(&db).await, i32::from(servers.replica(1).port()));
    }
}
