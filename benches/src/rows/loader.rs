//! A hundred lookups that are awaited together, beside a hundred statements and beside the one
//! statement that they come to.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use perf_db::{Db, Executor, Loader};
use tokio::runtime::{Builder, Runtime};

use super::one_core::on_one_core;
use super::products::products;
use super::{Bench, Measured};
use crate::paired::{Effort, measure_uneven};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "loader", run };

const LOOKUPS: i64 = 100;
const ONE: &str = "select id, name from products where id = $1";
const ANY: &str = "select id, name from products where id = any($1)";

fn run(effort: Effort) -> Measured {
    on_one_core(effort, on_this_core)
}

fn on_this_core(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let database = products()?;
    let db = runtime.block_on(Db::connect(database.url()))?;
    let loader: Loader<i64> = Loader::new(ANY, "id");
    let loaded = || |repetitions| load(&runtime, &db, &loader, repetitions);
    let one = measure_uneven(
        effort,
        [Box::new(loaded()), Box::new(|repetitions| any(&runtime, &db, repetitions))],
    );
    let each = measure_uneven(
        effort,
        [Box::new(loaded()), Box::new(|repetitions| each(&runtime, &db, repetitions))],
    );
    Ok(vec![
        Row::of("loader, 100 lookups, one ANY query", &one, Goal::Ratio(1.5)),
        Row::of("loader, 100 lookups, 100 queries", &each, Goal::Ratio(0.1)),
    ])
}

fn load(runtime: &Runtime, db: &Db, loader: &Loader<i64>, repetitions: u64) -> Duration {
    runtime.block_on(async {
        let started = Instant::now();
        for turn in 0..repetitions {
            let rows = ids(turn).map(|id| loader.load(db, id));
            let rows = try_join_all(rows).await.expect("rows");
            assert!(rows.iter().flatten().all(|row| !row.get::<_, &str>("name").is_empty()));
        }
        started.elapsed()
    })
}

fn any(runtime: &Runtime, db: &Db, repetitions: u64) -> Duration {
    runtime.block_on(async {
        let started = Instant::now();
        for turn in 0..repetitions {
            let ids: Vec<i64> = ids(turn).collect();
            let rows = db.query(ANY, &[&ids]).await.expect("rows");
            assert!(rows.iter().all(|row| !row.get::<_, &str>("name").is_empty()));
        }
        started.elapsed()
    })
}

fn each(runtime: &Runtime, db: &Db, repetitions: u64) -> Duration {
    runtime.block_on(async {
        let started = Instant::now();
        for turn in 0..repetitions {
            for id in ids(turn) {
                let row = db.query_one(ONE, &[&id]).await.expect("a row");
                assert!(!row.get::<_, &str>("name").is_empty());
            }
        }
        started.elapsed()
    })
}

fn ids(turn: u64) -> impl Iterator<Item = i64> {
    (0..LOOKUPS).map(move |n| 1 + (turn as i64 * LOOKUPS + n) * 7_919 % 10_000)
}
