//! The servers that all tests of a run share, and the list of the tests that used them.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use tempfile::NamedTempFile;
use testbed::{
    LEDGER_VARIABLE, MARIADB_VARIABLE, MariaDb, POSTGRES_VARIABLE, Postgres, REDIS_VARIABLE, Redis,
};

use crate::failure::Failure;

#[derive(Debug)]
pub(crate) struct Servers {
    postgres: Postgres,
    redis: Redis,
    mariadb: MariaDb,
    ledger: NamedTempFile,
}

/// How many tests ran against a real server.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Ledger {
    pub(crate) tests: usize,
    pub(crate) with_postgres: usize,
    pub(crate) with_redis: usize,
    pub(crate) with_mariadb: usize,
    pub(crate) with_browser: usize,
}

impl Servers {
    pub(crate) fn start() -> Result<Self, Failure> {
        eprintln!("==> starting PostgreSQL, Redis and MariaDB for the tests");
        let ledger = NamedTempFile::new().map_err(|error| {
            Failure::because("no temporary file could be made: free some space", error)
        })?;
        let (postgres, redis) = (Postgres::start()?, Redis::start()?);
        Ok(Self { postgres, redis, mariadb: MariaDb::start()?, ledger })
    }

    /// Tells a test command where the servers and the list are.
    pub(crate) fn announce<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env(POSTGRES_VARIABLE, self.postgres.url())
            .env(REDIS_VARIABLE, self.redis.url())
            .env(MARIADB_VARIABLE, self.mariadb.url())
            .env(LEDGER_VARIABLE, self.ledger.path())
    }

    /// What the tests have written so far.
    pub(crate) fn ledger(&self) -> Result<Ledger, Failure> {
        let lines = fs::read_to_string(self.ledger.path()).map_err(|error| {
            Failure::because("the list of tests with real servers could not be read", error)
        })?;
        Ok(Ledger::count(&lines))
    }
}

impl Ledger {
    /// Each line is server, binary and test, separated by tabs; a test may have several lines.
    fn count(lines: &str) -> Self {
        let entries: BTreeSet<(&str, &str)> =
            lines.lines().filter_map(|line| line.split_once('\t')).collect();
        let with = |wanted: &str| entries.iter().filter(|(server, _)| *server == wanted).count();
        Self {
            tests: entries.iter().map(|(_, test)| test).collect::<BTreeSet<_>>().len(),
            with_postgres: with("postgres"),
            with_redis: with("redis"),
            with_mariadb: with("mariadb"),
            with_browser: with("browser"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_counts_once_however_often_it_asks() {
        let lines = "postgres\tdb\ta\nredis\tdb\ta\npostgres\tdb\ta\nredis\tcache\ta\n\
                     mariadb\tdb\ta\nbrowser\ttower\ta\nbrowser\ttower\ta\n";
        let expected =
            Ledger { tests: 3, with_postgres: 1, with_redis: 2, with_mariadb: 1, with_browser: 1 };
        assert_eq!(Ledger::count(lines), expected);
    }
}
