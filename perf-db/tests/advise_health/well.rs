use perf_db::advise::health::Limits;
use testbed::Postgres;

use crate::health_at;

#[tokio::test]
async fn a_server_in_good_health_gives_no_finding() {
    let server = Postgres::start().unwrap();
    let database = server.database().unwrap();
    database.sql("create table t as select generate_series(1, 1000) as id").unwrap();
    let health = health_at(database.url()).await;
    assert!(health.missing.is_empty(), "{:?}", health.missing);
    assert!(health.traffic.is_some() && health.connections.is_some() && health.prepared.is_some());
    assert!(health.recovery.is_none());
    assert!(health.ages.iter().any(|ages| ages.database == database.name()));
    let findings = health.findings(&Limits::default());
    assert!(findings.is_empty(), "{findings:#?}");
}

#[tokio::test]
async fn a_user_without_rights_is_told_what_he_does_not_see() {
    let server = Postgres::start().unwrap();
    let database = server.database().unwrap();
    database.sql("create role \"Some user\" login").unwrap();
    let url = database.url().replace("postgres@", "Some%20user@");
    let health = health_at(&url).await;
    let missing = health.missing.iter().find(|missing| missing.what == "sessions").unwrap();
    let remedy = missing.remedy.as_deref().unwrap();
    assert_eq!(remedy, "grant pg_monitor to \"Some user\";");
    database.sql(remedy).unwrap();
    assert!(health_at(&url).await.missing.is_empty());
}
