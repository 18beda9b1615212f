//! Materialized views: fresh when asked, refreshed by one of many, and never without rows.

use std::time::{Duration, Instant};

use perf_core::Recorder;
use perf_db::{Db, DbErrorKind, Executor, MaterializedView, Refresh};
use testbed::Database;
use tokio::time::{sleep, timeout};

const HOUR: Duration = Duration::from_secs(3_600);

fn sales() -> MaterializedView {
    named("sales")
}

fn named(name: &str) -> MaterializedView {
    let select = "select product, sum(pieces)::bigint as sold from line group by product";
    MaterializedView::new(name, select).unique(["product"])
}

async fn shop() -> (Database, Db) {
    let database = testbed::database();
    database.sql("create table line (product text, pieces int)").unwrap();
    database.sql("insert into line values ('lamp', 2), ('lamp', 3), ('chair', 1)").unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    (database, db)
}

async fn lamps(db: &Db) -> i64 {
    let sql = "select sold from sales where product = 'lamp'";
    db.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_view_shows_what_was_there_at_its_last_refresh() {
    let (database, db) = shop().await;
    let view = sales();
    view.create(&db).await.unwrap();
    view.create(&db).await.unwrap();
    assert_eq!(lamps(&db).await, 5);
    database.sql("insert into line values ('lamp', 4)").unwrap();
    assert_eq!(lamps(&db).await, 5);
    assert!(matches!(view.refresh_if_older(&db, HOUR).await.unwrap(), Refresh::Young { .. }));
    assert_eq!(lamps(&db).await, 5);
    assert!(matches!(view.refresh(&db).await.unwrap(), Refresh::Done { .. }));
    assert_eq!(lamps(&db).await, 9);
    let status = view.status(&db).await.unwrap().unwrap();
    assert!(status.age < HOUR && status.took > Duration::ZERO, "{status:?}");
}

#[tokio::test]
async fn readers_do_not_wait_for_a_refresh_nor_it_for_them() {
    let (_database, db) = shop().await;
    let view = sales();
    view.create(&db).await.unwrap();
    let reading = db.transaction().await.unwrap();
    reading.query("select * from sales", &[]).await.unwrap();
    let refresh = timeout(Duration::from_secs(30), view.refresh(&db)).await;
    assert!(matches!(
        refresh.expect("the reader should not be in its way"),
        Ok(Refresh::Done { .. })
    ));
    reading.query("select * from sales", &[]).await.unwrap();
}

#[tokio::test]
async fn a_second_refresh_at_the_same_time_leaves_it_to_the_first() {
    let (database, db) = shop().await;
    let view = sales();
    view.create(&db).await.unwrap();
    // The first one waits in the middle, for a lock on the table that it reads.
    let blocker = db.transaction().await.unwrap();
    blocker.execute("lock table line in access exclusive mode", &[]).await.unwrap();
    let first = tokio::spawn({
        let (view, db) = (view.clone(), db.clone());
        async move { view.refresh(&db).await }
    });
    let waits = "select count(*) from pg_stat_activity where datname = current_database() \
                 and query like 'refresh%' and wait_event_type = 'Lock'";
    let wait = async {
        while database.sql(waits).unwrap() != "1" {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(30), wait).await.expect("the first one should wait");
    let other = Db::connect(database.url()).await.unwrap();
    assert_eq!(view.refresh(&other).await.unwrap(), Refresh::Elsewhere);
    blocker.rollback().await.unwrap();
    assert!(matches!(first.await.unwrap(), Ok(Refresh::Done { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_instances_one_refreshes_the_view() {
    let (database, db) = shop().await;
    // The other tests of this process refresh theirs too.
    let (view, age) = (named("sales_of_many"), Duration::from_millis(500));
    view.create(&db).await.unwrap();
    let mut instances = Vec::new();
    for _ in 0..6 {
        let db = Db::builder(database.url()).max_size(2).build().await.unwrap();
        instances.push((view.keep_fresh(&db, age), db));
    }
    let started = Instant::now();
    database.sql("insert into line values ('lamp', 4)").unwrap();
    let sold = "select sold from sales_of_many where product = 'lamp'";
    let shown = async {
        while db.query_one(sold, &[]).await.unwrap().get::<_, i64>(0) != 9 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(60), shown).await.expect("the keepers should refresh it");
    sleep(2 * age).await;
    drop(instances);
    let most = started.elapsed().div_duration_f64(age) as u64 + 1;
    let snapshot = Recorder::global().snapshot();
    let refreshes = snapshot.queries.iter().filter(|query| {
        query.statement == "refresh materialized view concurrently \"sales_of_many\""
    });
    let refreshes: u64 = refreshes.map(|query| query.duration.count).sum();
    assert!((1..=most).contains(&refreshes), "{refreshes} of at most {most}");
}

#[tokio::test]
async fn a_write_that_the_keeper_is_told_of_shows_soon() {
    let (database, db) = shop().await;
    let view = sales();
    view.create(&db).await.unwrap();
    let keeper = view.keep_fresh(&db, HOUR);
    database.sql("insert into line values ('lamp', 4)").unwrap();
    keeper.touch();
    let shown = async {
        while lamps(&db).await != 9 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(60), shown).await.expect("the keeper should refresh it");
}

#[tokio::test]
async fn a_refresh_that_fails_leaves_the_old_rows_and_says_where_it_was_asked_for() {
    let (database, db) = shop().await;
    let view = sales();
    view.create(&db).await.unwrap();
    database.sql("alter table line rename to gone").unwrap();
    database.sql("create table line (product text, pieces int)").unwrap();
    database.sql("drop table gone cascade").unwrap();
    let error = view.refresh(&db).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Statement);
    assert!(error.to_string().contains("tests/views.rs"), "{error}");
    view.create(&db).await.unwrap();
    assert!(matches!(view.refresh(&db).await.unwrap(), Refresh::Done { .. }));

    let twice = MaterializedView::new("twice", "select 1 as id union all select 1").unique(["id"]);
    assert!(twice.create(&db).await.is_err());
    assert_eq!(database.sql("select to_regclass('twice') is null").unwrap(), "t");
    let nameless = MaterializedView::new("", "select 1");
    assert_eq!(nameless.create(&db).await.unwrap_err().kind(), DbErrorKind::Settings);
}
