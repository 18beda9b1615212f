use std::any::Any;
use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use perf_core::sync::Arc;
use perf_core::time::{self, Instant};
use perf_core::{CacheOutcome, CacheTier, FutureExt};
use tracing::Instrument;

use crate::flight::{Boarding, Follow, Lead, Outcome, Pace};
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
    /// When the loader panicked or its runtime was shut down.
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
    /// When the loader failed or panicked, or its runtime was shut down.
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
        let policy = policy.into();
        let mut load = Some(load);
        let mut told = false;
        loop {
            let (follow, leads) = match self.inner.seek::<V>(key, Pace::Async, &mut told) {
                Boarding::Found(value) => return Ok(value),
                Boarding::Follow(follow) => (follow, false),
                Boarding::Lead(lead) => match load.take() {
                    Some(load) => (self.take_off(lead, policy.clone(), load), true),
                    None => return Err(LoadError::Stopped),
                },
            };
            let Some(landed) = arrive(follow.outcome().await) else {
                continue;
            };
            if !leads {
                self.inner.tell(CacheTier::Loader, CacheOutcome::Coalesced);
            }
            return landed;
        }
    }

    /// Starts the load in a task of its own.
    fn take_off<V, E, F, L>(&self, lead: Lead, policy: Policy, load: F) -> Follow
    where
        V: CacheValue,
        E: Send + Sync + 'static,
        F: FnOnce() -> L + Send + 'static,
        L: Future<Output = Result<V, E>> + Send + 'static,
    {
        let follow = lead.follow();
        let flight = fly(self.clone(), lead, policy, load);
        let task = tokio::spawn(flight.in_current_scope().in_current_span());
        follow.led_by(task.abort_handle());
        follow
    }
}

/// What a flight's end means to a caller; `None` when it has to board again.
fn arrive<V: CacheValue, E: Send + Sync + 'static>(
    outcome: Outcome,
) -> Option<Result<Arc<V>, LoadError<E>>> {
    match outcome {
        Outcome::Value(value) => value.downcast().ok().map(Ok),
        Outcome::Failed(error) => {
            let error = error?.downcast().ok()?;
            Some(Err(LoadError::Failed(error)))
        }
        Outcome::Panicked(message) => Some(Err(LoadError::Panicked { message })),
        Outcome::Absent | Outcome::Abandoned => None,
    }
}

async fn fly<V, E, F, L>(cache: Cache, lead: Lead, policy: Policy, load: F)
where
    V: CacheValue,
    E: Send + Sync + 'static,
    F: FnOnce() -> L,
    L: Future<Output = Result<V, E>>,
{
    let inner = &cache.inner;
    let Err(lead) = inner.read_through::<V>(lead).await else {
        return;
    };
    let started = time::now();
    let fail = |lead: Lead, outcome| {
        inner.tell_timed(CacheTier::Loader, CacheOutcome::Error, since(started));
        lead.land(outcome, || ());
    };
    match unless_panicking(async { load().await }).await {
        Ok(Ok(value)) => {
            let cost = since(started);
            inner.tell_timed(CacheTier::Loader, CacheOutcome::Hit, cost);
            inner.keep(lead, &Arc::new(value), policy, cost, Pace::Async);
        }
        Ok(Err(error)) => fail(lead, Outcome::Failed(Some(Arc::new(error)))),
        Err(message) => fail(lead, Outcome::Panicked(message)),
    }
}

fn since(started: Instant) -> time::Duration {
    time::now() - started
}

/// The future's output, or the message of its panic.
async fn unless_panicking<F: Future>(future: F) -> Result<F::Output, Arc<str>> {
    let mut future = pin!(future);
    // A future that has panicked is dropped and never polled again.
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(panic) => Poll::Ready(Err(message(&*panic))),
    })
    .await
}

fn message(panic: &(dyn Any + Send)) -> Arc<str> {
    let text = panic.downcast_ref::<&'static str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").into()
}
