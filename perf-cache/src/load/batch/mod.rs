//! Many keys at once: one question to the store and one call of the loader for all that is missing.
//!
//! No load waits for another. A batch leads the keys that nobody loads, hands them to a task of its own,
//! and only then waits for the keys that others load; so batches that overlap in any order all end.

mod batcher;
mod board_many;
mod fly_many;
mod read_many;
mod warm;

use perf_core::sync::Arc;
use perf_core::{CacheOutcome, CacheTier, FutureExt};
use tokio::time::Instant;
use tracing::Instrument;

pub use self::batcher::Batcher;
use self::board_many::Waited;
use self::fly_many::fly_many;
pub use self::warm::Warmed;
use super::{Absence, arrive};
use crate::flight::Task;
use crate::{Cache, CacheValue, LoadError, Policy};

impl Cache {
    /// The values under many keys, in the order of the keys; those that no tier has are loaded
    /// together and kept.
    ///
    /// The loader gets the missing keys, each once, in the order in which they were asked for, and
    /// returns pairs of key and value: a map, or a list in any order. A key that it leaves out has no
    /// value: it is `None` here, and kept as such for the policy's [`negative`](Policy::negative) ttl. A key
    /// that it was not asked for is ignored.
    ///
    /// A key that another caller is loading, in a batch or alone, is waited for and not loaded here. When
    /// that load was given up, the loader is called once more for it; so it may run several times, and
    /// not at all when no key is missing. Stale values that the policy lets be served are loaded anew in
    /// the background, by a call of their own.
    ///
    /// ```
    /// # use std::{collections::HashMap, convert::Infallible, time::Duration};
    /// # use perf_cache::Cache;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let cache = Cache::builder().build().await?;
    /// let lengths = cache
    ///     .get_many_or_load(&["tea", "coffee", "tea"], Duration::from_secs(60), |keys| async move {
    ///         let rows = keys.into_iter().map(|key| (key.clone(), key.len())); // one query for all
    ///         Ok::<_, Infallible>(rows.collect::<HashMap<_, _>>())
    ///     })
    ///     .await?;
    /// let lengths: Vec<_> = lengths.iter().map(|length| length.as_deref().copied()).collect();
    /// assert_eq!(lengths, [Some(3), Some(6), Some(3)]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When the load of any of the keys failed, panicked, took longer than the policy's hard timeout, or
    /// its runtime was shut down; and there is no stale value for that key which may be served instead.
    /// Nothing of a failed load is kept.
    ///
    /// # Panics
    /// When a load begins outside a Tokio runtime.
    ///
    /// # Cancel safety
    /// The load runs in a task of its own, in the caller's scope and span. It goes on when its caller
    /// is dropped while another waits for one of its keys, and is stopped when nobody does; keys that
    /// nobody waits for any more are then not kept.
    ///
    /// # Cost
    /// That of [`get_local`](Self::get_local) for each key that is there. For those that are not: one `MGET`
    /// for each 10,000, and for each key that has to be loaded a script before (at most 64 at a time) and
    /// a write after the load, which nobody waits for. Bench `1,000-key batch`.
    pub async fn get_many_or_load<V, E, K, F, L, M, N>(
        &self,
        keys: &[K],
        policy: impl Into<Policy>,
        load: F,
    ) -> Result<Vec<Option<Arc<V>>>, LoadError<E>>
    where
        V: CacheValue,
        E: Send + Sync + 'static,
        K: AsRef<str>,
        F: Fn(Vec<String>) -> L + Send + Sync + 'static,
        L: Future<Output = Result<M, E>> + Send + 'static,
        M: IntoIterator<Item = (N, V)> + Send + 'static,
        N: AsRef<str> + 'static,
    {
        self.load_many(keys, &policy.into(), &Arc::new(load)).await
    }

    async fn load_many<V, E, K, F, L, M, N>(
        &self,
        keys: &[K],
        policy: &Policy,
        load: &Arc<F>,
    ) -> Result<Vec<Option<Arc<V>>>, LoadError<E>>
    where
        V: CacheValue,
        E: Send + Sync + 'static,
        K: AsRef<str>,
        F: Fn(Vec<String>) -> L + Send + Sync + 'static,
        L: Future<Output = Result<M, E>> + Send + 'static,
        M: IntoIterator<Item = (N, V)> + Send + 'static,
        N: AsRef<str> + 'static,
    {
        let mut values: Vec<Option<Arc<V>>> = vec![None; keys.len()];
        let mut open: Vec<usize> = (0..keys.len()).collect();
        let mut told = false;
        let soft_limit = policy.soft_timeout.map(|limit| Instant::now() + limit);
        while !open.is_empty() {
            let mut boarded = self.board_many(keys, &open, policy, told, &mut values);
            told = true;
            if !boarded.refreshes.is_empty() {
                let seats = std::mem::take(&mut boarded.refreshes);
                let flight = fly_many(self.clone(), seats, policy.clone(), load.clone(), None);
                drop(tokio::spawn(flight.in_current_scope().in_current_span()));
            }
            if !boarded.leads.is_empty() {
                let seats = std::mem::take(&mut boarded.leads);
                let flights = seats.len();
                let (is_told, who) = tokio::sync::oneshot::channel::<Task>();
                let flight = fly_many(self.clone(), seats, policy.clone(), load.clone(), Some(who));
                let task = tokio::spawn(flight.in_current_scope().in_current_span());
                let task = Task::leading(task.abort_handle(), flights);
                for waiting in boarded.waiting.iter().filter(|waiting| waiting.leads) {
                    waiting.follow.led_by(task.clone());
                }
                _ = is_told.send(task);
            }
            open.clear();
            for waiting in boarded.waiting {
                let (places, leads) = (waiting.places.clone(), waiting.leads);
                let landed = match waiting.outcome(soft_limit).await {
                    Waited::Landed(outcome) => arrive::<V, E>(outcome, Absence::IsAnswer),
                    Waited::Stale(value) => {
                        self.inner.tell(CacheTier::Local, CacheOutcome::Stale);
                        Some(Ok(Some(value)))
                    }
                };
                let Some(landed) = landed else {
                    open.extend(places);
                    continue;
                };
                if !leads {
                    self.inner.tell(CacheTier::Loader, CacheOutcome::Coalesced);
                }
                let value = landed?;
                for place in places {
                    values[place].clone_from(&value);
                }
            }
        }
        Ok(values)
    }
}
