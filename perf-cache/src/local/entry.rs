use std::any::Any;

use perf_core::sync::Arc;
use perf_core::time::{self, AtomicInstant, Duration, Instant};

use super::weigh;
use crate::expiry::Expiry;
use crate::fence::{Epoch, TagId};
use crate::policy::Policy;
use crate::value::CacheValue;

/// Back-off after a failed load, between these.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

/// A value as the local tier holds it: shared, never copied, never decoded.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) value: Arc<dyn Any + Send + Sync>,
    pub(crate) created_unix_ms: u64,
    pub(crate) fresh_until: Instant,
    /// The last epoch in which the value was seen good.
    pub(crate) seen: Epoch,
    /// Tells whether the store still has this very value.
    pub(crate) id: u64,
    pub(crate) weight: u32,
    /// Tells whether look-ups of the key are sampled; kept, so that a hit need not hash for it.
    pub(crate) key_hash: u32,
    /// What most entries do without.
    pub(crate) extra: Option<Arc<Extra>>,
}

/// Stands for a value that the loader did not find.
#[derive(Debug)]
pub(crate) struct Absent;

#[derive(Debug)]
pub(crate) struct Extra {
    pub(crate) tags: Box<[TagId]>,
    /// From when on whoever asks has it loaded anew.
    pub(crate) refresh_from: Instant,
    /// How long it is served while that goes on.
    pub(crate) revalidate_until: Instant,
    /// How long it is served when that fails.
    pub(crate) usable_until: Instant,
    /// When half of its fresh life is over; `None` for a value whose hits are not audited.
    half_life: Option<Instant>,
    /// After a failed load, when to try again.
    retry_from: AtomicInstant,
    retry_after: Duration,
    idle: Option<Idle>,
}

#[derive(Debug)]
struct Idle {
    limit: Duration,
    asked: AtomicInstant,
}

/// What an entry holds of a value, or of the knowledge that there is none.
pub(crate) fn held<V: CacheValue>(value: Option<&Arc<V>>) -> Arc<dyn Any + Send + Sync> {
    match value {
        Some(value) => value.clone(),
        None => Arc::new(Absent),
    }
}

impl Entry {
    /// One without anything special.
    #[cfg(test)]
    pub(crate) fn new<V: CacheValue>(key: &str, value: Arc<V>, expiry: Expiry) -> Self {
        Self {
            created_unix_ms: time::unix_millis(),
            fresh_until: expiry.deadline,
            seen: Epoch::default(),
            id: fastrand::u64(..),
            weight: weight(key, Some(&*value)),
            key_hash: super::key_hash(key),
            value,
            extra: None,
        }
    }

    /// The value, if it is of this type.
    pub(crate) fn value<V: CacheValue>(&self) -> Option<Arc<V>> {
        self.value.clone().downcast().ok()
    }

    pub(crate) fn tags(&self) -> &[TagId] {
        self.extra.as_ref().map_or(&[], |extra| &extra.tags)
    }

    pub(crate) fn age(&self) -> Duration {
        Duration::from_millis(time::unix_millis().saturating_sub(self.created_unix_ms))
    }

    /// Whether it may be served because a load has failed.
    pub(crate) fn is_usable(&self, now: Instant) -> bool {
        now < self.fresh_until || self.extra.as_ref().is_some_and(|extra| now < extra.usable_until)
    }

    /// Whether it is this very value, whatever epoch it was seen good in.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.id == other.id && Arc::ptr_eq(&self.value, &other.value)
    }

    #[inline]
    pub(crate) fn weight(&self) -> u32 {
        self.weight
    }

    #[cfg(any(test, feature = "quick_cache"))]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.value, &other.value)
    }
}

impl Extra {
    /// What a policy says about one value, unless that is nothing. `ttl` is the whole of its fresh
    /// life, of which `age` is over.
    pub(crate) fn of(
        policy: &Policy,
        tags: &[TagId],
        fresh_until: Expiry,
        ttl: Duration,
        age: Duration,
        cost: Duration,
        is_audited: bool,
    ) -> Option<Arc<Self>> {
        let stale = policy.longest_stale();
        let is_plain = tags.is_empty()
            && stale.is_zero()
            && policy.refresh_at.is_none()
            && policy.early == 0.0
            && policy.idle.is_none()
            && !is_audited;
        if is_plain {
            return None;
        }
        let now = time::now();
        let end = fresh_until.deadline;
        Some(Arc::new(Self {
            tags: tags.into(),
            refresh_from: end.min(now + refresh_after(policy, ttl, cost).saturating_sub(age)),
            revalidate_until: end + policy.stale_while_revalidate,
            usable_until: end + stale,
            half_life: is_audited.then(|| now + (ttl / 2).saturating_sub(age)),
            retry_from: AtomicInstant::new(now),
            retry_after: (policy.stale_if_error / 10).clamp(RETRY.0, RETRY.1),
            idle: policy.idle.map(|limit| Idle { limit, asked: AtomicInstant::new(now) }),
        }))
    }

    /// Whether nobody has asked for too long. Asking is what this is, but it wakes nothing.
    pub(crate) fn was_idle(&self, now: Instant) -> bool {
        let Some(idle) = &self.idle else { return false };
        let was_idle = now - idle.asked.load() > idle.limit;
        if !was_idle {
            idle.asked.store(now);
        }
        was_idle
    }

    pub(crate) fn is_audited(&self) -> bool {
        self.half_life.is_some()
    }

    /// Whether half of an audited value's fresh life is over.
    pub(crate) fn is_late(&self, now: Instant) -> bool {
        self.half_life.is_some_and(|half_life| now >= half_life)
    }

    pub(crate) fn may_retry(&self, now: Instant) -> bool {
        now >= self.retry_from.load()
    }

    /// A load has failed.
    pub(crate) fn back_off(&self) {
        self.retry_from.store(time::now() + self.retry_after);
    }
}

/// The age at which a value is loaded anew while it is still fresh.
fn refresh_after(policy: &Policy, ttl: Duration, cost: Duration) -> Duration {
    let mut after = policy.refresh_at.map_or(ttl, |share| ttl.mul_f64(share));
    if policy.early > 0.0 {
        // One draw for each process and value; in the paper it is one for each look-up, which would
        // make popular values be loaded sooner than their cost asks for.
        let lead = -(1.0 - fastrand::f64()).ln() * policy.early * cost.as_secs_f64();
        let lead = Duration::try_from_secs_f64(lead).unwrap_or(ttl);
        after = after.min(ttl.saturating_sub(lead));
    }
    after
}

/// What a key and its value hold in memory, in bytes; the tier's own structures come on top. A
/// missing value holds nothing.
pub(crate) fn weight<V: CacheValue>(key: &str, value: Option<&V>) -> u32 {
    let weight = weigh::shared_str(key) + value.map_or(0, weigh::shared);
    u32::try_from(weight).unwrap_or(u32::MAX)
}
