//! How values come into the tiers.

use perf_core::sync::Arc;
use perf_core::time::{self, Duration};
use perf_core::{CacheOutcome, CacheTier, FutureExt};

use crate::builder::TAG_KEEP;
use crate::bytes::Envelope;
use crate::cache::Inner;
use crate::expiry::{self, Expiry};
use crate::fence::{Birth, Stamp, TagId, TagVersion, Verdict, Version};
use crate::flight::{Lead, Outcome};
use crate::local::{self, Entry, Extra};
use crate::policy::{MAX_TAGS, MAX_TTL, Policy};
use crate::store::{Base, Generation};
use crate::value::CacheValue;

/// Where a value goes in the store, and since when nothing may have changed.
#[derive(Clone, Debug)]
pub(crate) struct Berth {
    pub(crate) base: Base,
    /// The server's clock when the load began; zero where it was not asked.
    pub(crate) since: Version,
    /// The versions that tags had before the load began, where they had to be asked for.
    pub(crate) tags: Vec<TagVersion>,
}

impl Berth {
    /// In place of a placeholder, by the server's clock when it was there.
    pub(crate) fn placed(generation: Generation, since: Version) -> Self {
        Self { base: Base::Placeholder(generation), since, tags: Vec::new() }
    }

    /// In place of what was found there; when, nobody has asked the server.
    pub(crate) fn over(base: Base) -> Self {
        Self { base, since: Version::default(), tags: Vec::new() }
    }
}

/// A value with all that is said about it.
pub(crate) struct Cargo<V> {
    /// `None`: it is known that there is no value.
    value: Option<Arc<V>>,
    entry: Entry,
    tags: Vec<TagId>,
    fresh_until: Expiry,
    stale_until: Expiry,
    cost: Duration,
}

impl Inner {
    /// Gives a loaded value to all who wait for it and keeps it: here, and in the store where there is
    /// a berth for it.
    pub(crate) fn keep<V: CacheValue>(
        self: &Arc<Self>,
        lead: Lead,
        value: Option<Arc<V>>,
        policy: &Policy,
        cost: Duration,
        berth: Option<Berth>,
    ) {
        let write = self.keep_here(lead, value, policy, cost, berth);
        if let (Some(write), Some(remote)) = (write, &self.remote) {
            // Nobody waits for this write, so nobody waits for a slow Redis.
            drop(remote.runtime().spawn(write.in_current_scope()));
        }
    }

    /// As [`keep`](Self::keep), but leaves it to the caller to bring the value to the store.
    pub(crate) fn keep_here<V: CacheValue>(
        self: &Arc<Self>,
        lead: Lead,
        value: Option<Arc<V>>,
        policy: &Policy,
        cost: Duration,
        berth: Option<Berth>,
    ) -> Option<impl Future<Output = ()> + Send + use<V>> {
        self.tell_state();
        let (key, birth) = (lead.key().clone(), lead.birth());
        if let Some(value) = &value {
            self.note_reload(&key, value);
        }
        let tags = (!policy.tags.is_empty()).then(|| policy.tags.as_slice().into());
        let outcome = match &value {
            Some(value) => Outcome::Value(value.clone(), tags),
            None => Outcome::Absent,
        };
        let Some(cargo) = self.load_up(&key, value, policy, cost, birth) else {
            // What it was to replace is outdated all the same.
            lead.land(outcome, || self.local.remove(&key));
            return None;
        };
        let is_good = self.ledger.check(&key, birth.epoch, &cargo.tags) != Verdict::Invalid
            && (berth.is_some() || !self.lacks_proof(birth, &cargo.tags));
        let is_kept = lead.land(outcome, || {
            if is_good {
                self.settle_in(key.clone(), cargo.entry.clone());
            }
        });
        let berth = berth.filter(|_| is_good && is_kept)?;
        let inner = self.clone();
        Some(async move { inner.ship(&key, &cargo, birth, &berth).await })
    }

    /// Replaces what the tiers have under a key.
    pub(crate) async fn put<V: CacheValue>(
        self: &Arc<Self>,
        key: Arc<str>,
        value: Arc<V>,
        policy: Policy,
    ) {
        self.tell_state();
        let birth = self.ledger.birth();
        let cargo = self.load_up(&key, Some(value), &policy, Duration::ZERO, birth);
        let Some(cargo) = cargo else {
            return self.forget(key).await;
        };
        self.flights.fence(&key, || self.settle_in(key.clone(), cargo.entry.clone()));
        let Some(remote) = &self.remote else {
            return;
        };
        let inner = self.clone();
        let write = async move {
            let Some(remote) = &inner.remote else { return };
            let generation = Generation::new();
            let opened = remote.reopen(&key, generation).await;
            // What was read from the store before it was opened must not stay here.
            inner.flights.fence(&key, || {
                inner.local.remove_if(&key, &|there| !there.is(&cargo.entry));
            });
            match opened {
                Ok(since) => {
                    let berth = Berth::placed(generation, since);
                    inner.ship(&key, &cargo, birth, &berth).await;
                }
                Err(_) => inner.tell(CacheTier::Remote, CacheOutcome::Error),
            }
        };
        // It fails only when its runtime is shut down, and then there is nothing left to do.
        _ = remote.runtime().spawn(write.in_current_scope()).await;
    }

    /// `None` for a value that is not kept: its time is over at once, or it has too many tags.
    fn load_up<V: CacheValue>(
        &self,
        key: &str,
        value: Option<Arc<V>>,
        policy: &Policy,
        cost: Duration,
        birth: Birth,
    ) -> Option<Cargo<V>> {
        let ttl = match &value {
            Some(_) => policy.draw(),
            None => policy.negative?,
        };
        if expiry::millis(ttl) == 0 || policy.tags.len() > MAX_TAGS {
            return None;
        }
        let longest = if policy.tags.is_empty() { MAX_TTL } else { TAG_KEEP };
        let ttl = ttl.min(longest);
        let (fresh_until, key_hash) = (Expiry::after(ttl), local::key_hash(key));
        let is_audited = self.is_audited(key_hash);
        let weight = match policy.weight {
            Some(bytes) => u32::try_from(bytes).unwrap_or(u32::MAX),
            None => local::weight(key, value.as_deref()),
        };
        let entry = Entry {
            value: local::held(value.as_ref()),
            created_unix_ms: time::unix_millis(),
            fresh_until: fresh_until.deadline,
            seen: birth.epoch,
            id: fastrand::u64(..),
            weight,
            key_hash,
            extra: Extra::of(
                policy,
                &policy.tags,
                fresh_until,
                ttl,
                Duration::ZERO,
                cost,
                is_audited,
            ),
        };
        let stale_until = Expiry::after(longest.min(ttl + policy.longest_stale()));
        let tags = policy.tags.clone();
        Some(Cargo { value, entry, tags, fresh_until, stale_until, cost })
    }

    /// Brings a value to the store.
    async fn ship<V: CacheValue>(&self, key: &str, cargo: &Cargo<V>, birth: Birth, berth: &Berth) {
        let Some(remote) = &self.remote else { return };
        let keep =
            Duration::from_millis(cargo.stale_until.unix_ms.saturating_sub(time::unix_millis()));
        let Some(tags) = self.tag_versions(remote, key, &cargo.tags, birth, berth).await else {
            if self.lacks_proof(birth, &cargo.tags) {
                self.flights.hold(key, || {
                    self.local.remove_if(key, &|there| there.is(&cargo.entry));
                });
            }
            return;
        };
        let envelope = Envelope {
            id: cargo.entry.id,
            created_unix_ms: cargo.entry.created_unix_ms,
            fresh_until_unix_ms: cargo.fresh_until.unix_ms,
            stale_until_unix_ms: cargo.stale_until.unix_ms,
            load_cost: cargo.cost,
            stamp: Stamp { all: birth.all, rules: birth.rules, tags },
        };
        let sealed = match &cargo.value {
            Some(value) => envelope.seal(&**value, &self.form),
            None => envelope.seal_absent::<V>(&self.form),
        };
        let Ok(bytes) = sealed else {
            return self.tell(CacheTier::Remote, CacheOutcome::Error);
        };
        if bytes.len() as u64 > self.max_value_bytes || keep.is_zero() {
            return;
        }
        if remote.publish(key, &berth.base, &bytes, keep).await.is_err() {
            self.tell(CacheTier::Remote, CacheOutcome::Error);
        }
    }
}
