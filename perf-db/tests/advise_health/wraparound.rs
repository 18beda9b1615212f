use perf_core::finding::Severity;
use perf_db::advise::health::Limits;
use testbed::{Database, Postgres};

use crate::{evidence, find, health_at};

/// As if so many transactions had passed since the oldest one that the catalog names: numbers go round,
/// so the oldest may well be above the newest.
fn age(database: &Database, column: &str, relation: &str, age: i64) {
    let (column, kind) = match column {
        "transactions" => (("datfrozenxid", "relfrozenxid"), "xid"),
        _ => (("datminmxid", "relminmxid"), "multixact"),
    };
    let next = match kind {
        "xid" => "select pg_current_xact_id()::text::bigint",
        _ => "select next_multixact_id::text::bigint from pg_control_checkpoint()",
    };
    let next: i64 = database.sql(next).unwrap().parse().unwrap();
    let old = (next - age).rem_euclid(1 << 32);
    database
        .sql(&format!(
            "update pg_database set {} = '{old}' where datname = current_database(); \
             update pg_class set {} = '{old}' where oid = '{relation}'::regclass",
            column.0, column.1
        ))
        .unwrap();
}

#[tokio::test]
async fn numbers_that_run_out_are_found_with_the_table_that_keeps_them() {
    let server = Postgres::start_with(&[("autovacuum_naptime", "1d")]).unwrap();
    let database = server.database().unwrap();
    database.sql("create table \"Old\" as select 1 as id; create table young as select 1").unwrap();
    let key = format!("wraparound:{}", database.name());
    let finding_of = async || {
        let findings = health_at(database.url()).await.findings(&Limits::default());
        find(&findings, &key).cloned()
    };
    age(&database, "transactions", "\"Old\"", 1_500_000_000);
    assert!(finding_of().await.is_none());
    age(&database, "transactions", "\"Old\"", 1_700_000_000);
    let finding = finding_of().await.unwrap();
    assert_eq!((&finding.key, finding.severity), (&key, Severity::Warning));
    assert_eq!(evidence(&finding, "oldest table"), "public.\"Old\"");
    age(&database, "transactions", "\"Old\"", 2_120_000_000);
    let finding = finding_of().await.unwrap();
    assert_eq!(finding.severity, Severity::Critical);
    database.sql(finding.remedy.code.as_deref().unwrap()).unwrap();
    let frozen = "select age(relfrozenxid) < 100 from pg_class where relname = 'Old'";
    assert_eq!(database.sql(frozen).unwrap(), "t");
}

#[tokio::test]
async fn numbers_of_row_locks_run_out_by_themselves() {
    let server = Postgres::start_with(&[("autovacuum_naptime", "1d")]).unwrap();
    let database = server.database().unwrap();
    database.sql("create table t as select 1 as id").unwrap();
    age(&database, "multixacts", "t", 1_700_000_000);
    let findings = health_at(database.url()).await.findings(&Limits::default());
    let keys: Vec<&str> = findings.iter().map(|finding| finding.key.as_str()).collect();
    assert_eq!(keys, [format!("wraparound:{}:multixact", database.name())]);
    assert_eq!(evidence(&findings[0], "oldest table"), "public.t");
}
