//! A loop of queries is found, with its place and its cure; one statement for all is not.

use perf_core::{CallSite, FindingKind, Scope};
use perf_db::{Db, Executor};

async fn shop() -> (testbed::Database, Db) {
    let database = testbed::database();
    database
        .sql(
            "create table line (order_id int, product text); \
             insert into line select id % 10, 'product ' || id from generate_series(1, 100) id",
        )
        .unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    (database, db)
}

const LINES: &str = "select product from line where order_id = $1";

#[tokio::test]
async fn a_loop_of_queries_is_found_at_its_line() {
    let (_database, db) = shop().await;
    let line = CallSite::here().line + 3;
    let list = async {
        for order in 0..10_i32 {
            db.query(LINES, &[&order]).await.unwrap();
        }
    };
    let ((), work) = Scope::named("a loop").run(list).await;
    let findings = work.findings();
    assert_eq!(findings.len(), 1);
    let finding = &findings[0];
    assert_eq!(finding.kind, FindingKind::NPlusOne);
    assert_eq!(finding.call_sites[0].file, file!());
    assert_eq!(finding.call_sites[0].line, line);
    let cure = finding.remedy.code.as_deref().unwrap();
    assert!(cure.contains("order_id = any($1)"), "{cure}");
}

#[tokio::test]
async fn queries_sent_at_once_are_found_too() {
    let (_database, db) = shop().await;
    let orders: Vec<i32> = (0..10).collect();
    let calls = orders.iter().map(|order| {
        let db = &db;
        async move { db.query(LINES, &[order]).await.unwrap() }
    });
    let together = futures_util::future::join_all(calls);
    let (rows, work) = Scope::named("join_all").run(together).await;
    assert_eq!(rows.len(), 10);
    let findings = work.findings();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].kind, FindingKind::NPlusOne);
    assert_eq!(work.rows(), 100);
}

#[tokio::test]
async fn the_same_parameters_again_are_a_repetition() {
    let (_database, db) = shop().await;
    let list = async {
        for _ in 0..10 {
            db.query(LINES, &[&7]).await.unwrap();
        }
    };
    let ((), work) = Scope::named("a repetition").run(list).await;
    let kinds: Vec<_> = work.findings().iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [FindingKind::RepeatedQuery]);
}

#[tokio::test]
async fn one_statement_for_all_is_no_finding() {
    let (_database, db) = shop().await;
    let orders: Vec<i32> = (0..10).collect();
    let sql = "select order_id, product from line where order_id = any($1)";
    let (rows, work) = Scope::named("a batch").run(db.query(sql, &[&orders])).await;
    assert_eq!(rows.unwrap().len(), 100);
    assert_eq!(work.queries(), 1);
    assert!(work.findings().is_empty());
}
