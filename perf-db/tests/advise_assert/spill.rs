//! Whether a statement writes temporary files.

use perf_db::{Db, assert_no_spill};

use super::{Case, panic_of};

const SCHEMA: &str = "create table item as select n as id, repeat('x', 50) || n as name \
                      from generate_series(1, 4000) n; analyze item";

/// Each needs more than 64 KiB, in a way of its own.
const LARGE: [(&str, &str); 5] = [
    ("select id from item order by name", "sorts on disk"),
    ("select a.id from item a join item b on a.name = b.name", "temporary files"),
    ("select name, count(*) from item group by name", ""),
    (
        "with a as materialized (select * from item) select count(*) from a x, a y where x.id = 1",
        "",
    ),
    ("select id, count(*) over () from item", "temporary files"),
];

#[tokio::test]
async fn what_fits_into_memory_is_let_through_and_what_does_not_is_named() {
    let case = Case::new(SCHEMA).await;
    let name = case.database.name();
    for (memory, spills) in [("64kB", true), ("256MB", false)] {
        case.database.sql(&format!("alter database {name} set work_mem = '{memory}'")).unwrap();
        let db = Db::connect(case.database.url()).await.unwrap();
        for (sql, expected) in LARGE {
            if spills {
                let message = panic_of(async { assert_no_spill!(db, sql) }).await;
                assert!(message.contains(expected), "{sql}: {message}");
                assert!(message.contains("!! "), "{sql}: {message}");
            } else {
                assert_no_spill!(db, sql);
            }
        }
        assert_no_spill!(db, "select id from item order by name limit 5");
    }
}
