//! A pool looks how many connections its server has, and whether all instances together fit.

use std::time::Duration;

use perf_core::{FindingKind, Label, Recorder};
use perf_db::Db;
use testbed::Postgres;
use tokio::time::{sleep, timeout};

#[tokio::test]
async fn two_instances_that_want_more_than_the_server_has_are_found() {
    let postgres = Postgres::start_with(&[
        ("max_connections", "13"),
        ("superuser_reserved_connections", "3"),
        ("max_wal_senders", "0"),
    ])
    .unwrap();
    let recorder = Recorder::builder().build();
    let instance = async |name: &str| {
        let url = format!("{}?application_name={name}", postgres.url());
        // The interval of what the pool does by itself follows from this.
        let builder = Db::builder(&url).name(name).max_size(6);
        builder.idle_timeout(Duration::from_millis(400)).build().await.unwrap()
    };
    let build = async { (instance("one").await, instance("other").await) };
    let ((_one, _other), _) = recorder.scope(Label::job("test")).run(build).await;

    let found = async {
        loop {
            let snapshot = recorder.snapshot();
            let mut findings = snapshot.findings.into_iter();
            if let Some(found) = findings.find(|found| found.kind == FindingKind::PoolSize) {
                return (snapshot.pools, found);
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let (pools, found) = timeout(Duration::from_secs(20), found).await.expect("a finding");
    // The first of them may have looked before the other was there.
    let mut pools = pools.iter();
    let pool = pools.find(|pool| found.subject == format!("pool {}", pool.pool)).unwrap();
    let server = pool.connections.unwrap();
    assert_eq!((server.max, server.reserved, server.instances), (13, 3, 2));
    assert!(server.open >= 2, "{server:?}");
    assert!(found.remedy.advice.starts_with("lower max_size to 5 or less"), "{found:?}");
}
