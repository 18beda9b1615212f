//! Statements that control MariaDB, through its own client.

use std::process::Command;

use crate::server::tail;
use crate::{Error, locate};

/// Runs SQL in a database and returns the rows, one a line, columns separated by tabs.
pub(crate) fn run(port: u16, database: &str, sql: &str) -> Result<String, Error> {
    let mut command = Command::new(locate::mariadb()?.client);
    // The first option keeps the settings of the user and of the system away from our own server.
    command
        .args([
            "--no-defaults",
            "--batch",
            "--skip-column-names",
            "--default-character-set=utf8mb4",
        ])
        // A frozen server accepts connections and says nothing.
        .args(["--host=127.0.0.1", "--protocol=tcp", "--user=root", "--connect-timeout=20"])
        .args([&format!("--port={port}"), &format!("--execute={sql}"), database]);
    let output = command.output().map_err(|source| Error::Run { program: "mariadb", source })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    } else {
        let message = tail(&String::from_utf8_lossy(&output.stderr));
        Err(Error::Sql { server: "MariaDB", message })
    }
}

/// Runs a statement of the testbed itself.
pub(crate) fn control(port: u16, sql: &str) -> Result<(), Error> {
    run(port, "mysql", sql).map(drop)
}
