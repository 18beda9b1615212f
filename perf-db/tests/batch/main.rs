//! Many rows at once: one module for each risk.

mod all_or_nothing;
mod bad_input;
mod changes;
mod conflicts;
mod deadlocks;
mod keys;
mod recorded;
mod ways;

use perf_db::{Db, Executor};
use testbed::Database;

/// A database with an empty table of products, and a pool.
async fn shop() -> (Database, Db) {
    shop_of("create table product (id int8 primary key, name text)").await
}

async fn shop_of(tables: &str) -> (Database, Db) {
    let database = testbed::database();
    database.sql(tables).unwrap();
    let db = Db::builder(database.url()).max_size(4).build().await.unwrap();
    (database, db)
}

async fn count(db: &Db) -> i64 {
    db.query_one("select count(*) from product", &[]).await.unwrap().get(0)
}

fn products(ids: impl IntoIterator<Item = i64>) -> Vec<(i64, String)> {
    ids.into_iter().map(|id| (id, format!("product {id}"))).collect()
}
