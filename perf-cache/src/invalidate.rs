use perf_core::FutureExt;
use perf_core::sync::Arc;
use tokio::runtime::Handle;

use crate::cache::Inner;
use crate::fence::{Pattern, TagId, Verdict};
use crate::guard::{Home, Intent};
use crate::local::Entry;
use crate::{Cache, fence};

impl Cache {
    /// Removes a key from every tier. Call it when the data has changed, not before.
    ///
    /// When it has returned, no value whose load began before it is served in this process or stored
    /// in Redis by anyone. Other processes stop serving theirs as soon as they hear of it, and within
    /// the [staleness bound](crate::CacheBuilder::staleness_bound) if they do not. A caller that was
    /// already waiting for such a load may still receive its value.
    ///
    /// While Redis cannot be reached it returns after the time limit of one operation; it holds in
    /// this process, and is repeated until Redis has confirmed it.
    ///
    /// # Cancel safety
    /// From the first poll on the invalidation runs to its end, whether the future is dropped or not.
    ///
    /// # Cost
    /// With Redis one script.
    pub async fn invalidate(&self, key: &str) {
        self.inner.forget(key.into()).await;
    }

    /// Removes all values that have a tag, in one step however many they are. Promises and cancel
    /// safety are those of [`invalidate`](Self::invalidate).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use perf_cache::{Cache, Policy};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), perf_cache::BuildError> {
    /// # let cache = Cache::builder().build().await?;
    /// let policy = Policy::ttl(Duration::from_secs(60)).tag("products");
    /// cache.insert("product:7", 250, policy).await;
    /// cache.invalidate_tag("products").await;
    /// assert_eq!(cache.get::<i32>("product:7").await, None);
    /// # Ok(()) }
    /// ```
    ///
    /// # Cost
    /// With Redis one script; no value is looked at before it is asked for.
    pub async fn invalidate_tag(&self, tag: &str) {
        let tag = TagId::of(tag);
        self.inner.change(Intent::Tag(tag), move |ledger| ledger.tag_changed_here(tag)).await;
    }

    /// Removes everything. Promises and cancel safety are those of [`invalidate`](Self::invalidate).
    ///
    /// # Cost
    /// With Redis one script. What the values take in this process is freed in the background; in Redis
    /// they stay until they are replaced or their time is over.
    pub async fn invalidate_all(&self) {
        self.inner.change(Intent::All, fence::Ledger::all_changed_here).await;
    }

    /// Removes all values whose key matches a [`Pattern`], at once in every tier; what they take in
    /// memory and in Redis is freed in the background. Promises and cancel safety are those of
    /// [`invalidate`](Self::invalidate).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use perf_cache::Cache;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), perf_cache::BuildError> {
    /// # let cache = Cache::builder().build().await?;
    /// cache.insert("user:42:name", "Ada".to_owned(), Duration::from_secs(60)).await;
    /// cache.invalidate_matching("user:42:*").await;
    /// assert_eq!(cache.get::<String>("user:42:name").await, None);
    /// # Ok(()) }
    /// ```
    ///
    /// # Cost
    /// Until the background is done, each look-up of a value that is older compares its key with the
    /// pattern once. With more than 64 patterns at a time the oldest becomes an
    /// [`invalidate_all`](Self::invalidate_all).
    pub async fn invalidate_matching(&self, pattern: impl Into<Pattern>) {
        let pattern: Arc<str> = pattern.into().as_str().into();
        let rule = pattern.clone();
        self.inner
            .change(Intent::Matching(pattern), move |ledger| {
                ledger.rule_added_here(rule.clone());
            })
            .await;
    }
}

impl Inner {
    /// Removes a key from every tier.
    pub(crate) async fn forget(self: &Arc<Self>, key: Arc<str>) {
        self.flights.fence(&key, || self.local.remove(&key));
        let inner = self.clone();
        self.see_through(async move {
            if let Some(remote) = &inner.remote {
                remote.tell(Intent::Key(key.clone())).await;
            }
            // What was read from the store before the deletion must not stay either.
            inner.flights.fence(&key, || inner.local.remove(&key));
        })
        .await;
    }

    /// Makes a change here, tells the store, and makes it again: what was read from the store in
    /// between must not stay.
    async fn change(
        self: &Arc<Self>,
        intent: Intent,
        change: impl Fn(&fence::Ledger) + Send + 'static,
    ) {
        change(&self.ledger);
        let inner = self.clone();
        self.see_through(async move {
            if let Some(remote) = &inner.remote {
                remote.tell(intent).await;
                change(&inner.ledger);
            }
            inner.sweep_soon();
        })
        .await;
    }

    /// Frees what was struck, in the background where there is a runtime.
    pub(crate) fn sweep_soon(self: Arc<Self>) {
        if self.ledger.unswept().is_none() {
            return;
        }
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || self.sweep_here())),
            Err(_) => self.sweep_here(),
        }
    }

    /// After this nothing that was struck so far, but by its tags, is in this process or can come in.
    fn sweep_here(&self) {
        let Some(epoch) = self.ledger.unswept() else { return };
        let is_struck = |key: &str, seen| self.ledger.check(key, seen, &[]) == Verdict::Invalid;
        self.flights.fence_matching(|key, epoch| is_struck(key, epoch));
        self.local.sweep(&mut |key, entry| {
            // Removed here, so that nobody who has just seen it good puts it back.
            let is_there = |there: &Entry| is_struck(key, there.seen);
            if is_there(entry) {
                self.flights.hold(key, || self.local.remove_if(key, &is_there));
            }
            false
        });
        self.ledger.swept_here(epoch);
    }

    /// Runs in a task of its own where there is a store: a caller that is cancelled half-way has
    /// changed its data all the same.
    async fn see_through(&self, change: impl Future<Output = ()> + Send + 'static) {
        match &self.remote {
            // It fails only when its runtime is shut down, and then there is nothing left to do.
            Some(remote) => _ = remote.runtime().spawn(change.in_current_scope()).await,
            None => change.await,
        }
    }
}

impl Home for Inner {
    fn ledger(&self) -> &fence::Ledger {
        &self.ledger
    }

    fn key_changed(&self, key: &str) {
        self.flights.fence(key, || self.local.remove(key));
    }

    fn rule_added(self: Arc<Self>) {
        self.sweep_soon();
    }
}
