use perf_db::advise::health::Limits;
use testbed::{Pgbouncer, Postgres};

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
    let what = "statements and sessions of other users";
    let missing = health.missing.iter().find(|missing| missing.what == what).unwrap();
    let remedy = missing.remedy.as_deref().unwrap();
    assert_eq!(remedy, "grant pg_monitor to \"Some user\"");
    database.sql(remedy).unwrap();
    assert!(health_at(&url).await.missing.is_empty());
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_no_hindrance() {
    let server = Postgres::start().unwrap();
    let pooler = Pgbouncer::start(&server, &[("default_pool_size", "2")]).unwrap();
    let health = health_at(&pooler.url()).await;
    assert!(health.missing.is_empty(), "{:?}", health.missing);
    assert!(health.findings(&Limits::default()).is_empty());
}

#[tokio::test]
async fn what_the_server_refuses_to_show_is_missing_and_the_rest_is_there() {
    let server = Postgres::start().unwrap();
    let database = server.database().unwrap();
    let revoke = "create role guest login; grant pg_monitor to guest; \
                  revoke select on pg_replication_slots from public; \
                  revoke select on pg_stat_user_tables from public; \
                  revoke execute on function pg_blocking_pids from public";
    database.sql(revoke).unwrap();
    let health = health_at(&database.url().replace("postgres@", "guest@")).await;
    let missing: Vec<&str> = health.missing.iter().map(|missing| missing.what).collect();
    assert_eq!(missing, ["blocked statements", "replication slots", "dead rows"]);
    assert!(health.missing.iter().all(|missing| missing.why.contains("42501")));
    assert!(health.traffic.is_some() && health.connections.is_some() && !health.ages.is_empty());
}
