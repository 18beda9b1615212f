//! How the local tier is asked.

use perf_core::sync::Arc;
use perf_core::time::{self, Duration, Instant};
use perf_core::{CacheEvent, CacheOutcome, CacheTier};

use crate::cache::Inner;
use crate::fence::Verdict;
use crate::local::{self, Entry, Extra};
use crate::value::CacheValue;

/// What the local tier has for a caller.
pub(crate) enum Look<V> {
    /// A fresh value.
    Hit(Arc<V>),
    /// A fresh value that is compared now and then with what its loader would give.
    Audit {
        value: Arc<V>,
        entry: Entry,
    },
    /// A value to serve while it is loaded anew.
    Refresh {
        value: Arc<V>,
        is_stale: bool,
    },
    /// A value past its time whose load failed a moment ago.
    Stale(Arc<V>),
    /// It is known that there is no value.
    Absent,
    Miss(Missed),
}

/// What the local tier has that cannot be served yet.
#[derive(Debug, Default)]
pub(crate) struct Missed {
    /// Good if the store still has it.
    pub(crate) suspect: Option<Entry>,
    /// Good enough if the load fails.
    pub(crate) fallback: Option<Entry>,
}

impl Missed {
    /// What is served when the load fails or takes too long.
    pub(crate) fn stale_value<V: CacheValue>(&self) -> Option<Arc<V>> {
        self.fallback.as_ref()?.value()
    }
}

impl Inner {
    /// Looks in the local tier. Tells nobody.
    #[inline]
    pub(crate) fn look<V: CacheValue>(&self, key: &str) -> Look<V> {
        let Some(entry) = self.local.get(key) else {
            self.curve.touch_missing(local::key_hash(key));
            return Look::Miss(Missed::default());
        };
        self.curve.touch(entry.key_hash, entry.weight());
        let now = time::now();
        let is_plain = entry.extra.is_none() && now < entry.fresh_until;
        if is_plain && self.ledger.is_current(entry.seen, now) {
            return found(entry);
        }
        self.look_closer(key, entry, now)
    }

    fn look_closer<V: CacheValue>(&self, key: &str, entry: Entry, now: Instant) -> Look<V> {
        if !self.ledger.is_current(entry.seen, now) {
            match self.ledger.check(key, entry.seen, entry.tags()) {
                Verdict::Valid(epoch) => {
                    self.see_again(key, &Entry { seen: epoch, ..entry.clone() })
                }
                Verdict::Suspect if now < entry.fresh_until => {
                    let suspect = Some(entry);
                    return Look::Miss(Missed { suspect, fallback: None });
                }
                Verdict::Suspect => return Look::Miss(Missed::default()),
                Verdict::Invalid => {
                    self.flights.hold(key, || self.local.remove_if(key, &|there| there.is(&entry)));
                    return Look::Miss(Missed::default());
                }
            }
        }
        match entry.extra.clone() {
            None if now < entry.fresh_until => found(entry),
            None => Look::Miss(Missed::default()),
            Some(extra) => by_age(entry, &extra, now),
        }
    }

    /// A fresh value that somebody has brought a moment ago. Takes no lock of a key, so it may be asked
    /// while one is held.
    pub(crate) fn peek<V: CacheValue>(&self, key: &str) -> Option<Arc<V>> {
        let entry = self.local.get(key)?;
        let now = time::now();
        let was_idle = entry.extra.as_ref().is_some_and(|extra| extra.was_idle(now));
        let is_fresh = now < entry.fresh_until && !was_idle;
        let is_good = self.ledger.is_current(entry.seen, now)
            || matches!(self.ledger.check(key, entry.seen, entry.tags()), Verdict::Valid(_));
        entry.value::<V>().filter(|_| is_good && is_fresh)
    }

    /// Takes a value that has come into the local tier. Under the lock of its key.
    pub(crate) fn settle_in(&self, key: Arc<str>, entry: Entry) {
        self.curve.weigh(entry.key_hash, entry.weight());
        self.local.insert(key, entry);
    }

    /// Replaces an entry by itself, seen good in a later epoch; unless it is gone meanwhile.
    pub(crate) fn see_again(&self, key: &str, entry: &Entry) {
        self.flights.hold(key, || {
            if self.local.get(key).is_some_and(|there| there.is(entry) && there.seen < entry.seen) {
                self.local.insert(key.into(), entry.clone());
            }
        });
    }

    /// `told` is whether this caller's miss has been recorded: one that boards again misses once.
    #[inline]
    pub(crate) fn tell_look<V>(&self, look: &Look<V>, told: &mut bool) {
        if let Look::Hit(_) = look {
            return self.tell_hit();
        }
        let outcome = match look {
            Look::Hit(_)
            | Look::Audit { .. }
            | Look::Absent
            | Look::Refresh { is_stale: false, .. } => CacheOutcome::Hit,
            Look::Stale(_) | Look::Refresh { is_stale: true, .. } => CacheOutcome::Stale,
            Look::Miss(_) if std::mem::replace(told, true) => return,
            Look::Miss(_) => CacheOutcome::Miss,
        };
        self.tell(CacheTier::Local, outcome);
    }

    /// Apart from the rest, so that the compiler knows which counter it is.
    #[inline]
    fn tell_hit(&self) {
        CacheEvent::new(&self.name, CacheTier::Local, CacheOutcome::Hit).record();
    }

    pub(crate) fn tell(&self, tier: CacheTier, outcome: CacheOutcome) {
        CacheEvent::new(&self.name, tier, outcome).record();
    }

    pub(crate) fn tell_timed(&self, tier: CacheTier, outcome: CacheOutcome, took: Duration) {
        CacheEvent::new(&self.name, tier, outcome).duration(took).record();
    }
}

// Left to itself the compiler calls it, and an entry goes through memory.
#[inline(always)]
fn found<V: CacheValue>(entry: Entry) -> Look<V> {
    match entry.value.downcast::<V>() {
        Ok(value) => Look::Hit(value),
        Err(other) if other.is::<crate::local::Absent>() => Look::Absent,
        // A value of another type is replaced.
        Err(_) => Look::Miss(Missed::default()),
    }
}

fn audited<V: CacheValue>(entry: Entry) -> Look<V> {
    match entry.value() {
        Some(value) => Look::Audit { value, entry },
        None => found(entry),
    }
}

fn by_age<V: CacheValue>(entry: Entry, extra: &Extra, now: Instant) -> Look<V> {
    if extra.was_idle(now) || now >= extra.usable_until.max(entry.fresh_until) {
        return Look::Miss(Missed::default());
    }
    let is_stale = now >= entry.fresh_until;
    if !is_stale && (now < extra.refresh_from || !extra.may_retry(now)) {
        return if extra.is_audited() { audited(entry) } else { found(entry) };
    }
    let Some(value) = entry.value::<V>() else {
        return if is_stale { Look::Miss(Missed::default()) } else { found(entry) };
    };
    if is_stale && !extra.may_retry(now) {
        Look::Stale(value)
    } else if !is_stale || now < extra.revalidate_until {
        Look::Refresh { value, is_stale }
    } else {
        Look::Miss(Missed { suspect: None, fallback: Some(entry) })
    }
}
