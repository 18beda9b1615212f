use std::fmt;
use std::num::NonZeroUsize;

use perf_core::Name;
use perf_core::time::Duration;

use crate::address::Address;
use crate::db::Db;
use crate::error::{DbError, Reason};
use crate::pool::{Pool, Settings};

/// Settings of a [`Db`]; made by [`Db::builder`].
#[must_use = "a builder does nothing until it is built"]
pub struct DbBuilder {
    url: String,
    name: String,
    max_size: usize,
    acquire_timeout: Duration,
    statement_cache: usize,
}

impl DbBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            name: "db".to_owned(),
            max_size: 10,
            acquire_timeout: Duration::from_secs(30),
            statement_cache: 256,
        }
    }

    /// The pool's name in snapshots and reports. Defaults to `db`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// How many connections there may be at once.
    ///
    /// The server's cores decide how many statements make progress, so the sum over all instances
    /// of the service should stay near twice those cores. Defaults to 10.
    pub fn max_size(mut self, connections: usize) -> Self {
        self.max_size = connections;
        self
    }

    /// How long a call waits for a connection, with the time to open one. Defaults to 30 s.
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// How many prepared statements each connection keeps; the least recently used one goes first.
    /// Defaults to 256.
    pub fn statement_cache(mut self, statements: usize) -> Self {
        self.statement_cache = statements;
        self
    }

    /// Opens the first connection, so that a wrong address shows at the start.
    ///
    /// # Errors
    /// When the address cannot be read, a setting is zero, or no connection can be opened; the
    /// text says what to change and never holds the password.
    ///
    /// # Cancel safety
    /// Dropping the future closes what was opened.
    pub async fn build(self) -> Result<Db, DbError> {
        let statement_cache = NonZeroUsize::new(self.statement_cache)
            .ok_or_else(|| Reason::Setting("statement_cache must be at least 1"))?;
        if self.max_size == 0 {
            return Err(Reason::Setting("max_size must be at least 1").into());
        }
        if self.acquire_timeout.is_zero() {
            return Err(Reason::Setting("acquire_timeout must be longer than zero").into());
        }
        let (config, address) = Address::parse(&self.url)?;
        let settings = Settings {
            name: Name::new(self.name),
            max_size: self.max_size,
            acquire_timeout: self.acquire_timeout,
            statement_cache,
        };
        let pool = Pool::new(config, address, settings)?;
        drop(pool.lease().await?);
        Ok(Db::new(pool))
    }
}

/// Without the address, which may hold a password.
impl fmt::Debug for DbBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DbBuilder")
            .field("name", &self.name)
            .field("max_size", &self.max_size)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("statement_cache", &self.statement_cache)
            .finish_non_exhaustive()
    }
}
