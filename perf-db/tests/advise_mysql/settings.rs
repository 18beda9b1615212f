//! The server's own settings.

use perf_core::FindingKind;
use testbed::MariaDb;

use super::{TestResult, look, of};

#[tokio::test(flavor = "multi_thread")]
async fn a_badly_set_server_is_told_what_to_set_and_takes_it() -> TestResult {
    let server = MariaDb::start_with(&[
        ("tmp-table-size", "1K"),
        ("max-connections", "10"),
        ("slow-query-log", "OFF"),
    ])?;
    let database = server.database()?;
    database.sql(
        "create table t (id int primary key, a char(250) not null, b char(250) not null);
         insert into t select seq, concat('a', seq), 'b' from seq_1_to_100",
    )?;
    // Temporary tables that do not fit.
    let group =
        "select max(n) from (select a, b, count(*) n from t where id < 100 group by a, b) x";
    database.sql(&vec![group; 600].join(";"))?;
    let report = look(&server.url()).await?;

    let settings = of(&report, FindingKind::Setting);
    let keys: Vec<&str> = settings.iter().map(|it| it.key.as_str()).collect();
    assert!(keys.contains(&"setting:tmp_table_size"), "{keys:?}");
    assert!(keys.contains(&"setting:slow_query_log"), "{keys:?}");
    for finding in settings {
        database.sql(finding.remedy.code.as_deref().ok_or("a statement")?)?;
    }
    assert_eq!(database.sql("select @@global.slow_query_log")?, "1");
    Ok(())
}
