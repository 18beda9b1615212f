//! Columns that are fetched and never read are a finding, at the line that fetches them.

use perf_core::{FindingKind, Label, Recorder};
use perf_db::{Db, DbErrorKind, Executor};

/// One answer in 64 is looked at, and 30 are enough: with so many calls fewer than 30 are looked at
/// once in 10⁹ runs.
const CALLS: usize = 6_000;

#[tokio::test]
async fn a_wide_column_that_is_never_read_is_found_where_it_is_fetched() {
    let database = testbed::database();
    let table = "create table product as select 7 as id, 'lamp' as name, repeat('x', 4000) as body";
    database.sql(table).unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    let sql = "select id, name, body from product";
    let recorder = Recorder::builder().build();
    let mut line = 0;
    let visit = async {
        for turn in 0..CALLS {
            line = line!() + 1;
            let unread = db.query_one(sql, &[]).await.unwrap();
            assert_eq!(unread.get::<_, i32>("id"), 7);
            if turn % 10 == 0 {
                // A column that is read now and then is read.
                assert_eq!(unread.get::<_, &str>("NAME"), "lamp");
            }
            let all = db.query(sql, &[]).await.unwrap();
            assert_eq!(all[0].get::<_, &str>(2).len(), 4_000);
            let exists = db.query_opt(sql, &[]).await.unwrap();
            assert!(exists.is_some());
        }
    };
    recorder.scope(Label::job("visit")).run(visit).await;
    let snapshot = recorder.snapshot();
    let found: Vec<_> =
        snapshot.findings.iter().filter(|f| f.kind == FindingKind::OverFetch).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].evidence[0].value, "body");
    assert_eq!(found[0].call_sites[0].line, line);
    assert_eq!(found[0].call_sites[0].file, file!());
    assert!(found[0].evidence[1].value.starts_with("3.9 KiB"), "{:?}", found[0].evidence);
}

#[tokio::test]
async fn a_column_that_is_not_there_is_named_with_those_that_are() {
    let database = testbed::database();
    let db = Db::connect(database.url()).await.unwrap();
    let row = db.query_one("select 1 as id, 'lamp' as name", &[]).await.unwrap();
    let error = row.try_get::<_, i32>("Nome").unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Parameters);
    assert_eq!(error.to_string(), "the answer has no column Nome; its columns are id, name");
    assert_eq!(row.try_get::<_, i32>(2).unwrap_err().kind(), DbErrorKind::Parameters);
    assert_eq!(row.try_get::<_, &str>("Id").unwrap_err().kind(), DbErrorKind::Parameters);
    assert_eq!(row.try_get::<_, i32>("ID").unwrap(), 1);
}
