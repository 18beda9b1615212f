//! What stands between the cache and its store: time limits, a breaker, the changes that the store
//! has not confirmed yet, and what other processes tell.
//!
//! Invariants:
//! 1. While a change of this process is not confirmed, this process neither reads from the store nor
//!    publishes to it: what is there may be what the change took away.
//! 2. A change is told until the store confirms it. There is a bound on how many wait; beyond, one
//!    change of everything stands for all.
//! 3. Nothing here makes a caller wait longer than the time limit of one operation.

mod backplane;
mod breaker;
mod mend;
mod recovery;
mod sweep;

use std::fmt;

use perf_core::recorder::BreakerState;
use perf_core::sync::{Arc, AtomicBool, AtomicU64, Mutex, Ordering};
use perf_core::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::Instant;

use self::breaker::{Breaker, State};
pub(crate) use self::recovery::Intent;
use self::recovery::Recovery;
use self::sweep::Sweeper;
use crate::BuildError;
use crate::fence::{Ledger, Rule, TagId, TagVersion, Version};
use crate::store::{Base, Found, Generation, Lease, Reply, Store, TagState, Ticket, World};

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

/// A guarded store.
pub(crate) struct Remote {
    shared: Arc<Shared>,
    runtime: Handle,
}

struct Shared {
    store: Arc<dyn Store>,
    settings: GuardSettings,
    home: Box<dyn Fn() -> Option<Arc<dyn Home>> + Send + Sync>,
    breaker: Breaker,
    recovery: Mutex<Recovery>,
    sweeper: Sweeper,
    publisher: u64,
    /// How many changes this process has told.
    told: AtomicU64,
    /// Wakes the task that mends.
    opened: Notify,
    dropped: AtomicBool,
}

impl Remote {
    /// `home` gives the cache as long as it lives.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        settings: GuardSettings,
        home: impl Fn() -> Option<Arc<dyn Home>> + Send + Sync + 'static,
    ) -> Self {
        let shared = Shared {
            store,
            settings,
            home: Box::new(home),
            breaker: Breaker::default(),
            recovery: Mutex::default(),
            sweeper: Sweeper::default(),
            publisher: fastrand::u64(1..),
            told: AtomicU64::new(0),
            opened: Notify::new(),
            dropped: AtomicBool::new(false),
        };
        Self { shared: Arc::new(shared), runtime: Handle::current() }
    }

    /// Learns what holds, and returns when what this process tells comes back to it.
    pub(crate) async fn start(&self) -> Result<(), BuildError> {
        let heard = backplane::start(self.shared.clone()).await;
        tokio::spawn(mend::run(self.shared.clone()));
        tokio::spawn(sweep::run(self.shared.clone()));
        heard
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    pub(crate) async fn read(&self, keys: &[&str]) -> Result<Vec<Found>, Unavailable> {
        self.shared.ask(|store| store.read(keys)).await
    }

    pub(crate) async fn read_head(
        &self,
        key: &str,
        length: usize,
    ) -> Result<Option<Vec<u8>>, Unavailable> {
        self.shared.ask(|store| store.read_head(key, length)).await
    }

    pub(crate) async fn lease(&self, key: &str) -> Result<Lease, Unavailable> {
        let keep = self.shared.settings.lease;
        self.shared.ask(|store| store.lease(key, keep)).await
    }

    pub(crate) async fn publish(
        &self,
        key: &str,
        base: &Base,
        bytes: &[u8],
        keep: Duration,
    ) -> Result<bool, Unavailable> {
        self.shared.ask(|store| store.publish(key, base, bytes, keep)).await
    }

    pub(crate) async fn tags(&self, tags: &[TagId]) -> Result<Vec<TagState>, Unavailable> {
        let keep = self.shared.settings.tag_keep;
        self.shared.ask(|store| store.tags(tags, keep)).await
    }

    pub(crate) async fn world(&self) -> Result<World, Unavailable> {
        self.shared.ask(|store| store.world()).await
    }

    /// Opens a key for a new value. Where that cannot be, the key's removal is told.
    pub(crate) async fn reopen(
        &self,
        key: &Arc<str>,
        generation: Generation,
    ) -> Result<Version, Unavailable> {
        let (ticket, keep) = (self.shared.ticket(), self.shared.settings.lease);
        let opened = self.shared.ask(|store| store.reopen(key, generation, keep, ticket)).await;
        if opened.is_err() {
            self.tell(Intent::Key(key.clone())).await;
        }
        opened
    }

    /// Tells a change, now or when the store can be reached.
    pub(crate) async fn tell(&self, intent: Intent) {
        let shared = &self.shared;
        if shared.breaker.state() == State::Open {
            return shared.recovery.lock().add(intent);
        }
        match shared.confirm(&intent).await {
            Ok(()) => shared.recovery.lock().remember(intent),
            Err(Unavailable) => {
                let mut recovery = shared.recovery.lock();
                recovery.add(intent);
                // What is in the store may be what this change took away.
                shared.open();
            }
        }
    }

    /// What the store is used for, and how many changes wait for it.
    pub(crate) fn state(&self) -> (BreakerState, u64) {
        let waiting = self.shared.recovery.lock().len() as u64;
        let breaker = match self.shared.breaker.state() {
            State::Closed => BreakerState::Closed,
            State::HalfOpen => BreakerState::HalfOpen,
            State::Open => BreakerState::Open,
        };
        (breaker, waiting)
    }

    pub(crate) fn is_usable(&self) -> bool {
        self.shared.breaker.is_closed()
    }
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

impl Drop for Remote {
    fn drop(&mut self) {
        self.shared.dropped.store(true, Ordering::Relaxed);
        self.shared.opened.notify_one();
        self.shared.sweeper.wake();
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("settings", &self.shared.settings)
            .field("is_usable", &self.is_usable())
            .finish_non_exhaustive()
    }
}
