//! Statements that a materialized view would spare, and the view made as it is suggested.

use perf_core::finding::Severity;
use perf_core::{Finding, Label, Recorder};
use perf_db::advise::{Advisor, Schema, Workload, views};
use perf_db::{Db, Executor};
use testbed::Database;

/// Orders of a shop, counted from now on.
async fn shop() -> (Database, Db) {
    let database = testbed::database();
    database.sql("create schema \"My shop\"").unwrap();
    database
        .sql(
            "create table \"My shop\".\"Order\" as \
             select n as id, n % 7 as \"Product\", n % 3 as state, n % 100 as price, \
                 date '2026-01-01' + n % 300 as day from generate_series(1, 1000) n",
        )
        .unwrap();
    database
        .sql(
            "create table product as select n as id, 'p' || n as name from generate_series(0, 6) n",
        )
        .unwrap();
    database.sql("analyze; select pg_stat_reset()").unwrap();
    let db = Db::builder(database.url()).max_size(4).build().await.unwrap();
    (database, db)
}

/// As if each had been sent 200 times and taken 50 ms.
async fn findings_of(db: &Db, texts: &[&str]) -> Vec<Finding> {
    let (workload, schema) = seen(db, texts).await;
    views::findings(&workload, &schema)
}

async fn seen(db: &Db, texts: &[&str]) -> (Workload, Schema) {
    let recorder = Recorder::builder().build();
    let advisor = Advisor::of(db).recorder(&recorder);
    let send = async {
        for text in texts {
            let parameters: &[&(dyn perf_db::ToSql + Sync)] =
                if text.contains("$1") { &[&1_i32] } else { &[] };
            db.query((*text).to_owned(), parameters).await.unwrap();
        }
    };
    recorder.scope(Label::job("shop")).run(send).await;
    let (mut workload, _) = advisor.own_workload(100);
    for statement in &mut workload.statements {
        statement.calls = 200;
        statement.time = std::time::Duration::from_secs(10);
    }
    workload.observed = std::time::Duration::from_secs(600);
    workload.time = std::time::Duration::from_secs(10 * texts.len() as u64);
    (workload, advisor.schema().await.unwrap())
}

#[tokio::test]
async fn the_suggested_view_can_be_made_and_refreshed_beside_its_readers() {
    let (database, db) = shop().await;
    let texts = [
        "select o.\"Product\", count(*), sum(price) as sold from \"My shop\".\"Order\" o group by o.\"Product\"",
        "select name, day, max(price) from \"My shop\".\"Order\" join product p on p.id = \"Product\" \
         group by name, day order by name",
        "with sold as (select \"Product\" as product, sum(price) as price from \"My shop\".\"Order\" \
         group by \"Product\") select p.name n, s.price from sold s, product p \
         where s.product = p.id group by p.name, s.price;",
        "select count(*), extract(year from max(day)) as year from \"My shop\".\"Order\"",
    ];
    let findings = findings_of(&db, &texts).await;
    assert_eq!(findings.len(), texts.len(), "{findings:#?}");
    for finding in &findings {
        assert!(finding.call_sites[0].file.ends_with("advise_views.rs"));
        assert!(finding.impact.share > 0.2 && finding.impact.share < 0.25);
        let code = finding.remedy.code.as_deref().unwrap();
        database.sql(code).unwrap();
        let view = code.split_whitespace().nth(3).unwrap();
        if code.contains("create unique index") {
            database.sql(&format!("refresh materialized view concurrently {view}")).unwrap();
        }
    }
    let keyed = findings
        .iter()
        .filter(|finding| finding.remedy.code.as_deref().unwrap().contains("create unique index"));
    assert_eq!(keyed.count(), 3);
    // Its own view is no reason for another one.
    let schema = Advisor::of(&db).schema().await.unwrap();
    assert_eq!(schema.tables.iter().filter(|table| table.name.contains("_summary_")).count(), 4);
}

#[tokio::test]
async fn constants_are_left_out_of_the_code_and_it_says_so() {
    let (_database, db) = shop().await;
    let text = "select \"Product\", count(*) from \"My shop\".\"Order\" \
                where price > 42 and 'secret' <> '' group by 1 limit 10";
    let findings = findings_of(&db, &[text]).await;
    let [finding] = &findings[..] else { panic!("{findings:#?}") };
    // However much time it takes, a view is an offer.
    assert_eq!(finding.severity, Severity::Warning);
    let code = finding.remedy.code.as_deref().unwrap();
    assert!(code.starts_with("-- with the values in the places of ?\n"), "{code}");
    assert!(code.contains("where price > ? and ? <> ?"), "{code}");
    assert!(code.contains("(\"Product\");"), "{code}");
    let all = format!("{finding:?}");
    assert!(!all.contains("secret") && !all.contains("42 "), "{all}");
}

#[tokio::test]
async fn what_a_view_cannot_answer_is_no_finding() {
    let (database, db) = shop().await;
    database.sql("create view sold as select * from \"My shop\".\"Order\"").unwrap();
    let texts = [
        // Each call has its own.
        "select \"Product\", count(*) from \"My shop\".\"Order\" where state = $1 group by 1",
        // Nothing is summed up.
        "select * from \"My shop\".\"Order\"",
        "select id, sum(price) over (order by id) from \"My shop\".\"Order\"",
        // Nobody else's answer.
        "select count(*), current_user from \"My shop\".\"Order\"",
        "select max(random()) from product",
        // What changes behind a view is not known here.
        "select count(*) from sold",
        "select count(*) from generate_series(1, 10)",
        "select count(*) from pg_class",
    ];
    let findings = findings_of(&db, &texts).await;
    assert!(findings.is_empty(), "{findings:#?}");
}

#[tokio::test]
async fn a_table_that_changes_all_the_time_is_no_reason_for_a_view() {
    let (database, db) = shop().await;
    let text = "select state, count(*) from \"My shop\".\"Order\" group by state";
    assert_eq!(findings_of(&db, &[text]).await.len(), 1);
    for _ in 0..3 {
        database.sql("update \"My shop\".\"Order\" set state = state").unwrap();
    }
    let seen = async || {
        let schema = Advisor::of(&db).schema().await.unwrap();
        schema.tables.iter().any(|table| table.activity.updated >= 3_000)
    };
    for _ in 0..200 {
        if seen().await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(findings_of(&db, &[text]).await.is_empty());
}

#[tokio::test]
async fn what_is_quick_or_seldom_is_no_finding() {
    let (_database, db) = shop().await;
    let text = "select state, count(*) from \"My shop\".\"Order\" group by state";
    let (workload, schema) = seen(&db, &[text]).await;
    assert_eq!(views::findings(&workload, &schema).len(), 1);
    let with = |calls, millis| {
        let mut workload = workload.clone();
        workload.statements[0].calls = calls;
        workload.statements[0].time = std::time::Duration::from_millis(calls * millis);
        views::findings(&workload, &schema).len()
    };
    assert_eq!((with(99, 50), with(200, 19), with(100, 20)), (0, 0, 1));
}
