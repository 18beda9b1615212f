//! Rows one by one: in little memory, cancelled when nobody takes them, counted at the end.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use perf_core::{Label, Recorder};
use perf_db::{Db, DbErrorKind, Executor};
use testbed::{Database, FaultProxy};
use tokio::time::{sleep, timeout};

async fn single(database: &Database) -> Db {
    Db::builder(database.url()).max_size(1).build().await.unwrap()
}

async fn pid(db: &Db) -> i32 {
    let answer = timeout(Duration::from_secs(20), db.query_one("select pg_backend_pid()", &[]));
    answer.await.expect("a connection should be free").unwrap().get(0)
}

const COUNT: &str = "select n, repeat('x', 1000) from generate_series(1, $1) n";

#[tokio::test]
async fn all_rows_come_in_order_and_the_connection_goes_back() {
    let database = testbed::database();
    let db = single(&database).await;
    let before = pid(&db).await;
    let mut rows = db.stream(COUNT, &[&10_000]).await.unwrap();
    let mut expected = 0;
    while let Some(row) = rows.try_next().await.unwrap() {
        expected += 1;
        assert_eq!(row.get::<_, i32>(0), expected);
    }
    assert_eq!(expected, 10_000);
    assert!(rows.next().await.is_none(), "the end should stay the end");
    // Also while the stream, which has ended, is still there.
    assert_eq!(pid(&db).await, before);
}

/// A gigabyte, of which the server can send only what the sockets hold.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_is_read_no_faster_than_rows_are_taken() {
    let database = testbed::database();
    let db = single(&database).await;
    let mut rows = db.stream(COUNT, &[&1_000_000]).await.unwrap();
    for _ in 0..10 {
        rows.next().await.unwrap().unwrap();
    }
    // It waits for its client: for that the sockets must be full and nobody read on.
    let waits = "select count(*) from pg_stat_activity where datname = current_database() \
                 and wait_event = 'ClientWrite'";
    let until_it_waits = async {
        while database.sql(waits).unwrap() != "1" {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), until_it_waits).await.expect("the server should wait");
    drop(rows);
    pid(&db).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_dropped_half_way_is_cancelled_and_recorded_with_what_was_taken() {
    let database = testbed::database();
    let db = single(&database).await;
    let before = pid(&db).await;
    let recorder = Recorder::builder().build();
    let scope = recorder.scope(Label::job("test"));
    scope
        .run(async {
            let mut rows = db.stream(COUNT, &[&10_000_000]).await.unwrap();
            for _ in 0..7 {
                rows.next().await.unwrap().unwrap();
            }
        })
        .await;
    assert_ne!(pid(&db).await, before);
    let running = "select count(*) from pg_stat_activity where datname = current_database() \
                   and state = 'active' and query like '%generate_series%' \
                   and pid <> pg_backend_pid()";
    assert_eq!(database.sql(running).unwrap(), "0");
    let query = &recorder.snapshot().queries[0];
    assert_eq!((query.duration.count, query.cancelled, query.rows), (1, 1, 7));
}

#[tokio::test]
async fn a_stream_counts_its_rows_at_the_end() {
    let database = testbed::database();
    let db = single(&database).await;
    let recorder = Recorder::builder().build();
    let scope = recorder.scope(Label::job("test"));
    let sql = "select 10 / (5 - n) from generate_series(1, $1) n";
    scope
        .run(async {
            let rows = db.stream(sql, &[&4]).await.unwrap();
            assert_eq!(rows.count().await, 4);
        })
        .await;
    let query = &recorder.snapshot().queries[0];
    assert_eq!((query.duration.count, query.errors, query.rows), (1, 0, 4));
}

#[tokio::test]
async fn an_error_after_some_rows_is_the_last_item() {
    let database = testbed::database();
    let db = single(&database).await;
    let before = pid(&db).await;
    let sql = "select 10 / (5 - n) from generate_series(1, $1) n";
    let rows = db.stream(sql, &[&9]).await.unwrap();
    let items: Vec<_> = rows.collect().await;
    assert_eq!(items.len(), 5);
    assert_eq!(items[4].as_ref().unwrap_err().code(), Some("22012"));
    assert_eq!(pid(&db).await, before);
    let error = db.stream("select * from nowhere", &[]).await.unwrap_err();
    assert_eq!(error.code(), Some("42P01"));
    let error = db.read().stream("delete from fruit", &[]).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::ReadOnly);
    let session = db.session().await.unwrap();
    let error = session.stream("begin", &[]).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Misplaced);
}

#[tokio::test]
async fn a_stream_of_a_transaction_belongs_to_it() {
    let database = testbed::database();
    database.sql("create table fruit (id int)").unwrap();
    let db = single(&database).await;
    let transaction = db.transaction().await.unwrap();
    let insert = "insert into fruit select generate_series(1, 5) returning id";
    let rows = transaction.stream(insert, &[]).await.unwrap();
    assert_eq!(rows.count().await, 5);
    let fails = "select 1 / (3 - id) from fruit";
    let rows = transaction.stream(fails, &[]).await.unwrap();
    assert_eq!(rows.filter(|row| std::future::ready(row.is_err())).count().await, 1);
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::RolledBack);

    let transaction = db.transaction().await.unwrap();
    drop(transaction.stream(COUNT, &[&1_000_000]).await.unwrap());
    let error = transaction.query("select 1", &[]).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Abandoned);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_heals_after_a_migration() {
    let database = testbed::database();
    database.sql("create table fruit (id int)").unwrap();
    database.sql("insert into fruit values (1)").unwrap();
    let db = single(&database).await;
    let fruit = || async {
        let rows = db.stream("select * from fruit", &[]).await.unwrap();
        rows.try_collect::<Vec<_>>().await.unwrap()
    };
    fruit().await;
    database.sql("alter table fruit alter column id type text").unwrap();
    assert_eq!(fruit().await[0].get::<_, &str>(0), "1");
}

/// A round trip takes so long that what is counted is round trips, on a busy machine too.
const LATENCY: Duration = Duration::from_millis(200);

async fn far_away(database: &Database) -> (FaultProxy, Db) {
    let (_, rest) = database.url().rsplit_once(':').unwrap();
    let port = rest.split('/').next().unwrap();
    let proxy = FaultProxy::start(port.parse().unwrap()).unwrap();
    let url = database.url().replace(&format!(":{port}/"), &format!(":{}/", proxy.port()));
    let db = Db::builder(&url).max_size(1).build().await.unwrap();
    proxy.latency(LATENCY);
    (proxy, db)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_awaited_together_share_a_round_trip() {
    let database = testbed::database();
    let (_proxy, db) = far_away(&database).await;
    let session = db.session().await.unwrap();
    let statement = "select $1::int";
    session.query(statement, &[&0]).await.unwrap();
    let round_trips =
        |started: std::time::Instant| started.elapsed().as_secs_f64() / LATENCY.as_secs_f64();

    let started = std::time::Instant::now();
    let numbers: Vec<i32> = (0..20).collect();
    let asked = numbers.iter().map(|number| async {
        let number: &(dyn perf_db::ToSql + Sync) = number;
        session.query_one(statement, &[number]).await.unwrap().get::<_, i32>(0)
    });
    assert_eq!(futures_util::future::join_all(asked).await, numbers);
    // One, and room for a machine that does other things; one after the other they take twenty.
    assert!(round_trips(started) < 10.0, "{} round trips", round_trips(started));
    drop(session);

    let transaction = db.transaction().await.unwrap();
    let started = std::time::Instant::now();
    let asked = numbers.iter().map(|number| async {
        let number: &(dyn perf_db::ToSql + Sync) = number;
        transaction.query_one(statement, &[number]).await.unwrap().get::<_, i32>(0)
    });
    assert_eq!(futures_util::future::join_all(asked).await, numbers);
    assert!(round_trips(started) < 10.0, "{} round trips", round_trips(started));

    let started = std::time::Instant::now();
    for number in &numbers[..5] {
        transaction.query_one(statement, &[number]).await.unwrap();
    }
    assert!(round_trips(started) >= 5.0, "the clock of this test should count round trips");
}
