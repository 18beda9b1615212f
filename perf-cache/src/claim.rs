use std::fmt;
use std::marker::PhantomData;

use perf_core::sync::Arc;
use perf_core::time::{self, Instant};
use perf_core::{CacheOutcome, CacheTier};

use crate::flight::{Boarding, Lead, Outcome, Pace};
use crate::keep::Berth;
use crate::load::{Absence, Departure, Fare};
use crate::local::Entry;
use crate::look::Look;
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
    berth: Option<Box<Berth>>,
    /// What may be served when the load fails.
    fallback: Option<Entry>,
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
    ///
    /// # Cost
    /// That of [`get_local`](Self::get_local) on a hit.
    pub async fn claim<V: CacheValue>(&self, key: &str) -> Claim<V> {
        self.claim_after(self.look_first(key), key, Pace::Async).await
    }

    /// What comes before a claim. Apart from it, because a hit costs less than the claim's future.
    #[inline]
    pub(crate) fn look_first<V: CacheValue>(&self, key: &str) -> Look<V> {
        let look = self.inner.look(key);
        self.inner.tell_look(&look, &mut false);
        look
    }

    /// [`Pace::Blocking`] leaves the store out and then awaits nothing but other threads.
    pub(crate) async fn claim_after<V: CacheValue>(
        &self,
        first: Look<V>,
        key: &str,
        pace: Pace,
    ) -> Claim<V> {
        let inner = &self.inner;
        let mut told = matches!(first, Look::Miss(_));
        let mut first = Some(first);
        loop {
            let look = first.take().unwrap_or_else(|| {
                let look = inner.look::<V>(key);
                inner.tell_look(&look, &mut told);
                look
            });
            let missed = match look {
                Look::Hit(value) | Look::Audit { value, .. } | Look::Stale(value) => {
                    return Claim::Hit(value);
                }
                Look::Absent => return Claim::Absent,
                // One caller loads it anew, and all others are served what there is.
                Look::Refresh { value, .. } => match inner.flights.board_if_idle(key, &[]) {
                    None => return Claim::Hit(value),
                    Some(lead) => {
                        let fare = Fare::refresh(unknown(), &value, Absence::IsAnswer);
                        return self.depart(lead, pace, fare).await;
                    }
                },
                Look::Miss(missed) => missed,
            };
            let boarding = inner.flights.board(key, &[], pace, || inner.peek::<V>(key));
            let follow = match boarding {
                Boarding::Found(value) => return Claim::Hit(value),
                Boarding::Lead(lead) => {
                    let fare = Fare::new(unknown(), missed, Absence::IsAnswer);
                    return self.depart(lead, pace, fare).await;
                }
                Boarding::Follow(follow) => follow,
            };
            match follow.outcome().await {
                Outcome::Value(value, _) => {
                    // A value of another type is replaced by whoever boards next.
                    let Ok(value) = value.downcast() else {
                        continue;
                    };
                    inner.tell(CacheTier::Loader, CacheOutcome::Coalesced);
                    return Claim::Hit(value);
                }
                Outcome::Absent => {
                    inner.tell(CacheTier::Loader, CacheOutcome::Coalesced);
                    return Claim::Absent;
                }
                Outcome::Failed(_) | Outcome::Panicked(_) | Outcome::TimedOut(_) => {
                    let lead = inner.flights.alone(key, &[]);
                    return Claim::Load(self.loading(lead, None, missed.fallback));
                }
                Outcome::Abandoned => {}
            }
        }
    }

    /// The right to load a key whatever the tiers have.
    pub(crate) async fn claim_anew<V: CacheValue>(&self, key: &str) -> Loading<V> {
        let lead = self.inner.flights.alone(key, &[]);
        let berth = match &self.inner.remote {
            Some(remote) => self.inner.berth(remote, key).await,
            None => None,
        };
        self.loading(lead, berth, None)
    }

    async fn depart<V: CacheValue>(&self, lead: Lead, pace: Pace, mut fare: Fare<V>) -> Claim<V> {
        let (lead, berth) = match &self.inner.remote {
            Some(remote) if pace == Pace::Async => {
                match self.inner.ask_store(remote, lead, &mut fare).await {
                    Departure::Landed(Some(value)) => return Claim::Hit(value),
                    Departure::Landed(None) => return Claim::Absent,
                    Departure::Load(lead, berth) => (lead, berth),
                }
            }
            _ => (lead, None),
        };
        let fallback = match fare.missed.fallback.take() {
            None if fare.is_refresh() => self.inner.local.get(lead.key()),
            fallback => fallback,
        };
        Claim::Load(self.loading(lead, berth, fallback))
    }

    fn loading<V>(&self, lead: Lead, berth: Option<Berth>, fallback: Option<Entry>) -> Loading<V> {
        let (cache, started) = (self.clone(), time::now());
        let berth = berth.map(Box::new);
        Loading { cache, lead, berth, fallback, started, value: PhantomData }
    }
}

/// The policy comes with the value, when it is there.
fn unknown() -> Policy {
    Policy::ttl(time::Duration::ZERO)
}

impl<V: CacheValue> Loading<V> {
    /// Keeps the value and gives it to all who wait.
    pub fn finish(self, value: V, policy: impl Into<Policy>) -> Arc<V> {
        let value = Arc::new(value);
        self.finish_shared(value.clone(), &policy.into());
        value
    }

    pub(crate) fn finish_shared(self, value: Arc<V>, policy: &Policy) {
        let cost = time::now() - self.started;
        let inner = &self.cache.inner;
        inner.tell_timed(CacheTier::Loader, CacheOutcome::Hit, cost);
        inner.keep(self.lead, Some(value), policy, cost, self.berth.map(|berth| *berth));
    }

    /// Tells all who wait that there is no such value; kept for the policy's
    /// [`negative`](Policy::negative) ttl.
    pub fn absent(self, policy: impl Into<Policy>) {
        let cost = time::now() - self.started;
        let inner = &self.cache.inner;
        inner.tell_timed(CacheTier::Loader, CacheOutcome::Miss, cost);
        inner.keep::<V>(self.lead, None, &policy.into(), cost, self.berth.map(|berth| *berth));
    }

    /// Gives all who wait the stale value that the policy allows to be served, and returns it; without
    /// one, lets all who wait load for themselves.
    pub fn fail(self) -> Option<Arc<V>> {
        let took = time::now() - self.started;
        let inner = &self.cache.inner;
        inner.tell_timed(CacheTier::Loader, CacheOutcome::Error, took);
        let value = inner.fall_back(self.lead, self.fallback, Outcome::Failed(None));
        if value.is_some() {
            inner.tell(CacheTier::Local, CacheOutcome::Stale);
        }
        value
    }
}

impl<V> fmt::Debug for Loading<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loading").field("key", self.lead.key()).finish_non_exhaustive()
    }
}
