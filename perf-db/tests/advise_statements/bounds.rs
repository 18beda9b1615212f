//! A server that has counted as much as it can.

use std::time::Instant;

use perf_db::Executor;
use testbed::Postgres;

use crate::Service;

/// Each reads another choice of five columns out of six.
const MANY: &str = "
    create table wide (c0 int, c1 int, c2 int, c3 int, c4 int, c5 int);
    do $$ begin
        for i in 1..5200 loop
            execute format('select c%s, c%s, c%s, c%s, c%s from wide where %L is not null',
                i % 6, i / 6 % 6, i / 36 % 6, i / 216 % 6, i / 1296 % 6, repeat('x', 300));
        end loop;
    end $$";

#[tokio::test]
async fn a_full_server_is_read_in_one_go_and_the_service_is_found_among_the_many() {
    let server = Postgres::start().unwrap();
    let service = Service::on(server.database().unwrap()).await;
    service.database.sql(MANY).unwrap();
    for id in 0..20 {
        let sql = "select name from product where id = $1";
        service.work(service.db.query(sql, &[&id])).await.unwrap();
    }
    let started = Instant::now();
    let statements = service.advisor.statements().await.unwrap();
    let read = started.elapsed();
    let (workload, _) = service.advisor.workload(&statements, 500).await.unwrap();
    let findings = workload.findings(&statements);
    println!(
        "{} statements read in {read:?}, their workload in {:?}, {} findings",
        statements.statements.len(),
        started.elapsed() - read,
        findings.len()
    );
    assert!(statements.statements.len() > 4_000, "{}", statements.statements.len());
    assert!(statements.evicted.unwrap() > 0);
    assert_eq!(statements.left_off, 0);
    let remedies: Vec<_> = statements.missing.iter().filter_map(|m| m.remedy.as_deref()).collect();
    assert!(remedies.contains(&"alter system set pg_stat_statements.max = 10000"), "{remedies:?}");
    assert_eq!(workload.statements.len(), 500);
    assert!(workload.time >= workload.statements.iter().map(|s| s.time).max().unwrap());
}
