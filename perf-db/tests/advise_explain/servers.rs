//! The same behind a pooler in transaction mode, on a replica, on a session, and where a service
//! has prepared statements of its own.

use perf_db::advise::Explain;
use perf_db::advise::plan::{NodeId, NodeKind};
use perf_db::{Db, DbErrorKind, Executor, Prepared, ToSql};
use testbed::{Pgbouncer, Postgres, PostgresReplicas};

use super::Case;

const SCHEMA: [&str; 2] = [
    "create table item as select n::bigint as id, 'name ' || n as name from generate_series(1, 1000) n",
    "create index on item (id)",
];

/// Each way through: a plan for values, one without, one measured, and refusals of the server.
async fn all_ways(db: &Db) {
    let sql = "select name from item where id = $1";
    let explain = Explain::new(sql).parameters(&[&7_i64]);
    assert_ne!(explain.run(db).await.unwrap().root().kind, NodeKind::SeqScan);
    assert!(!Explain::new(sql).run(db).await.unwrap().is_analyzed());
    assert!(explain.clone().analyze().run(db).await.unwrap().is_analyzed());
    explain.run_both(db).await.unwrap();
    let off = explain.clone().set("enable_indexscan", "off").set("enable_bitmapscan", "off");
    assert_eq!(off.run(db).await.unwrap().root().kind, NodeKind::SeqScan);
    for (wrong, kind) in [
        ("select nothing where 1 = $1", DbErrorKind::Statement),
        ("select interval $1 $2", DbErrorKind::Unexplainable),
        ("select name from nowhere", DbErrorKind::Statement),
    ] {
        let error = Explain::new(wrong).run(db).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{wrong} {error:?}");
    }
    let error = explain.clone().set("no_such_setting", "on").run(db).await.unwrap_err();
    assert_eq!(error.code(), Some("42704"));
}

#[tokio::test]
async fn behind_a_pooler_no_name_and_no_setting_is_left_to_others() {
    let postgres = Postgres::start().unwrap();
    let few = [("default_pool_size", "2"), ("server_round_robin", "1")];
    let pgbouncer = Pgbouncer::start(&postgres, &few).unwrap();
    let setup = Db::connect(&postgres.url()).await.unwrap();
    for sql in SCHEMA {
        setup.execute(sql, &[]).await.unwrap();
    }
    let db = Db::builder(&pgbouncer.url()).prepared(Prepared::Unnamed).build().await.unwrap();
    for _ in 0..4 {
        all_ways(&db).await;
    }
    let one = db.transaction().await.unwrap();
    let two = db.transaction().await.unwrap();
    for server in [one, two] {
        let left = "select coalesce(string_agg(statement, '; '), ''), \
                    current_setting('enable_indexscan'), current_setting('statement_timeout'), \
                    current_setting('plan_cache_mode') from pg_prepared_statements";
        let row = server.query_one(left, &[]).await.unwrap();
        let left: Vec<String> = (0..4).map(|place| row.get(place)).collect();
        assert_eq!(left, ["", "on", "0", "auto"]);
    }
}

#[tokio::test]
async fn a_replica_explains_what_reads_and_plans_what_writes() {
    let servers = PostgresReplicas::start(1).unwrap();
    for sql in SCHEMA {
        servers.primary().sql(sql).unwrap();
    }
    servers.caught_up().unwrap();
    all_ways(&Db::connect(&servers.replica(0).url()).await.unwrap()).await;
    let db = Db::builder(&servers.primary().url()).replica(servers.replica(0).url());
    let db = db.build().await.unwrap();
    let sql = "select name from item where current_setting('port') = $1 and id = $2";
    let port = servers.replica(0).port().to_string();
    let values: [&(dyn ToSql + Sync); 2] = [&port, &7_i64];
    let plan = Explain::new(sql).parameters(&values).analyze().run(&db.read()).await.unwrap();
    assert_eq!(plan.rows(NodeId::ROOT), Some(1.0), "{}", plan.tree());
    assert!(!Explain::new(sql).run(&db.read()).await.unwrap().is_analyzed());
    let delete = Explain::new("delete from item where id = $1");
    delete.run(&db.read()).await.unwrap();
    let delete = delete.parameters(&[&7_i64]).analyze().even_if_it_writes();
    assert_eq!(delete.run(&db.read()).await.unwrap_err().code(), Some("25006"));
    all_ways(&db).await;
}

#[tokio::test]
async fn on_a_session_it_leaves_no_transaction_open_and_keeps_one_that_is() {
    let case = Case::new().await;
    let session = case.db.session().await.unwrap();
    let explain = Explain::new("select id from item where id = $1").parameters(&[&5_000_i64]);
    explain.clone().analyze().run(&session).await.unwrap();
    session.execute("insert into item (id) values (5000)", &[]).await.unwrap();
    assert_eq!(case.count("select count(*) from item where id = 5000").await, 1);
    session.execute("begin", &[]).await.unwrap();
    session.execute("delete from item where id = 5000", &[]).await.unwrap();
    let plan = explain.analyze().run(&session).await.unwrap();
    assert_eq!(plan.rows(NodeId::ROOT), Some(0.0));
    session.execute("commit", &[]).await.unwrap();
    assert_eq!(case.count("select count(*) from item where id = 5000").await, 0);
}

#[tokio::test]
async fn in_a_transaction_that_only_reads_it_explains_what_writes_too() {
    let case = Case::new().await;
    let look = case.db.read().transaction().await.unwrap();
    let sql = "select id from item where id = $1";
    let explain = Explain::new(sql).parameters(&[&7_i64]);
    assert!(!explain.run(&look).await.unwrap().is_analyzed());
    assert!(explain.clone().analyze().run(&look).await.unwrap().is_analyzed());
    assert!(!Explain::new(sql).run(&look).await.unwrap().is_analyzed());
    Explain::new("delete from item").run(&look).await.unwrap();
    let delete = Explain::new("delete from item").analyze().even_if_it_writes();
    assert_eq!(delete.run(&look).await.unwrap_err().code(), Some("25006"));
    let row = look.query_one("select count(*) from item", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 1_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_are_explained_side_by_side() {
    let case = Case::new().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..16_i64 {
        let db = case.db.clone();
        tasks.spawn(async move {
            let sql = format!("select {n} + id from item where id = $1");
            let values: [&(dyn ToSql + Sync); 1] = [&n];
            let explain = Explain::new(sql).parameters(&values);
            explain.clone().analyze().run(&db).await.unwrap();
            explain.run_both(&db).await.unwrap();
            perf_db::assert_index_supported!(db, "select id from item where id = $1", &[&n]);
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    assert_eq!(case.count("select count(*) from pg_prepared_statements where from_sql").await, 0);
}

/// A service's own connections are explained over; what it has prepared must stay.
#[tokio::test]
async fn explains_take_no_place_among_prepared_statements() {
    let case = Case::new().await;
    let db = Db::builder(case.database.url()).max_size(1).statement_cache(3).build().await.unwrap();
    let names = "select count(*) from pg_prepared_statements";
    db.query("select 'first'", &[]).await.unwrap();
    db.query(names, &[]).await.unwrap();
    for n in 0..20 {
        let sql = format!("select id + {n} from item where id = $1");
        Explain::new(sql).parameters(&[&7_i64]).analyze().run(&db).await.unwrap();
    }
    let kept = "select count(*) from pg_prepared_statements where statement = $$select 'first'$$";
    assert_eq!(db.query_one(kept, &[]).await.unwrap().get::<_, i64>(0), 1);
}

#[tokio::test]
async fn a_dropped_explain_gives_its_connection_up_and_leaves_nothing_open() {
    let case = Case::new().await;
    let sql = "select count(*) from item a, item b, item c, item d";
    let explain = Explain::new(sql).analyze();
    let late = tokio::time::timeout(std::time::Duration::from_millis(300), explain.run(&case.db));
    late.await.unwrap_err();
    let open = "select count(*) from pg_stat_activity where datname = current_database() \
                and pid <> pg_backend_pid() and (state like 'idle in%' or state = 'active')";
    while case.count(open).await != 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}
