//! What a test can say of plans: it holds where it should, and says what is wrong where it does not.

mod index_supported;
mod messages;
mod rows_scanned;
mod spill;
mod statistics;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use perf_db::{Db, Executor};
use testbed::Database;

struct Case {
    db: Db,
    /// Dropped last.
    database: Database,
}

impl Case {
    async fn new(schema: &str) -> Self {
        let database = testbed::database();
        database.sql(schema).unwrap();
        Self { db: Db::builder(database.url()).max_size(2).build().await.unwrap(), database }
    }
}

/// The message of the panic that this ends with.
async fn panic_of(test: impl Future<Output = ()>) -> String {
    let panic = AssertUnwindSafe(test).catch_unwind().await.expect_err("it should have panicked");
    *panic.downcast::<String>().expect("a message")
}

async fn rows(db: &impl Executor, sql: &'static str) -> i64 {
    db.query_one(sql, &[]).await.unwrap().get(0)
}
