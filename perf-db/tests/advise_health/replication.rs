use perf_core::finding::Severity;
use perf_db::advise::health::Limits;
use testbed::{Postgres, PostgresReplicas};

use crate::{evidence, find, health_at, strict, until};

#[tokio::test]
async fn a_slot_that_nobody_reads_is_found_by_what_it_keeps() {
    let settings = [("max_wal_size", "32MB"), ("min_wal_size", "32MB"), ("wal_keep_size", "0")];
    let server = Postgres::start_with(&settings).unwrap();
    let database = server.database().unwrap();
    database.sql("select pg_create_physical_replication_slot('nothing_yet')").unwrap();
    assert!(health_at(database.url()).await.findings(&Limits::default()).is_empty());

    database.sql("select pg_create_physical_replication_slot('old_reader', true)").unwrap();
    let finding_of = async || {
        let findings = health_at(database.url()).await.findings(&Limits::default());
        find(&findings, "replication_slot:old_reader").cloned()
    };
    database
        .sql("create table t as select repeat('x', 1000) from generate_series(1, 1000)")
        .unwrap();
    assert_eq!(finding_of().await.unwrap().severity, Severity::Info);
    let write = "insert into t select repeat('x', 1000) from generate_series(1, 40000)";
    database.sql(write).unwrap();
    let finding = finding_of().await.unwrap();
    assert_eq!(finding.severity, Severity::Warning, "{finding:#?}");
    assert_eq!(evidence(&finding, "in use"), "no");
    for _ in 0..9 {
        database.sql(write).unwrap();
    }
    let finding = finding_of().await.unwrap();
    assert_eq!(finding.severity, Severity::Critical, "{finding:#?}");
    database.sql(finding.remedy.code.as_deref().unwrap()).unwrap();
    assert!(finding_of().await.is_none());
}

#[tokio::test]
async fn a_slot_whose_log_is_gone_is_to_be_dropped() {
    let settings =
        [("max_wal_size", "32MB"), ("min_wal_size", "32MB"), ("max_slot_wal_keep_size", "16MB")];
    let server = Postgres::start_with(&settings).unwrap();
    let database = server.database().unwrap();
    database.sql("select pg_create_physical_replication_slot('too_late', true)").unwrap();
    database
        .sql("create table t as select repeat('x', 1000) from generate_series(1, 80000)")
        .unwrap();
    database.sql("checkpoint").unwrap();
    let findings = health_at(database.url()).await.findings(&Limits::default());
    let finding = find(&findings, "replication_slot:too_late").unwrap();
    assert!(finding.remedy.advice.contains("set its reader up anew"), "{finding:#?}");
    database.sql(finding.remedy.code.as_deref().unwrap()).unwrap();
    assert!(health_at(database.url()).await.slots.is_empty());
}

#[tokio::test]
async fn a_replica_that_falls_behind_is_found_there_and_at_its_primary() {
    let servers = PostgresReplicas::start(1).unwrap();
    let (primary, replica) = (servers.primary(), servers.replica(0));
    primary.sql("create table t (id int)").unwrap();
    servers.caught_up().unwrap();
    let at_replica = health_at(&replica.url()).await;
    assert!(at_replica.missing.is_empty(), "{:?}", at_replica.missing);
    let recovery = at_replica.recovery.as_ref().unwrap();
    assert!(recovery.is_receiving && !recovery.is_paused);
    assert!(at_replica.findings(&strict()).is_empty(), "{:#?}", at_replica.findings(&strict()));
    assert!(at_replica.ages.is_empty() && at_replica.dead_rows.is_empty());

    servers.pause_replay(0).unwrap();
    primary.sql("insert into t values (1)").unwrap();
    let is_late = async || {
        let findings = health_at(&replica.url()).await.findings(&strict());
        find(&findings, "replica_lag:own").is_some_and(|finding| {
            assert_eq!(finding.remedy.code.as_deref(), Some("select pg_wal_replay_resume();"));
            evidence(finding, "replay") == "paused"
        })
    };
    until("the lag at the replica", is_late).await;
    let is_seen = async || {
        primary.sql("insert into t values (2)").unwrap();
        let findings = health_at(&primary.url()).await.findings(&strict());
        find(&findings, "replica_lag:replica_0").is_some()
    };
    until("the lag at the primary", is_seen).await;
    replica.sql("select pg_wal_replay_resume()").unwrap();
    servers.caught_up().unwrap();
    let is_well = async || {
        let health = health_at(&replica.url()).await;
        find(&health.findings(&strict()), "replica_lag").is_none()
    };
    until("the end of the lag", is_well).await;
}

#[tokio::test]
async fn a_replica_that_does_not_reach_its_primary_says_so() {
    let mut servers = PostgresReplicas::start(1).unwrap();
    servers.primary().sql("create table t (id int)").unwrap();
    servers.caught_up().unwrap();
    servers.kill_primary().unwrap();
    let url = servers.replica(0).url();
    let is_cut_off = async || {
        let findings = health_at(&url).await.findings(&strict());
        find(&findings, "replica_lag:own")
            .is_some_and(|finding| finding.remedy.advice.contains("does not reach its primary"))
    };
    until("the lost primary", is_cut_off).await;
}
