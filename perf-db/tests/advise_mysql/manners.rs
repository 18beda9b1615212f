//! What it does to the server, and what it lets out.

use testbed::MariaDb;

use super::{TestResult, look, repeat};

#[tokio::test(flavor = "multi_thread")]
async fn it_has_one_connection_and_only_reads() -> TestResult {
    let server = MariaDb::start_with(&[("log-output", "TABLE")])?;
    let database = server.database()?;
    database.sql(
        "create table t (id int primary key);
         create user doctor identified by 'hunter2'; grant select on *.* to doctor;
         set global general_log = ON",
    )?;
    look(&database.url_as("doctor:hunter2")).await?;
    let log = "from mysql.general_log where user_host like '%doctor%' and command_type";
    assert_eq!(database.sql(&format!("select count(*) {log} = 'Connect'"))?, "1");

    let sent = database
        .sql(&format!("select argument {log} in ('Query', 'Execute') order by event_time"))?;
    let allowed = [
        "select ",
        "show global ",
        "set session max_statement_time = 10.000",
        "set session lock_wait_timeout",
        "start transaction read only",
        "rollback",
    ];
    for part in allowed {
        assert!(sent.lines().any(|sql| sql.starts_with(part)), "{part} is not in {sent}");
    }
    let others: Vec<&str> =
        sent.lines().filter(|sql| !allowed.iter().any(|begin| sql.starts_with(begin))).collect();
    assert!(others.is_empty() && sent.lines().count() > 10, "{others:#?} in {sent}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_value_nor_the_password_is_in_a_report() -> TestResult {
    let database = testbed::mariadb();
    database.sql("create table t (id int primary key, a varchar(100))")?;
    database.sql("insert into t select seq, 'Ada Lovelace' from seq_1_to_3000")?;
    repeat(&database, "select id, sleep(0.001) from t where a = 'Ada Lovelace' and id < 23", 25)?;
    repeat(&database, "select count(*) from t where a = 'Ada Lovelace' and id <> 424242", 25)?;
    let report = look(&database.url()).await?;
    assert!(!report.findings.is_empty());
    let shown = format!("{report:?}");
    assert!(!shown.contains("Lovelace") && !shown.contains("424242"), "{shown}");
    Ok(())
}
