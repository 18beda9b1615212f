//! Statements that control PostgreSQL, through its own client.

use std::env;
use std::process::Command;

use crate::server::tail;
use crate::{Error, locate};

/// Runs SQL and returns the rows, one a line, columns separated by `|`.
pub(crate) fn run(url: &str, sql: &str) -> Result<String, Error> {
    run_with("", url, sql)
}

/// Runs a statement of the testbed itself, whatever time limits the test has set for its own.
pub(crate) fn control(url: &str, sql: &str) -> Result<(), Error> {
    run_with("-c statement_timeout=0 -c lock_timeout=0", url, sql).map(drop)
}

fn run_with(options: &str, url: &str, sql: &str) -> Result<String, Error> {
    let mut command = Command::new(locate::postgres()?.join("psql"));
    command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]).args([
        "--set",
        "ON_ERROR_STOP=1",
        "--dbname",
        url,
        "--command",
        sql,
    ]);
    without_settings(&mut command);
    // A frozen server accepts connections and says nothing.
    command.env("PGCONNECT_TIMEOUT", "20").env("PGOPTIONS", options);
    let output = command.output().map_err(|source| Error::Run { program: "psql", source })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    } else {
        let message = tail(&String::from_utf8_lossy(&output.stderr));
        Err(Error::Sql { server: "PostgreSQL", message })
    }
}

/// Keeps the user's PGHOST, PGOPTIONS and so on away from our own server.
pub(crate) fn without_settings(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
}
