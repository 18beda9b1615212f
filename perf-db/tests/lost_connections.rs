//! A connection that is of no use to anybody does not go back to the pool.

use perf_db::{Db, DbErrorKind, Executor};

async fn single(database: &testbed::Database) -> Db {
    let db = Db::builder(database.url()).max_size(1);
    db.build().await.unwrap()
}

async fn pid(db: &Db) -> i32 {
    let row = db.query_one("select pg_backend_pid()", &[]).await.unwrap();
    row.get(0)
}

#[tokio::test]
async fn a_server_that_has_become_read_only_is_left() {
    let database = testbed::database();
    database.sql("create table fruit (id int)").unwrap();
    let db = single(&database).await;
    let before = pid(&db).await;
    // What a session meets whose primary has become a standby.
    let standby = "set default_transaction_read_only = on";
    db.execute(standby, &[]).await.unwrap();
    let insert = || db.execute("insert into fruit values (1)", &[]);
    let error = insert().await.unwrap_err();
    assert_eq!(error.code(), Some("25006"));
    assert_eq!(error.kind(), DbErrorKind::Statement);
    assert_eq!(insert().await.unwrap(), 1);
    assert_ne!(pid(&db).await, before);
}

#[tokio::test]
async fn a_connection_that_the_server_ends_costs_its_user_an_error_and_nobody_else() {
    let database = testbed::database();
    let db = single(&database).await;
    let error = db.query("select pg_terminate_backend(pg_backend_pid())", &[]).await.unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    pid(&db).await;
}

#[tokio::test]
async fn a_connection_that_ends_while_it_is_idle_costs_nobody_an_error() {
    let database = testbed::database();
    let db = single(&database).await;
    let before = pid(&db).await;
    let end = format!("select pg_terminate_backend({before}, 5000)");
    database.sql(&end).unwrap();
    // The client notices when its runtime next looks at the socket.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_ne!(pid(&db).await, before);
}

#[tokio::test]
async fn a_copy_sent_as_a_plain_statement_blocks_nobody() {
    let database = testbed::database();
    database.sql("create table fruit (id int)").unwrap();
    let db = single(&database).await;
    let error = db.execute("copy fruit from stdin", &[]).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Parameters);
    let next = tokio::time::timeout(std::time::Duration::from_secs(10), pid(&db));
    next.await.expect("the server should not wait for data");
}
