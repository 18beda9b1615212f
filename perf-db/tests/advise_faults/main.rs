//! A checkup finds what is wrong and nothing else.

mod planted;

use std::error::Error;
use std::time::Duration;

use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind, Fingerprint};
use perf_db::advise::health::Limits;
use perf_db::advise::plan::Context;
use perf_db::advise::{Advisor, Checkup, Diagnosis, Explain};
use perf_db::{Db, Executor};
use planted::{MEASURED, Planted, SERVER, STATEMENTS, TABLES};
use testbed::Postgres;

type Tried<T = ()> = Result<T, Box<dyn Error>>;

/// What is asked for.
const AT_LEAST: usize = 40;

#[tokio::test]
async fn each_planted_fault_is_found() -> Tried {
    let faulty_settings = [
        ("autovacuum", "off"),
        ("effective_cache_size", "64MB"),
        ("checkpoint_completion_target", "0.3"),
        ("max_prepared_transactions", "5"),
    ];
    let postgres = Postgres::start_with(&faulty_settings)?;
    let database = postgres.database()?;
    database.sql(include_str!("faulty.sql"))?;
    let refused = database.sql("create unique index concurrently broken_code on broken (code)");
    assert!(refused.is_err(), "its rows are not unique");
    database.sql("select pg_create_physical_replication_slot('forgotten', true)")?;
    let db = Db::builder(database.url()).max_size(8).build().await?;
    let advisor = Advisor::of(&db);

    let mut lost = Vec::new();
    let mut planted = 0;
    for (settings, Planted { sql, faults, .. }) in MEASURED {
        let found = measured(&db, settings, sql).await?;
        for kind in *faults {
            planted += 1;
            if !found.iter().any(|finding| finding.kind == *kind) {
                lost.push(format!("{} of {sql}: {found:#?}", kind.as_str()));
            }
        }
    }
    // What is measured is a fault of its own, not one of the workload.
    advisor.reset_statements().await?;
    for Planted { sql, times, .. } in STATEMENTS {
        for _ in 0..*times {
            db.query(*sql, &[]).await?;
        }
    }
    // A session tells its counters when it has time for it.
    db.query("select pg_stat_force_next_flush()", &[]).await?;

    let diagnosis = with_somebody_waiting(&db, async || {
        let limits = Limits::default()
            .long_transaction(Duration::from_millis(100))
            .blocked(Duration::from_millis(50));
        Checkup::new().limits(limits).counted_for(Duration::ZERO).run(&advisor).await
    })
    .await?;
    for Planted { sql, faults, .. } in STATEMENTS {
        let key = format!("{:016x}", Fingerprint::of(sql).id());
        for kind in *faults {
            planted += 1;
            let finding = of(&diagnosis, *kind, |finding| finding.key.contains(&key));
            match finding {
                None => lost.push(format!("{} of {sql}", kind.as_str())),
                Some(finding) => assert!(
                    finding.call_sites.iter().any(|site| site.file.ends_with("main.rs")),
                    "{finding}"
                ),
            }
        }
    }
    for (kind, end) in TABLES.iter().chain(SERVER) {
        planted += 1;
        if of(&diagnosis, *kind, |finding| finding.key.ends_with(end)).is_none() {
            lost.push(format!("{} {end}", kind.as_str()));
        }
    }
    println!("{planted} faults planted, {} lost", lost.len());
    assert!(lost.is_empty(), "lost: {lost:#?}\n{diagnosis}");
    assert!(planted >= AT_LEAST, "{planted}");
    assert!(diagnosis.findings.is_sorted_by(|a, b| a.impact.per_minute >= b.impact.per_minute));
    Ok(())
}

async fn measured(db: &Db, settings: &str, sql: &'static str) -> Tried<Vec<Finding>> {
    let transaction = db.transaction().await?;
    for setting in settings.split(';').filter(|setting| !setting.trim().is_empty()) {
        transaction.execute(setting.to_owned(), &[]).await?;
    }
    let plan = Explain::new(sql).analyze().even_if_it_writes().run(&transaction).await?;
    println!("{}", plan.tree());
    transaction.rollback().await?;
    let fingerprint = Fingerprint::of(sql);
    let findings = plan.findings(&Context::new(&fingerprint));
    Ok(findings.into_iter().map(|found| found.finding).collect())
}

/// Runs this while one transaction is left open and another waits for its lock.
async fn with_somebody_waiting<T>(
    db: &Db,
    work: impl AsyncFnOnce() -> Result<T, perf_db::DbError>,
) -> Tried<T> {
    let lock = "update customer set note = note where id = 1";
    let holds = db.transaction().await?;
    holds.execute(lock, &[]).await?;
    let waits = db.transaction().await?;
    let waiting = waits.execute(lock, &[]);
    let worked = async {
        until_somebody_waits(db).await?;
        let outcome = work().await;
        holds.rollback().await?;
        Tried::Ok(outcome?)
    };
    let (waited, worked) = tokio::join!(waiting, worked);
    waited?;
    waits.rollback().await?;
    worked
}

async fn until_somebody_waits(db: &Db) -> Tried {
    let waiting = "select count(*) from pg_stat_activity \
                   where wait_event_type = 'Lock' and now() - query_start > interval '200 ms'";
    while db.query_one(waiting, &[]).await?.get::<_, i64>(0) == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_stops_in_the_middle_is_not_one_without_findings() -> Tried {
    let mut postgres = Postgres::start()?;
    let database = postgres.database()?;
    let db = Db::connect(database.url()).await?;
    let lock = db.transaction().await?;
    lock.execute("lock table pg_stat_statements in access exclusive mode", &[]).await?;
    let (checkup, advisor) = (Checkup::new(), Advisor::connect(database.url()).await?);
    let stopped = async {
        until_somebody_waits(&db).await?;
        Tried::Ok(postgres.kill()?)
    };
    let (outcome, stopped) = tokio::join!(checkup.run(&advisor), stopped);
    stopped?;
    assert!(outcome.is_err_and(|error| error.is_connection()));
    Ok(())
}

fn of(
    diagnosis: &Diagnosis,
    kind: FindingKind,
    is_it: impl Fn(&Finding) -> bool,
) -> Option<&Finding> {
    diagnosis.findings.iter().find(|finding| finding.kind == kind && is_it(finding))
}

#[tokio::test]
async fn nothing_is_found_where_nothing_is_wrong() -> Tried {
    let sound_settings = [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("random_page_cost", "1.1"),
        ("idle_in_transaction_session_timeout", "60s"),
        ("statement_timeout", "60s"),
        ("log_lock_waits", "on"),
        ("log_min_duration_statement", "1s"),
        ("track_io_timing", "on"),
        ("wal_compression", "on"),
        ("pg_stat_statements.track_planning", "on"),
    ];
    let postgres = Postgres::start_with(&sound_settings)?;
    let database = postgres.database()?;
    database.sql("create extension hypopg")?;
    database.sql(include_str!("clean.sql"))?;
    database.sql("vacuum analyze")?;
    let db = Db::builder(database.url()).max_size(2).build().await?;
    let advisor = Advisor::of(&db);
    advisor.reset_statements().await?;
    for id in 1..=120_i64 {
        let email = format!("user{id}@example.com");
        db.query("select id, name from customer where email = $1", &[&email]).await?;
        let last = "select id, status from orders where customer_id = $1 \
                    order by placed_at desc limit 20";
        db.query(last, &[&id]).await?;
        db.query("select quantity from line where order_id = any($1)", &[&vec![id, id + 1]])
            .await?;
        let newest = "select id, at from event where kind = $1 order by at desc limit 10";
        db.query(newest, &[&((id % 5) as i32)]).await?;
        db.execute("update orders set status = $2 where id = $1", &[&id, &"paid"]).await?;
    }
    let diagnosis = Checkup::new().counted_for(Duration::ZERO).run(&advisor).await?;
    let wrong = diagnosis.findings.iter().filter(|finding| finding.severity > Severity::Info);
    assert_eq!(wrong.count(), 0, "{diagnosis}");
    // Some settings are a matter of taste, and said so.
    let told = diagnosis.findings.iter().filter(|finding| finding.kind != FindingKind::Setting);
    assert_eq!(told.count(), 0, "{diagnosis}");
    Ok(())
}
