use std::fmt;
use std::marker::PhantomData;

use perf_core::sync::Arc;
use perf_core::time::{self, Instant};
use perf_core::{CacheOutcome, CacheTier};

use crate::flight::{Boarding, Lead, Outcome, Pace};
use crate::{Cache, CacheValue, Policy};

/// What a caller that may load a value itself is told; made by [`Cache::claim`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Claim<V> {
    /// Here is the value.
    Hit(Arc<V>),
    /// Another caller has just looked: there is no such value.
    Absent,
    /// Load it. Others who ask for the key wait for you.
    Load(Loading<V>),
}

/// The right to load a value while others wait for it. Dropped unfinished, it passes to one of them.
#[must_use = "others wait until the loading is finished or dropped"]
pub struct Loading<V> {
    cache: Cache,
    lead: Lead,
    pace: Pace,
    started: Instant,
    value: PhantomData<fn(V)>,
}

impl Cache {
    /// The value under a key, or the right to load it in the caller's own future: for loads that
    /// borrow, which [`get_or_load`](Self::get_or_load) cannot take. A load that is cancelled with
    /// its caller passes to one of those who wait.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use perf_cache::{Cache, Claim};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), perf_cache::BuildError> {
    /// # let cache = Cache::builder().build().await?;
    /// let words = vec!["a".to_owned(), "b".to_owned()];
    /// let longest = match cache.claim::<usize>("longest word").await {
    ///     Claim::Load(loading) => {
    ///         let longest = words.iter().map(String::len).max();
    ///         loading.finish(longest.unwrap_or(0), Duration::from_secs(60))
    ///     }
    ///     Claim::Hit(longest) => longest,
    ///     _ => unreachable!("nobody here calls Loading::absent"),
    /// };
    /// assert_eq!(*longest, 1);
    /// # Ok(()) }
    /// ```
    ///
    /// A caller waits for one failed load at most: after [`Loading::fail`] all who waited load for
    /// themselves at once, so that a failing source is not asked by one after the other.
    ///
    /// Asking again for the same key while holding its [`Loading`] waits for ever.
    ///
    /// # Cancel safety
    /// Dropping the future gives up the place in the queue and nothing else.
    pub async fn claim<V: CacheValue>(&self, key: &str) -> Claim<V> {
        self.claim_at(key, Pace::Async).await
    }

    /// [`Pace::Blocking`] leaves Redis out and then awaits nothing but other threads.
    pub(crate) async fn claim_at<V: CacheValue>(&self, key: &str, pace: Pace) -> Claim<V> {
        let mut told = false;
        loop {
            let follow = match self.inner.seek::<V>(key, pace, &mut told) {
                Boarding::Found(value) => return Claim::Hit(value),
                Boarding::Lead(lead) if pace == Pace::Blocking => return self.load(lead, pace),
                Boarding::Lead(lead) => {
                    return match self.inner.read_through(lead).await {
                        Ok(value) => Claim::Hit(value),
                        Err(lead) => self.load(lead, pace),
                    };
                }
                Boarding::Follow(follow) => follow,
            };
            let outcome = follow.outcome().await;
            match outcome {
                Outcome::Value(value) => {
                    // A value of another type is replaced by whoever boards next.
                    let Ok(value) = value.downcast() else {
                        continue;
                    };
                    self.inner.tell(CacheTier::Loader, CacheOutcome::Coalesced);
                    return Claim::Hit(value);
                }
                Outcome::Absent => {
                    self.inner.tell(CacheTier::Loader, CacheOutcome::Coalesced);
                    return Claim::Absent;
                }
                Outcome::Failed(_) | Outcome::Panicked(_) => {
                    return self.load(self.inner.flights.alone(key), pace);
                }
                Outcome::Abandoned => {}
            }
        }
    }

    fn load<V>(&self, lead: Lead, pace: Pace) -> Claim<V> {
        Claim::Load(Loading {
            cache: self.clone(),
            lead,
            pace,
            started: time::now(),
            value: PhantomData,
        })
    }
}

impl<V: CacheValue> Loading<V> {
    /// Keeps the value and gives it to all who wait.
    pub fn finish(self, value: V, policy: impl Into<Policy>) -> Arc<V> {
        let value = Arc::new(value);
        let cost = time::now() - self.started;
        let inner = &self.cache.inner;
        inner.tell_timed(CacheTier::Loader, CacheOutcome::Hit, cost);
        inner.keep(self.lead, &value, policy.into(), cost, self.pace);
        value
    }

    /// Tells all who wait that there is no such value. The next caller asks again.
    pub fn absent(self) {
        self.end(CacheOutcome::Miss, Outcome::Absent);
    }

    /// Lets all who wait load for themselves.
    pub fn fail(self) {
        self.end(CacheOutcome::Error, Outcome::Failed(None));
    }

    fn end(self, told: CacheOutcome, outcome: Outcome) {
        let took = time::now() - self.started;
        self.cache.inner.tell_timed(CacheTier::Loader, told, took);
        self.lead.land(outcome, || ());
    }
}

impl<V> fmt::Debug for Loading<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loading").field("key", self.lead.key()).finish_non_exhaustive()
    }
}
