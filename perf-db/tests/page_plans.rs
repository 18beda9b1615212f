//! Ten thousand pages deep a keyset reads the rows of its page and no others.

use perf_db::{Db, Executor, Key, Keyset, asc, desc};
use testbed::Database;

const SIZE: i64 = 20;

/// 10,001 pages: `kind` repeats half a million times, `rank` ten times, and is NULL in places.
async fn table() -> (Database, Db) {
    let database = testbed::database();
    database
        .sql(
            "create table item as select id, id % 2 as kind, nullif(id / 10, 7) as rank, \
             repeat('x', 20) as body from generate_series(1, 210000) id;
             alter table item alter id set not null, alter kind set not null;
             create index on item (rank desc, id);
             create index on item (kind, id);
             create index on item (kind desc, id);
             vacuum analyze item",
        )
        .unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    (database, db)
}

/// Rows that the statement with the longest text has read from tables, as the server counts them.
fn rows_read(database: &Database) -> i64 {
    let counted = "select sum(idx_tup_fetch + seq_tup_read) + (select sum(idx_tup_read) \
                   from pg_stat_user_indexes) from pg_stat_user_tables";
    database.sql(counted).unwrap().parse().unwrap()
}
