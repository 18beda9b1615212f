//! Batches that write the same rows in opposite orders wait for each other. Three seconds; thirty
//! where `PERF_SOAK` is set.

use std::time::{Duration, Instant};

use perf_db::batch::{DeleteMany, InsertMany, UpdateMany};
use perf_db::{Db, DbError};

use crate::{products, shop};

const KEYS: i64 = 10_000;

fn time() -> Duration {
    let is_long = std::env::var_os("PERF_SOAK").is_some();
    Duration::from_secs(if is_long { 30 } else { 3 })
}

/// Runs both sides again and again; each at least once.
async fn against_each_other<A, B>(one: impl Fn() -> A, other: impl Fn() -> B)
where
    A: Future<Output = Result<(), DbError>>,
    B: Future<Output = Result<(), DbError>>,
{
    let started = Instant::now();
    let one = async {
        while started.elapsed() < time() {
            one().await?;
        }
        Ok(())
    };
    let other = async {
        while started.elapsed() < time() {
            other().await?;
        }
        Ok(())
    };
    let both: Result<_, DbError> = tokio::try_join!(one, other);
    both.unwrap();
}

async fn upsert(db: &Db, ids: impl Iterator<Item = i64>) -> Result<(), DbError> {
    let upsert = InsertMany::into("product", ["id", "name"]);
    upsert.on_conflict(["id"]).do_update(["name"]).run(db, products(ids)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_upserts_of_the_same_keys_in_opposite_orders_do_not_deadlock() {
    let (_database, db) = shop().await;
    against_each_other(|| upsert(&db, 0..KEYS), || upsert(&db, (0..KEYS).rev())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_and_a_large_upsert_lock_in_one_order() {
    let (_database, db) = shop().await;
    // More than go in one statement, so they come by way of a temporary table.
    let large = || upsert(&db, (-KEYS..2 * KEYS).rev());
    against_each_other(|| upsert(&db, -KEYS / 2..KEYS), large).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_updates_found_by_index_and_many_by_a_scan_lock_in_one_order() {
    let (database, db) = shop().await;
    // The scan of the table meets the rows in the order opposite to that of the index.
    database
        .sql(
            "insert into product select id from generate_series(9999, 0, -1) id;
             analyze product",
        )
        .unwrap();
    let update = UpdateMany::of("product", ["id"], ["name"]);
    let many = || async { update.run(&db, products(0..KEYS)).await.map(drop) };
    let few = (0..KEYS).step_by(199);
    let few = || async { update.run(&db, products(few.clone())).await.map(drop) };
    against_each_other(many, few).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_and_deletes_of_the_same_rows_do_not_deadlock() {
    let (_database, db) = shop().await;
    upsert(&db, 0..KEYS).await.unwrap();
    let update = UpdateMany::of("product", ["id"], ["name"]);
    let delete = DeleteMany::from("product", ["id"]);
    let one = || async { update.run(&db, products((0..KEYS).rev())).await.map(drop) };
    let other = || async {
        delete.run(&db, (0..KEYS / 2).map(|id| (id,))).await?;
        upsert(&db, (0..KEYS / 2).rev()).await
    };
    against_each_other(one, other).await;
}
