//! How the store is asked, and what its answer is worth.

use perf_core::sync::Arc;
use perf_core::time::{self, Duration};
use perf_core::{CacheOutcome, CacheTier};

use crate::bytes::{Envelope, HEAD_LENGTH, Opened};
use crate::cache::Inner;
use crate::expiry::Expiry;
use crate::fence::{Epoch, Stamp, StampVerdict, TagId};
use crate::guard::{Remote, Unavailable};
use crate::local::{Absent, Entry, Extra, weigh};
use crate::policy::Policy;
use crate::store::{Base, Found};
use crate::value::CacheValue;

/// What the store has under a key.
pub(crate) enum Fetched<V> {
    /// A value that is still good, or the knowledge that there is none.
    Fresh(Parcel<V>),
    /// A value past its time, and what a new one is published over.
    Stale(Parcel<V>, Base),
    /// Nothing of use; `Some` where something is there that a new value is published over.
    Nothing(Option<Base>),
}

/// A value and the form in which the local tier keeps it.
pub(crate) struct Parcel<V> {
    pub(crate) value: Option<Arc<V>>,
    pub(crate) entry: Entry,
}

impl Inner {
    /// Asks the store for one key and tells what it had. `birth` is the epoch before the question.
    pub(crate) async fn fetch<V: CacheValue>(
        &self,
        remote: &Remote,
        key: &str,
        birth: Epoch,
        policy: Option<&Policy>,
    ) -> Result<Fetched<V>, Unavailable> {
        let started = time::now();
        let fetched = async {
            let found = remote.read(&[key]).await?.pop().unwrap_or(Found::Nothing);
            self.appraise(remote, key, found, birth, policy).await
        };
        let fetched = fetched.await;
        self.tell_timed(CacheTier::Remote, outcome(&fetched), time::now() - started);
        fetched
    }

    /// What something that was found in the store is worth now.
    pub(crate) async fn appraise<V: CacheValue>(
        &self,
        remote: &Remote,
        key: &str,
        found: Found,
        birth: Epoch,
        policy: Option<&Policy>,
    ) -> Result<Fetched<V>, Unavailable> {
        let bytes = match found {
            Found::Nothing => return Ok(Fetched::Nothing(None)),
            Found::Placeholder(generation) => {
                return Ok(Fetched::Nothing(Some(Base::Placeholder(generation))));
            }
            Found::Value(bytes) => bytes,
        };
        let base = || Base::Value(bytes[..bytes.len().min(HEAD_LENGTH)].to_vec());
        let (envelope, opened) = match Envelope::open::<V>(&bytes, self.max_value_bytes) {
            Ok(opened) => opened,
            Err(reason) => {
                tracing::debug!(?reason, "a value in Redis cannot be read");
                return Ok(Fetched::Nothing(Some(base())));
            }
        };
        if !self.holds(remote, key, &envelope.stamp).await? {
            return Ok(Fetched::Nothing(Some(base())));
        }
        let parcel = unpack(key, &envelope, opened, bytes.len(), birth, policy);
        if parcel.entry.fresh_until > time::now() {
            Ok(Fetched::Fresh(parcel))
        } else {
            Ok(Fetched::Stale(parcel, base()))
        }
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
        // The second time every tag is known, unless other changes have pushed them out meanwhile.
        for _ in 0..2 {
            let unknown = match self.ledger.check_stamp(key, stamp) {
                StampVerdict::Valid => return Ok(true),
                StampVerdict::Invalid => return Ok(false),
                StampVerdict::Unknown(tags) => tags,
            };
            let states = remote.tags(&unknown, self.tag_keep).await?;
            self.ledger.learn_tags(states.into_iter().map(|state| state.current));
        }
        Ok(false)
    }
}

fn outcome<V>(fetched: &Result<Fetched<V>, Unavailable>) -> CacheOutcome {
    match fetched {
        Ok(Fetched::Fresh(_)) => CacheOutcome::Hit,
        Ok(Fetched::Stale(..) | Fetched::Nothing(_)) => CacheOutcome::Miss,
        Err(_) => CacheOutcome::Error,
    }
}

fn unpack<V: CacheValue>(
    key: &str,
    envelope: &Envelope,
    opened: Opened<V>,
    length: usize,
    birth: Epoch,
    policy: Option<&Policy>,
) -> Parcel<V> {
    let value = match opened {
        Opened::Value(value) => Some(Arc::new(value)),
        Opened::Absent => None,
    };
    let fresh_until = Expiry::at(envelope.fresh_until_unix_ms);
    let ttl = envelope.fresh_until_unix_ms.saturating_sub(envelope.created_unix_ms);
    let age = time::unix_millis().saturating_sub(envelope.created_unix_ms);
    let (ttl, age) = (Duration::from_millis(ttl), Duration::from_millis(age));
    let tags: Vec<TagId> = envelope.stamp.tags.iter().map(|tag| tag.tag).collect();
    let plain = Policy::ttl(ttl);
    let policy = policy.unwrap_or(&plain);
    let entry = Entry {
        value: match &value {
            Some(value) => value.clone(),
            None => Arc::new(Absent),
        },
        created_unix_ms: envelope.created_unix_ms,
        fresh_until: fresh_until.deadline,
        seen: birth,
        id: envelope.id,
        weight: weigh::<V>(key, length),
        extra: Extra::of(policy, &tags, fresh_until, ttl, age, envelope.load_cost),
    };
    Parcel { value, entry }
}
