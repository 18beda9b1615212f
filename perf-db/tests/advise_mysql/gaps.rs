//! What cannot be read is said, with what mends it, and the rest is there.

use perf_core::FindingKind;
use testbed::MariaDb;

use super::{TestResult, gaps, keys, look, repeat};

const TABLE: &str =
    "create table t (id int primary key, a int, b int, key ab (a, b), key a_only (a))";

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_privileges_learns_which_and_gets_the_rest() -> TestResult {
    let database = testbed::mariadb();
    database.sql(TABLE)?;
    repeat(&database, "select * from t where a = 7", 3)?;
    let user = format!("u_{}", &database.name()[database.name().len() - 8..]);
    database.sql(&format!("create user {user} identified by 'hunter2'"))?;
    let url = database.url_as(&format!("{user}:hunter2"));

    let blind = look(&url).await?;
    assert!(blind.digests.is_empty());
    assert!(blind.findings.iter().all(|it| !it.key.contains(database.name())));
    let said = gaps(&blind);
    assert!(said.contains("may not read performance_schema"), "{said}");
    assert!(said.contains("tables and indexes: no table of the database"), "{said}");

    // What it asks for is what it needs, and all of it.
    for gap in &blind.missing {
        if let Some(grant) = gap.remedy.as_deref().filter(|it| it.starts_with("grant")) {
            database.sql(grant)?;
        }
    }
    let seeing = look(&url).await?;
    assert!(seeing.missing.is_empty(), "{}", gaps(&seeing));
    assert_eq!(keys(&seeing, FindingKind::OverlappingIndex, &database), ["t.a_only"]);
    assert!(seeing.digests.iter().any(|digest| digest.calls == 3));
    database.sql(&format!("drop user {user}"))?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_performance_schema_the_indexes_are_still_compared() -> TestResult {
    let server = MariaDb::start_with(&[("performance-schema", "OFF")])?;
    let database = server.database()?;
    database.sql(TABLE)?;
    let report = look(&database.url()).await?;
    assert!(!report.server.has_performance_schema && report.digests.is_empty());
    let said = gaps(&report);
    assert_eq!(report.missing.len(), 1, "{said}");
    assert!(said.contains("performance_schema = ON"), "{said}");
    assert_eq!(keys(&report, FindingKind::OverlappingIndex, &database), ["t.a_only"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_that_are_switched_off_are_told_and_can_be_switched_on() -> TestResult {
    let server = MariaDb::start_with(&[
        ("performance-schema-instrument", "wait/io/table/sql/handler=OFF"),
        ("performance-schema-consumer-statements-digest", "OFF"),
        ("performance-schema-digests-size", "5"),
    ])?;
    let database = server.database()?;
    database.sql(TABLE)?;
    let report = look(&database.url()).await?;
    assert!(keys(&report, FindingKind::UnusedIndex, &database).is_empty());
    let said = gaps(&report);
    assert_eq!(report.missing.len(), 2, "{said}");
    for gap in &report.missing {
        database.sql(gap.remedy.as_deref().ok_or("a remedy")?)?;
    }
    let report = look(&database.url()).await?;
    assert!(report.missing.is_empty(), "{}", gaps(&report));

    // More statements than there is room for.
    let select = |n: usize| format!("select {} from t", vec!["sleep(0.001)"; n].join(", "));
    database.sql(&(1..40).map(select).collect::<Vec<_>>().join(";"))?;
    database.sql("insert into t values (1, 1, 1)")?;
    database.sql(&(1..40).map(select).collect::<Vec<_>>().join(";"))?;
    let said = gaps(&look(&database.url()).await?);
    assert!(said.contains("performance_schema_digests_size"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_that_take_too_long_are_told_as_gaps() -> TestResult {
    let database = testbed::mariadb();
    database.sql(TABLE)?;
    let limit = perf_core::time::Duration::from_micros(1);
    let advisor = perf_db::advise::mysql::MysqlAdvisor::connect(&database.url()).await?;
    // The least that the server takes is a millisecond, which may or may not do.
    let report = advisor.statement_timeout(limit).look().await?;
    for gap in &report.missing {
        assert!(gap.why.contains("limit of time") || gap.what == "unused indexes", "{gap:?}");
    }
    Ok(())
}
