use perf_core::finding::Severity;
use perf_db::Db;
use perf_db::advise::health::Limits;
use testbed::Postgres;

use crate::{evidence, find, health_at};

#[tokio::test]
async fn connections_near_the_limit_are_counted_by_application() {
    // 20 less the 3 for superusers.
    let server = Postgres::start_with(&[("max_connections", "20")]).unwrap();
    let database = server.database().unwrap();
    let url = format!("{}?application_name=checkout", database.url());
    let db = Db::builder(&url).max_size(20).build().await.unwrap();
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(db.transaction().await.unwrap());
    }
    let findings = health_at(database.url()).await.findings(&Limits::default());
    assert!(find(&findings, "connections").is_none(), "{findings:#?}");
    for _ in 0..5 {
        held.push(db.transaction().await.unwrap());
    }
    let findings = health_at(database.url()).await.findings(&Limits::default());
    let finding = find(&findings, "connections:used").unwrap();
    assert_eq!(finding.severity, Severity::Warning);
    assert!(evidence(finding, "in use").ends_with("of 17"), "{finding:#?}");
    assert!(evidence(finding, "by application").contains("checkout 1"), "{finding:#?}");
    for _ in 0..3 {
        held.push(db.transaction().await.unwrap());
    }
    let findings = health_at(database.url()).await.findings(&Limits::default());
    let finding = find(&findings, "connections:used").unwrap();
    assert_eq!(finding.severity, Severity::Critical);
    assert!(evidence(finding, "idle in a transaction").parse::<u32>().unwrap() >= 14);
}
