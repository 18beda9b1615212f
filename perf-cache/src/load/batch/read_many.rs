use perf_core::sync::Arc;

use crate::cache::Inner;
use crate::flight::Lead;
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
        let mut missed: Vec<(usize, Lead)> = Vec::new();
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
                    missed.push((place, inner.flights.alone(key.as_ref(), &[])));
                }
                Look::Miss(_) => {}
            }
        }
        let Some(remote) = &inner.remote else { return values };
        let mut missed = missed.into_iter();
        loop {
            let some: Vec<(usize, Lead)> = missed.by_ref().take(MAX_KEYS).collect();
            if some.is_empty() {
                return values;
            }
            let keys: Vec<Arc<str>> = some.iter().map(|(_, lead)| lead.key().clone()).collect();
            let found = inner.read_many(remote, &keys).await;
            for ((place, lead), found) in some.into_iter().zip(found) {
                values[place] = inner.take_in(remote, lead, found).await;
            }
        }
    }
}

impl Inner {
    /// What the store has under each key.
    pub(super) async fn read_many(
        &self,
        remote: &Remote,
        keys: &[Arc<str>],
    ) -> Vec<Result<Found, Unavailable>> {
        let names: Vec<&str> = keys.iter().map(|key| &**key).collect();
        match remote.read(&names).await {
            Ok(found) if found.len() == keys.len() => found.into_iter().map(Ok).collect(),
            _ => vec![Err(Unavailable); keys.len()],
        }
    }

    async fn take_in<V: CacheValue>(
        &self,
        remote: &Remote,
        lead: Lead,
        found: Result<Found, Unavailable>,
    ) -> Option<Arc<V>> {
        let epoch = lead.birth().epoch;
        let fetched = match found {
            Ok(found) => self.appraise::<V>(remote, lead.key(), found, epoch, None).await,
            Err(unavailable) => Err(unavailable),
        };
        self.tell(perf_core::CacheTier::Remote, crate::fetch::outcome(&fetched));
        self.keep_found(lead, fetched.ok()?.fresh()?)?.value
    }
}
