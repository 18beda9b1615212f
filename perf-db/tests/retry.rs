//! Transactions that are begun anew when something was in the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use perf_db::{Db, DbError, DbErrorKind, Executor, Retry, Transaction};
use testbed::{Database, FaultProxy, PostgresReplicas};
use tokio::sync::Barrier;

async fn accounts() -> (Database, Db) {
    let database = testbed::database();
    database.sql("create table account (id int primary key, balance int)").unwrap();
    database.sql("insert into account values (1, 100), (2, 100)").unwrap();
    let db = Db::builder(database.url()).max_size(4).build().await.unwrap();
    (database, db)
}

fn patient() -> Retry {
    Retry::new().tries(50).within(Duration::from_secs(60))
}

const ADD: &str = "update account set balance = balance + $2 where id = $1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_transactions_that_deadlock_both_succeed() {
    let (database, db) = accounts().await;
    let meeting = Arc::new(Barrier::new(2));
    let tries = Arc::new(AtomicU32::new(0));
    let pay = |first: i32, second: i32| {
        let (db, meeting, tries) = (db.clone(), Arc::clone(&meeting), Arc::clone(&tries));
        tokio::spawn(async move {
            let mut is_first = true;
            db.transaction_with_retry(patient(), |transaction| {
                tries.fetch_add(1, Ordering::Relaxed);
                let is_first = std::mem::take(&mut is_first);
                let meeting = &meeting;
                async move {
                    transaction.execute(ADD, &[&first, &1]).await?;
                    if is_first {
                        meeting.wait().await;
                    }
                    transaction.execute(ADD, &[&second, &1]).await?;
                    Ok::<_, DbError>(())
                }
            })
            .await
        })
    };
    let (one, two) = (pay(1, 2), pay(2, 1));
    one.await.unwrap().unwrap();
    two.await.unwrap().unwrap();
    assert!(tries.load(Ordering::Relaxed) > 2, "they should have been in each other's way");
    assert_eq!(database.sql("select sum(balance) from account").unwrap(), "204");
}

/// An error of the application, which says nothing of its cause.
#[derive(Debug)]
struct Vague;

impl From<DbError> for Vague {
    fn from(_: DbError) -> Self {
        Self
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serializable_transactions_that_conflict_all_succeed_whatever_the_work_makes_of_it() {
    let (database, db) = accounts().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let db = db.clone();
        tasks.spawn(async move {
            db.transaction_with_retry(patient(), |transaction| async move {
                transaction.execute("set transaction isolation level serializable", &[]).await?;
                let sum = "select sum(balance)::int from account";
                let sum: i32 = transaction.query_one(sum, &[]).await?.get(0);
                transaction
                    .execute("update account set balance = $1 where id = 1", &[&(sum + 1)])
                    .await?;
                Ok::<_, Vague>(())
            })
            .await
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap().unwrap();
    }
    // Each sum is one more than twice the hundred of the second account and what was there.
    assert_eq!(database.sql("select balance from account where id = 1").unwrap(), "706");
}

#[tokio::test]
async fn an_error_of_the_work_itself_is_not_tried_again_and_leaves_nothing() {
    let (database, db) = accounts().await;
    let mut tries = 0;
    let outcome = db
        .transaction_with_retry(patient(), |transaction| {
            tries += 1;
            async move {
                transaction.execute(ADD, &[&1, &1]).await?;
                Err::<(), _>(Vague)
            }
        })
        .await;
    assert!(outcome.is_err());
    let outcome = db
        .transaction_with_retry(patient(), |transaction| {
            tries += 1;
            async move { transaction.execute("insert into account values (1, 1)", &[]).await }
        })
        .await;
    assert!(outcome.unwrap_err().is_unique_violation());
    assert_eq!(tries, 2);
    assert_eq!(database.sql("select sum(balance) from account").unwrap(), "200");
}

#[tokio::test]
async fn a_conflict_that_the_work_has_swallowed_is_tried_again_and_the_tries_end() {
    let (_database, db) = accounts().await;
    let conflict = "do $$ begin raise exception 'no' using errcode = '40001'; end $$";
    let mut tries = 0;
    let policy = Retry::new().tries(3);
    let outcome = db
        .transaction_with_retry(policy, |transaction| {
            tries += 1;
            async move {
                _ = transaction.execute(conflict, &[]).await;
                Ok::<_, DbError>(())
            }
        })
        .await;
    assert_eq!(outcome.unwrap_err().kind(), DbErrorKind::RolledBack);
    assert_eq!(tries, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_tried_again() {
    let (database, db) = accounts().await;
    let mut tries = 0;
    db.transaction_with_retry(patient(), |transaction| {
        tries += 1;
        async move {
            transaction.execute(ADD, &[&1, &1]).await?;
            if tries < 3 {
                transaction.query("select pg_terminate_backend(pg_backend_pid())", &[]).await?;
            }
            Ok::<_, DbError>(())
        }
    })
    .await
    .unwrap();
    assert_eq!(tries, 3);
    assert_eq!(database.sql("select sum(balance) from account").unwrap(), "201");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_of_unknown_outcome_is_repeated_only_when_asked() {
    let (database, _) = accounts().await;
    let port: u16 = {
        let (_, rest) = database.url().rsplit_once(':').unwrap();
        rest.split('/').next().unwrap().parse().unwrap()
    };
    let proxy = FaultProxy::start(port).unwrap();
    let url = database.url().replace(&format!(":{port}/"), &format!(":{}/", proxy.port()));
    let db = Db::builder(&url).max_size(2).build().await.unwrap();
    for (repeat, expected, sum) in [(false, 1, "201"), (true, 2, "203")] {
        let mut tries = 0;
        let policy = patient().unknown_commits(repeat);
        let proxy = &proxy;
        let work = |transaction: Arc<Transaction>| {
            tries += 1;
            async move {
                transaction.execute(ADD, &[&1, &1]).await?;
                if tries == 1 {
                    proxy.lose_replies();
                }
                Ok::<_, DbError>(())
            }
        };
        let broken = async {
            // The commit arrives; its answer does not.
            while database.sql("select sum(balance) from account").unwrap()
                != sum_after(sum, repeat)
            {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            proxy.heal().unwrap();
        };
        let (outcome, ()) = tokio::join!(db.transaction_with_retry(policy, work), broken);
        match repeat {
            true => outcome.unwrap(),
            false => assert_eq!(outcome.unwrap_err().kind(), DbErrorKind::UnknownCommit),
        }
        assert_eq!(tries, expected);
        assert_eq!(database.sql("select sum(balance) from account").unwrap(), sum);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_in_the_middle_of_the_work_is_tried_again_on_the_new_primary() {
    let mut servers = PostgresReplicas::start(1).unwrap();
    servers.primary().sql("create table fruit (id int)").unwrap();
    servers.caught_up().unwrap();
    let db = Db::builder(&servers.primary().url())
        .replica(servers.replica(0).url())
        .acquire_timeout(Duration::from_secs(60))
        .build()
        .await
        .unwrap();
    let began = Arc::new(tokio::sync::Notify::new());
    let over = Arc::new(tokio::sync::Notify::new());
    let work = tokio::spawn({
        let (began, over) = (Arc::clone(&began), Arc::clone(&over));
        async move {
            let mut tries = 0;
            let policy = patient().tries(500);
            let port = db.transaction_with_retry(policy, |transaction| {
                tries += 1;
                let (began, over) = (&began, &over);
                async move {
                    transaction.execute("insert into fruit values (1)", &[]).await?;
                    if tries == 1 {
                        began.notify_one();
                        over.notified().await;
                    }
                    transaction.query_one("select inet_server_port()", &[]).await
                }
            });
            port.await.unwrap().get::<_, i32>(0)
        }
    });
    began.notified().await;
    servers.kill_primary().unwrap();
    servers.promote(0).unwrap();
    over.notify_one();
    assert_eq!(work.await.unwrap(), i32::from(servers.replica(0).port()));
    assert_eq!(servers.replica(0).sql("select count(*) from fruit").unwrap(), "1");
}

/// What is there when the first commit has arrived.
fn sum_after(sum: &str, repeated: bool) -> String {
    (sum.parse::<i32>().unwrap() - i32::from(repeated)).to_string()
}
