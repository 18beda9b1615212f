use perf_core::finding::Severity;
use perf_db::Executor;
use perf_db::advise::health::Limits;
use testbed::Postgres;

use crate::{connect, evidence, find, health_at, until};

#[tokio::test]
async fn a_table_with_dead_rows_that_nobody_clears_away_is_found() {
    let server = Postgres::start_with(&[("autovacuum_naptime", "1d")]).unwrap();
    let database = server.database().unwrap();
    database.sql("create schema \"My shop\"").unwrap();
    let table = "\"My shop\".\"Order\"";
    let rows = "select n as id, 0 as paid from generate_series(1, 20000) n";
    database.sql(&format!("create table {table} as {rows}")).unwrap();
    database
        .sql(&format!("create table careful with (autovacuum_vacuum_scale_factor = 5) as {rows}"))
        .unwrap();
    database.sql(&format!("create table off with (autovacuum_enabled = off) as {rows}")).unwrap();
    database.sql("create table small as select n as id from generate_series(1, 100) n").unwrap();
    database.sql("analyze").unwrap();
    for table in [table, "careful", "off"] {
        database.sql(&format!("update {table} set paid = 1")).unwrap();
    }
    // By its share of dead rows the worst, but it costs nobody anything.
    database.sql("update small set id = id").unwrap();
    until("the dead rows", async || health_at(database.url()).await.dead_rows.len() == 3).await;

    let findings = health_at(database.url()).await.findings(&Limits::default());
    let finding = find(&findings, "autovacuum_lag:My shop.Order").unwrap();
    assert_eq!(finding.severity, Severity::Warning);
    // 50 + 0.2 of 20,000.
    assert_eq!(evidence(finding, "autovacuum should come at"), "4\u{a0}050");
    assert_eq!(evidence(finding, "dead rows"), "20\u{a0}000");
    assert_eq!(evidence(finding, "vacuumed"), "never");
    let off = find(&findings, "autovacuum_lag:public.off").unwrap();
    assert_eq!(findings.len(), 2, "{findings:#?}");

    database.sql(finding.remedy.code.as_deref().unwrap()).unwrap();
    database.sql(off.remedy.code.as_deref().unwrap()).unwrap();
    database.sql("vacuum off").unwrap();
    let cleared = async || health_at(database.url()).await.findings(&Limits::default()).is_empty();
    until("the vacuum", cleared).await;
}

#[tokio::test]
async fn what_holds_vacuum_back_is_named() {
    let server = Postgres::start_with(&[("autovacuum_naptime", "1d")]).unwrap();
    let database = server.database().unwrap();
    database.sql("create table t as select n as id from generate_series(1, 20000) n").unwrap();
    database.sql("analyze").unwrap();
    let db = connect(database.url()).await;
    let open = db.transaction().await.unwrap();
    open.execute("set transaction isolation level repeatable read", &[]).await.unwrap();
    open.query("select 1", &[]).await.unwrap();
    database.sql("update t set id = id").unwrap();
    until("the dead rows", async || !health_at(database.url()).await.dead_rows.is_empty()).await;
    database.sql("vacuum t").unwrap();
    let findings = health_at(database.url()).await.findings(&Limits::default());
    let finding = find(&findings, "autovacuum_lag:public.t").unwrap();
    let held = evidence(finding, "held back by");
    assert!(held.starts_with("a transaction, ") && held.ends_with(" transactions old"), "{held}");
    drop(open);
}

#[tokio::test]
async fn a_cache_that_does_not_hold_what_is_read_is_found() {
    let server = Postgres::start_with(&[("shared_buffers", "1MB")]).unwrap();
    let database = server.database().unwrap();
    // 2,000 pages, 16 times what the cache holds.
    let rows = "select repeat('x', 6000) as filler from generate_series(1, 2000) n";
    database.sql(&format!("create table large as {rows}")).unwrap();
    database.sql("alter table large alter filler set storage plain").unwrap();
    database.sql("create table twice as select * from large limit 0").unwrap();
    database.sql("alter table twice alter filler set storage plain").unwrap();
    database.sql("insert into twice select * from large").unwrap();
    let health = health_at(database.url()).await;
    assert!(
        find(&health.findings(&Limits::default()), "buffer_hit_rate").is_none(),
        "too few pages"
    );
    let read = "do $$ begin for n in 1..60 loop perform count(*) from twice; end loop; end $$";
    database.sql(read).unwrap();
    let is_found = async || {
        let findings = health_at(database.url()).await.findings(&Limits::default());
        let key = format!("buffer_hit_rate:{}", database.name());
        find(&findings, &key).is_some_and(|finding| {
            assert_eq!(finding.severity, Severity::Critical);
            evidence(finding, "most read").contains("public.twice")
        })
    };
    until("the rate", is_found).await;
}
