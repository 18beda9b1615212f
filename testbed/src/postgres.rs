use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::server::{Kind, Server, tail};
use crate::{Database, Error, ledger, locate, psql};

/// Speed instead of durability: the data does not outlive the test.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_preload_libraries=pg_stat_statements",
    "pg_stat_statements.track=all",
    "timezone=UTC",
];

const KIND: Kind = Kind {
    name: "PostgreSQL",
    folder_prefix: "testbed-postgres-",
    // Fast shutdown, then immediate shutdown.
    stop_signals: "INT QUIT",
    port_option: "-p",
    ready: says_ready,
};

/// A private PostgreSQL in a temporary folder, on a free port of 127.0.0.1.
///
/// Every database made on it has the extension `pg_stat_statements`. Dropping it stops the server
/// and deletes the folder; so does the end of this process, whatever ends it.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
}

impl Postgres {
    /// Makes a cluster and runs a server on it. Takes one to three seconds.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, the disk is full or the server does not start.
    pub fn start() -> Result<Self, Error> {
        ledger::record("postgres");
        let bin = locate::postgres()?;
        let mut server = Server::prepare(&KIND, |folder| command(&bin, folder))?;
        initdb(&bin, &server)?;
        server.start()?;
        let postgres = Self { server };
        psql::run(&postgres.url_of("template1"), "create extension pg_stat_statements")?;
        Ok(postgres)
    }

    /// The address of the database `postgres`, for its superuser: `postgres://…`.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The process id of the server, `None` while it is stopped.
    pub fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    /// The folder with everything the server writes.
    pub fn folder(&self) -> &Path {
        self.server.folder()
    }

    /// A fresh database on this server.
    ///
    /// # Errors
    /// When the server is stopped or refuses.
    pub fn database(&self) -> Result<Database, Error> {
        Database::create(&self.url())
    }

    /// Ends the server, and with it every connection. Its data and its port are kept.
    ///
    /// # Errors
    /// When the process that guards the server is gone.
    pub fn stop(&mut self) -> Result<(), Error> {
        self.server.stop()
    }

    /// Runs the server again on the same port and data.
    ///
    /// # Errors
    /// When the server does not start.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.server.restart()
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.server.port())
    }
}

fn command(bin: &Path, folder: &Path) -> Vec<OsString> {
    let mut command: Vec<OsString> =
        vec![bin.join("postgres").into(), "-D".into(), folder.join("data").into()];
    for setting in SETTINGS {
        command.extend(["-c".into(), (*setting).into()]);
    }
    command
}

fn initdb(bin: &Path, server: &Server) -> Result<(), Error> {
    let mut command = Command::new(bin.join("initdb"));
    command
        .args(["--no-sync", "--no-instructions", "--no-locale", "--encoding=UTF8"])
        .args(["--auth=trust", "--username=postgres", "--pgdata=data"])
        .current_dir(server.folder())
        .env("LC_ALL", "C")
        // Out of reach of a Ctrl-C: the supervisor deletes what an interrupted owner leaves.
        .process_group(0);
    psql::without_settings(&mut command);
    if let Some(account) = server.account() {
        command.uid(account.uid).gid(account.gid);
    }
    let output = command.output().map_err(|source| Error::Run { program: "initdb", source })?;
    if output.status.success() {
        return Ok(());
    }
    let output = tail(&String::from_utf8_lossy(&output.stderr));
    Err(Error::Initdb { folder: server.folder().to_owned(), output })
}

/// The server writes its process id to the first and its state to the eighth line of this file,
/// for `pg_ctl` to read. The id tells it from a file that a killed server left.
fn says_ready(server: &Server) -> bool {
    let file = fs::read_to_string(server.folder().join("data/postmaster.pid")).unwrap_or_default();
    let lines: Vec<&str> = file.lines().map(str::trim).collect();
    let pid = lines.first().and_then(|line| line.parse().ok());
    pid.is_some() && pid == server.pid() && lines.get(7) == Some(&"ready")
}
