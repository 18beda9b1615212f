//! One PostgreSQL.

pub(crate) mod cluster;

use std::path::Path;

use crate::server::Server;
use crate::{Authority, Database, Error, ledger, locate, psql};

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
        Self::start_with(&[])
    }

    /// Runs a server with settings of `postgresql.conf`, as `[("max_connections", "10"),
    /// ("statement_timeout", "1s")]`. They win over those of the testbed and hold after
    /// [`Postgres::restart`] too.
    ///
    /// # Errors
    /// As [`Postgres::start`]; a setting that PostgreSQL refuses ends it, and the error has its
    /// words.
    pub fn start_with(settings: &[(&str, &str)]) -> Result<Self, Error> {
        Self::run(settings, None)
    }

    /// Runs a server that speaks TLS alone, with a certificate for 127.0.0.1 and localhost that
    /// this authority has signed. It asks clients for none. The settings are as for
    /// [`Postgres::start_with`].
    ///
    /// Addresses do not name a `sslmode`: clients differ in which they know. One that neither
    /// demands nor prefers TLS is refused ("no pg_hba.conf entry for host …, no encryption").
    ///
    /// # Errors
    /// As [`Postgres::start_with`].
    pub fn start_tls(authority: &Authority, settings: &[(&str, &str)]) -> Result<Self, Error> {
        Self::run(settings, Some(authority))
    }

    fn run(settings: &[(&str, &str)], authority: Option<&Authority>) -> Result<Self, Error> {
        ledger::record("postgres");
        let bin = locate::postgres()?;
        let mut server = cluster::prepare(&bin, settings, authority)?;
        cluster::initdb(&bin, &server)?;
        if authority.is_some() {
            cluster::demand_tls(&server)?;
        }
        server.start()?;
        let postgres = Self { server };
        psql::control(&postgres.url_of("template1"), "create extension pg_stat_statements")?;
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

    /// Ends the server and all its processes as a crash does (SIGKILL). Its data and its port are
    /// kept.
    ///
    /// # Errors
    /// When the process that guards the server is gone.
    pub fn kill(&mut self) -> Result<(), Error> {
        self.server.kill_all()
    }

    /// Stops the clock of the server and all its processes (SIGSTOP): connections stay open and
    /// nobody answers.
    ///
    /// # Errors
    /// When the process that guards the server is gone.
    pub fn freeze(&mut self) -> Result<(), Error> {
        self.server.signal_all("STOP")
    }

    /// Lets a frozen server go on (SIGCONT).
    ///
    /// # Errors
    /// When the process that guards the server is gone.
    pub fn thaw(&mut self) -> Result<(), Error> {
        self.server.signal_all("CONT")
    }

    fn url_of(&self, database: &str) -> String {
        cluster::url(self.server.port(), database)
    }
}
