//! Pages with numbers: what they count, how, and when they are too deep.

use perf_core::{FindingKind, Label, Recorder, Scope};
use perf_db::{Count, Db, Offset, Total, asc};

async fn items() -> (testbed::Database, Db) {
    let database = testbed::database();
    database
        .sql(
            "create table item as select id::bigint, id % 4 as kind \
             from generate_series(1, 5000) id; analyze item",
        )
        .unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    (database, db)
}

fn of_kind() -> Offset {
    Offset::new("select id, kind from item where kind = $1", [asc("id")])
}

#[tokio::test]
async fn a_page_has_its_number_its_rows_and_the_total() {
    let (_database, db) = items().await;
    let page = of_kind().page(&db, &[&1], 3, 20).await.unwrap();
    let ids: Vec<i64> = page.rows.iter().map(|row| row.get("id")).collect();
    assert_eq!((ids.len(), ids[0], ids[19]), (20, 161, 237));
    assert_eq!((page.page, page.page_size, page.has_next), (3, 20, true));
    assert_eq!((page.total, page.pages), (Some(Total::Exact(1_250)), Some(63)));
    let last = of_kind().page(&db, &[&1], 63, 20).await.unwrap();
    assert_eq!((last.rows.len(), last.has_next), (10, false));
    let beyond = of_kind().page(&db, &[&1], 64, 20).await.unwrap();
    assert_eq!((beyond.rows.len(), beyond.has_next), (0, false));
    assert_eq!((beyond.total, beyond.pages), (Some(Total::Exact(1_250)), Some(63)));
}

#[tokio::test]
async fn a_total_is_counted_as_far_as_was_asked() {
    let (_database, db) = items().await;
    let capped = of_kind().count(Count::UpTo(1_000)).page(&db, &[&1], 1, 20).await.unwrap();
    assert_eq!((capped.total, capped.pages), (Some(Total::MoreThan(1_000)), None));
    assert_eq!(capped.total.unwrap().to_string(), "more than 1,000");
    for most in [1_250, 1_251, u64::MAX] {
        let exact = of_kind().count(Count::UpTo(most)).page(&db, &[&1], 1, 20).await.unwrap();
        assert_eq!(exact.total, Some(Total::Exact(1_250)), "{most}");
    }
    let none = of_kind().count(Count::Never).page(&db, &[&1], 1, 20).await.unwrap();
    assert_eq!((none.total, none.pages, none.has_next), (None, None, true));
    let about = of_kind().count(Count::Estimated).page(&db.read(), &[&1], 1, 20).await.unwrap();
    let Some(Total::Estimated(rows)) = about.total else { panic!("{:?}", about.total) };
    assert!((1_000..1_500).contains(&rows), "{rows}");
}

#[tokio::test]
async fn an_estimate_knows_partitions_and_tables_that_were_never_analyzed() {
    let database = testbed::database();
    database
        .sql(
            "create table item (id bigint) partition by range (id);
             create table item_a partition of item for values from (0) to (50000);
             create table item_b partition of item for values from (50000) to (100000);
             create table item_c partition of item for values from (100000) to (200000);
             alter table item_a set (autovacuum_enabled = off);
             alter table item_b set (autovacuum_enabled = off);
             insert into item select generate_series(1, 99999)",
        )
        .unwrap();
    let unknown = "select reltuples from pg_class where relname = 'item_a'";
    assert_eq!(database.sql(unknown).unwrap(), "-1");
    let db = Db::connect(database.url()).await.unwrap();
    let all = Offset::new("select id from item", [asc("id")]).count(Count::Estimated);
    let page = all.page(&db, &[], 1, 20).await.unwrap();
    let Some(Total::Estimated(rows)) = page.total else { panic!("{:?}", page.total) };
    assert!((50_000..200_000).contains(&rows), "{rows}");
    database.sql("analyze item").unwrap();
    let page = all.page(&db, &[], 1, 20).await.unwrap();
    let Some(Total::Estimated(rows)) = page.total else { panic!("{:?}", page.total) };
    assert!((95_000..105_000).contains(&rows), "{rows}");
    // What the page shows is better than any estimate.
    database.sql("create table empty (id bigint)").unwrap();
    let none = Offset::new("select id from empty", [asc("id")]).count(Count::Estimated);
    let (page, work) = Scope::named("empty").run(none.page(&db, &[], 1, 20)).await;
    assert_eq!(page.unwrap().total, Some(Total::Exact(0)));
    assert_eq!(work.queries(), 1);
}

#[tokio::test]
async fn a_deep_offset_is_found_and_a_shallow_one_is_not() {
    let (_database, db) = items().await;
    let recorder = Recorder::builder().build();
    let all = Offset::new("select id from item", [asc("id")]).count(Count::Never);
    let shallow = async {
        for page in 1..=40 {
            all.page(&db, &[], page, 20).await.unwrap();
        }
    };
    recorder.scope(Label::job("shallow")).run(shallow).await;
    let deep_offsets = || {
        let findings = recorder.snapshot().findings.into_iter();
        findings.filter(|found| found.kind == FindingKind::DeepOffset).collect::<Vec<_>>()
    };
    assert!(deep_offsets().is_empty());
    let mut line = 0;
    let deep = async {
        for page in 100..=110 {
            line = line!() + 1;
            all.page(&db, &[], page, 20).await.unwrap();
        }
    };
    recorder.scope(Label::job("deep")).run(deep).await;
    let found = deep_offsets();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].call_sites[0].file, found[0].call_sites[0].line), (file!(), line));
    let deepest = found[0].evidence.iter().find(|seen| seen.label == "deepest offset").unwrap();
    assert_eq!(deepest.value, "2180");
    assert!(found[0].remedy.advice.contains("Keyset"), "{}", found[0].remedy.advice);
}
