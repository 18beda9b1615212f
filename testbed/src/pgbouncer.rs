//! pgbouncer in front of a PostgreSQL.

use std::ffi::OsString;
use std::path::Path;

use crate::server::{Kind, Server};
use crate::{Error, Postgres, PostgresNode, folder, ledger, locate, psql};

const CONFIG: &str = "pgbouncer.ini";

const KIND: Kind = Kind {
    name: "pgbouncer",
    folder_prefix: "testbed-pgbouncer-",
    // Both end it at once in old versions; in new ones the first waits for clients.
    stop_signals: "TERM QUIT",
    port_option: "--port",
    ready: says_ready,
};

/// pgbouncer knows no option for its port: it goes to a file that the configuration includes.
const RUN: &str = r#"printf 'listen_port = %s\n' "$4" >port.ini && exec "$1" "$2""#;

/// Everybody is let in and is the superuser on the other side. The rest is pgbouncer's default.
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addr", "127.0.0.1"),
    ("unix_socket_dir", ""),
    ("auth_type", "any"),
    ("pool_mode", "transaction"),
];

/// A private pgbouncer in transaction mode, on a free port of 127.0.0.1, in front of one
/// PostgreSQL.
///
/// It serves every database of that PostgreSQL under its own name. Dropping it stops it.
///
/// What a service can rely on differs by version: before 1.21 (Debian 12 has 1.18) it knows nothing
/// of prepared statements, later `max_prepared_statements` says how many it follows. To give that
/// setting to an older one is an error.
#[derive(Debug)]
pub struct Pgbouncer {
    server: Server,
}

impl Pgbouncer {
    /// Runs pgbouncer in front of that PostgreSQL, which need not run yet, with settings of the
    /// section `[pgbouncer]` of `pgbouncer.ini`, as `[("default_pool_size", "2")]`. They win over
    /// those of the testbed.
    ///
    /// # Errors
    /// When pgbouncer is not installed or does not start; the error of a setting that it refuses
    /// has its words.
    pub fn start(postgres: &Postgres, settings: &[(&str, &str)]) -> Result<Self, Error> {
        Self::before(postgres.port(), settings)
    }

    /// As [`start`](Self::start), in front of one of a primary and its replicas.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_before(node: &PostgresNode, settings: &[(&str, &str)]) -> Result<Self, Error> {
        Self::before(node.port(), settings)
    }

    fn before(port: u16, settings: &[(&str, &str)]) -> Result<Self, Error> {
        ledger::record("postgres");
        let program = locate::pgbouncer()?;
        let mut server = Server::prepare(&KIND, |folder| command(&program, folder))?;
        let path = server.folder().join(CONFIG);
        folder::write(&path, &config(port, settings), server.account())?;
        server.start()?;
        Ok(Self { server })
    }

    /// The address of the database `postgres`.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The address of a database of the PostgreSQL behind. `pgbouncer` is none of those but the
    /// console.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.server.port())
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The process id, `None` while it is stopped.
    pub fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    /// The folder with everything it writes.
    pub fn folder(&self) -> &Path {
        self.server.folder()
    }

    /// Gives an order to the console, as `SHOW POOLS`, and returns the rows, one a line, columns
    /// separated by `|`.
    ///
    /// # Errors
    /// [`Error::Sql`] when it is stopped or refuses.
    pub fn console(&self, order: &str) -> Result<String, Error> {
        psql::run(&self.url_of("pgbouncer"), order)
    }

    /// Ends it, and with it every connection. Its port is kept.
    ///
    /// # Errors
    /// When the process that guards it is gone.
    pub fn stop(&mut self) -> Result<(), Error> {
        self.server.stop()
    }

    /// Runs it again on the same port.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.server.restart()
    }
}

fn command(program: &Path, folder: &Path) -> Vec<OsString> {
    let mut command: Vec<OsString> = ["sh", "-c", RUN, "pgbouncer"].map(OsString::from).into();
    command.extend([program.into(), folder.join(CONFIG).into()]);
    command
}

fn config(port: u16, settings: &[(&str, &str)]) -> String {
    let mut config = format!(
        "[databases]\n* = host=127.0.0.1 port={port} user=postgres\n\
         [pgbouncer]\n%include port.ini\n"
    );
    for (name, value) in SETTINGS.iter().chain(settings) {
        config.push_str(&format!("{name} = {value}\n"));
    }
    config
}

/// Its own log tells it from another one that took the port first.
fn says_ready(server: &Server) -> bool {
    let log = server.log();
    log.contains(&format!("listening on 127.0.0.1:{}", server.port())) && log.contains("process up")
}
