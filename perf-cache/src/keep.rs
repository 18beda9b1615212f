//! How values come into the tiers, and out of them.
//!
//! A write to Redis may arrive after the deletion that an invalidation sent. So each write is
//! watched by the mark of its key: when a fence was set meanwhile, the key is deleted again.

use perf_core::sync::Arc;
use perf_core::time::{self, Duration};
use perf_core::{CacheOutcome, CacheTier, FutureExt};
use tokio::task::JoinHandle;

use crate::cache::Inner;
use crate::envelope::Envelope;
use crate::expiry::{self, Expiry};
use crate::flight::{Lead, Mark, Outcome, Pace};
use crate::local::Entry;
use crate::policy::Policy;
use crate::remote::Unavailable;
use crate::value::CacheValue;

/// A value made ready for its tiers.
struct Parcel {
    entry: Entry,
    remote: Option<RemoteParcel>,
}

struct RemoteParcel {
    bytes: Vec<u8>,
    ttl_ms: u64,
}

impl Inner {
    /// Gives a loaded value to all who wait for it and keeps it in the tiers that `pace` reaches:
    /// a load that blocks its thread does not write to Redis.
    pub(crate) fn keep<V: CacheValue>(
        self: &Arc<Self>,
        lead: Lead,
        value: &Arc<V>,
        policy: Policy,
        cost: Duration,
        pace: Pace,
    ) {
        let (key, outcome) = (lead.key().clone(), Outcome::Value(value.clone()));
        let Some(parcel) = self.pack(&key, value, policy, cost, pace) else {
            lead.land(outcome, || ());
            return;
        };
        let mark = lead.land(outcome, || self.local.insert(key.clone(), parcel.entry));
        if let (Some(mark), Some(remote)) = (mark, parcel.remote) {
            // Nobody waits for this write, so nobody waits for a slow Redis.
            drop(self.send(key, remote, mark));
        }
    }

    /// Replaces what the tiers have under a key.
    pub(crate) async fn put<V: CacheValue>(
        self: &Arc<Self>,
        key: Arc<str>,
        value: Arc<V>,
        policy: Policy,
    ) {
        let Some(parcel) = self.pack(&key, &value, policy, Duration::ZERO, Pace::Async) else {
            return self.forget(key).await;
        };
        let mark = self.flights.fence(&key, || self.local.insert(key.clone(), parcel.entry));
        if let Some(remote) = parcel.remote {
            finished(self.send(key, remote, mark)).await;
        }
    }

    /// Removes a key from every tier.
    pub(crate) async fn forget(self: &Arc<Self>, key: Arc<str>) {
        self.flights.fence(&key, || self.local.remove(&key));
        let Some(remote) = &self.remote else {
            return;
        };
        let inner = self.clone();
        // A task of its own: a caller that is cancelled half-way has changed its data all the same.
        let deletion = async move {
            inner.delete(&key).await;
            // What was read from Redis before the deletion must not stay either.
            inner.flights.fence(&key, || inner.local.remove(&key));
        };
        finished(Some(remote.runtime.spawn(deletion.in_current_scope()))).await;
    }

    /// `None` for a value whose time is over at once.
    fn pack<V: CacheValue>(
        &self,
        key: &str,
        value: &Arc<V>,
        policy: Policy,
        cost: Duration,
        pace: Pace,
    ) -> Option<Parcel> {
        let ttl = policy.draw();
        let ttl_ms = expiry::millis(ttl);
        if ttl_ms == 0 {
            return None;
        }
        let expiry = Expiry::after(ttl);
        let envelope = Envelope {
            created_unix_ms: time::unix_millis(),
            expires_unix_ms: expiry.unix_ms,
            load_cost: cost,
            tags: Vec::new(),
        };
        let bytes = match (&self.remote, pace) {
            (Some(_), Pace::Async) => self.seal(&envelope, &**value),
            _ => None,
        };
        Some(Parcel {
            entry: Entry::new(key, value.clone(), expiry),
            remote: bytes.map(|bytes| RemoteParcel { bytes, ttl_ms }),
        })
    }

    fn seal<V: CacheValue>(&self, envelope: &Envelope, value: &V) -> Option<Vec<u8>> {
        let bytes = envelope.seal(value);
        if bytes.is_none() {
            self.tell(CacheTier::Remote, CacheOutcome::Error);
        }
        bytes
    }

    fn send(
        self: &Arc<Self>,
        key: Arc<str>,
        parcel: RemoteParcel,
        mark: Mark,
    ) -> Option<JoinHandle<()>> {
        let remote = self.remote.as_ref()?;
        let inner = self.clone();
        let write = async move {
            let Some(remote) = &inner.remote else { return };
            let written = remote.set(&key, &parcel.bytes, parcel.ttl_ms).await;
            inner.count_failure(written);
            if inner.flights.mark(&key) != mark {
                inner.delete(&key).await;
            }
        };
        Some(remote.runtime.spawn(write.in_current_scope()))
    }

    async fn delete(&self, key: &str) {
        if let Some(remote) = &self.remote {
            let deleted = remote.delete(key).await;
            self.count_failure(deleted);
        }
    }

    fn count_failure(&self, written: Result<(), Unavailable>) {
        if written.is_err() {
            self.tell(CacheTier::Remote, CacheOutcome::Error);
        }
    }
}

async fn finished(task: Option<JoinHandle<()>>) {
    if let Some(task) = task {
        // It fails only when its runtime is shut down, and then there is nothing left to do.
        _ = task.await;
    }
}
