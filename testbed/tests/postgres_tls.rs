//! Risk: a test believes that its PostgreSQL speaks TLS, and it does not.

use std::error::Error;
use std::process::Command;

use testbed::{Authority, Postgres};

type TestResult = Result<(), Box<dyn Error>>;

#[test]
fn a_server_with_tls_is_controlled_as_any_other() -> TestResult {
    let mut postgres = Postgres::start_tls(&Authority::new()?, &[("max_connections", "7")])?;
    let database = postgres.database()?;
    for _ in 0..2 {
        let encrypted = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
        assert_eq!(database.sql(encrypted)?, "t");
        assert_eq!(database.sql("show max_connections")?, "7");
        postgres.restart()?;
    }
    Ok(())
}

#[test]
fn who_comes_without_tls_is_refused() -> TestResult {
    let postgres = Postgres::start_tls(&Authority::new()?, &[])?;
    let refused = psql(&format!("{}?sslmode=disable", postgres.url()))?;
    assert!(refused.contains("no encryption"), "{refused}");
    Ok(())
}

#[test]
fn the_certificate_holds_for_its_authority_and_both_names_and_for_no_other() -> TestResult {
    let (ours, another) = (Authority::new()?, Authority::new()?);
    let postgres = Postgres::start_tls(&ours, &[])?;
    let folder = tempfile::tempdir()?;
    for (authority, name, expected) in [
        (&ours, "127.0.0.1", "it works"),
        (&ours, "localhost", "it works"),
        (&another, "127.0.0.1", "SSL error"),
    ] {
        let file = folder.path().join("authority.pem");
        std::fs::write(&file, authority.pem())?;
        let url = postgres.url().replace("127.0.0.1", name);
        let said = psql(&format!("{url}?sslmode=verify-full&sslrootcert={}", file.display()))?;
        assert!(said.contains(expected), "{said}");
    }
    Ok(())
}

/// What `psql` says on that address.
fn psql(url: &str) -> Result<String, Box<dyn Error>> {
    let mut command = Command::new(testbed::locate::postgres()?.join("psql"));
    let output = command.args(["--dbname", url, "--command", "select 'it works'"]).output()?;
    Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}
