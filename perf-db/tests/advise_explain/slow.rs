//! Slow executions are planned afterwards with the values that they had, which are shown nowhere.

use std::time::Duration;

use perf_core::CallSite;
use perf_db::advise::plan::NodeKind;
use perf_db::advise::{Advisor, SlowPlan};
use perf_db::{Db, Executor, Prepared};
use testbed::{Database, Pgbouncer, Postgres};

const SCHEMA: &str = "create table task as select n as id, \
     case when n % 1000 = 0 then 'open' else 'done' end as state from generate_series(1, 20000) n; \
     create index on task (state); analyze task";

async fn keeping(url: &str, threshold: Duration) -> Db {
    Db::builder(url).max_size(2).explain_slow(threshold).build().await.unwrap()
}

async fn case() -> (Database, Db) {
    let database = testbed::database();
    database.sql(SCHEMA).unwrap();
    let db = keeping(database.url(), Duration::ZERO).await;
    (database, db)
}

async fn plans(db: &Db) -> Vec<SlowPlan> {
    Advisor::of(db).slow_plans().await.unwrap()
}

#[tokio::test]
async fn a_slow_execution_is_planned_with_its_values() {
    let (_database, db) = case().await;
    let sql = "select id, state from task where state = $1";
    let call_site = CallSite::here();
    db.query(sql, &[&"done"]).await.unwrap();
    let [SlowPlan { statement, call_site: site, took, plan, .. }] = &plans(&db).await[..] else {
        panic!("one statement was sent")
    };
    assert_eq!(statement.text(), "select id, state from task where state = ?");
    assert_eq!((site.file, site.line), (call_site.file, call_site.line + 1));
    assert!(!took.is_zero());
    let plan = plan.as_ref().unwrap();
    // As for no other value.
    assert_eq!(plan.root().kind, NodeKind::SeqScan, "{}", plan.tree());
    assert!(!plan.is_analyzed());
}

#[tokio::test]
async fn values_of_all_sorts_are_kept_and_none_is_shown() {
    let (_database, db) = case().await;
    let (text, list, nothing) = ("a secret", vec![77_001_i32, 77_002], None::<i32>);
    let sql =
        "select id from task where state = $1 and id = any($2) and ($3::int is null or id = $3)";
    db.query(sql, &[&text, &list, &nothing]).await.unwrap();
    let sql = "select id from task where id = $1::int and $2::float8 > 0.5 and $3::bool";
    db.query(sql, &[&7, &0.77001_f64, &true]).await.unwrap();
    let plans = plans(&db).await;
    assert_eq!(plans.len(), 2);
    assert!(plans.iter().all(|slow| slow.plan.is_ok()));
    for shown in [format!("{plans:?}"), format!("{db:?}")] {
        assert!(!shown.contains("secret") && !shown.contains("77001"), "{shown}");
    }
}

#[tokio::test]
async fn writes_streams_long_values_and_the_advisors_own_statements_are_left_out() {
    let (_database, db) = case().await;
    db.execute("update task set state = $1 where id = $2", &[&"open", &1]).await.unwrap();
    db.query("with a as (delete from task where id = 2 returning id) table a", &[]).await.unwrap();
    db.query("show work_mem", &[]).await.unwrap();
    db.query("select $1::text", &[&"x".repeat(70_000)]).await.unwrap();
    db.query("explain select 1", &[]).await.unwrap();
    drop(db.stream("select id from task", &[]).await.unwrap());
    assert!(plans(&db).await.is_empty());
    assert!(plans(&db).await.is_empty());
}

#[tokio::test]
async fn the_slowest_execution_of_each_of_the_last_statements_is_kept() {
    let (_database, db) = case().await;
    let sleep = "select pg_sleep($1)";
    for seconds in [0.001, 0.2, 0.002] {
        db.query(sleep, &[&seconds]).await.unwrap();
    }
    assert!(plans(&db).await[0].took >= Duration::from_millis(200));
    // More than are kept; the oldest go.
    for n in 0..40 {
        let columns = vec!["id"; n + 1].join(", ");
        db.query(format!("select {columns} from task limit 1"), &[]).await.unwrap();
    }
    let plans = plans(&db).await;
    assert_eq!(plans.len(), 32);
    assert!(plans.iter().all(|slow| !slow.statement.text().contains("pg_sleep")));
}

#[tokio::test]
async fn only_what_is_slow_enough_is_kept_and_nothing_unless_asked_for() {
    let database = testbed::database();
    let db = keeping(database.url(), Duration::from_secs(3_600)).await;
    db.query("select 1", &[]).await.unwrap();
    assert!(plans(&db).await.is_empty());
    let db = Db::connect(database.url()).await.unwrap();
    db.query("select pg_sleep(0.01)", &[]).await.unwrap();
    assert!(plans(&db).await.is_empty());
}

/// What was kept need not fit any more.
#[tokio::test]
async fn a_statement_that_has_changed_meanwhile_has_no_plan_and_the_others_have() {
    let (database, db) = case().await;
    db.query("select id from task where id = $1", &[&1]).await.unwrap();
    db.query("select state from task where state = $1", &[&"open"]).await.unwrap();
    database.sql("alter table task alter column id type bigint").unwrap();
    let plans = plans(&db).await;
    assert_eq!(plans.len(), 2);
    for SlowPlan { statement, plan, .. } in plans {
        assert_eq!(plan.is_err(), statement.text().contains("where id"), "{statement} {plan:?}");
    }
}

#[tokio::test]
async fn values_are_kept_behind_a_pooler_too() {
    let postgres = Postgres::start().unwrap();
    let setup = Db::connect(&postgres.url()).await.unwrap();
    for sql in SCHEMA.split(";") {
        setup.execute(sql.to_owned(), &[]).await.unwrap();
    }
    let pgbouncer = Pgbouncer::start(&postgres, &[("default_pool_size", "2")]).unwrap();
    let db = Db::builder(&pgbouncer.url()).prepared(Prepared::Unnamed);
    let db = db.explain_slow(Duration::ZERO).build().await.unwrap();
    db.query("select id from task where state = $1", &[&"done"]).await.unwrap();
    let plans = plans(&db).await;
    assert_eq!(plans[0].plan.as_ref().unwrap().root().kind, NodeKind::SeqScan);
}
