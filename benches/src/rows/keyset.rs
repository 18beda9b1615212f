//! A page ten thousand pages deep: by the keys of the row before it, and by an offset.

use std::time::{Duration, Instant};

use perf_db::{Count, Db, Keyset, Offset, asc, desc};
use tokio::runtime::{Builder, Runtime};

use super::one_core::on_one_core;
use super::{Bench, Measured};
use crate::paired::{Effort, measure_uneven};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "keyset", run };

const SIZE: i64 = 20;
const PAGES_BEFORE: i64 = 10_000;
const SELECT: &str = "select id, placed, total from orders";

fn run(effort: Effort) -> Measured {
    on_one_core(effort, on_this_core)
}

fn on_this_core(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let database = testbed::database();
    database.sql(
        "create table orders as select n::bigint as id, n / 7 as placed, n % 100 as total
         from generate_series(1, 210000) n;
         create index on orders (placed desc, id);
         analyze orders",
    )?;
    let db = runtime.block_on(Db::connect(database.url()))?;
    let order = || [desc("placed"), asc("id")];
    let keyset = Keyset::new(SELECT, order());
    let offset = Offset::new(SELECT, order()).count(Count::Never);
    let cursor = runtime.block_on(deep(&db, &keyset))?;
    let rounds = measure_uneven(
        effort,
        [
            Box::new(|repetitions| by_key(&runtime, &db, &keyset, &cursor, repetitions)),
            Box::new(|repetitions| by_offset(&runtime, &db, &offset, repetitions)),
        ],
    );
    Ok(vec![Row::of("keyset page 10,000 deep, OFFSET", &rounds, Goal::Ratio(0.1))])
}

/// The cursor of the page behind ten thousand others.
async fn deep(db: &Db, keyset: &Keyset) -> Result<String, perf_db::DbError> {
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES_BEFORE * SIZE / 1_000 {
        cursor = keyset.page(db, &[], cursor.as_deref(), 1_000).await?.next;
    }
    Ok(cursor.expect("there are more rows"))
}

fn by_key(runtime: &Runtime, db: &Db, keyset: &Keyset, cursor: &str, repetitions: u64) -> Duration {
    runtime.block_on(async {
        let started = Instant::now();
        for _ in 0..repetitions {
            let page = keyset.page(db, &[], Some(cursor), SIZE).await.expect("a page");
            assert_eq!(page.rows.len() as i64, SIZE);
        }
        started.elapsed()
    })
}

fn by_offset(runtime: &Runtime, db: &Db, offset: &Offset, repetitions: u64) -> Duration {
    runtime.block_on(async {
        let started = Instant::now();
        for _ in 0..repetitions {
            let page = offset.page(db, &[], PAGES_BEFORE + 1, SIZE).await.expect("a page");
            assert_eq!(page.rows.len() as i64, SIZE);
        }
        started.elapsed()
    })
}
