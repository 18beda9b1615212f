//! The counters themselves: read, sorted, differenced, reset.

use perf_db::Executor;
use perf_db::advise::Order;

use crate::Service;

#[tokio::test]
async fn a_statement_that_was_sent_is_counted_with_its_calls_rows_and_share() {
    let service = Service::start().await;
    for id in 1..=7 {
        let sql = "select name from product where id <= $1";
        service.db.query(sql, &[&id]).await.unwrap();
    }
    let statements = service.advisor.statements().await.unwrap();
    let found: Vec<_> = statements
        .statements
        .iter()
        .filter(|statement| {
            statement.fingerprint.text() == "select name from product where id <= ?"
        })
        .collect();
    let [statement] = found[..] else { panic!("{statements:#?}") };
    assert_eq!((statement.calls, statement.rows), (7, 28));
    assert!(statement.is_top_level);
    assert!(statement.mean() <= statement.time());
    assert!(statements.share(statement) > 0.0 && statements.share(statement) < 1.0);
    assert!(statements.observed.unwrap() > statement.time());
    let total: f64 = statements.statements.iter().map(|s| statements.share(s)).sum();
    assert!((0.9..1.001).contains(&total), "{total}");
    let calls: Vec<u64> = statements.top(Order::Calls, 3).iter().map(|s| s.calls).collect();
    assert!(calls.is_sorted_by(|a, b| a >= b), "{calls:?}");
    assert_eq!(calls.len(), 3);
}

#[tokio::test]
async fn what_the_advisor_sends_itself_is_not_among_the_statements() {
    let service = Service::start().await;
    let sql = "select name from product where id = $1";
    service.work(service.db.query(sql, &[&1])).await.unwrap();
    for _ in 0..2 {
        let statements = service.advisor.statements().await.unwrap();
        let (workload, missing) = service.advisor.workload(&statements, 100).await.unwrap();
        assert!(missing.is_empty(), "{missing:?}");
        let texts: Vec<&str> = workload.statements.iter().map(|s| s.fingerprint.text()).collect();
        for text in &texts {
            for own in ["pg_stat_statements", "explain", "pg_settings", "set_config", "perf-db"] {
                assert!(!text.contains(own), "{text}");
            }
        }
        assert!(texts.contains(&"select name from product where id = ?"), "{texts:?}");
        let known = &service.recorder.snapshot().queries;
        assert_eq!(known.len(), 1, "{known:?}");
    }
}
