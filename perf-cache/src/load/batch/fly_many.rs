use std::collections::HashMap;

use futures_util::stream::{self, StreamExt};
use perf_core::sync::Arc;
use perf_core::time;
use perf_core::{CacheOutcome, CacheTier, FutureExt};
use tokio::sync::oneshot;

use super::read_many::MAX_KEYS;
use crate::cache::Inner;
use crate::expiry::Clocks;
use crate::fence::Epoch;
use crate::fetch::{self, Fetched};
use crate::flight::{Lead, Task};
use crate::guard::{Remote, Unavailable};
use crate::keep::Berth;
use crate::load::departure::{Departure, Fare};
use crate::load::fly::{run_loader, since};
use crate::store::{Found, Lease};
use crate::{Cache, CacheValue, Policy};

/// Commands about one key each that a batch has under way. More would wait in line on the connection,
/// and those at its end pass the time limit of an operation.
const AT_ONCE: usize = 64;

/// A key that a batch leads.
pub(super) struct Seat<V> {
    pub(super) lead: Lead,
    pub(super) fare: Fare<V>,
}

/// A key that has to be loaded.
struct Missing<V> {
    lead: Lead,
    fare: Fare<V>,
    berth: Option<Berth>,
}

/// Loads many keys; `task` is the one this runs in, where somebody waits for it.
pub(super) async fn fly_many<V, E, F, L, M, N>(
    cache: Cache,
    seats: Vec<Seat<V>>,
    policy: Policy,
    load: Arc<F>,
    task: Option<oneshot::Receiver<Task>>,
) where
    V: CacheValue,
    E: Send + Sync + 'static,
    F: Fn(Vec<String>) -> L + Send + Sync + 'static,
    L: Future<Output = Result<M, E>> + Send + 'static,
    M: IntoIterator<Item = (N, V)> + Send + 'static,
    N: AsRef<str> + 'static,
{
    let inner = &cache.inner;
    let missing = match &inner.remote {
        None => seats.into_iter().map(Missing::nowhere).collect(),
        Some(remote) => inner.ask_store_for_many(remote, seats).await,
    };
    if missing.is_empty() || is_deserted(task).await {
        return;
    }
    let keys = missing.iter().map(|missing| missing.lead.key().to_string()).collect();
    let started = time::now();
    // The values are taken out inside: an iterator of the application's may panic too.
    let loading = async {
        let pairs = load(keys).await?;
        let pairs = pairs.into_iter().map(|(key, value)| (key.as_ref().to_owned(), value));
        Ok::<_, E>(pairs.collect::<HashMap<String, V>>())
    };
    let outcome = match run_loader(policy.hard_timeout, loading).await {
        Ok(values) => return inner.deliver_many(missing, values, &policy, started),
        Err(outcome) => outcome,
    };
    inner.tell_timed(CacheTier::Loader, CacheOutcome::Error, since(started));
    for Missing { lead, fare, .. } in missing {
        let fallback = fare.fallback(&*inner.local, lead.key());
        _ = inner.fall_back::<V>(lead, fallback, outcome.clone());
    }
}

/// Whether those keys that the store did not have were given up meanwhile.
async fn is_deserted(task: Option<oneshot::Receiver<Task>>) -> bool {
    match task {
        Some(task) => task.await.is_ok_and(|task| !task.is_wanted()),
        None => false,
    }
}

impl<V: CacheValue> Missing<V> {
    fn nowhere(seat: Seat<V>) -> Self {
        Self { lead: seat.lead, fare: seat.fare, berth: None }
    }
}

impl Inner {
    /// Lands with what the store has, and finds out what the other values are to be published over.
    async fn ask_store_for_many<V: CacheValue>(
        &self,
        remote: &Remote,
        seats: Vec<Seat<V>>,
    ) -> Vec<Missing<V>> {
        let mut missing = Vec::new();
        let mut seats = seats.into_iter();
        loop {
            let some: Vec<Seat<V>> = seats.by_ref().take(MAX_KEYS).collect();
            if some.is_empty() {
                break;
            }
            let keys: Vec<Arc<str>> = some.iter().map(|seat| seat.lead.key().clone()).collect();
            let names: Vec<&str> = keys.iter().map(|key| &**key).collect();
            let found = self.read_many(remote, &names).await;
            let settling = some.into_iter().zip(found);
            let settling = settling.map(|(seat, found)| self.settle_seat(remote, seat, found));
            // In their order, for the loader's sake.
            let settled: Vec<_> = stream::iter(settling).buffered(AT_ONCE).collect().await;
            missing.extend(settled.into_iter().flatten());
        }
        // All keys have the same tags, and the first load is the oldest.
        if let Some(Missing { lead, fare, .. }) = missing.first() {
            let tags = self.ask_for_tags(remote, lead.birth(), &fare.policy.tags).await;
            let berths = missing.iter_mut().filter_map(|missing| missing.berth.as_mut());
            berths.for_each(|berth| berth.tags.clone_from(&tags));
        }
        missing
    }

    async fn settle_seat<V: CacheValue>(
        &self,
        remote: &Remote,
        seat: Seat<V>,
        found: Result<Found, Unavailable>,
    ) -> Option<Missing<V>> {
        let Seat { lead, mut fare } = seat;
        let (key, epoch) = (lead.key().clone(), lead.birth().epoch);
        let mut fetched = self.appraise_one::<V>(remote, &key, found, epoch, &fare.policy).await;
        self.tell(CacheTier::Remote, fetch::outcome(&fetched, time::now()));
        if matches!(&fetched, Ok(fetched) if fetched.base.is_none()) {
            fetched = match remote.lease(&key).await {
                Ok(Lease::Load { generation, now, .. }) => {
                    return Some(Missing {
                        lead,
                        fare,
                        berth: Some(Berth::placed(generation, now)),
                    });
                }
                Ok(Lease::Value(bytes)) => {
                    let found = Ok(Found::Value(bytes));
                    self.appraise_one(remote, &key, found, epoch, &fare.policy).await
                }
                Err(unavailable) => Err(unavailable),
            };
        }
        match self.settle(lead, fetched, &mut fare) {
            Departure::Landed(_) => None,
            Departure::Load(lead, berth) => Some(Missing { lead, fare, berth }),
        }
    }

    async fn appraise_one<V: CacheValue>(
        &self,
        remote: &Remote,
        key: &str,
        found: Result<Found, Unavailable>,
        epoch: Epoch,
        policy: &Policy,
    ) -> Result<Fetched<V>, Unavailable> {
        self.appraise(remote, key, found?, epoch, Some(policy), Clocks::read()).await
    }

    fn deliver_many<V: CacheValue>(
        self: &Arc<Self>,
        missing: Vec<Missing<V>>,
        mut values: HashMap<String, V>,
        policy: &Policy,
        started: time::Instant,
    ) {
        let cost = since(started);
        // What the batch took is told once, shared out among its keys.
        let share = cost / u32::try_from(missing.len()).unwrap_or(u32::MAX).max(1);
        let mut writes = Vec::new();
        for Missing { lead, berth, .. } in missing {
            let value = values.remove(&**lead.key()).map(Arc::new);
            let outcome = if value.is_some() { CacheOutcome::Hit } else { CacheOutcome::Miss };
            self.tell_timed(CacheTier::Loader, outcome, share);
            writes.extend(self.keep_here(lead, value, policy, cost, berth));
        }
        if let (false, Some(remote)) = (writes.is_empty(), &self.remote) {
            // Nobody waits for these writes, so nobody waits for a slow Redis.
            let writing = stream::iter(writes).buffer_unordered(AT_ONCE).collect::<()>();
            drop(remote.runtime().spawn(writing.in_current_scope()));
        }
    }
}
