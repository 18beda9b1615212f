use std::sync::atomic::{AtomicUsize, Ordering};

use crate::port::random;
use crate::{Error, locate, psql};

/// An empty database of one test. Dropping it drops the database, and ends its connections.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
    server_url: String,
}

impl Database {
    /// Makes a database on the server whose database `postgres` has this address.
    pub(crate) fn create(server_url: &str) -> Result<Self, Error> {
        let name = format!("test_{}", unique());
        psql::control(server_url, &format!("create database {name}"))?;
        let (server, _) = server_url.rsplit_once('/').unwrap_or((server_url, ""));
        Ok(Self { url: format!("{server}/{name}"), name, server_url: server_url.to_owned() })
    }

    /// The address: `postgres://postgres@127.0.0.1:PORT/NAME`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives the database the extension `hypopg`, which a fresh one does not have.
    ///
    /// # Errors
    /// [`Error::Missing`] when it is not installed, with the package to install.
    pub fn hypopg(&self) -> Result<(), Error> {
        locate::hypopg(&locate::postgres()?)?;
        psql::control(&self.url, "create extension if not exists hypopg")
    }

    /// Runs SQL through `psql` and returns the rows, one a line, columns separated by `|`.
    ///
    /// For setting a test up, and for looking from outside at what a test did.
    ///
    /// # Errors
    /// [`Error::Sql`] when PostgreSQL refuses a statement.
    pub fn sql(&self, sql: &str) -> Result<String, Error> {
        psql::run(&self.url, sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The server of a test that stopped it is gone, and the database with it.
        let statement = format!("drop database if exists {} with (force)", self.name);
        drop(psql::control(&self.server_url, &statement));
    }
}

/// A name that no other test, process or run uses.
pub(crate) fn unique() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}_{count}_{:08x}", std::process::id(), random() as u32)
}
