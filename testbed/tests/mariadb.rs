//! Risk: a MariaDB is not what the tests of its advisor take it for, or outlives its test.

use std::error::Error;
use std::net::TcpStream;

use testbed::{Authority, MariaDb};

type TestResult = Result<(), Box<dyn Error>>;

#[test]
fn each_database_is_empty_and_the_server_counts_its_statements() -> TestResult {
    let (one, other) = (testbed::mariadb(), testbed::mariadb());
    assert_ne!(one.url(), other.url());
    one.sql("create table mine (id int primary key); insert into mine values (7)")?;
    assert_eq!(one.sql("select id from mine where id = 7")?, "7");
    assert_eq!(other.sql("show tables")?, "");

    let counted = format!(
        "select sum(count_star) from performance_schema.events_statements_summary_by_digest \
         where schema_name = '{}' and digest_text like 'SELECT%WHERE%'",
        one.name()
    );
    assert_eq!(other.sql(&counted)?, "1");
    Ok(())
}

#[test]
fn a_dropped_database_is_gone_and_the_others_are_not() -> TestResult {
    let (kept, gone) = (testbed::mariadb(), testbed::mariadb());
    let name = gone.name().to_owned();
    let there =
        format!("select count(*) from information_schema.schemata where schema_name = '{name}'");
    assert_eq!(kept.sql(&there)?, "1");
    drop(gone);
    assert_eq!(kept.sql(&there)?, "0");
    Ok(())
}

#[test]
fn a_server_comes_back_on_its_port_with_its_data_and_leaves_nothing_at_the_end() -> TestResult {
    let mut server = MariaDb::start_with(&[("performance-schema", "OFF")])?;
    let database = server.database()?;
    assert_eq!(database.sql("select @@performance_schema")?, "0");
    database.sql("create table kept (id int primary key); insert into kept values (7)")?;
    let (port, first, folder) = (server.port(), server.pid(), server.folder().to_owned());

    server.stop()?;
    assert_eq!(server.pid(), None);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());

    server.restart()?;
    assert_eq!(server.port(), port);
    assert_ne!(server.pid(), first);
    assert_eq!(database.sql("select id from kept")?, "7");

    server.freeze()?;
    drop(server);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!folder.exists());
    Ok(())
}

#[test]
fn a_server_with_an_authority_speaks_tls() -> TestResult {
    let server = MariaDb::start_tls(&Authority::new()?, &[])?;
    let database = server.database()?;
    assert_eq!(database.sql("select @@have_ssl")?, "YES");
    Ok(())
}

#[test]
fn an_option_that_is_refused_is_told_in_the_words_of_the_server() -> TestResult {
    let Err(refused) = MariaDb::start_with(&[("max-connexions", "10")]) else {
        return Err("it starts".into());
    };
    assert!(refused.to_string().contains("max-connexions"), "{refused}");
    Ok(())
}

#[test]
fn a_refused_statement_names_mariadb() -> TestResult {
    let database = testbed::mariadb();
    let Err(refused) = database.sql("select nothing from nowhere") else {
        return Err("it answers".into());
    };
    let said = refused.to_string();
    assert!(said.starts_with("MariaDB refused") && said.contains("nowhere"), "{said}");
    Ok(())
}
