//! Each rule with a case that must fire and one that must not.

use futures_util::future::join_all;
use perf_core::finding::{Finding, FindingKind};
use perf_db::Executor;
use perf_db::advise::{Statements, Workload};
use testbed::Postgres;

use crate::Service;

async fn look(service: &Service, before: &Statements) -> (Workload, Vec<Finding>) {
    let statements = service.advisor.statements().await.unwrap().since(before);
    let (workload, _) = service.advisor.workload(&statements, 1_000).await.unwrap();
    let findings = workload.findings(&statements);
    (workload, findings)
}

fn of(findings: &[Finding], kind: FindingKind) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.kind == kind).collect()
}

fn value<'a>(finding: &'a Finding, label: &str) -> &'a str {
    let found = finding.evidence.iter().find(|evidence| evidence.label == label);
    &found.unwrap_or_else(|| panic!("{label}: {finding:?}")).value
}

#[tokio::test]
async fn a_slow_statement_is_found_under_the_recorders_key_with_its_senders() {
    let service = Service::start().await;
    let db = &service.db;
    let before = service.advisor.statements().await.unwrap();
    service
        .work(async {
            let slow = (0..100).map(|_| db.query("select pg_sleep(0.021), $1::int", &[&1]));
            join_all(slow).await.into_iter().for_each(|ran| drop(ran.unwrap()));
            // As slow, and seldom.
            for _ in 0..99 {
                _ = db.query("select name from product where id = $1", &[&1]).await.unwrap();
            }
            let seldom = (0..99).map(|_| db.query("select pg_sleep(0.021), 'seldom'", &[]));
            join_all(seldom).await.into_iter().for_each(|ran| drop(ran.unwrap()));
        })
        .await;
    let (workload, findings) = look(&service, &before).await;
    let found = of(&findings, FindingKind::SlowQuery);
    let [finding] = found[..] else { panic!("{findings:#?}") };
    assert_eq!(finding.subject, "select pg_sleep(?), ?::int");
    assert_eq!(finding.call_sites.len(), 1);
    assert_eq!(value(finding, "calls"), "100");
    assert!(value(finding, "sent by").ends_with("100 % of its time"), "{finding:?}");
    assert!(finding.impact.share > 0.3 && finding.impact.share < 0.7, "{finding:?}");
    let recorded = service.recorder.snapshot().findings;
    assert!(recorded.iter().any(|known| known.key == finding.key), "{recorded:?}");
    assert!(workload.statements[0].mean() >= std::time::Duration::from_millis(20));
}

#[tokio::test]
async fn a_statement_with_a_third_of_all_time_is_heavy_also_where_it_is_quick() {
    let service = Service::start().await;
    let db = &service.db;
    let before = service.advisor.statements().await.unwrap();
    service
        .work(async {
            for _ in 0..60 {
                let sql = "select count(*) from generate_series(1, 8000)";
                db.query(sql, &[]).await.unwrap();
                let sql = "select name from product where id = $1";
                db.query(sql, &[&1]).await.unwrap();
            }
        })
        .await;
    let (_, findings) = look(&service, &before).await;
    let found = of(&findings, FindingKind::HeavyStatement);
    let [finding] = found[..] else { panic!("{findings:#?}") };
    assert_eq!(finding.subject, "select count(*) from generate_series(?, ?)");
    assert!(finding.impact.share > 0.33);
    assert!(finding.remedy.advice.contains("cache"), "{finding:?}");
    assert!(of(&findings, FindingKind::SlowQuery).is_empty(), "{findings:#?}");
}

#[tokio::test]
async fn a_statement_that_is_planned_for_longer_than_it_runs_is_found_where_that_is_counted() {
    let server = Postgres::start_with(&[("pg_stat_statements.track_planning", "on")]).unwrap();
    let service = Service::on(server.database().unwrap()).await;
    let joins: String =
        (1..8).map(|n| format!("join product p{n} on p{n}.id = p{} .id ", n - 1)).collect();
    let before = service.advisor.statements().await.unwrap();
    for id in 0..100 {
        // Each text is another, so each is planned.
        let sql = format!("select p0.name from product p0 {joins} where p0.id = {id}");
        service.work(service.db.query(sql, &[])).await.unwrap();
        let sql = "select name from product where id = $1";
        service.work(service.db.query(sql, &[&1])).await.unwrap();
    }
    let (_, findings) = look(&service, &before).await;
    let found = of(&findings, FindingKind::PlanningTime);
    let [finding] = found[..] else { panic!("{findings:#?}") };
    assert!(finding.subject.starts_with("select p0.name"), "{finding:?}");
    assert_eq!(value(finding, "plans"), "100");
    assert!(finding.remedy.advice.contains("prepared"), "{finding:?}");
    assert_eq!(finding.call_sites.len(), 1);
    // What was planned and did not run to its end.
    service.db.query("select 1 / (price - 1) from product", &[]).await.unwrap_err();
    let statements = service.advisor.statements().await.unwrap();
    assert!(statements.statements.iter().all(|statement| statement.calls > 0), "{statements:#?}");
}

#[tokio::test]
async fn a_statement_that_writes_temporary_files_again_and_again_is_found() {
    let service = Service::start().await;
    let before = service.advisor.statements().await.unwrap();
    for _ in 0..3 {
        let sql = "select count(*) from (select n from generate_series(1, 1000000) n \
                   order by n desc) sorted";
        service.work(service.db.query(sql, &[])).await.unwrap();
    }
    // Once, and less of it.
    let sql = "select count(*) from (select n from generate_series(1, 500000) n order by n) once";
    service.work(service.db.query(sql, &[])).await.unwrap();
    service.db.execute("create index on product (name)", &[]).await.unwrap();
    let (_, findings) = look(&service, &before).await;
    let found = of(&findings, FindingKind::TemporaryFiles);
    let [finding] = found[..] else { panic!("{findings:#?}") };
    assert!(finding.subject.contains("sorted"), "{finding:?}");
    assert!(value(finding, "temporary files").ends_with("MiB"), "{finding:?}");
    assert_eq!(finding.call_sites.len(), 1);
}
