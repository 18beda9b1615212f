//! A write whose end nobody has heard may be there: later reads of its scope do not miss it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures_util::TryStreamExt;
use perf_core::Scope;
use perf_db::batch::InsertMany;
use perf_db::{Db, DbErrorKind, Executor, Loader};
use testbed::PostgresReplicas;
use tokio::time::sleep;

const ADD: &str = "insert into fruit values (1)";

/// A table, on a replica as well, which from now on sees no more writes.
async fn with_late_replica() -> (PostgresReplicas, Db) {
    let servers = PostgresReplicas::start(1).unwrap();
    let primary = servers.primary();
    primary.sql("create table fruit (id int)").unwrap();
    primary
        .sql(
            "create function fatal() returns trigger language plpgsql as \
             'begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(60); \
             return new; end'",
        )
        .unwrap();
    primary
        .sql(
            "create trigger fatal before insert on fruit for each row when (new.id = 13) \
             execute function fatal()",
        )
        .unwrap();
    servers.caught_up().unwrap();
    let db = Db::builder(&servers.primary().url()).replica(servers.replica(0).url());
    let db = db.build().await.unwrap();
    servers.pause_replay(0).unwrap();
    (servers, db)
}

async fn seen(db: &Db) -> i64 {
    db.read().query_one("select count(*) from fruit", &[]).await.unwrap().get(0)
}

async fn until_written(servers: &PostgresReplicas) {
    while servers.primary().sql("select count(*) from fruit").unwrap() == "0" {
        sleep(Duration::from_millis(10)).await;
    }
}

/// Polls once, and then never again.
async fn begun(work: impl Future) {
    let mut work = std::pin::pin!(work);
    poll_fn(|context| {
        assert!(work.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[tokio::test]
async fn the_write_of_a_stream_that_was_dropped() {
    let (servers, db) = with_late_replica().await;
    let work = async {
        let mut rows = db.stream("insert into fruit values (1) returning id", &[]).await.unwrap();
        rows.try_next().await.unwrap();
        until_written(&servers).await;
        drop(rows);
        assert_eq!(seen(&db).await, 1);
    };
    Scope::named("stream").run(work).await;
}

#[tokio::test]
async fn a_commit_that_was_given_up() {
    let (servers, db) = with_late_replica().await;
    let work = async {
        let transaction = db.transaction().await.unwrap();
        transaction.execute(ADD, &[]).await.unwrap();
        let commit = transaction.commit();
        let mut commit = Box::pin(commit);
        begun(&mut commit).await;
        until_written(&servers).await;
        drop(commit);
        assert_eq!(seen(&db).await, 1);
    };
    Scope::named("commit").run(work).await;
}

#[tokio::test]
async fn a_statement_that_was_given_up() {
    let (servers, db) = with_late_replica().await;
    let work = async {
        let session = db.session().await.unwrap();
        // Prepared, so that one poll sends it.
        session.execute("insert into fruit select 1 where $1", &[&false]).await.unwrap();
        let write = session.execute("insert into fruit select 1 where $1", &[&true]);
        let mut write = Box::pin(write);
        begun(&mut write).await;
        until_written(&servers).await;
        drop(write);
        assert_eq!(seen(&db).await, 1);
    };
    Scope::named("statement").run(work).await;
}

#[tokio::test]
async fn the_parts_of_a_batch_before_its_connection_broke() {
    let (_servers, db) = with_late_replica().await;
    let work = async {
        let insert = InsertMany::into("fruit", ["id"]).continue_on_error(1);
        let error = insert.run(&db, [(1,), (13,)]).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Connection);
        assert_eq!(seen(&db).await, 1);
    };
    Scope::named("batch").run(work).await;
}

const ADDING: &str = "create function add(id int) returns int language sql as \
                      'insert into fruit values (id) returning id'";

#[tokio::test]
async fn functions_that_a_writer_streams_and_looks_up() {
    let (servers, db) = with_late_replica().await;
    servers.primary().sql(ADDING).unwrap();
    let add = "select add(id), id from unnest($1::int[]) as id";
    let stream = async {
        let rows = db.write();
        let rows = rows.stream(add, &[&vec![1, 2]]).await.unwrap();
        rows.try_collect::<Vec<_>>().await.unwrap();
        assert_eq!(seen(&db).await, 2);
    };
    Scope::named("stream").run(stream).await;
    for (keys, all) in [(1_000, 4), (1, 6)] {
        let loader = Loader::<i32>::new(add, "id").max_keys(keys);
        let (loader, write) = (&loader, db.write());
        let lookups = async {
            let lookups = [loader.load(&write, 3), loader.load(&write, 4)];
            futures_util::future::try_join_all(lookups).await.unwrap();
            assert_eq!(seen(&db).await, all);
        };
        Scope::named("lookups").run(lookups).await;
    }
    // Together with what is no write it leaves a mark all the same.
    let (loader, write) = (Loader::<i32>::new(add, "id"), db.write());
    let lookups = async {
        _ = tokio::join!(loader.load(&db, 5), loader.load(&write, 6));
        assert_eq!(seen(&db).await, 8);
    };
    Scope::named("both").run(lookups).await;
}

#[tokio::test]
async fn a_function_that_writes_in_a_transaction_of_selects_only() {
    let (servers, db) = with_late_replica().await;
    servers.primary().sql(ADDING).unwrap();
    let work = async {
        let transaction = db.transaction().await.unwrap();
        transaction.query("select add(2)", &[]).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(seen(&db).await, 1);
    };
    Scope::named("function").run(work).await;
}

#[tokio::test]
async fn a_statement_that_the_server_refuses_costs_no_replica() {
    let (servers, db) = with_late_replica().await;
    let work = async {
        db.execute("insert into fruit values (1 / 0)", &[]).await.unwrap_err();
        let insert = InsertMany::into("fruit", ["id"]);
        insert.run(&db, [(Some("text"),)]).await.unwrap_err();
        let session = db.session().await.unwrap();
        session.execute("begin", &[]).await.unwrap();
        session.execute("insert into fruit values (1 / 0)", &[]).await.unwrap_err();
        session.execute("rollback", &[]).await.unwrap();
        servers.resume_replay(0).unwrap();
        servers.caught_up().unwrap();
        let row = db.read().query_one("select pg_is_in_recovery()", &[]).await.unwrap();
        assert!(row.get::<_, bool>(0));
    };
    Scope::named("refused").run(work).await;
}

#[tokio::test]
async fn a_transaction_that_only_reads_leaves_no_mark_whatever_it_does() {
    let (_servers, db) = with_late_replica().await;
    let work = async {
        let transaction = db.read().transaction().await.unwrap();
        transaction.execute("set local statement_timeout = 10000", &[]).await.unwrap();
        let rows = transaction.stream("select * from fruit", &[]).await.unwrap();
        rows.try_collect::<Vec<_>>().await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(db.write_mark(), None);
    };
    Scope::named("read").run(work).await;
}
