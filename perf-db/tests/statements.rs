//! Prepared statements: once per text and connection, never more than the bound, never stale.

use perf_db::{Db, Executor, Transaction};

async fn single(database: &testbed::Database, statements: usize) -> Db {
    let db = Db::builder(database.url()).max_size(1);
    db.statement_cache(statements).build().await.unwrap()
}

/// The server's names for the statements that hold this comment. One text, so one statement.
async fn prepared(transaction: &Transaction, comment: &str) -> Vec<String> {
    let sql = "select name from pg_prepared_statements where strpos(statement, $1) > 0 \
               order by prepare_time";
    let rows = transaction.query(sql, &[&comment]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_text_is_prepared_once_on_a_connection() {
    let database = testbed::database();
    let db = single(&database, 16).await;
    let transaction = db.transaction().await.unwrap();
    for id in 0..5 {
        let sql = "select $1::int /* fruit */";
        transaction.query_one(sql, &[&id]).await.unwrap();
    }
    let first = prepared(&transaction, "/* fruit */").await;
    assert_eq!(first.len(), 1);
    let sql = "select $1::int /* fruit */".to_owned();
    transaction.query_one(sql, &[&5]).await.unwrap();
    assert_eq!(prepared(&transaction, "/* fruit */").await, first);
}

#[tokio::test]
async fn the_server_never_holds_more_statements_than_the_bound() {
    let database = testbed::database();
    let db = single(&database, 4).await;
    for id in 0..20 {
        db.query(format!("select {id}"), &[]).await.unwrap();
    }
    let sql = "select count(*) from pg_prepared_statements";
    let row = db.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 4);
}

#[tokio::test]
async fn the_statement_that_was_used_least_recently_makes_room() {
    let database = testbed::database();
    let db = single(&database, 3).await;
    let transaction = db.transaction().await.unwrap();
    for sql in [
        "select 'apple' /* fruit */",
        "select 'pear' /* fruit */",
        "select 'apple' /* fruit */",
        "select 'plum' /* fruit */",
    ] {
        transaction.query_one(sql, &[]).await.unwrap();
    }
    // The question itself takes the place of the pear.
    let rows = transaction
        .query(
            "select statement from pg_prepared_statements where strpos(statement, $1) > 0 \
             order by 1",
            &[&"/* fruit */"],
        )
        .await
        .unwrap();
    let left: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    let expected = ["select 'apple' /* fruit */", "select 'plum' /* fruit */"];
    assert_eq!(left, expected);
}
