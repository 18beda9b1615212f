//! The keys that are asked for most, for the process that comes next.

mod list;

use std::collections::HashMap;

use perf_core::time::Duration;

use crate::Cache;
use crate::cache::Inner;
use crate::local::{Absent, MOST_HOT_KEYS};

/// How long Redis keeps the list: longer than a holiday on which nothing is deployed.
const KEEP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Cache {
    /// The keys that this process asks for most, the hottest first; at most `most`, and at most 2,048.
    /// Of those that have a value here: a key that was invalidated or evicted and not loaded again is
    /// left out.
    ///
    /// They are found in a sample of one look-up in 128, whether it was a hit or a miss, so a process that
    /// was asked little knows few.
    ///
    /// # Cost
    /// Walks over all that the local tier holds: for a task of its own, not for a request.
    pub fn hottest(&self, most: usize) -> Vec<String> {
        self.inner.hottest(most)
    }

    /// Keeps the [`hottest`](Self::hottest) keys in Redis for a week, in place of the list that is there,
    /// whichever process has put it there; returns how many. For a process that has served for a while:
    /// every hour, or before it ends.
    ///
    /// 0 without Redis, while Redis is not used, and where no key is known to be hot; then the list that
    /// is there stays. Of keys that take more than 256 KiB in all, the hottest are kept.
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether the list is stored.
    ///
    /// # Cost
    /// That of [`hottest`](Self::hottest), in a thread for what blocks, and one `SET`.
    pub async fn save_hottest(&self, most: usize) -> usize {
        let Some(remote) = &self.inner.remote else { return 0 };
        let inner = self.inner.clone();
        let keys = remote.runtime().spawn_blocking(move || inner.hottest(most)).await;
        // It fails only when its runtime is shut down.
        let (list, count) = list::write(&keys.unwrap_or_default());
        if count == 0 || remote.save_hottest(&list, KEEP).await.is_err() {
            return 0;
        }
        count
    }

    /// The list that a process of this cache has [saved](Self::save_hottest), the hottest key first, for
    /// [`warm`](Self::warm). Empty without Redis, while it is not used, and where there is no list.
    ///
    /// A cache of several sorts of values has keys of all of them; each sort has a loader of its own.
    ///
    /// ```
    /// # use std::{convert::Infallible, time::Duration};
    /// # use perf_cache::Cache;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), perf_cache::BuildError> {
    /// # let cache = Cache::builder().build().await?;
    /// # let load = |key: String| async move { Ok::<_, Infallible>(key.len()) };
    /// let keys = cache.stored_hottest().await;
    /// let products = keys.into_iter().filter(|key| key.starts_with("product:"));
    /// let progress = |_| ();
    /// cache.warm(products, Duration::from_secs(600), 8, load, progress).await;
    /// # Ok(()) }
    /// ```
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    ///
    /// # Cost
    /// One command.
    pub async fn stored_hottest(&self) -> Vec<String> {
        let Some(remote) = &self.inner.remote else { return Vec::new() };
        let stored = remote.stored_hottest(list::MAX_BYTES).await;
        stored.ok().flatten().map_or_else(Vec::new, |list| list::read(&list))
    }
}

impl Inner {
    fn hottest(&self, most: usize) -> Vec<String> {
        let counts: HashMap<u32, u32> = self.curve.hottest().into_iter().collect();
        let mut found = Vec::with_capacity(counts.len());
        self.local.sweep(&mut |key, entry| {
            let count = counts.get(&entry.key_hash).filter(|_| !entry.value.is::<Absent>());
            // Keys that share the hash of a hot one come along. Somebody may have looked for many of them.
            if let Some(count) = count.filter(|_| found.len() < 2 * MOST_HOT_KEYS) {
                found.push((std::cmp::Reverse(*count), key.to_owned()));
            }
            false
        });
        found.sort_unstable();
        found.into_iter().take(most.min(MOST_HOT_KEYS)).map(|(_, key)| key).collect()
    }
}
