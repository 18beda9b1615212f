//! A stream of any length needs no more memory than a short one. Alone in its process, whose memory is
//! measured.

use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::stream;
use perf_db::batch::{InsertMany, Record, Values};

use perf_db::{Db, Executor};

static ALIVE: AtomicI64 = AtomicI64::new(0);
static MOST_ALIVE: AtomicI64 = AtomicI64::new(0);

/// A row that counts how many of its kind are in memory.
struct Counted(i64);

impl Counted {
    fn new(id: i64) -> Self {
        let alive = ALIVE.fetch_add(1, Ordering::Relaxed) + 1;
        MOST_ALIVE.fetch_max(alive, Ordering::Relaxed);
        Self(id)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Record for Counted {
    fn put(&self, values: &mut Values<'_>) {
        values.push(&self.0);
        values.push(&"a name that is in each row, so that a million of them are fifty megabytes");
    }
}

fn peak_kib() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_million_rows_are_never_in_memory_together() {
    let database = testbed::database();
    database.sql("create table product (id int8 primary key, name text)").unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    let insert = InsertMany::into("product", ["id", "name"]);
    let before = peak_kib();
    let rows = stream::iter((0..1_000_000).map(Counted::new));
    let written = insert.run_stream(&db, rows).await.unwrap();
    assert_eq!(written.inserted, 1_000_000);
    let row = db.query_one("select count(*) from product", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 1_000_000);
    assert_eq!(MOST_ALIVE.load(Ordering::Relaxed), 1);
    // What is held back before COPY, twice while it grows, and the driver's buffers.
    let grown = peak_kib() - before;
    assert!(grown < 40 << 10, "{grown} KiB more");
}
