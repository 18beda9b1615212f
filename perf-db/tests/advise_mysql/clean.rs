//! Where nothing is wrong nothing is said.

use perf_db::advise::mysql::MysqlAdvisor;
use testbed::MariaDb;

use super::{TestResult, gaps, look, repeat};

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_schema_has_no_findings() -> TestResult {
    let server = MariaDb::start_with(&[("slow-query-log", "ON")])?;
    let database = server.database()?;
    database.sql(
        "create table customer (id int primary key, email varchar(100) not null unique);
         create table orders (
            id int primary key auto_increment, customer int not null, status varchar(20) not null,
            key by_customer_status (customer, status), key by_status (status, id),
            foreign key (customer) references customer (id)
         );
         insert into customer select seq, concat(seq, '@example.com') from seq_1_to_100;
         insert into orders (customer, status)
         select 1 + seq % 100, if(seq % 100 = 0, 'open', 'done') from seq_1_to_20000",
    )?;
    for sql in [
        "select id from orders where customer = 7 and status = 'open' limit 10",
        "select * from orders where id = 700",
        "select id from orders where status = 'open' order by id limit 10",
        "select id from customer where email = '7@example.com'",
        "update orders set status = 'done' where id = 700",
        // A small table is read whole, and rightly so.
        "select count(*) from customer where id > 0 and email like '%7@%'",
    ] {
        repeat(&database, sql, 30)?;
    }
    for url in [database.url(), server.url()] {
        let report = look(&url).await?;
        assert!(report.findings.is_empty(), "{:#?}", report.findings);
        assert!(report.missing.is_empty(), "{}", gaps(&report));
        assert!(report.digests.len() >= 6 && report.digests.iter().any(|it| it.calls == 30));
        assert!(report.time > report.digests[0].time && !report.observed.is_zero());
        let of_its_own = |text: &str| text.contains("performance_schema");
        assert!(!report.digests.iter().any(|it| of_its_own(it.fingerprint.text())));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_index_is_called_unused_before_a_week_was_counted() -> TestResult {
    let database = testbed::mariadb();
    database.sql("create table t (id int primary key, a int, key by_a (a)); select * from t")?;
    let mut advisor = MysqlAdvisor::connect(&database.url()).await?;
    let report = advisor.look().await?;
    assert!(report.findings.iter().all(|it| !it.key.starts_with("unused_index")));
    assert!(
        gaps(&report).contains("unused indexes: the server has counted for"),
        "{}",
        gaps(&report)
    );
    Ok(())
}
