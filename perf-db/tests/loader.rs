//! Lookups awaited together are one statement; those of two scopes never are.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{join, join_all};
use perf_core::{FindingKind, FutureExt as _, Scope};
use perf_db::{Db, DbErrorKind, Executor, Loader};
use tokio::task::JoinSet;

async fn shop() -> (testbed::Database, Db) {
    let database = testbed::database();
    database
        .sql(
            "create table product as select id::bigint, 'product ' || id as name \
             from generate_series(1, 3000) id",
        )
        .unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    (database, db)
}

fn products() -> Loader<i64> {
    Loader::new("select id, name from product where id = any($1)", "id")
}

#[tokio::test]
async fn a_hundred_lookups_at_once_are_one_statement_at_the_line_of_the_first() {
    let (_database, db) = shop().await;
    let products = products();
    let mut line = 0;
    let list = async {
        let lookups = (0..100_i64).map(|n| {
            line = line!() + 1;
            products.load(&db, n % 50 * 100)
        });
        join_all(lookups).await
    };
    let (found, work) = Scope::named("list").run(list).await;
    for (n, row) in found.into_iter().enumerate() {
        let (row, id) = (row.unwrap(), n % 50 * 100);
        let name = row.as_ref().map(|row| row.get::<_, &str>("name"));
        let expected = format!("product {id}");
        assert_eq!(name, (1..=3_000).contains(&id).then_some(&*expected));
    }
    assert_eq!((work.queries(), work.rows()), (1, 30));
    assert!(work.findings().is_empty(), "{:?}", work.findings());
    let group = &work.query_groups()[0];
    assert_eq!((group.call_site().file, group.call_site().line), (file!(), line));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_of_one_scope_gather_on_several_threads() {
    let (_database, db) = shop().await;
    let products = products();
    let list = async {
        let mut tasks = JoinSet::new();
        for id in 1..=200_i64 {
            let (products, db) = (products.clone(), db.clone());
            let lookup = async move { products.load(&db, id).await };
            tasks.spawn(lookup.in_current_scope());
        }
        while let Some(row) = tasks.join_next().await {
            assert!(row.unwrap().unwrap().is_some());
        }
    };
    let ((), work) = Scope::named("tasks").run(list).await;
    assert_eq!(work.rows(), 200);
    assert!(work.queries() < 200, "{}", work.queries());
}

#[tokio::test]
async fn two_scopes_are_two_statements_even_of_the_same_key() {
    let (_database, db) = shop().await;
    let products = products();
    let one = Scope::named("one").run(products.load(&db, 7));
    let other = Scope::named("other").run(products.load(&db, 7));
    let ((row, work), (other_row, other_work)) = join(one, other).await;
    assert_eq!((work.queries(), other_work.queries()), (1, 1));
    for row in [row, other_row] {
        assert_eq!(row.unwrap().unwrap().get::<_, &str>("name"), "product 7");
    }
}

/// How many of the slow statements of these tests the server is at.
const RUNNING: &str = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep' \
                       and query like '%product, pg_sleep%' and pid <> pg_backend_pid()";

async fn until(database: &testbed::Database, sql: &str, answer: &str) {
    let asked = async {
        while database.sql(sql).unwrap() != answer {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asked).await.expect(answer);
}

#[tokio::test]
async fn a_dropped_lookup_harms_no_other() {
    let (database, db) = shop().await;
    let slow = "select id, name from product, pg_sleep(0.3) where id = any($1)";
    let products: Loader<i64> = Loader::new(slow, "id");
    let mut lookups: Vec<_> = (1..=4).map(|id| Some(products.load(&db, id))).collect();
    // The first is dropped before the statement is sent, the second while it runs.
    for lookup in lookups.iter_mut().flatten() {
        assert!(lookup.now_or_never().is_none());
    }
    lookups[0] = None;
    assert!(lookups[1].as_mut().unwrap().now_or_never().is_none());
    until(&database, RUNNING, "1").await;
    lookups[1] = None;
    for (n, lookup) in lookups.into_iter().enumerate().skip(2) {
        let row = lookup.unwrap().await.unwrap().unwrap();
        assert_eq!(row.get::<_, i64>("id"), n as i64 + 1);
    }
    // When all are dropped the server stops too.
    let endless = "select id, name from product, pg_sleep(600) where id = any($1)";
    let products: Loader<i64> = Loader::new(endless, "id");
    let lookups = join_all((1..=4).map(|id| products.load(&db, id)));
    assert!(tokio::time::timeout(Duration::from_millis(300), lookups).await.is_err());
    until(&database, RUNNING, "0").await;
}

#[tokio::test]
async fn a_lookup_that_is_not_polled_again_holds_up_no_other() {
    let (_database, db) = shop().await;
    let products = products();
    let mut first = products.load(&db, 1);
    assert!((&mut first).now_or_never().is_none());
    let second = tokio::time::timeout(Duration::from_secs(30), products.load(&db, 2)).await;
    assert!(second.expect("it should not wait for the first").unwrap().is_some());
    assert!(first.await.unwrap().is_some());
}

#[tokio::test]
async fn an_error_reaches_every_lookup_with_its_code() {
    let (_database, db) = shop().await;
    let broken: Loader<i64> = Loader::new("select id from gone where id = any($1)", "id");
    for result in join_all((1..=3).map(|id| broken.load(&db, id))).await {
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.code()), (DbErrorKind::Statement, Some("42P01")));
        assert!(error.to_string().contains("tests/loader.rs"), "{error}");
    }
    let wrong: Loader<i64> = Loader::new("select id from product where id = any($1)", "key");
    let error = wrong.load(&db, 1).await.unwrap_err();
    assert!(error.to_string().contains("no column key"), "{error}");
    // The next batch is not touched by it.
    assert!(products().load(&db, 1).await.unwrap().is_some());
}

#[tokio::test]
async fn more_keys_than_a_statement_takes_are_sent_in_pieces_and_recorded_as_one() {
    let (_database, db) = shop().await;
    let sql = "select id, cardinality($1::bigint[]) as keys from product where id = any($1)";
    let products: Loader<i64> = Loader::new(sql, "id");
    let lookups = join_all((1..=2_500).map(|id| products.load(&db, id)));
    let (found, work) = Scope::named("many").run(lookups).await;
    for row in found {
        let keys: i32 = row.unwrap().unwrap().get("keys");
        assert!(keys <= 1_000, "{keys}");
    }
    assert_eq!((work.queries(), work.rows()), (1, 2_500));
    assert!(work.findings().is_empty(), "{:?}", work.findings());
}

#[tokio::test]
async fn a_lookup_after_a_write_sees_it_though_an_older_one_still_runs() {
    let (database, db) = shop().await;
    let slow = "select id, name from product, pg_sleep(0.5) where id = any($1)";
    let products: Loader<i64> = Loader::new(slow, "id");
    let before = async { products.load(&db, 1).await.unwrap().unwrap() };
    let write = async {
        until(&database, RUNNING, "1").await;
        db.execute("update product set name = 'new' where id = 1", &[]).await.unwrap();
        products.load(&db, 1).await.unwrap().unwrap()
    };
    let (before, after) = join(before, write).await;
    assert_eq!(before.get::<_, &str>("name"), "product 1");
    assert_eq!(after.get::<_, &str>("name"), "new");
}

#[tokio::test]
async fn all_rows_of_a_key_come_and_two_where_one_is_asked_for_are_an_error() {
    let (_database, db) = shop().await;
    let by_digit: Loader<i64> = Loader::new(
        "select id % 10 as digit, id from product where id % 10 = any($1) order by id",
        "digit",
    );
    let (three, none) = join(by_digit.load_all(&db, 3), by_digit.load_all(&db, 77)).await;
    let three: Vec<i64> = three.unwrap().iter().map(|row| row.get("id")).collect();
    assert_eq!((three.len(), three[0], three[299]), (300, 3, 2_993));
    assert!(none.unwrap().is_empty());
    let error = by_digit.load(&db, 3).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::TooManyRows);
}

#[tokio::test]
async fn a_loop_that_awaits_each_lookup_is_still_an_n_plus_one() {
    let (_database, db) = shop().await;
    let products = products();
    let list = async {
        for id in 1..=20 {
            products.load(&db, id).await.unwrap();
        }
    };
    let ((), work) = Scope::named("a loop").run(list).await;
    let kinds: Vec<_> = work.findings().iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::NPlusOne]);
}
