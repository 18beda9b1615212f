//! One row by its key, through a pool, with a prepared statement.

use std::time::{Duration, Instant};

use deadpool_postgres::{Manager, Pool};
use perf_db::{Db, Executor};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::NoTls;

use super::one_core::on_one_core;
use super::products::products;
use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "pooled_query", run };

const SQL: &str = "select name from products where id = $1";

fn run(effort: Effort) -> Measured {
    on_one_core(effort, on_this_core)
}

fn on_this_core(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let database = products()?;
    let db = runtime.block_on(Db::connect(database.url()))?;
    let manager = Manager::new(database.url().parse()?, NoTls);
    let pool = Pool::builder(manager).build()?;
    let rounds = measure(
        effort,
        [
            Box::new(|repetitions| ours(&runtime, &db, repetitions)),
            Box::new(|repetitions| theirs(&runtime, &pool, repetitions)),
        ],
    );
    let name = "pooled_query, deadpool + prepare_cached";
    Ok(vec![Row::of(name, &rounds, Goal::Ratio(1.03))])
}

fn ours(runtime: &Runtime, db: &Db, repetitions: u64) -> Duration {
    runtime.block_on(async {
        let started = Instant::now();
        for id in ids(repetitions) {
            let row = db.query_one(SQL, &[&id]).await.expect("a row");
            assert!(row.get::<_, &str>(0).starts_with("product"));
        }
        started.elapsed()
    })
}

fn theirs(runtime: &Runtime, pool: &Pool, repetitions: u64) -> Duration {
    runtime.block_on(async {
        let started = Instant::now();
        for id in ids(repetitions) {
            let client = pool.get().await.expect("a connection");
            let statement = client.prepare_cached(SQL).await.expect("valid SQL");
            let row = client.query_one(&statement, &[&id]).await.expect("a row");
            assert!(row.get::<_, &str>(0).starts_with("product"));
        }
        started.elapsed()
    })
}

fn ids(repetitions: u64) -> impl Iterator<Item = i64> {
    (0..repetitions).map(|n| 1 + n as i64 * 7_919 % 10_000)
}
