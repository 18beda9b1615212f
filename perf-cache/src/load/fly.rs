use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use perf_core::sync::Arc;
use perf_core::time::{self, Duration, Instant};
use perf_core::{CacheOutcome, CacheTier};

use super::departure::{Departure, Fare};
use super::loaded::{Content, Loaded, Previous};
use crate::cache::Inner;
use crate::fence::Verdict;
use crate::flight::{Lead, Outcome};
use crate::keep::Berth;
use crate::local::Entry;
use crate::{Cache, CacheValue, Policy};

pub(super) async fn fly<V, E, F, L>(cache: Cache, lead: Lead, mut fare: Fare<V>, load: F)
where
    V: CacheValue,
    E: Send + Sync + 'static,
    F: FnOnce(Option<Previous<V>>) -> L,
    L: Future<Output = Result<Loaded<V>, E>>,
{
    let inner = &cache.inner;
    let (lead, berth) = match &inner.remote {
        None => (lead, None),
        Some(remote) => match inner.ask_store(remote, lead, &mut fare).await {
            Departure::Landed(_) => return,
            Departure::Load(lead, berth) => (lead, berth),
        },
    };
    let previous = inner.previous(lead.key(), &fare);
    let started = time::now();
    let loading = async { load(previous).await };
    let outcome = match run_loader(fare.policy.hard_timeout, loading).await {
        Ok(loaded) => return inner.deliver(lead, loaded, fare.policy, started, berth),
        Err(outcome) => outcome,
    };
    inner.tell_timed(CacheTier::Loader, CacheOutcome::Error, since(started));
    let is_refresh = fare.is_refresh();
    let fallback = fare.fallback(&*inner.local, lead.key());
    let value = inner.fall_back::<V>(lead, fallback, outcome);
    // Those who were served while it ran have been told.
    if value.is_some() && !is_refresh {
        inner.tell(CacheTier::Local, CacheOutcome::Stale);
    }
}

impl Inner {
    fn previous<V: CacheValue>(&self, key: &str, fare: &Fare<V>) -> Option<Previous<V>> {
        let entry = match &fare.missed.fallback {
            Some(entry) => entry.clone(),
            None => {
                let served = fare.served.as_ref()?;
                let entry = self.local.get(key)?;
                entry.value::<V>().filter(|value| Arc::ptr_eq(value, served))?;
                entry
            }
        };
        Some(Previous::new(entry.value()?, entry.age()))
    }

    fn deliver<V: CacheValue>(
        self: &Arc<Self>,
        lead: Lead,
        loaded: Loaded<V>,
        mut policy: Policy,
        started: Instant,
        berth: Option<Berth>,
    ) {
        let cost = since(started);
        loaded.refine(&mut policy);
        let value = match loaded.content {
            Content::New(value) => Some(Arc::new(value)),
            Content::Same(value) => Some(value),
            Content::Absent => None,
        };
        let outcome = if value.is_some() { CacheOutcome::Hit } else { CacheOutcome::Miss };
        self.tell_timed(CacheTier::Loader, outcome, cost);
        self.keep(lead, value, &policy, cost, berth);
    }

    /// The load has failed: a stale value is served where there is one. It is not loaded again for a
    /// while.
    pub(crate) fn fall_back<V: CacheValue>(
        &self,
        lead: Lead,
        fallback: Option<Entry>,
        outcome: Outcome,
    ) -> Option<Arc<V>> {
        let key = lead.key().clone();
        let usable = fallback.filter(|entry| self.may_fall_back(&lead, entry));
        let Some((value, entry)) = usable.and_then(|entry| Some((entry.value::<V>()?, entry)))
        else {
            lead.land(outcome, || ());
            return None;
        };
        if let Some(extra) = &entry.extra {
            extra.back_off();
        }
        let tags = (!entry.tags().is_empty()).then(|| entry.tags().into());
        let outcome = Outcome::Value(value.clone(), tags);
        lead.land(outcome, || self.settle_in(key, entry));
        Some(value)
    }

    /// Whether a stale value may be served now and kept on.
    fn may_fall_back(&self, lead: &Lead, entry: &Entry) -> bool {
        let key = lead.key();
        // A rule that came after the look-up and before the load may have struck the value and be
        // forgotten already; then the value has been swept.
        let is_known = entry.seen >= lead.birth().epoch
            || self.local.get(key).is_some_and(|there| there.is(entry));
        is_known
            && entry.is_usable(time::now())
            && self.ledger.check(key, entry.seen, entry.tags()) != Verdict::Invalid
    }
}

pub(super) fn since(started: Instant) -> Duration {
    time::now() - started
}

/// What a loader has found, or how its flight ends without it.
pub(super) async fn run_loader<T, E: Send + Sync + 'static>(
    hard_timeout: Option<Duration>,
    loading: impl Future<Output = Result<T, E>>,
) -> Result<T, Outcome> {
    let loading = unless_panicking(loading);
    let loaded = match hard_timeout {
        Some(limit) => {
            let in_time = tokio::time::timeout(limit, loading).await;
            in_time.map_err(|_| Outcome::TimedOut(limit))?
        }
        None => loading.await,
    };
    match loaded {
        Ok(Ok(loaded)) => Ok(loaded),
        Ok(Err(error)) => Err(Outcome::Failed(Some(Arc::new(error)))),
        Err(message) => Err(Outcome::Panicked(message)),
    }
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
