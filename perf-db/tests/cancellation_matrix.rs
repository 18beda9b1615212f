//! Every way to wait for the database, dropped at every point.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use perf_db::{Db, Executor};
use testbed::Database;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const SIZE: usize = 4;

/// Long enough to be caught in the act, short enough to be done ten thousand times.
const WORK: &str = "select $1::int, pg_sleep(0.002)";

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

type Way = fn(Db, i32) -> Work;

/// What a caller may wait for, each as a whole, so that the drop can come anywhere in it.
const WAYS: [(&str, Way); 9] = [
    ("checkout", |db, _| {
        Box::pin(async move {
            let session = db.session().await.unwrap();
            tokio::task::yield_now().await;
            drop(session);
        })
    }),
    ("prepare", |db, turn| {
        Box::pin(async move {
            // A text that no connection has seen.
            let row = db.query_one(format!("select {turn}, $1::int"), &[&turn]).await.unwrap();
            assert_eq!(row.get::<_, i32>(1), turn);
        })
    }),
    ("query", |db, turn| {
        Box::pin(async move {
            let row = db.query_one(WORK, &[&turn]).await.unwrap();
            assert_eq!(row.get::<_, i32>(0), turn);
        })
    }),
    ("stream", |db, turn| {
        Box::pin(async move {
            let sql = "select $1 + n, repeat('x', 100) from generate_series(0, 2000) n";
            let mut rows = db.stream(sql, &[&turn]).await.unwrap();
            let mut expected = turn;
            while let Some(row) = rows.next().await {
                assert_eq!(row.unwrap().get::<_, i32>(0), expected);
                expected += 1;
            }
        })
    }),
    ("transaction", |db, turn| {
        Box::pin(async move {
            let transaction = db.transaction().await.unwrap();
            transaction.execute("insert into started values ($1)", &[&turn]).await.unwrap();
            transaction.query(WORK, &[&turn]).await.unwrap();
            transaction.rollback().await.unwrap();
        })
    }),
    ("commit", |db, turn| {
        Box::pin(async move {
            let transaction = db.transaction().await.unwrap();
            // The deferred trigger makes the commit itself take its time.
            transaction.execute("insert into slow values ($1)", &[&turn]).await.unwrap();
            transaction.commit().await.unwrap();
        })
    }),
    ("session", |db, turn| {
        Box::pin(async move {
            let session = db.session().await.unwrap();
            session.execute("begin", &[]).await.unwrap();
            session.execute("insert into started values ($1)", &[&turn]).await.unwrap();
            let sql = "select $1::int";
            let one = async { session.query_one(sql, &[&turn]).await };
            let two = async { session.query_one(sql, &[&-turn]).await };
            let (one, two) = tokio::join!(one, two);
            assert_eq!(one.unwrap().get::<_, i32>(0), turn);
            assert_eq!(two.unwrap().get::<_, i32>(0), -turn);
        })
    }),
    ("retry", |db, turn| {
        Box::pin(async move {
            let policy = perf_db::Retry::new();
            let work = |transaction: std::sync::Arc<perf_db::Transaction>| async move {
                transaction.execute("insert into started values ($1)", &[&turn]).await?;
                transaction.query(WORK, &[&turn]).await?;
                Err::<(), _>(Given::Up)
            };
            assert!(matches!(db.transaction_with_retry(policy, work).await, Err(Given::Up)));
        })
    }),
    ("read", |db, turn| {
        Box::pin(async move {
            let transaction = db.read().transaction().await.unwrap();
            let row = transaction.query_one(WORK, &[&turn]).await.unwrap();
            assert_eq!(row.get::<_, i32>(0), turn);
        })
    }),
];

#[derive(Debug)]
enum Given {
    Up,
    Trouble,
}

impl From<perf_db::DbError> for Given {
    fn from(error: perf_db::DbError) -> Self {
        eprintln!("{error:?}");
        Self::Trouble
    }
}

async fn shop() -> (Database, Db) {
    let database = testbed::database();
    for sql in [
        "create table started (id int)",
        "create table slow (id int)",
        "create function wait() returns trigger language plpgsql as \
         'begin perform pg_sleep(0.002); return null; end'",
        "create constraint trigger wait after insert on slow deferrable initially deferred \
         for each row execute function wait()",
    ] {
        database.sql(sql).unwrap();
    }
    let db = Db::builder(database.url()).max_size(SIZE);
    let db = db.acquire_timeout(Duration::from_secs(60)).build().await.unwrap();
    (database, db)
}

/// Everything that was given up has stopped, nothing of it lasts, and each place of the pool is of
/// use.
async fn assert_at_rest(database: &Database, db: &Db) {
    let mut held = Vec::new();
    for _ in 0..SIZE {
        let transaction = timeout(Duration::from_secs(60), db.transaction()).await;
        let transaction = transaction.expect("every place should be free").unwrap();
        let row = transaction.query_one("select 7", &[]).await.unwrap();
        assert_eq!(row.get::<_, i32>(0), 7);
        held.push(transaction);
    }
    let sessions = |condition: &str| {
        let sql = "select count(*) from pg_stat_activity where datname = current_database() \
                   and pid <> pg_backend_pid() and backend_type = 'client backend'";
        database.sql(&format!("{sql} and {condition}")).unwrap().parse::<usize>().unwrap()
    };
    let settled = async {
        // A session ends a little after its connection is closed.
        while sessions("true") > SIZE || sessions("state = 'active'") > 0 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let settled = timeout(Duration::from_secs(60), settled).await;
    settled.expect("the server should have stopped all that was given up");
    assert_eq!(database.sql("select count(*) from started").unwrap(), "0");
}

/// From before the checkout to after the end, most of them in between.
fn patience(random: &mut fastrand::Rng) -> Duration {
    Duration::from_micros(random.u64(0..12_000))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_to_wait_can_be_given_up_at_any_point() {
    let (database, db) = shop().await;
    let mut random = fastrand::Rng::with_seed(1);
    for (name, way) in WAYS {
        let mut tasks = JoinSet::new();
        for turn in 0..60 {
            let (work, patience) = (way(db.clone(), turn), patience(&mut random));
            tasks.spawn(async move { _ = timeout(patience, work).await });
        }
        while let Some(task) = tasks.join_next().await {
            task.expect(name);
        }
        println!("{name}");
        assert_at_rest(&database, &db).await;
    }
}

/// Where a future is dropped after each number of polls no point is left out.
#[tokio::test]
async fn each_way_to_wait_can_be_given_up_after_any_poll() {
    let (database, db) = shop().await;
    for (name, way) in WAYS {
        let mut polls = 0;
        loop {
            let mut work = way(db.clone(), polls);
            let mut left = polls;
            let limited = std::future::poll_fn(|context| {
                if left == 0 {
                    return std::task::Poll::Ready(false);
                }
                left -= 1;
                work.as_mut().poll(context).map(|()| true)
            });
            let is_done = timeout(Duration::from_secs(60), limited).await.expect(name);
            drop(work);
            polls += 1;
            if is_done || polls > 60 {
                break;
            }
        }
        assert!(polls > 1, "{name} should wait");
        assert_at_rest(&database, &db).await;
    }
}

/// All of it at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_cancellations_leave_a_full_pool_and_an_idle_server() {
    const CANCELLATIONS: u32 = 10_000;
    let (database, db) = shop().await;
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut storm = JoinSet::new();
    let (mut turn, mut given_up) = (0, 0);
    while given_up < CANCELLATIONS {
        turn += 1;
        if storm.len() >= 32 {
            given_up += storm.join_next().await.unwrap().unwrap();
        }
        let (_, way) = WAYS[random.usize(..WAYS.len())];
        let (work, patience) = (way(db.clone(), turn), patience(&mut random));
        storm.spawn(async move { u32::from(timeout(patience, work).await.is_err()) });
    }
    println!("{turn} were begun");
    while let Some(task) = storm.join_next().await {
        task.unwrap();
    }
    assert_at_rest(&database, &db).await;
}
