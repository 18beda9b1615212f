//! pgbouncer in transaction mode, many connections before few: every statement reaches a server
//! connection that may never have heard of it, or has heard of another by its name.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::TryStreamExt;
use perf_core::Scope;
use perf_db::batch::{DeleteMany, InsertMany, execute_many};
use perf_db::{Db, DbErrorKind, Executor, Prepared, WithoutReplica};
use testbed::{Pgbouncer, Postgres, PostgresReplicas};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Without prepared statements, which is all that Debian 12's pgbouncer 1.18 can do.
const FEW: &[(&str, &str)] = &[("default_pool_size", "3"), ("max_client_conn", "200")];

struct Behind {
    pgbouncer: Pgbouncer,
    postgres: Postgres,
}

impl Behind {
    fn start() -> Self {
        Self::with(FEW)
    }

    fn with(settings: &[(&str, &str)]) -> Self {
        let postgres = Postgres::start().unwrap();
        let pgbouncer = Pgbouncer::start(&postgres, settings).unwrap();
        Self { pgbouncer, postgres }
    }

    async fn db(&self, connections: usize, prepared: Prepared) -> Db {
        let db = Db::builder(&self.pgbouncer.url()).max_size(connections).prepared(prepared);
        db.build().await.unwrap()
    }

    /// What the server itself says.
    async fn direct(&self) -> Db {
        Db::builder(&self.postgres.url()).max_size(1).build().await.unwrap()
    }
}

/// Statements of many texts, each with an answer that no other has.
async fn storm(databases: &[Db], tasks: i32, turns: i32) {
    let mut storm = JoinSet::new();
    for task in 0..tasks {
        let db = databases[task as usize % databases.len()].clone();
        storm.spawn(async move {
            for turn in 0..turns {
                let text = (task * 7 + turn) % 12;
                let sql = format!("select $1::int + {text}, $2::text");
                let name = format!("{task} {turn}");
                let row = db.query_one(sql, &[&turn, &name]).await.unwrap();
                assert_eq!(row.get::<_, i32>(0), turn + text);
                assert_eq!(row.get::<_, &str>(1), name);
                let none = db.query_opt(format!("select {text} where $1"), &[&false]).await;
                assert!(none.unwrap().is_none());
            }
        });
    }
    while let Some(task) = storm.join_next().await {
        task.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_connections_to_few_servers_get_their_own_answers() {
    let behind = Behind::start();
    let one = behind.db(20, Prepared::Unnamed).await;
    let two = behind.db(20, Prepared::Unnamed).await;
    storm(&[one, two], 32, 40).await;
    assert_no_name_is_left(&behind).await;
}

/// Names would be met by others: pgbouncer gives its three server connections to whoever comes.
async fn assert_no_name_is_left(behind: &Behind) {
    let names = "select coalesce(string_agg(statement, '; '), '') from pg_prepared_statements";
    let db = behind.db(6, Prepared::Unnamed).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let transaction = db.transaction().await.unwrap();
        let left: String = transaction.query_one(names, &[]).await.unwrap().get(0);
        assert_eq!(left, "");
        held.push(transaction);
    }
}

/// What is traced on this thread from now on.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn listen() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        (log, tracing::subscriber::set_default(subscriber.finish()))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const WARNING: &str = "a pooler in transaction mode stands before the server";

#[tokio::test]
async fn the_pooler_is_noticed_when_the_pool_is_built_and_said_once() {
    let behind = Behind::start();
    let (log, _guard) = Log::listen();
    let one = behind.db(20, Prepared::Detected).await;
    assert_eq!(log.text().matches(WARNING).count(), 1, "{}", log.text());
    let two = behind.db(20, Prepared::default()).await;
    assert_eq!(log.text().matches("two connections are one").count(), 2, "{}", log.text());
    storm(&[one, two], 16, 30).await;
    assert_eq!(log.text().matches(WARNING).count(), 2);
    assert!(!log.text().contains("a name is"), "{}", log.text());
}

#[tokio::test]
async fn a_server_without_pooler_is_not_taken_for_one() {
    let postgres = Postgres::start().unwrap();
    let (log, _guard) = Log::listen();
    let db = Db::builder(&postgres.url()).max_size(8).build().await.unwrap();
    storm(&[db], 16, 10).await;
    assert!(!log.text().contains(WARNING), "{}", log.text());
}

/// Two clients of one pooler that both used names took turns with its only server, so that each
/// statement meets what the other has left.
#[tokio::test]
async fn a_name_that_is_lost_or_taken_shows_the_pooler_and_its_statement_is_healed() {
    let behind = Behind::with(&[("default_pool_size", "2"), ("server_round_robin", "1")]);
    // Both servers run, and from now on they take turns.
    let one = behind.db(1, Prepared::Unnamed).await;
    let held = one.transaction().await.unwrap();
    let two = behind.db(1, Prepared::Unnamed).await;
    two.query("select 1", &[]).await.unwrap();
    held.commit().await.unwrap();
    let (log, _guard) = Log::listen();
    let db = behind.db(1, Prepared::Detected).await;
    assert!(!log.text().contains(WARNING), "the first look should have missed it: {}", log.text());
    for turn in 0..20 {
        let row = db.query_one("select $1::int", &[&turn]).await.unwrap();
        assert_eq!(row.get::<_, i32>(0), turn);
        // Another turn, so that what was prepared on one server is sent to the other.
        two.query("select 1", &[]).await.unwrap();
    }
    assert_eq!(log.text().matches("a name is").count(), 1, "{}", log.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_behind_poolers_see_what_was_written() {
    let servers = PostgresReplicas::start(1).unwrap();
    servers.primary().sql("create table fruit (id int primary key)").unwrap();
    servers.caught_up().unwrap();
    let primary = Pgbouncer::start_before(servers.primary(), FEW).unwrap();
    let replica = Pgbouncer::start_before(servers.replica(0), FEW).unwrap();
    let db = Db::builder(&primary.url()).replica(replica.url()).max_size(8);
    let db = db.without_replica(WithoutReplica::Fail).prepared(Prepared::Unnamed);
    let db = db.build().await.unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..8 {
        let db = db.clone();
        tasks.spawn(Scope::named("request").run(async move {
            for turn in 0..20 {
                let id = task * 100 + turn;
                db.execute("insert into fruit values ($1)", &[&id]).await.unwrap();
                let sql = "select id from fruit where id = $1";
                let found = db.read().query_opt(sql, &[&id]).await.unwrap();
                assert!(found.is_some(), "its own write should be seen");
            }
        }));
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    let where_ = "select pg_is_in_recovery()";
    assert!(db.read().query_one(where_, &[]).await.unwrap().get::<_, bool>(0));
}

#[tokio::test]
async fn names_of_somebody_else_are_no_trouble() {
    let behind = Behind::with(&[("default_pool_size", "1")]);
    let db = behind.db(1, Prepared::Unnamed).await;
    // Every name that the driver will think of is taken.
    let take = "do $$ begin for n in 0..999 loop \
                execute format('prepare s%s as select ''not yours''', n); end loop; end $$";
    db.execute(take, &[]).await.unwrap();
    let sql = "select $1::text";
    assert_eq!(db.query_one(sql, &[&"mine"]).await.unwrap().get::<_, &str>(0), "mine");
    db.execute(take, &[]).await.unwrap();
    let transaction = db.transaction().await.unwrap();
    let sql = "select $1::text || '!'";
    assert_eq!(transaction.query_one(sql, &[&"mine"]).await.unwrap().get::<_, &str>(0), "mine!");
    transaction.commit().await.unwrap();
    db.execute("deallocate all", &[]).await.unwrap();
    db.execute(take, &[]).await.unwrap();
    let detected = behind.db(1, Prepared::Detected).await;
    assert_eq!(detected.query_one(sql, &[&"mine"]).await.unwrap().get::<_, &str>(0), "mine!");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_sessions_and_streams_work() {
    let behind = Behind::start();
    let db = behind.db(10, Prepared::Unnamed).await;
    db.execute("create table fruit (id int primary key, name text)", &[]).await.unwrap();
    let insert = "insert into fruit values ($1, $2)";
    let mut tasks = JoinSet::new();
    for id in 0..20 {
        let db = db.clone();
        tasks.spawn(async move {
            let transaction = db.transaction().await.unwrap();
            transaction.execute(insert, &[&id, &"apple"]).await.unwrap();
            let sql = "select count(*) from fruit where id = $1";
            let seen = transaction.query_one(sql, &[&id]).await.unwrap();
            assert_eq!(seen.get::<_, i64>(0), 1);
            if id % 2 == 0 {
                transaction.commit().await.unwrap()
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    let session = db.session().await.unwrap();
    let (count, max) = tokio::try_join!(
        session.query_one("select count(*) from fruit where name = $1", &[&"apple"]),
        session.query_one("select max(id) from fruit where id < $1", &[&100]),
    )
    .unwrap();
    assert_eq!((count.get::<_, i64>(0), max.get::<_, i32>(0)), (10, 18));
    drop(session);
    let rows = db.stream("select generate_series(1, $1)", &[&1_000]).await.unwrap();
    assert_eq!(rows.try_collect::<Vec<_>>().await.unwrap().len(), 1_000);
    // A failed statement in a transaction that had to be learned fails the transaction.
    let transaction = db.transaction().await.unwrap();
    transaction.query("select * from nowhere", &[]).await.unwrap_err();
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::RolledBack);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn types_of_the_user_are_known_on_each_connection() {
    let behind = Behind::start();
    let setup = behind.direct().await;
    for sql in [
        "create type colour as enum ('red', 'green')",
        "create type weight as (grams int, unit text)",
        "create domain price as int check (value > 0)",
        "create table fruit (id int, colour colour, others colour[], weight weight, price price)",
        "insert into fruit values (1, 'red', '{green,red}', row(100, 'g'), 5)",
    ] {
        setup.execute(sql, &[]).await.unwrap();
    }
    let db = behind.db(8, Prepared::Unnamed).await;
    let mut tasks = JoinSet::new();
    for task in 0..16 {
        let db = db.clone();
        tasks.spawn(async move {
            for _ in 0..10 {
                let column = ["colour", "others", "weight", "price"][task % 4];
                let sql = format!("select {column}, id from fruit where price = $1");
                let row = db.query_one(sql, &[&5]).await.unwrap();
                assert_eq!(row.get::<_, i32>(1), 1);
                let sql = "select count(*) from fruit where colour = $1::text::colour";
                let row = db.query_one(sql, &[&"red"]).await.unwrap();
                assert_eq!(row.get::<_, i64>(0), 1);
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    assert_no_name_is_left(&behind).await;
}

#[tokio::test]
async fn a_migration_costs_nobody_an_error() {
    let behind = Behind::start();
    let setup = behind.direct().await;
    setup.execute("create table fruit (id int)", &[]).await.unwrap();
    setup.execute("insert into fruit values (1), (2)", &[]).await.unwrap();
    let db = behind.db(4, Prepared::Unnamed).await;
    let sql = "select * from fruit where id = $1";
    assert_eq!(db.query(sql, &[&1]).await.unwrap().len(), 1);
    setup.execute("alter table fruit alter column id type text", &[]).await.unwrap();
    assert_eq!(db.query(sql, &[&"1"]).await.unwrap().len(), 1);
    setup
        .execute("alter table fruit alter column id type bigint using id::int", &[])
        .await
        .unwrap();
    assert_eq!(db.query(sql, &[&1_i64]).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_statement_is_cancelled_through_the_pooler() {
    let behind = Behind::with(&[("default_pool_size", "1"), ("max_client_conn", "50")]);
    let db = behind.db(2, Prepared::Unnamed).await;
    let direct = behind.direct().await;
    let sleep_sql = "select pg_sleep(60)";
    let running = || async {
        let sql = "select count(*) from pg_stat_activity where query = $1 and state = 'active'";
        direct.query_one(sql, &[&sleep_sql]).await.unwrap().get::<_, i64>(0)
    };
    let sleeper = tokio::spawn({
        let db = db.clone();
        async move { db.query(sleep_sql, &[]).await }
    });
    let until = |count: i64| async move {
        while running().await != count {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(20), until(1)).await.expect("the server should run it");
    sleeper.abort();
    timeout(Duration::from_secs(20), until(0)).await.expect("the server should stop it");
    // The only server connection serves again.
    let answer = timeout(Duration::from_secs(20), db.query("select 1", &[]));
    answer.await.expect("the pooler should not be blocked").unwrap();
}

#[tokio::test]
async fn what_pgbouncer_refuses_at_the_start_is_said() {
    let behind = Behind::start();
    let url = format!("{}?options=-c%20statement_timeout%3D1s", behind.pgbouncer.url());
    let error = Db::connect(&url).await.unwrap_err();
    assert_eq!(error.code(), Some("08P01"));
    let ignoring = Behind::with(&[("ignore_startup_parameters", "options")]);
    let url = format!("{}?options=-c%20statement_timeout%3D1s", ignoring.pgbouncer.url());
    let db = Db::connect(&url).await.unwrap();
    let row = db.query_one("show statement_timeout", &[]).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "0", "pgbouncer should have left it out");
}

/// Each from a task of its own, over more connections than there are to the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_of_any_size_go_through_the_pooler() {
    let behind = Behind::start();
    behind.direct().await.execute("create type mood as enum ('good', 'bad')", &[]).await.unwrap();
    let create = "create table fruit (id int8 primary key, name text, at mood default 'good')";
    behind.direct().await.execute(create, &[]).await.unwrap();
    let db = behind.db(8, Prepared::Unnamed).await;
    let mut tasks = JoinSet::new();
    for task in 0..8_i64 {
        let db = db.clone();
        tasks.spawn(async move {
            let ids = |rows: i64| (0..rows).map(move |row| task * 100_000 + row);
            let insert = InsertMany::into("fruit", ["id", "name"]);
            for _ in 0..3 {
                insert.run(&db, ids(100).map(|id| (id, "pear"))).await.unwrap();
                let upsert = insert.clone().on_conflict(["id"]).do_update(["name"]);
                let written = upsert.run(&db, ids(200).map(|id| (id, "plum"))).await.unwrap();
                assert_eq!((written.updated, written.inserted), (100, 100));
                let rows = insert.clone().returning_keys(["id", "at"]);
                let rows = rows.run(&db, ids(210).skip(200).map(|id| (id, "fig"))).await.unwrap();
                assert_eq!(rows[9].get::<_, i64>("id"), task * 100_000 + 209);
                let sql = "insert into fruit values ($1, $2)";
                let more = ids(300).skip(210).map(|id| (id, "nut"));
                assert_eq!(execute_many(&db, sql, more).await.unwrap(), 90);
                insert.run(&db, ids(6_000).skip(300).map(|id| (id, "fig"))).await.unwrap();
                let delete = DeleteMany::from("fruit", ["id"]);
                let deleted = delete.run(&db, ids(6_000).map(|id| (id,))).await.unwrap();
                assert_eq!(deleted, 6_000);
                let parts = InsertMany::into("fruit", ["id", "name"]).continue_on_error(10);
                let parts = parts.run(&db, ids(30).map(|id| (id, "kiwi"))).await.unwrap();
                assert_eq!(parts.written.inserted, 30, "{parts:?}");
                assert_eq!(delete.run(&db, ids(30).map(|id| (id,))).await.unwrap(), 30);
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    assert_no_name_is_left(&behind).await;
}
