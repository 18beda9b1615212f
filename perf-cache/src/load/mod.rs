//! Read-through: one load per key and process, and what is served instead when it fails or takes long.

mod audit;
mod batch;
mod departure;
mod fly;
mod loaded;

use std::convert::Infallible;

use perf_core::sync::Arc;
use perf_core::{CacheOutcome, CacheTier, FutureExt};
use tracing::Instrument;

pub use self::batch::{Batcher, Warmed};
pub(crate) use self::departure::{Departure, Fare};
pub use self::loaded::{Loaded, Previous};
use crate::flight::{Boarding, Follow, Lead, Outcome, Pace, Task};
use crate::look::{Look, Missed};
use crate::{Cache, CacheValue, LoadError, Policy};

impl Cache {
    /// The value under a key; loads and keeps it when no tier has it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use perf_cache::Cache;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let cache = Cache::builder().build().await?;
    /// let minute = Duration::from_secs(60);
    /// let answer = cache.get_or_load("answer", minute, || async { 42 }).await?;
    /// assert_eq!(*answer, 42);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When the loader panicked, took longer than the policy's hard timeout, or its runtime was shut
    /// down; and there is no stale value that may be served instead.
    ///
    /// # Cancel safety, panics, cost
    /// As [`try_get_or_load`](Self::try_get_or_load).
    pub async fn get_or_load<V, F, L>(
        &self,
        key: &str,
        policy: impl Into<Policy>,
        load: F,
    ) -> Result<Arc<V>, LoadError>
    where
        V: CacheValue,
        F: FnOnce() -> L + Send + 'static,
        L: Future<Output = V> + Send + 'static,
    {
        self.try_get_or_load(key, policy, || async { Ok::<_, Infallible>(load().await) }).await
    }

    /// The value under a key; loads it when no tier has it, and keeps it when the loader succeeds.
    ///
    /// However many callers ask for a key at once, one of their loaders runs, and all get its value
    /// or its error.
    ///
    /// # Errors
    /// When the loader failed, panicked, took longer than the policy's hard timeout, or its runtime
    /// was shut down; and there is no stale value that may be served instead.
    ///
    /// # Panics
    /// When a load begins outside a Tokio runtime.
    ///
    /// # Cancel safety
    /// The load runs in a task of its own, in the caller's scope and span. It goes on when its
    /// caller is dropped while another waits for the key, and is stopped when nobody does.
    ///
    /// # Cost
    /// That of [`get_local`](Self::get_local) on a hit; the loader is then dropped unused.
    pub async fn try_get_or_load<V, E, F, L>(
        &self,
        key: &str,
        policy: impl Into<Policy>,
        load: F,
    ) -> Result<Arc<V>, LoadError<E>>
    where
        V: CacheValue,
        E: Send + Sync + 'static,
        F: FnOnce() -> L + Send + 'static,
        L: Future<Output = Result<V, E>> + Send + 'static,
    {
        let load = move |_| async move { load().await.map(Loaded::value) };
        let found = self.read_through(key, policy.into(), load, Absence::Unknown).await?;
        // This caller takes no absence for an answer, and its own loader gives none.
        found.ok_or(LoadError::Stopped)
    }

    /// The value under a key, by a loader that may also say that there is none, that the
    /// [previous](Previous) value is still good, or how long the new one is to be kept.
    ///
    /// ```
    /// # use std::{convert::Infallible, time::Duration};
    /// # use perf_cache::{Cache, Loaded, Policy};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let cache = Cache::builder().build().await?;
    /// let policy = Policy::ttl(Duration::from_secs(600)).negative(Duration::from_secs(10));
    /// let found = cache
    ///     .load_with("user:7", policy, |_| async {
    ///         let name = Some("Ada".to_owned()); // from the database
    ///         Ok::<_, Infallible>(match name {
    ///             Some(name) => Loaded::value(name).tag("users"),
    ///             None => Loaded::absent(),
    ///         })
    ///     })
    ///     .await?;
    /// assert_eq!(found.as_deref().map(String::as_str), Some("Ada"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors, panics, cancel safety, cost
    /// As [`try_get_or_load`](Self::try_get_or_load).
    pub async fn load_with<V, E, F, L>(
        &self,
        key: &str,
        policy: impl Into<Policy>,
        load: F,
    ) -> Result<Option<Arc<V>>, LoadError<E>>
    where
        V: CacheValue,
        E: Send + Sync + 'static,
        F: FnOnce(Option<Previous<V>>) -> L + Send + 'static,
        L: Future<Output = Result<Loaded<V>, E>> + Send + 'static,
    {
        self.read_through(key, policy.into(), load, Absence::IsAnswer).await
    }

    async fn read_through<V, E, F, L>(
        &self,
        key: &str,
        policy: Policy,
        load: F,
        absence: Absence,
    ) -> Result<Option<Arc<V>>, LoadError<E>>
    where
        V: CacheValue,
        E: Send + Sync + 'static,
        F: FnOnce(Option<Previous<V>>) -> L + Send + 'static,
        L: Future<Output = Result<Loaded<V>, E>> + Send + 'static,
    {
        let mut load = Some(load);
        let mut told = false;
        loop {
            let look = self.inner.look::<V>(key);
            self.inner.tell_look(&look, &mut told);
            let missed = match look {
                Look::Hit(value) | Look::Stale(value) => return Ok(Some(value)),
                Look::Audit { value, entry } => {
                    if let Some(load) = load.take() {
                        self.audit(key, &policy, entry, load);
                    }
                    return Ok(Some(value));
                }
                Look::Refresh { value, .. } => {
                    let lead = self.inner.flights.board_if_idle(key, &policy.tags);
                    if let (Some(lead), Some(load)) = (lead, load.take()) {
                        drop(self.take_off(lead, Fare::refresh(policy, &value, absence), load));
                    }
                    return Ok(Some(value));
                }
                Look::Absent if absence == Absence::IsAnswer => return Ok(None),
                Look::Absent => Missed::default(),
                Look::Miss(missed) => missed,
            };
            let fallback = missed.stale_value::<V>();
            let boarding = self
                .inner
                .flights
                .board(key, &policy.tags, Pace::Async, || self.inner.peek::<V>(key));
            let (follow, leads) = match boarding {
                Boarding::Found(value) => return Ok(Some(value)),
                Boarding::Follow(follow) => (follow, false),
                Boarding::Lead(lead) => match load.take() {
                    Some(load) => {
                        let fare = Fare::new(policy.clone(), missed, absence);
                        (self.take_off(lead, fare, load), true)
                    }
                    None => return Err(LoadError::Stopped),
                },
            };
            let outcome = match (policy.soft_timeout, &fallback) {
                (Some(limit), Some(stale)) => {
                    match tokio::time::timeout(limit, follow.outcome()).await {
                        Ok(outcome) => outcome,
                        Err(_) => {
                            follow.let_it_fly();
                            self.inner.tell(CacheTier::Local, CacheOutcome::Stale);
                            return Ok(Some(stale.clone()));
                        }
                    }
                }
                _ => follow.outcome().await,
            };
            let Some(landed) = arrive(outcome, absence) else {
                continue;
            };
            if !leads {
                self.inner.tell(CacheTier::Loader, CacheOutcome::Coalesced);
            }
            return landed;
        }
    }

    /// Starts the load in a task of its own.
    fn take_off<V, E, F, L>(&self, lead: Lead, fare: Fare<V>, load: F) -> Follow
    where
        V: CacheValue,
        E: Send + Sync + 'static,
        F: FnOnce(Option<Previous<V>>) -> L + Send + 'static,
        L: Future<Output = Result<Loaded<V>, E>> + Send + 'static,
    {
        let follow = lead.follow();
        let waits = fare.is_awaited;
        let flight = fly::fly(self.clone(), lead, fare, load);
        let task = tokio::spawn(flight.in_current_scope().in_current_span());
        if waits {
            follow.led_by(Task::leading(task.abort_handle(), 1));
        }
        follow
    }
}

/// Whether a caller can do with the knowledge that there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absence {
    IsAnswer,
    Unknown,
}

/// What a flight's end means to a caller; `None` when it has to board again.
fn arrive<V: CacheValue, E: Send + Sync + 'static>(
    outcome: Outcome,
    absence: Absence,
) -> Option<Result<Option<Arc<V>>, LoadError<E>>> {
    match outcome {
        Outcome::Value(value, _) => value.downcast().ok().map(|value| Ok(Some(value))),
        Outcome::Failed(error) => {
            let error = error?.downcast().ok()?;
            Some(Err(LoadError::Failed(error)))
        }
        Outcome::Panicked(message) => Some(Err(LoadError::Panicked { message })),
        Outcome::TimedOut(limit) => Some(Err(LoadError::TimedOut { limit })),
        Outcome::Absent => (absence == Absence::IsAnswer).then_some(Ok(None)),
        Outcome::Abandoned => None,
    }
}
