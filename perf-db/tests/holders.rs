//! Who holds connections: asked for, in the error of a checkout that took too long, and recorded.

use std::time::Duration;

use perf_core::{FindingKind, Label, Recorder};
use perf_db::{Db, Executor, Holder, HolderState};
use testbed::Database;
use tokio::time::{sleep, timeout};

const PATIENCE: Duration = Duration::from_secs(20);

async fn sized(database: &Database, size: usize) -> Db {
    let db = Db::builder(database.url()).name("shop").max_size(size);
    db.acquire_timeout(Duration::from_secs(1)).build().await.unwrap()
}

async fn until(db: &Db, what: &str, is_so: impl Fn(&[Holder]) -> bool) {
    let wait = async {
        while !is_so(&db.holders()) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what}: {:?}", db.holders()));
}

#[tokio::test]
async fn each_holder_is_known_by_its_place_and_by_what_it_does() {
    let database = testbed::database();
    let db = sized(&database, 3).await;
    assert!(db.holders().is_empty());

    let (session, first) = (db.session().await.unwrap(), line!());
    let (transaction, second) = (db.transaction().await.unwrap(), line!());
    transaction.query("select 1", &[]).await.unwrap();
    let third = line!() + 3;
    let query = tokio::spawn({
        let db = db.clone();
        async move { db.query("select pg_sleep(60), 'a secret'", &[]).await }
    });
    let runs = |holder: &Holder| matches!(holder.state, HolderState::Running(_));
    until(&db, "a statement should run", |holders| holders.iter().any(runs)).await;

    let holders = db.holders();
    let lines: Vec<u32> = holders.iter().map(|holder| holder.call_site.line).collect();
    assert_eq!(lines, [first, second, third], "longest first");
    assert!(holders.iter().all(|holder| holder.call_site.file == file!()));
    assert!(matches!(holders[0].state, HolderState::Idle), "{holders:?}");
    assert!(matches!(holders[1].state, HolderState::IdleInTransaction), "{holders:?}");
    let HolderState::Running(statement) = &holders[2].state else { panic!("{holders:?}") };
    assert_eq!(statement.text(), "select pg_sleep(?), ?");

    let error = db.query("select 1", &[]).await.unwrap_err().to_string();
    let places = [first, second, third].map(|line| format!("perf-db/tests/holders.rs:{line} for "));
    assert!(places.iter().all(|place| error.contains(place)), "{error}");
    assert!(error.contains("running for ") && error.contains(": select pg_sleep(?), ?"), "{error}");
    assert!(!error.contains("secret"), "{error}");

    query.abort();
    drop(session);
    transaction.commit().await.unwrap();
    until(&db, "nobody should hold one", <[Holder]>::is_empty).await;
}

#[tokio::test]
async fn a_connection_whose_statement_is_being_stopped_is_still_known() {
    let database = testbed::database();
    let db = sized(&database, 1).await;
    let given_up = timeout(Duration::from_millis(100), db.query("select pg_sleep(60)", &[]));
    given_up.await.unwrap_err();
    // The task that stops it has not run yet.
    let holders = db.holders();
    assert!(matches!(holders[0].state, HolderState::Cancelling), "{holders:?}");
    assert!(holders[0].to_string().contains(", being cancelled for "), "{}", holders[0]);
    until(&db, "nobody should hold it", <[Holder]>::is_empty).await;
}

#[tokio::test]
async fn waits_and_holds_are_recorded_by_call_site() {
    let database = testbed::database();
    let db = sized(&database, 1).await;
    let recorder = Recorder::builder().build();
    let (mut line_of_transaction, mut line_of_query) = (0, 0);
    let work = async {
        for _ in 0..20 {
            line_of_transaction = line!() + 1;
            let transaction = db.transaction().await.unwrap();
            transaction.query("select 1", &[]).await.unwrap();
            sleep(Duration::from_millis(21)).await;
            transaction.commit().await.unwrap();
        }
        line_of_query = line!() + 1;
        db.query("select pg_sleep(0.05)", &[]).await.unwrap();
    };
    recorder.scope(Label::job("test")).run(work).await;

    let snapshot = recorder.snapshot();
    assert_eq!(snapshot.pools[0].hold.count, 21);
    let at = |line| {
        let mut uses = snapshot.pool_uses.iter();
        uses.find(|site| site.call_site.line == line).expect("a place")
    };
    let transaction = at(line_of_transaction);
    assert_eq!((transaction.wait.count, transaction.hold.count), (20, 20));
    assert!(transaction.idle_in_transaction >= 20 * Duration::from_millis(21));
    assert!(transaction.hold.total() >= transaction.idle_in_transaction + transaction.busy);
    let query = at(line_of_query);
    assert_eq!(query.idle_in_transaction, Duration::ZERO);
    assert!(query.busy >= Duration::from_millis(50));

    let findings = &snapshot.findings;
    let found = findings.iter().find(|found| found.kind == FindingKind::IdleInTransaction);
    let found = found.unwrap_or_else(|| panic!("{findings:?}"));
    assert_eq!(found.call_sites[0].line, line_of_transaction);
}

#[tokio::test]
async fn statements_sent_together_count_their_time_once() {
    let database = testbed::database();
    let db = sized(&database, 1).await;
    let recorder = Recorder::builder().build();
    let work = async {
        let session = db.session().await.unwrap();
        let sleep = || session.query("select pg_sleep(0.05)", &[]);
        tokio::try_join!(sleep(), sleep()).unwrap();
    };
    recorder.scope(Label::job("test")).run(work).await;
    let uses = recorder.snapshot().pool_uses;
    assert!(uses[0].busy >= Duration::from_millis(100), "{uses:?}");
    assert!(uses[0].busy <= uses[0].hold.total(), "{uses:?}");
}
