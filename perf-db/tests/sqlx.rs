//! What an application sends through sqlx is seen, with no more than its spans.

use std::io;
use std::sync::{Mutex, Once};
use std::time::Duration;

use perf_core::{CallSite, FindingKind, Label, Recorder, Scope, Work};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, PgPool};
use tracing::{Instrument, debug_span, info_span};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

/// What the log of the application has, where it asks for warnings.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A table of a hundred lines, ten for each order, and the pool of an application beside it.
async fn shop() -> (testbed::Database, PgPool) {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| {
        let log = fmt::layer().with_writer(|| Log).with_filter(EnvFilter::new("warn"));
        registry().with(perf_db::sqlx::layer()).with(log).init();
    });
    let database = testbed::database();
    database
        .sql(
            "create table line (order_id int, product text); \
             insert into line select id % 10, 'product ' || id from generate_series(1, 100) id",
        )
        .unwrap();
    let pool = PgPoolOptions::new().max_connections(4).connect(database.url()).await.unwrap();
    (database, pool)
}

const LINES: &str = "select product from line where order_id = $1";

/// The line of its span, which is that of the attribute.
const LIST: u32 = line!() + 2;

#[tracing::instrument(skip_all)]
async fn list(pool: &PgPool, orders: i32) {
    for order in 0..orders {
        let rows = sqlx::query(LINES).bind(order).fetch_all(pool).await.unwrap();
        assert_eq!(rows.len(), 10);
    }
}

async fn run(body: impl Future<Output = ()>) -> Work {
    Scope::named("test").run(body).await.1
}

#[tokio::test]
async fn a_loop_of_statements_is_found_at_the_line_of_its_span() {
    let (_database, pool) = shop().await;
    let line = CallSite::here().line + 6;
    let body = async {
        for order in 0..10 {
            sqlx::query(LINES).bind(order).fetch_all(&pool).await.unwrap();
        }
    };
    let work = run(body.instrument(info_span!("orders"))).await;
    let findings = work.findings();
    assert_eq!(findings.len(), 1, "{work}");
    let finding = &findings[0];
    assert_eq!(finding.kind, FindingKind::NPlusOne);
    let site = finding.call_sites[0];
    assert_eq!((site.file, site.line), (file!(), line));
    let parameters = finding.evidence.iter().find(|told| told.label == "parameters").unwrap();
    assert_eq!(parameters.value, "unknown: may be the same each time");
    let cure = finding.remedy.code.as_deref().unwrap();
    assert_eq!(cure, "select order_id, product from line where order_id = any($1)");
}

#[tokio::test]
async fn the_innermost_span_is_the_place_unless_it_is_below_info() {
    let (_database, pool) = shop().await;
    let body = async {
        list(&pool, 1).instrument(debug_span!("outside of the function's")).await;
        let inside = sqlx::query("select 1").execute(&pool);
        inside.instrument(debug_span!("below info")).await.unwrap();
    };
    let outer = CallSite::here().line + 1;
    let work = run(body.instrument(info_span!("outer"))).await;
    let sites: Vec<_> = work.query_groups().iter().map(|group| group.call_site()).collect();
    assert!(sites.iter().all(|site| site.file == file!()), "{sites:?}");
    assert_eq!([sites[0].line, sites[1].line], [LIST, outer]);
}

#[tokio::test]
async fn rows_and_durations_arrive() {
    let (_database, pool) = shop().await;
    let work = run(async {
        let sleep = sqlx::query("select pg_sleep(0.05), 1 as one");
        sleep.fetch_one(&pool).await.unwrap();
        let update = sqlx::query("update line set product = '' where order_id = $1");
        update.bind(3).execute(&pool).await.unwrap();
        let insert = "insert into line select 11, 'x' from generate_series(1, 4) returning product";
        sqlx::query(insert).fetch_all(&pool).await.unwrap();
    })
    .await;
    let groups = work.query_groups();
    assert!(groups[0].time() >= Duration::from_millis(50), "{work}");
    assert!(groups[1].time() > Duration::ZERO, "{work}");
    let rows: Vec<_> = groups.iter().map(|group| group.rows()).collect();
    assert_eq!(rows, [1, 10, 4]);
    assert_eq!((work.reads(), work.writes()), (1, 2));
}

#[tokio::test]
async fn short_statements_are_known_and_so_is_the_end_of_a_transaction() {
    let (_database, pool) = shop().await;
    let work = run(async {
        let mut transaction = pool.begin().await.unwrap();
        sqlx::query("select 7").execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
    })
    .await;
    let texts: Vec<_> =
        work.query_groups().iter().map(|group| group.fingerprint().text()).collect();
    // sqlx does not tell of the `begin` that it sends.
    assert_eq!(texts, ["select ?", "commit"]);
}

#[tokio::test]
async fn statements_that_fail_or_are_given_up_count() {
    let (_database, pool) = shop().await;
    let work = run(async {
        sqlx::query("select 1 / (order_id - order_id) from line").execute(&pool).await.unwrap_err();
    })
    .await;
    assert_eq!((work.queries(), work.rows()), (1, 0));

    let mut connection = pool.acquire().await.unwrap();
    let work = run(async {
        let long = sqlx::query("select pg_sleep(600)").execute(&mut *connection);
        tokio::time::timeout(Duration::from_millis(100), long).await.unwrap_err();
    })
    .await;
    assert_eq!(work.queries(), 1);
    assert!(work.query_time() >= Duration::from_millis(100), "{work}");
    drop(connection.detach());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scopes_that_run_at_once_are_told_apart() {
    let (_database, pool) = shop().await;
    let scopes = (1..=8).map(|orders| {
        let pool = pool.clone();
        tokio::spawn(async move { (orders, run(async { list(&pool, orders).await }).await) })
    });
    for scope in scopes.collect::<Vec<_>>() {
        let (orders, work) = scope.await.unwrap();
        assert_eq!(work.queries(), orders as u64);
        assert_eq!(work.rows(), 10 * orders as u64);
    }
}

#[tokio::test]
async fn no_literal_is_kept_however_long_the_statement_is() {
    let (_database, pool) = shop().await;
    let recorder = Recorder::builder().build();
    let scope = recorder.scope(Label::job("secrets"));
    let body = async {
        let short = "select 'topsecret', 987654321".to_owned();
        // The text is cut within the last literal.
        let long = format!("select '{}é', 'topsecret {}'", "é".repeat(30_000), "é".repeat(30_000));
        for sql in [short, long] {
            sqlx::query(AssertSqlSafe(sql)).execute(&pool).await.unwrap();
        }
    };
    let ((), work) = scope.run(body).await;
    assert_eq!(work.queries(), 2);
    let told = format!("{work}\n{work:?}\n{}\n{:?}", recorder.snapshot(), recorder.snapshot());
    for secret in ["topsecret", "987654321", "éé"] {
        assert!(!told.contains(secret), "{told}");
    }
    assert!(told.contains("select ?"), "{told}");
}

#[tokio::test]
async fn of_a_very_long_text_the_beginning_is_read() {
    let (_database, pool) = shop().await;
    let work = run(async {
        let sql = format!("select{}1", " ".repeat(100_000));
        sqlx::query(AssertSqlSafe(sql)).execute(&pool).await.unwrap();
    })
    .await;
    let texts: Vec<_> =
        work.query_groups().iter().map(|group| group.fingerprint().text()).collect();
    assert_eq!(texts, ["select"]);
}

#[tokio::test]
async fn slow_and_quick_runs_are_one_statement_and_the_log_stays_as_it_was() {
    let (database, _pool) = shop().await;
    let options: PgConnectOptions = database.url().parse().unwrap();
    let slow = options.log_slow_statements("info".parse().unwrap(), Duration::from_millis(20));
    let pool = PgPoolOptions::new().connect_with(slow).await.unwrap();
    let work = run(async {
        for seconds in [0.0, 0.03] {
            let sleep = sqlx::query("select pg_sleep($1), 'of the log test'").bind(seconds);
            sleep.execute(&pool).await.unwrap();
        }
    })
    .await;
    let groups = work.query_groups();
    assert_eq!((groups.len(), groups[0].count()), (1, 2), "{work}");
    assert_eq!(groups[0].call_site().to_string(), "sqlx::query");
    let log = String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned();
    assert!(!log.contains("of the log test"), "{log}");
}
