//! A batch that fails leaves no row.

use futures_util::{StreamExt, stream};
use perf_db::batch::{InsertMany, execute_many};
use perf_db::{DbErrorKind, Executor};

use crate::{count, products, shop};

fn insert() -> InsertMany {
    InsertMany::into("product", ["id", "name"])
}

#[tokio::test]
async fn a_duplicate_key_leaves_no_row_of_a_small_or_a_large_batch() {
    let (_database, db) = shop().await;
    for rows in [3, 300, 12_000] {
        let twice = products((1..rows).chain([1]));
        let error = insert().run(&db, twice).await.unwrap_err();
        assert!(error.is_unique_violation(), "{error}");
        assert_eq!(count(&db).await, 0, "of {rows} rows");
    }
    insert().run(&db, products(1..100)).await.unwrap();
    assert_eq!(count(&db).await, 99, "the pool is as it was");
}

#[tokio::test]
async fn a_row_that_cannot_be_sent_leaves_no_row_and_no_busy_connection() {
    let (_database, db) = shop().await;
    for rows in [3, 12_000] {
        let mut bad = products(1..rows);
        bad.push((rows, "zero \0 byte".to_owned()));
        let error = insert().run(&db, bad).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Parameters);
        assert!(error.to_string().starts_with(&format!("row {rows} of the batch")), "{error}");
        assert_eq!(count(&db).await, 0);
    }
}

#[tokio::test]
async fn a_batch_within_a_transaction_lasts_when_that_does() {
    let (_database, db) = shop().await;
    for rows in [100, 12_000] {
        let transaction = db.transaction().await.unwrap();
        insert().run(&transaction, products(0..rows)).await.unwrap();
        transaction.rollback().await.unwrap();
        assert_eq!(count(&db).await, 0);
        let transaction = db.transaction().await.unwrap();
        insert().run(&transaction, products(0..rows)).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(count(&db).await, rows);
        db.execute("delete from product", &[]).await.unwrap();
    }
}

#[tokio::test]
async fn a_bad_row_among_many_takes_back_its_batch_and_leaves_the_transaction_to_its_owner() {
    let (_database, db) = shop().await;
    let transaction = db.transaction().await.unwrap();
    transaction.execute("insert into product values (-1, 'mine')", &[]).await.unwrap();
    let mut bad = products(0..12_000);
    bad.push((12_000, "\0".to_owned()));
    insert().run(&transaction, bad).await.unwrap_err();
    let sql = "insert into product values ($1, $2)";
    execute_many(&transaction, sql, [(1_i64, "a"), (2, "b\0")]).await.unwrap_err();
    transaction.commit().await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn a_batch_dropped_half_way_leaves_no_row_and_a_pool_that_serves() {
    let (database, db) = shop().await;
    let rows = stream::iter(products(0..20_000)).chain(stream::pending());
    let insert = insert();
    let copied = insert.run_stream(&db, rows);
    let copying = async {
        let text = "select count(*) from pg_stat_progress_copy where tuples_processed > 0";
        while database.sql(text).unwrap().trim() == "0" {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = copied => unreachable!("the rows never end"),
        () = copying => {}
    }
    assert_eq!(count(&db).await, 0);
    for _ in 0..4 {
        insert.run(&db, products(0..1)).await.unwrap();
        db.execute("delete from product", &[]).await.unwrap();
    }
}

#[tokio::test]
async fn parts_that_fail_are_counted_and_the_others_stay() {
    let (_database, db) = shop().await;
    let mut rows = products(0..100);
    rows[15].0 = 10;
    rows[42].1 = "\0".to_owned();
    let parts = insert().continue_on_error(10);
    let outcome = parts.run(&db, rows.clone()).await.unwrap();
    assert_eq!((outcome.written.inserted, outcome.failed_rows), (89, 11));
    assert!(outcome.first_error.unwrap().is_unique_violation());
    assert_eq!(count(&db).await, 89);

    db.execute("delete from product", &[]).await.unwrap();
    let transaction = db.transaction().await.unwrap();
    rows[15].0 = 15;
    let outcome = parts.run(&transaction, rows.clone()).await.unwrap();
    assert_eq!((outcome.written.inserted, outcome.failed_rows), (99, 1));
    let error = outcome.first_error.unwrap().to_string();
    assert!(error.starts_with("row 43 of the batch"), "{error}");
    transaction.rollback().await.unwrap();

    let transaction = db.transaction().await.unwrap();
    rows[15].0 = 10;
    let outcome = parts.run(&transaction, rows).await.unwrap();
    assert_eq!((outcome.written.inserted, outcome.failed_rows), (89, 11));
    transaction.commit().await.unwrap();
    assert_eq!(count(&db).await, 89);
}

#[tokio::test]
async fn statements_on_one_pipeline_last_together_or_not_at_all() {
    let (_database, db) = shop().await;
    let sql = "insert into product values ($1, $2)";
    assert_eq!(execute_many(&db, sql, products(0..1_000)).await.unwrap(), 1_000);
    let error = execute_many(&db, sql, products(1_000..1_500).into_iter().chain(products([7])));
    assert!(error.await.unwrap_err().is_unique_violation());
    let error = execute_many(&db, sql, [(5_000_i64, "a"), (5_001, "\0")]).await.unwrap_err();
    assert!(error.to_string().starts_with("row 2 "), "{error}");
    assert_eq!(count(&db).await, 1_000);
}

#[tokio::test]
async fn a_batch_whose_commit_is_lost_says_that_nobody_knows() {
    let (database, db) = shop().await;
    for sql in [
        "create function fatal() returns trigger language plpgsql as \
         'begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(60); \
         return null; end'",
        "create constraint trigger fatal after insert on product deferrable initially deferred \
         for each row when (new.id = 13) execute function fatal()",
    ] {
        database.sql(sql).unwrap();
    }
    let error = insert().run(&db, products(0..6_000)).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::UnknownCommit, "{error:?}");
    let sql = "insert into product values ($1, $2)";
    let error = execute_many(&db, sql, products([13])).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::UnknownCommit, "{error:?}");
    assert_eq!(count(&db).await, 0);
}
