use perf_core::Name;
use perf_core::sync::Arc;
use perf_core::time::Duration;

use crate::bytes::Form;
use crate::cache::Inner;
use crate::fence::{Authority, Ledger};
use crate::flight::Flights;
use crate::local::LocalStore;
use crate::{BuildError, Cache};

const MIB: u64 = 1024 * 1024;

/// Sets a [`Cache`] up; made by [`Cache::builder`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct CacheBuilder {
    name: String,
    max_bytes: u64,
    local_store: LocalStore,
    redis: Option<String>,
    prefix: Option<String>,
    redis_time_limit: Duration,
    max_value_bytes: u64,
}

impl CacheBuilder {
    pub(crate) fn new() -> Self {
        Self {
            name: "cache".to_owned(),
            max_bytes: 64 * MIB,
            local_store: LocalStore::Moka,
            redis: None,
            prefix: None,
            redis_time_limit: Duration::from_millis(250),
            max_value_bytes: 8 * MIB,
        }
    }

    /// The name under which the cache is reported. Defaults to `cache`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The budget of the local tier: keys, values and what the tier itself needs for each. What a
    /// value holds is found by walking through it once when it comes in: collections with their
    /// unused places, the allocator's share. Spare capacity and fields that are skipped are not
    /// seen. Defaults to 64 MiB.
    pub fn max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// Which cache the local tier is. Defaults to [`LocalStore::Moka`].
    pub fn local_store(mut self, store: LocalStore) -> Self {
        self.local_store = store;
        self
    }

    /// The Redis behind the local tier: `redis://[user:password@]host[:port][/database]`.
    /// Defaults to none, which caches in this process alone.
    pub fn redis(mut self, url: impl Into<String>) -> Self {
        self.redis = Some(url.into());
        self
    }

    /// What every key in Redis begins with, followed by a colon. Caches with the same prefix on the
    /// same Redis share their values. Defaults to the cache's name.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// How long one operation may keep a caller waiting for Redis. Defaults to 250 ms.
    pub fn redis_time_limit(mut self, limit: Duration) -> Self {
        self.redis_time_limit = limit;
        self
    }

    /// The largest envelope, in bytes, that is written to Redis or read from it. Larger values are
    /// kept in the local tier alone. Defaults to 8 MiB.
    pub fn max_value_bytes(mut self, max_value_bytes: u64) -> Self {
        self.max_value_bytes = max_value_bytes;
        self
    }

    /// Builds the cache, and with [`redis`](Self::redis) connects to Redis within 2 s.
    ///
    /// # Errors
    /// When the settings are not usable, or Redis cannot be used *now*. An outage later is not an
    /// error to anyone.
    ///
    /// # Panics
    /// With Redis, outside a Tokio runtime that has its I/O and time drivers. The cache uses that
    /// runtime for its writes.
    ///
    /// # Cancel safety
    /// Dropping the future leaves nothing behind.
    pub async fn build(self) -> Result<Cache, BuildError> {
        if self.name.is_empty() {
            return Err(BuildError::EmptyName);
        }
        if self.max_bytes == 0 {
            return Err(BuildError::NoBudget);
        }
        Ok(self.in_process())
    }

    /// The cache without Redis.
    pub(crate) fn in_process(self) -> Cache {
        let ledger = Arc::new(Ledger::new(Authority::Process));
        let inner = Inner {
            name: Name::new(self.name),
            flights: Flights::new(ledger.clone()),
            ledger,
            local: self.local_store.open(self.max_bytes),
            remote: None,
            form: Form::default(),
            max_value_bytes: self.max_value_bytes,
            tag_keep: Duration::from_secs(24 * 60 * 60),
        };
        Cache { inner: Arc::new(inner) }
    }
}

impl std::fmt::Debug for CacheBuilder {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CacheBuilder")
            .field("name", &self.name)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}
