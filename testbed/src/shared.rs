//! The servers that the tests of a run share.
//!
//! `cargo xtask test` starts one of each and names them in the environment. Without it each test
//! process starts its own when first asked. Statics are not dropped: it is the supervisor that
//! stops those servers when the process ends.

use std::env;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::{Database, Error, MariaDatabase, MariaDb, Postgres, Redis, RedisSpace, ledger};

/// Names the shared PostgreSQL: the address of its database `postgres`.
pub const POSTGRES_VARIABLE: &str = "PERF_TESTBED_POSTGRES";

/// Names the shared Redis: its address.
pub const REDIS_VARIABLE: &str = "PERF_TESTBED_REDIS";

/// Names the shared MariaDB: its address.
pub const MARIADB_VARIABLE: &str = "PERF_TESTBED_MARIADB";

/// A fresh database on the shared PostgreSQL, dropped with the value.
///
/// # Panics
/// When there is no server and none can be started; the message names the package to install.
#[track_caller]
pub fn database() -> Database {
    ledger::record("postgres");
    ready(postgres_url().and_then(|url| Database::create(&url)))
}

/// A space of its own in the shared Redis, emptied with the value.
///
/// # Panics
/// When there is no server and none can be started; the message names the package to install.
#[track_caller]
pub fn redis() -> RedisSpace {
    ledger::record("redis");
    RedisSpace::new(ready(redis_port()))
}

/// A fresh database on the shared MariaDB, dropped with the value.
///
/// # Panics
/// When there is no server and none can be started; the message names the package to install.
#[track_caller]
pub fn mariadb() -> MariaDatabase {
    ledger::record("mariadb");
    ready(mariadb_url().and_then(|url| MariaDatabase::create(&url)))
}

fn mariadb_url() -> Result<String, Error> {
    static SERVER: Shared<MariaDb> = Shared::new();
    match env::var(MARIADB_VARIABLE) {
        Ok(url) => Ok(url),
        Err(_) => SERVER.get_or_start(MariaDb::start).map(MariaDb::url),
    }
}

fn postgres_url() -> Result<String, Error> {
    static SERVER: Shared<Postgres> = Shared::new();
    match env::var(POSTGRES_VARIABLE) {
        Ok(url) => Ok(url),
        Err(_) => SERVER.get_or_start(Postgres::start).map(Postgres::url),
    }
}

fn redis_port() -> Result<u16, Error> {
    static SERVER: Shared<Redis> = Shared::new();
    let named = env::var(REDIS_VARIABLE).ok();
    let port = named.as_deref().and_then(|url| url.trim_end_matches('/').rsplit(':').next());
    match port.and_then(|port| port.parse().ok()) {
        Some(port) => Ok(port),
        None => SERVER.get_or_start(Redis::start).map(Redis::port),
    }
}

/// A server that is started once. After a failure the next test tries again, and says why.
struct Shared<T> {
    server: OnceLock<T>,
    starting: Mutex<()>,
}

impl<T> Shared<T> {
    const fn new() -> Self {
        Self { server: OnceLock::new(), starting: Mutex::new(()) }
    }

    fn get_or_start(&self, start: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
        let _turn = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        match self.server.get() {
            Some(server) => Ok(server),
            None => {
                let server = start()?;
                Ok(self.server.get_or_init(|| server))
            }
        }
    }
}

#[track_caller]
fn ready<T>(outcome: Result<T, Error>) -> T {
    match outcome {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}
