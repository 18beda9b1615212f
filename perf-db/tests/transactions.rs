//! A transaction lasts when it is committed and only then.

use futures_util::FutureExt;
use perf_db::{Db, DbErrorKind, Executor};
use testbed::Database;

/// A database with an empty table of fruit, behind a pool of one connection.
async fn fruit_shop() -> (Database, Db) {
    let database = testbed::database();
    database.sql("create table fruit (id int primary key)").unwrap();
    let db = Db::builder(database.url()).max_size(1);
    let db = db.build().await.unwrap();
    (database, db)
}

async fn count(db: &Db) -> i64 {
    let row = db.query_one("select count(*) from fruit", &[]).await;
    row.unwrap().get(0)
}

const INSERT: &str = "insert into fruit values ($1)";

#[tokio::test]
async fn a_commit_lasts() {
    let (_database, db) = fruit_shop().await;
    let transaction = db.transaction().await.unwrap();
    assert_eq!(transaction.execute(INSERT, &[&1]).await.unwrap(), 1);
    let found = transaction.query_opt("select id from fruit", &[]).await;
    assert!(found.unwrap().is_some());
    transaction.commit().await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn a_rollback_leaves_nothing() {
    let (_database, db) = fruit_shop().await;
    let transaction = db.transaction().await.unwrap();
    transaction.execute(INSERT, &[&1]).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(count(&db).await, 0);
}

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back_before_the_next_user_of_its_connection() {
    let (_database, db) = fruit_shop().await;
    let pid = "select pg_backend_pid()";
    for _ in 0..20 {
        let transaction = db.transaction().await.unwrap();
        transaction.execute(INSERT, &[&1]).await.unwrap();
        let before: i32 = transaction.query_one(pid, &[]).await.unwrap().get(0);
        drop(transaction);
        assert_eq!(count(&db).await, 0);
        let after: i32 = db.query_one(pid, &[]).await.unwrap().get(0);
        assert_eq!(before, after, "an idle transaction does not cost its connection");
    }
}

#[tokio::test]
async fn a_commit_after_a_failed_statement_is_an_error_and_leaves_nothing() {
    let (_database, db) = fruit_shop().await;
    let transaction = db.transaction().await.unwrap();
    transaction.execute(INSERT, &[&1]).await.unwrap();
    let error = transaction.execute(INSERT, &[&1]).await.unwrap_err();
    assert!(error.is_unique_violation());
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::RolledBack);
    assert_eq!(count(&db).await, 0);
}

#[tokio::test]
async fn a_failure_is_remembered_in_whatever_order_the_answers_are_read() {
    let (_database, db) = fruit_shop().await;
    let transaction = db.transaction().await.unwrap();
    transaction.execute(INSERT, &[&1]).await.unwrap();
    let (good, bad) = ("select $1::int / 1", "select 1 / $1::int");
    // Prepared beforehand, both are on their way with their first poll.
    for statement in [good, bad] {
        transaction.execute(statement, &[&1]).await.unwrap();
    }
    let mut good = Box::pin(transaction.execute(good, &[&1]));
    let mut bad = Box::pin(transaction.execute(bad, &[&0]));
    assert!(good.as_mut().now_or_never().is_none());
    assert!(bad.as_mut().now_or_never().is_none());
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    bad.await.unwrap_err();
    good.await.unwrap();
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::RolledBack);
    assert_eq!(count(&db).await, 0);
}

#[tokio::test]
async fn a_return_to_a_savepoint_makes_a_commit_possible_again() {
    let (_database, db) = fruit_shop().await;
    let transaction = db.transaction().await.unwrap();
    transaction.execute(INSERT, &[&1]).await.unwrap();
    transaction.execute("savepoint one", &[]).await.unwrap();
    transaction.execute(INSERT, &[&1]).await.unwrap_err();
    transaction.execute("rollback to savepoint one", &[]).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn statements_awaited_together_share_the_transaction() {
    let (_database, db) = fruit_shop().await;
    let transaction = db.transaction().await.unwrap();
    let both =
        tokio::try_join!(transaction.execute(INSERT, &[&1]), transaction.execute(INSERT, &[&2]),);
    assert_eq!(both.unwrap(), (1, 1));
    transaction.commit().await.unwrap();
    assert_eq!(count(&db).await, 2);
}
