use std::fmt;

use perf_core::Name;
use perf_core::sync::Arc;
use perf_core::time::Duration;

use crate::bytes::Form;
use crate::fence::Ledger;
use crate::flight::Flights;
use crate::freshness::{Auditor, Reloading};
use crate::guard::Remote;
use crate::local::{Curve, LocalTier};
use crate::look::Look;
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
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) flights: Flights,
    pub(crate) local: Box<dyn LocalTier>,
    pub(crate) remote: Option<Remote>,
    pub(crate) form: Form,
    pub(crate) max_value_bytes: u64,
    /// How long a load waits for another process that loads the same key.
    pub(crate) wait_for_others: Duration,
    /// Of the local tier.
    pub(crate) max_bytes: u64,
    pub(crate) curve: Curve,
    pub(crate) reloading: Reloading,
    pub(crate) auditor: Option<Auditor>,
}

impl Cache {
    /// Sets a cache up.
    pub fn builder() -> CacheBuilder {
        CacheBuilder::new()
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
    /// That of [`get_local`](Self::get_local) on a hit; else one Redis `GET`, or a share of an `MGET` where
    /// others ask too, and small commands more where something has to be compared with Redis first. Each of them ends at the
    /// [time limit](CacheBuilder::redis_time_limit).
    pub async fn get<V: CacheValue>(&self, key: &str) -> Option<Arc<V>> {
        let look = self.inner.look::<V>(key);
        self.inner.tell_look(&look, &mut false);
        let missed = match look {
            Look::Hit(value)
            | Look::Audit { value, .. }
            | Look::Refresh { value, .. }
            | Look::Stale(value) => {
                return Some(value);
            }
            Look::Absent => return None,
            Look::Miss(missed) => missed,
        };
        self.inner.tell_state();
        self.inner.find(key, missed.suspect).await
    }

    /// The value under a key, from this process alone.
    ///
    /// # Cost
    /// One look-up in the local tier, one clock read, one event; no allocation. Bench `local hit`.
    pub fn get_local<V: CacheValue>(&self, key: &str) -> Option<Arc<V>> {
        let look = self.inner.look(key);
        self.inner.tell_look(&look, &mut false);
        match look {
            Look::Hit(value)
            | Look::Audit { value, .. }
            | Look::Refresh { value, .. }
            | Look::Stale(value) => Some(value),
            Look::Absent | Look::Miss(_) => None,
        }
    }

    /// Keeps a value in every tier, in place of what is there and of what is being loaded.
    ///
    /// # Cancel safety
    /// From the first poll on the value is kept, whether the future is dropped or not; the write to
    /// Redis goes on by itself.
    ///
    /// # Cost
    /// One insertion into the local tier, and with Redis two scripts, or more where the versions of tags
    /// have to be asked for. Each of them ends at the [time limit](CacheBuilder::redis_time_limit).
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
