//! Connections: opened, kept, handed out one at a time, and never handed out busy.

mod cancel;
mod census;
mod checkout;
mod connection;
mod dial;
mod doctor;
mod lease;
mod maintenance;
mod manager;

use std::fmt;

use deadpool::managed::{self, PoolConfig, QueueMode};
use perf_core::recorder::{TellConnections, register_pool};
use perf_core::sync::{Arc, OnceLock};
use perf_core::time::Duration;
use perf_core::{CallSite, Name};
use tokio::time::timeout;

pub(crate) use self::doctor::Holders;
pub use self::doctor::{Holder, HolderState};
use self::maintenance::Maintenance;
use self::manager::Manager;
use crate::address::Address;
#[cfg(feature = "advise")]
use crate::advise::explain::slow::SlowExecutions;
use crate::error::{DbError, Reason};
use crate::statement::{Protocol, probe};

pub(crate) use self::connection::Connection;
pub(crate) use self::dial::Dial;
pub(crate) use self::lease::Lease;

type Object = managed::Object<Manager>;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) name: Name,
    pub(crate) max_size: usize,
    pub(crate) acquire_timeout: Duration,
    pub(crate) protocol: Arc<Protocol>,
    pub(crate) min_idle: usize,
    pub(crate) max_lifetime: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) check_after_idle: Duration,
    #[cfg(feature = "advise")]
    pub(crate) slow: Option<Arc<SlowExecutions>>,
}

pub(crate) struct Pool {
    inner: managed::Pool<Manager>,
    name: Name,
    acquire_timeout: Duration,
    maintenance: OnceLock<Maintenance>,
}

impl Pool {
    pub(crate) fn new(dial: Dial, address: Address, settings: Settings) -> Result<Self, DbError> {
        let mut pool_config = PoolConfig::new(settings.max_size);
        // The connection used last has the statements of the current load.
        pool_config.queue_mode = QueueMode::Lifo;
        let (name, acquire_timeout) = (settings.name.clone(), settings.acquire_timeout);
        let manager = Manager::new(dial, address, settings);
        let inner = managed::Pool::builder(manager)
            .config(pool_config)
            .build()
            .map_err(|_| Reason::Closed)?;
        Ok(Self { inner, name, acquire_timeout, maintenance: OnceLock::new() })
    }

    /// Opens the first connection, and as many more as should always be idle.
    pub(crate) async fn warm_up(&self, call_site: CallSite) -> Result<(), DbError> {
        let lease = self.lease(call_site).await?;
        let manager = self.inner.manager();
        let look = probe(&manager.settings.protocol, &lease, manager.open());
        // Nobody waits longer for that than for a connection.
        if let Ok(Some(other)) = timeout(self.acquire_timeout, look).await
            && manager.settings.min_idle > 1
        {
            manager.spare.lock().push(other);
        }
        drop(lease);
        maintenance::fill(&self.inner).await;
        Ok(())
    }

    /// From now on the pool looks after its connections.
    pub(crate) fn maintain(&self) {
        let census: Arc<dyn TellConnections> = Arc::clone(&self.inner.manager().census) as _;
        register_pool(&self.name, Arc::downgrade(&census));
        self.maintenance.get_or_init(|| Maintenance::start(&self.inner));
    }

    /// Refuses new callers, and closes each connection when it comes back.
    pub(crate) fn close(&self) {
        if let Some(maintenance) = self.maintenance.get() {
            maintenance.stop();
        }
        self.inner.close();
        let spare = std::mem::take(&mut *self.inner.manager().spare.lock());
        drop(spare);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// Waits at most this long for those who hold a connection, and tells who still does.
    pub(crate) async fn vacant(&self, patience: Duration) -> Vec<Holder> {
        let roster = &self.inner.manager().roster;
        match timeout(patience, roster.vacant()).await {
            Ok(()) => Vec::new(),
            Err(_) => roster.holders(),
        }
    }

    /// Who holds a connection, longest first.
    pub(crate) fn holders(&self) -> Vec<Holder> {
        self.inner.manager().roster.holders()
    }

    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// Connections in use, and callers that wait for one.
    pub(crate) fn in_flight(&self) -> usize {
        let status = self.inner.status();
        status.size.saturating_sub(status.available) + status.waiting
    }

    #[cfg(feature = "advise")]
    pub(crate) fn protocol(&self) -> &Protocol {
        &self.inner.manager().settings.protocol
    }

    /// Keeps the texts that idle connections have prepared.
    #[cfg(feature = "advise")]
    pub(crate) fn keep_known_texts(&self) {
        drop(self.inner.retain(|connection, _| {
            connection.statements().keep_texts();
            true
        }));
    }

    /// A connection that does not belong to the pool.
    pub(crate) async fn open(&self) -> Result<Connection, DbError> {
        self.inner.manager().open().await
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", &self.name.as_str())
            .field("status", &self.inner.status())
            .finish_non_exhaustive()
    }
}
