//! Reads go to replicas, and no read misses what it was promised to see.

use std::time::Duration;

use perf_core::Scope;
use perf_db::{Db, DbError, DbErrorKind, Executor, WithoutReplica, WriteMark};
use testbed::PostgresReplicas;
use tokio::time::{sleep, timeout};

const IS_REPLICA: &str = "select pg_is_in_recovery()";
const COUNT: &str = "select count(*) from fruit";
const ADD: &str = "insert into fruit values (1)";

fn servers() -> PostgresReplicas {
    let servers = PostgresReplicas::start(2).unwrap();
    servers.primary().sql("create table fruit (id int)").unwrap();
    servers.caught_up().unwrap();
    servers
}

async fn connected(servers: &PostgresReplicas, then: WithoutReplica) -> Db {
    let db = Db::builder(&servers.primary().url())
        .replica(servers.replica(0).url())
        .replica(servers.replica(1).url())
        .without_replica(then);
    db.build().await.unwrap()
}

async fn is_from_replica(db: &Db) -> bool {
    db.read().query_one(IS_REPLICA, &[]).await.unwrap().get(0)
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(60), wait).await.unwrap_or_else(|_| panic!("{what}"));
}

#[tokio::test]
async fn reads_are_spread_over_the_replicas_and_all_else_goes_to_the_primary() {
    let servers = servers();
    let db = connected(&servers, WithoutReplica::Fail).await;
    let mut ports = Vec::new();
    for _ in 0..10 {
        let row = db.read().query_one("select inet_server_port()", &[]).await.unwrap();
        ports.push(row.get::<_, i32>(0));
    }
    for replica in [servers.replica(0), servers.replica(1)] {
        let reads = ports.iter().filter(|&&port| port == i32::from(replica.port())).count();
        assert_eq!(reads, 5, "{ports:?}");
    }
    let read_on_primary: bool = db.query_one(IS_REPLICA, &[]).await.unwrap().get(0);
    let written: bool = db.write().query_one(IS_REPLICA, &[]).await.unwrap().get(0);
    assert!(!read_on_primary && !written);
}

#[tokio::test]
async fn a_scope_sees_what_it_has_written_while_every_replica_lags() {
    let servers = servers();
    let db = connected(&servers, WithoutReplica::Primary).await;
    servers.pause_replay(0).unwrap();
    servers.pause_replay(1).unwrap();
    let write_and_read = async {
        db.execute(ADD, &[]).await.unwrap();
        let mark = db.write_mark().unwrap();
        assert_eq!(db.read().query_one(COUNT, &[]).await.unwrap().get::<_, i64>(0), 1);
        mark
    };
    let (mark, _) = Scope::named("write and read").run(write_and_read).await;

    // Another scope asks for nothing and gets what the replicas have.
    assert_eq!(db.read().query_one(COUNT, &[]).await.unwrap().get::<_, i64>(0), 0);
    // One that was handed the mark, as by a cookie, sees it.
    let text = db.seal_mark(mark);
    let next_request = async {
        db.carry(db.open_mark(&text).unwrap());
        db.read().query_one(COUNT, &[]).await.unwrap().get::<_, i64>(0)
    };
    assert_eq!(Scope::named("next").run(next_request).await.0, 1);
    let row = db.read().after(mark).query_one(COUNT, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 1);

    servers.resume_replay(0).unwrap();
    let read_at = async || {
        let reader = db.read().after(mark);
        let row = reader.query_one("select pg_is_in_recovery(), count(*) from fruit", &[]).await;
        let row = row.unwrap();
        assert_eq!(row.get::<_, i64>(1), 1);
        row.get::<_, bool>(0)
    };
    until("the replica that has the write should serve it", read_at).await;
}

#[tokio::test]
async fn every_sort_of_write_leaves_a_mark() {
    let servers = servers();
    let sql = "create function add() returns int language sql as \
               'insert into fruit values (2) returning id'";
    servers.primary().sql(sql).unwrap();
    servers.caught_up().unwrap();
    let db = connected(&servers, WithoutReplica::Primary).await;
    servers.pause_replay(0).unwrap();
    servers.pause_replay(1).unwrap();
    let sees = async |expected: i64| {
        let row = db.read().query_one(COUNT, &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), expected);
    };
    let statement = async {
        db.query("insert into fruit values (1) returning id", &[]).await.unwrap();
        sees(1).await;
    };
    Scope::named("statement").run(statement).await;
    let transaction = async {
        let transaction = db.transaction().await.unwrap();
        transaction.execute(ADD, &[]).await.unwrap();
        transaction.commit().await.unwrap();
        sees(2).await;
    };
    Scope::named("transaction").run(transaction).await;
    let session = async {
        db.session().await.unwrap().execute(ADD, &[]).await.unwrap();
        sees(3).await;
    };
    Scope::named("session").run(session).await;
    let function = async {
        db.write().query("select add()", &[]).await.unwrap();
        sees(4).await;
    };
    Scope::named("function").run(function).await;
    let nothing = async {
        let transaction = db.transaction().await.unwrap();
        transaction.query(COUNT, &[]).await.unwrap();
        transaction.commit().await.unwrap();
        db.query(COUNT, &[]).await.unwrap();
        assert_eq!(db.write_mark(), None);
        sees(0).await;
    };
    Scope::named("no write").run(nothing).await;
}

#[tokio::test]
async fn a_replica_that_lags_too_far_is_left_out() {
    let servers = servers();
    let eager = |then| {
        Db::builder(&servers.primary().url())
            .replica(servers.replica(0).url())
            .max_lag(Duration::from_secs(1))
            .without_replica(then)
            .build()
    };
    let strict = eager(WithoutReplica::Fail).await.unwrap();
    let lenient = eager(WithoutReplica::Primary).await.unwrap();
    servers.pause_replay(0).unwrap();
    servers.primary().sql(ADD).unwrap();
    until("the lag should be seen", async || !is_from_replica(&lenient).await).await;
    until("the lag should be an error", async || strict.read().query(COUNT, &[]).await.is_err())
        .await;
    let error = strict.read().query(COUNT, &[]).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::NoReplica, "{error}");
    let patient = lenient.read().max_lag(Duration::from_secs(1_000));
    let row = patient.query_one(IS_REPLICA, &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));

    servers.resume_replay(0).unwrap();
    until("it should come back", async || is_from_replica(&lenient).await).await;
    until("nor be an error", async || strict.read().query(COUNT, &[]).await.is_ok()).await;
}

/// Reads again and again, and ends with the first error.
async fn read_on(db: Db) -> DbError {
    loop {
        if let Err(error) = db.read().query_one(COUNT, &[]).await {
            return error;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_dies_or_freezes_costs_no_read() {
    let mut servers = servers();
    let db = connected(&servers, WithoutReplica::Primary).await;
    let readers: Vec<_> = (0..8).map(|_| tokio::spawn(read_on(db.clone()))).collect();
    sleep(Duration::from_millis(300)).await;
    servers.kill(0).unwrap();
    sleep(Duration::from_millis(500)).await;
    servers.freeze(1).unwrap();
    until("the primary should serve", async || !is_from_replica(&db).await).await;
    servers.thaw(1).unwrap();
    servers.restart(0).unwrap();
    until("the replicas should come back", async || is_from_replica(&db).await).await;
    for reader in readers {
        assert!(!reader.is_finished(), "{:?}", reader.await);
        reader.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_a_replica_must_drop_is_sent_to_the_primary() {
    let servers = PostgresReplicas::start_with(1, &[("max_standby_streaming_delay", "0")]).unwrap();
    let primary = servers.primary();
    primary.sql("create table fruit as select generate_series(1, 1000) as id").unwrap();
    servers.caught_up().unwrap();
    let db = Db::builder(&primary.url())
        .replica(servers.replica(0).url())
        .without_replica(WithoutReplica::Fail)
        .build()
        .await
        .unwrap();
    assert!(is_from_replica(&db).await);
    let slow = "select count(*), pg_is_in_recovery() \
                from fruit, (select pg_sleep(3)) as pause";
    let read = tokio::spawn({
        let db = db.clone();
        async move { db.read().query_one(slow, &[]).await }
    });
    let running = "select count(*) from pg_stat_activity where query like '%pg_sleep(3)%' \
                   and state = 'active' and pid <> pg_backend_pid()";
    until("it should run", async || servers.replica(0).sql(running).unwrap() == "1").await;
    primary.sql("delete from fruit").unwrap();
    primary.sql("vacuum fruit").unwrap();
    let row = read.await.unwrap().unwrap();
    assert_eq!((row.get(0), row.get(1)), (0_i64, false));
}

#[tokio::test]
async fn a_write_on_a_reader_is_refused_before_it_is_sent() {
    let servers = PostgresReplicas::start(1).unwrap();
    let db = Db::builder(&servers.primary().url()).replica(servers.replica(0).url());
    let db = db.build().await.unwrap();
    let refused = async {
        for sql in ["insert into nowhere values (1)", "with a as (delete from b) select 1"] {
            let error = db.read().execute(sql, &[]).await.unwrap_err();
            assert_eq!(error.kind(), DbErrorKind::ReadOnly, "{error}");
            assert!(error.to_string().contains("tests/replicas.rs"), "{error}");
        }
    };
    let ((), work) = Scope::named("refused").run(refused).await;
    assert_eq!(work.queries(), 0);
    let transaction = db.read().transaction().await.unwrap();
    let error = transaction.execute("create table fruit (id int)", &[]).await.unwrap_err();
    assert_eq!(error.code(), Some("25006"));
}

#[tokio::test]
async fn a_forged_mark_is_an_error_and_a_made_up_one_costs_the_replicas_only() {
    let servers = PostgresReplicas::start(1).unwrap();
    let db = Db::builder(&servers.primary().url()).replica(servers.replica(0).url());
    let db = db.build().await.unwrap();
    let mark: WriteMark = "0/16B3748".parse().unwrap();
    assert_eq!(mark.to_string(), "0/16B3748");
    let sealed = db.seal_mark(mark);
    assert_eq!(db.open_mark(&sealed).unwrap(), mark);
    for text in ["", "0/16B3748", &sealed[1..], &sealed[..sealed.len() - 1], &sealed.repeat(99)] {
        assert_eq!(db.open_mark(text).unwrap_err().kind(), DbErrorKind::Forged, "{text}");
    }
    for text in ["", "0", "0/", "/", "x/y", "0/16B3748FFFFFFFFFFFF"] {
        assert_eq!(text.parse::<WriteMark>().unwrap_err().kind(), DbErrorKind::Forged, "{text}");
    }
    let future = "FFFFFFFF/FFFFFFFE".parse().unwrap();
    let row = db.read().after(future).query_one(IS_REPLICA, &[]).await.unwrap();
    assert!(!row.get::<_, bool>(0));
}
