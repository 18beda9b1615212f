use perf_core::finding::Severity;
use perf_db::Executor;
use perf_db::advise::health::Limits;
use testbed::Postgres;

use crate::{connect, evidence, find, health_at, strict};

#[tokio::test]
async fn a_transaction_left_open_is_found_with_what_it_holds_back() {
    let database = testbed::database();
    database.sql("create table t as select 1 as id").unwrap();
    let db = connect(database.url()).await;
    let open = db.transaction().await.unwrap();
    open.query("select * from t where id = 4711 and 'secret' <> ''", &[]).await.unwrap();
    open.execute("update t set id = 4711", &[]).await.unwrap();
    for _ in 0..3 {
        database.sql("insert into t values (2)").unwrap();
    }
    let health = health_at(database.url()).await;
    assert!(health.findings(&Limits::default()).is_empty());
    let findings = health.findings(&strict());
    let finding = find(&findings, "long_transaction:idle:").unwrap();
    assert_eq!(finding.subject, "update t set id = ?");
    assert!(evidence(finding, "keeps from vacuum").contains("transactions"));
    assert!(finding.remedy.code.as_deref().unwrap().starts_with("select pg_terminate_backend("));
    let all = format!("{health:?} {findings:?}");
    assert!(!all.contains("4711") && !all.contains("secret"), "{all}");

    open.rollback().await.unwrap();
    let findings = health_at(database.url()).await.findings(&strict());
    assert!(find(&findings, "long_transaction").is_none(), "{findings:#?}");
}

#[tokio::test]
async fn what_was_prepared_and_left_is_found() {
    let server = Postgres::start_with(&[("max_prepared_transactions", "5")]).unwrap();
    let database = server.database().unwrap();
    database.sql("create table t (id int)").unwrap();
    let prepare = "begin; insert into t values (1); prepare transaction 'some secret name'";
    database.sql(prepare).unwrap();
    let health = health_at(database.url()).await;
    assert!(health.findings(&Limits::default()).is_empty());
    let findings = health.findings(&strict());
    let finding = find(&findings, "long_transaction:prepared").unwrap();
    assert_eq!(finding.severity, Severity::Critical);
    assert!(!format!("{health:?} {findings:?}").contains("secret"));
    let shown = database.sql(finding.remedy.code.as_deref().unwrap()).unwrap();
    assert!(shown.starts_with("some secret name"), "{shown}");
    database.sql("rollback prepared 'some secret name'").unwrap();
    let findings = health_at(database.url()).await.findings(&strict());
    assert!(find(&findings, "long_transaction:prepared").is_none());
}
