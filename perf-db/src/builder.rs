use std::fmt;
use std::num::NonZeroUsize;

use perf_core::Name;
use perf_core::sync::Arc;
use perf_core::time::Duration;

use crate::address::{Address, Parsed};
#[cfg(feature = "advise")]
use crate::advise::explain::slow::SlowExecutions;
use crate::db::{Db, Shared};
use crate::error::{DbError, Reason};
use crate::pool::{Dial, Pool, Settings};
use crate::router::{self, Router, WithoutReplica};
use crate::seal::Seal;
use crate::statement::{Prepared, Protocol};
use crate::tls::Encryption;

/// Settings of a [`Db`]; made by [`Db::builder`].
#[must_use = "a builder does nothing until it is built"]
pub struct DbBuilder {
    url: String,
    name: String,
    max_size: usize,
    acquire_timeout: Duration,
    min_idle: usize,
    max_lifetime: Duration,
    idle_timeout: Duration,
    check_after_idle: Duration,
    statement_cache: usize,
    prepared: Prepared,
    secret: Option<Vec<u8>>,
    tls_root: Option<Vec<u8>>,
    replicas: Vec<String>,
    max_lag: Duration,
    without_replica: WithoutReplica,
    #[cfg(feature = "advise")]
    explain_slow: Option<Duration>,
}

impl DbBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            name: "db".to_owned(),
            max_size: 10,
            acquire_timeout: Duration::from_secs(30),
            min_idle: 1,
            max_lifetime: Duration::from_secs(30 * 60),
            idle_timeout: Duration::from_secs(10 * 60),
            check_after_idle: Duration::from_millis(500),
            statement_cache: 256,
            prepared: Prepared::default(),
            secret: None,
            tls_root: None,
            replicas: Vec::new(),
            max_lag: Duration::from_secs(10),
            without_replica: WithoutReplica::default(),
            #[cfg(feature = "advise")]
            explain_slow: None,
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

    /// How many connections are kept open and idle, from the start on, so that a caller need not wait
    /// for one to open. While the pool opens one for this, there may be one more than `max_size`.
    ///
    /// Defaults to 1: the first request after a quiet night finds a connection, and an instance that
    /// does nothing takes no more than one of the server's.
    pub fn min_idle(mut self, connections: usize) -> Self {
        self.min_idle = connections;
        self
    }

    /// How old a connection becomes at most; each ends up to a tenth earlier, so that those opened
    /// together do not end together. One that is in use ends when it comes back.
    ///
    /// A server process keeps memory for what its connection has ever touched, and a new server
    /// behind the same address is met only by new connections. `Duration::MAX` for no end.
    ///
    /// Defaults to 30 minutes, as in HikariCP, sqlx and bb8.
    pub fn max_lifetime(mut self, time: Duration) -> Self {
        self.max_lifetime = time;
        self
    }

    /// How long a connection beyond [`min_idle`](Self::min_idle) stays open while nobody uses it.
    /// `Duration::MAX` for no end.
    ///
    /// Defaults to 10 minutes, as in HikariCP, sqlx and bb8: longer than the pauses between bursts,
    /// shorter than firewalls forget.
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = time;
        self
    }

    /// A connection that was idle for longer than this is asked whether it is alive before anybody
    /// is handed it, which takes a round trip, and at most a second or half of the acquire timeout
    /// when nobody answers. Zero for always, `Duration::MAX` for never.
    ///
    /// Defaults to 500 ms, as in HikariCP: a busy pool never asks.
    pub fn check_after_idle(mut self, time: Duration) -> Self {
        self.check_after_idle = time;
        self
    }

    /// How many prepared statements each connection keeps; the least recently used one goes first.
    /// Defaults to 256.
    pub fn statement_cache(mut self, statements: usize) -> Self {
        self.statement_cache = statements;
        self
    }

    /// Whether statements are prepared under names. Say [`Prepared::Unnamed`] in front of a pooler in
    /// transaction mode. Defaults to [`Prepared::Detected`].
    pub fn prepared(mut self, prepared: Prepared) -> Self {
        self.prepared = prepared;
        self
    }

    /// Adds another server of the same database, with a pool of its own. Its name, like that of the
    /// first server, is then the database's name and its address.
    ///
    /// Which of the servers takes writes is found out, at the start and after a failover.
    ///
    /// Defaults to the one server of the address.
    pub fn replica(mut self, url: impl Into<String>) -> Self {
        self.replicas.push(url.into());
        self
    }

    /// How old the answer to a read may be; a replica that is further behind is left out.
    ///
    /// Lag is measured about every third of this time, and at least once a second, so a value
    /// below 150 ms leaves out replicas that are quick enough.
    ///
    /// Defaults to 10 s: a replica that is further behind is in trouble, not busy.
    pub fn max_lag(mut self, lag: Duration) -> Self {
        self.max_lag = lag;
        self
    }

    /// What a read does when no replica will do. Defaults to [`WithoutReplica::Primary`].
    pub fn without_replica(mut self, then: WithoutReplica) -> Self {
        self.without_replica = then;
        self
    }

    /// The certificates of the authorities to trust, as PEM; no others are trusted then, and every
    /// connection is encrypted. The address can name a file of them: `sslrootcert=/etc/db.pem`.
    ///
    /// With `sslmode=require` or `verify-full` in the address, connections are encrypted and the
    /// server's certificate must be of a trusted authority and have the server's name. With `prefer`
    /// they are encrypted if the server offers TLS and its certificate is trusted.
    ///
    /// Defaults to the authorities of the operating system.
    #[cfg(feature = "tls")]
    pub fn tls_root(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls_root = Some(pem.into());
        self
    }

    /// What cursors and write marks are sealed with. They are of use to those instances of the
    /// service that share the secret; take at least 16 random bytes.
    ///
    /// Defaults to random bytes, so that they are of use to this instance only.
    pub fn secret(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Keeps executions that took at least this long, with their values, so that
    /// [`Advisor::slow_plans`](crate::advise::Advisor::slow_plans) can have them planned for just
    /// those values.
    ///
    /// Of each statement that only reads the slowest one is kept, of at most 32 statements, each
    /// with at most 64 KiB of text and values; longer ones and streams are left out. The values stay
    /// in this process's memory and are shown nowhere.
    ///
    /// Defaults to keeping none.
    ///
    /// # Cost
    /// A comparison for each statement, and a copy of the values of one that is kept.
    #[cfg(feature = "advise")]
    pub fn explain_slow(mut self, threshold: Duration) -> Self {
        self.explain_slow = Some(threshold);
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
        if self.min_idle > self.max_size {
            return Err(Reason::Setting("min_idle must be at most max_size").into());
        }
        if self.max_lifetime.is_zero() || self.idle_timeout.is_zero() {
            let text = "max_lifetime and idle_timeout must be longer than zero: Duration::MAX is \
                        for no end";
            return Err(Reason::Setting(text).into());
        }
        let seal = match &self.secret {
            Some(secret) if secret.len() < 16 => {
                return Err(Reason::Setting("secret must have at least 16 bytes").into());
            }
            Some(secret) => Seal::new(secret),
            None => Seal::random()?,
        };
        // One for all servers: replicas have the types of their primary, under the same numbers.
        let protocol = Arc::new(Protocol::new(self.prepared, statement_cache));
        let name = Name::new(self.name);
        let is_alone = self.replicas.is_empty();
        #[cfg(feature = "advise")]
        let slow = self.explain_slow.map(|threshold| Arc::new(SlowExecutions::new(threshold)));
        let mut pools = Vec::new();
        for url in std::iter::once(&self.url).chain(&self.replicas) {
            let Parsed { mut config, address, root } = Address::parse(url)?;
            let encryption =
                Encryption::new(&mut config, root.as_deref(), self.tls_root.as_deref())?;
            let name = match is_alone {
                true => name.clone(),
                false => Name::new(format!("{} {}", name.as_str(), address.servers)),
            };
            let settings = Settings {
                name,
                max_size: self.max_size,
                acquire_timeout: self.acquire_timeout,
                protocol: Arc::clone(&protocol),
                min_idle: self.min_idle,
                max_lifetime: self.max_lifetime,
                idle_timeout: self.idle_timeout,
                check_after_idle: self.check_after_idle,
                #[cfg(feature = "advise")]
                slow: slow.clone(),
            };
            pools.push(Pool::new(Dial::new(config, encryption), address, settings)?);
        }
        let settings = router::Settings {
            name,
            acquire_timeout: self.acquire_timeout,
            max_lag: self.max_lag,
            without_replica: self.without_replica,
        };
        let router = Arc::new(Router::new(settings, pools));
        router.start().await?;
        Ok(Db::new(Shared {
            router,
            seal,
            #[cfg(feature = "advise")]
            slow,
        }))
    }
}

/// Without the address, which may hold a password.
impl fmt::Debug for DbBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DbBuilder")
            .field("name", &self.name)
            .field("max_size", &self.max_size)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("min_idle", &self.min_idle)
            .field("max_lifetime", &self.max_lifetime)
            .field("idle_timeout", &self.idle_timeout)
            .field("check_after_idle", &self.check_after_idle)
            .field("statement_cache", &self.statement_cache)
            .field("prepared", &self.prepared)
            .field("replicas", &self.replicas.len())
            .field("max_lag", &self.max_lag)
            .field("without_replica", &self.without_replica)
            .finish_non_exhaustive()
    }
}
