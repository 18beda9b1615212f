//! A transaction that was begun by its text never reaches another user of the connection.

use perf_db::{Db, DbErrorKind, Executor};
use testbed::Database;

async fn fruit_shop() -> (Database, Db) {
    let database = testbed::database();
    database.sql("create table fruit (id int primary key)").unwrap();
    let db = Db::builder(database.url()).max_size(1).build().await.unwrap();
    (database, db)
}

const INSERT: &str = "insert into fruit values ($1)";

async fn count(db: &Db) -> i64 {
    db.query_one("select count(*) from fruit", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_pool_refuses_them_before_they_are_sent() {
    let (_database, db) = fruit_shop().await;
    for sql in ["begin", "START TRANSACTION", "commit", "rollback", "prepare transaction 'one'"] {
        for refused in [
            db.execute(sql, &[]).await,
            db.write().execute(sql, &[]).await,
            db.read().execute(sql, &[]).await,
        ] {
            let error = refused.unwrap_err();
            assert_eq!(error.kind(), DbErrorKind::Misplaced);
            assert!(error.to_string().contains("call transaction()"), "{error}");
        }
    }
    let transaction = db.transaction().await.unwrap();
    let error = transaction.execute("commit", &[]).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Misplaced);
    transaction.execute(INSERT, &[&1]).await.unwrap();
    transaction.execute("savepoint one", &[]).await.unwrap();
    transaction.execute(INSERT, &[&2]).await.unwrap();
    transaction.execute("rollback to one", &[]).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn a_session_that_is_dropped_with_one_open_rolls_it_back() {
    let (database, db) = fruit_shop().await;
    for (begin, end) in [
        ("begin", "select 1"),
        ("start transaction", "rollback to nowhere"),
        ("begin", "commit and chain"),
        ("begin", "select no_such_function()"),
    ] {
        let session = db.session().await.unwrap();
        session.execute(begin, &[]).await.unwrap();
        if end == "commit and chain" {
            session.execute(end, &[]).await.unwrap();
        }
        session.execute(INSERT, &[&1]).await.unwrap();
        if end != "commit and chain" {
            _ = session.execute(end, &[]).await;
        }
        drop(session);
        assert_eq!(count(&db).await, 0, "{end}");
        let open = "select count(*) from pg_stat_activity where datname = current_database() \
                    and state like 'idle in transaction%'";
        assert_eq!(database.sql(open).unwrap(), "0", "{end}");
    }
}

#[tokio::test]
async fn a_session_keeps_what_it_commits() {
    let (_database, db) = fruit_shop().await;
    let session = db.session().await.unwrap();
    session.execute("begin", &[]).await.unwrap();
    session.execute(INSERT, &[&1]).await.unwrap();
    session.execute("commit", &[]).await.unwrap();
    // Sent without waiting for each other's answers.
    let (begin, insert, commit) = tokio::join!(
        session.execute("begin", &[]),
        session.execute(INSERT, &[&2]),
        session.execute("commit", &[]),
    );
    begin.and(insert).and(commit).unwrap();
    session.execute(INSERT, &[&3]).await.unwrap();
    drop(session);
    assert_eq!(count(&db).await, 3);
}
