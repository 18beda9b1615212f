use perf_db::Executor;
use perf_db::advise::health::Limits;

use crate::{connect, evidence, find, health_at, strict, until};

#[tokio::test]
async fn who_waits_for_whom_is_followed_to_the_one_who_waits_for_nobody() {
    let database = testbed::database();
    database
        .sql("create table seat as select n as id, '' as guest from generate_series(1, 3) n")
        .unwrap();
    let db = connect(database.url()).await;
    let holder = db.transaction().await.unwrap();
    holder.execute("update seat set guest = 'Ada' where id = 1", &[]).await.unwrap();
    // The second holds 2 and waits for 1, the third waits for 2.
    let second = tokio::spawn({
        let db = db.clone();
        async move {
            let transaction = db.transaction().await.unwrap();
            transaction.execute("update seat set guest = 'Bob' where id = 2", &[]).await.unwrap();
            transaction.execute("delete from seat where id = 1", &[]).await.unwrap();
            transaction.commit().await.unwrap();
        }
    });
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() \
                   and wait_event_type = 'Lock'";
    until("the second", async || database.sql(waiting).unwrap() == "1").await;
    let third = tokio::spawn({
        let db = db.clone();
        async move {
            let sql = "select guest from seat where id = 2 and guest <> 'Eve' for update";
            db.query(sql, &[]).await.unwrap();
        }
    });
    until("the third", async || database.sql(waiting).unwrap() == "2").await;

    let health = health_at(database.url()).await;
    let findings = health.findings(&strict());
    let blocked: Vec<_> =
        findings.iter().filter(|finding| finding.key.starts_with("blocked_statement:")).collect();
    assert_eq!(blocked.len(), 2, "{findings:#?}");
    let subjects = [
        "delete from seat where id = ?",
        "select guest from seat where id = ? and guest <> ? for update",
    ];
    for finding in blocked {
        assert!(subjects.contains(&finding.subject.as_str()), "{}", finding.subject);
        // Whoever is next in the way, it is the first who keeps both.
        assert_eq!(evidence(finding, "blocked by"), "update seat set guest = ? where id = ?");
        assert_eq!(evidence(finding, "which is"), "idle in transaction");
    }
    let all = format!("{health:?} {findings:?}");
    assert!(["Ada", "Bob", "Eve"].iter().all(|value| !all.contains(value)), "{all}");

    // The advice, taken.
    let code = find(&findings, "blocked_statement").unwrap().remedy.code.clone().unwrap();
    database.sql(&code).unwrap();
    second.await.unwrap();
    third.await.unwrap();
    drop(holder);
    let findings = health_at(database.url()).await.findings(&strict());
    assert!(find(&findings, "blocked_statement").is_none());
}

#[tokio::test]
async fn a_short_wait_is_no_finding() {
    let database = testbed::database();
    database.sql("create table seat as select 1 as id").unwrap();
    let db = connect(database.url()).await;
    let holder = db.transaction().await.unwrap();
    holder.execute("lock table seat in access exclusive mode", &[]).await.unwrap();
    let waits = tokio::spawn({
        let db = db.clone();
        async move { db.query("select id from seat", &[]).await.map(drop) }
    });
    until("a wait", async || !health_at(database.url()).await.blocked.is_empty()).await;
    let health = health_at(database.url()).await;
    let hour = Limits::default().blocked(std::time::Duration::from_secs(3_600));
    assert!(find(&health.findings(&hour), "blocked_statement").is_none());
    assert!(find(&health.findings(&strict()), "blocked_statement").is_some());
    holder.rollback().await.unwrap();
    waits.await.unwrap().unwrap();
}
