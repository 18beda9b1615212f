//! How the tiers are asked, and what is told about it.

use perf_core::sync::Arc;
use perf_core::time::{self, Duration};
use perf_core::{CacheEvent, CacheOutcome, CacheTier};

use crate::cache::Inner;
use crate::envelope::Envelope;
use crate::expiry::Expiry;
use crate::flight::{Boarding, Lead, Outcome, Pace};
use crate::local::Entry;
use crate::remote::RemoteTier;
use crate::value::CacheValue;

/// A value as Redis gave it.
pub(crate) struct Fetched<V> {
    value: Arc<V>,
    entry: Entry,
}

impl Inner {
    /// What the local tier has. Tells nobody.
    pub(crate) fn peek<V: CacheValue>(&self, key: &str) -> Option<Arc<V>> {
        self.local.get(key)?.value()
    }

    /// Looks in the local tier and boards a flight when it has nothing. `told` is whether this
    /// caller's miss has been recorded: a caller that boards again misses once.
    pub(crate) fn seek<V: CacheValue>(
        &self,
        key: &str,
        pace: Pace,
        told: &mut bool,
    ) -> Boarding<Arc<V>> {
        let boarding = match self.peek(key) {
            Some(value) => Boarding::Found(value),
            None => self.flights.board(key, pace, || self.peek(key)),
        };
        if let Boarding::Found(_) = boarding {
            self.tell(CacheTier::Local, CacheOutcome::Hit);
        } else if !std::mem::replace(told, true) {
            self.tell(CacheTier::Local, CacheOutcome::Miss);
        }
        boarding
    }

    /// Lands the flight with what Redis has, or gives it back to be led on.
    pub(crate) async fn read_through<V: CacheValue>(&self, lead: Lead) -> Result<Arc<V>, Lead> {
        let Some(remote) = &self.remote else {
            return Err(lead);
        };
        let Some(fetched) = self.fetch::<V>(remote, lead.key()).await else {
            return Err(lead);
        };
        Ok(self.take_over(lead, fetched))
    }

    /// Keeps in this process what Redis has.
    pub(crate) fn take_over<V: CacheValue>(&self, lead: Lead, fetched: Fetched<V>) -> Arc<V> {
        let key = lead.key().clone();
        let outcome = Outcome::Value(fetched.value.clone());
        lead.land(outcome, || self.local.insert(key, fetched.entry));
        fetched.value
    }

    /// What Redis has under a key. Everything that is not a live value of this type is a miss.
    pub(crate) async fn fetch<V: CacheValue>(
        &self,
        remote: &RemoteTier,
        key: &str,
    ) -> Option<Fetched<V>> {
        let started = time::now();
        let reply = remote.get(key).await;
        let fetched = match &reply {
            Ok(Some(bytes)) => unpack(key, bytes),
            _ => None,
        };
        let outcome = match (&reply, &fetched) {
            (Err(_), _) => CacheOutcome::Error,
            (Ok(_), None) => CacheOutcome::Miss,
            (Ok(_), Some(_)) => CacheOutcome::Hit,
        };
        self.tell_timed(CacheTier::Remote, outcome, time::now() - started);
        fetched
    }

    pub(crate) fn tell(&self, tier: CacheTier, outcome: CacheOutcome) {
        CacheEvent::new(&self.name, tier, outcome).record();
    }

    pub(crate) fn tell_timed(&self, tier: CacheTier, outcome: CacheOutcome, took: Duration) {
        CacheEvent::new(&self.name, tier, outcome).duration(took).record();
    }
}

fn unpack<V: CacheValue>(key: &str, bytes: &[u8]) -> Option<Fetched<V>> {
    let (envelope, value) = Envelope::open::<V>(bytes)?;
    // This version invalidates no tags, so it cannot tell whether a tagged value still holds.
    if !envelope.tags.is_empty() {
        return None;
    }
    let expiry = Expiry::at(envelope.expires_unix_ms)?;
    let value = Arc::new(value);
    let entry = Entry::new(key, value.clone(), expiry);
    Some(Fetched { value, entry })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::TagVersion;

    #[test]
    fn a_value_with_tags_that_this_version_cannot_check_is_a_miss() {
        let mut envelope = Envelope {
            created_unix_ms: 0,
            expires_unix_ms: u64::MAX,
            load_cost: Duration::ZERO,
            tags: Vec::new(),
        };
        let plain = envelope.seal(&7_u32).expect("a number has bytes");
        assert!(unpack::<u32>("tea", &plain).is_some());
        envelope.tags.push(TagVersion { tag: 1, version: 1 });
        let tagged = envelope.seal(&7_u32).expect("a number has bytes");
        assert!(unpack::<u32>("tea", &tagged).is_none());
    }
}
