//! Risk: a test believes to be behind a pooler of transactions and is not.

mod psql;

use std::error::Error;
use std::net::TcpStream;

use testbed::{Pgbouncer, Postgres, PostgresReplicas};

use self::psql::Psql;

type TestResult = Result<(), Box<dyn Error>>;

const WHO: &str = "select pg_backend_pid();";

#[test]
fn clients_share_a_connection_between_transactions_and_not_within_one() -> TestResult {
    let postgres = Postgres::start()?;
    let settings = [("default_pool_size", "1"), ("query_wait_timeout", "1")];
    let pgbouncer = Pgbouncer::start(&postgres, &settings)?;
    let database = postgres.database()?;
    let url = pgbouncer.url_of(database.name());
    let (mut one, mut other) = (Psql::connect(&url)?, Psql::connect(&url)?);
    let server = one.ask(WHO)?;
    assert_eq!(other.ask(WHO)?, server);

    assert_eq!(one.ask("begin; select pg_backend_pid();")?, server);
    assert_eq!(other.ask(WHO)?, "");
    assert!(pgbouncer.console("show pools")?.contains(database.name()));
    assert!(pgbouncer.console("show config")?.contains("pool_mode|transaction|"));
    Ok(())
}

#[test]
fn a_stopped_pgbouncer_comes_back_on_its_port_and_a_dropped_one_leaves_nothing() -> TestResult {
    let servers = PostgresReplicas::start(1)?;
    let mut pgbouncer = Pgbouncer::start_before(servers.replica(0), &[])?;
    let (port, folder) = (pgbouncer.port(), pgbouncer.folder().to_owned());
    pgbouncer.stop()?;
    assert_eq!(pgbouncer.pid(), None);
    assert!(!listens(port));
    pgbouncer.restart()?;
    assert_eq!(pgbouncer.port(), port);
    assert_eq!(Psql::connect(&pgbouncer.url())?.ask("select pg_is_in_recovery();")?, "t");

    drop(pgbouncer);

    assert!(!listens(port));
    assert!(!folder.exists());
    Ok(())
}

#[test]
fn a_setting_that_pgbouncer_does_not_know_is_told_in_its_words() -> TestResult {
    let postgres = Postgres::start()?;
    let refused = Pgbouncer::start(&postgres, &[("pool_mod", "session")]);
    let refused = refused.err().ok_or("a typing error")?;
    assert!(refused.to_string().contains("pool_mod"), "{refused}");
    Ok(())
}

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}
