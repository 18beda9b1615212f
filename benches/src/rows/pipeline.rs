//! Twenty statements in one round trip, beside twenty round trips. Here both ends share a core and a
//! round trip costs next to nothing but work, so the gain is the least that it can be.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use perf_db::{Db, Executor};
use tokio::runtime::{Builder, Runtime};

use super::one_core::on_one_core;
use super::products::products;
use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "pipeline", run };

const STATEMENTS: i64 = 20;
const SQL: &str = "select name from products where id = $1";

fn run(effort: Effort) -> Measured {
    on_one_core(effort, on_this_core)
}

fn on_this_core(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let database = products()?;
    let db = runtime.block_on(Db::connect(database.url()))?;
    let rounds = measure(
        effort,
        [
            Box::new(|repetitions| together(&runtime, &db, repetitions)),
            Box::new(|repetitions| one_by_one(&runtime, &db, repetitions)),
        ],
    );
    let name = "pipeline, 20 statements, 20 round trips";
    Ok(vec![Row::of(name, &rounds, Goal::Shown)])
}

fn together(runtime: &Runtime, db: &Db, repetitions: u64) -> Duration {
    runtime.block_on(async {
        let started = Instant::now();
        for turn in 0..repetitions {
            let session = db.session().await.expect("a connection");
            let ids: Vec<i64> = ids(turn).collect();
            let rows = ids.iter().map(async |id| session.query_one(SQL, &[id]).await);
            assert_eq!(try_join_all(rows).await.expect("rows").len(), ids.len());
        }
        started.elapsed()
    })
}

fn one_by_one(runtime: &Runtime, db: &Db, repetitions: u64) -> Duration {
    runtime.block_on(async {
        let started = Instant::now();
        for turn in 0..repetitions {
            let session = db.session().await.expect("a connection");
            for id in ids(turn) {
                session.query_one(SQL, &[&id]).await.expect("a row");
            }
        }
        started.elapsed()
    })
}

fn ids(turn: u64) -> impl Iterator<Item = i64> {
    (0..STATEMENTS).map(move |n| 1 + (turn as i64 * STATEMENTS + n) * 7_919 % 10_000)
}
