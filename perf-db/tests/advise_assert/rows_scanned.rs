//! Rows that a statement reads: those that it throws away, and those of each loop.

use perf_db::assert_max_rows_scanned;

use super::{Case, panic_of, rows};

const SCHEMA: &str = "
    create table shop as select n as id from generate_series(1, 20) n;
    create table item as select n as id, n % 20 + 1 as shop, n % 100 as rank
        from generate_series(1, 4000) n;
    create index item_shop on item (shop);
    create sequence number;
    analyze";

/// Each with the rows that it reads.
const READ: [(&str, u64); 9] = [
    ("select id from item where shop = 3", 200),
    ("select id from item where rank = 3", 4_000),
    ("select id from item limit 7", 7),
    ("select count(*) from item", 4_000),
    ("select (select count(*) from item i where i.shop = s.id) from shop s", 4_020),
    ("select s.id from shop s join item i on i.shop = s.id where s.id < 3", 420),
    ("with a as (select id from item where shop = 3) select * from a union all table a", 200),
    ("select 1", 0),
    ("select n from generate_series(1, 500) n", 0),
];

#[tokio::test]
async fn a_statement_may_read_so_many_rows_and_not_one_more() {
    let case = Case::new(SCHEMA).await;
    for (sql, read) in READ {
        assert_max_rows_scanned!(case.db, read, sql);
        if read > 0 {
            let message =
                panic_of(async { assert_max_rows_scanned!(case.db, read - 1, sql) }).await;
            assert!(message.contains("- it reads "), "{sql}: {message}");
        }
    }
}

/// Workers tell a mean of their rows, which is rounded.
#[tokio::test]
async fn a_server_that_would_share_the_work_out_counts_the_same() {
    let case = Case::new(SCHEMA).await;
    for setting in [
        "min_parallel_table_scan_size = 0",
        "parallel_setup_cost = 0",
        "parallel_tuple_cost = 0",
        "max_parallel_workers_per_gather = 3",
    ] {
        let name = case.database.name();
        case.database.sql(&format!("alter database {name} set {setting}")).unwrap();
    }
    let db = perf_db::Db::connect(case.database.url()).await.unwrap();
    let sql = "select count(*) from item where rank < 7";
    let plan = perf_db::advise::Explain::new(sql).run(&db).await.unwrap();
    assert!(plan.nodes().any(|(_, node)| node.kind.is_gather()), "{}", plan.tree());
    assert_max_rows_scanned!(db, 4_000, sql);
    panic_of(async { assert_max_rows_scanned!(db, 3_999, sql) }).await;
}

#[tokio::test]
async fn a_write_is_measured_and_taken_back() {
    let case = Case::new(SCHEMA).await;
    let sql = "delete from item where shop = $1 and nextval('number') > 0";
    assert_max_rows_scanned!(case.db, 200, sql, &[&3]);
    panic_of(async { assert_max_rows_scanned!(case.db, 199, sql, &[&3]) }).await;
    assert_eq!(rows(&case.db, "select count(*) from item").await, 4_000);
    assert_eq!(rows(&case.db, "select last_value from number").await, 400);
}

#[tokio::test]
async fn rows_that_the_test_has_written_in_its_transaction_count() {
    let case = Case::new(SCHEMA).await;
    let transaction = case.db.transaction().await.unwrap();
    perf_db::Executor::execute(&transaction, "insert into item values (0, 99, 1)", &[])
        .await
        .unwrap();
    let sql = "select id from item where shop = 99";
    assert_max_rows_scanned!(transaction, 1, sql);
    panic_of(async { assert_max_rows_scanned!(transaction, 0, sql) }).await;
    transaction.commit().await.unwrap();
    assert_eq!(rows(&case.db, "select count(*) from item").await, 4_001);
}
