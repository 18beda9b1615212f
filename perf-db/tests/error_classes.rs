//! Errors by what a caller can do about them.

use std::time::Duration;

use perf_db::{Db, DbErrorKind, Executor};
use testbed::Database;

async fn single() -> (Database, Db) {
    let database = testbed::database();
    let db = Db::builder(database.url()).max_size(1).build().await.unwrap();
    (database, db)
}

async fn pid(db: &Db) -> i32 {
    db.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn each_code_has_its_kind_and_the_fatal_ones_cost_the_connection() {
    use DbErrorKind::{Cancelled, Conflict, Connection, Constraint, Statement, Timeout};
    let (_database, db) = single().await;
    // Code, kind, is retryable, costs the connection.
    let cases = [
        ("40001", Conflict, true, false),
        ("40P01", Conflict, true, false),
        ("40003", Statement, false, false),
        ("25006", Statement, true, true),
        ("57P01", Connection, true, true),
        ("57P02", Connection, true, true),
        ("57P03", Connection, true, true),
        ("08000", Connection, true, true),
        ("08006", Connection, true, true),
        ("08P01", Connection, true, true),
        ("25P03", Timeout, false, true),
        ("57P05", Timeout, false, true),
        ("55P03", Timeout, false, false),
        ("57014", Cancelled, false, false),
        ("23502", Constraint, false, false),
        ("23503", Constraint, false, false),
        ("23505", Constraint, false, false),
        ("23514", Constraint, false, false),
        ("23P01", Constraint, false, false),
        ("22012", Statement, false, false),
        ("42501", Statement, false, false),
        ("53100", Statement, false, false),
    ];
    for (code, kind, is_retryable, is_fatal) in cases {
        let before = pid(&db).await;
        let sql = format!("do $$ begin raise exception 'no' using errcode = '{code}'; end $$");
        let error = db.execute(sql, &[]).await.unwrap_err();
        assert_eq!(error.code(), Some(code));
        assert_eq!(error.kind(), kind, "{code}");
        assert_eq!(error.is_retryable(), is_retryable, "{code}");
        assert_eq!(pid(&db).await != before, is_fatal, "{code}");
    }
}

#[tokio::test]
async fn the_limits_of_the_server_are_timeouts() {
    let (database, db) = single().await;
    database.sql("create table fruit (id int)").unwrap();
    let session = db.session().await.unwrap();
    session.execute("set statement_timeout = '20ms'", &[]).await.unwrap();
    let error = session.query("select pg_sleep(60)", &[]).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    session.execute("set statement_timeout = 0", &[]).await.unwrap();

    let other = Db::connect(database.url()).await.unwrap();
    let holder = other.transaction().await.unwrap();
    holder.execute("lock table fruit", &[]).await.unwrap();
    session.execute("set lock_timeout = '20ms'", &[]).await.unwrap();
    let error = session.query("select * from fruit", &[]).await.unwrap_err();
    assert_eq!(error.code(), Some("55P03"));
    assert!(error.is_timeout(), "{error:?}");

    session.execute("set idle_session_timeout = '20ms'", &[]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let error = session.query("select 1", &[]).await.unwrap_err();
    assert!(error.is_timeout() || error.is_connection(), "{error:?}");
    drop(session);
    pid(&db).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_an_operator_cancels_is_cancelled() {
    let (database, db) = single().await;
    let before = pid(&db).await;
    let sleeper = tokio::spawn({
        let db = db.clone();
        async move { db.query("select pg_sleep(60)", &[]).await }
    });
    let cancel = format!(
        "select count(pg_cancel_backend(pid)) from pg_stat_activity \
         where pid = {before} and state = 'active' and query = 'select pg_sleep(60)'"
    );
    while database.sql(&cancel).unwrap() != "1" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let error = sleeper.await.unwrap().unwrap_err();
    assert!(error.is_cancelled(), "{error:?}");
    assert_eq!(pid(&db).await, before);
}

#[tokio::test]
async fn a_broken_constraint_is_named() {
    let (database, db) = single().await;
    database.sql("create table fruit (price int constraint positive check (price > 0))").unwrap();
    let error = db.execute("insert into fruit values (-1)", &[]).await.unwrap_err();
    assert!(error.is_constraint());
    assert_eq!(error.constraint(), Some("positive"));
}
