//! What stands between the cache and its store: time limits, a breaker, the changes that the store
//! has not confirmed yet, and what other processes tell.
//!
//! Invariants:
//! 1. From when the store has failed to confirm a change of this process until it has confirmed it, this
//!    process neither reads from the store nor publishes to it: what is there may be what the change took
//!    away.
//! 2. A change is told until the store confirms it. There is a bound on how many wait; beyond, one
//!    change of everything stands for all.
//! 3. No operation makes a caller wait longer than the time limit. One that reopens a key and fails is
//!    followed by a second, which tells the key's removal.

mod backplane;
mod breaker;
mod mend;
mod nodes;
mod recovery;
mod remote;
mod sweep;

use perf_core::sync::{Arc, AtomicBool, AtomicU64, Mutex, Ordering};
use perf_core::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

use self::backplane::Reception;
use self::breaker::{Breaker, State};
use self::nodes::Nodes;
pub(crate) use self::recovery::Intent;
use self::recovery::Recovery;
pub(crate) use self::remote::Remote;
use self::sweep::Sweeper;
use crate::fence::{Ledger, Rule, TagVersion, Version};
use crate::store::{Reply, Store, Ticket};

/// The store cannot be used now. Whoever is told counts it and goes on without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unavailable;

/// What the guard needs of the cache.
pub(crate) trait Home: Send + Sync + 'static {
    fn ledger(&self) -> &Ledger;

    /// Another process, or somebody who does not speak to us, has written or removed the key.
    fn key_changed(&self, key: &str);

    /// The ledger has a new rule, whose keys take room here.
    fn rule_added(self: Arc<Self>);
}

#[derive(Clone, Debug)]
pub(crate) struct GuardSettings {
    /// For one operation, the wait for a connection included.
    pub(crate) time_limit: Duration,
    /// How old a change may be at most that another process has not heard of.
    pub(crate) staleness_bound: Duration,
    /// How long a load may take and still be published.
    pub(crate) lease: Duration,
    /// How long the version of a tag is remembered after its last use.
    pub(crate) tag_keep: Duration,
}

struct Shared {
    store: Arc<dyn Store>,
    settings: GuardSettings,
    home: Box<dyn Fn() -> Option<Arc<dyn Home>> + Send + Sync>,
    breaker: Breaker,
    recovery: Mutex<Recovery>,
    sweeper: Sweeper,
    reception: Reception,
    nodes: Nodes,
    publisher: u64,
    /// How many changes this process has told.
    told: AtomicU64,
    /// Wakes the task that mends.
    opened: Notify,
    dropped: AtomicBool,
}

impl Shared {
    fn home(&self) -> Option<Arc<dyn Home>> {
        (self.home)().filter(|_| !self.dropped.load(Ordering::Relaxed))
    }

    fn ticket(&self) -> Ticket {
        let number = self.told.fetch_add(1, Ordering::Relaxed) + 1;
        Ticket { publisher: self.publisher, number }
    }

    /// Asks the store unless the breaker is open, and tells the breaker how that went.
    async fn ask<'a, T>(
        &'a self,
        question: impl FnOnce(&'a dyn Store) -> Reply<'a, T>,
    ) -> Result<T, Unavailable> {
        if !self.breaker.is_closed() {
            return Err(Unavailable);
        }
        let answer = self.within_limit(question(&*self.store)).await;
        match answer {
            Ok(_) => self.breaker.went_well(),
            Err(Trouble::Failed) => self.open_if(self.breaker.failed()),
            Err(Trouble::TimedOut) => self.open_if(self.breaker.timed_out()),
            Err(Trouble::Stalled) => {}
        }
        answer.map_err(|_| Unavailable)
    }

    async fn within_limit<T>(&self, reply: Reply<'_, T>) -> Result<T, Trouble> {
        let (started, limit) = (Instant::now(), self.settings.time_limit);
        match tokio::time::timeout(limit, reply).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                tracing::debug!(reason = error.reason, "the store failed");
                Err(Trouble::Failed)
            }
            // The timer came much too late: it is this process that had no time, not the store.
            Err(_) if started.elapsed() > 2 * limit => Err(Trouble::Stalled),
            Err(_) => {
                tracing::debug!(?limit, "the store took too long");
                Err(Trouble::TimedOut)
            }
        }
    }

    /// Has the store make a change, and the ledger learn its version.
    async fn confirm(&self, intent: &Intent) -> Result<(), Unavailable> {
        let (ticket, store) = (self.ticket(), &*self.store);
        let reply: Reply<'_, Version> = match intent {
            Intent::Key(key) => {
                Box::pin(async move { store.remove(key, ticket).await.map(|()| Version(0)) })
            }
            Intent::Tag(tag) => store.invalidate_tag(*tag, self.settings.tag_keep, ticket),
            Intent::All => store.invalidate_all(ticket),
            Intent::Matching(pattern) => store.invalidate_matching(pattern, ticket),
        };
        let version = self.within_limit(reply).await.map_err(|_| Unavailable)?;
        if let Some(home) = self.home() {
            let ledger = home.ledger();
            match intent {
                Intent::Key(_) => {}
                Intent::Tag(tag) => ledger.tag_changed(TagVersion { tag: *tag, version }),
                Intent::All => ledger.all_changed(version),
                Intent::Matching(pattern) => {
                    let rule = Rule { version, pattern: pattern.clone() };
                    ledger.rule_added(rule.clone());
                    self.sweeper.add(rule);
                }
            }
        }
        Ok(())
    }

    fn open_if(&self, is_due: bool) {
        if is_due {
            let _recovery = self.recovery.lock();
            self.open();
        }
    }

    /// Under the lock of the recovery, so that nothing closes it that does not know why it was opened.
    fn open(&self) {
        self.breaker.set(State::Open);
        self.opened.notify_one();
    }
}

enum Trouble {
    Failed,
    TimedOut,
    /// This process was.
    Stalled,
}
