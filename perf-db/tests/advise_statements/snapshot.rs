//! The counters themselves: read, sorted, differenced, reset.

use std::time::Duration;

use perf_db::Executor;
use perf_db::advise::{Advisor, Order, Statements};

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

fn calls(statements: &Statements, text: &str) -> Option<u64> {
    let mut of = statements.statements.iter().filter(|s| s.fingerprint.text() == text).peekable();
    of.peek()?;
    Some(of.map(|statement| statement.calls).sum())
}

#[tokio::test]
async fn a_difference_holds_what_came_between_and_nothing_negative_after_a_reset() {
    let service = Service::start().await;
    let (db, advisor) = (&service.db, &service.advisor);
    let once = "select name from product where id = $1";
    let twice = "select price from product where id = $1";
    for _ in 0..5 {
        db.query(once, &[&1]).await.unwrap();
        db.query(twice, &[&1]).await.unwrap();
    }
    let first = advisor.statements().await.unwrap();
    for _ in 0..3 {
        db.query(twice, &[&1]).await.unwrap();
    }
    db.query("select count(*) from product", &[]).await.unwrap();
    let second = advisor.statements().await.unwrap();
    let between = second.since(&first);
    assert_eq!(calls(&between, "select name from product where id = ?"), None);
    assert_eq!(calls(&between, "select price from product where id = ?"), Some(3));
    assert_eq!(calls(&between, "select count(*) from product"), Some(1));
    assert!(between.observed.unwrap() < second.observed.unwrap());
    assert!(between.time < second.time);
    let listed: Duration = between.statements.iter().map(|s| s.time()).sum();
    assert!(listed <= between.time + Duration::from_micros(1));

    let id = |text: &str| {
        let found = second.statements.iter().find(|s| s.fingerprint.text() == text);
        found.unwrap().query_id
    };
    advisor.reset_statement(id("select price from product where id = ?")).await.unwrap();
    let one = advisor.statements().await.unwrap();
    assert_eq!(calls(&one, "select price from product where id = ?"), None);
    assert_eq!(calls(&one, "select name from product where id = ?"), Some(5));
    db.query(twice, &[&1]).await.unwrap();
    let after = advisor.statements().await.unwrap().since(&second);
    assert_eq!(calls(&after, "select price from product where id = ?"), Some(1));

    advisor.reset_statements().await.unwrap();
    let all = advisor.statements().await.unwrap();
    assert_eq!(calls(&all, "select name from product where id = ?"), None);
    db.query(once, &[&1]).await.unwrap();
    let after = advisor.statements().await.unwrap().since(&second);
    assert_eq!(calls(&after, "select name from product where id = ?"), Some(1));
}

#[tokio::test]
async fn only_statements_of_this_database_are_there_and_are_reset() {
    let (service, other) = (Service::start().await, Service::start().await);
    other.db.query("select kind_of_other from (select 1 as kind_of_other) x", &[]).await.unwrap();
    let text = "select kind_of_other from (select ? as kind_of_other) x";
    assert_eq!(calls(&service.advisor.statements().await.unwrap(), text), None);
    service.advisor.reset_statements().await.unwrap();
    assert_eq!(calls(&other.advisor.statements().await.unwrap(), text), Some(1));
}

#[tokio::test]
async fn zero_is_the_number_of_no_statement_and_resets_nothing() {
    let service = Service::start().await;
    service.db.query("select name from product where id = $1", &[&1]).await.unwrap();
    let error = service.advisor.reset_statement(0).await.unwrap_err();
    assert!(error.to_string().contains("no statement"), "{error}");
    let statements = service.advisor.statements().await.unwrap();
    assert_eq!(calls(&statements, "select name from product where id = ?"), Some(1));
}

#[tokio::test]
async fn a_reset_that_is_refused_is_an_error_that_says_so() {
    let service = Service::start().await;
    let role = format!("reader_{}", service.database.name());
    service.database.sql(&format!("create role {role} login")).unwrap();
    let url = service.database.url().replace("postgres@", &format!("{role}@"));
    let advisor = Advisor::connect(&url).await.unwrap();
    let error = advisor.reset_statements().await.unwrap_err();
    assert_eq!(error.code(), Some("42501"), "{error}");
    service.database.sql(&format!("drop role {role}")).unwrap();
}

#[tokio::test]
async fn a_statement_that_a_function_sends_does_not_count_twice_in_the_whole() {
    let service = Service::start().await;
    service
        .database
        .sql(
            "create function nap() returns int language plpgsql as
             'begin perform pg_sleep(0.2); return 1; end'",
        )
        .unwrap();
    let before = service.advisor.statements().await.unwrap();
    service.db.query("select nap()", &[]).await.unwrap();
    let statements = service.advisor.statements().await.unwrap().since(&before);
    let inner = statements.statements.iter().find(|statement| !statement.is_top_level).unwrap();
    assert!(inner.time() >= Duration::from_millis(200), "{statements:#?}");
    let outer = statements.statements.iter().find(|s| s.fingerprint.text() == "select nap()");
    assert!(statements.time < outer.unwrap().time() + inner.time());
}

#[tokio::test]
async fn a_text_that_is_too_long_is_cut_and_not_planned() {
    let service = Service::start().await;
    let columns: String = (0..1_500).map(|n| format!("id as c{n:05}, ")).collect();
    let sql = format!("select {columns}name from product where id = 1");
    assert!(sql.len() > 10_000);
    service.work(service.db.query(sql, &[])).await.unwrap();
    let statements = service.advisor.statements().await.unwrap();
    let found = statements.statements.iter().find(|s| s.fingerprint.text().contains("c00001"));
    let found = found.unwrap();
    assert_eq!(found.calls, 1);
    assert!(found.fingerprint.text().len() <= 4_100);
    let (workload, missing) = service.advisor.workload(&statements, 1_000).await.unwrap();
    assert!(missing[0].why.contains("longer than 10,000"), "{missing:?}");
    assert!(workload.statements.iter().any(|s| s.fingerprint == found.fingerprint));
}
