//! A future that is dropped half-way: its statement stops on the server, and nobody is handed a
//! busy connection.

use std::time::Duration;

use perf_core::{Label, Recorder};
use perf_db::{Db, DbErrorKind, Executor};
use testbed::Database;
use tokio::time::{sleep, timeout};

const LONG: &str = "select pg_sleep(60)";

/// Sessions of this database that run the long statement.
fn running(database: &Database) -> String {
    let sql = "select count(*) from pg_stat_activity where datname = current_database() \
               and state = 'active' and query = 'select pg_sleep(60)'";
    database.sql(sql).unwrap()
}

async fn until_running(database: &Database, sessions: &str) {
    let wait = async {
        while running(database) != sessions {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let problem = format!("the server should run {sessions} statements");
    timeout(Duration::from_secs(10), wait).await.expect(&problem);
}

async fn pid(db: &Db) -> i32 {
    let answer = db.query_one("select pg_backend_pid()", &[]);
    let row = timeout(Duration::from_secs(10), answer).await;
    row.expect("a connection should be free").unwrap().get(0)
}

async fn single(database: &Database) -> Db {
    let db = Db::builder(database.url()).max_size(1);
    db.build().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_query_stops_on_the_server_and_its_connection_is_not_used_again() {
    let database = testbed::database();
    let db = single(&database).await;
    let before = pid(&db).await;
    let query = tokio::spawn({
        let db = db.clone();
        async move { db.query(LONG, &[]).await }
    });
    until_running(&database, "1").await;
    query.abort();
    assert!(query.await.unwrap_err().is_cancelled());

    assert_ne!(pid(&db).await, before);
    assert_eq!(running(&database), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_dropped_while_a_statement_runs_stops_it() {
    let database = testbed::database();
    database.sql("create table fruit (id int)").unwrap();
    let db = single(&database).await;
    let work = tokio::spawn({
        let db = db.clone();
        async move {
            let transaction = db.transaction().await?;
            transaction.execute("insert into fruit values (1)", &[]).await?;
            transaction.query(LONG, &[]).await
        }
    });
    until_running(&database, "1").await;
    work.abort();
    assert!(work.await.unwrap_err().is_cancelled());

    pid(&db).await;
    assert_eq!(running(&database), "0");
    assert_eq!(database.sql("select count(*) from fruit").unwrap(), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_given_up_ends_its_transaction_at_once() {
    let database = testbed::database();
    let db = single(&database).await;
    let transaction = db.transaction().await.unwrap();
    let given_up = timeout(Duration::from_millis(100), transaction.query(LONG, &[]));
    given_up.await.unwrap_err();

    // Also while its owner keeps it.
    until_running(&database, "0").await;
    let error = transaction.query("select 1", &[]).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Abandoned);
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Abandoned);
    pid(&db).await;
    assert_eq!(running(&database), "0");
}

#[tokio::test]
async fn a_cancelled_query_is_recorded_as_cancelled() {
    let database = testbed::database();
    let db = single(&database).await;
    let recorder = Recorder::builder().build();
    let scope = recorder.scope(Label::job("test"));
    let given_up = timeout(Duration::from_millis(100), db.query(LONG, &[]));
    scope.run(async { given_up.await.unwrap_err() }).await;
    let snapshot = recorder.snapshot();
    assert_eq!(snapshot.queries[0].statement, "select pg_sleep(?)");
    assert_eq!(snapshot.queries[0].cancelled, 1);
    assert_eq!(snapshot.queries[0].errors, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_cancellations_leaves_a_full_pool_and_an_idle_server() {
    const SIZE: usize = 4;
    let database = testbed::database();
    let db = Db::builder(database.url()).max_size(SIZE);
    let db = db.build().await.unwrap();
    let mut storm = tokio::task::JoinSet::new();
    for turn in 0..200_i64 {
        let db = db.clone();
        storm.spawn(async move {
            // From before the checkout to after the answer.
            let patience = Duration::from_micros(turn as u64 * 97 % 20_000);
            let sql = "select $1::int8, pg_sleep(0.003)";
            if let Ok(rows) = timeout(patience, db.query(sql, &[&turn])).await {
                assert_eq!(rows.unwrap()[0].get::<_, i64>(0), turn);
            }
        });
    }
    while let Some(task) = storm.join_next().await {
        task.unwrap();
    }

    let mut held = Vec::new();
    for _ in 0..SIZE {
        let transaction = timeout(Duration::from_secs(10), db.transaction()).await;
        held.push(transaction.expect("every place should be free").unwrap());
    }
    let sessions = |condition: &'static str| {
        let sql = "select count(*) from pg_stat_activity where datname = current_database() and ";
        let transaction = &held[0];
        async move {
            let row = transaction.query_one(format!("{sql}{condition}"), &[]);
            row.await.unwrap().get::<_, i64>(0)
        }
    };
    assert_eq!(sessions("state = 'active'").await, 1, "the question itself");
    // A session ends a little after its connection is closed.
    let settled = async {
        while sessions("backend_type = 'client backend'").await > SIZE as i64 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let settled = timeout(Duration::from_secs(10), settled).await;
    settled.expect("there should be no session beside those of the pool");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_given_up_does_not_stop_those_that_are_awaited_with_it() {
    let database = testbed::database();
    let db = single(&database).await;
    let session = db.session().await.unwrap();
    let sleep_for = "select pg_sleep($1)";
    // Prepared, so that the two are sent in their order.
    session.query(sleep_for, &[&0.0]).await.unwrap();
    let first = session.query(sleep_for, &[&2.0]);
    let second = timeout(Duration::from_millis(100), session.query(sleep_for, &[&60.0]));
    let (first, second) = tokio::join!(first, second);
    first.unwrap();
    second.unwrap_err();
    // Nothing is awaited any more.
    let active = "select count(*) from pg_stat_activity where datname = current_database() \
                  and state = 'active' and query = 'select pg_sleep($1)'";
    let stopped = async {
        while database.sql(active).unwrap() != "0" {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(30), stopped).await.expect("it should be stopped");
    drop(session);
    pid(&db).await;
}
