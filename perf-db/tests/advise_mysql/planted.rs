//! Each planted fault is found, and named.

use perf_core::FindingKind;
use perf_core::finding::Severity;
use perf_db::advise::mysql::{DigestOrder, Vendor};

use super::{TestResult, keys, look, of, repeat};

const TABLE: &str = "\
create table orders (
    id int primary key auto_increment, customer int not null, status varchar(20) not null,
    note text, created date,
    key by_customer (customer),
    key by_customer_status (customer, status),
    key by_status (status)
);
insert into orders (customer, status, note, created)
select seq % 100, if(seq % 10 = 0, 'open', 'done'), concat('secret-', seq), '2026-01-01'
from seq_1_to_20000";

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_reads_a_whole_table_is_found() -> TestResult {
    let database = testbed::mariadb();
    database.sql(TABLE)?;
    repeat(&database, "select id from orders where note = 'secret-77'", 25)?;
    let report = look(&database.url()).await?;

    let scans = of(&report, FindingKind::FullScan);
    assert_eq!(scans.len(), 1, "{scans:#?}");
    assert!(scans[0].subject.contains("where `note` = ?"), "{}", scans[0].subject);
    assert!(of(&report, FindingKind::RowsExamined).is_empty(), "it is told once");
    let top = report.top(DigestOrder::FullScans, 1);
    assert_eq!((top[0].calls, top[0].full_scans(), top[0].rows_examined), (25, 25, 500_000));
    assert_eq!(top[0].schema.as_deref(), Some(database.name()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_finds_far_too_many_rows_is_found() -> TestResult {
    let database = testbed::mariadb();
    database.sql(TABLE)?;
    let sql = "select id from orders force index (by_status) where status = 'open' and note = 'x'";
    repeat(&database, sql, 25)?;
    // As many rows, all of which are wanted.
    repeat(&database, "select id from orders force index (by_status) where status = 'open'", 25)?;
    let report = look(&database.url()).await?;

    let examined = of(&report, FindingKind::RowsExamined);
    assert_eq!(examined.len(), 1, "{examined:#?}");
    assert!(examined[0].subject.contains("`note` = ?"), "{}", examined[0].subject);
    assert!(of(&report, FindingKind::FullScan).is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_statement_and_one_that_is_sent_too_often_are_found() -> TestResult {
    let database = testbed::mariadb();
    database.sql("create table t (id int primary key); insert into t values (1), (2)")?;
    repeat(&database, "select id, sleep(0.03) from t where id = 1", 20)?;
    repeat(&database, "select sleep(0.005) from dual", 220)?;
    let report = look(&database.url()).await?;

    let slow = of(&report, FindingKind::SlowQuery);
    assert_eq!(slow.len(), 1, "{slow:#?}");
    assert!(slow[0].subject.starts_with("select id, `sleep`"), "{}", slow[0].subject);
    let heavy = of(&report, FindingKind::HeavyStatement);
    assert_eq!(heavy.len(), 1, "{heavy:#?}");
    assert!(heavy[0].subject.starts_with("select `sleep`"), "{}", heavy[0].subject);
    assert!(heavy[0].severity >= Severity::Warning);
    assert!(heavy[0].impact.share > 0.1 && heavy[0].impact.share < 1.0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn temporary_tables_on_disk_are_found_and_failures_are_counted() -> TestResult {
    let database = testbed::mariadb();
    database.sql(TABLE)?;
    repeat(&database, "select note, count(*) from orders where id < 5 group by note", 20)?;
    for _ in 0..3 {
        assert!(
            database.sql("insert into orders (id, customer, status) values (1, 1, 'x')").is_err()
        );
    }
    let report = look(&database.url()).await?;

    let files = of(&report, FindingKind::TemporaryFiles);
    assert_eq!(files.len(), 1, "{files:#?}");
    assert!(files[0].remedy.advice.contains("text and blob"), "{}", files[0].remedy.advice);
    assert_eq!(report.top(DigestOrder::DiskTables, 5).len(), 1);
    let failed = report.top(DigestOrder::Errors, 5);
    assert_eq!(failed.len(), 1);
    assert!(failed[0].errors == 3 && failed[0].fingerprint.text().starts_with("insert"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sorts_on_disk_are_found() -> TestResult {
    let database = testbed::mariadb();
    database.sql(TABLE)?;
    let sql =
        "select id from orders force index (primary) where id < 15000 order by customer, note";
    let sorts = vec![sql; 20].join(";");
    database.sql(&format!("set session sort_buffer_size = 16384; {sorts}"))?;
    let report = look(&database.url()).await?;
    let files = of(&report, FindingKind::TemporaryFiles);
    assert_eq!(files.len(), 1, "{files:#?}");
    assert!(files[0].remedy.advice.contains("sort_buffer_size"), "{}", files[0].remedy.advice);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_that_are_there_twice_or_begin_another_are_found() -> TestResult {
    let database = testbed::mariadb();
    database.sql(
        "create table one (
            id int primary key, a int, b int, c varchar(50), d int,
            key ab (a, b), key a_again (a), key twin_ab (a, b),
            unique key c_unique (c), key c_twin (c), key c_short (c(10)),
            key b_down (b desc, a), key b_up (b),
            unique key d_unique (d), key d_and_a (d, a)
        )",
    )?;
    let report = look(&database.url()).await?;
    assert_eq!(
        keys(&report, FindingKind::DuplicateIndex, &database),
        ["one.c_twin", "one.twin_ab"]
    );
    assert_eq!(
        keys(&report, FindingKind::OverlappingIndex, &database),
        ["one.a_again", "one.c_short"],
        "not b_up, which runs the other way, nor d_unique, which keeps values apart"
    );
    for finding in of(&report, FindingKind::DuplicateIndex) {
        database.sql(finding.remedy.code.as_deref().ok_or("a statement")?)?;
    }
    for finding in of(&report, FindingKind::OverlappingIndex) {
        database.sql(finding.remedy.code.as_deref().ok_or("a statement")?)?;
    }
    let after = look(&database.url()).await?;
    assert!(of(&after, FindingKind::DuplicateIndex).is_empty());
    assert!(of(&after, FindingKind::OverlappingIndex).is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unused_index_is_found_hidden_and_dropped() -> TestResult {
    let database = testbed::mariadb();
    database.sql(
        "create table customer (id int primary key);
         create table `odd ``name` (
            id int primary key, customer int not null, a int, b int, c int unique, d text,
            key `un``used` (a), key used (b), key (customer), fulltext key words (d),
            foreign key (customer) references customer (id)
         );
         create table never_read (id int primary key, a int, key unseen (a));
         insert into customer values (1);
         insert into `odd ``name` values (1, 1, 2, 3, 4, 'x');
         select * from `odd ``name` where b = 3; select * from customer where id = 1",
    )?;
    let unused = |report: &_| keys(report, FindingKind::UnusedIndex, &database);
    let report = look(&database.url()).await?;
    assert_eq!(report.server.vendor, Vendor::MariaDb);
    assert_eq!(unused(&report), ["odd `name.un`used"]);

    let hide = of(&report, FindingKind::UnusedIndex)[0].remedy.code.clone().ok_or("a statement")?;
    assert!(hide.contains("ignored"), "{hide}");
    database.sql(&hide)?;
    database.sql("select * from `odd ``name` where b = 3")?;
    let report = look(&database.url()).await?;
    assert_eq!(unused(&report), ["odd `name.un`used"]);
    let drop = of(&report, FindingKind::UnusedIndex)[0].remedy.code.clone().ok_or("a statement")?;
    assert!(drop.contains("drop index"), "{drop}");
    database.sql(&drop)?;
    assert!(unused(&look(&database.url()).await?).is_empty());
    Ok(())
}
