use perf_core::CacheTier;
use perf_core::sync::Arc;
use perf_core::time;

use crate::cache::Inner;
use crate::expiry::Clocks;
use crate::fetch::outcome;
use crate::flight::Watch;
use crate::guard::{Remote, Unavailable};
use crate::look::Look;
use crate::store::Found;
use crate::{Cache, CacheValue};

/// Keys in one question to the store, which is one step on its server.
pub(super) const MAX_KEYS: usize = 10_000;

impl Cache {
    /// The values under many keys, in the order of the keys, from this process or from Redis; `None` for
    /// those that neither has.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use perf_cache::Cache;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), perf_cache::BuildError> {
    /// # let cache = Cache::builder().build().await?;
    /// cache.insert("de", "Guten Tag".to_owned(), Duration::from_secs(60)).await;
    /// let greetings = cache.get_many::<String>(&["de", "fr"]).await;
    /// assert_eq!(greetings[0].as_deref().unwrap(), "Guten Tag");
    /// assert_eq!(greetings[1], None);
    /// # Ok(()) }
    /// ```
    ///
    /// # Cancel safety
    /// Dropping the future has no effect but that values found in Redis are not kept here.
    ///
    /// # Cost
    /// That of [`get_local`](Self::get_local) for each key, and one `MGET` for each 10,000 that are not in
    /// this process.
    pub async fn get_many<V: CacheValue>(&self, keys: &[impl AsRef<str>]) -> Vec<Option<Arc<V>>> {
        let inner = &self.inner;
        let mut values: Vec<Option<Arc<V>>> = vec![None; keys.len()];
        let mut missed: Vec<(usize, Watch)> = Vec::new();
        for (place, key) in keys.iter().enumerate() {
            let look = inner.look::<V>(key.as_ref());
            inner.tell_look(&look, &mut false);
            match look {
                Look::Hit(value)
                | Look::Audit { value, .. }
                | Look::Refresh { value, .. }
                | Look::Stale(value) => {
                    values[place] = Some(value);
                }
                Look::Absent => {}
                Look::Miss(_) if inner.remote.is_some() => {
                    missed.push((place, inner.flights.watch(key.as_ref())));
                }
                Look::Miss(_) => {}
            }
        }
        let Some(remote) = &inner.remote else { return values };
        for some in missed.chunks(MAX_KEYS) {
            let names: Vec<&str> = some.iter().map(|(place, _)| keys[*place].as_ref()).collect();
            let found = inner.read_many(remote, &names).await;
            let clocks = Clocks::read();
            for ((&(place, watch), key), found) in some.iter().zip(names).zip(found) {
                values[place] = inner.take_in(remote, key, watch, found, clocks).await;
            }
        }
        values
    }
}

impl Inner {
    /// What the store has under each key.
    pub(super) async fn read_many(
        &self,
        remote: &Remote,
        keys: &[&str],
    ) -> Vec<Result<Found, Unavailable>> {
        match remote.read(keys).await {
            Ok(found) if found.len() == keys.len() => found.into_iter().map(Ok).collect(),
            _ => vec![Err(Unavailable); keys.len()],
        }
    }

    async fn take_in<V: CacheValue>(
        &self,
        remote: &Remote,
        key: &str,
        watch: Watch,
        found: Result<Found, Unavailable>,
        clocks: Clocks,
    ) -> Option<Arc<V>> {
        let fetched = match found {
            Ok(found) => self.appraise::<V>(remote, key, found, watch.epoch, None, clocks).await,
            Err(unavailable) => Err(unavailable),
        };
        let now = time::now();
        self.tell(CacheTier::Remote, outcome(&fetched, now));
        self.keep_found(key, watch, fetched.ok()?.fresh(now)?)?.value
    }
}
