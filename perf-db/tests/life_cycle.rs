//! How connections begin and end: ahead of need, by age, by idleness, by a dead network, by a close.

use std::time::Duration;

use perf_db::{Db, DbErrorKind, Executor, HolderState, Session};
use testbed::{Database, FaultProxy};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

const PATIENCE: Duration = Duration::from_secs(20);

/// What `psql` says of the sessions of this database that are not its own.
fn sessions(database: &Database, what: &str) -> String {
    let from = "from pg_stat_activity where datname = current_database() \
                and backend_type = 'client backend' and pid <> pg_backend_pid()";
    database.sql(&format!("select {what} {from}")).unwrap()
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what}"));
}

async fn hold(db: &Db, connections: usize) -> Vec<Session> {
    let mut held = Vec::new();
    for _ in 0..connections {
        held.push(db.session().await.unwrap());
    }
    held
}

async fn pid(db: &Db) -> i32 {
    db.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn the_connections_that_should_be_idle_are_there_when_the_pool_is() {
    let database = testbed::database();
    // No room for more, with which the pool would make up for those in use.
    let db = Db::builder(database.url()).min_idle(3).max_size(3).build().await.unwrap();
    let pids = || sessions(&database, "string_agg(pid::text, ' ' order by pid)");
    // What the build has asked over a connection of its own may still be ending.
    until("three should be there", || sessions(&database, "count(*)") == "3").await;
    let from_the_start = pids();
    let held = hold(&db, 3).await;
    // The pool may have begun to open another meanwhile, and closes it then.
    until("they are those that callers get", || pids() == from_the_start).await;
    drop(held);
}

#[tokio::test]
async fn those_in_use_are_made_up_for_up_to_the_size_of_the_pool() {
    let database = testbed::database();
    let db = Db::builder(database.url()).min_idle(2).max_size(3);
    let db = db.idle_timeout(Duration::from_millis(200)).build().await.unwrap();
    // What the build has asked over a connection of its own may still be ending.
    until("two should be there", || sessions(&database, "count(*)") == "2").await;
    let held = hold(&db, 2).await;
    until("a third should be opened", || sessions(&database, "count(*)") == "3").await;
    let more = hold(&db, 1).await;
    // The pool may have begun to open another when this one was taken, and closes it then.
    until("three should be left", || sessions(&database, "count(*)") == "3").await;
    drop((held, more));
    until("one should be closed", || sessions(&database, "count(*)") == "2").await;
}

#[tokio::test]
async fn a_connection_too_old_is_replaced_while_nobody_uses_it() {
    let database = testbed::database();
    let db = Db::builder(database.url()).max_lifetime(Duration::from_millis(400));
    let db = db.build().await.unwrap();
    let before = pid(&db).await.to_string();
    let replaced = || ![before.as_str(), ""].contains(&sessions(&database, "min(pid)").as_str());
    until("another connection should be there", replaced).await;
    assert_ne!(pid(&db).await.to_string(), before);
}

#[tokio::test]
async fn a_connection_that_came_too_old_from_its_user_is_not_handed_out() {
    let database = testbed::database();
    let db = Db::builder(database.url()).max_size(1).max_lifetime(Duration::from_millis(1));
    let db = db.build().await.unwrap();
    let session = db.session().await.unwrap();
    let query = "select pg_backend_pid(), pg_sleep(0.01)";
    let before: i32 = session.query_one(query, &[]).await.unwrap().get(0);
    drop(session);
    assert_ne!(pid(&db).await, before);
}

#[tokio::test]
async fn a_connection_that_ended_unnoticed_is_asked_before_it_is_handed_out() {
    let database = testbed::database();
    let db = Db::builder(database.url()).max_size(1).check_after_idle(Duration::ZERO);
    let db = db.build().await.unwrap();
    let before = pid(&db).await;
    // The runtime of this test has one thread, which does not look at the socket meanwhile.
    database.sql(&format!("select pg_terminate_backend({before}, 5000)")).unwrap();
    assert_ne!(pid(&db).await, before);
}

/// A way to this database through a network that fails on demand.
fn behind_a_proxy(database: &Database) -> (FaultProxy, String) {
    let (server, name) = database.url().rsplit_once('/').unwrap();
    let port = server.rsplit_once(':').unwrap().1.parse().unwrap();
    let proxy = FaultProxy::start(port).unwrap();
    let url = format!("postgres://postgres@127.0.0.1:{}/{name}", proxy.port());
    (proxy, url)
}

#[tokio::test]
async fn a_silent_network_ends_the_wait_of_a_caller_in_time() {
    let database = testbed::database();
    let (proxy, url) = behind_a_proxy(&database);
    let db = Db::builder(&url)
        .max_size(1)
        .check_after_idle(Duration::ZERO)
        .acquire_timeout(Duration::from_millis(500))
        .build()
        .await
        .unwrap();
    proxy.blackhole();
    // A statement on a connection that was not asked would wait for ever.
    let answer = timeout(PATIENCE, db.query("select 1", &[])).await;
    let error = answer.expect("no endless wait").unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Timeout);
    assert!(error.to_string().contains("did not answer within 500ms"), "{error}");
    proxy.heal().unwrap();
    pid(&db).await;
}

#[tokio::test]
async fn idle_connections_of_a_silent_network_are_given_up_together() {
    const SIZE: usize = 9;
    let database = testbed::database();
    let (proxy, url) = behind_a_proxy(&database);
    let db = Db::builder(&url).max_size(SIZE).check_after_idle(Duration::ZERO);
    let db = db.build().await.unwrap();
    drop(hold(&db, SIZE).await);
    let all = || sessions(&database, "count(*)") == SIZE.to_string();
    until("all should be there, and no other", all).await;
    let before = sessions(&database, "string_agg(pid::text, ' ')");

    proxy.blackhole();
    let heal = async {
        // The first has a second to answer; each in turn would take nine.
        sleep(Duration::from_secs(6)).await;
        proxy.heal().unwrap();
    };
    let (after, ()) = tokio::join!(pid(&db), heal);
    assert!(!before.split(' ').any(|pid| pid == after.to_string()), "{after} of {before}");
}

#[tokio::test]
async fn a_close_waits_for_those_who_hold_a_connection_and_lets_nobody_new_in() {
    let database = testbed::database();
    let db = Db::builder(database.url()).min_idle(2).build().await.unwrap();
    let held = db.session().await.unwrap();
    let end = async {
        // The close has begun: this is polled after it.
        assert_eq!(db.query("select 1", &[]).await.unwrap_err().kind(), DbErrorKind::Closed);
        held.query("select pg_sleep(0.1)", &[]).await.unwrap();
        drop(held);
    };
    let (left, ()) = tokio::join!(biased; db.close(PATIENCE), end);
    assert!(left.is_empty(), "{left:?}");
    until("all should be closed", || sessions(&database, "count(*)") == "0").await;
    assert!(db.close(PATIENCE).await.is_empty());
}

#[tokio::test]
async fn a_close_sends_those_away_who_wait_for_a_connection() {
    let database = testbed::database();
    let db = Db::builder(database.url()).max_size(1).build().await.unwrap();
    let held = db.session().await.unwrap();
    let close = async {
        let left = db.close(Duration::from_millis(1)).await;
        assert_eq!(left.len(), 1, "{left:?}");
    };
    let waiting = timeout(PATIENCE, db.query("select 1", &[]));
    let (answer, ()) = tokio::join!(biased; waiting, close);
    let error = answer.expect("nobody should wait on").unwrap_err();
    assert_eq!((error.kind(), error.is_timeout()), (DbErrorKind::Closed, false));
    drop(held);
}

#[tokio::test]
async fn a_close_that_takes_too_long_says_who_still_holds_a_connection() {
    let database = testbed::database();
    let db = Db::connect(database.url()).await.unwrap();
    let (transaction, line) = (db.transaction().await.unwrap(), line!());
    let left = db.close(Duration::from_millis(1)).await;
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].call_site.file, left[0].call_site.line), (file!(), line));
    assert!(matches!(left[0].state, HolderState::IdleInTransaction), "{left:?}");
    // Whoever has a connection may go on with it.
    transaction.commit().await.unwrap();
    assert!(db.close(PATIENCE).await.is_empty());
}

#[tokio::test]
async fn what_a_pool_does_by_itself_ends_with_it() {
    let database = testbed::database();
    let db = Db::builder(database.url()).min_idle(2).build().await.unwrap();
    // Gives the task the time to begin.
    pid(&db).await;
    let tasks = || Handle::current().metrics().num_alive_tasks();
    assert!(tasks() >= 3);
    drop(db);
    until("no task should be left", || tasks() == 0).await;
    until("no session should be left", || sessions(&database, "count(*)") == "0").await;
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let url = "postgres://nobody@127.0.0.1:1/nothing";
    let many = Db::builder(url).max_size(2).min_idle(3);
    let none = Db::builder(url).idle_timeout(Duration::ZERO);
    let short = Db::builder(url).max_lifetime(Duration::ZERO);
    for (builder, names) in [(many, "min_idle"), (none, "idle_timeout"), (short, "max_lifetime")] {
        let error = builder.build().await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Settings);
        assert!(error.to_string().contains(names), "{error}");
    }
}
