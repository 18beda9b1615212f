use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher;

use perf_core::sync::{Arc, Mutex, MutexGuard, OnceLock};
use tokio::sync::Notify;

use super::{Follow, Lead, Outcome, Task};
use crate::fence::{Birth, Epoch, Ledger, TagId};

/// Enough that two keys seldom share a lock.
const STRIPES: usize = 256;

/// All flights of a cache, by key. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Flights {
    stripes: Arc<[Mutex<Stripe>]>,
    hasher: foldhash::quality::RandomState,
    ledger: Arc<Ledger>,
}

#[derive(Default)]
pub(super) struct Stripe {
    pub(super) in_air: HashMap<Arc<str>, Arc<Flight>, foldhash::quality::RandomState>,
    fences: u64,
}

/// One load.
pub(super) struct Flight {
    pub(super) pace: Pace,
    pub(super) birth: Birth,
    /// Those that were known when it began.
    pub(super) tags: Box<[TagId]>,
    pub(super) outcome: OnceLock<Outcome>,
    pub(super) landed: Notify,
    pub(super) crew: Mutex<Crew>,
}

#[derive(Default)]
pub(super) struct Crew {
    pub(super) followers: usize,
    /// The task that leads, when it is one of its own and still in the air.
    pub(super) task: Option<Task>,
}

/// Whether those on board can give way to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// They are futures.
    Async,
    /// They block their threads. A blocked thread never waits for a future: it may be the very
    /// thread that future needs.
    Blocking,
}

/// How a caller got on.
pub(crate) enum Boarding<T> {
    /// The value was there after all.
    Found(T),
    Lead(Lead),
    Follow(Follow),
}

/// How many fences a key's stripe had seen. As long as that is the same, none was set for the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl Flights {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        Self {
            stripes: (0..STRIPES).map(|_| Mutex::default()).collect(),
            hasher: foldhash::quality::RandomState::default(),
            ledger,
        }
    }

    /// Joins the flight of a key, or starts one unless `look` finds the value that another flight
    /// has brought a moment ago. A flight that began before an invalidation is not joined.
    pub(crate) fn board<T>(
        &self,
        key: &str,
        tags: &[TagId],
        pace: Pace,
        look: impl FnOnce() -> Option<T>,
    ) -> Boarding<T> {
        let mut stripe = self.stripe(key);
        if let Some(flight) = stripe.in_air.get(key) {
            if self.is_overtaken(key, flight) {
                stripe.in_air.remove(key);
            } else if pace == Pace::Blocking && flight.pace == Pace::Async {
                let mark = stripe.mark();
                drop(stripe);
                return Boarding::Lead(self.lead_alone(key, tags, mark));
            } else {
                let boarded = self.ledger.epoch();
                let follow = Follow::new(self.clone(), key.into(), flight.clone(), boarded);
                return Boarding::Follow(follow);
            }
        }
        if let Some(found) = look() {
            return Boarding::Found(found);
        }
        let (key, flight) = (Arc::from(key), self.flight(pace, tags));
        stripe.in_air.insert(Arc::clone(&key), flight.clone());
        Boarding::Lead(Lead::new(self.clone(), key, flight, None))
    }

    /// The right to load a key in the background, unless somebody is loading it.
    pub(crate) fn board_if_idle(&self, key: &str, tags: &[TagId]) -> Option<Lead> {
        if self.stripe(key).in_air.contains_key(key) {
            return None;
        }
        match self.board(key, tags, Pace::Async, || None::<()>) {
            Boarding::Lead(lead) => Some(lead),
            _ => None,
        }
    }

    /// A load beside the flights: nobody waits for it, and it is fenced like them.
    pub(crate) fn alone(&self, key: &str, tags: &[TagId]) -> Lead {
        let mark = self.stripe(key).mark();
        self.lead_alone(key, tags, mark)
    }

    fn lead_alone(&self, key: &str, tags: &[TagId], mark: Mark) -> Lead {
        let flight = self.flight(Pace::Async, tags);
        Lead::new(self.clone(), key.into(), flight, Some(mark))
    }

    fn flight(&self, pace: Pace, tags: &[TagId]) -> Arc<Flight> {
        Arc::new(Flight {
            pace,
            birth: self.ledger.birth(),
            tags: tags.into(),
            outcome: OnceLock::new(),
            landed: Notify::new(),
            crew: Mutex::default(),
        })
    }

    /// Whether something was invalidated since the flight began that its value belongs to.
    fn is_overtaken(&self, key: &str, flight: &Flight) -> bool {
        let epoch = flight.birth.epoch;
        epoch != self.ledger.epoch() && self.ledger.has_struck(key, epoch, &flight.tags)
    }

    /// Runs `change` and cuts off every load of the key that began before.
    pub(crate) fn fence<T>(&self, key: &str, change: impl FnOnce() -> T) -> T {
        let mut stripe = self.stripe(key);
        stripe.fences += 1;
        stripe.in_air.remove(key);
        change()
    }

    /// Runs `change` while no load of the key can land and no fence be set.
    pub(crate) fn hold<T>(&self, key: &str, change: impl FnOnce() -> T) -> T {
        let _stripe = self.stripe(key);
        change()
    }

    /// Cuts off every load that `is_struck` by its key and the epoch in which it began.
    pub(crate) fn fence_matching(&self, is_struck: impl Fn(&str, Epoch) -> bool) {
        for stripe in &*self.stripes {
            let mut stripe = stripe.lock();
            stripe.fences += 1;
            stripe.in_air.retain(|key, flight| !is_struck(key, flight.birth.epoch));
        }
    }

    /// How many flights the table holds.
    #[cfg(test)]
    pub(super) fn in_air(&self) -> usize {
        self.stripes.iter().map(|stripe| stripe.lock().in_air.len()).sum()
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(super) fn stripe(&self, key: &str) -> MutexGuard<'_, Stripe> {
        let hash = self.hasher.hash_one(key);
        self.stripes[hash as usize % STRIPES].lock()
    }
}

impl Stripe {
    pub(super) fn mark(&self) -> Mark {
        Mark(self.fences)
    }

    /// Takes the flight out; `false` when a fence already has.
    pub(super) fn take_out(&mut self, key: &str, flight: &Arc<Flight>) -> bool {
        let there = self.in_air.get(key).is_some_and(|there| Arc::ptr_eq(there, flight));
        if there {
            self.in_air.remove(key);
        }
        there
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}
