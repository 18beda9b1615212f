use futures_util::stream::{self, StreamExt};
use perf_core::sync::{Arc, AtomicBool, Ordering};

use crate::{Cache, CacheValue, Policy};

/// What [`Cache::warm`] has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warmed {
    /// Keys whose loader has run and given a value.
    pub loaded: u64,
    /// Keys that this process or Redis had, or that somebody else was loading.
    pub already_there: u64,
    /// Keys whose loader failed.
    pub failed: u64,
}

impl Warmed {
    /// How many keys are done.
    pub fn total(&self) -> u64 {
        self.loaded + self.already_there + self.failed
    }
}

impl Cache {
    /// Loads the keys that no tier has, at most `concurrency` at a time (at least one), before anybody
    /// asks for them. After each key, `progress` is told what is done so far.
    ///
    /// The keys are taken from the iterator as the work goes on; it is what limits their number.
    ///
    /// ```
    /// # use std::{convert::Infallible, time::Duration};
    /// # use perf_cache::Cache;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), perf_cache::BuildError> {
    /// # let cache = Cache::builder().build().await?;
    /// // Or what the last process has kept: `cache.stored_hottest().await`.
    /// let hottest = (0..1_000).map(|id| format!("product:{id}")).take(100);
    /// let load = |key: String| async move { Ok::<_, Infallible>(key.len()) };
    /// let warmed = cache.warm(hottest, Duration::from_secs(60), 8, load, |_| ()).await;
    /// assert_eq!((warmed.loaded, warmed.failed), (100, 0));
    /// # Ok(()) }
    /// ```
    ///
    /// A failed load is counted and does not end the work.
    ///
    /// # Panics
    /// When it is awaited outside a Tokio runtime.
    ///
    /// # Cancel safety
    /// Dropping the future stops the loads that nobody else waits for; what is loaded stays.
    ///
    /// # Cost
    /// That of [`try_get_or_load`](Self::try_get_or_load) for each key.
    /// [`get_many_or_load`](Self::get_many_or_load) is faster where the loader can fetch many at once.
    pub async fn warm<V, E, F, L>(
        &self,
        keys: impl IntoIterator<Item = impl Into<String>>,
        policy: impl Into<Policy>,
        concurrency: usize,
        load: F,
        mut progress: impl FnMut(Warmed),
    ) -> Warmed
    where
        V: CacheValue,
        E: Send + Sync + 'static,
        F: Fn(String) -> L + Send + Sync + 'static,
        L: Future<Output = Result<V, E>> + Send + 'static,
    {
        let (policy, load) = (policy.into(), Arc::new(load));
        let warming = keys.into_iter().map(|key| {
            let (key, policy, load) = (key.into(), policy.clone(), load.clone());
            async move {
                let has_run = Arc::new(AtomicBool::new(false));
                let runs = has_run.clone();
                let asked = key.clone();
                let load = move || async move {
                    runs.store(true, Ordering::Relaxed);
                    load(asked).await
                };
                let there = self.try_get_or_load(&key, policy, load).await;
                there.map(|_| has_run.load(Ordering::Relaxed)).ok()
            }
        });
        let mut warming = stream::iter(warming).buffer_unordered(concurrency.max(1));
        let mut warmed = Warmed::default();
        while let Some(has_loaded) = warming.next().await {
            match has_loaded {
                Some(true) => warmed.loaded += 1,
                Some(false) => warmed.already_there += 1,
                None => warmed.failed += 1,
            }
            progress(warmed);
        }
        warmed
    }
}
