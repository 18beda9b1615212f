use std::fmt;

use perf_core::recorder::{Backplane, BreakerState, RedisNode};
use perf_core::sync::{Arc, AtomicBool, AtomicU64, Mutex, Ordering};
use perf_core::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::backplane::Reception;
use super::breaker::{Breaker, State};
use super::nodes::Nodes;
use super::sweep::Sweeper;
use super::{GuardSettings, Home, Intent, Shared, Unavailable, backplane, mend, sweep};
use crate::BuildError;
use crate::fence::{TagId, Version};
use crate::store::{Base, Found, Generation, Lease, Store, TagState, World};

/// A guarded store.
pub(crate) struct Remote {
    shared: Arc<Shared>,
    runtime: Handle,
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
            reception: Reception::default(),
            nodes: Nodes::default(),
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
        heard?;
        // A load that begins before is stamped as older than everything, and of no use to anybody.
        if let Some(home) = self.shared.home()
            && let Some(asked) = home.ledger().lacks_world()
            && let Ok(world) = self.world().await
        {
            home.ledger().learn_world(world, asked);
        }
        Ok(())
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

    /// How well this process hears what others tell.
    pub(crate) fn backplane(&self) -> Backplane {
        self.shared.reception.state()
    }

    pub(crate) async fn save_hottest(
        &self,
        list: &[u8],
        keep: Duration,
    ) -> Result<(), Unavailable> {
        self.shared.ask(|store| store.save_hottest(list, keep)).await
    }

    pub(crate) async fn stored_hottest(
        &self,
        longest: usize,
    ) -> Result<Option<Vec<u8>>, Unavailable> {
        self.shared.ask(|store| store.stored_hottest(longest)).await
    }

    /// The servers, as they told it last.
    pub(crate) fn nodes(&self) -> Vec<RedisNode> {
        self.shared.nodes.told()
    }

    pub(crate) fn is_usable(&self) -> bool {
        self.shared.breaker.is_closed()
    }
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
