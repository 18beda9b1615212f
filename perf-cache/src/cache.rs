use std::fmt;

use perf_core::sync::Arc;
use perf_core::{CacheOutcome, CacheTier, Name};

use crate::flight::Flights;
use crate::local::LocalTier;
use crate::remote::RemoteTier;
use crate::{CacheBuilder, CacheValue, Policy};

/// A cache in this process, with Redis behind it if you like. Cheap to clone: all clones are one
/// cache, and it holds values of many types under one budget.
///
/// A key belongs to one type. A value of another type under the same key is a miss and is replaced.
///
/// ```
/// use std::time::Duration;
/// use perf_cache::Cache;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), perf_cache::BuildError> {
/// let cache = Cache::builder().name("greetings").build().await?;
/// cache.insert("de", "Guten Tag".to_owned(), Duration::from_secs(60)).await;
/// assert_eq!(*cache.get::<String>("de").await.unwrap(), "Guten Tag");
///
/// cache.invalidate("de").await;
/// assert_eq!(cache.get::<String>("de").await, None);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Cache {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) name: Name,
    pub(crate) local: Box<dyn LocalTier>,
    pub(crate) remote: Option<RemoteTier>,
    pub(crate) flights: Flights,
}

impl Cache {
    /// Sets a cache up.
    pub fn builder() -> CacheBuilder {
        CacheBuilder::new()
    }

    pub(crate) fn new(name: &str, local: Box<dyn LocalTier>, remote: Option<RemoteTier>) -> Self {
        let inner = Inner { name: Name::new(name), local, remote, flights: Flights::new() };
        Self { inner: Arc::new(inner) }
    }

    /// The name under which the cache is reported.
    pub fn name(&self) -> &str {
        self.inner.name.as_str()
    }

    /// What the local tier holds, in bytes, as the budget counts them. It passes the budget only
    /// for as long as it takes to evict.
    pub fn local_bytes(&self) -> u64 {
        self.inner.local.bytes()
    }

    /// The value under a key, from this process or from Redis.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect but that a value found in Redis is not kept here.
    ///
    /// # Cost
    /// That of [`get_local`](Self::get_local) on a hit; else one Redis `GET`, and never longer than
    /// the time limit.
    pub async fn get<V: CacheValue>(&self, key: &str) -> Option<Arc<V>> {
        if let Some(value) = self.get_local(key) {
            return Some(value);
        }
        let remote = self.inner.remote.as_ref()?;
        let lead = self.inner.flights.alone(key);
        let fetched = self.inner.fetch::<V>(remote, key).await?;
        Some(self.inner.take_over(lead, fetched))
    }

    /// The value under a key, from this process alone.
    ///
    /// # Cost
    /// One look-up in the local tier, one clock read, one event; no allocation. Bench `local hit`.
    pub fn get_local<V: CacheValue>(&self, key: &str) -> Option<Arc<V>> {
        let value = self.inner.peek(key);
        let outcome = match value {
            Some(_) => CacheOutcome::Hit,
            None => CacheOutcome::Miss,
        };
        self.inner.tell(CacheTier::Local, outcome);
        value
    }

    /// Keeps a value in every tier, in place of what is there and of what is being loaded.
    ///
    /// # Cancel safety
    /// From the first poll on the value is kept, whether the future is dropped or not; the write to
    /// Redis goes on by itself.
    pub async fn insert<V: CacheValue>(
        &self,
        key: &str,
        value: V,
        policy: impl Into<Policy>,
    ) -> Arc<V> {
        let value = Arc::new(value);
        let kept = self.inner.put(key.into(), value.clone(), policy.into());
        kept.await;
        value
    }

    /// Removes a key from every tier. Call it when the data has changed, not before.
    ///
    /// When it has returned, no value whose load began before it is kept in this process or given to
    /// anyone who asks afterwards. A caller that was already waiting for such a load may still
    /// receive its value. What is not promised about Redis yet stands in the crate's README.
    ///
    /// # Cancel safety
    /// From the first poll on the invalidation runs to its end, whether the future is dropped or not.
    pub async fn invalidate(&self, key: &str) {
        self.inner.forget(key.into()).await;
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("name", &self.name())
            .field("local", &self.inner.local)
            .field("remote", &self.inner.remote)
            .finish()
    }
}
