//! Rows that are there already, and rows that meet in one batch.

use perf_db::batch::{InsertMany, Inserted};
use perf_db::{Db, Executor};

use crate::{products, shop, shop_of};

fn insert() -> InsertMany {
    InsertMany::into("product", ["id", "name"])
}

fn counts(written: Inserted) -> [u64; 5] {
    [written.rows, written.inserted, written.updated, written.skipped, written.duplicates]
}

async fn name(db: &Db, id: i64) -> String {
    db.query_one("select name from product where id = $1", &[&id]).await.unwrap().get(0)
}

#[tokio::test]
async fn an_update_counts_new_changed_and_dropped_rows_and_the_last_of_a_key_wins() {
    let (_database, db) = shop().await;
    for rows in [10, 30_000] {
        db.execute("delete from product", &[]).await.unwrap();
        insert().run(&db, products(0..rows / 2)).await.unwrap();
        let mut batch = products(0..rows);
        batch.push((3, "last".to_owned()));
        let upsert = insert().on_conflict(["id"]).do_update(["name"]);
        let written = upsert.run(&db, batch).await.unwrap();
        let half = rows as u64 / 2;
        assert_eq!(counts(written), [2 * half + 1, half, half, 0, 1]);
        assert_eq!(name(&db, 3).await, "last");
    }
}

#[tokio::test]
async fn nothing_is_done_to_rows_that_are_there_and_the_first_of_a_key_is_new() {
    let (_database, db) = shop().await;
    for rows in [10, 30_000] {
        db.execute("delete from product", &[]).await.unwrap();
        insert().run(&db, [(1_i64, "old")]).await.unwrap();
        let mut batch = products(0..rows);
        batch.push((3, "last".to_owned()));
        let written = insert().on_conflict(["id"]).do_nothing().run(&db, batch).await.unwrap();
        let rows = rows as u64;
        assert_eq!(counts(written), [rows + 1, rows - 1, 0, 1, 1]);
        assert_eq!(name(&db, 1).await, "old");
        assert_eq!(name(&db, 3).await, "product 3");
    }
}

#[tokio::test]
async fn rows_without_a_key_are_all_written() {
    let (_database, db) = shop_of("create table product (id int8 unique, name text)").await;
    let upsert = insert().on_conflict(["id"]).do_update(["name"]);
    for rows in [5, 30_000_u64] {
        let batch =
            (0..rows).map(|_| (None::<i64>, "none")).chain([(Some(1), "a"), (Some(1), "b")]);
        let written = upsert.run(&db, batch).await.unwrap();
        assert_eq!(written.inserted + written.updated, rows + 1);
        assert_eq!(written.duplicates, 1);
        assert_eq!(name(&db, 1).await, "b");
    }
}

#[tokio::test]
async fn keys_that_differ_in_bytes_and_are_equal_for_the_server_are_one() {
    let table = "create table product (id float8 primary key, name text)";
    let (_database, db) = shop_of(table).await;
    let upsert = insert().on_conflict(["id"]).do_update(["name"]);
    let rows = [(0.0, "zero"), (f64::NAN, "nan"), (-0.0, "minus zero"), (-f64::NAN, "minus nan")];
    let written = upsert.run(&db, rows).await.unwrap();
    assert_eq!(counts(written), [4, 2, 0, 0, 2]);
}

#[tokio::test]
async fn a_partitioned_table_takes_upserts_with_counts() {
    let (_database, db) = shop_of(
        "create table product (id int8 primary key, name text) partition by hash (id);
         create table a partition of product for values with (modulus 2, remainder 0);
         create table b partition of product for values with (modulus 2, remainder 1)",
    )
    .await;
    insert().run(&db, products(0..5)).await.unwrap();
    let upsert = insert().on_conflict(["id"]).do_update(["name"]);
    let written = upsert.run(&db, products(0..10)).await.unwrap();
    assert_eq!(counts(written), [10, 5, 5, 0, 0]);
}
