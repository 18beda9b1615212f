//! Ten thousand pages deep a keyset reads the rows of its page and no others.

use perf_db::{Db, Executor, Key, Keyset, asc, desc};

const SIZE: i64 = 20;

/// Rows that the connection has read of the table, by index or not, as far as it has told.
async fn rows_read(db: &Db) -> i64 {
    db.query("select pg_stat_force_next_flush()", &[]).await.unwrap();
    let read = "select seq_tup_read + idx_tup_fetch from pg_stat_user_tables \
                where relname = 'item'";
    db.query_one(read, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_page_ten_thousand_deep_is_read_from_the_index() {
    let database = testbed::database();
    // `kind` is the same on all pages, as a state is; `rank` repeats ten times and may be NULL.
    database
        .sql(
            "create table item as select id::bigint, 1 as kind, nullif(id / 10, 7) as rank, \
             repeat('x', 20) as body, 0 as shop from generate_series(1, 210000) id;
             create index on item (shop, rank, id);
             create index on item (shop, rank desc nulls last, id);
             create index on item (shop, kind desc, id);
             create index on item (shop, id);
             analyze item",
        )
        .unwrap();
    let db = Db::builder(database.url()).max_size(1).build().await.unwrap();
    let orders: [Vec<Key>; 5] = [
        vec![asc("id")],
        vec![asc("rank").not_null(), asc("id")],
        vec![asc("rank"), asc("id")],
        vec![desc("kind").not_null(), asc("id")],
        vec![desc("rank").nulls_last(), asc("id")],
    ];
    for order in orders {
        let select = "select id, kind, rank, body from item where shop = $1";
        let keyset = Keyset::new(select, order.clone());
        let mut cursor = None;
        for _ in 0..200 {
            cursor = keyset.page(&db, &[&0], cursor.as_deref(), 1_000).await.unwrap().next;
        }
        // After five runs the server may take one plan for all values: that must be as good.
        for run in 0..8 {
            let before = rows_read(&db).await;
            let page = keyset.page(&db, &[&0], cursor.as_deref(), SIZE).await.unwrap();
            let read = rows_read(&db).await - before;
            assert_eq!(page.rows.len() as i64, SIZE);
            // Each of at most three ranges reads as much as a page, and no more.
            assert!(read <= 3 * (SIZE + 1), "{read} rows read in run {run} of {order:?}");
            let back = page.previous.as_deref();
            let before = rows_read(&db).await;
            let page = keyset.page(&db, &[&0], back, SIZE).await.unwrap();
            let read = rows_read(&db).await - before;
            assert_eq!(page.rows.len() as i64, SIZE);
            assert!(read <= 3 * (SIZE + 1), "{read} rows read on the way back of {order:?}");
        }
    }
}
