use perf_core::Name;
use perf_core::sync::{Arc, Weak};
use perf_core::time::Duration;

use crate::bytes::Form;
use crate::cache::Inner;
use crate::fence::{Authority, Ledger};
use crate::flight::Flights;
use crate::freshness::{Auditor, Reloading};
use crate::guard::{GuardSettings, Home, Remote};
use crate::local::{Curve, LocalStore};
use crate::policy::part;
use crate::store::Store;
use crate::store::redis::{RedisSettings, RedisStore, Trust};
use crate::{BuildError, Cache, Codec, Compression};

const MIB: u64 = 1024 * 1024;

/// How long a load may take and still be stored in Redis.
const LEASE: Duration = Duration::from_secs(30);

/// How long Redis remembers the version of a tag after its last use. A tagged value lives no longer.
pub(crate) const TAG_KEEP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Sets a [`Cache`] up; made by [`Cache::builder`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct CacheBuilder {
    name: String,
    max_bytes: u64,
    local_store: LocalStore,
    redis: Option<String>,
    store: Option<Arc<dyn Store>>,
    #[cfg(feature = "tls")]
    redis_ca: Option<Vec<u8>>,
    prefix: Option<String>,
    tracking: bool,
    redis_time_limit: Duration,
    staleness_bound: Duration,
    wait_for_others: Duration,
    max_value_bytes: u64,
    form: Form,
    audit: f64,
}

impl CacheBuilder {
    pub(crate) fn new() -> Self {
        Self {
            name: "cache".to_owned(),
            max_bytes: 64 * MIB,
            local_store: LocalStore::Moka,
            redis: None,
            #[cfg(feature = "tls")]
            redis_ca: None,
            store: None,
            prefix: None,
            tracking: false,
            redis_time_limit: Duration::from_millis(250),
            staleness_bound: Duration::from_secs(5),
            wait_for_others: Duration::ZERO,
            max_value_bytes: 8 * MIB,
            form: Form::default(),
            audit: 0.0,
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

    /// The CA that signs the certificate of Redis, in PEM; several in one text will do. With
    /// `rediss://` alone. Defaults to the CAs that the system trusts (on Linux those in
    /// `SSL_CERT_FILE` where it is set).
    #[cfg(feature = "tls")]
    pub fn redis_ca(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.redis_ca = Some(pem.into());
        self
    }

    /// What every key in Redis begins with, followed by a colon. Caches with the same prefix on the
    /// same Redis share their values. Defaults to the cache's name.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// One load for all processes: how long a load waits for another process that is loading the same
    /// key, before it loads for itself. Give it somewhat more than your longest load takes. The wait is by
    /// asking again, at most every 100 ms. Defaults to zero: each process loads a key by itself.
    pub fn one_load_across_processes(mut self, wait: Duration) -> Self {
        self.wait_for_others = wait;
        self
    }

    /// Whether to hear of keys that others write or remove in Redis by themselves, such as a `DEL` from
    /// redis-cli, by `CLIENT TRACKING`. Needs Redis 6 and is not for clusters. Every write to a key of
    /// this prefix is then sent to every process. Defaults to `false`.
    pub fn tracking(mut self, tracking: bool) -> Self {
        self.tracking = tracking;
        self
    }

    /// How long this process may at most serve what another one has invalidated, also when the message
    /// of it is lost. A quarter of it is how often processes tell that they are alive, and while Redis
    /// cannot be reached a value is kept in process for half of it. Defaults to 5 s; at least 100 ms.
    pub fn staleness_bound(mut self, bound: Duration) -> Self {
        self.staleness_bound = bound.max(Duration::from_millis(100));
        self
    }

    /// Another store than Redis, for tests.
    #[cfg(feature = "testing")]
    pub(crate) fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
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
        self.form.max_payload_bytes = max_value_bytes;
        self
    }

    /// How values are turned into bytes for Redis. What is read may be in any codec that this program
    /// is built with. Defaults to [`Codec::MessagePack`].
    pub fn codec(mut self, codec: Codec) -> Self {
        self.form.codec = codec;
        self
    }

    /// Compresses values that take more than `above_bytes` in Redis, where that makes them smaller.
    /// [`max_value_bytes`](Self::max_value_bytes) holds for the value before and after it. Defaults to
    /// no compression.
    pub fn compress_above(mut self, compression: Compression, above_bytes: u64) -> Self {
        self.form.compression = Some((compression, above_bytes));
        self
    }

    /// Tests whether hits serve what has changed: for this share of the keys, from 0 to 1, the loader of a
    /// call that had a hit in this process is run all the same, in a task of its own and outside the
    /// caller's scope. What it gives is compared with what was served, and dropped. A value that is
    /// replaced or invalidated within a second of a difference does not count.
    ///
    /// One audit runs at a time, ten begin in a second at most, and one ends as failed after 30 s or
    /// the policy's hard timeout. Hits of [`get_or_load`](Cache::get_or_load),
    /// [`try_get_or_load`](Cache::try_get_or_load) and [`load_with`](Cache::load_with) alone are audited,
    /// inside a Tokio runtime with time: others bring no loader that may outlive their call. Values are
    /// compared by what serde shows of them; those that have the same parts in another order count as
    /// equal. A loader must bear to be run more often than values are needed. Each key that is audited
    /// takes about 150 bytes that the budget does not count. Defaults to 0: no audit.
    pub fn audit(mut self, share: f64) -> Self {
        self.audit = part(share);
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
        let Some(store) = self.open_store().await? else {
            return Ok(self.in_process());
        };
        let settings = GuardSettings {
            time_limit: self.redis_time_limit,
            staleness_bound: self.staleness_bound,
            lease: LEASE,
            tag_keep: TAG_KEEP,
        };
        let inner = Arc::new_cyclic(|inner: &Weak<Inner>| {
            let inner = inner.clone();
            let home = move || inner.upgrade().map(|inner| inner as Arc<dyn Home>);
            self.inner(Authority::Server, Some(Remote::new(store, settings, home)))
        });
        if let Some(remote) = &inner.remote {
            remote.start().await?;
        }
        Ok(Cache { inner })
    }

    /// The cache without Redis.
    pub(crate) fn in_process(self) -> Cache {
        Cache { inner: Arc::new(self.inner(Authority::Process, None)) }
    }

    fn inner(self, authority: Authority, remote: Option<Remote>) -> Inner {
        let ledger = Arc::new(Ledger::new(authority));
        let local = self.local_store.open(self.max_bytes);
        Inner {
            name: Name::new(self.name),
            flights: Flights::new(ledger.clone()),
            ledger,
            curve: Curve::new(self.max_bytes, local.overhead_bytes()),
            local,
            remote,
            form: self.form,
            max_value_bytes: self.max_value_bytes,
            wait_for_others: self.wait_for_others,
            max_bytes: self.max_bytes,
            reloading: Reloading::new(),
            auditor: Auditor::of(self.audit),
        }
    }

    async fn open_store(&self) -> Result<Option<Arc<dyn Store>>, BuildError> {
        if self.store.is_some() {
            return Ok(self.store.clone());
        }
        let Some(url) = &self.redis else {
            return Ok(None);
        };
        let settings = RedisSettings {
            prefix: self.prefix.clone().unwrap_or_else(|| self.name.clone()),
            tracking: self.tracking,
            trust: self.trust()?,
        };
        Ok(Some(Arc::new(RedisStore::connect(url, settings).await?)))
    }

    #[cfg(feature = "tls")]
    fn trust(&self) -> Result<Trust, BuildError> {
        match &self.redis_ca {
            Some(pem) => Trust::these(pem).map_err(|source| BuildError::RedisCa { source }),
            None => Ok(Trust::default()),
        }
    }

    #[cfg(not(feature = "tls"))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "with the feature it can fail"
    )]
    fn trust(&self) -> Result<Trust, BuildError> {
        Ok(Trust::default())
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
