//! A migration changes a table while its statements are prepared on many connections.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use perf_core::{Label, Recorder};
use perf_db::{Db, Executor};
use testbed::Database;
use tokio::task::JoinSet;

async fn fruit_shop(connections: usize) -> (Database, Db) {
    let database = testbed::database();
    database.sql("create table fruit (id int, price int)").unwrap();
    database.sql("insert into fruit select n, n from generate_series(1, 20) n").unwrap();
    let db = Db::builder(database.url()).max_size(connections).build().await.unwrap();
    (database, db)
}

#[tokio::test]
async fn a_statement_whose_answer_has_changed_is_prepared_again_and_counts_once() {
    let (database, db) = fruit_shop(1).await;
    let fruit = || db.query("select * from fruit", &[]);
    fruit().await.unwrap();
    database.sql("alter table fruit alter column price type text").unwrap();
    let recorder = Recorder::builder().build();
    let scope = recorder.scope(Label::job("test"));
    let (rows, _) = scope.run(fruit()).await;
    let rows = rows.unwrap();
    let prices: i32 = rows.iter().map(|row| row.get::<_, &str>(1).parse::<i32>().unwrap()).sum();
    assert_eq!(prices, 210);
    let snapshot = recorder.snapshot();
    assert_eq!((snapshot.queries[0].duration.count, snapshot.queries[0].errors), (1, 0));
}

#[tokio::test]
async fn a_statement_that_the_server_has_closed_is_prepared_again() {
    let (_database, db) = fruit_shop(1).await;
    let insert = || db.execute("insert into fruit values (21, 21)", &[]);
    insert().await.unwrap();
    for _ in 0..3 {
        db.execute("deallocate all", &[]).await.unwrap();
        assert_eq!(insert().await.unwrap(), 1);
    }
    let count = db.query_one("select count(*) from fruit", &[]).await.unwrap();
    assert_eq!(count.get::<_, i64>(0), 24);
    // Still under names: one lost name at a time is no sign of a pooler.
    let names = "select count(*) from pg_prepared_statements";
    assert!(db.query_one(names, &[]).await.unwrap().get::<_, i64>(0) > 0);
}

#[tokio::test]
async fn a_session_heals_too_and_a_transaction_fails_and_can_be_begun_again() {
    let (database, db) = fruit_shop(1).await;
    let fruit = "select * from fruit";
    db.query(fruit, &[]).await.unwrap();
    database.sql("alter table fruit alter column price type text").unwrap();
    let session = db.session().await.unwrap();
    session.query(fruit, &[]).await.unwrap();
    database.sql("alter table fruit alter column price type int using price::int").unwrap();
    session.execute("begin", &[]).await.unwrap();
    let error = session.query(fruit, &[]).await.unwrap_err();
    assert_eq!(error.code(), Some("0A000"));
    session.execute("rollback", &[]).await.unwrap();
    session.query(fruit, &[]).await.unwrap();
    drop(session);

    database.sql("alter table fruit alter column price type text").unwrap();
    let transaction = db.transaction().await.unwrap();
    let error = transaction.query(fruit, &[]).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    drop(transaction);
    let transaction = db.transaction().await.unwrap();
    transaction.query(fruit, &[]).await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_a_column_changes_its_type_again_and_again() {
    static DONE: AtomicBool = AtomicBool::new(false);
    static ANSWERS: AtomicU64 = AtomicU64::new(0);
    let (database, db) = fruit_shop(4).await;
    let mut load = JoinSet::new();
    for task in 0..8 {
        let db = db.clone();
        load.spawn(async move {
            while !DONE.load(Ordering::Relaxed) {
                match task % 4 {
                    0 => drop(db.query("select * from fruit where id > $1", &[&3]).await.unwrap()),
                    1 => drop(
                        db.read().query_opt("select * from fruit where id = 7", &[]).await.unwrap(),
                    ),
                    2 => {
                        let sql = "update fruit set id = id where id = $1 returning *";
                        db.query_one(sql, &[&task]).await.unwrap();
                    }
                    _ => {
                        let session = db.session().await.unwrap();
                        session.query("select * from fruit", &[]).await.unwrap();
                    }
                }
                ANSWERS.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    for turn in 0..12 {
        let type_ = ["text", "bigint", "int"][turn % 3];
        let sql = format!("alter table fruit alter column price type {type_} using price::{type_}");
        let seen = ANSWERS.load(Ordering::Relaxed);
        tokio::task::block_in_place(|| database.sql(&sql)).unwrap();
        while ANSWERS.load(Ordering::Relaxed) < seen + 40 && !load.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            if let Some(ended) = load.try_join_next() {
                ended.unwrap();
            }
        }
    }
    DONE.store(true, Ordering::Relaxed);
    while let Some(task) = load.join_next().await {
        task.unwrap();
    }
}
