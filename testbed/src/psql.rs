//! Statements that control PostgreSQL, through its own client.

use std::env;
use std::process::Command;

use crate::server::tail;
use crate::{Error, locate};

/// Runs SQL and returns the rows, one a line, columns separated by `|`.
pub(crate) fn run(url: &str, sql: &str) -> Result<String, Error> {
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
    let output = command.output().map_err(|source| Error::Run { program: "psql", source })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    } else {
        Err(Error::Sql { message: tail(&String::from_utf8_lossy(&output.stderr)) })
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
