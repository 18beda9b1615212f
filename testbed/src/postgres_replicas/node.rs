use std::path::Path;

use crate::postgres::cluster;
use crate::server::Server;
use crate::{Database, Error, psql};

/// One server of [`PostgresReplicas`](crate::PostgresReplicas).
#[derive(Debug)]
pub struct PostgresNode {
    pub(super) server: Server,
    /// Its `application_name` in the eyes of the one that it follows.
    name: String,
    /// The port of the node that it follows; `None` for a primary.
    pub(super) leader: Option<u16>,
    frozen: bool,
}

impl PostgresNode {
    pub(super) fn new(server: Server, name: String) -> Self {
        Self { server, name, leader: None, frozen: false }
    }

    /// The address of the database `postgres`, for its superuser. It stays the same over restarts.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The address of a database: a replica has those of its primary.
    pub fn url_of(&self, database: &str) -> String {
        cluster::url(self.server.port(), database)
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// What a replica is called in `pg_stat_replication`: `replica_0`, `replica_1`, …; the first
    /// primary is `primary`, should it ever follow another one.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The process id of the server, `None` while it does not run.
    pub fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    /// The folder with everything the server writes.
    pub fn folder(&self) -> &Path {
        self.server.folder()
    }

    /// A fresh database, as [`Postgres::database`](crate::Postgres::database). Replicas have it
    /// once they have [`caught_up`](crate::PostgresReplicas::caught_up).
    ///
    /// # Errors
    /// When the server does not run, or is a replica.
    pub fn database(&self) -> Result<Database, Error> {
        Database::create(&self.url())
    }

    /// Runs SQL in the database `postgres` and returns the rows, one a line, columns separated by
    /// `|`.
    ///
    /// # Errors
    /// [`Error::Sql`] when PostgreSQL is not reached or refuses.
    pub fn sql(&self, sql: &str) -> Result<String, Error> {
        psql::run(&self.url(), sql)
    }

    /// As [`sql`](Self::sql), in a database of that name.
    ///
    /// # Errors
    /// [`Error::Sql`] when PostgreSQL is not reached or refuses.
    pub fn sql_in(&self, database: &str, sql: &str) -> Result<String, Error> {
        psql::run(&self.url_of(database), sql)
    }

    /// Whether it is worth asking: neither ended nor frozen.
    pub(super) fn runs(&self) -> bool {
        !self.frozen && self.pid().is_some()
    }

    pub(super) fn kill(&mut self) -> Result<(), Error> {
        self.frozen = false;
        self.server.kill_all()
    }

    pub(super) fn stop(&mut self) -> Result<(), Error> {
        self.frozen = false;
        self.server.stop()
    }

    pub(super) fn freeze(&mut self) -> Result<(), Error> {
        self.frozen = true;
        self.server.signal_all("STOP")
    }

    pub(super) fn thaw(&mut self) -> Result<(), Error> {
        self.frozen = false;
        self.server.signal_all("CONT")
    }

    pub(super) fn restart(&mut self) -> Result<(), Error> {
        self.frozen = false;
        self.server.restart()
    }
}
