use std::fmt;
use std::pin::Pin;

use perf_core::sync::{Arc, Mutex};
use perf_core::time::Duration;
use tokio::sync::oneshot;

use crate::{Cache, CacheValue, LoadError, Policy};

type Values<V, E> = Result<Vec<Option<Arc<V>>>, LoadError<E>>;
type LoadMany<V, E> =
    Box<dyn Fn(Vec<String>) -> Pin<Box<dyn Future<Output = Values<V, E>> + Send>> + Send + Sync>;

/// Gathers single look-ups into batches; made by [`Cache::batching`].
pub struct Batcher<V, E> {
    inner: Arc<Inner<V, E>>,
}

struct Inner<V, E> {
    cache: Cache,
    window: Duration,
    max_keys: usize,
    load: LoadMany<V, E>,
    gathered: Mutex<Gathered<V, E>>,
}

struct Gathered<V, E> {
    /// Counts the batches, so that the end of a window closes its own and no other.
    number: u64,
    waiting: Vec<Waiting<V, E>>,
}

struct Waiting<V, E> {
    key: String,
    answer: oneshot::Sender<Result<Option<Arc<V>>, LoadError<E>>>,
}

impl Cache {
    /// A way to ask for single keys whose loads are gathered: what is asked for during `window` after a
    /// first miss, or as soon as `max_keys` keys (at least one) wait, becomes one
    /// [`get_many_or_load`](Self::get_many_or_load).
    ///
    /// ```
    /// # use std::{convert::Infallible, time::Duration};
    /// # use perf_cache::Cache;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let cache = Cache::builder().build().await?;
    /// let window = Duration::from_millis(1);
    /// let lengths = cache.batching(Duration::from_secs(60), window, 100, |keys| async move {
    ///     let rows = keys.into_iter().map(|key| (key.clone(), key.len())); // one query for all
    ///     Ok::<_, Infallible>(rows.collect::<Vec<_>>())
    /// });
    /// let (tea, coffee) = tokio::join!(lengths.get("tea"), lengths.get("coffee"));
    /// assert_eq!((*tea?.unwrap(), *coffee?.unwrap()), (3, 6));
    /// # Ok(()) }
    /// ```
    pub fn batching<V, E, F, L, M, N>(
        &self,
        policy: impl Into<Policy>,
        window: Duration,
        max_keys: usize,
        load: F,
    ) -> Batcher<V, E>
    where
        V: CacheValue,
        E: Send + Sync + 'static,
        F: Fn(Vec<String>) -> L + Send + Sync + 'static,
        L: Future<Output = Result<M, E>> + Send + 'static,
        M: IntoIterator<Item = (N, V)> + Send + 'static,
        N: AsRef<str> + 'static,
    {
        let (cache, policy, load) = (self.clone(), policy.into(), Arc::new(load));
        let load_many: LoadMany<V, E> = Box::new(move |keys| {
            let (cache, policy, load) = (cache.clone(), policy.clone(), load.clone());
            Box::pin(async move { cache.load_many(&keys, &policy, &load).await })
        });
        let gathered = Mutex::new(Gathered { number: 0, waiting: Vec::new() });
        let (cache, max_keys) = (self.clone(), max_keys.max(1));
        Batcher { inner: Arc::new(Inner { cache, window, max_keys, load: load_many, gathered }) }
    }
}

impl<V: CacheValue, E: Send + Sync + 'static> Batcher<V, E> {
    /// The value under a key; `None` when the loader has none.
    ///
    /// # Errors
    /// As [`Cache::get_many_or_load`]: the error of a batch is that of all who wait for it.
    ///
    /// # Panics
    /// When a load begins outside a Tokio runtime.
    ///
    /// # Cancel safety
    /// A look-up that is dropped before its batch begins is left out; later its key is loaded with
    /// the others.
    ///
    /// # Cost
    /// That of [`Cache::get_local`] on a hit, which waits for no window.
    pub async fn get(&self, key: &str) -> Result<Option<Arc<V>>, LoadError<E>> {
        let inner = &self.inner;
        if let Some(value) = inner.cache.get_local::<V>(key) {
            return Ok(Some(value));
        }
        let (answer, answered) = oneshot::channel();
        let (number, first, full) = {
            let mut gathered = inner.gathered.lock();
            gathered.waiting.push(Waiting { key: key.to_owned(), answer });
            let waiting = gathered.waiting.len();
            (gathered.number, waiting == 1, waiting >= inner.max_keys)
        };
        if full {
            inner.clone().start(number);
        } else if first {
            let inner = inner.clone();
            drop(tokio::spawn(async move {
                tokio::time::sleep(inner.window).await;
                inner.start(number);
            }));
        }
        answered.await.unwrap_or(Err(LoadError::Stopped))
    }
}

impl<V: CacheValue, E: Send + Sync + 'static> Inner<V, E> {
    /// Loads what was gathered under this number, unless that has begun already.
    fn start(self: Arc<Self>, number: u64) {
        let mut waiting = {
            let mut gathered = self.gathered.lock();
            if gathered.number != number {
                return;
            }
            gathered.number += 1;
            std::mem::take(&mut gathered.waiting)
        };
        waiting.retain(|waiting| !waiting.answer.is_closed());
        drop(tokio::spawn(async move {
            let keys = waiting.iter().map(|waiting| waiting.key.clone()).collect();
            let mut values = match (self.load)(keys).await {
                Ok(values) => values.into_iter(),
                Err(error) => {
                    for waiting in waiting {
                        _ = waiting.answer.send(Err(error.share()));
                    }
                    return;
                }
            };
            for waiting in waiting {
                _ = waiting.answer.send(Ok(values.next().flatten()));
            }
        }));
    }
}

impl<V, E> Clone for Batcher<V, E> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<V, E> fmt::Debug for Batcher<V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batcher")
            .field("window", &self.inner.window)
            .field("max_keys", &self.inner.max_keys)
            .finish_non_exhaustive()
    }
}
