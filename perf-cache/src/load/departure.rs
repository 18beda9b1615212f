use perf_core::sync::Arc;
use perf_core::time::{self, Duration};

use super::Absence;
use crate::cache::Inner;
use crate::expiry::Clocks;
use crate::fence::{Epoch, Verdict};
use crate::fetch::{Fetched, Parcel};
use crate::flight::{Lead, Outcome};
use crate::guard::{Remote, Unavailable};
use crate::jitter::jittered;
use crate::keep::Berth;
use crate::local::{Entry, LocalTier};
use crate::look::Missed;
use crate::store::{Base, Found, Lease};
use crate::{CacheValue, Policy};

/// Between two questions whether another process has loaded a key.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// What a load takes along.
pub(crate) struct Fare<V> {
    pub(crate) policy: Policy,
    pub(crate) missed: Missed,
    absence: Absence,
    /// Fresh or stale, it is being served while this load runs.
    pub(super) served: Option<Arc<V>>,
    pub(super) is_awaited: bool,
}

impl<V: CacheValue> Fare<V> {
    pub(crate) fn new(policy: Policy, missed: Missed, absence: Absence) -> Self {
        Self { policy, missed, absence, served: None, is_awaited: true }
    }

    pub(crate) fn refresh(policy: Policy, served: &Arc<V>, absence: Absence) -> Self {
        let served = Some(served.clone());
        Self { policy, missed: Missed::default(), absence, served, is_awaited: false }
    }
}

/// Where a load stands once the store was asked.
pub(crate) enum Departure<V> {
    /// The store had it.
    Landed(Option<Arc<V>>),
    /// It has to be loaded, and has a place in the store or none.
    Load(Lead, Option<Berth>),
}

impl Inner {
    /// Lands with what the store has, or finds out what a new value is to be published over.
    pub(crate) async fn ask_store<V: CacheValue>(
        &self,
        remote: &Remote,
        lead: Lead,
        fare: &mut Fare<V>,
    ) -> Departure<V> {
        let key = lead.key().clone();
        let epoch = lead.birth().epoch;
        if let Some(entry) = fare.missed.suspect.take()
            && self.is_still_there(remote, &key, &entry).await == Ok(true)
        {
            return self.land_with(lead, Parcel::of(Entry { seen: epoch, ..entry }), fare);
        }
        let mut fetched = self.fetch::<V>(remote, &key, epoch, Some(&fare.policy)).await;
        let mut waits = !self.wait_for_others.is_zero();
        loop {
            match &fetched {
                Ok(Fetched { base: None, .. }) => match remote.lease(&key).await {
                    Ok(Lease::Load { generation, first, now }) if first || !waits => {
                        let mut berth = Berth::placed(generation, now);
                        let tags = &fare.policy.tags;
                        berth.tags = self.ask_for_tags(remote, lead.birth(), tags).await;
                        return Departure::Load(lead, Some(berth));
                    }
                    Ok(Lease::Load { .. }) => {}
                    Ok(Lease::Value(bytes)) => {
                        let (found, policy) = (Found::Value(bytes), Some(&fare.policy));
                        fetched =
                            self.appraise(remote, &key, found, epoch, policy, Clocks::read()).await;
                        break;
                    }
                    Err(unavailable) => {
                        fetched = Err(unavailable);
                        break;
                    }
                },
                Ok(Fetched { base: Some(Base::Placeholder(_)), .. }) if waits => {}
                _ => break,
            }
            waits = false;
            fetched = self.wait_for_other(remote, &key, epoch, &fare.policy).await;
        }
        match self.settle(lead, fetched, fare) {
            Departure::Load(lead, Some(mut berth)) => {
                let tags = &fare.policy.tags;
                berth.tags = self.ask_for_tags(remote, lead.birth(), tags).await;
                Departure::Load(lead, Some(berth))
            }
            departure => departure,
        }
    }

    /// What the store has once no other process is loading the key, or the patience is over.
    async fn wait_for_other<V: CacheValue>(
        &self,
        remote: &Remote,
        key: &str,
        epoch: Epoch,
        policy: &Policy,
    ) -> Result<Fetched<V>, Unavailable> {
        let until = time::now() + self.wait_for_others;
        let mut pause = Duration::from_millis(4);
        loop {
            tokio::time::sleep(jittered(pause)).await;
            pause = LONGEST_PAUSE.min(2 * pause);
            let found = remote.read(&[key]).await?.pop().unwrap_or(Found::Nothing);
            let is_being_loaded = matches!(found, Found::Placeholder(_));
            if !is_being_loaded || time::now() >= until {
                return self
                    .appraise(remote, key, found, epoch, Some(policy), Clocks::read())
                    .await;
            }
        }
    }

    /// Lands with what was found, or has it loaded.
    pub(super) fn settle<V: CacheValue>(
        &self,
        lead: Lead,
        fetched: Result<Fetched<V>, Unavailable>,
        fare: &mut Fare<V>,
    ) -> Departure<V> {
        let Ok(fetched) = fetched else {
            return Departure::Load(lead, None);
        };
        let berth = fetched.base.map(Berth::over);
        match fetched.parcel {
            Some(parcel) if fare.takes(&parcel) && !self.is_served(lead.key(), fare, &parcel) => {
                self.land_with(lead, parcel, fare)
            }
            Some(Parcel { entry, value: Some(_) }) if !entry.is_usable(time::now()) => {
                Departure::Load(lead, berth)
            }
            Some(Parcel { entry, value: Some(_) }) => {
                fare.missed.fallback.get_or_insert(entry);
                Departure::Load(lead, berth)
            }
            _ => Departure::Load(lead, berth),
        }
    }

    /// Whether a refresh has found the very value that it is to replace.
    fn is_served<V: CacheValue>(&self, key: &str, fare: &Fare<V>, parcel: &Parcel<V>) -> bool {
        fare.is_refresh() && self.local.get(key).is_some_and(|there| there.id == parcel.entry.id)
    }

    /// A place in the store for a load that does not care what is there.
    pub(crate) async fn berth(&self, remote: &Remote, key: &str) -> Option<Berth> {
        match remote.lease(key).await.ok()? {
            Lease::Load { generation, now, .. } => Some(Berth::placed(generation, now)),
            Lease::Value(bytes) => Some(Berth::over(Base::of_value(&bytes))),
        }
    }

    fn land_with<V: CacheValue>(
        &self,
        lead: Lead,
        parcel: Parcel<V>,
        fare: &Fare<V>,
    ) -> Departure<V> {
        let (key, entry) = (lead.key().clone(), parcel.entry);
        // An invalidation since the store was asked: its value may be from before.
        if self.ledger.check(&key, entry.seen, entry.tags()) == Verdict::Invalid {
            return Departure::Load(lead, None);
        }
        let tags = (entry.tags() != &*fare.policy.tags).then(|| entry.tags().into());
        let value = parcel.value;
        let outcome = match &value {
            Some(value) => Outcome::Value(value.clone(), tags),
            None => Outcome::Absent,
        };
        lead.land(outcome, || self.settle_in(key, entry));
        Departure::Landed(value)
    }
}

impl<V: CacheValue> Fare<V> {
    pub(crate) fn is_refresh(&self) -> bool {
        self.served.is_some()
    }

    /// What may be served when the load has failed: of what is being served, that which is there now.
    pub(super) fn fallback(self, local: &dyn LocalTier, key: &str) -> Option<Entry> {
        match self.served {
            Some(_) => local.get(key),
            None => self.missed.fallback,
        }
    }

    /// Whether what the store has makes the load superfluous.
    fn takes(&self, parcel: &Parcel<V>) -> bool {
        let is_answer = parcel.value.is_some() || self.absence == Absence::IsAnswer;
        // A refresh wants more than what is being served: somebody else must have loaded it anew.
        let extra = parcel.entry.extra.as_ref().filter(|_| self.served.is_some());
        let is_new = extra.is_none_or(|extra| time::now() < extra.refresh_from);
        is_answer && is_new && parcel.is_fresh(time::now())
    }
}
