use std::ops::Deref;

use perf_core::CacheTier;
use perf_core::sync::Arc;
use perf_core::time::Duration;

use crate::look::Look;
use crate::{Cache, CacheValue};

/// A value with what the cache knows about it; made by [`Cache::look_up`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Cached<V> {
    /// The value.
    pub value: Arc<V>,
    /// Where it was found.
    pub tier: CacheTier,
    /// How long ago it was loaded or inserted, by the wall clocks of the processes.
    pub age: Duration,
    /// Whether its ttl is over, and it is served because it is being loaded anew or because that failed.
    pub is_stale: bool,
}

impl<V> Deref for Cached<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.value
    }
}

impl Cache {
    /// As [`get`](Self::get), and tells where the value was found, how old it is and whether it is stale.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use perf_cache::{Cache, CacheTier};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), perf_cache::BuildError> {
    /// # let cache = Cache::builder().build().await?;
    /// cache.insert("de", "Guten Tag".to_owned(), Duration::from_secs(60)).await;
    /// let greeting = cache.look_up::<String>("de").await.unwrap();
    /// assert_eq!(greeting.len(), 9);
    /// assert_eq!(greeting.tier, CacheTier::Local);
    /// assert!(!greeting.is_stale);
    /// # Ok(()) }
    /// ```
    ///
    /// # Cancel safety
    /// As [`get`](Self::get).
    ///
    /// # Cost
    /// That of [`get`](Self::get), and one more look-up in the local tier.
    pub async fn look_up<V: CacheValue>(&self, key: &str) -> Option<Cached<V>> {
        let inner = &self.inner;
        let mut told = false;
        let suspect = loop {
            // Before the look, which may show another value that has just come; then both are asked
            // for again.
            let entry = inner.local.get(key);
            let look = inner.look::<V>(key);
            let (value, is_stale) = match &look {
                Look::Hit(value) | Look::Audit { value, .. } => (value, false),
                Look::Refresh { value, is_stale } => (value, *is_stale),
                Look::Stale(value) => (value, true),
                Look::Absent => {
                    inner.tell_look(&look, &mut told);
                    return None;
                }
                Look::Miss(_) => {
                    inner.tell_look(&look, &mut told);
                    let Look::Miss(missed) = look else { return None };
                    break missed.suspect;
                }
            };
            let same = entry
                .filter(|entry| entry.value::<V>().is_some_and(|there| Arc::ptr_eq(&there, value)));
            if let Some(entry) = same {
                let value = value.clone();
                inner.tell_look(&look, &mut told);
                return Some(Cached { value, tier: CacheTier::Local, age: entry.age(), is_stale });
            }
        };
        let parcel = inner.find_parcel::<V>(key, suspect).await?;
        let age = parcel.entry.age();
        Some(Cached { value: parcel.value?, tier: CacheTier::Remote, age, is_stale: false })
    }
}
