//! How the store is asked, and what its answer is worth.

use perf_core::sync::Arc;
use perf_core::time::{self, Duration, Instant};
use perf_core::{CacheOutcome, CacheTier};

use crate::bytes::{Envelope, Opened};
use crate::cache::Inner;
use crate::expiry::{Clocks, Expiry};
use crate::fence::{Epoch, Stamp, StampVerdict, TagId, Verdict};
use crate::flight::Watch;
use crate::guard::{Remote, Unavailable};
use crate::local::{self, Entry, Extra};
use crate::policy::Policy;
use crate::store::{Base, Found};
use crate::value::CacheValue;

/// What the store has under a key.
pub(crate) struct Fetched<V> {
    /// A value that was not invalidated, fresh or stale.
    pub(crate) parcel: Option<Parcel<V>>,
    /// What a new value is published over; `None` where there is nothing at all.
    pub(crate) base: Option<Base>,
}

/// A value and the form in which the local tier keeps it.
pub(crate) struct Parcel<V> {
    pub(crate) value: Option<Arc<V>>,
    pub(crate) entry: Entry,
}

impl<V: CacheValue> Parcel<V> {
    pub(crate) fn of(entry: Entry) -> Self {
        Self { value: entry.value(), entry }
    }

    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        now < self.entry.fresh_until
    }
}

impl<V: CacheValue> Fetched<V> {
    /// A value that can be served, or the knowledge that there is none.
    pub(crate) fn fresh(self, now: Instant) -> Option<Parcel<V>> {
        self.parcel.filter(|parcel| parcel.is_fresh(now))
    }
}

impl Inner {
    /// What the store has under a key, for a caller that loads nothing; kept here.
    pub(crate) async fn find<V: CacheValue>(
        &self,
        key: &str,
        suspect: Option<Entry>,
    ) -> Option<Arc<V>> {
        self.find_parcel(key, suspect).await?.value
    }

    /// As [`find`](Self::find), with what is known about the value.
    pub(crate) async fn find_parcel<V: CacheValue>(
        &self,
        key: &str,
        suspect: Option<Entry>,
    ) -> Option<Parcel<V>> {
        let remote = self.remote.as_ref()?;
        let watch = self.flights.watch(key);
        let parcel = match suspect {
            Some(entry) if self.is_still_there(remote, key, &entry).await == Ok(true) => {
                Parcel::of(Entry { seen: watch.epoch, ..entry })
            }
            _ => {
                let fetched = self.fetch::<V>(remote, key, watch.epoch, None).await.ok()?;
                fetched.fresh(time::now())?
            }
        };
        self.keep_found(key, watch, parcel)
    }

    /// Keeps here what was found in the store; `None` for what was invalidated since it was asked.
    pub(crate) fn keep_found<V>(
        &self,
        key: &str,
        watch: Watch,
        parcel: Parcel<V>,
    ) -> Option<Parcel<V>> {
        let entry = parcel.entry.clone();
        // In the epoch of before the question nothing was invalidated since.
        if watch.epoch != self.ledger.epoch()
            && self.ledger.check(key, watch.epoch, entry.tags()) == Verdict::Invalid
        {
            return None;
        }
        self.flights.unless_fenced(key, watch, || self.settle_in(key.into(), entry));
        Some(parcel)
    }

    /// Asks the store for one key and tells what it had. `epoch` is that of before the question.
    pub(crate) async fn fetch<V: CacheValue>(
        &self,
        remote: &Remote,
        key: &str,
        epoch: Epoch,
        policy: Option<&Policy>,
    ) -> Result<Fetched<V>, Unavailable> {
        let started = time::now();
        let fetched = async {
            let found = remote.read(&[key]).await?.pop().unwrap_or(Found::Nothing);
            self.appraise(remote, key, found, epoch, policy, Clocks::read()).await
        };
        let fetched = fetched.await;
        let now = time::now();
        self.tell_timed(CacheTier::Remote, outcome(&fetched, now), now - started);
        fetched
    }

    /// What something that was found in the store is worth. `clocks` were read when it came.
    pub(crate) async fn appraise<V: CacheValue>(
        &self,
        remote: &Remote,
        key: &str,
        found: Found,
        epoch: Epoch,
        policy: Option<&Policy>,
        clocks: Clocks,
    ) -> Result<Fetched<V>, Unavailable> {
        let bytes = match found {
            Found::Nothing => return Ok(Fetched { parcel: None, base: None }),
            Found::Placeholder(generation) => {
                return Ok(Fetched { parcel: None, base: Some(Base::Placeholder(generation)) });
            }
            Found::Value(bytes) => bytes,
        };
        let base = Some(Base::of_value(&bytes));
        let (envelope, opened) = match Envelope::open::<V>(&bytes, self.max_value_bytes) {
            Ok(opened) => opened,
            Err(reason) => {
                tracing::debug!(?reason, "a value in Redis cannot be read");
                return Ok(Fetched { parcel: None, base });
            }
        };
        if !self.holds(remote, key, &envelope.stamp).await? {
            return Ok(Fetched { parcel: None, base });
        }
        let audited = |hash| self.is_audited(hash);
        let parcel = unpack(key, &envelope, opened, epoch, policy, clocks, audited);
        Ok(Fetched { parcel: Some(parcel), base })
    }

    /// Whether the store still has this very value, and it is still good.
    pub(crate) async fn is_still_there(
        &self,
        remote: &Remote,
        key: &str,
        entry: &Entry,
    ) -> Result<bool, Unavailable> {
        let length = Envelope::head_length(entry.tags().len());
        let Some(head) = remote.read_head(key, length).await? else {
            return Ok(false);
        };
        match Envelope::read_head(&head) {
            Some((id, stamp)) if id == entry.id => self.holds(remote, key, &stamp).await,
            _ => Ok(false),
        }
    }

    /// Whether nothing was invalidated since the stamp was taken.
    async fn holds(&self, remote: &Remote, key: &str, stamp: &Stamp) -> Result<bool, Unavailable> {
        if let Some(asked) = self.ledger.lacks_world() {
            let world = remote.world().await?;
            self.ledger.learn_world(world, asked);
        }
        // The second time every tag is known, unless other changes have pushed them out meanwhile.
        for _ in 0..2 {
            let unknown = match self.ledger.check_stamp(key, stamp) {
                StampVerdict::Valid => return Ok(true),
                StampVerdict::Invalid => return Ok(false),
                StampVerdict::Unknown(tags) => tags,
            };
            let asked = self.ledger.epoch();
            let states = remote.tags(&unknown).await?;
            self.ledger.learn_tags(states.into_iter().map(|state| state.current), asked);
        }
        Ok(false)
    }
}

pub(crate) fn outcome<V: CacheValue>(
    fetched: &Result<Fetched<V>, Unavailable>,
    now: Instant,
) -> CacheOutcome {
    match fetched {
        Ok(Fetched { parcel: Some(parcel), .. }) if parcel.is_fresh(now) => CacheOutcome::Hit,
        Ok(_) => CacheOutcome::Miss,
        Err(_) => CacheOutcome::Error,
    }
}

fn unpack<V: CacheValue>(
    key: &str,
    envelope: &Envelope,
    opened: Opened<V>,
    epoch: Epoch,
    policy: Option<&Policy>,
    clocks: Clocks,
    is_audited: impl FnOnce(u32) -> bool,
) -> Parcel<V> {
    let value = match opened {
        Opened::Value(value) => Some(Arc::new(value)),
        Opened::Absent => None,
    };
    let fresh_until = Expiry::at(envelope.fresh_until_unix_ms, clocks);
    let ttl = envelope.fresh_until_unix_ms.saturating_sub(envelope.created_unix_ms);
    let age = clocks.unix_ms.saturating_sub(envelope.created_unix_ms);
    let (ttl, age) = (Duration::from_millis(ttl), Duration::from_millis(age));
    let tags: Vec<TagId> = envelope.stamp.tags.iter().map(|tag| tag.tag).collect();
    let plain = Policy::ttl(ttl);
    let key_hash = local::key_hash(key);
    let policy = policy.unwrap_or(&plain);
    let entry = Entry {
        value: local::held(value.as_ref()),
        created_unix_ms: envelope.created_unix_ms,
        fresh_until: fresh_until.deadline,
        seen: epoch,
        id: envelope.id,
        weight: local::weight(key, value.as_deref()),
        key_hash,
        extra: Extra::of(
            policy,
            &tags,
            fresh_until,
            ttl,
            age,
            envelope.load_cost,
            is_audited(key_hash),
        ),
    };
    Parcel { value, entry }
}
