use std::collections::HashMap;
use std::hash::RandomState;

use perf_core::sync::Arc;
use tokio::time::Instant;

use super::fly_many::Seat;
use crate::flight::{Boarding, Follow, Outcome, Pace};
use crate::load::{Absence, Fare};
use crate::look::Look;
use crate::{Cache, CacheValue, Policy};

impl Cache {
    /// Serves what is here and gets on a flight for each key that is not.
    pub(super) fn board_many<V: CacheValue, K: AsRef<str>>(
        &self,
        keys: &[K],
        open: &[usize],
        policy: &Policy,
        mut told: bool,
        values: &mut [Option<Arc<V>>],
    ) -> Boarded<V> {
        let inner = &self.inner;
        let mut boarded = Boarded { leads: vec![], refreshes: vec![], waiting: vec![] };
        // Asked for twice, waited for once.
        let mut seen: HashMap<&str, usize, RandomState> = HashMap::default();
        let is_new = !told;
        for &place in open {
            let key = keys[place].as_ref();
            if let Some(&there) = seen.get(key) {
                boarded.waiting[there].places.push(place);
                continue;
            }
            let look = inner.look::<V>(key);
            told &= !is_new;
            inner.tell_look(&look, &mut told);
            let missed = match look {
                Look::Hit(value) | Look::Audit { value, .. } | Look::Stale(value) => {
                    values[place] = Some(value);
                    continue;
                }
                Look::Refresh { value, .. } => {
                    if let Some(lead) = inner.flights.board_if_idle(key, &policy.tags) {
                        let fare = Fare::refresh(policy.clone(), &value, Absence::IsAnswer);
                        boarded.refreshes.push(Seat { lead, fare });
                    }
                    values[place] = Some(value);
                    continue;
                }
                Look::Absent => continue,
                Look::Miss(missed) => missed,
            };
            let fallback = missed.stale_value::<V>();
            let look_again = || inner.peek::<V>(key);
            let (follow, leads) =
                match inner.flights.board(key, &policy.tags, Pace::Async, look_again) {
                    Boarding::Found(value) => {
                        values[place] = Some(value);
                        continue;
                    }
                    Boarding::Follow(follow) => (follow, false),
                    Boarding::Lead(lead) => {
                        let follow = lead.follow();
                        let fare = Fare::new(policy.clone(), missed, Absence::IsAnswer);
                        boarded.leads.push(Seat { lead, fare });
                        (follow, true)
                    }
                };
            seen.insert(key, boarded.waiting.len());
            boarded.waiting.push(Waiting { follow, leads, fallback, places: vec![place] });
        }
        boarded
    }
}

pub(super) struct Boarded<V> {
    pub(super) leads: Vec<Seat<V>>,
    pub(super) refreshes: Vec<Seat<V>>,
    pub(super) waiting: Vec<Waiting<V>>,
}

/// A key that the caller waits for.
pub(super) struct Waiting<V> {
    pub(super) follow: Follow,
    pub(super) leads: bool,
    /// Served when the soft timeout is over.
    fallback: Option<Arc<V>>,
    /// Where its value goes.
    pub(super) places: Vec<usize>,
}

pub(super) enum Waited<V> {
    Landed(Outcome),
    Stale(Arc<V>),
}

impl<V> Waiting<V> {
    pub(super) async fn outcome(self, soft_limit: Option<Instant>) -> Waited<V> {
        let (Some(limit), Some(stale)) = (soft_limit, self.fallback) else {
            return Waited::Landed(self.follow.outcome().await);
        };
        match tokio::time::timeout_at(limit, self.follow.outcome()).await {
            Ok(outcome) => Waited::Landed(outcome),
            Err(_) => {
                self.follow.let_it_fly();
                Waited::Stale(stale)
            }
        }
    }
}
