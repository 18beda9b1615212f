use perf_core::sync::Arc;
use perf_core::time::Duration;

use crate::remote::{RemoteSettings, RemoteTier};
use crate::store::Store;
use crate::{BuildError, Cache};

const MIB: u64 = 1024 * 1024;

/// Sets a [`Cache`] up; made by [`Cache::builder`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct CacheBuilder {
    name: String,
    max_bytes: u64,
    redis: Option<String>,
    prefix: Option<String>,
    redis_time_limit: Duration,
    max_value_bytes: u64,
    store: Option<Arc<dyn Store>>,
}

impl CacheBuilder {
    pub(crate) fn new() -> Self {
        Self {
            name: "cache".to_owned(),
            max_bytes: 64 * MIB,
            redis: None,
            prefix: None,
            redis_time_limit: Duration::from_millis(250),
            max_value_bytes: 8 * MIB,
            store: None,
        }
    }

    /// The store behind the local tier, in place of Redis.
    #[cfg(feature = "testing")]
    pub(crate) fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// The name under which the cache is reported. Defaults to `cache`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The budget of the local tier: keys, values and a fixed amount per entry. What an entry
    /// takes is estimated from its size in memory plus its size in bytes. Defaults to 64 MiB.
    pub fn max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = max_bytes;
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
        let remote = match &self.redis {
            Some(url) => Some(RemoteTier::connect(url, self.remote_settings()).await?),
            None => None,
        };
        Ok(Cache::new(&self.name, self.max_bytes, remote))
    }

    /// The cache without Redis.
    pub(crate) fn in_process(self) -> Cache {
        Cache::new(&self.name, self.max_bytes, None)
    }

    fn remote_settings(&self) -> RemoteSettings {
        RemoteSettings {
            prefix: self.prefix.clone().unwrap_or_else(|| self.name.clone()),
            time_limit: self.redis_time_limit,
            max_value_bytes: self.max_value_bytes,
        }
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
